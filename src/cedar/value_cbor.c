#include "cedar/value_cbor.h"

#include "cedar/limits.h"

#include <string.h>

/* What begins an array inside the array. A number is never used again for something else. */
enum { ENTITY = 0, SET, RECORD, DECIMAL, DATETIME, DURATION, IP };

#define IP_BYTES_V4 4u
#define IP_BYTES_V6 16u

/* --- writing --- */

static uint64_t items_of(struct cedar_value value)
{
	uint64_t items = 1;
	if (value.kind == CEDAR_SET)
		for (uint32_t i = 0; i < value.length; i++)
			items += items_of(value.as.items[i]);
	if (value.kind == CEDAR_RECORD)
		for (uint32_t i = 0; i < value.length; i++)
			items += 1 + items_of(value.as.fields[i].value);
	return items;
}

static void put_head(struct cbor_writer *writer, unsigned what, unsigned members)
{
	cbor_put_array(writer, 1 + members);
	cbor_put_u64(writer, what);
}

static void put_number(struct cbor_writer *writer, unsigned what, int64_t number)
{
	put_head(writer, what, 1);
	cbor_put_i64(writer, number);
}

void value_cbor_put_uid(struct cbor_writer *writer, const struct cedar_uid *uid)
{
	if (!cedar_name_check(uid->type))
		writer->buffer->failed = true;
	cbor_put_text(writer, uid->type);
	cbor_put_text(writer, uid->id);
}

static void put_ip(struct cbor_writer *writer, const struct cedar_ip *ip)
{
	put_head(writer, IP, 2);
	cbor_put_bytes(writer, slice_from(ip->address, ip->is_v6 ? IP_BYTES_V6 : IP_BYTES_V4));
	cbor_put_u64(writer, ip->prefix);
}

static void put(struct cbor_writer *writer, struct cedar_value value);

static void put_set(struct cbor_writer *writer, struct cedar_value set)
{
	put_number(writer, SET, set.length);
	for (uint32_t i = 0; i < set.length; i++)
		put(writer, set.as.items[i]);
}

static void put_record(struct cbor_writer *writer, struct cedar_value record)
{
	put_number(writer, RECORD, record.length);
	for (uint32_t i = 0; i < record.length; i++) {
		cbor_put_text(writer, record.as.fields[i].key);
		put(writer, record.as.fields[i].value);
	}
}

static void put(struct cbor_writer *writer, struct cedar_value value)
{
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_BOOL:
		cbor_put_bool(writer, value.as.boolean);
		return;
	case CEDAR_LONG:
		cbor_put_i64(writer, value.as.integer);
		return;
	case CEDAR_STRING:
		cbor_put_text(writer, cedar_text(value));
		return;
	case CEDAR_ENTITY:
		put_head(writer, ENTITY, 2);
		value_cbor_put_uid(writer, value.as.uid);
		return;
	case CEDAR_SET:
		put_set(writer, value);
		return;
	case CEDAR_RECORD:
		put_record(writer, value);
		return;
	case CEDAR_DECIMAL:
		put_number(writer, DECIMAL, value.as.integer);
		return;
	case CEDAR_DATETIME:
		put_number(writer, DATETIME, value.as.integer);
		return;
	case CEDAR_DURATION:
		put_number(writer, DURATION, value.as.integer);
		return;
	case CEDAR_IP:
		put_ip(writer, value.as.ip);
		return;
	case CEDAR_NONE:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		break;
	}
	cbor_put_null(writer);
	writer->buffer->failed = true;
}

void value_cbor_put(struct cbor_writer *writer, struct cedar_value value)
{
	cbor_put_array(writer, items_of(value));
	put(writer, value);
}

/* --- reading --- */

struct reading {
	struct cbor_reader *cbor;
	struct arena *arena;
	const struct hash_key *key;
	uint64_t left; /* items of the array that were not read yet */
	struct fault *why;
};

static enum error read_value(struct reading *reading, unsigned depth, struct cedar_value *ret_value);

/* A member takes an item at least, so that no count can ask for more memory than the input is long. */
static enum error read_count(struct reading *reading, uint64_t *ret_count)
{
	TRY(cbor_read_u64(reading->cbor, ret_count, reading->why));
	if (*ret_count > reading->left || *ret_count > CEDAR_ELEMENTS_MAX)
		return FAIL(reading->why, E_INVALID, "a value with more members than there are");
	return E_OK;
}

static enum error read_set(struct reading *reading, unsigned depth, struct cedar_value *ret_value)
{
	uint64_t count;
	TRY(read_count(reading, &count));
	struct cedar_value *items = ARENA_ARRAY(reading->arena, (size_t)count, struct cedar_value);
	if (!items)
		return FAIL(reading->why, E_MEMORY, "no memory for a set");
	for (uint64_t i = 0; i < count; i++) {
		TRY(read_value(reading, depth, &items[i]));
		if (i > 0 && cedar_value_compare(items[i - 1], items[i]) >= 0)
			return FAIL(reading->why, E_INVALID, "the items of a set do not ascend");
	}
	return cedar_set(reading->arena, items, (size_t)count, ret_value, reading->why);
}

static enum error read_key(struct reading *reading, slice *ret_key)
{
	if (reading->left == 0)
		return FAIL(reading->why, E_INVALID, "a value that ends too early");
	reading->left--;
	return cbor_read_text(reading->cbor, ret_key, reading->why);
}

static enum error read_record(struct reading *reading, unsigned depth, struct cedar_value *ret_value)
{
	uint64_t count;
	TRY(read_count(reading, &count));
	struct cedar_field *fields = ARENA_ARRAY(reading->arena, (size_t)count, struct cedar_field);
	if (!fields)
		return FAIL(reading->why, E_MEMORY, "no memory for a record");
	for (uint64_t i = 0; i < count; i++) {
		TRY(read_key(reading, &fields[i].key));
		if (i > 0 && slice_compare(fields[i - 1].key, fields[i].key) >= 0)
			return FAIL(reading->why, E_INVALID, "the keys of a record do not ascend");
		TRY(read_value(reading, depth, &fields[i].value));
	}
	return cedar_record_sorted(fields, (size_t)count, ret_value, reading->why);
}

enum error value_cbor_read_uid(struct cbor_reader *reader, const struct hash_key *key, struct cedar_uid *ret_uid,
			       struct fault *why)
{
	slice type, id;
	TRY(cbor_read_text(reader, &type, why));
	TRY(cbor_read_text(reader, &id, why));
	if (!cedar_name_check(type))
		return FAIL(why, E_INVALID, "'%.*s' is no type", SLICE_ARG(type));
	*ret_uid = cedar_uid_make(key, type, id);
	return E_OK;
}

static enum error read_entity(struct reading *reading, struct cedar_value *ret_value)
{
	struct cedar_uid *uid = ARENA_NEW(reading->arena, struct cedar_uid);
	if (!uid)
		return FAIL(reading->why, E_MEMORY, "no memory for an entity");
	*ret_value = cedar_entity(uid);
	return value_cbor_read_uid(reading->cbor, reading->key, uid, reading->why);
}

static enum error read_ip(struct reading *reading, struct cedar_value *ret_value)
{
	slice address;
	uint64_t prefix;
	TRY(cbor_read_bytes(reading->cbor, &address, reading->why));
	TRY(cbor_read_u64(reading->cbor, &prefix, reading->why));
	if ((address.len != IP_BYTES_V4 && address.len != IP_BYTES_V6) || prefix > address.len * 8)
		return FAIL(reading->why, E_INVALID, "an address that is none");
	struct cedar_ip *ip = ARENA_NEW(reading->arena, struct cedar_ip);
	if (!ip)
		return FAIL(reading->why, E_MEMORY, "no memory for an address");
	memcpy(ip->address, address.ptr, address.len);
	ip->prefix = (unsigned char)prefix;
	ip->is_v6 = address.len == IP_BYTES_V6;
	*ret_value = (struct cedar_value){.kind = CEDAR_IP, .as.ip = ip};
	return E_OK;
}

static enum error read_number(struct reading *reading, enum cedar_kind kind, struct cedar_value *ret_value)
{
	*ret_value = (struct cedar_value){.kind = kind};
	return cbor_read_i64(reading->cbor, &ret_value->as.integer, reading->why);
}

/* What follows the head of an array of `members`. */
static enum error read_inside(struct reading *reading, unsigned depth, uint64_t members, struct cedar_value *ret_value)
{
	static const unsigned char members_of[] = {[ENTITY] = 3, [SET] = 2,	 [RECORD] = 2, [DECIMAL] = 2,
						   [DATETIME] = 2, [DURATION] = 2, [IP] = 3};
	uint64_t what;
	TRY(cbor_read_u64(reading->cbor, &what, reading->why));
	if (what >= sizeof(members_of) || members_of[what] != members)
		return FAIL(reading->why, E_INVALID, "a value of a kind that is not known");
	switch (what) {
	case ENTITY:
		return read_entity(reading, ret_value);
	case SET:
		return read_set(reading, depth + 1, ret_value);
	case RECORD:
		return read_record(reading, depth + 1, ret_value);
	case DECIMAL:
		return read_number(reading, CEDAR_DECIMAL, ret_value);
	case DATETIME:
		return read_number(reading, CEDAR_DATETIME, ret_value);
	case DURATION:
		return read_number(reading, CEDAR_DURATION, ret_value);
	default:
		return read_ip(reading, ret_value);
	}
}

static enum error read_integer(struct reading *reading, const struct cbor_item *item, struct cedar_value *ret_value)
{
	if (item->value > INT64_MAX)
		return FAIL(reading->why, E_OVERFLOW, "a number of more than 64 bits");
	*ret_value = cedar_long(item->type == CBOR_NEGATIVE ? -1 - (int64_t)item->value : (int64_t)item->value);
	return E_OK;
}

static enum error read_value(struct reading *reading, unsigned depth, struct cedar_value *ret_value)
{
	struct cbor_item item;
	if (depth > CEDAR_VALUE_DEPTH_MAX)
		return FAIL(reading->why, E_LIMIT, "a value deeper than %u", CEDAR_VALUE_DEPTH_MAX);
	if (reading->left == 0)
		return FAIL(reading->why, E_INVALID, "a value that ends too early");
	reading->left--;
	TRY(cbor_next(reading->cbor, &item, reading->why));
	switch (item.type) {
	case CBOR_BOOL:
		*ret_value = cedar_bool(item.value);
		return E_OK;
	case CBOR_UNSIGNED:
	case CBOR_NEGATIVE:
		return read_integer(reading, &item, ret_value);
	case CBOR_TEXT:
		if (item.bytes.len > CEDAR_TEXT_BYTES_MAX)
			return FAIL(reading->why, E_LIMIT, "a text that is too long");
		*ret_value = cedar_string(item.bytes);
		return E_OK;
	case CBOR_ARRAY:
		return read_inside(reading, depth, item.value, ret_value);
	case CBOR_NULL:
	case CBOR_BYTES:
	case CBOR_MAP:
		break;
	}
	return FAIL(reading->why, E_INVALID, "no value");
}

enum error value_cbor_read(struct cbor_reader *reader, struct arena *arena, const struct hash_key *key,
			   struct cedar_value *ret_value, struct fault *why)
{
	struct reading reading = {.cbor = reader, .arena = arena, .key = key, .why = why};
	TRY(cbor_read_array(reader, &reading.left, why));
	TRY(read_value(&reading, 0, ret_value));
	if (reading.left > 0)
		return FAIL(why, E_INVALID, "more than one value");
	return E_OK;
}
