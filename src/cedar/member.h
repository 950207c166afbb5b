/* What operators join: primaries, and the attributes and methods that follow them. */
#ifndef TIPSTAFF_CEDAR_MEMBER_H
#define TIPSTAFF_CEDAR_MEMBER_H

#include "cedar/parser.h"

/* Takes one. E_SYNTAX, E_LIMIT, E_MEMORY. */
MUST_USE enum error member_parse(struct parser *parser, const struct node **ret_node);
/*
 * The same behind `*count` minus signs, the token being an integer: the last of them belongs to it, and is taken off
 * the count, unless the integer is accessed.
 */
MUST_USE enum error member_parse_negative(struct parser *parser, unsigned *count, const struct node **ret_node);

#endif
