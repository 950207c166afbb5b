/* Ancestors after a change: of what was changed and of all that stands below it, and of nothing else. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/limits.h"

struct alike {
	const struct cedar_entities *entities;
	void (*visit)(void *context, void *vertex);
	void *context;
};

static void visit_present(void *context, void *value)
{
	struct alike *alike = context;
	struct vertex *vertex = value;
	if (vertex->is_present)
		alike->visit(alike->context, vertex);
}

void store_each_alike(const struct cedar_entities *entities, uint64_t hash, void (*visit)(void *context, void *vertex),
		      void *context)
{
	struct alike alike = {entities, visit, context};
	size_t mask = entities->slots - 1;
	trie_each_alike(&entities->changes, hash, visit_present, &alike);
	for (size_t i = hash & mask; entities->slots && entities->table[i]; i = (i + 1) & mask) {
		struct vertex *vertex = entities->table[i];
		if (vertex->uid.hash == hash && !trie_get(&entities->changes, store_key(&vertex->uid)))
			visit_present(&alike, vertex);
	}
}

/* The change has made it already, with the ancestors it had. */
static enum error reopen(struct edit *edit, struct vertex *vertex)
{
	made_drop_ancestors(made_of(vertex));
	vertex->state = CLOSING_NEW;
	return edit_add_work(edit, &vertex->uid);
}

static enum error open_child(struct edit *edit, struct vertex *child)
{
	struct made *made;
	if (child->state != CLOSING_DONE)
		return E_OK;
	if (child->is_made && made_of(child)->edit == edit->family->edits)
		return reopen(edit, child);
	TRY(made_again(edit, child, &made));
	TRY(edit_put(edit, made));
	return edit_add_work(edit, &made->vertex.uid);
}

struct descent {
	const struct cedar_uid *parent;
	struct vertex *child; /* the first one found that is still closed; NULL: none */
};

static void find_closed(void *context, void *vertex)
{
	struct descent *descent = context;
	struct vertex *child = vertex;
	if (!descent->child && child->state == CLOSING_DONE && vertex_has_parent(child, descent->parent))
		descent->child = child;
}

static enum error open_descendants(struct edit *edit)
{
	for (size_t i = 0; i < edit->work_count; i++) {
		const struct name *name = name_find(edit->family, edit->work[i]);
		for (size_t j = 0; name && j < name->child_count;) {
			struct descent descent = {&name->uid, NULL};
			store_each_alike(edit->version, name->children[j], find_closed, &descent);
			if (descent.child)
				TRY(open_child(edit, descent.child));
			else
				j++;
		}
	}
	return E_OK;
}

static struct vertex *find(const struct edit *edit, const struct cedar_uid *uid)
{
	return (struct vertex *)(uintptr_t)store_find(edit->version, uid);
}

/* What stands in the work is most often what this change has made last under the name. */
static struct vertex *find_work(const struct edit *edit, const struct cedar_uid *uid)
{
	struct vertex *vertex = (struct vertex *)(uintptr_t)uid;
	bool is_last = vertex->is_made && made_of(vertex)->edit == edit->family->edits && !made_of(vertex)->is_dropped;
	return is_last && vertex->is_present ? vertex : find(edit, uid);
}

static enum error check_count(const struct edit *edit, const struct vertex *vertex, size_t count)
{
	if (count <= CEDAR_ANCESTORS_MAX)
		return E_OK;
	return FAIL(edit->why, E_LIMIT, "`%.*s::\"%.*s\"` has more than %u ancestors", SLICE_ARG(vertex->uid.type),
		    SLICE_ARG(vertex->uid.id), CEDAR_ANCESTORS_MAX);
}

static enum error collect_one(struct edit *edit, struct vertex *vertex)
{
	const struct vertex *parent = find(edit, vertex->parents[0]);
	size_t more = parent ? parent->ancestor_count : 0;
	const struct cedar_uid **ancestors;
	TRY(check_count(edit, vertex, more + 1));
	TRY(made_add_ancestors(edit, vertex, more + 1, &ancestors));
	line_fill(ancestors, vertex->parents[0], parent ? parent->ancestors : NULL, more);
	vertex->ancestor_count = (uint32_t)more + 1;
	vertex->signature = (parent ? parent->signature : 0) | signature_bit(vertex->parents[0]);
	return E_OK;
}

/* All parents are closed. */
static enum error collect(struct edit *edit, struct vertex *vertex)
{
	size_t most = vertex->parent_count, count = 0;
	const struct cedar_uid **ancestors;
	if (most <= 1)
		return most ? collect_one(edit, vertex) : E_OK;
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		const struct vertex *parent = find(edit, vertex->parents[i]);
		most += parent ? parent->ancestor_count : 0;
	}
	TRY(made_add_ancestors(edit, vertex, most, &ancestors));
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		const struct vertex *parent = find(edit, vertex->parents[i]);
		size_t more = parent ? parent->ancestor_count : 0;
		line_fill(ancestors + count, vertex->parents[i], parent ? parent->ancestors : NULL, more);
		count += more + 1;
	}
	count = ancestors_sort(ancestors, count);
	TRY(check_count(edit, vertex, count));
	for (size_t i = 0; i < count; i++)
		vertex->signature |= signature_bit(ancestors[i]);
	vertex->ancestor_count = (uint32_t)count;
	return E_OK;
}

struct frame {
	struct vertex *vertex;
	uint32_t position;
};

/* Parents before their children; what is reached again while it is open lies on a cycle. */
static enum error visit(struct edit *edit, struct vertex *start, struct frame *stack)
{
	size_t depth = 0;
	stack[0] = (struct frame){start, 0};
	start->state = CLOSING_OPEN;
	for (;;) {
		struct frame *frame = &stack[depth];
		if (frame->position == frame->vertex->parent_count) {
			TRY(collect(edit, frame->vertex));
			frame->vertex->state = CLOSING_DONE;
			if (depth-- == 0)
				return E_OK;
			continue;
		}
		struct vertex *parent = find(edit, frame->vertex->parents[frame->position++]);
		if (!parent || parent->state == CLOSING_DONE)
			continue;
		if (parent->state == CLOSING_OPEN)
			return FAIL(edit->why, E_CONFLICT, "the hierarchy has a cycle containing `%.*s::\"%.*s\"`",
				    SLICE_ARG(parent->uid.type), SLICE_ARG(parent->uid.id));
		parent->state = CLOSING_OPEN;
		stack[++depth] = (struct frame){parent, 0};
	}
}

enum error edit_close(struct edit *edit)
{
	TRY(open_descendants(edit));
	if (!edit->work_count)
		return E_OK;
	struct frame few[EDIT_FEW], *stack = few;
	if (edit->work_count > EDIT_FEW)
		stack = memory_alloc_array(edit->work_count, sizeof(*stack));
	enum error error = stack ? E_OK : FAIL(edit->why, E_MEMORY, "no memory for closing the hierarchy");
	for (size_t i = 0; i < edit->work_count && error == E_OK; i++) {
		struct vertex *vertex = find_work(edit, edit->work[i]);
		if (vertex && vertex->state == CLOSING_NEW)
			error = visit(edit, vertex, stack);
	}
	if (stack != few)
		memory_free(stack);
	return error;
}
