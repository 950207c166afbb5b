/*
 * A question about policies: is there a request in which these match, those do not, and one errs? Asked in every
 * environment; examples that show a further policy at work draw it into the question, so that most are never looked at.
 */
#ifndef TIPSTAFF_ANALYSIS_INQUIRY_H
#define TIPSTAFF_ANALYSIS_INQUIRY_H

#include "analysis/example.h"
#include "analysis/limits.h"
#include "analysis/solve.h"

enum wish_kind { WISH_NO_MATCH = 0, WISH_MATCH, WISH_ERROR };

struct wish {
	const struct cedar_policyset *set;
	uint32_t policy;
	enum wish_kind kind;
};

enum judgement {
	JUDGE_WRONG = 0, /* not what was asked for */
	JUDGE_RIGHT,
	JUDGE_AGAIN      /* wishes were added */
};

struct inquiry;
typedef enum judgement inquiry_judge(struct inquiry *inquiry, const struct example *example);

struct inquiry {
	const struct cedar_schema *schema;
	const struct hash_key *key;
	struct environments environments;
	struct arena scratch;                  /* of one question */
	struct arena *arena;                   /* of what is kept */
	uint64_t looks_left;
	struct fault *why;
	enum error failure;                    /* the whole is void */
	/* of the question at hand: */
	struct wish wishes[ANALYSIS_BLOCKERS_MAX];
	size_t wish_count;
	inquiry_judge *judge;
	void *context;
	const struct environment *environment; /* that is asked about */
	const struct analysis_example *example; /* as the judge kept it */
	struct obstacle obstacle;
	bool is_refined;
};

/* E_MEMORY.  E_INVALID: mixed hash keys. Free with inquiry_free in any case. */
MUST_USE enum error inquiry_init(struct inquiry *inquiry, const struct cedar_schema *schema,
				 const struct cedar_policyset *set, struct arena *arena, struct fault *why);
void inquiry_free(struct inquiry *inquiry);
/* A new question with nothing in it. */
void inquiry_begin(struct inquiry *inquiry);
/* False: it is there already, or ANALYSIS_BLOCKERS_MAX. */
bool inquiry_wish(struct inquiry *inquiry, const struct cedar_policyset *set, uint32_t policy, enum wish_kind kind);
enum answer inquiry_ask(struct inquiry *inquiry, inquiry_judge *judge, void *context);
/* For judges: keeps the example. */
enum judgement inquiry_keep(struct inquiry *inquiry, const struct example *example);
/* `it adds two values: context.a + context.b`: why the last answer was unknown. */
slice inquiry_obstacle(const struct inquiry *inquiry);

#endif
