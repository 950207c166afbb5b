/* What was read on the way to a decision, each fact once. */
#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/write.h"

#include <string.h>

/* A fact is for a person and for a log: what is longer is cut. */
#define FACT_BYTES_MAX 1024u
#define FACTS_FIRST 16u

/* Does the expression start at a variable or a literal entity, so that it reads as a fact? */
static bool is_rooted(const struct node *node)
{
	while (node->kind == NODE_ATTRIBUTE || node->kind == NODE_HAS || node->kind == NODE_IN ||
	       node->kind == NODE_IS_IN || node->kind == NODE_HAS_TAG || node->kind == NODE_GET_TAG)
		node = node->left;
	return node->kind == NODE_VARIABLE || node->kind == NODE_LITERAL;
}

/* A buffer that never touches the heap: it has its maximum from the start, and serves one fact after the other. */
static bool start_text(struct evaluation *evaluation, struct buffer *text)
{
	char *scratch = text->ptr ? text->ptr : arena_alloc(evaluation->arena, FACT_BYTES_MAX);
	*text = (struct buffer){.ptr = scratch, .size = FACT_BYTES_MAX, .bytes_max = FACT_BYTES_MAX};
	return scratch || evaluation_fail(evaluation, E_MEMORY);
}

static bool make_room(struct evaluation *evaluation, struct fact_list *facts)
{
	if (facts->count < facts->size)
		return true;
	size_t size = facts->size ? 2 * facts->size : FACTS_FIRST;
	struct cedar_fact *grown = ARENA_ARRAY(evaluation->arena, size, struct cedar_fact);
	const void **sources = ARENA_ARRAY(evaluation->arena, size, const void *);
	if (!grown || !sources)
		return evaluation_fail(evaluation, E_MEMORY);
	if (facts->count) {
		memcpy(grown, facts->facts, facts->count * sizeof(*grown));
		memcpy(sources, facts->sources, facts->count * sizeof(*sources));
	}
	facts->facts = grown;
	facts->sources = sources;
	facts->size = size;
	return true;
}

/* The value in words, in the arena; most are true or false. */
static slice value_text(struct evaluation *evaluation, struct cedar_value value)
{
	struct buffer *text = &evaluation->facts->value;
	if (value.kind == CEDAR_BOOL)
		return value.as.boolean ? SLICE("true") : SLICE("false");
	if (!start_text(evaluation, text))
		return (slice){NULL, 0};
	cedar_value_write(text, value);
	return arena_copy(evaluation->arena, buffer_slice(text));
}

/* False: it is there already, or there is no room. */
static bool is_wanted(struct evaluation *evaluation, const struct buffer *subject)
{
	struct fact_list *facts = evaluation->facts;
	for (size_t i = 0; i < facts->count; i++)
		if (slice_equal(facts->facts[i].subject, buffer_slice(subject)))
			return false;
	if (facts->count == CEDAR_FACTS_MAX) {
		facts->left_out++;
		return false;
	}
	return make_room(evaluation, facts);
}

/* `source` is where it was written: the same place says the same again, and other places may. */
static void put(struct evaluation *evaluation, const void *source, const struct buffer *subject, slice text)
{
	struct fact_list *facts = evaluation->facts;
	facts->sources[facts->count] = source;
	facts->facts[facts->count++] = (struct cedar_fact){arena_copy(evaluation->arena, buffer_slice(subject)), text};
}

static void add(struct evaluation *evaluation, const void *source, struct buffer *subject, struct cedar_value value)
{
	if (is_wanted(evaluation, subject))
		put(evaluation, source, subject, value_text(evaluation, value));
}

static bool is_known(const struct fact_list *facts, const void *source)
{
	for (size_t i = 0; i < facts->count; i++)
		if (facts->sources[i] == source)
			return true;
	return false;
}

void fact_add_node(struct evaluation *evaluation, const struct node *node, struct cedar_value value)
{
	struct fact_list *facts = evaluation->facts;
	if (!facts || is_known(facts, node) || !is_rooted(node) || !start_text(evaluation, &facts->subject))
		return;
	node_write(&facts->subject, node);
	add(evaluation, node, &facts->subject, value);
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
		buffer_add_text(out, i ? ", " : "[");
		cedar_value_write(out, cedar_entity(scope->entities[i]));
	}
	buffer_add_byte(out, ']');
}

void fact_add_scope(struct evaluation *evaluation, const struct policy *policy)
{
	struct fact_list *facts = evaluation->facts;
	for (unsigned i = 0; i < 3 && facts; i++) {
		if (policy->scopes[i].kind == SCOPE_ALL || !evaluation->subjects[i].uid)
			continue;
		if (!start_text(evaluation, &facts->subject))
			return;
		write_scope(&facts->subject, (enum variable)i, &policy->scopes[i]);
		add(evaluation, &policy->scopes[i], &facts->subject, cedar_bool(true));
	}
}

void fact_add_missing(struct evaluation *evaluation, const slice *path, size_t count)
{
	struct fact_list *facts = evaluation->facts;
	if (!facts || !start_text(evaluation, &facts->subject))
		return;
	buffer_add_text(&facts->subject, "context");
	for (size_t i = 0; i < count; i++) {
		buffer_add_byte(&facts->subject, '.');
		buffer_add(&facts->subject, path[i]);
	}
	add(evaluation, path, &facts->subject, (struct cedar_value){0});
}

void fact_add_history(struct evaluation *evaluation, const struct node *node, const char *answer, slice witness)
{
	struct fact_list *facts = evaluation->facts;
	if (!facts || !start_text(evaluation, &facts->subject))
		return;
	buffer_add_text(&facts->subject, "temporal { ");
	node_write(&facts->subject, node);
	buffer_add_text(&facts->subject, " }");
	if (!is_wanted(evaluation, &facts->subject))
		return;
	put(evaluation, node, &facts->subject,
	    witness.len ? arena_print(evaluation->arena, "%s (%.*s)", answer, SLICE_ARG(witness)) : slice_of(answer));
}
