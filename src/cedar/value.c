#include "cedar/value.h"

#include "cedar/limits.h"
#include "cedar/quick.h"

#include <string.h>

bool cedar_value_equal(struct cedar_value a, struct cedar_value b)
{
	if (a.kind != b.kind)
		return false;
	switch ((enum cedar_kind)a.kind) {
	case CEDAR_BOOL:
		return a.as.boolean == b.as.boolean;
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
		return a.as.integer == b.as.integer;
	case CEDAR_STRING:
		return bytes_equal(cedar_text(a), cedar_text(b));
	case CEDAR_ENTITY:
		return cedar_uid_equal(a.as.uid, b.as.uid);
	case CEDAR_SET:
	case CEDAR_RECORD:
		return a.length == b.length && cedar_value_compare(a, b) == 0;
	case CEDAR_IP:
		return cedar_value_compare(a, b) == 0;
	case CEDAR_NONE:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		break;
	}
	return false;
}

static int compare_integers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_uids(const struct cedar_uid *a, const struct cedar_uid *b)
{
	if (a == b)
		return 0;
	int order = slice_compare(a->type, b->type);
	return order ? order : slice_compare(a->id, b->id);
}

static int compare_ips(const struct cedar_ip *a, const struct cedar_ip *b)
{
	if (a->is_v6 != b->is_v6)
		return a->is_v6 ? 1 : -1;
	int order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : (int)a->prefix - (int)b->prefix;
}

static int compare_sets(struct cedar_value a, struct cedar_value b)
{
	for (uint32_t i = 0; i < a.length && i < b.length; i++) {
		int order = cedar_value_compare(a.as.items[i], b.as.items[i]);
		if (order)
			return order;
	}
	return compare_integers(a.length, b.length);
}

static int compare_records(struct cedar_value a, struct cedar_value b)
{
	for (uint32_t i = 0; i < a.length && i < b.length; i++) {
		int order = slice_compare(a.as.fields[i].key, b.as.fields[i].key);
		if (!order)
			order = cedar_value_compare(a.as.fields[i].value, b.as.fields[i].value);
		if (order)
			return order;
	}
	return compare_integers(a.length, b.length);
}

int cedar_value_compare(struct cedar_value a, struct cedar_value b)
{
	if (a.kind != b.kind)
		return (int)a.kind - (int)b.kind;
	switch ((enum cedar_kind)a.kind) {
	case CEDAR_BOOL:
		return (int)a.as.boolean - (int)b.as.boolean;
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
		return compare_integers(a.as.integer, b.as.integer);
	case CEDAR_STRING:
		return slice_compare(cedar_text(a), cedar_text(b));
	case CEDAR_ENTITY:
		return compare_uids(a.as.uid, b.as.uid);
	case CEDAR_SET:
		return compare_sets(a, b);
	case CEDAR_RECORD:
		return compare_records(a, b);
	case CEDAR_IP:
		return compare_ips(a.as.ip, b.as.ip);
	case CEDAR_NONE:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		break;
	}
	return 0;
}

const struct cedar_value *cedar_record_get(struct cedar_value record, slice key)
{
	const struct cedar_field *fields = record.as.fields;
	if (record.length <= QUICK_FIELDS_MAX)
		return quick_get(record, key);
	uint32_t low = 0, high = record.length;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = slice_compare(fields[middle].key, key);
		if (order == 0)
			return &fields[middle].value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Few items need no search. */
#define LINEAR_MAX 8u

bool cedar_set_contains(struct cedar_value set, struct cedar_value item)
{
	const struct cedar_value *items = set.as.items;
	if (set.length <= LINEAR_MAX) {
		for (uint32_t i = 0; i < set.length; i++)
			if (cedar_value_equal(items[i], item))
				return true;
		return false;
	}
	uint32_t low = 0, high = set.length;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = cedar_value_compare(items[middle], item);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

const char *cedar_kind_name(enum cedar_kind kind)
{
	static const char *const names[CEDAR_KIND_COUNT] = {
		[CEDAR_NONE] = "nothing",	 [CEDAR_BOOL] = "bool",		  [CEDAR_LONG] = "long",
		[CEDAR_STRING] = "string",	 [CEDAR_ENTITY] = "entity",	  [CEDAR_SET] = "set",
		[CEDAR_RECORD] = "record",	 [CEDAR_DECIMAL] = "decimal",	  [CEDAR_DATETIME] = "datetime",
		[CEDAR_DURATION] = "duration", [CEDAR_IP] = "ipaddr", [CEDAR_UNKNOWN] = "unknown",
	};
	return kind < CEDAR_KIND_COUNT ? names[kind] : "nothing";
}

static enum error copy_set(struct arena *arena, struct cedar_value value, struct cedar_value *ret_copy,
			   struct fault *why)
{
	struct cedar_value *items = ARENA_ARRAY(arena, value.length, struct cedar_value);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a set of %u items", value.length);
	for (uint32_t i = 0; i < value.length; i++)
		TRY(cedar_value_copy(arena, value.as.items[i], &items[i], why));
	ret_copy->as.items = items;
	return E_OK;
}

static enum error copy_record(struct arena *arena, struct cedar_value value, struct cedar_value *ret_copy,
			      struct fault *why)
{
	struct cedar_field *fields = ARENA_ARRAY(arena, value.length, struct cedar_field);
	if (!fields)
		return FAIL(why, E_MEMORY, "no memory for a record of %u fields", value.length);
	for (uint32_t i = 0; i < value.length; i++) {
		fields[i].key = arena_copy(arena, value.as.fields[i].key);
		if (!fields[i].key.ptr)
			return FAIL(why, E_MEMORY, "no memory for a key");
		TRY(cedar_value_copy(arena, value.as.fields[i].value, &fields[i].value, why));
	}
	ret_copy->as.fields = fields;
	return E_OK;
}

enum error cedar_value_copy(struct arena *arena, struct cedar_value value, struct cedar_value *ret_copy,
			    struct fault *why)
{
	*ret_copy = value;
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_SET:
		return copy_set(arena, value, ret_copy, why);
	case CEDAR_RECORD:
		return copy_record(arena, value, ret_copy, why);
	case CEDAR_STRING:
		ret_copy->as.text = arena_copy(arena, cedar_text(value)).ptr;
		break;
	case CEDAR_ENTITY:
		ret_copy->as.uid = cedar_uid_copy(arena, value.as.uid);
		break;
	case CEDAR_IP: {
		struct cedar_ip *ip = ARENA_NEW(arena, struct cedar_ip);
		if (ip)
			*ip = *value.as.ip;
		ret_copy->as.ip = ip;
		break;
	}
	case CEDAR_NONE:
	case CEDAR_BOOL:
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		return E_OK;
	}
	return ret_copy->as.text ? E_OK : FAIL(why, E_MEMORY, "no memory for a value");
}
