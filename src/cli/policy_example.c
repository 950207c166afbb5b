/* Examples of an analysis, as they are shown. */
#include "cli/policy.h"

#include "text/json_writer.h"

#define EXAMPLE_BYTES_MAX (4u << 20)
#define IDS_SHOWN_MAX 4u

void policy_write_ids(struct buffer *out, const struct cedar_policyset *set, const uint32_t *policies, size_t count)
{
	for (size_t i = 0; i < count && i < IDS_SHOWN_MAX; i++) {
		buffer_add_text(out, i ? ", " : "");
		buffer_add(out, cedar_policyset_info(set, policies[i]).id);
	}
	if (count > IDS_SHOWN_MAX)
		buffer_print(out, " and %zu more", count - IDS_SHOWN_MAX);
}

/* In single quotes, as a shell reads it. */
static void add_word(struct buffer *out, const char *option, slice word)
{
	buffer_print(out, " --%s '", option);
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] == '\'')
			buffer_add_text(out, "'\\''");
		else
			buffer_add_byte(out, word.ptr[i]);
	buffer_add_byte(out, '\'');
}

static enum error take(struct buffer *out, struct arena *arena, slice *ret_text, struct fault *why)
{
	enum error code = buffer_check(out, why);
	*ret_text = arena_copy(arena, buffer_slice(out));
	buffer_free(out);
	if (code != E_OK)
		return code;
	return ret_text->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for an example");
}

enum error policy_example_hint(struct arena *arena, const struct analysis_example *example, slice *ret_text,
			       struct fault *why)
{
	struct buffer out;
	buffer_init(&out, EXAMPLE_BYTES_MAX);
	buffer_add_text(&out, "example:");
	add_word(&out, "principal", example->principal);
	add_word(&out, "action", example->action);
	add_word(&out, "resource", example->resource);
	if (!slice_equal(example->context, SLICE("{}")))
		add_word(&out, "context", example->context);
	buffer_add_byte(&out, '\n');
	if (!slice_equal(example->entities, SLICE("[]")))
		buffer_print(&out, "entities: %.*s\n", SLICE_ARG(example->entities));
	return take(&out, arena, ret_text, why);
}

enum error policy_example_json(struct arena *arena, const struct analysis_example *example, slice *ret_json,
			       struct fault *why)
{
	struct buffer out;
	struct json_writer writer;
	buffer_init(&out, EXAMPLE_BYTES_MAX);
	json_writer_init(&writer, &out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "principal", example->principal);
	json_put_string(&writer, "action", example->action);
	json_put_string(&writer, "resource", example->resource);
	json_write_key(&writer, SLICE("context"));
	json_write_raw(&writer, example->context);
	json_write_key(&writer, SLICE("entities"));
	json_write_raw(&writer, example->entities);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, why);
	if (code != E_OK) {
		buffer_free(&out);
		return code;
	}
	return take(&out, arena, ret_json, why);
}
