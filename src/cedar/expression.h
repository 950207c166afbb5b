/* How the parser makes nodes. Errors are told at the place of the node. */
#ifndef TIPSTAFF_CEDAR_EXPRESSION_H
#define TIPSTAFF_CEDAR_EXPRESSION_H

#include "cedar/parser.h"

/* Zeroed but for its kind and place. E_MEMORY. */
MUST_USE static inline enum error expression_new(struct parser *parser, enum node_kind kind, uint32_t offset,
						 struct node **ret_node)
{
	*ret_node = ARENA_NEW(parser->arena, struct node);
	if (!*ret_node)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for an expression");
	(*ret_node)->kind = (unsigned char)kind;
	(*ret_node)->offset = offset;
	return E_OK;
}

/* As node_close. */
MUST_USE static inline enum error expression_close(struct parser *parser, struct node *node,
						   const struct node **ret_node)
{
	enum error error = node_close(parser->arena, node, parser->why);
	if (error != E_OK)
		return parser_place(parser, error, node->offset);
	*ret_node = node;
	return E_OK;
}

MUST_USE static inline enum error expression_literal(struct parser *parser, uint32_t offset, struct cedar_value value,
						     const struct node **ret_node)
{
	struct node *node;
	TRY(expression_new(parser, NODE_LITERAL, offset, &node));
	node->value = value;
	return expression_close(parser, node, ret_node);
}

/* Of a method without arguments `right` is NULL. */
MUST_USE static inline enum error expression_binary(struct parser *parser, enum node_kind kind,
						    const struct node *left, const struct node *right,
						    const struct node **ret_node)
{
	struct node *node;
	TRY(expression_new(parser, kind, left->offset, &node));
	node->left = left;
	node->right = right;
	return expression_close(parser, node, ret_node);
}

static inline void expression_items(struct node *node, const struct pointer_list *list)
{
	node->items = (const struct node *const *)list->items;
	node->count = (uint32_t)list->count;
}

#endif
