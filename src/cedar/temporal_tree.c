/* The trees of history conditions, as they are put together. */
#include "cedar/temporal_parse.h"

enum error temporal_new_condition(struct temporal_parser *parser, enum temporal_kind kind, uint32_t offset,
				       struct temporal_condition **ret_condition)
{
	*ret_condition = ARENA_NEW(parser->parser->arena, struct temporal_condition);
	if (!*ret_condition)
		return PARSER_FAIL(parser->parser, E_MEMORY, offset, "no memory for a history condition");
	(*ret_condition)->kind = (unsigned char)kind;
	(*ret_condition)->offset = offset;
	return E_OK;
}

static uint32_t free_of(const struct temporal_term *term)
{
	if (term->kind == TERM_VARIABLE)
		return 1u << term->index;
	return term->kind == TERM_AGGREGATE ? term->aggregate->body->free & ~term->aggregate->binders : 0;
}

static unsigned depth_of(const struct temporal_condition *condition)
{
	return condition ? condition->depth : 0;
}

enum error temporal_close_condition(struct temporal_parser *parser, struct temporal_condition *condition)
{
	unsigned deepest = depth_of(condition->left);
	if (depth_of(condition->right) > deepest)
		deepest = depth_of(condition->right);
	for (unsigned i = 0; i < 2 && condition->kind == TEMPORAL_COMPARE; i++) {
		const struct temporal_term *term = &condition->terms[i];
		condition->free |= free_of(term);
		if (term->kind == TERM_AGGREGATE && depth_of(term->aggregate->body) > deepest)
			deepest = depth_of(term->aggregate->body);
	}
	if (deepest + 1 > CEDAR_TEMPORAL_DEPTH_MAX)
		return PARSER_FAIL(parser->parser, E_LIMIT, condition->offset, "history conditions more than %u deep",
				   CEDAR_TEMPORAL_DEPTH_MAX);
	condition->depth = (unsigned char)(deepest + 1);
	for (uint32_t i = 0; i < condition->field_count; i++)
		condition->free |= free_of(&condition->fields[i].term);
	if (condition->left)
		condition->free |= condition->left->free;
	if (condition->right)
		condition->free |= condition->right->free;
	if (condition->kind == TEMPORAL_TIMEPOINT)
		condition->free = 1u << condition->slot;
	if (condition->kind == TEMPORAL_EXISTS)
		condition->free &= ~(1u << condition->slot);
	return E_OK;
}

enum error temporal_make_and(struct temporal_parser *parser, struct temporal_condition *left,
				 struct temporal_condition *right, struct temporal_condition **ret_condition)
{
	TRY(temporal_new_condition(parser, TEMPORAL_AND, left->offset, ret_condition));
	(*ret_condition)->left = left;
	(*ret_condition)->right = right;
	return temporal_close_condition(parser, *ret_condition);
}

int64_t temporal_reach(const struct temporal_condition *condition)
{
	int64_t deepest = 0;
	const struct temporal_condition *below[4] = {condition->left, condition->right};
	for (unsigned i = 0; i < 2 && condition->kind == TEMPORAL_COMPARE; i++)
		if (condition->terms[i].kind == TERM_AGGREGATE)
			below[2 + i] = condition->terms[i].aggregate->body;
	for (unsigned i = 0; i < 4; i++) {
		int64_t reach_ms = below[i] ? temporal_reach(below[i]) : 0;
		if (reach_ms > deepest)
			deepest = reach_ms;
	}
	bool looks_back = condition->kind == TEMPORAL_FORMERLY || condition->kind == TEMPORAL_PREVIOUS ||
			  condition->kind == TEMPORAL_SINCE;
	/* A window is closed on both sides, so that one of 0 s still looks at something. */
	return deepest + condition->window_ms + looks_back;
}
