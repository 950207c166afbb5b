/* The desk's state, shared by registry_service.c and registry_questions.c and nobody else. */
#ifndef TIPSTAFF_STORE_REGISTRY_SERVICE_INSIDE_H
#define TIPSTAFF_STORE_REGISTRY_SERVICE_INSIDE_H

#include "evidence/record.h"
#include "store/registry_service.h"

/* Everything that one request needs: its text, trees, plan, records and answer. */
#define REQUEST_ARENA_BYTES_MAX (64u * 1024u * 1024u)
#define REPLY_BYTES_MAX (500u * 1024u)

struct registry_service {
	struct registry_service_options options;
	struct arena arena;   /* of the request that is being answered */
	struct buffer body;   /* of the last answer */
	struct buffer change; /* one change as JSON, for publishing */
	slice failed_tests;   /* of the request that is being refused; JSON list */
	char node[256];
	size_t node_bytes;
};

/* Before each request: what belonged to the one before is gone. */
void service_begin(struct registry_service *service);
struct service_reply service_problem(struct registry_service *service, enum error code, const struct fault *why);
int64_t service_now_ms(const struct registry_service *service);
/* Fills in id, time and node, and encodes into the arena. `letter` begins the id. */
MUST_USE enum error service_encode(struct registry_service *service, struct record *record, char letter,
				   slice *ret_bytes, struct fault *why);

#endif
