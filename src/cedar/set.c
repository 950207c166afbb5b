/* Building sets and records: sorted, without duplicates, no deeper than the limit. */
#include "cedar/value.h"

#include "cedar/limits.h"
#include "cedar/sort.h"

#include <string.h>

static int compare_items(const void *a, const void *b)
{
	return cedar_value_compare(*(const struct cedar_value *)a, *(const struct cedar_value *)b);
}

static int compare_fields(const void *a, const void *b)
{
	return slice_compare(((const struct cedar_field *)a)->key, ((const struct cedar_field *)b)->key);
}

/* What the members are together: `mask` of a set or record is its depth. */
struct summary {
	bool has_unknown;
	uint16_t depth;
};

static enum error add_member(struct summary *summary, struct cedar_value value, struct fault *why)
{
	if (value.kind == CEDAR_NONE || value.kind >= CEDAR_KIND_COUNT)
		return FAIL(why, E_INVALID, "a member of a set or record is no value");
	bool is_nested = value.kind == CEDAR_SET || value.kind == CEDAR_RECORD;
	uint16_t depth = (uint16_t)(is_nested ? value.mask + 1 : 2);
	if (depth > CEDAR_VALUE_DEPTH_MAX)
		return FAIL(why, E_LIMIT, "a value deeper than %u", CEDAR_VALUE_DEPTH_MAX);
	if (depth > summary->depth)
		summary->depth = depth;
	if (value.kind == CEDAR_UNKNOWN || value.has_unknown)
		summary->has_unknown = true;
	return E_OK;
}

enum error cedar_set(struct arena *arena, const struct cedar_value *items, size_t count, struct cedar_value *ret_value,
		     struct fault *why)
{
	if (count > CEDAR_ELEMENTS_MAX)
		return FAIL(why, E_LIMIT, "a set of more than %u items", CEDAR_ELEMENTS_MAX);
	struct summary summary = {.depth = 1};
	for (size_t i = 0; i < count; i++)
		TRY(add_member(&summary, items[i], why));
	struct cedar_value *sorted = ARENA_ARRAY(arena, count, struct cedar_value);
	if (!sorted)
		return FAIL(why, E_MEMORY, "no memory for a set of %zu items", count);
	if (count)
		memcpy(sorted, items, count * sizeof(*items));
	size_t kept = count;
	/* Unknown items are equal to nothing and stay as they are. */
	if (!summary.has_unknown) {
		sort_items(sorted, count, sizeof(*sorted), compare_items);
		kept = 0;
		for (size_t i = 0; i < count; i++)
			if (kept == 0 || !cedar_value_equal(sorted[kept - 1], sorted[i]))
				sorted[kept++] = sorted[i];
	}
	*ret_value = (struct cedar_value){
		.kind = CEDAR_SET, .has_unknown = summary.has_unknown, .mask = summary.depth, .length = (uint32_t)kept,
		.as.items = sorted};
	return E_OK;
}

static bool is_ascending(const struct cedar_field *fields, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare_fields(&fields[i - 1], &fields[i]) >= 0)
			return false;
	return true;
}

/* A record whose fields are these, put in order where they stand. */
static enum error record_of(struct cedar_field *fields, size_t count, struct cedar_value *ret_value, struct fault *why)
{
	if (!is_ascending(fields, count)) {
		sort_items(fields, count, sizeof(*fields), compare_fields);
		for (size_t i = 1; i < count; i++)
			if (slice_equal(fields[i - 1].key, fields[i].key))
				return FAIL(why, E_CONFLICT, "duplicate key `%.*s` in a record", SLICE_ARG(fields[i].key));
	}
	return cedar_record_sorted(fields, count, ret_value, why);
}

enum error cedar_record(struct arena *arena, const struct cedar_field *fields, size_t count,
			struct cedar_value *ret_value, struct fault *why)
{
	if (count > CEDAR_ELEMENTS_MAX)
		return FAIL(why, E_LIMIT, "a record of more than %u fields", CEDAR_ELEMENTS_MAX);
	struct cedar_field *sorted = ARENA_ARRAY(arena, count, struct cedar_field);
	if (!sorted)
		return FAIL(why, E_MEMORY, "no memory for a record of %zu fields", count);
	if (count)
		memcpy(sorted, fields, count * sizeof(*fields));
	return record_of(sorted, count, ret_value, why);
}

enum error cedar_record_sorted(const struct cedar_field *fields, size_t count, struct cedar_value *ret_value,
			       struct fault *why)
{
	struct summary summary = {.depth = 1};
	if (count > CEDAR_ELEMENTS_MAX)
		return FAIL(why, E_LIMIT, "a record of more than %u fields", CEDAR_ELEMENTS_MAX);
	for (size_t i = 0; i < count; i++)
		TRY(add_member(&summary, fields[i].value, why));
	*ret_value = (struct cedar_value){
		.kind = CEDAR_RECORD, .has_unknown = summary.has_unknown, .mask = summary.depth, .length = (uint32_t)count,
		.as.fields = fields};
	return E_OK;
}

void cedar_fields_init(struct cedar_fields *fields, struct arena *arena)
{
	*fields = (struct cedar_fields){.arena = arena};
}

void cedar_fields_add(struct cedar_fields *fields, slice key, struct cedar_value value)
{
	if (fields->failed)
		return;
	if (fields->count == fields->size) {
		size_t size = fields->size ? fields->size * 2 : 8;
		struct cedar_field *bigger = ARENA_ARRAY(fields->arena, size, struct cedar_field);
		if (!bigger) {
			fields->failed = true;
			return;
		}
		if (fields->count)
			memcpy(bigger, fields->fields, fields->count * sizeof(*bigger));
		fields->fields = bigger;
		fields->size = size;
	}
	fields->fields[fields->count++] = (struct cedar_field){key, value};
}

enum error cedar_fields_finish(const struct cedar_fields *fields, struct cedar_value *ret_record, struct fault *why)
{
	if (fields->failed)
		return FAIL(why, E_MEMORY, "no memory for the fields of a record");
	return record_of(fields->fields, fields->count, ret_record, why);
}
