/* Facts that a policy declares changeable. */
#include "cedar/lexer.h"
#include "cedar/remedy_way.h"
#include "cedar/write.h"

static enum error read_path(slice text, struct fact *fact, struct fault *why)
{
	slice rest = text, name = slice_cut(&rest, '.');
	*fact = (struct fact){.text = text};
	if (!slice_equal(name, SLICE("context")) || !rest.ptr)
		return FAIL(why, E_SYNTAX, "`%.*s` is no path such as context.approval", SLICE_ARG(text));
	while (rest.ptr) {
		name = slice_cut(&rest, '.');
		if (!name_is_bare(name))
			return FAIL(why, E_SYNTAX, "`%.*s` is no name of a field", SLICE_ARG(name));
		if (fact->count == CEDAR_REMEDY_PATH_MAX)
			return FAIL(why, E_LIMIT, "a path of more than %u names", CEDAR_REMEDY_PATH_MAX);
		fact->names[fact->count++] = name;
	}
	return E_OK;
}

enum error fact_set_read(slice annotation, struct fact_set *ret_facts, struct fault *why)
{
	slice rest = annotation;
	ret_facts->count = 0;
	do {
		slice path = slice_trim(slice_cut(&rest, ','));
		if (ret_facts->count == CEDAR_REMEDY_FACTS_MAX)
			return FAIL(why, E_LIMIT, "more than %u facts", CEDAR_REMEDY_FACTS_MAX);
		TRY(read_path(path, &ret_facts->items[ret_facts->count++], why));
	} while (rest.ptr);
	return E_OK;
}

/* A path below the context as an expression reads it; longer ones are cut, which is enough to compare. */
struct path {
	slice names[CEDAR_REMEDY_PATH_MAX + 1];
	uint32_t count;
};

static bool path_of(const struct node *node, struct path *path)
{
	if (node->kind == NODE_VARIABLE) {
		path->count = 0;
		return node->detail == VARIABLE_CONTEXT;
	}
	if (node->kind != NODE_ATTRIBUTE || !path_of(node->left, path))
		return false;
	if (path->count <= CEDAR_REMEDY_PATH_MAX)
		path->names[path->count++] = node->name;
	return true;
}

/* Does one path lead to the other, or through it? */
static bool paths_meet(const struct path *path, const struct fact *fact)
{
	for (uint32_t i = 0; i < path->count && i < fact->count; i++)
		if (!slice_equal(path->names[i], fact->names[i]))
			return false;
	return true;
}

static enum reach reach_of_path(const struct fact_set *facts, const struct path *path, const struct fact **ret_fact)
{
	enum reach reach = REACH_NONE;
	for (size_t i = 0; i < facts->count; i++) {
		if (!paths_meet(path, &facts->items[i]))
			continue;
		*ret_fact = &facts->items[i];
		if (path->count == facts->items[i].count)
			return REACH_IS_FACT;
		reach = REACH_INSIDE;
	}
	return reach;
}

enum reach fact_reach(const struct fact_set *facts, const struct node *node, const struct fact **ret_fact)
{
	struct path path;
	const struct node *child;
	if (node->is_constant)
		return REACH_NONE;
	if (path_of(node, &path))
		return reach_of_path(facts, &path, ret_fact);
	if (node->kind == NODE_HAS && path_of(node->left, &path)) {
		for (uint32_t i = 0; i < node->count && path.count <= CEDAR_REMEDY_PATH_MAX; i++)
			path.names[path.count++] = node->names[i];
		/* Whether there is a record on the way to a fact hangs on the fact, too. */
		return reach_of_path(facts, &path, ret_fact);
	}
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		if (fact_reach(facts, child, ret_fact) != REACH_NONE)
			return REACH_INSIDE;
	return REACH_NONE;
}

enum error fact_change(struct arena *arena, struct cedar_value record, const struct fact *fact, uint32_t depth,
		       struct cedar_value value, struct cedar_value *ret_record)
{
	struct cedar_fields fields;
	struct cedar_value inner = {.kind = CEDAR_RECORD};
	slice name = fact->names[depth];
	cedar_fields_init(&fields, arena);
	for (uint32_t i = 0; record.kind == CEDAR_RECORD && i < record.length; i++) {
		const struct cedar_field *field = &record.as.fields[i];
		if (!slice_equal(field->key, name))
			cedar_fields_add(&fields, field->key, field->value);
		else
			inner = field->value;
	}
	if (depth + 1 < fact->count)
		TRY(fact_change(arena, inner, fact, depth + 1, value, &value));
	if (value.kind != CEDAR_NONE)
		cedar_fields_add(&fields, name, value);
	return cedar_fields_finish(&fields, ret_record, NULL);
}
