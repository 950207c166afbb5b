/* Vertices that changes make: one block each, texts and values included. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/limits.h"
#include "cedar/pack.h"

#include <stddef.h>
#include <string.h>

struct made *made_of(struct vertex *vertex)
{
	return (struct made *)(void *)((char *)vertex - offsetof(struct made, vertex));
}

static enum error no_memory(const struct edit *edit)
{
	return FAIL(edit->why, E_MEMORY, "no memory for an entity");
}

static enum error check_room(const struct edit *edit, size_t bytes)
{
	if (bytes <= CEDAR_STORE_BYTES_MAX - edit->family->bytes)
		return E_OK;
	return FAIL(edit->why, E_LIMIT, "the entities take more than %llu bytes", CEDAR_STORE_BYTES_MAX);
}

static struct made *allocate(struct edit *edit, size_t data)
{
	struct made *made = memory_alloc(sizeof(*made) + data);
	if (!made)
		return NULL;
	made->family = edit->family;
	made->edit = edit->family->edits;
	made->vertex.is_made = true;
	made->bytes = sizeof(*made) + data;
	made->family->bytes += made->bytes;
	made->retired.next = edit->made ? &edit->made->retired : NULL;
	edit->made = made;
	return made;
}

/* A parent that is named twice counts once. */
static enum error take_parents(struct edit *edit, struct made *made, const struct cedar_entity_input *input,
			       const struct cedar_uid **parents)
{
	struct vertex *vertex = &made->vertex;
	vertex->parents = parents;
	for (size_t i = 0; i < input->parent_count; i++) {
		struct name *name;
		if (vertex_has_parent(vertex, &input->parents[i]))
			continue;
		TRY(name_take(edit->family, &input->parents[i], &name, edit->why));
		parents[vertex->parent_count++] = &name->uid;
	}
	return E_OK;
}

enum error made_new(struct edit *edit, const struct cedar_uid *uid, const struct cedar_entity_input *input, size_t room,
		    struct made **ret_made)
{
	struct pack_size size = {.aligned = (input->parent_count + room) * sizeof(void *),
				 .text = uid->type.len + uid->id.len};
	pack_size_value(&size, input_record(input->attributes));
	pack_size_value(&size, input_record(input->tags));
	TRY(check_room(edit, sizeof(struct made) + size.aligned + size.text));
	struct made *made = allocate(edit, size.aligned + size.text);
	if (!made)
		return no_memory(edit);
	made->body = made;
	made->holders = 1;
	struct packer packer = {made->data, made->data + size.aligned};
	const struct cedar_uid **parents = (const struct cedar_uid **)(void *)packer.aligned;
	packer.aligned += input->parent_count * sizeof(void *);
	made->room = (const struct cedar_uid **)(void *)packer.aligned;
	made->room_count = room;
	packer.aligned += room * sizeof(void *);
	made->vertex.uid = *uid;
	made->vertex.uid.type = pack_text(&packer, uid->type);
	made->vertex.uid.id = pack_text(&packer, uid->id);
	made->vertex.attributes = pack_value(&packer, input_record(input->attributes));
	made->vertex.tags = pack_value(&packer, input_record(input->tags));
	*ret_made = made;
	return take_parents(edit, made, input, parents);
}

enum error made_again(struct edit *edit, const struct vertex *vertex, struct made **ret_made)
{
	TRY(check_room(edit, sizeof(struct made)));
	struct made *made = allocate(edit, 0);
	if (!made)
		return no_memory(edit);
	made->vertex.uid = vertex->uid;
	made->vertex.is_present = vertex->is_present;
	made->vertex.state = CLOSING_NEW;
	made->vertex.parent_count = vertex->parent_count;
	made->vertex.parents = vertex->parents;
	made->vertex.attributes = vertex->attributes;
	made->vertex.tags = vertex->tags;
	if (vertex->is_made) {
		made->body = made_of((struct vertex *)(uintptr_t)vertex)->body;
		if (made->body)
			made->body->holders++;
	}
	*ret_made = made;
	return E_OK;
}

enum error made_add_ancestors(struct edit *edit, struct vertex *vertex, size_t count,
			      const struct cedar_uid ***ret_ancestors)
{
	struct made *made = made_of(vertex);
	*ret_ancestors = made->room;
	if (count > made->room_count) {
		size_t bytes = count * sizeof(**ret_ancestors);
		TRY(check_room(edit, bytes));
		*ret_ancestors = memory_alloc(bytes);
		if (!*ret_ancestors)
			return no_memory(edit);
		made->family->bytes += bytes;
		made->bytes += bytes;
	}
	vertex->ancestors = *ret_ancestors;
	edit->version->lines |= signature_bit(&vertex->uid);
	return E_OK;
}

void made_drop_ancestors(struct made *made)
{
	if (made->vertex.ancestors != made->room)
		memory_free((void *)(uintptr_t)made->vertex.ancestors);
	made->vertex.ancestors = NULL;
	made->vertex.ancestor_count = 0;
	made->vertex.signature = 0;
}

static void body_release(struct made *body)
{
	if (--body->holders)
		return;
	for (uint32_t i = 0; i < body->vertex.parent_count; i++)
		name_release((struct name *)(uintptr_t)body->vertex.parents[i]);
	memory_free(body);
}

void made_release(struct retired *item)
{
	struct made *made = (struct made *)(void *)item;
	made->family->bytes -= made->bytes;
	made_drop_ancestors(made);
	if (made->body == made) {
		body_release(made);
		return;
	}
	if (made->body)
		body_release(made->body);
	memory_free(made);
}
