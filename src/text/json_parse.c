#include "text/json.h"

#include "text/json_plain.h"
#include "text/json_sort.h"
#include "text/json_text.h"
#include "text/place.h"

#include <string.h>

#define BLOCK_NODES_FIRST 32u
#define BLOCK_NODES_MAX 256u
#define LINEAR_MEMBERS_MAX 16u /* up to here comparing all names with each other is cheapest */

struct reader {
	const char *at;
	const char *end;
	const char *start;
	struct json_node *block; /* nodes not yet given out */
	uint32_t block_left;
	uint32_t block_size;
	uint32_t depth;
	uint32_t node_count;
	struct json_limits limits;
	struct arena *arena;
	struct arena *strings; /* where they go that had to be decoded */
	struct fault *why;
};

/* The fault is told with line and column of `place`, counted only now. */
static enum error refuse(struct reader *reader, enum error code, const char *place, const char *sentence)
{
	struct text_place at = {0};
	size_t offset = (size_t)(place - reader->start);
	if (reader->why)
		text_place_move(&at, slice_from(reader->start, offset), offset);
	return FAIL(reader->why, code, "JSON line %u column %u: %s", at.line, at.column, sentence);
}

static enum error node_new(struct reader *reader, struct json_node **ret_node)
{
	if (reader->node_count == reader->limits.nodes_max)
		return refuse(reader, E_LIMIT, reader->at, "too many values");
	if (reader->block_left == 0) {
		reader->block_size = reader->block_size ? reader->block_size * 2 : BLOCK_NODES_FIRST;
		if (reader->block_size > BLOCK_NODES_MAX)
			reader->block_size = BLOCK_NODES_MAX;
		reader->block = ARENA_ARRAY(reader->arena, reader->block_size, struct json_node);
		if (!reader->block)
			return refuse(reader, E_MEMORY, reader->at, "no memory left");
		reader->block_left = reader->block_size;
	}
	reader->block_left--;
	reader->node_count++;
	*ret_node = reader->block++;
	return E_OK;
}

static inline void skip_space(struct reader *reader)
{
	reader->at = json_skip_space(reader->at, reader->end);
}

/* reader->at stands on the opening quote. */
static enum error read_string(struct reader *reader, slice *ret_string)
{
	const char *sentence = NULL, *start = reader->at + 1, *stop = json_skip_plain(start, reader->end);
	if (stop < reader->end && *stop == '"') {
		*ret_string = slice_from(start, (size_t)(stop - start));
		reader->at = stop + 1;
		return E_OK;
	}
	enum error error = json_text_read(&reader->at, reader->end, reader->strings, ret_string, &sentence);
	return error == E_OK ? E_OK : refuse(reader, error, reader->at, sentence);
}

static inline bool is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

static const char *skip_digits(const char *at, const char *end)
{
	while (is_digit(at, end))
		at++;
	return at;
}

static enum error read_number(struct reader *reader, struct json_node *node)
{
	const char *start = reader->at, *end = reader->end;
	const char *at = start + (*start == '-');
	if (!is_digit(at, end))
		return refuse(reader, E_SYNTAX, start, *start == '-' ? "no digit behind the minus" : "not a value");
	if (*at == '0' && is_digit(at + 1, end))
		return refuse(reader, E_SYNTAX, start, "a number with leading zeros");
	at = skip_digits(at, end);
	bool whole = true;
	if (at < end && *at == '.') {
		whole = false;
		if (!is_digit(at + 1, end))
			return refuse(reader, E_SYNTAX, at, "no digit behind the decimal point");
		at = skip_digits(at + 1, end);
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		whole = false;
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if (!is_digit(at, end))
			return refuse(reader, E_SYNTAX, at, "no digit in the exponent");
		at = skip_digits(at, end);
	}
	reader->at = at;
	slice literal = slice_from(start, (size_t)(at - start));
	bool minus_zero = literal.len == 2 && start[0] == '-' && start[1] == '0';
	node->type = whole && !minus_zero && slice_to_i64(literal, &node->integer) ? JSON_INT : JSON_NUMBER;
	return E_OK;
}

static enum error read_word(struct reader *reader, struct json_node *node, slice word, enum json_type type)
{
	if ((size_t)(reader->end - reader->at) < word.len || memcmp(reader->at, word.ptr, word.len) != 0)
		return refuse(reader, E_SYNTAX, reader->at, "not a value");
	reader->at += word.len;
	node->type = (unsigned char)type;
	node->boolean = word.ptr[0] == 't';
	return E_OK;
}

/* Any total order will do; length first because it is cheapest. */
static int key_order(const struct json_node *a, const struct json_node *b)
{
	if (a->key.len != b->key.len)
		return a->key.len < b->key.len ? -1 : 1;
	return a->key.len ? memcmp(a->key.ptr, b->key.ptr, a->key.len) : 0;
}

static enum error refuse_twin(struct reader *reader, const struct json_node *a, const struct json_node *b)
{
	uint32_t place = a->key_start > b->key_start ? a->key_start : b->key_start;
	return refuse(reader, E_SYNTAX, reader->start + place, "two members have the same name");
}

/* The length of a name with its first and its last bytes: names that differ mostly differ there. */
static uint64_t key_mark(slice key)
{
	uint64_t first = 0, last = 0;
	size_t some = key.len < sizeof(first) ? key.len : sizeof(first);
	if (some > 0) {
		memcpy(&first, key.ptr, some);
		memcpy(&last, key.ptr + key.len - some, some);
	}
	return (first ^ (last << 13 | last >> 51) ^ key.len) * UINT64_C(0x9e3779b97f4a7c15);
}

#define MARKS_BITS 12u
#define MARKED_MEMBERS_MAX 128u

/* True is certain, false only a doubt: whoever makes marks collide only has his names sorted. */
static bool keys_differ(const struct json_node *object)
{
	uint64_t seen[(1u << MARKS_BITS) / 64] = {0};
	if (object->count > MARKED_MEMBERS_MAX)
		return false;
	for (const struct json_node *node = object->children.first; node; node = node->next) {
		unsigned mark = (unsigned)(key_mark(node->key) >> (64 - MARKS_BITS));
		if (seen[mark / 64] >> (mark % 64) & 1)
			return false;
		seen[mark / 64] |= (uint64_t)1 << (mark % 64);
	}
	return true;
}

/* Sorting takes n log n whatever the names are; a hash that is to decide would need a secret. */
static enum error check_many_keys(struct reader *reader, const struct json_node *object)
{
	if (keys_differ(object))
		return E_OK;
	const struct json_node **nodes = json_sorted_members(object, key_order, reader->arena);
	if (!nodes)
		return refuse(reader, E_MEMORY, reader->at, "no memory left");
	for (size_t i = 1; i < object->count; i++)
		if (key_order(nodes[i - 1], nodes[i]) == 0)
			return refuse_twin(reader, nodes[i - 1], nodes[i]);
	return E_OK;
}

static enum error check_keys(struct reader *reader, const struct json_node *object)
{
	if (object->count > LINEAR_MEMBERS_MAX)
		return check_many_keys(reader, object);
	for (const struct json_node *a = object->children.first; a; a = a->next)
		for (const struct json_node *b = a->next; b; b = b->next)
			if (a->key.len == b->key.len && key_order(a, b) == 0)
				return refuse_twin(reader, a, b);
	return E_OK;
}

static void child_add(struct json_node *parent, struct json_node *child)
{
	if (parent->children.last)
		parent->children.last->next = child;
	else
		parent->children.first = child;
	parent->children.last = child;
	parent->count++;
}

/* A value up to where it ends, or, of an array or object, where its first child begins. */
static enum error read_value(struct reader *reader, struct json_node *node)
{
	node->start = (uint32_t)(reader->at - reader->start);
	if (reader->at == reader->end)
		return refuse(reader, E_SYNTAX, reader->at, "a value is missing");
	switch (*reader->at) {
	case '{':
	case '[':
		if (++reader->depth > reader->limits.depth_max)
			return refuse(reader, E_LIMIT, reader->at, "nested too deeply");
		node->type = *reader->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
		return E_OK;
	case '"':
		node->type = JSON_STRING;
		TRY(read_string(reader, &node->string));
		break;
	case 't':
		TRY(read_word(reader, node, SLICE("true"), JSON_BOOL));
		break;
	case 'f':
		TRY(read_word(reader, node, SLICE("false"), JSON_BOOL));
		break;
	case 'n':
		TRY(read_word(reader, node, SLICE("null"), JSON_NULL));
		break;
	default:
		TRY(read_number(reader, node));
		break;
	}
	node->end = (uint32_t)(reader->at - reader->start);
	return E_OK;
}

static enum error read_member_name(struct reader *reader, struct json_node *node)
{
	if (reader->at == reader->end || *reader->at != '"')
		return refuse(reader, E_SYNTAX, reader->at, "the name of a member must be a string");
	node->member = 1;
	node->key_start = (uint32_t)(reader->at - reader->start);
	TRY(read_string(reader, &node->key));
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != ':')
		return refuse(reader, E_SYNTAX, reader->at, "':' is missing behind the name of a member");
	reader->at++;
	skip_space(reader);
	return E_OK;
}

/* At the bracket that closes `*open`; while a value is open, its `next` holds the one around it. */
static enum error close_value(struct reader *reader, struct json_node **open)
{
	struct json_node *node = *open;
	reader->at++;
	reader->depth--;
	node->end = (uint32_t)(reader->at - reader->start);
	*open = node->next;
	node->next = NULL;
	return node->type == JSON_OBJECT ? check_keys(reader, node) : E_OK;
}

static enum error read_child(struct reader *reader, struct json_node **open)
{
	struct json_node *parent = *open, *child;
	TRY(node_new(reader, &child));
	if (parent->type == JSON_OBJECT)
		TRY(read_member_name(reader, child));
	TRY(read_value(reader, child));
	child_add(parent, child);
	if (child->type >= JSON_ARRAY) {
		child->next = parent;
		*open = child;
	}
	return E_OK;
}

static enum error read_document(struct reader *reader, struct json_node *root)
{
	struct json_node *open = root->type >= JSON_ARRAY ? root : NULL;
	while (open) {
		char closing = open->type == JSON_OBJECT ? '}' : ']';
		skip_space(reader);
		if (reader->at == reader->end)
			return refuse(reader, E_SYNTAX, reader->at, "the text ends too early");
		if (*reader->at == closing) {
			TRY(close_value(reader, &open));
			continue;
		}
		if (open->count > 0) {
			if (*reader->at != ',')
				return refuse(reader, E_SYNTAX, reader->at, "',' or the closing bracket is missing");
			reader->at++;
			skip_space(reader);
		}
		TRY(read_child(reader, &open));
	}
	return E_OK;
}

static struct json_limits limits_of(const struct json_limits *given)
{
	struct json_limits usual = JSON_LIMITS_DEFAULT;
	struct json_limits limits = given ? *given : usual;
	if (limits.bytes_max == 0)
		limits.bytes_max = usual.bytes_max;
	if (limits.bytes_max > UINT32_MAX)
		limits.bytes_max = UINT32_MAX;
	if (limits.depth_max == 0)
		limits.depth_max = usual.depth_max;
	if (limits.depth_max > JSON_DEPTH_MAX)
		limits.depth_max = JSON_DEPTH_MAX;
	if (limits.nodes_max == 0)
		limits.nodes_max = usual.nodes_max;
	return limits;
}

enum error json_parse(struct json_doc *doc, slice text, const struct json_limits *limits, struct arena *arena,
		      struct fault *why)
{
	return json_parse_apart(doc, text, limits, arena, arena, why);
}

enum error json_parse_apart(struct json_doc *doc, slice text, const struct json_limits *limits, struct arena *nodes,
			    struct arena *strings, struct fault *why)
{
	struct reader reader = {.at = text.ptr, .start = text.ptr, .limits = limits_of(limits), .arena = nodes,
				.strings = strings, .why = why};
	*doc = (struct json_doc){0};
	if (text.len > reader.limits.bytes_max)
		return FAIL(why, E_LIMIT, "JSON of %zu bytes, at most %zu are read", text.len, reader.limits.bytes_max);
	if (text.len == 0)
		return FAIL(why, E_SYNTAX, "empty where JSON is expected");
	reader.end = text.ptr + text.len;
	if (slice_starts_with(text, SLICE("\xef\xbb\xbf")))
		return refuse(&reader, E_SYNTAX, reader.at, "a byte order mark");
	struct json_node *root;
	skip_space(&reader);
	TRY(node_new(&reader, &root));
	TRY(read_value(&reader, root));
	TRY(read_document(&reader, root));
	skip_space(&reader);
	if (reader.at != reader.end)
		return refuse(&reader, E_SYNTAX, reader.at, "bytes after the value");
	*doc = (struct json_doc){.text = text, .root = root, .node_count = reader.node_count};
	return E_OK;
}

enum error json_parse_at(struct json_doc *doc, slice text, size_t *at, const struct json_limits *limits,
			 struct arena *arena, struct fault *why)
{
	struct reader reader = {.at = text.ptr + *at, .start = text.ptr, .end = text.ptr + text.len,
				.limits = limits_of(limits), .arena = arena, .strings = arena, .why = why};
	*doc = (struct json_doc){0};
	if (text.len > reader.limits.bytes_max)
		return FAIL(why, E_LIMIT, "JSON of %zu bytes, at most %zu are read", text.len, reader.limits.bytes_max);
	struct json_node *root;
	skip_space(&reader);
	TRY(node_new(&reader, &root));
	TRY(read_value(&reader, root));
	TRY(read_document(&reader, root));
	*doc = (struct json_doc){.text = text, .root = root, .node_count = reader.node_count};
	*at = (size_t)(reader.at - text.ptr);
	return E_OK;
}
