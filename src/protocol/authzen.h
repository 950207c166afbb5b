/* AuthZEN Authorization API 1.0 on the wire: what is asked, and the metadata. Unknown members are ignored. */
#ifndef TIPSTAFF_PROTOCOL_AUTHZEN_H
#define TIPSTAFF_PROTOCOL_AUTHZEN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "text/json.h"

/* Items of one batch: each is a decision and a record. */
#define AUTHZEN_EVALUATIONS_MAX 256u

/* `type` and `id` of a subject or resource, `name` of an action (in `id`, with an empty type). */
struct authzen_entity {
	slice type;
	slice id;
	const struct json_node *properties; /* an object, or NULL */
};

struct authzen_evaluation {
	struct authzen_entity subject;
	struct authzen_entity action;
	struct authzen_entity resource;
	const struct json_node *context; /* an object, or NULL */
	/* E_OK, or why this item cannot be decided; the others of a batch are. */
	struct fault fault;
};

enum authzen_semantic { AUTHZEN_EXECUTE_ALL = 0, AUTHZEN_DENY_ON_FIRST_DENY, AUTHZEN_PERMIT_ON_FIRST_PERMIT };

struct authzen_request {
	struct json_doc doc; /* what properties and context stand in; its root may be NULL */
	bool is_batch; /* false: one evaluation, answered as such */
	enum authzen_semantic semantic;
	struct authzen_evaluation *evaluations;
	size_t count;
};

/*
 * Reads the body of /access/v1/evaluation. E_SYNTAX: not JSON.  E_INVALID with the field: missing or of another type.
 * E_LIMIT, E_MEMORY.
 */
MUST_USE enum error authzen_evaluation_read(struct authzen_request *ret, slice body, struct arena *arena,
					    struct fault *why);
/*
 * Reads the body of /access/v1/evaluations: members at the top are defaults that an item replaces; a type, id or name
 * that the item leaves out is that of the defaults. Without items it is a single evaluation. A faulty item has its fault in the item.
 * E_INVALID: an unknown semantic too.  Else as above; E_LIMIT: AUTHZEN_EVALUATIONS_MAX.
 */
MUST_USE enum error authzen_evaluations_read(struct authzen_request *ret, slice body, struct arena *arena,
					     struct fault *why);
/* Does a decision end the batch? */
bool authzen_stops(enum authzen_semantic semantic, bool decision);

/* What is looked for. */
enum authzen_search_kind { AUTHZEN_SEARCH_SUBJECT = 0, AUTHZEN_SEARCH_RESOURCE, AUTHZEN_SEARCH_ACTION };

struct authzen_search {
	struct json_doc doc;
	enum authzen_search_kind kind;
	/* What is looked for has its type only; an action not even that. Its properties are not read. */
	struct authzen_evaluation asked;
	bool has_limit;
	uint64_t limit;
	slice token; /* empty: the first page */
};

/*
 * Reads the body of /access/v1/search/{subject,resource,action}. An id of what is looked for is ignored.
 * E_SYNTAX, E_INVALID with the field, E_LIMIT, E_MEMORY: as authzen_evaluation_read; page.limit is no whole number that
 * is not negative, page.token no string.
 */
MUST_USE enum error authzen_search_read(struct authzen_search *ret, enum authzen_search_kind kind, slice body,
					struct arena *arena, struct fault *why);
/* "subject", "resource", "action". */
const char *authzen_search_name(enum authzen_search_kind kind);

/*
 * The metadata of the decision point (GET /.well-known/authzen-configuration). `signed_metadata` is a JWT that says the
 * same, or empty.
 */
void authzen_metadata_write(struct buffer *out, slice issuer, slice signed_metadata);
/* What is signed of it, from now on: a JWS signing input for ES256. A day later it has ended. */
void authzen_metadata_signing_input(struct buffer *out, slice issuer, slice key_id, int64_t now_s);

#endif
