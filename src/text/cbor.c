#include "text/cbor.h"

#include "text/utf8.h"

#include <assert.h>

/* RFC 8949 3: the high three bits of the first byte. */
enum { MAJOR_UNSIGNED = 0, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_SIMPLE = 7 };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22 };

/* Levels whose last item came are complete. */
static void close_levels(struct cbor_level *levels, unsigned *depth)
{
	while (*depth > 0 && levels[*depth - 1].left == 0)
		(*depth)--;
}

static bool key_is_next(const struct cbor_level *level)
{
	return level->map && level->left % 2 == 0;
}

/* False where `key` may not come now. */
static bool take_key(struct cbor_level *level, uint64_t key)
{
	if (level->last_key || key < level->key_next)
		return false;
	level->last_key = key == UINT64_MAX;
	level->key_next = key + 1;
	return true;
}

static bool level_open(struct cbor_level *levels, unsigned *depth, bool map, uint64_t count)
{
	if (*depth == CBOR_DEPTH_MAX || (map && count > UINT64_MAX / 2))
		return false;
	levels[(*depth)++] = (struct cbor_level){.left = map ? count * 2 : count, .map = map};
	return true;
}

void cbor_writer_init(struct cbor_writer *writer, struct buffer *buffer)
{
	*writer = (struct cbor_writer){.buffer = buffer};
}

enum error cbor_writer_end(const struct cbor_writer *writer, struct fault *why)
{
	assert(writer->depth == 0);
	return buffer_check(writer->buffer, why);
}

#define HEAD_BYTES_MAX 9u

static void put_long_head(struct buffer *buffer, unsigned major, uint64_t value)
{
	unsigned size = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
	static const unsigned char info[9] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};
	buffer_add_byte(buffer, (char)(major << 5 | (size ? info[size] : (unsigned)value)));
	for (unsigned i = size; i-- > 0;)
		buffer_add_byte(buffer, (char)(value >> (8 * i)));
}

static inline void put_head(struct buffer *buffer, unsigned major, uint64_t value)
{
	/* Most heads are short, and there is room. */
	if (value <= 0xff && !buffer->failed && buffer->size - buffer->len >= HEAD_BYTES_MAX) {
		unsigned char *to = (unsigned char *)buffer->ptr + buffer->len;
		to[0] = (unsigned char)(major << 5 | (value < 24 ? (unsigned)value : 24));
		to[1] = (unsigned char)value;
		buffer->len += value < 24 ? 1 : 2;
		return;
	}
	put_long_head(buffer, major, value);
}

/* The head of what comes next, counted where it stands. */
static inline void take_place(struct cbor_writer *writer, unsigned major, uint64_t value)
{
	if (writer->depth > 0) {
		struct cbor_level *level = &writer->levels[writer->depth - 1];
		if (key_is_next(level)) {
			bool ascending = major == MAJOR_UNSIGNED && take_key(level, value);
			assert(ascending);
		}
		level->left--;
	}
	put_head(writer->buffer, major, value);
}

static inline void put(struct cbor_writer *writer, unsigned major, uint64_t value)
{
	take_place(writer, major, value);
	close_levels(writer->levels, &writer->depth);
}

static void put_container(struct cbor_writer *writer, unsigned major, uint64_t count)
{
	take_place(writer, major, count);
	bool opened = level_open(writer->levels, &writer->depth, major == MAJOR_MAP, count);
	assert(opened);
	close_levels(writer->levels, &writer->depth);
}

void cbor_put_u64(struct cbor_writer *writer, uint64_t value)
{
	put(writer, MAJOR_UNSIGNED, value);
}

void cbor_put_i64(struct cbor_writer *writer, int64_t value)
{
	if (value < 0)
		put(writer, MAJOR_NEGATIVE, ~(uint64_t)value);
	else
		put(writer, MAJOR_UNSIGNED, (uint64_t)value);
}

void cbor_put_bytes(struct cbor_writer *writer, slice bytes)
{
	put(writer, MAJOR_BYTES, bytes.len);
	buffer_add(writer->buffer, bytes);
}

void cbor_put_text(struct cbor_writer *writer, slice text)
{
	if (!utf8_valid(text))
		writer->buffer->failed = true;
	cbor_put_utf8(writer, text);
}

void cbor_put_utf8(struct cbor_writer *writer, slice text)
{
	put(writer, MAJOR_TEXT, text.len);
	buffer_add(writer->buffer, text);
}

void cbor_put_bool(struct cbor_writer *writer, bool value)
{
	put(writer, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_put_null(struct cbor_writer *writer)
{
	put(writer, MAJOR_SIMPLE, SIMPLE_NULL);
}

void cbor_put_array(struct cbor_writer *writer, uint64_t count)
{
	put_container(writer, MAJOR_ARRAY, count);
}

void cbor_put_map(struct cbor_writer *writer, uint64_t count)
{
	put_container(writer, MAJOR_MAP, count);
}

void cbor_reader_init(struct cbor_reader *reader, slice bytes)
{
	*reader = (struct cbor_reader){.at = bytes.ptr, .end = bytes.len ? bytes.ptr + bytes.len : bytes.ptr};
}

static size_t left_bytes(const struct cbor_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static enum error read_head(struct cbor_reader *reader, unsigned *ret_major, uint64_t *ret_value, struct fault *why)
{
	if (left_bytes(reader) == 0)
		return FAIL(why, E_SYNTAX, "CBOR ends too early");
	unsigned char first = (unsigned char)*reader->at++;
	unsigned info = first & 31;
	*ret_major = first >> 5;
	*ret_value = info;
	if (info < 24)
		return E_OK;
	if (info > 27 || *ret_major == MAJOR_SIMPLE)
		return FAIL(why, E_SYNTAX, "CBOR of a kind that is not read here (first byte 0x%02x)", first);
	unsigned size = 1u << (info - 24);
	if (left_bytes(reader) < size)
		return FAIL(why, E_SYNTAX, "CBOR ends too early");
	uint64_t value = 0;
	for (unsigned i = 0; i < size; i++)
		value = value << 8 | (unsigned char)*reader->at++;
	uint64_t least = size == 1 ? 24 : (uint64_t)1 << (4 * size);
	if (value < least)
		return FAIL(why, E_SYNTAX, "a CBOR number that is not written in the shortest way");
	*ret_value = value;
	return E_OK;
}

static enum error read_bytes(struct cbor_reader *reader, struct cbor_item *item, struct fault *why)
{
	if (item->value > left_bytes(reader))
		return FAIL(why, E_SYNTAX, "a CBOR string that is longer than the input");
	item->bytes = slice_from(reader->at, (size_t)item->value);
	reader->at += item->value;
	if (item->type == CBOR_TEXT && !utf8_valid(item->bytes))
		return FAIL(why, E_SYNTAX, "a CBOR text that is not UTF-8");
	return E_OK;
}

static enum error read_simple(struct cbor_item *item, struct fault *why)
{
	if (item->value < SIMPLE_FALSE || item->value > SIMPLE_NULL)
		return FAIL(why, E_SYNTAX, "a CBOR simple value that is not read here");
	item->type = item->value == SIMPLE_NULL ? CBOR_NULL : CBOR_BOOL;
	item->value = item->value == SIMPLE_TRUE;
	return E_OK;
}

static enum error open_container(struct cbor_reader *reader, const struct cbor_item *item, struct fault *why)
{
	/* Every item has at least one byte, so a count beyond the rest is a lie. */
	bool map = item->type == CBOR_MAP;
	if (item->value > left_bytes(reader) / (map ? 2 : 1))
		return FAIL(why, E_SYNTAX, "a CBOR count that is larger than the input");
	if (!level_open(reader->levels, &reader->depth, map, item->value))
		return FAIL(why, E_LIMIT, "CBOR nested deeper than %u", CBOR_DEPTH_MAX);
	return E_OK;
}

/* Counts the item in the level it stands in. */
static enum error enter(struct cbor_reader *reader, unsigned major, uint64_t value, struct fault *why)
{
	if (reader->depth == 0) {
		reader->begun = true;
		return E_OK;
	}
	struct cbor_level *level = &reader->levels[reader->depth - 1];
	if (key_is_next(level)) {
		if (major != MAJOR_UNSIGNED)
			return FAIL(why, E_SYNTAX, "a CBOR map key that is not an unsigned number");
		if (!take_key(level, value))
			return FAIL(why, E_SYNTAX, "CBOR map keys that do not ascend (%llu)", (unsigned long long)value);
	}
	level->left--;
	return E_OK;
}

enum error cbor_next(struct cbor_reader *reader, struct cbor_item *ret_item, struct fault *why)
{
	static const enum cbor_type types[8] = {CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT,
						CBOR_ARRAY,    CBOR_MAP,      CBOR_NULL,  CBOR_NULL};
	unsigned major = 0;
	struct cbor_item item = {0};
	if (reader->depth == 0 && reader->begun)
		return FAIL(why, E_SYNTAX, "no CBOR item left");
	TRY(read_head(reader, &major, &item.value, why));
	if (major == 6)
		return FAIL(why, E_SYNTAX, "a CBOR tag, which is not read here");
	TRY(enter(reader, major, item.value, why));
	item.type = types[major];
	if (major == MAJOR_BYTES || major == MAJOR_TEXT)
		TRY(read_bytes(reader, &item, why));
	else if (major == MAJOR_ARRAY || major == MAJOR_MAP)
		TRY(open_container(reader, &item, why));
	else if (major == MAJOR_SIMPLE)
		TRY(read_simple(&item, why));
	close_levels(reader->levels, &reader->depth);
	*ret_item = item;
	return E_OK;
}

enum error cbor_expect(struct cbor_reader *reader, enum cbor_type type, struct cbor_item *ret_item, struct fault *why)
{
	static const char *const names[] = {[CBOR_NULL] = "null",   [CBOR_BOOL] = "bool",   [CBOR_UNSIGNED] = "unsigned",
					    [CBOR_NEGATIVE] = "negative", [CBOR_BYTES] = "bytes", [CBOR_TEXT] = "text",
					    [CBOR_ARRAY] = "array", [CBOR_MAP] = "map"};
	TRY(cbor_next(reader, ret_item, why));
	if (ret_item->type != type)
		return FAIL(why, E_TYPE, "CBOR %s where %s is expected", names[ret_item->type], names[type]);
	return E_OK;
}

enum error cbor_read_u64(struct cbor_reader *reader, uint64_t *ret_value, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_UNSIGNED, &item, why));
	*ret_value = item.value;
	return E_OK;
}

enum error cbor_read_i64(struct cbor_reader *reader, int64_t *ret_value, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_next(reader, &item, why));
	if (item.type != CBOR_UNSIGNED && item.type != CBOR_NEGATIVE)
		return FAIL(why, E_TYPE, "CBOR that is not an integer where one is expected");
	if (item.value > INT64_MAX)
		return FAIL(why, E_OVERFLOW, "a CBOR integer that does not fit into 64 bits with a sign");
	*ret_value = item.type == CBOR_NEGATIVE ? -1 - (int64_t)item.value : (int64_t)item.value;
	return E_OK;
}

enum error cbor_read_bool(struct cbor_reader *reader, bool *ret_value, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_BOOL, &item, why));
	*ret_value = item.value;
	return E_OK;
}

enum error cbor_read_bytes(struct cbor_reader *reader, slice *ret_bytes, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_BYTES, &item, why));
	*ret_bytes = item.bytes;
	return E_OK;
}

enum error cbor_read_text(struct cbor_reader *reader, slice *ret_text, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_TEXT, &item, why));
	*ret_text = item.bytes;
	return E_OK;
}

enum error cbor_read_array(struct cbor_reader *reader, uint64_t *ret_count, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_ARRAY, &item, why));
	*ret_count = item.value;
	return E_OK;
}

enum error cbor_read_map(struct cbor_reader *reader, uint64_t *ret_count, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_expect(reader, CBOR_MAP, &item, why));
	*ret_count = item.value;
	return E_OK;
}

enum error cbor_skip(struct cbor_reader *reader, slice *ret_span, struct fault *why)
{
	const char *start = reader->at;
	struct cbor_item item;
	/* Items still to come of this value; no count is larger than the input, so the sum cannot overflow. */
	uint64_t items = 1;
	while (items > 0) {
		TRY(cbor_next(reader, &item, why));
		items--;
		if (item.type == CBOR_ARRAY || item.type == CBOR_MAP)
			items += item.type == CBOR_MAP ? item.value * 2 : item.value;
	}
	if (ret_span)
		*ret_span = slice_from(start, (size_t)(reader->at - start));
	return E_OK;
}

enum error cbor_end(const struct cbor_reader *reader, struct fault *why)
{
	if (reader->depth > 0 || !reader->begun)
		return FAIL(why, E_SYNTAX, "the CBOR value is not complete");
	if (left_bytes(reader) > 0)
		return FAIL(why, E_SYNTAX, "%zu bytes after the CBOR value", left_bytes(reader));
	return E_OK;
}
