/* How a worker loop speaks to the recorder: append a record and know when it is durable; ask for something. */
#ifndef TIPSTAFF_CHANNEL_RECORDER_CLIENT_H
#define TIPSTAFF_CHANNEL_RECORDER_CLIENT_H

#include "base/error.h"
#include "base/slice.h"

/*
 * One per worker loop, used from that loop's thread only. Callbacks run on that thread, never inside the call that
 * took them. When the recorder is gone, faulty or slow, every waiting callback is called with an error: E_IO (the log
 * could not be written), E_UNAVAILABLE (recorder gone, log faulty), E_TIMEOUT. An error means: no evidence, no action.
 */
struct recorder_client;

/* A record: frames of evidence/record.h, at most 65535 bytes. */
#define RECORDER_RECORD_BYTES_MAX 65535u
/* A request or a reply of recorder_call. */
#define RECORDER_CALL_BYTES_MAX (500u * 1024u)

enum recorder_op {
	RECORDER_NONE = 0,
	RECORDER_COMMAND, /* a change of the registry: {"op","kind","id","object","actor",...} */
	RECORDER_GET,     /* {"kind","id"} */
	RECORDER_LIST,    /* {"kind","filters":{},"limit","page_token"} */
	RECORDER_CALLER,  /* an unknown caller was seen: {"client_id","thumbprint","address","time"} */
	RECORDER_CALLERS, /* the unknown callers */
	RECORDER_POLICY_SET, /* the texts of a policy set that was: {"id":"v37" or its digest,"page_token"} */
	RECORDER_QUERY,   /* of the log: {"op":"find|list|trace|tail",...} */
	RECORDER_STATUS,  /* state of log and registry */
	RECORDER_REFRESH, /* the policy folder is to be read again (SIGHUP) */
	RECORDER_OP_COUNT
};

typedef void recorder_appended(void *context, enum error code, uint64_t index);
/* `status` is an HTTP status; `reply` is JSON and valid during the callback only. */
typedef void recorder_answered(void *context, int status, slice reply);

/*
 * Appends one record. `done` is called once the record is on stable storage (E_OK, its index in the log), or with the
 * reason why it never will be. The bytes are copied.
 */
void recorder_append(struct recorder_client *client, slice record, recorder_appended *done, void *context);
/* As above for records that nothing waits for. A failure shows in the status of the log. */
void recorder_append_forget(struct recorder_client *client, slice record);

/*
 * Sends a request. Where the reply carries "revision", the callback is held back until this worker's snapshot has
 * that revision, so that whoever made a change sees it hold.
 */
void recorder_call(struct recorder_client *client, enum recorder_op op, slice request, recorder_answered *done,
		   void *context);

/* May permits be given at all? E_UNAVAILABLE or E_IO with the reason while the log or the registry is faulty. */
MUST_USE enum error recorder_health(const struct recorder_client *client, struct fault *why);
/* Records that are durable now; for live views that follow the log. */
uint64_t recorder_durable_count(const struct recorder_client *client);

#endif
