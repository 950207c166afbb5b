/* The keys of this server: the file key, the key that signs tokens, the key that signs the log's checkpoints. */
#ifndef TIPSTAFF_DAEMON_KEYRING_H
#define TIPSTAFF_DAEMON_KEYRING_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "crypt/key.h"
#include "crypt/secret.h"

/*
 * In the data folder: `file.key` (32 random bytes, mode 0600) and `keys/token.key`, `keys/log.key`, each sealed under
 * the file key and bound to its name. Held by the signer only.
 */
struct keyring {
	struct secret file_key;
	struct key *token; /* ES256 */
	struct key *log;   /* Ed25519 */
};

/*
 * Opens the keyring. Where the data folder is new (`may_make`) keys are made, all or none.
 * E_NOT_FOUND: a key is missing though the folder is in use: nothing is made in its place, since what was signed and
 * sealed with the lost one would silently lose its meaning.  E_FORBIDDEN: others may read it.  E_CORRUPT: it does not
 * open under the file key.  E_IO, E_CRYPTO.
 */
MUST_USE enum error keyring_open(struct keyring *keyring, slice data_dir, bool may_make, struct fault *why);
void keyring_close(struct keyring *keyring);

/* Appends sealed text. The secret belongs to the place that `label` names. E_LIMIT, E_CRYPTO. */
MUST_USE enum error keyring_seal(const struct keyring *keyring, slice label, slice secret, struct buffer *out,
				 struct fault *why);
/* E_CORRUPT: not sealed by this keyring, or for another place. */
MUST_USE enum error keyring_unseal(const struct keyring *keyring, slice label, slice sealed, struct secret *ret_secret,
				   struct fault *why);

#endif
