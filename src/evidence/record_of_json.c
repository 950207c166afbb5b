/* Records from their JSON form, as the interface and exports give them. */
#include "evidence/record.h"

#include "text/base64.h"
#include "text/time.h"

#define ENUM_VALUES_MAX 16u /* of one field; none has as many */

static void *member(struct record *record, const struct record_field *field)
{
	return (char *)record + field->offset;
}

static enum error fail(const struct record_field *field, const char *wanted, struct fault *why)
{
	return FAIL_FIELD(why, E_INVALID, field->name, "%s of a record must be %s", field->name, wanted);
}

static enum error read_texts(const struct record_field *field, const struct json_node *node, struct arena *arena,
			     struct record_texts *texts, struct fault *why)
{
	if (!json_is(node, JSON_ARRAY) || node->count > RECORD_TEXTS_MAX)
		return fail(field, "a list of texts", why);
	slice *items = ARENA_ARRAY(arena, node->count + 1, slice);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a record");
	*texts = (struct record_texts){items, 0};
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		if (!json_string(item, &items[texts->count++]))
			return fail(field, "a list of texts", why);
	return E_OK;
}

static enum error read_digest(const struct record_field *field, const struct json_node *node, struct arena *arena,
			      slice *ret_digest, struct fault *why)
{
	slice hex;
	char *bytes = arena_alloc(arena, RECORD_DIGEST_BYTES);
	if (!bytes)
		return FAIL(why, E_MEMORY, "no memory for a record");
	/* Nothing was digested. */
	if (json_string(node, &hex) && hex.len == 0) {
		*ret_digest = hex;
		return E_OK;
	}
	if (!json_string(node, &hex) || hex.len != 2 * RECORD_DIGEST_BYTES || hex_read(bytes, hex, NULL) != E_OK)
		return fail(field, "64 hex digits", why);
	*ret_digest = slice_from(bytes, RECORD_DIGEST_BYTES);
	return E_OK;
}

static enum error read_word(const struct record_field *field, const struct json_node *node, unsigned *ret_value,
			    struct fault *why)
{
	slice word;
	if (!json_string(node, &word))
		return fail(field, "a word", why);
	for (unsigned value = 0; value < ENUM_VALUES_MAX; value++) {
		const char *name = record_enum_name(field, value);
		if (name && slice_equal(word, slice_of(name))) {
			*ret_value = value;
			return E_OK;
		}
	}
	return fail(field, "one of its words", why);
}

static enum error read_field(const struct record_field *field, const struct json_node *node, struct arena *arena,
			     struct record *record, struct fault *why)
{
	int64_t number;
	slice text;
	switch (field->type) {
	case RECORD_TEXT:
		return json_string(node, member(record, field)) ? E_OK : fail(field, "a text", why);
	case RECORD_TEXTS:
		return read_texts(field, node, arena, member(record, field), why);
	case RECORD_DIGEST:
		return read_digest(field, node, arena, member(record, field), why);
	case RECORD_NUMBER:
		if (!json_i64(node, &number) || number < 0)
			return fail(field, "a number", why);
		*(uint64_t *)member(record, field) = (uint64_t)number;
		return E_OK;
	case RECORD_TIME:
		if (!json_string(node, &text) || time_parse_ns(&number, text, NULL) != E_OK || number < 0)
			return fail(field, "a time", why);
		*(uint64_t *)member(record, field) = (uint64_t)number;
		return E_OK;
	case RECORD_ENUM:
		return read_word(field, node, member(record, field), why);
	}
	return E_OK;
}

#define NAME(key, member, type, required) SLICE_INIT(#member),
static const slice names[] = {RECORD_FIELD_ROWS(NAME)};
#undef NAME
#define FIELDS (sizeof(names) / sizeof(names[0]))

/* The field of this name, looked for from where the last one was: members mostly stand in the order of the fields. */
static const struct record_field *field_of(slice name, size_t *at)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	for (size_t left = FIELDS; left > 0; left--) {
		size_t i = *at;
		*at = i + 1 < FIELDS ? i + 1 : 0;
		if (slice_equal(fields[i].type == RECORD_TIME ? SLICE("time") : names[i], name))
			return &fields[i];
	}
	return NULL;
}

enum error record_of_json(const struct json_node *node, struct arena *arena, struct record *ret_record, struct fault *why)
{
	size_t at = 0;
	struct record record = {.kind = RECORD_NONE};
	*ret_record = record;
	if (!json_is(node, JSON_OBJECT))
		return FAIL(why, E_INVALID, "a record must be an object");
	for (const struct json_node *value = json_first(node); value; value = json_next(value)) {
		const struct record_field *field = field_of(json_key(value), &at);
		if (field)
			TRY(read_field(field, value, arena, &record, why));
	}
	if (record.kind == RECORD_NONE)
		return FAIL_FIELD(why, E_INVALID, "kind", "a record without its kind");
	*ret_record = record;
	return E_OK;
}
