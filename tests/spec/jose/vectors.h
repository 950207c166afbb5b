/* Vector files of shared/conformance/jose, parsed. */
#ifndef TIPSTAFF_TESTS_SPEC_JOSE_VECTORS_H
#define TIPSTAFF_TESTS_SPEC_JOSE_VECTORS_H

#include "base/arena.h"
#include "check.h"
#include "text/json.h"
#include "token/jwk.h"

struct vectors {
	struct arena arena;
	struct json_doc doc;
	slice bytes;
};

/* False where the conformance data is absent; the test then calls SKIP. */
bool vectors_open(struct vectors *vectors, const char *file);
void vectors_close(struct vectors *vectors);
/* The member, which must be a string. */
slice vectors_text(const struct vectors *vectors, const struct json_node *object, const char *name);
/* The member as bytes, written in hex. */
slice vectors_hex(struct vectors *vectors, const struct json_node *object, const char *name);

/* What a Wycheproof group asks for: the public keys where there are any, the private ones otherwise. */
enum error vectors_keys(struct vectors *vectors, const struct json_node *group, struct jwk_set *ret_set,
			struct fault *why);

#endif
