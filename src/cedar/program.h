/*
 * The conditions of all policies with the same head, as one list of steps.
 *
 * Conditions that start alike are evaluated once, up to where they part; among those that compare the same expression
 * with different constants, a choice finds the one that can be true. Each policy still has its conditions evaluated
 * from left to right and up to the first that does not hold, so that errors are exactly those of evaluating it alone.
 */
#ifndef TIPSTAFF_CEDAR_PROGRAM_H
#define TIPSTAFF_CEDAR_PROGRAM_H

#include "cedar/choice.h"
#include "cedar/policy.h"

enum step_kind {
	STEP_END = 0,
	STEP_JUMP,   /* to `skip` */
	STEP_POLICY, /* `policy` is satisfied */
	STEP_TEST,   /* `node` must be `wanted`; else go on at `skip` */
	STEP_HISTORY, /* the same, of a history condition; what is not known is remembered up to `skip` */
	STEP_CHOICE  /* go to the case that is the value of the operand; where there is none, to `skip` */
};

/* Policies between a test or choice and its `skip` depend on it: where it errs, they err. */
struct step {
	unsigned char kind; /* enum step_kind */
	bool wanted;
	uint16_t memo; /* the outcome of the test is kept under this number; 0: it is not */
	uint32_t skip;
	union {
		const struct node *node;
		const struct choice *choice;
		struct {
			uint32_t policy;
			uint32_t effect; /* enum cedar_effect */
		};
	};
};
_Static_assert(sizeof(struct step) == 16, "steps are packed");

/* Numbers of outcomes that are kept during a request lie below this: as many bits must be cleared for each. */
#define PROGRAM_MEMO_MAX 512u

struct program {
	struct step *steps;
	uint32_t count;
	uint32_t memo_count; /* 0: no outcome is kept */
};

struct program_builder;

/* Choices are made in `arena`; the builder lives in `scratch`, and must be freed before it. NULL: no memory. */
struct program_builder *program_builder_new(struct arena *arena, struct arena *scratch);
/* NULL is fine. */
void program_builder_free(struct program_builder *builder);
/* Adds the steps for policies with the same head, given by their numbers. E_MEMORY, E_LIMIT. */
MUST_USE enum error program_add(struct program_builder *builder, const struct policy *const *policies,
				const uint32_t *numbers, size_t count, uint32_t *ret_first, struct fault *why);
/* The steps leave the builder as they are, to be freed by program_free, after an error too. E_MEMORY. */
MUST_USE enum error program_finish(struct program_builder *builder, struct program *ret_program, struct fault *why);
/* A zeroed one is fine. */
void program_free(struct program *program);

#endif
