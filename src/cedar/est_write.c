/* Policies as JSON. */
#include "cedar/est.h"
#include "cedar/extension.h"

#include "text/utf8.h"
#include "cedar/temporal.h"

static void write_node(struct json_writer *writer, const struct node *node);

void est_write_uid(struct json_writer *writer, const struct cedar_uid *uid)
{
	json_begin_object(writer);
	json_write_key(writer, SLICE("type"));
	json_write_string(writer, uid->type);
	json_write_key(writer, SLICE("id"));
	json_write_string(writer, uid->id);
	json_end_object(writer);
}

static void write_literal(struct json_writer *writer, struct cedar_value value)
{
	json_write_key(writer, SLICE("Value"));
	switch ((int)value.kind) {
	case CEDAR_BOOL:
		json_write_bool(writer, value.as.boolean);
		break;
	case CEDAR_LONG:
		json_write_i64(writer, value.as.integer);
		break;
	case CEDAR_STRING:
		json_write_string(writer, cedar_text(value));
		break;
	default:
		json_begin_object(writer);
		json_write_key(writer, SLICE("__entity"));
		est_write_uid(writer, value.as.uid);
		json_end_object(writer);
		break;
	}
}

static void write_member(struct json_writer *writer, slice key, const struct node *node)
{
	json_write_key(writer, key);
	write_node(writer, node);
}

/* {"left": items[0] op ... op items[count-2], "right": items[count-1]}, leaning to the left as it was written. */
static void write_chain(struct json_writer *writer, const struct node *node, uint32_t count)
{
	json_begin_object(writer);
	json_write_key(writer, node_operator((enum node_kind)node->kind));
	json_begin_object(writer);
	json_write_key(writer, SLICE("left"));
	if (count > 2)
		write_chain(writer, node, count - 1);
	else
		write_node(writer, node->items[0]);
	write_member(writer, SLICE("right"), node->items[count - 1]);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_binary(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, node_operator((enum node_kind)node->kind));
	json_begin_object(writer);
	write_member(writer, SLICE("left"), node->left);
	write_member(writer, SLICE("right"), node->right);
	json_end_object(writer);
}

static void write_unary(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, node_operator((enum node_kind)node->kind));
	json_begin_object(writer);
	write_member(writer, SLICE("arg"), node->left);
	json_end_object(writer);
}

static void write_items(struct json_writer *writer, slice key, const struct node *node)
{
	json_write_key(writer, key);
	json_begin_array(writer);
	for (uint32_t i = 0; i < node->count; i++)
		write_node(writer, node->items[i]);
	json_end_array(writer);
}

static void write_record(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, SLICE("Record"));
	json_begin_object(writer);
	for (uint32_t i = 0; i < node->count; i++)
		write_member(writer, node->names[i], node->items[i]);
	json_end_object(writer);
}

static void write_attribute(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, SLICE("."));
	json_begin_object(writer);
	write_member(writer, SLICE("left"), node->left);
	json_write_key(writer, SLICE("attr"));
	json_write_string(writer, node->name);
	json_end_object(writer);
}

/* `e.a.b` for the first `count` names. */
static void write_path(struct json_writer *writer, const struct node *node, uint32_t count)
{
	if (count == 0) {
		write_node(writer, node->left);
		return;
	}
	json_begin_object(writer);
	json_write_key(writer, SLICE("."));
	json_begin_object(writer);
	json_write_key(writer, SLICE("left"));
	write_path(writer, node, count - 1);
	json_write_key(writer, SLICE("attr"));
	json_write_string(writer, node->names[count - 1]);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_has_step(struct json_writer *writer, const struct node *node, uint32_t index)
{
	json_begin_object(writer);
	json_write_key(writer, SLICE("has"));
	json_begin_object(writer);
	json_write_key(writer, SLICE("left"));
	write_path(writer, node, index);
	json_write_key(writer, SLICE("attr"));
	json_write_string(writer, node->names[index]);
	json_end_object(writer);
	json_end_object(writer);
}

/* `e has a.b.c` is written as the conjunction that it means. */
static void write_has(struct json_writer *writer, const struct node *node, uint32_t count)
{
	if (count == 1) {
		write_has_step(writer, node, 0);
		return;
	}
	json_begin_object(writer);
	json_write_key(writer, SLICE("&&"));
	json_begin_object(writer);
	json_write_key(writer, SLICE("left"));
	write_has(writer, node, count - 1);
	json_write_key(writer, SLICE("right"));
	write_has_step(writer, node, count - 1);
	json_end_object(writer);
	json_end_object(writer);
}

/* Literals character by character. */
static void write_pattern(struct json_writer *writer, const struct pattern *pattern)
{
	json_begin_array(writer);
	for (size_t i = 0; i < pattern->count; i++) {
		if (pattern->parts[i].is_wildcard)
			json_write_string(writer, SLICE("Wildcard"));
		slice text = pattern->parts[i].literal;
		for (size_t at = 0; at < text.len;) {
			unsigned length = utf8_length(text.ptr + at, text.ptr + text.len);
			length = length ? length : 1;
			json_begin_object(writer);
			json_write_key(writer, SLICE("Literal"));
			json_write_string(writer, slice_sub(text, at, at + length));
			json_end_object(writer);
			at += length;
		}
	}
	json_end_array(writer);
}

static void write_like(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, SLICE("like"));
	json_begin_object(writer);
	write_member(writer, SLICE("left"), node->left);
	json_write_key(writer, SLICE("pattern"));
	write_pattern(writer, node->pattern);
	json_end_object(writer);
}

static void write_is(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, SLICE("is"));
	json_begin_object(writer);
	write_member(writer, SLICE("left"), node->left);
	json_write_key(writer, SLICE("entity_type"));
	json_write_string(writer, node->type->type);
	if (node->kind == NODE_IS_IN)
		write_member(writer, SLICE("in"), node->right);
	json_end_object(writer);
}

static void write_if(struct json_writer *writer, const struct node *node)
{
	json_write_key(writer, SLICE("if-then-else"));
	json_begin_object(writer);
	write_member(writer, SLICE("if"), node->left);
	write_member(writer, SLICE("then"), node->right);
	write_member(writer, SLICE("else"), node->third);
	json_end_object(writer);
}

static void write_kind(struct json_writer *writer, const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_LITERAL:
		write_literal(writer, node->value);
		break;
	case NODE_VARIABLE:
		json_write_key(writer, SLICE("Var"));
		json_write_string(writer, variable_name((enum variable)node->detail));
		break;
	case NODE_NOT:
	case NODE_NEGATE:
	case NODE_IS_EMPTY:
		write_unary(writer, node);
		break;
	case NODE_IF:
		write_if(writer, node);
		break;
	case NODE_ATTRIBUTE:
		write_attribute(writer, node);
		break;
	case NODE_LIKE:
		write_like(writer, node);
		break;
	case NODE_IS:
	case NODE_IS_IN:
		write_is(writer, node);
		break;
	case NODE_SET:
		write_items(writer, SLICE("Set"), node);
		break;
	case NODE_RECORD:
		write_record(writer, node);
		break;
	case NODE_CALL:
		write_items(writer, function_info((enum cedar_function)node->detail)->name, node);
		break;
	default:
		write_binary(writer, node);
		break;
	}
}

/* Each `has a.b` writes its left side twice: what does not fit is given up before it takes forever. */
static void write_node(struct json_writer *writer, const struct node *node)
{
	if (writer->buffer->failed) {
		json_write_null(writer);
	} else if (node->kind == NODE_AND || node->kind == NODE_OR) {
		write_chain(writer, node, node->count);
	} else if (node->kind == NODE_HAS) {
		write_has(writer, node, node->count);
	} else {
		json_begin_object(writer);
		write_kind(writer, node);
		json_end_object(writer);
	}
}

static void write_entity_or_slot(struct json_writer *writer, enum variable variable, const struct scope *scope)
{
	if (!scope->has_slot) {
		json_write_key(writer, SLICE("entity"));
		est_write_uid(writer, scope->entity);
		return;
	}
	json_write_key(writer, SLICE("slot"));
	json_write_string(writer, variable == VARIABLE_PRINCIPAL ? SLICE("?principal") : SLICE("?resource"));
}

static void write_action_list(struct json_writer *writer, const struct scope *scope)
{
	if (scope->entity_count == 1) {
		json_write_key(writer, SLICE("entity"));
		est_write_uid(writer, scope->entities[0]);
		return;
	}
	json_write_key(writer, SLICE("entities"));
	json_begin_array(writer);
	for (uint32_t i = 0; i < scope->entity_count; i++)
		est_write_uid(writer, scope->entities[i]);
	json_end_array(writer);
}

static void write_scope(struct json_writer *writer, enum variable variable, const struct scope *scope)
{
	static const slice ops[] = {[SCOPE_ALL] = SLICE_INIT("All"), [SCOPE_EQUAL] = SLICE_INIT("=="),
				    [SCOPE_IN] = SLICE_INIT("in"), [SCOPE_IS] = SLICE_INIT("is"),
				    [SCOPE_IS_IN] = SLICE_INIT("is")};
	json_write_key(writer, variable_name(variable));
	json_begin_object(writer);
	json_write_key(writer, SLICE("op"));
	json_write_string(writer, ops[scope->kind]);
	if (scope->type) {
		json_write_key(writer, SLICE("entity_type"));
		json_write_string(writer, scope->type->type);
	}
	if (scope->kind == SCOPE_IS_IN) {
		json_write_key(writer, SLICE("in"));
		json_begin_object(writer);
		write_entity_or_slot(writer, variable, scope);
		json_end_object(writer);
	} else if (scope->is_list) {
		write_action_list(writer, scope);
	} else if (scope->kind == SCOPE_EQUAL || scope->kind == SCOPE_IN) {
		write_entity_or_slot(writer, variable, scope);
	}
	json_end_object(writer);
}

static void write_annotations(struct json_writer *writer, const struct policy *policy)
{
	if (!policy->annotation_count)
		return;
	json_write_key(writer, SLICE("annotations"));
	json_begin_object(writer);
	for (uint32_t i = 0; i < policy->annotation_count; i++) {
		json_write_key(writer, policy->annotations[i].key);
		if (policy->annotations[i].has_value)
			json_write_string(writer, policy->annotations[i].value);
		else
			json_write_null(writer);
	}
	json_end_object(writer);
}

/* A history condition is text: a reader that does not know it finds no `body` and refuses the policy. */
static void write_body(struct json_writer *writer, const struct node *body)
{
	if (body->kind != NODE_TEMPORAL) {
		write_member(writer, SLICE("body"), body);
		return;
	}
	json_write_key(writer, SLICE("temporal"));
	json_write_string(writer, body->temporal->text);
}

void est_write_policy(struct json_writer *writer, const struct policy *policy)
{
	json_begin_object(writer);
	json_write_key(writer, SLICE("effect"));
	json_write_string(writer, policy->effect == CEDAR_PERMIT ? SLICE("permit") : SLICE("forbid"));
	for (unsigned i = 0; i < 3; i++)
		write_scope(writer, (enum variable)i, &policy->scopes[i]);
	json_write_key(writer, SLICE("conditions"));
	json_begin_array(writer);
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		json_begin_object(writer);
		json_write_key(writer, SLICE("kind"));
		json_write_string(writer, policy->clauses[i].is_unless ? SLICE("unless") : SLICE("when"));
		write_body(writer, policy->clauses[i].body);
		json_end_object(writer);
	}
	json_end_array(writer);
	write_annotations(writer, policy);
	json_end_object(writer);
}
