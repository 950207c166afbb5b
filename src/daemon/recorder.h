/* The recorder: owns the evidence log and the registry, has no network, and answers the worker over rings. */
#ifndef TIPSTAFF_DAEMON_RECORDER_H
#define TIPSTAFF_DAEMON_RECORDER_H

#include "channel/recorder_client.h"
#include "channel/signer_link.h"
#include "daemon/daemon.h"
#include "store/log_committer.h"
#include "store/log_query.h"
#include "store/log_reader.h"
#include "store/registry_service.h"

/*
 * One per process. What could not be opened is NULL and its fault is set in the shared memory: the recorder stays to
 * say why, and permits stop.
 */
struct recorder {
	const struct daemon *daemon;
	struct arena boot;              /* lives as long as the process */
	struct arena arena;             /* of the round: requests and their answers */
	struct hash_key key;
	slice log_dir;
	struct log_writer *writer;
	struct log_committer *committer;
	struct log_reader *reader;
	struct log_query *query;
	struct sqlite_registry *store;
	struct registry *registry;
	struct registry_service *service;
	struct signer_client *signer;
	struct ring calls[LAYOUT_LOOPS_MAX];
	struct ring replies[LAYOUT_LOOPS_MAX];
	bool dropped[LAYOUT_LOOPS_MAX]; /* the loop broke its ring; nothing of it is read any more */
	struct buffer scratch;
	uint64_t checkpoint_size;       /* of the last signed checkpoint */
	uint64_t checkpoint_wanted;     /* of the one that the signer was asked for */
	int64_t checkpoint_kept_ns;     /* when one was last kept for good */
	bool checkpoint_asked;
	bool verifier_told;             /* the log's public key lies beside the log */
};

/*
 * Opens log, database and registry, replays what the database missed, records the start and closes effects that a
 * crash left open. E_MEMORY only: any other failure is a fault in the shared memory.
 */
MUST_USE enum error recorder_open(struct recorder *recorder, struct fault *why);
/* Records the stop, signs the last checkpoint, closes. */
void recorder_close(struct recorder *recorder);
/* Appends a SYSTEM record; a failure shows in the status of the log. */
void recorder_note(struct recorder *recorder, const char *operation, slice detail, uint64_t count);
/* The same of a record with more in it; what every such record has is filled in. */
void recorder_note_record(struct recorder *recorder, const char *operation, struct record *record);
/* The stop, with the digest of the histories that the worker left. */
void recorder_note_stop(struct recorder *recorder);
/* Tells the worker which histories were left where nothing was decided afterwards; `end` records are in the log. */
void recorder_find_past(struct recorder *recorder, uint64_t end);

/* Sends to a worker loop; waits for room for a while, then drops the loop. `head` is a struct wire_reply. */
struct wire_reply;
void recorder_send(struct recorder *recorder, unsigned loop, const struct wire_reply *head, slice body);
/* Every object, then WIRE_SYNCED, to loop 0. */
void recorder_send_all(struct recorder *recorder);
/* Answers what waits in the rings; true where there was something. */
bool recorder_answer_calls(struct recorder *recorder);

/* Does the text parse? The sentence names the place. E_SYNTAX and others of cedar_policyset_parse. */
MUST_USE enum error recorder_check_policy(struct recorder *recorder, slice id, slice text, struct fault *why);
/* Brings the policies of the folder into the registry; sets or clears the fault of the policies. */
void recorder_read_policies(struct recorder *recorder);
/* Signs and writes the log's checkpoint where it has grown. */
void recorder_checkpoint(struct recorder *recorder);
/* The same at the end, and waits for it. */
void recorder_last_checkpoint(struct recorder *recorder);

#endif
