/* Expressions written back, with as few parentheses as they need. */
#include "cedar/extension.h"
#include "cedar/temporal.h"
#include "cedar/write.h"

/* How tightly a node binds; a child that binds less tightly than its place needs gets parentheses. */
enum binding { BIND_IF = 0, BIND_OR, BIND_AND, BIND_RELATION, BIND_ADD, BIND_MULTIPLY, BIND_UNARY, BIND_MEMBER };

/* Some name of the path is none that may stand behind a dot; JSON can say that, text only in several steps. */
static bool has_is_in_full(const struct node *node)
{
	for (uint32_t i = 0; node->count > 1 && i < node->count; i++)
		if (!name_is_bare(node->names[i]))
			return true;
	return false;
}

static enum binding binding_of(const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_IF:
		return BIND_IF;
	case NODE_OR:
		return BIND_OR;
	case NODE_AND:
		return BIND_AND;
	case NODE_EQUAL:
	case NODE_NOT_EQUAL:
	case NODE_LESS:
	case NODE_LESS_EQUAL:
	case NODE_GREATER:
	case NODE_GREATER_EQUAL:
	case NODE_IN:
	case NODE_LIKE:
	case NODE_IS:
	case NODE_IS_IN:
		return BIND_RELATION;
	case NODE_HAS:
		return has_is_in_full(node) ? BIND_AND : BIND_RELATION;
	case NODE_ADD:
	case NODE_SUBTRACT:
		return BIND_ADD;
	case NODE_MULTIPLY:
		return BIND_MULTIPLY;
	case NODE_NOT:
	case NODE_NEGATE:
		return BIND_UNARY;
	case NODE_LITERAL:
		/* A negative number is written with a sign. */
		return node->value.kind == CEDAR_LONG && node->value.as.integer < 0 ? BIND_UNARY : BIND_MEMBER;
	default:
		return BIND_MEMBER;
	}
}

static void write_at(struct buffer *out, const struct node *node, enum binding least)
{
	bool parens = binding_of(node) < least;
	if (parens)
		buffer_add_byte(out, '(');
	node_write(out, node);
	if (parens)
		buffer_add_byte(out, ')');
}

static void write_list(struct buffer *out, const struct node *node, uint32_t first, const char *separator,
		       enum binding least)
{
	for (uint32_t i = first; i < node->count; i++) {
		if (i > first)
			buffer_add_text(out, separator);
		write_at(out, node->items[i], least);
	}
}

static void write_unary(struct buffer *out, const struct node *node)
{
	/* Signs of one kind chain up to four; a sign before a number would become part of it. */
	const struct node *inner = node->left;
	unsigned chain = 1;
	for (const struct node *at = inner; at->kind == node->kind; at = at->left)
		chain++;
	bool plain = (binding_of(inner) == BIND_MEMBER && inner->kind != NODE_LITERAL) ||
		     (inner->kind == NODE_LITERAL && inner->value.kind != CEDAR_LONG) ||
		     (inner->kind == node->kind && chain <= 4);
	buffer_add_byte(out, node->kind == NODE_NOT ? '!' : '-');
	write_at(out, inner, plain ? BIND_UNARY : BIND_MEMBER + 1);
}

static void write_record(struct buffer *out, const struct node *node)
{
	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < node->count; i++) {
		if (i)
			buffer_add_text(out, ", ");
		cedar_string_write(out, node->names[i]);
		buffer_add_text(out, ": ");
		node_write(out, node->items[i]);
	}
	buffer_add_byte(out, '}');
}

static void write_call(struct buffer *out, const struct node *node)
{
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	uint32_t first = info->is_method && node->count ? 1 : 0;
	if (first) {
		write_at(out, node->items[0], BIND_MEMBER);
		buffer_add_byte(out, '.');
	}
	buffer_add(out, info->name);
	buffer_add_byte(out, '(');
	write_list(out, node, first, ", ", BIND_IF);
	buffer_add_byte(out, ')');
}

static void write_access(struct buffer *out, slice name)
{
	if (name_is_bare(name)) {
		buffer_add_byte(out, '.');
		buffer_add(out, name);
		return;
	}
	buffer_add_byte(out, '[');
	cedar_string_write(out, name);
	buffer_add_byte(out, ']');
}

static void write_name(struct buffer *out, slice name)
{
	if (name_is_bare(name))
		buffer_add(out, name);
	else
		cedar_string_write(out, name);
}

/* `a has "b c" && a["b c"] has d`. The left side is written again and again, which inside each other makes very long texts. */
static void write_has_in_full(struct buffer *out, const struct node *node)
{
	for (uint32_t i = 0; i < node->count; i++) {
		if (i)
			buffer_add_text(out, " && ");
		write_at(out, node->left, i ? BIND_MEMBER : BIND_ADD);
		for (uint32_t j = 0; j < i; j++)
			write_access(out, node->names[j]);
		buffer_add_text(out, " has ");
		write_name(out, node->names[i]);
	}
}

static void write_has(struct buffer *out, const struct node *node)
{
	if (has_is_in_full(node)) {
		write_has_in_full(out, node);
		return;
	}
	write_at(out, node->left, BIND_ADD);
	buffer_add_text(out, " has ");
	for (uint32_t i = 0; i < node->count; i++) {
		if (i)
			buffer_add_byte(out, '.');
		write_name(out, node->names[i]);
	}
}

static void write_method(struct buffer *out, const struct node *node)
{
	write_at(out, node->left, BIND_MEMBER);
	buffer_add_byte(out, '.');
	buffer_add(out, node_operator((enum node_kind)node->kind));
	buffer_add_byte(out, '(');
	if (node->right)
		node_write(out, node->right);
	buffer_add_byte(out, ')');
}

static void write_infix(struct buffer *out, const struct node *node, enum binding left, enum binding right)
{
	write_at(out, node->left, left);
	buffer_add_byte(out, ' ');
	buffer_add(out, node_operator((enum node_kind)node->kind));
	buffer_add_byte(out, ' ');
	write_at(out, node->right, right);
}

static void write_is(struct buffer *out, const struct node *node)
{
	write_at(out, node->left, BIND_ADD);
	buffer_add_text(out, " is ");
	buffer_add(out, node->type->type);
	if (node->kind == NODE_IS_IN) {
		buffer_add_text(out, " in ");
		write_at(out, node->right, BIND_ADD);
	}
}

static void write_if(struct buffer *out, const struct node *node)
{
	buffer_add_text(out, "if ");
	node_write(out, node->left);
	buffer_add_text(out, " then ");
	node_write(out, node->right);
	buffer_add_text(out, " else ");
	node_write(out, node->third);
}

static void write_relation(struct buffer *out, const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_HAS:
		write_has(out, node);
		break;
	case NODE_LIKE:
		write_at(out, node->left, BIND_ADD);
		buffer_add_text(out, " like ");
		pattern_write(out, node->pattern);
		break;
	case NODE_IS:
	case NODE_IS_IN:
		write_is(out, node);
		break;
	default:
		write_infix(out, node, BIND_ADD, BIND_ADD);
		break;
	}
}

void node_write(struct buffer *out, const struct node *node)
{
	/* What does not fit is given up: see write_has_in_full. */
	if (out->failed)
		return;
	switch ((int)node->kind) {
	case NODE_LITERAL:
		cedar_value_write(out, node->value);
		break;
	case NODE_VARIABLE:
		buffer_add(out, variable_name((enum variable)node->detail));
		break;
	case NODE_SLOT:
		buffer_add_byte(out, '?');
		buffer_add(out, variable_name((enum variable)node->detail));
		break;
	case NODE_NOT:
	case NODE_NEGATE:
		write_unary(out, node);
		break;
	case NODE_AND:
		write_list(out, node, 0, " && ", BIND_RELATION);
		break;
	case NODE_OR:
		write_list(out, node, 0, " || ", BIND_AND);
		break;
	case NODE_IF:
		write_if(out, node);
		break;
	case NODE_ADD:
	case NODE_SUBTRACT:
		write_infix(out, node, BIND_ADD, BIND_MULTIPLY);
		break;
	case NODE_MULTIPLY:
		write_infix(out, node, BIND_MULTIPLY, BIND_UNARY);
		break;
	case NODE_ATTRIBUTE:
		write_at(out, node->left, BIND_MEMBER);
		write_access(out, node->name);
		break;
	case NODE_SET:
		buffer_add_byte(out, '[');
		write_list(out, node, 0, ", ", BIND_IF);
		buffer_add_byte(out, ']');
		break;
	case NODE_RECORD:
		write_record(out, node);
		break;
	case NODE_CALL:
		write_call(out, node);
		break;
	case NODE_TEMPORAL:
		buffer_add(out, node->temporal->text);
		break;
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
	case NODE_HAS_TAG:
	case NODE_GET_TAG:
	case NODE_IS_EMPTY:
		write_method(out, node);
		break;
	default:
		write_relation(out, node);
		break;
	}
}
