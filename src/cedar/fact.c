#include "cedar/fact.h"

#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/typecheck.h"
#include "cedar/uid.h"
#include "cedar/write.h"

#include <string.h>

#define FACTS_FIRST 8u

enum form {
	FORM_NODE = 0, /* source: struct node */
	FORM_SCOPE,    /* source: struct scope, of `variable`; it held */
	FORM_MISSING,  /* source: the names of a path below the context, `count` of them */
	FORM_HISTORY   /* source: struct node; the value is the answer in words, not Cedar */
};

/* A buffer that never touches the heap: it has its maximum from the start, and what does not fit is cut. */
static struct buffer text_in(char *scratch)
{
	return (struct buffer){.ptr = scratch, .size = CEDAR_FACT_BYTES_MAX, .bytes_max = CEDAR_FACT_BYTES_MAX};
}

static void write_scope(struct buffer *out, enum variable variable, const struct scope *scope)
{
	buffer_add(out, variable_name(variable));
	if (scope->kind == SCOPE_IS || scope->kind == SCOPE_IS_IN) {
		buffer_add(out, SLICE(" is "));
		buffer_add(out, scope->type->type);
	}
	if (scope->kind == SCOPE_IS)
		return;
	buffer_add(out, scope->kind == SCOPE_EQUAL ? SLICE(" == ") : SLICE(" in "));
	if (!scope->is_list) {
		cedar_value_write(out, cedar_entity(scope->entity));
		return;
	}
	for (uint32_t i = 0; i < scope->entity_count; i++) {
		buffer_add(out, i ? SLICE(", ") : SLICE("["));
		cedar_value_write(out, cedar_entity(scope->entities[i]));
	}
	buffer_add_byte(out, ']');
}

static void write_path(struct buffer *out, const slice *path, uint32_t count)
{
	buffer_add(out, SLICE("context"));
	for (uint32_t i = 0; i < count; i++) {
		buffer_add_byte(out, '.');
		buffer_add(out, path[i]);
	}
}

static void write_subject(struct buffer *out, const struct cedar_fact *fact)
{
	switch ((enum form)fact->form) {
	case FORM_NODE:
		node_write(out, fact->source);
		break;
	case FORM_SCOPE:
		write_scope(out, (enum variable)fact->variable, fact->source);
		break;
	case FORM_MISSING:
		write_path(out, fact->source, fact->count);
		break;
	case FORM_HISTORY:
		buffer_add(out, SLICE("temporal { "));
		node_write(out, fact->source);
		buffer_add(out, SLICE(" }"));
		break;
	}
}

static slice subject_text(const struct cedar_fact *fact, char *scratch)
{
	struct buffer text = text_in(scratch);
	write_subject(&text, fact);
	return buffer_slice(&text);
}

/* Most are true or false. */
static slice value_text(const struct cedar_fact *fact, char *scratch)
{
	struct buffer text = text_in(scratch);
	if (fact->value.kind == CEDAR_BOOL)
		return fact->value.as.boolean ? SLICE("true") : SLICE("false");
	if (fact->form == FORM_HISTORY)
		return cedar_text(fact->value);
	cedar_value_write(&text, fact->value);
	return buffer_slice(&text);
}

struct cedar_fact_text cedar_fact_tell(const struct cedar_fact *fact, struct cedar_fact_scratch *scratch)
{
	return (struct cedar_fact_text){subject_text(fact, scratch->subject), value_text(fact, scratch->value)};
}

slice cedar_fact_sentence(const struct cedar_fact *fact, struct arena *arena)
{
	struct cedar_fact_scratch scratch UNINITIALIZED;
	struct cedar_fact_text told = cedar_fact_tell(fact, &scratch);
	const slice parts[] = {told.subject, told.value.len ? SLICE(" = ") : SLICE(" is absent"), told.value};
	return arena_join(arena, parts, sizeof(parts) / sizeof(parts[0]));
}

/* Does the expression start at a variable or a literal entity, so that it reads as a fact? */
static bool is_rooted(const struct node *node)
{
	while (node->kind == NODE_ATTRIBUTE || node->kind == NODE_HAS || node->kind == NODE_IN ||
	       node->kind == NODE_IS_IN || node->kind == NODE_HAS_TAG || node->kind == NODE_GET_TAG)
		node = node->left;
	return node->kind == NODE_VARIABLE || node->kind == NODE_LITERAL;
}

static bool scopes_equal(const struct scope *a, const struct scope *b)
{
	if (a->kind != b->kind || a->is_list != b->is_list || a->entity_count != b->entity_count)
		return false;
	if ((a->kind == SCOPE_IS || a->kind == SCOPE_IS_IN) && !uid_equal(a->type, b->type))
		return false;
	if (!a->is_list)
		return a->kind == SCOPE_IS || uid_equal(a->entity, b->entity);
	for (uint32_t i = 0; i < a->entity_count; i++)
		if (!uid_equal(a->entities[i], b->entities[i]))
			return false;
	return true;
}

static bool texts_equal(const struct cedar_fact *a, const struct cedar_fact *b)
{
	struct cedar_fact_scratch scratch UNINITIALIZED;
	return slice_equal(subject_text(a, scratch.subject), subject_text(b, scratch.value));
}

/* `resource in Server::"fs"` in a head and in a condition. */
static bool is_head(const struct cedar_fact *head, const struct cedar_fact *condition)
{
	const struct scope *scope = head->source;
	const struct node *node = condition->source;
	if (node->kind != (scope->kind == SCOPE_IN ? NODE_IN : NODE_IS_IN) || scope->kind < SCOPE_IN || scope->kind == SCOPE_IS ||
	    !node_is_variable(node->left, (enum variable)head->variable))
		return false;
	bool is_one = node->right->kind == NODE_LITERAL && node->right->value.kind == CEDAR_ENTITY;
	if (scope->is_list)
		return !is_one && texts_equal(head, condition);
	return is_one && uid_equal(scope->entity, node->right->value.as.uid) &&
	       (scope->kind == SCOPE_IN || uid_equal(scope->type, node->type));
}

/* Of two forms: a head or a path may be the same words as an expression. */
static bool sound_alike(const struct cedar_fact *a, const struct cedar_fact *b)
{
	const struct cedar_fact *node = a->form == FORM_NODE ? a : b, *other = a->form == FORM_NODE ? b : a;
	if (node->form != FORM_NODE)
		return false;
	if (other->form == FORM_SCOPE)
		return is_head(other, node);
	return other->form == FORM_MISSING && ((const struct node *)node->source)->kind == NODE_ATTRIBUTE &&
	       texts_equal(a, b);
}

static bool subjects_equal(const struct cedar_fact *a, const struct cedar_fact *b)
{
	if (a->form != b->form)
		return sound_alike(a, b);
	if (a->source == b->source)
		return true;
	switch ((enum form)a->form) {
	case FORM_NODE:
	case FORM_HISTORY:
		return node_equal(a->source, b->source);
	case FORM_SCOPE:
		return a->variable == b->variable && scopes_equal(a->source, b->source);
	case FORM_MISSING:
		break;
	}
	return a->count == b->count && texts_equal(a, b);
}

static bool make_room(struct evaluation *evaluation, struct fact_list *facts)
{
	size_t size = facts->size ? 2 * facts->size : FACTS_FIRST;
	struct cedar_fact *grown = ARENA_ARRAY(evaluation->arena, size, struct cedar_fact);
	if (!grown)
		return evaluation_fail(evaluation, E_MEMORY);
	if (facts->count)
		memcpy(grown, facts->facts, facts->count * sizeof(*grown));
	facts->facts = grown;
	facts->size = size;
	return true;
}

/* Once each. */
static void add(struct evaluation *evaluation, struct cedar_fact fact)
{
	struct fact_list *facts = evaluation->facts;
	for (size_t i = 0; i < facts->count; i++)
		if (subjects_equal(&facts->facts[i], &fact))
			return;
	if (facts->count == CEDAR_FACTS_MAX)
		facts->left_out++;
	else if (facts->count < facts->size || make_room(evaluation, facts))
		facts->facts[facts->count++] = fact;
}

/* The same place says the same again. */
static bool is_known(const struct fact_list *facts, const void *source)
{
	for (size_t i = 0; i < facts->count; i++)
		if (facts->facts[i].source == source)
			return true;
	return false;
}

void fact_add_node(struct evaluation *evaluation, const struct node *node, struct cedar_value value)
{
	if (evaluation->facts && !is_known(evaluation->facts, node) && is_rooted(node))
		add(evaluation, (struct cedar_fact){.source = node, .value = value, .form = FORM_NODE});
}

void fact_add_scope(struct evaluation *evaluation, const struct policy *policy)
{
	for (unsigned i = 0; i < 3 && evaluation->facts; i++) {
		const struct scope *scope = &policy->scopes[i];
		if (scope->kind != SCOPE_ALL && evaluation->subjects[i].uid)
			add(evaluation, (struct cedar_fact){.source = scope, .value = cedar_bool(true), .form = FORM_SCOPE,
							    .variable = (unsigned char)i});
	}
}

void fact_add_missing(struct evaluation *evaluation, const slice *path, size_t count)
{
	if (evaluation->facts)
		add(evaluation, (struct cedar_fact){.source = path, .form = FORM_MISSING, .count = (uint32_t)count});
}

void fact_add_history(struct evaluation *evaluation, const struct node *node, const char *answer, slice witness)
{
	if (!evaluation->facts || is_known(evaluation->facts, node))
		return;
	slice told = witness.len ? arena_print(evaluation->arena, "%s (%.*s)", answer, SLICE_ARG(witness)) : slice_of(answer);
	if (!told.ptr) {
		evaluation_fail(evaluation, E_MEMORY);
		return;
	}
	add(evaluation, (struct cedar_fact){.source = node, .value = cedar_string(told), .form = FORM_HISTORY});
}
