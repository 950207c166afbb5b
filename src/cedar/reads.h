/* What a policy set can read of a request: which fields of the context, which fields of these, and whether the resource. */
#ifndef TIPSTAFF_CEDAR_READS_H
#define TIPSTAFF_CEDAR_READS_H

#include "cedar/policyset.h"

struct cedar_reads {
	/* `context` or one of its fields as a whole: compared, put into a set, ...; then nothing can be left out of it. */
	void (*whole)(void *visitor, slice field);                 /* field empty: the context itself */
	void (*field)(void *visitor, slice field, slice inner);    /* context.field, or context.field.inner */
	/* The resource, otherwise than by `is`, or `in` entities that stand there; heads do not count. */
	void (*resource)(void *visitor);
	void *visitor;
};

/* Calls back for each place of writing; the same may come again and again. Slices borrow from the set. */
void cedar_policyset_reads(const struct cedar_policyset *set, const struct cedar_reads *reads);

#endif
