/* The owner's side of a recorder_client: made, polled and ended by the worker loop it belongs to. */
#ifndef TIPSTAFF_CHANNEL_RECORDER_LINK_H
#define TIPSTAFF_CHANNEL_RECORDER_LINK_H

#include "channel/layout.h"
#include "channel/recorder_client.h"

struct recorder_link_settings {
	unsigned append_timeout_ms;
	unsigned call_timeout_ms;
	/* Loop 0 only: a change of the registry (JSON), and the sign that all of them have been sent. */
	void (*on_delta)(void *context, slice change);
	void (*on_synced)(void *context, uint64_t revision);
	/* The revision of the snapshot that this loop decides on. */
	uint64_t (*snapshot_revision)(void *context);
	void *context;
};

MUST_USE enum error recorder_link_make(struct recorder_client **ret_client, const struct layout *layout, unsigned loop,
				       const struct recorder_link_settings *settings, struct fault *why);
/* Waiting callbacks are told E_UNAVAILABLE. NULL is fine. */
void recorder_link_free(struct recorder_client *client);
/*
 * Takes what has arrived, sends what was waiting for room, ends what waited too long. Run once per loop iteration.
 * True where something was done, so that the caller polls again before it sleeps.
 */
bool recorder_link_poll(struct recorder_client *client, int64_t monotonic_ns);
/* Is a message there? The last look before the loop sleeps. */
bool recorder_link_has_message(struct recorder_client *client);

#endif
