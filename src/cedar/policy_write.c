/* A policy as Cedar text on one line. */
#include "cedar/est.h"
#include "cedar/write.h"

static void write_entity_or_slot(struct buffer *out, enum variable variable, const struct scope *scope)
{
	if (!scope->has_slot) {
		cedar_value_write(out, cedar_entity(scope->entity));
		return;
	}
	buffer_add_byte(out, '?');
	buffer_add(out, variable_name(variable));
}

static void write_scope(struct buffer *out, enum variable variable, const struct scope *scope)
{
	buffer_add(out, variable_name(variable));
	if (scope->type) {
		buffer_add_text(out, " is ");
		buffer_add(out, scope->type->type);
	}
	if (scope->kind == SCOPE_ALL || scope->kind == SCOPE_IS)
		return;
	buffer_add_text(out, scope->kind == SCOPE_EQUAL ? " == " : " in ");
	if (!scope->is_list) {
		write_entity_or_slot(out, variable, scope);
		return;
	}
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < scope->entity_count; i++) {
		if (i)
			buffer_add_text(out, ", ");
		cedar_value_write(out, cedar_entity(scope->entities[i]));
	}
	buffer_add_byte(out, ']');
}

void policy_write(struct buffer *out, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->annotation_count; i++) {
		buffer_add_byte(out, '@');
		buffer_add(out, policy->annotations[i].key);
		if (policy->annotations[i].has_value) {
			buffer_add_byte(out, '(');
			cedar_string_write(out, policy->annotations[i].value);
			buffer_add_byte(out, ')');
		}
		buffer_add_byte(out, '\n');
	}
	buffer_add_text(out, policy->effect == CEDAR_PERMIT ? "permit(" : "forbid(");
	for (unsigned i = 0; i < 3; i++) {
		if (i)
			buffer_add_text(out, ", ");
		write_scope(out, (enum variable)i, &policy->scopes[i]);
	}
	buffer_add_byte(out, ')');
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		bool is_temporal = policy->clauses[i].body->kind == NODE_TEMPORAL;
		buffer_add_text(out, policy->clauses[i].is_unless ? " unless " : " when ");
		buffer_add_text(out, is_temporal ? "temporal { " : "{ ");
		node_write(out, policy->clauses[i].body);
		buffer_add_text(out, " }");
	}
	buffer_add_byte(out, ';');
}
