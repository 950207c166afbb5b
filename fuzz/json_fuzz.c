/* Whatever parses can be written, parses again and means the same; spans lie in the text. */
#include "fuzz.h"

#include "text/jcs.h"
#include "text/json_writer.h"

static void check_spans(const struct json_doc *doc, const struct json_node *node)
{
	assert(node->start < node->end && node->end <= doc->text.len);
	uint32_t count = 0;
	for (const struct json_node *child = json_first(node); child; child = json_next(child), count++) {
		assert(child->start > node->start && child->end < node->end);
		assert(node->type != JSON_OBJECT || json_get(doc, node, child->key) == child);
		check_spans(doc, child);
	}
	assert(node->type < JSON_ARRAY || count == node->count);
}

static enum error canonical(struct buffer *to, const struct json_doc *doc, struct arena *arena)
{
	buffer_init(to, 16u << 20);
	return jcs_write(to, doc, json_root(doc), JCS_EXACT_INTEGERS, arena, NULL);
}

static void check_copy(const struct json_doc *doc, enum json_style style, struct arena *arena)
{
	struct buffer text, first, second;
	struct json_writer writer;
	struct json_doc copy;
	buffer_init(&text, 16u << 20);
	json_writer_init(&writer, &text, style);
	json_write_node(&writer, doc, json_root(doc));
	enum error error = json_writer_end(&writer, NULL);
	assert(error == E_OK);
	error = json_parse(&copy, buffer_slice(&text), NULL, arena, NULL);
	assert(error == E_OK && copy.node_count == doc->node_count);
	enum error one = canonical(&first, doc, arena), two = canonical(&second, &copy, arena);
	assert(one == two && (one != E_OK || slice_equal(buffer_slice(&first), buffer_slice(&second))));
	buffer_free(&text);
	buffer_free(&first);
	buffer_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena arena;
	struct json_doc doc;
	struct fault why;
	/* Room for canonical forms, which are never refused for memory here. */
	arena_init(&arena, 256u << 20);
	if (length < 65536 && json_parse(&doc, slice_from(bytes, length), NULL, &arena, &why) == E_OK) {
		check_spans(&doc, json_root(&doc));
		check_copy(&doc, JSON_COMPACT, &arena);
		check_copy(&doc, JSON_PRETTY, &arena);
	}
	arena_free(&arena);
	return 0;
}
