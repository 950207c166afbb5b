#include "evidence/record_plain.h"

#include "text/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <stddef.h>

/* RFC 8949 3: the high three bits of the first byte. */
enum { MAJOR_UNSIGNED = 0, MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_ARRAY = 4, MAJOR_MAP = 5 };

/* Fields by key; where no field has the key, the offset is that of no field. */
#define KEYS_MAX 64u
struct plain_field {
	uint16_t offset; /* plus one */
	uint8_t type;
};
#define FIELD(key, member, type, required) [key] = {offsetof(struct record, member) + 1, RECORD_##type},
static const struct plain_field plain_fields[KEYS_MAX + 1] = {RECORD_FIELD_ROWS(FIELD)};
#undef FIELD

/* The fields that a kind requires: one bit each, by key. The last key has the bit that the version does not need. */
#define BIT(key) ((uint64_t)1 << ((key) % 64))
#define REQUIRED(key, member, type, kinds) | ((kinds) & RECORD_IN(KIND) ? BIT(key) : 0)
static const uint64_t required_fields[RECORD_KIND_COUNT] = {
#define KIND RECORD_DECISION
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_EFFECT
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_CHANGE
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_TOKEN
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_CALLER
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_SYSTEM
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
#define KIND RECORD_POLICY
	[KIND] = 0 RECORD_FIELD_ROWS(REQUIRED),
#undef KIND
};
#undef REQUIRED

/* How many values an enum has, by its key. */
static const uint8_t enum_values[KEYS_MAX + 1] = {
	[RECORD_KEY_kind] = RECORD_KIND_COUNT,
	[RECORD_KEY_decision] = RECORD_DECISION_COUNT,
	[RECORD_KEY_enforcement] = RECORD_ENFORCEMENT_COUNT,
	[RECORD_KEY_mode] = RECORD_MODE_COUNT,
	[RECORD_KEY_outcome] = RECORD_OUTCOME_COUNT,
};

struct place {
	const char *at;
	const char *end;
};

static inline size_t left_bytes(const struct place *place)
{
	return (size_t)(place->end - place->at);
}

/* A number that takes more than the byte behind the head: as few as can be (RFC 8949 4.2.1). */
static bool take_long_number(struct place *place, unsigned info, uint64_t *ret_value)
{
	unsigned size = 1u << (info & 3);
	uint64_t value = 0;
	if (info > 27 || left_bytes(place) < size)
		return false;
	for (unsigned i = 0; i < size; i++)
		value = value << 8 | (unsigned char)place->at[i];
	place->at += size;
	*ret_value = value;
	return value >> (4 * size) != 0;
}

static inline bool take_head(struct place *place, unsigned major, uint64_t *ret_value)
{
	if (place->at == place->end)
		return false;
	unsigned info = (unsigned char)*place->at++ ^ major << 5;
	*ret_value = info;
	if (info < 24)
		return true;
	/* What is of another kind is at least 32 then. */
	if (info != 24)
		return info < 32 && take_long_number(place, info, ret_value);
	if (place->at == place->end)
		return false;
	*ret_value = (unsigned char)*place->at++;
	return *ret_value >= 24;
}

/* Is the text ASCII? It lies before `end`; what lies there between may be looked at. False is a doubt. */
static inline bool is_ascii(slice text, const char *end)
{
#ifdef __SSE2__
	const char *at = text.ptr;
	size_t left = text.len;
	unsigned high = 0;
	for (; end - at >= 16; at += 16, left -= 16) {
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));
		if (left <= 16)
			return ((high | mask << (16 - left)) & 0xffff) == 0;
		high |= mask;
	}
#else
	(void)text;
	(void)end;
#endif
	return false;
}

static inline bool take_bytes(struct place *place, unsigned major, slice *ret_bytes)
{
	uint64_t length;
	if (!take_head(place, major, &length) || length > left_bytes(place))
		return false;
	*ret_bytes = slice_from(place->at, (size_t)length);
	place->at += length;
	return true;
}

static inline bool take_text(struct place *place, slice *ret_text)
{
	return take_bytes(place, MAJOR_TEXT, ret_text) && (is_ascii(*ret_text, place->end) || utf8_valid(*ret_text));
}

static bool take_texts(struct place *place, struct record_texts *ret_texts, struct arena *arena)
{
	uint64_t count;
	if (!take_head(place, MAJOR_ARRAY, &count) || count > RECORD_TEXTS_MAX || count > left_bytes(place))
		return false;
	slice *items = ARENA_ARRAY(arena, (size_t)count, slice);
	if (!items)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take_text(place, &items[i]))
			return false;
	*ret_texts = (struct record_texts){items, (size_t)count};
	return true;
}

/* Adds to `*empty` where there is nothing in it: such a field is only there where it is required. */
static inline bool take_field(struct place *place, uint64_t key, struct record *record, struct arena *arena, uint64_t *empty)
{
	void *member = (char *)record + plain_fields[key].offset - 1;
	uint64_t value;
	switch ((enum record_type)plain_fields[key].type) {
	case RECORD_TEXT:
		if (!take_text(place, member))
			return false;
		value = ((slice *)member)->len;
		break;
	case RECORD_DIGEST:
		if (!take_bytes(place, MAJOR_BYTES, member))
			return false;
		value = ((slice *)member)->len;
		if (value != 0 && value != RECORD_DIGEST_BYTES)
			return false;
		break;
	case RECORD_TEXTS:
		if (!take_texts(place, member, arena))
			return false;
		value = ((struct record_texts *)member)->count;
		break;
	case RECORD_ENUM:
		if (!take_head(place, MAJOR_UNSIGNED, &value) || value >= enum_values[key])
			return false;
		*(unsigned *)member = (unsigned)value;
		break;
	case RECORD_NUMBER:
	case RECORD_TIME:
	default:
		if (!take_head(place, MAJOR_UNSIGNED, &value))
			return false;
		*(uint64_t *)member = value;
	}
	if (value == 0)
		*empty |= BIT(key);
	return true;
}

/* The map's head and its first entry, the version; `*ret_entries` are left. */
static bool take_version(struct place *place, uint64_t *ret_entries)
{
	uint64_t key, version;
	if (!take_head(place, MAJOR_MAP, ret_entries) || *ret_entries == 0)
		return false;
	(*ret_entries)--;
	return take_head(place, MAJOR_UNSIGNED, &key) && key == RECORD_KEY_VERSION &&
	       take_head(place, MAJOR_UNSIGNED, &version) && version == RECORD_VERSION;
}

bool record_plain_decode(slice bytes, struct record *ret_record, struct arena *arena)
{
	struct place place = {bytes.ptr, bytes.len ? bytes.ptr + bytes.len : bytes.ptr};
	uint64_t entries, seen = 0, empty = 0, last = RECORD_KEY_VERSION;
	*ret_record = (struct record){0};
	if (bytes.len > RECORD_BYTES_MAX || !take_version(&place, &entries))
		return false;
	for (; entries > 0; entries--) {
		uint64_t key;
		if (!take_head(&place, MAJOR_UNSIGNED, &key) || key <= last || key > KEYS_MAX || !plain_fields[key].offset)
			return false;
		if (!take_field(&place, key, ret_record, arena, &empty))
			return false;
		seen |= BIT(key);
		last = key;
	}
	uint64_t required = required_fields[ret_record->kind];
	return place.at == place.end && ret_record->kind != RECORD_NONE && ret_record->id.len > 0 && !(required & ~seen) &&
	       !(empty & ~required);
}
