/* Reading the vectors of shared/conformance/tlog. */
#ifndef TIPSTAFF_TESTS_SPEC_TLOG_VECTORS_H
#define TIPSTAFF_TESTS_SPEC_TLOG_VECTORS_H

#include "evidence/merkle.h"
#include "text/json.h"

struct vectors {
	struct arena arena;
	struct json_doc doc;
	const struct json_node *root;
	slice text;
};

/* The path of a file below shared/conformance/tlog, or NULL where there is no conformance data. */
const char *vectors_path(const char *name);
/* Parses a file by its path; fails the test where it cannot. */
struct vectors vectors_open(const char *path);
void vectors_close(struct vectors *vectors);
/* The text member, or the empty slice. */
slice vectors_text(const struct vectors *vectors, const struct json_node *object, const char *name);
uint64_t vectors_number(const struct vectors *vectors, const struct json_node *object, const char *name);
/* The base64 member as bytes in the arena. */
slice vectors_bytes(struct vectors *vectors, const struct json_node *object, const char *name);
/* False where it has not 32 bytes. */
bool vectors_hash(struct vectors *vectors, const struct json_node *object, const char *name, struct merkle_hash *ret);
/* False where one of them has not 32 bytes, or there are more than fit. */
bool vectors_proof(struct vectors *vectors, const struct json_node *object, const char *name, struct merkle_proof *ret);
/* Visits every .json below a folder; gives how many. */
unsigned vectors_each(const char *folder, void (*visit)(const char *path));

#endif
