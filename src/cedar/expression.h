/* How the parser makes nodes. Errors are told at the place of the node. */
#ifndef TIPSTAFF_CEDAR_EXPRESSION_H
#define TIPSTAFF_CEDAR_EXPRESSION_H

#include "cedar/cons.h"
#include "cedar/parser.h"

/* The node is the caller's; given back is the one that stands for it (cons_share). E_MEMORY, and as node_close. */
MUST_USE static inline enum error expression_close(struct parser *parser, const struct node *node,
						   const struct node **ret_node)
{
	uint32_t *place = LIST_ADD(&parser->places, parser->arena, uint32_t);
	if (!place)
		return PARSER_FAIL(parser, E_MEMORY, node->offset, "no memory for an expression");
	*place = node->offset;
	parser->place = node->offset;
	enum error error = cons_share(parser->cons, node, ret_node, parser->why);
	return error == E_OK ? E_OK : parser_place(parser, error, node->offset);
}

MUST_USE static inline enum error expression_literal(struct parser *parser, uint32_t offset, struct cedar_value value,
						     const struct node **ret_node)
{
	struct node node = {.kind = NODE_LITERAL, .offset = offset, .value = value};
	return expression_close(parser, &node, ret_node);
}

/* Of a unary operator, or a method without arguments, `right` is NULL. */
MUST_USE static inline enum error expression_binary(struct parser *parser, enum node_kind kind, uint32_t offset,
						    const struct node *left, const struct node *right,
						    const struct node **ret_node)
{
	struct node node = {.kind = (unsigned char)kind, .offset = offset, .left = left, .right = right};
	return expression_close(parser, &node, ret_node);
}

/*
 * Items are laid on the parser's list while they are read: those of the node are all from `first` on, and are taken off
 * again when it is closed.
 */
MUST_USE static inline enum error expression_add(struct parser *parser, const struct node *item)
{
	const struct node **place = LIST_ADD(&parser->items, parser->arena, const struct node *);
	if (!place)
		return FAIL(parser->why, E_MEMORY, "no memory for a list");
	*place = item;
	return E_OK;
}
MUST_USE static inline enum error expression_close_items(struct parser *parser, struct node *node, size_t first,
							 const struct node **ret_node)
{
	node->count = (uint32_t)(parser->items.count - first);
	node->items = node->count ? LIST_AT(&parser->items, const struct node *, first) : NULL;
	parser->items.count = first;
	return expression_close(parser, node, ret_node);
}

#endif
