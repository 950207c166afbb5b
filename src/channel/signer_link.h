/* The owner's side of a signer_client: made, polled and ended by the thread it belongs to. */
#ifndef TIPSTAFF_CHANNEL_SIGNER_LINK_H
#define TIPSTAFF_CHANNEL_SIGNER_LINK_H

#include "channel/layout.h"
#include "channel/signer_client.h"
#include "channel/wire.h"

/* `client` is the number of the worker loop, or `layout->loops` for the recorder. Asks for the public keys at once. */
MUST_USE enum error signer_link_make(struct signer_client **ret_client, const struct layout *layout, unsigned client,
				     struct fault *why);
/* Waiting callbacks are told E_UNAVAILABLE. NULL is fine. */
void signer_link_free(struct signer_client *client);
/* As recorder_link_poll. */
bool signer_link_poll(struct signer_client *client, int64_t monotonic_ns);
bool signer_link_has_message(struct signer_client *client);
/* Any operation, for the recorder's own needs (checkpoints). */
void signer_link_ask(struct signer_client *client, enum wire_sign_op op, slice input, signer_done *done, void *context);

#endif
