/*
 * The registry's desk in the recorder: takes commands and questions as JSON, and does nothing that is not recorded
 * first. One thread.
 */
#ifndef TIPSTAFF_STORE_REGISTRY_SERVICE_H
#define TIPSTAFF_STORE_REGISTRY_SERVICE_H

#include "registry/plan.h"
#include "store/sqlite_registry.h"

struct registry_service;

struct registry_service_options {
	struct sqlite_registry *store; /* lent */
	struct registry *registry;     /* lent; loaded from the store */
	slice node;                    /* of records; copied */
	/*
	 * Appends records and waits until they are durable, all or none; the first one's index. Called by the service's
	 * thread. An error is passed on to whoever asked, and nothing is changed.
	 */
	enum error (*append)(void *context, const slice *records, size_t count, uint64_t *ret_index, struct fault *why);
	/* A change that is durable and applied, as JSON (registry/change.h). */
	void (*publish)(void *context, slice change);
	int64_t (*now_ns)(void *context);
	void (*random)(void *context, void *bytes, size_t count);
	/* As in struct plan_context; NULL: not checked. */
	enum error (*check_policy)(void *context, slice id, slice text, struct fault *why);
	enum error (*check_entities)(void *context, const struct plan_source *sources, size_t count, struct fault *why);
	enum error (*check_jwks)(void *context, slice jwks, struct fault *why);
	void *context;
};

/* E_MEMORY. */
MUST_USE enum error registry_service_make(struct registry_service **ret_service,
					  const struct registry_service_options *options, struct fault *why);
/* NULL is fine. */
void registry_service_free(struct registry_service *service);

/*
 * An answer: what goes into the head of the reply, and the body itself, with no envelope around it. An error is a
 * problem (RFC 9457). `revision` is what a snapshot must have before the answer is handed out; 0: any. Valid until the
 * next call.
 */
struct service_reply {
	int status;   /* HTTP */
	uint64_t revision;
	slice body;   /* JSON; empty with status 204 */
};

/*
 * RECORDER_COMMAND: registry/plan.h tells the form of a command. An Idempotency-Key lives in the database, not in the
 * log: a crash between the record and the database keeps the change and forgets the key.
 */
struct service_reply registry_service_command(struct registry_service *service, slice request);
/* RECORDER_GET: {"kind","id"}. */
struct service_reply registry_service_get(struct registry_service *service, slice request);
/* RECORDER_LIST: {"kind","filters":{"field":"value"},"limit":n,"page_token":""}. */
struct service_reply registry_service_list(struct registry_service *service, slice request);
/*
 * RECORDER_POLICY_SET: {"id","page_token"}, the id being that of a version or the digest that a decision names. Answers
 * {"version":{},"items":[policies and suites as they were],"next_page_token"}. Of several versions with one digest the
 * last; the set without policies is there before the first version too.
 */
struct service_reply registry_service_policy_set(struct registry_service *service, slice request);
/* RECORDER_CALLER: {"client_id","thumbprint","address","jwk":{},"time"}; the first sighting is recorded. */
struct service_reply registry_service_caller(struct registry_service *service, slice request);
/* RECORDER_CALLERS: nothing is asked. */
struct service_reply registry_service_callers(struct registry_service *service);

/* Every object as a change of its own, in the order in which they can be put: what a new worker is sent. */
MUST_USE enum error registry_service_send_all(struct registry_service *service,
					      void (*send)(void *context, slice change), void *context,
					      struct fault *why);

/* The change that a CHANGE record of the log tells. E_INVALID: it tells none.  E_MEMORY. */
struct record;
MUST_USE enum error registry_service_change_of(const struct record *record, struct arena *arena,
					       struct change *ret_change, struct fault *why);
/* Cedar text that the engine would refuse at load. E_INVALID with source, line and column.  E_MEMORY. */
MUST_USE enum error registry_service_check_policy(slice id, slice text, struct fault *why);

/* {"revision","objects":{"agents":n,...},"database":{"state":"ok"|"faulty","detail"}} */
void registry_service_status(const struct registry_service *service, struct buffer *out);

#endif
