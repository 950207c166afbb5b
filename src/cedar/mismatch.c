#include "cedar/mismatch.h"

#include "cedar/limits.h"
#include "cedar/write.h"

#include <string.h>

/* Of one part of a sentence. What a stranger sends can be large; the sentence says of what kind it is then. */
#define PART_BYTES_MAX 100u
#define SENTENCE_BYTES_MAX 1000u

struct sentence {
	char bytes[SENTENCE_BYTES_MAX];
	struct buffer text;
};

static void write_place(struct buffer *out, const struct place *place)
{
	if (!place->outer) {
		buffer_add(out, place->name);
		return;
	}
	write_place(out, place->outer);
	bool is_bare = name_is_bare(place->name);
	if (place->is_element)
		buffer_add_text(out, "[]");
	else if (place->outer->is_label)
		buffer_add_byte(out, ' ');
	else
		buffer_add_byte(out, is_bare ? '.' : '[');
	if (place->is_element)
		return;
	if (is_bare)
		buffer_add(out, place->name);
	else
		cedar_string_write(out, place->name);
	if (!is_bare && !place->outer->is_label)
		buffer_add_byte(out, ']');
}

static struct buffer part_in(char bytes[PART_BYTES_MAX])
{
	return (struct buffer){.ptr = bytes, .size = PART_BYTES_MAX, .bytes_max = PART_BYTES_MAX};
}

static void add_value(struct sentence *sentence, struct cedar_value value)
{
	char bytes[PART_BYTES_MAX];
	struct buffer part = part_in(bytes);
	cedar_value_write(&part, value);
	if (part.failed)
		buffer_print(&sentence->text, "a long %s", cedar_kind_name((enum cedar_kind)value.kind));
	else
		buffer_add(&sentence->text, buffer_slice(&part));
}

static void add_type(struct sentence *sentence, const struct type *type)
{
	char bytes[PART_BYTES_MAX];
	struct buffer part = part_in(bytes);
	type_write(&part, type);
	if (part.failed)
		buffer_add_text(&sentence->text, type->kind == TYPE_RECORD ? "a record as declared" : "what is declared");
	else
		buffer_add(&sentence->text, buffer_slice(&part));
}

/* A path of long names keeps the beginning of it. */
static void begin(struct sentence *sentence, const struct place *place)
{
	char bytes[4 * PART_BYTES_MAX];
	struct buffer part = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	sentence->text =
		(struct buffer){.ptr = sentence->bytes, .size = SENTENCE_BYTES_MAX, .bytes_max = SENTENCE_BYTES_MAX};
	write_place(&part, place);
	buffer_add(&sentence->text, buffer_slice(&part));
	if (part.failed)
		buffer_add_text(&sentence->text, "...");
}

static enum error make_room(struct mismatch_list *list)
{
	size_t size = list->size ? list->size * 2 : 8;
	struct cedar_mismatch *bigger = ARENA_ARRAY(list->arena, size, struct cedar_mismatch);
	if (!bigger)
		return FAIL(list->why, E_MEMORY, "no memory for what does not conform");
	if (list->kept)
		memcpy(bigger, list->items, list->kept * sizeof(*bigger));
	list->items = bigger;
	list->size = size;
	return E_OK;
}

static enum error add(struct mismatch_list *list, const struct sentence *sentence)
{
	list->count++;
	if (list->kept == CEDAR_MISMATCHES_MAX)
		return E_OK;
	if (list->kept == list->size)
		TRY(make_room(list));
	slice message = arena_copy(list->arena, buffer_slice(&sentence->text));
	if (!message.ptr)
		return FAIL(list->why, E_MEMORY, "no memory for what does not conform");
	list->items[list->kept++] = (struct cedar_mismatch){list->uid, message};
	return E_OK;
}

enum error mismatch_about(struct mismatch_list *list, const struct place *place, const char *says)
{
	struct sentence sentence;
	begin(&sentence, place);
	buffer_add_text(&sentence.text, says);
	return add(list, &sentence);
}

enum error mismatch_missing(struct mismatch_list *list, const struct place *place, const struct type *type)
{
	struct sentence sentence;
	begin(&sentence, place);
	buffer_add_text(&sentence.text, " is missing; expected ");
	add_type(&sentence, type);
	return add(list, &sentence);
}

enum error mismatch_wrong(struct mismatch_list *list, const struct place *place, const struct type *type,
			  struct cedar_value value)
{
	struct sentence sentence;
	begin(&sentence, place);
	buffer_add_text(&sentence.text, ": expected ");
	add_type(&sentence, type);
	buffer_add_text(&sentence.text, ", got ");
	add_value(&sentence, value);
	return add(list, &sentence);
}

enum error mismatch_entity(struct mismatch_list *list, const struct place *place, const struct cedar_uid *uid,
			   const char *says)
{
	struct sentence sentence;
	begin(&sentence, place);
	buffer_add_text(&sentence.text, ": ");
	add_value(&sentence, cedar_entity(uid));
	buffer_add_text(&sentence.text, says);
	return add(list, &sentence);
}

enum error mismatch_applies(struct mismatch_list *list, const struct place *place, const struct cedar_uid *uid,
			    const struct cedar_uid *action, const slice *types, uint32_t count)
{
	struct sentence sentence;
	struct type expected = {.kind = TYPE_ENTITY, .count = count, .names = types};
	begin(&sentence, place);
	buffer_add_text(&sentence.text, ": ");
	add_value(&sentence, cedar_entity(action));
	buffer_add_text(&sentence.text, count ? " applies to " : " applies to nothing");
	if (count)
		add_type(&sentence, &expected);
	buffer_add_text(&sentence.text, ", got ");
	add_value(&sentence, cedar_entity(uid));
	return add(list, &sentence);
}

void cedar_mismatch_write(struct buffer *out, const struct cedar_mismatch *mismatch)
{
	if (mismatch->uid) {
		cedar_value_write(out, cedar_entity(mismatch->uid));
		buffer_add_text(out, ": ");
	}
	buffer_add(out, mismatch->message);
}
