#include "daemon/yaml.h"

#include <stdio.h>
#include <yaml.h>

/* One reading of one text. */
struct reader {
	yaml_parser_t parser;
	const char *source;
	struct arena *arena;
	size_t nodes;
	struct fault *why;
};

/* Children are appended here while they are read. */
struct children {
	struct yaml_node *parent; /* NULL: the list of documents */
	struct yaml_node *last;
	const struct yaml_node **first;
};

#define FAIL_MARK(reader, code, mark, says)                                                                            \
	FAIL((reader)->why, (code), "%s:%u:%u: %s", (reader)->source, (unsigned)(mark).line + 1,                       \
	     (unsigned)(mark).column + 1, (says))

static enum error next_event(struct reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return E_OK;
	yaml_parser_t *parser = &reader->parser;
	if (parser->error == YAML_MEMORY_ERROR)
		return FAIL(reader->why, E_MEMORY, "no memory for reading %s", reader->source);
	if (parser->error == YAML_READER_ERROR)
		return FAIL(reader->why, E_SYNTAX, "%s:1:1: byte %zu: %s", reader->source, parser->problem_offset,
			    parser->problem ? parser->problem : "unreadable");
	return FAIL_MARK(reader, E_SYNTAX, parser->problem_mark, parser->problem ? parser->problem : "not YAML");
}

static enum error refuse_marks(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
			       const yaml_char_t *tag)
{
	if (anchor)
		return FAIL_MARK(reader, E_SYNTAX, event->start_mark, "anchors are not accepted; write the value out");
	if (tag)
		return FAIL_MARK(reader, E_SYNTAX, event->start_mark, "tags are not accepted; quote text instead");
	return E_OK;
}

static enum error add_node(struct reader *reader, struct children *to, const yaml_event_t *event, enum yaml_type type,
			   struct yaml_node **ret_node)
{
	if (++reader->nodes > YAML_NODES_MAX)
		return FAIL_MARK(reader, E_LIMIT, event->start_mark, "too many values in one file");
	struct yaml_node *node = ARENA_NEW(reader->arena, struct yaml_node);
	if (!node)
		return FAIL(reader->why, E_MEMORY, "no memory for %s", reader->source);
	node->type = type;
	node->source = reader->source;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	if (to->last)
		to->last->next = node;
	else
		*to->first = node;
	to->last = node;
	if (to->parent)
		to->parent->count++;
	*ret_node = node;
	return E_OK;
}

static enum error copy_text(struct reader *reader, const yaml_event_t *event, slice *ret_text)
{
	*ret_text = arena_copy(reader->arena, slice_from(event->data.scalar.value, event->data.scalar.length));
	if (!ret_text->ptr && event->data.scalar.length > 0)
		return FAIL(reader->why, E_MEMORY, "no memory for %s", reader->source);
	return E_OK;
}

static enum error read_node(struct reader *reader, struct children *to, const yaml_event_t *event, unsigned depth,
			    struct yaml_node **ret_node);

static enum error read_items(struct reader *reader, struct yaml_node *sequence, unsigned depth)
{
	struct children children = {sequence, NULL, &sequence->first};
	for (;;) {
		yaml_event_t event;
		struct yaml_node *item;
		TRY(next_event(reader, &event));
		bool end = event.type == YAML_SEQUENCE_END_EVENT;
		enum error code = end ? E_OK : read_node(reader, &children, &event, depth + 1, &item);
		yaml_event_delete(&event);
		if (end || code != E_OK)
			return code;
	}
}

/* A key as read: its text and place. */
struct key {
	slice text;
	yaml_mark_t mark;
};

static enum error read_key(struct reader *reader, const struct yaml_node *mapping, const yaml_event_t *event,
			   struct key *ret_key)
{
	if (event->type == YAML_ALIAS_EVENT)
		return FAIL_MARK(reader, E_SYNTAX, event->start_mark, "aliases are not accepted; write the value out");
	if (event->type != YAML_SCALAR_EVENT)
		return FAIL_MARK(reader, E_SYNTAX, event->start_mark, "a key must be text");
	TRY(refuse_marks(reader, event, event->data.scalar.anchor, event->data.scalar.tag));
	ret_key->mark = event->start_mark;
	TRY(copy_text(reader, event, &ret_key->text));
	if (mapping->count >= YAML_KEYS_MAX)
		return FAIL_MARK(reader, E_LIMIT, event->start_mark, "too many keys in one mapping");
	const struct yaml_node *same = yaml_get(mapping, ret_key->text);
	if (!same)
		return E_OK;
	char says[160];
	snprintf(says, sizeof(says), "duplicate key `%.*s`, first given in line %u",
		 ret_key->text.len > 64 ? 64 : (int)ret_key->text.len, ret_key->text.ptr, same->key_line);
	return FAIL_MARK(reader, E_SYNTAX, event->start_mark, says);
}

static enum error read_pairs(struct reader *reader, struct yaml_node *mapping, unsigned depth)
{
	struct children children = {mapping, NULL, &mapping->first};
	for (;;) {
		yaml_event_t event;
		struct key key = {0};
		struct yaml_node *value;
		TRY(next_event(reader, &event));
		bool end = event.type == YAML_MAPPING_END_EVENT;
		enum error code = end ? E_OK : read_key(reader, mapping, &event, &key);
		yaml_event_delete(&event);
		if (end || code != E_OK)
			return code;
		TRY(next_event(reader, &event));
		code = read_node(reader, &children, &event, depth + 1, &value);
		yaml_event_delete(&event);
		TRY(code);
		value->key = key.text;
		value->key_line = (unsigned)key.mark.line + 1;
		value->key_column = (unsigned)key.mark.column + 1;
	}
}

static enum error read_node(struct reader *reader, struct children *to, const yaml_event_t *event, unsigned depth,
			    struct yaml_node **ret_node)
{
	if (depth > YAML_DEPTH_MAX)
		return FAIL_MARK(reader, E_LIMIT, event->start_mark, "nested too deeply");
	/* libyaml has more events than can begin a node. */
	if (event->type == YAML_SCALAR_EVENT) {
		TRY(refuse_marks(reader, event, event->data.scalar.anchor, event->data.scalar.tag));
		TRY(add_node(reader, to, event, YAML_SCALAR, ret_node));
		(*ret_node)->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		return copy_text(reader, event, &(*ret_node)->text);
	}
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		TRY(refuse_marks(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag));
		TRY(add_node(reader, to, event, YAML_SEQUENCE, ret_node));
		return read_items(reader, *ret_node, depth);
	}
	if (event->type == YAML_MAPPING_START_EVENT) {
		TRY(refuse_marks(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag));
		TRY(add_node(reader, to, event, YAML_MAPPING, ret_node));
		return read_pairs(reader, *ret_node, depth);
	}
	return FAIL_MARK(reader, E_SYNTAX, event->start_mark, "aliases are not accepted; write the value out");
}

static bool is_empty(const struct yaml_node *node)
{
	return node->type == YAML_SCALAR && !node->quoted && node->text.len == 0;
}

static enum error read_document(struct reader *reader, struct children *documents, const yaml_event_t *start)
{
	if (start->data.document_start.version_directive ||
	    start->data.document_start.tag_directives.start != start->data.document_start.tag_directives.end)
		return FAIL_MARK(reader, E_SYNTAX, start->start_mark, "directives are not accepted");
	yaml_event_t event;
	const struct yaml_node *first = NULL;
	struct children one = {NULL, NULL, &first};
	struct yaml_node *root = NULL;
	TRY(next_event(reader, &event));
	enum error code = read_node(reader, &one, &event, 1, &root);
	yaml_event_delete(&event);
	TRY(code);
	if (is_empty(root))
		return E_OK;
	if (documents->last)
		documents->last->next = root;
	else
		*documents->first = root;
	documents->last = root;
	return E_OK;
}

static enum error read_stream(struct reader *reader, struct children *documents)
{
	unsigned count = 0;
	for (;;) {
		yaml_event_t event;
		TRY(next_event(reader, &event));
		bool end = event.type == YAML_STREAM_END_EVENT;
		enum error code = E_OK;
		if (event.type == YAML_DOCUMENT_START_EVENT) {
			code = ++count > YAML_DOCUMENTS_MAX
				? FAIL_MARK(reader, E_LIMIT, event.start_mark, "too many documents in one file")
				: read_document(reader, documents, &event);
		}
		yaml_event_delete(&event);
		if (end || code != E_OK)
			return code;
	}
}

enum error yaml_parse_all(slice text, const char *source, struct arena *arena, const struct yaml_node **ret_first,
			  struct fault *why)
{
	*ret_first = NULL;
	if (text.len > YAML_BYTES_MAX)
		return FAIL(why, E_LIMIT, "%s:1:1: longer than %u bytes", source, YAML_BYTES_MAX);
	if (slice_starts_with(text, SLICE("\xEF\xBB\xBF")))
		return FAIL(why, E_SYNTAX, "%s:1:1: begins with a byte order mark; remove it", source);
	struct reader reader = {.source = source, .arena = arena, .why = why};
	if (!yaml_parser_initialize(&reader.parser))
		return FAIL(why, E_MEMORY, "no memory for reading %s", source);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
	const struct yaml_node *first = NULL;
	struct children documents = {NULL, NULL, &first};
	enum error code = read_stream(&reader, &documents);
	yaml_parser_delete(&reader.parser);
	if (code == E_OK)
		*ret_first = first;
	return code;
}

enum error yaml_parse(slice text, const char *source, struct arena *arena, const struct yaml_node **ret_root,
		      struct fault *why)
{
	const struct yaml_node *first;
	*ret_root = NULL;
	TRY(yaml_parse_all(text, source, arena, &first, why));
	if (first && first->next)
		return yaml_fail(first->next, why, E_SYNTAX, "a second document; only one is expected here");
	*ret_root = first;
	return E_OK;
}
