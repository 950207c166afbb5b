/* How other processes have something signed, sealed or opened without ever holding a key. */
#ifndef TIPSTAFF_CHANNEL_SIGNER_CLIENT_H
#define TIPSTAFF_CHANNEL_SIGNER_CLIENT_H

#include "base/error.h"
#include "base/slice.h"

/* One per thread that asks, used from that thread only. Callbacks run on that thread, never inside the call. */
struct signer_client;

/* Longest input of any operation. */
#define SIGNER_BYTES_MAX (64u * 1024u)

/* `result` is valid during the callback only; empty where `code` is not E_OK. */
typedef void signer_done(void *context, enum error code, slice result);

/* ES256 over `input` (a JWS signing input): 64 bytes, r and s. The key is the one that the JWKS shows. */
void signer_sign_token(struct signer_client *client, slice input, signer_done *done, void *context);
/* Seals a secret under the file key, bound to `label` (for example "server:fs"); the result is text. */
void signer_seal(struct signer_client *client, slice label, slice secret, signer_done *done, void *context);
/* Opens what signer_seal made, only under the same label. */
void signer_open(struct signer_client *client, slice label, slice sealed, signer_done *done, void *context);
/* The public JWK set, JSON; empty until the signer has answered for the first time (not ready). */
slice signer_jwks(const struct signer_client *client);
/* The `kid` of the key that signs tokens now. */
slice signer_token_key_id(const struct signer_client *client);

#endif
