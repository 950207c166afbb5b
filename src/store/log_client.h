/* A worker loop's end of its channel to the committer: send records, take acknowledgements. One thread. */
#ifndef TIPSTAFF_STORE_LOG_CLIENT_H
#define TIPSTAFF_STORE_LOG_CLIENT_H

#include "store/log_committer.h"

struct log_client {
	struct log_channel *channel;
	struct doorbell *committer_bell;
	struct ring requests;
	struct ring acks;
	uint64_t sent;      /* not yet acknowledged: sent - acknowledged */
	uint64_t acknowledged;
	bool unpublished;
};

/* The memory and sizes as in log_source_options; the bell as in log_committer_options. */
void log_client_attach(struct log_client *client, struct log_channel *channel, size_t request_bytes, size_t ack_bytes,
		       struct doorbell *committer_bell);
/*
 * Puts a record into the ring; the committer sees it after log_client_flush. `tag` comes back in the acknowledgement.
 * E_AGAIN: the ring is full now.  E_LIMIT: longer than RECORD_BYTES_MAX.  E_INVALID: empty.
 */
MUST_USE enum error log_client_send(struct log_client *client, uint64_t tag, slice record, struct fault *why);
/* Shows what was sent and wakes the committer where it sleeps. Once per loop iteration is enough. */
void log_client_flush(struct log_client *client);
/* The next acknowledgement. E_AGAIN: none.  E_CORRUPT: the channel is broken. */
MUST_USE enum error log_client_take(struct log_client *client, struct log_ack *ret_ack, struct fault *why);
/* Before polling on the eventfd: true if there is nothing to take and the committer will write to it. */
bool log_client_doze(struct log_client *client);
/* After polling. */
void log_client_awake(struct log_client *client);

#endif
