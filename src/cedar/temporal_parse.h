/* Between the parts of reading history conditions: trees, conditions and terms. */
#ifndef TIPSTAFF_CEDAR_TEMPORAL_PARSE_H
#define TIPSTAFF_CEDAR_TEMPORAL_PARSE_H

#include "cedar/parser.h"
#include "cedar/temporal.h"

struct temporal_parser {
	struct parser *parser;
	struct temporal *temporal;
	unsigned char visible[CEDAR_TEMPORAL_VARIABLES_MAX]; /* slots of the binders around; the innermost last */
	unsigned visible_count;
};

/* A condition of this kind with nothing in it. */
MUST_USE enum error temporal_new_condition(struct temporal_parser *parser, enum temporal_kind kind, uint32_t offset,
					   struct temporal_condition **ret_condition);
/* All below is there: computes depth and free variables. E_LIMIT: CEDAR_TEMPORAL_DEPTH_MAX. */
MUST_USE enum error temporal_close_condition(struct temporal_parser *parser, struct temporal_condition *condition);
MUST_USE enum error temporal_make_and(struct temporal_parser *parser, struct temporal_condition *left,
				      struct temporal_condition *right, struct temporal_condition **ret_condition);
/* How far back it can look, all windows together. */
int64_t temporal_reach(const struct temporal_condition *condition);

/* Is the token this word, and the one behind it of that kind? */
bool temporal_at(const struct temporal_parser *parser, slice word, enum token_kind next);
/* Does `count for` or `sum x` start here, perhaps behind a parenthesis? */
bool temporal_at_aggregate(const struct temporal_parser *parser);
/* Does `name::` start here? */
bool temporal_at_path(const struct temporal_parser *parser);
/* E_UNSUPPORTED where the token is `?x` or `$x`. */
MUST_USE enum error temporal_refuse_macro(struct parser *parser);

MUST_USE enum error temporal_parse_term(struct temporal_parser *parser, struct temporal_term *ret_term);
/* A name that a binder around gives. E_SYNTAX: it is free. */
MUST_USE enum error temporal_parse_variable(struct temporal_parser *parser, struct temporal_term *ret_term);
/* `(x: Type)`; the variable is visible from here on. */
MUST_USE enum error temporal_parse_binder(struct temporal_parser *parser, unsigned char *ret_slot);
/* The condition behind `where`. */
MUST_USE enum error temporal_parse_body(struct temporal_parser *parser, struct temporal_condition **ret_body);

#endif
