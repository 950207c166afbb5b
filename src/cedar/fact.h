/*
 * What was read on the way to a decision. A fact points at where it was read, and is put into words only when somebody
 * wants to know: most never are.
 */
#ifndef TIPSTAFF_CEDAR_FACT_H
#define TIPSTAFF_CEDAR_FACT_H

#include "cedar/value.h"

/* What is longer is cut: a fact is for a person and for a log. Of subject and value each. */
#define CEDAR_FACT_BYTES_MAX 1024u

/* Lives as long as the sets, the entities, the request and the arena of its decision. */
struct cedar_fact {
	const void *source;       /* the expression or head, as `form` says */
	struct cedar_value value; /* CEDAR_NONE: it was not there */
	unsigned char form;       /* fact.c knows which there are */
	unsigned char variable;   /* of a head: enum variable */
	uint32_t count;           /* of a path */
};

/* What a fact is put into words with. */
struct cedar_fact_scratch {
	char subject[CEDAR_FACT_BYTES_MAX];
	char value[CEDAR_FACT_BYTES_MAX];
};

/* As it would be written in Cedar. */
struct cedar_fact_text {
	slice subject; /* `context.purpose`, `principal.owner`, `resource in Server::"fs"`, `context has input` */
	slice value;   /* `"x"`, `true`; empty where it was not there */
};

/* Lives as long as fact and scratch. */
struct cedar_fact_text cedar_fact_tell(const struct cedar_fact *fact, struct cedar_fact_scratch *scratch);
/* `subject = value` or `subject is absent`, in the arena. ptr NULL where there is no memory. */
slice cedar_fact_sentence(const struct cedar_fact *fact, struct arena *arena);

#endif
