/* Random policies and requests over one small world, well typed for the most part: for tests of a property. */
#ifndef TIPSTAFF_TESTS_CEDAR_RANDOM_CASE_H
#define TIPSTAFF_TESTS_CEDAR_RANDOM_CASE_H

#include "cedar/cedar.h"

struct random {
	uint64_t state;
};

/* A number below `limit`. */
unsigned random_below(struct random *random, unsigned limit);

/* The schema, and entities that conform to it. */
extern const slice random_schema;
extern const slice random_entities;

/* Appends `count` policies. */
void random_policies(struct random *random, struct buffer *out, unsigned count);
/* A context that conforms to the schema, or one in which now and then a field is of another field's type. */
struct cedar_value random_context(struct random *random, struct arena *arena, bool conforms);
/* The fields of the context: name, type, whether it may be absent. */
struct random_field {
	slice name;
	slice type; /* for cedar_unknown_parse */
	bool is_optional;
};
extern const struct random_field random_fields[];
extern const size_t random_field_count;

/* Policies over these entities, and a request of User::"a" for Action::"read" on File::"f", to be changed at will. */
struct random_bench {
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_entities *store;
	const struct cedar_entities *layers[1];
	const struct cedar_policyset *sets[1];
	struct cedar_world world;
	struct cedar_request request;
};
/* The policies must be good. random_bench_stop afterwards. */
void random_bench_start(struct random_bench *bench, slice policies);
void random_bench_stop(struct random_bench *bench);

#endif
