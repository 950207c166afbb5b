/*
 * A server with the whole interface on a free port. The recorder's desk and the snapshot are real; the way to them, the
 * signer and the endpoints of other standards are played.
 */
#ifndef TIPSTAFF_TESTS_API_TOWN_H
#define TIPSTAFF_TESTS_API_TOWN_H

#include "api/api.h"
#include "store/registry_service.h"
#include "unit/net/bench.h"

struct town_answer {
	int status;
	slice head;
	slice body;
	char *whole; /* freed by the next request */
};

void town_begin(void);
void town_end(void);
/* One request with the admin key; the answer is valid until the next. `more` are further header lines. */
struct town_answer town_ask(const char *method, const char *path, const char *more, const char *body);
/* The same without the admin key. */
struct town_answer town_ask_plain(const char *method, const char *path, const char *more);
/* A connection on which the request was sent; for streams. */
int town_connect(const char *path, const char *more);
/* All that comes on it until `end` was seen. Free `ptr`. */
slice town_read_until(int fd, const char *end);
bool town_has(slice text, const char *part);
/* Value of a header line of the answer; empty where there is none. */
slice town_header(const struct town_answer *answer, const char *name);

/* What the played parts saw and shall do. */
struct town {
	bool recorder_is_gone;   /* answers 503 */
	bool not_ready;          /* no snapshot */
	uint64_t durable;        /* records in the log */
	size_t commands;         /* that reached the recorder */
	bool saw_secret;         /* "hush" was among what the recorder was sent */
	size_t sealed;           /* calls of the signer */
	char last_query[512];
};
extern struct town town;
uint64_t town_revision(void);

#endif
