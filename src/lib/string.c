#include "lib/inside.h"

#include "base/memory.h"

#define STRING_BYTES_MAX (512u * 1024u * 1024u)

struct tip_string {
	struct buffer text;
};

/* What is to be written, and how. */
struct writing {
	const struct cedar_policyset *set;
	const struct cedar_schema *schema;
	size_t index;
	slice name;
	slice text;
	enum error (*write)(struct lib_call *call, const struct writing *writing, struct buffer *out);
};

static enum error format_text(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	return cedar_format(writing->name, writing->text, out, &call->problem, &call->why);
}

static enum error write_policy_text(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	(void)call;
	cedar_policy_write_text(writing->set, writing->index, out);
	return E_OK;
}

static enum error write_policy_json(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	(void)call;
	cedar_policy_write_json(writing->set, writing->index, out);
	return E_OK;
}

static enum error write_set_json(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	(void)call;
	cedar_policyset_write_json(writing->set, out);
	return E_OK;
}

static enum error write_schema_text(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	return cedar_schema_write_text(writing->schema, out, &call->why);
}

static enum error write_schema_json(struct lib_call *call, const struct writing *writing, struct buffer *out)
{
	return cedar_schema_write_json(writing->schema, out, &call->why);
}

/* `*writing` is complete, or `code` says why it cannot be. */
static int finish(struct lib_call *call, enum error code, const struct writing *writing, struct tip_string **ret_string,
		  struct tip_error *error)
{
	struct tip_string *string = NULL;
	if (code == E_OK && !(string = memory_alloc(sizeof(*string))))
		code = FAIL(&call->why, E_MEMORY, "no memory for a text");
	if (code == E_OK) {
		buffer_init(&string->text, STRING_BYTES_MAX);
		code = writing->write(call, writing, &string->text);
	}
	if (code == E_OK) {
		buffer_add_byte(&string->text, '\0');
		code = buffer_check(&string->text, &call->why);
	}
	if (code == E_OK)
		*ret_string = string;
	else
		tip_string_free(string);
	return lib_call_end(call, code, error);
}

static enum error start(struct lib_call *call, struct tip_string **ret_string)
{
	if (ret_string)
		*ret_string = NULL;
	TRY(lib_call_start(call));
	return ret_string ? E_OK : FAIL(&call->why, E_USAGE, "there is no place for the text");
}

static enum error need(struct lib_call *call, const void *handle, const char *what)
{
	return handle ? E_OK : FAIL(&call->why, E_USAGE, "there is no %s", what);
}

static enum error need_format(struct lib_call *call, int format)
{
	return format == TIP_CEDAR || format == TIP_JSON ? E_OK : FAIL(&call->why, E_USAGE, "%d is no format", format);
}

struct tip_text tip_string_text(const struct tip_string *string)
{
	return string ? (struct tip_text){string->text.ptr, string->text.len - 1} : (struct tip_text){NULL, 0};
}

void tip_string_free(struct tip_string *string)
{
	if (!string)
		return;
	buffer_free(&string->text);
	memory_free(string);
}

int tip_format(const char *text, size_t len, const struct tip_parse_options *options, struct tip_string **ret_string,
	       struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known = {.size = 0};
	enum error code = start(&call, ret_string);
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK && known.format != TIP_CEDAR)
		code = FAIL(&call.why, E_USAGE, "only text of the language has a layout");
	const struct writing writing = {.name = lib_slice(known.name), .text = {text, len}, .write = format_text};
	return finish(&call, code, &writing, ret_string, error);
}

static enum error find_policy(struct lib_call *call, const struct tip_policyset *set, size_t index)
{
	TRY(need(call, set, "policy set"));
	if (index >= cedar_policyset_count(set->set))
		return FAIL(&call->why, E_NOT_FOUND, "there are %zu policies", cedar_policyset_count(set->set));
	return E_OK;
}

int tip_policy_write(const struct tip_policyset *set, size_t index, int format, struct tip_string **ret_string,
		     struct tip_error *error)
{
	struct lib_call call;
	struct writing writing = {.index = index, .write = format == TIP_JSON ? write_policy_json : write_policy_text};
	enum error code = start(&call, ret_string);
	if (code == E_OK)
		code = need_format(&call, format);
	if (code == E_OK)
		code = find_policy(&call, set, index);
	if (code == E_OK)
		writing.set = set->set;
	return finish(&call, code, &writing, ret_string, error);
}

int tip_policyset_write_json(const struct tip_policyset *set, struct tip_string **ret_string, struct tip_error *error)
{
	struct lib_call call;
	struct writing writing = {.write = write_set_json};
	enum error code = start(&call, ret_string);
	if (code == E_OK)
		code = need(&call, set, "policy set");
	if (code == E_OK)
		writing.set = set->set;
	return finish(&call, code, &writing, ret_string, error);
}

int tip_schema_write(const struct tip_schema *schema, int format, struct tip_string **ret_string, struct tip_error *error)
{
	struct lib_call call;
	struct writing writing = {.write = format == TIP_JSON ? write_schema_json : write_schema_text};
	enum error code = start(&call, ret_string);
	if (code == E_OK)
		code = need_format(&call, format);
	if (code == E_OK)
		code = need(&call, schema, "schema");
	if (code == E_OK)
		writing.schema = schema->schema;
	return finish(&call, code, &writing, ret_string, error);
}
