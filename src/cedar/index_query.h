/* One request against the scope index of one policy set. */
#ifndef TIPSTAFF_CEDAR_INDEX_QUERY_H
#define TIPSTAFF_CEDAR_INDEX_QUERY_H

#include "cedar/index.h"

/* Up to so many heads, looking at all is cheaper than searching. */
#define QUERY_SCAN_MAX 12u
#define NAMES_FEW 12u

/* What the heads call a subject and its ancestors. */
struct names {
	bool is_unknown;
	bool has_type; /* false: not even the type is known */
	uint32_t self; /* 0: no head names it; as the type */
	uint32_t type;
	uint32_t count;
	uint32_t *list; /* of the subject and its ancestors those that have a number */
	uint32_t few[NAMES_FEW];
};

/* False: stop. */
typedef bool head_visit(void *context, const struct head *head);

struct query {
	const struct policy_index *index;
	const struct evaluation *evaluation;
	struct names action;
	struct names subjects[BY_NOTHING];
};

/* All is known. False: no memory, and the evaluation has failed. */
bool query_start(struct query *query, const struct policy_index *index, struct evaluation *evaluation);
/* As query_start, but subjects without a uid are unknown. */
bool query_start_open(struct query *query, const struct policy_index *index, struct evaluation *evaluation);
/* Visits what matches of the `count` heads that hang below one name or below none, which are many. False: stop. */
bool query_search(const struct query *query, uint32_t first, uint32_t count, enum dimension other, head_visit *visit,
		  void *context);

static inline bool names_have(const struct names *names, uint32_t symbol, bool is_self)
{
	if (is_self)
		return names->self == symbol;
	for (uint32_t i = 0; i < names->count; i++)
		if (names->list[i] == symbol)
			return true;
	return false;
}

/* `is_open`: something may be unknown, and that matches. */
static inline bool query_matches(const struct query *query, const struct head *head, bool is_open)
{
	const struct names *action = &query->action;
	if (head->action && !names_have(action, head->action, head->flags & HEAD_IS_ACTION) &&
	    !(is_open && action->is_unknown))
		return false;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		const struct names *names = &query->subjects[i];
		if (head->entity[i] && !names_have(names, head->entity[i], head->flags & 1u << i) &&
		    !(is_open && names->is_unknown))
			return false;
		if (head->type[i] && head->type[i] != names->type && !(is_open && !names->has_type))
			return false;
	}
	if (__builtin_expect(!(head->flags & HEAD_LISTS_ACTIONS), 1) || (is_open && action->is_unknown))
		return true;
	return scope_matches(&query->evaluation->subjects[VARIABLE_ACTION],
			     &query->index->policies[query->index->order[head->first]]->scopes[VARIABLE_ACTION]);
}

static inline bool query_scan(const struct query *query, uint32_t first, uint32_t count, bool is_open,
			      head_visit *visit, void *context)
{
	const struct head *head = query->index->heads + first;
	for (const struct head *end = head + count; head < end; head++)
		if (query_matches(query, head, is_open) && !visit(context, head))
			return false;
	return true;
}

static inline bool query_heads(const struct query *query, uint32_t first, uint32_t count, enum dimension other,
			       bool is_open, head_visit *visit, void *context)
{
	if (count <= QUERY_SCAN_MAX)
		return query_scan(query, first, count, is_open, visit, context);
	return query_search(query, first, count, other, visit, context);
}

/* What hangs in a dimension whose subject is known. */
static inline bool query_dimension(const struct query *query, enum dimension dimension, bool is_open, head_visit *visit,
				   void *context)
{
	const struct names *names = &query->subjects[dimension];
	const struct symbol *symbols = query->index->entities.list;
	if (query->index->first[dimension] == query->index->first[dimension + 1])
		return true;
	enum dimension other = dimension == BY_PRINCIPAL ? BY_RESOURCE : BY_PRINCIPAL;
	for (uint32_t i = 0; i < names->count; i++) {
		const struct symbol *symbol = &symbols[names->list[i]];
		uint32_t first = symbol->first[dimension], count = symbol->count[dimension];
		if (count && !query_heads(query, first, count, other, is_open, visit, context))
			return false;
	}
	if (!names->type)
		return true;
	const struct symbol *type = &query->index->types.list[names->type];
	return query_heads(query, type->first[dimension], type->count[dimension], other, is_open, visit, context);
}

static inline bool query_rest(const struct query *query, bool is_open, head_visit *visit, void *context)
{
	uint32_t rest = query->index->first[BY_NOTHING];
	return query_heads(query, rest, query->index->head_count - rest, BY_NOTHING, is_open, visit, context);
}

/*
 * Visits each head that matches, where all is known. A policy is visited more than once where it lists several actions
 * that match. False: `visit` said so.
 */
static inline bool query_visit(const struct query *query, head_visit *visit, void *context)
{
	return query_dimension(query, BY_PRINCIPAL, false, visit, context) &&
	       query_dimension(query, BY_RESOURCE, false, visit, context) && query_rest(query, false, visit, context);
}

#endif
