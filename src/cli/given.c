#include "cli/given.h"

#include "daemon/files.h"
#include "text/time.h"

#include <string.h>

/* Where an option is shorter than its field. */
static const struct {
	enum kind kind; /* KIND_UNKNOWN: all */
	slice field;
	const char *option;
} short_names[] = {
	{KIND_UNKNOWN, SLICE_INIT("tools"), "tool"},
	{KIND_UNKNOWN, SLICE_INIT("targets"), "target"},
	{KIND_GRANT, SLICE_INIT("purpose_id"), "purpose"},
	{KIND_TOOL, SLICE_INIT("server"), "from"}, /* --server is where Tipstaff is */
};

static const char *option_name(const struct kind_row *kind, const struct field *field, char name[64])
{
	for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++)
		if (slice_equal(short_names[i].field, field->name) &&
		    (short_names[i].kind == KIND_UNKNOWN || short_names[i].kind == kind->kind))
			return short_names[i].option;
	snprintf(name, 64, "%.*s", SLICE_ARG(field->name));
	for (char *at = name; *at; at++)
		if (*at == '_')
			*at = '-';
	return name;
}

static void add_row(struct given *given, const char *name, enum option_type type, void *value, const char *shows,
		    const char *help)
{
	given->rows[given->row_count++] = (struct option_row){name, type, value, shows, help};
}

static void add_field(struct given *given, size_t number, bool as_filter)
{
	const struct field *field = &given->kind->fields[number];
	static const char *const shows[FIELD_TYPE_COUNT] = {
		[FIELD_TEXT] = "TEXT", [FIELD_ID] = "ID",           [FIELD_URL] = "URL",     [FIELD_CHOICE] = "WORD",
		[FIELD_TIME] = "TIME", [FIELD_BOOL] = "true|false", [FIELD_INTEGER] = "N",   [FIELD_TEXTS] = "PATTERN",
		[FIELD_OBJECT] = "JSON", [FIELD_LIST] = "JSON",  [FIELD_SECRET] = "TEXT",
	};
	bool list = field->type == FIELD_TEXTS && !as_filter;
	snprintf(given->helps[number], sizeof(given->helps[number]), "%s%s%s", field->says,
		 field->type == FIELD_CHOICE ? ": " : "", field->type == FIELD_CHOICE ? field->choices : "");
	add_row(given, option_name(given->kind, field, given->names[number]), list ? OPTION_LIST : OPTION_TEXT,
		list ? (void *)&given->lists[number] : (void *)&given->texts[number], shows[field->type],
		given->helps[number]);
}

static bool may_be_written(const struct field *field)
{
	/* A secret on a command line can be seen by everybody on the machine. */
	return !(field->flags & FIELD_READ_ONLY) && field->type != FIELD_SECRET && !slice_equal(field->name, SLICE("id"));
}

void given_options(struct given *given, const struct kind_row *kind)
{
	*given = (struct given){.kind = kind};
	for (size_t i = 0; i < kind->field_count; i++)
		if (may_be_written(&kind->fields[i]))
			add_field(given, i, false);
	if (kind_field(kind, SLICE("expires_at"), NULL))
		add_row(given, "for", OPTION_DURATION, &given->lifetime_s, "TIME", "how long it holds: 10m, 2h, 7d");
	if (kind->kind == KIND_AGENT)
		add_row(given, "key", OPTION_TEXT, &given->file, "FILE", "its public key: a JWK or a JWK set");
	if (kind->kind == KIND_POLICY || kind->kind == KIND_ENTITIES)
		add_row(given, "file", OPTION_TEXT, &given->file, "FILE", "read the text from this file");
	if (kind->kind == KIND_POLICY)
		add_row(given, "tests", OPTION_TEXT, &given->tests, "FILE", "they must pass these tests, now and ever after");
	if (kind->kind != KIND_SERVER)
		return;
	add_row(given, "bearer-file", OPTION_TEXT, &given->bearer_file, "FILE", "send it this bearer token; stored sealed");
	add_row(given, "authorization-file", OPTION_TEXT, &given->file, "FILE",
		"send it this whole Authorization value; stored sealed");
}

void given_filters(struct given *given, const struct kind_row *kind)
{
	*given = (struct given){.kind = kind};
	for (size_t i = 0; i < kind->field_count; i++)
		if (kind->fields[i].flags & FIELD_FILTER)
			add_field(given, i, true);
}

static slice without_line_end(slice text)
{
	while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	return text;
}

/* A public key file may hold one key or a set. */
static enum error write_jwks(slice path, slice text, struct arena *arena, struct json_writer *writer, struct fault *why)
{
	struct json_doc doc;
	if (json_parse(&doc, text, NULL, arena, why) != E_OK || !json_is(json_root(&doc), JSON_OBJECT))
		return FAIL(why, E_USAGE, "%.*s does not hold a JWK; make one with: tipstaff keygen", SLICE_ARG(path));
	if (json_get(&doc, json_root(&doc), SLICE("d")))
		return FAIL(why, E_USAGE, "%.*s holds a private key; only its public half may leave", SLICE_ARG(path));
	json_write_key(writer, SLICE("jwks"));
	if (json_get(&doc, json_root(&doc), SLICE("keys"))) {
		json_write_node(writer, &doc, json_root(&doc));
		return E_OK;
	}
	json_begin_object(writer);
	json_put_array(writer, "keys");
	json_write_node(writer, &doc, json_root(&doc));
	json_end_array(writer);
	json_end_object(writer);
	return E_OK;
}

static enum error write_bearer(const struct given *given, struct arena *arena, struct json_writer *writer,
			       struct fault *why)
{
	slice text;
	TRY(files_read(given->bearer_file, OBJECT_BYTES_MAX, arena, &text, why));
	slice value = arena_print(arena, "Bearer %.*s", SLICE_ARG(without_line_end(text)));
	if (!value.ptr)
		return FAIL(why, E_MEMORY, "no memory for the token");
	json_put_string(writer, "authorization", value);
	return E_OK;
}

static enum error write_file(const struct given *given, struct arena *arena, struct json_writer *writer,
			     struct fault *why)
{
	slice text;
	TRY(files_read(given->file, OBJECT_BYTES_MAX, arena, &text, why));
	if (given->kind->kind == KIND_AGENT)
		return write_jwks(given->file, text, arena, writer, why);
	if (given->kind->kind == KIND_SERVER) {
		json_put_string(writer, "authorization", without_line_end(text));
		return E_OK;
	}
	size_t source = 0;
	(void)kind_field(given->kind, SLICE("source"), &source);
	json_put_string(writer, "text", text);
	if (!given->texts[source].ptr)
		json_put_string(writer, "source", given->file);
	return E_OK;
}

static enum error write_value(const struct field *field, slice text, struct arena *arena, struct json_writer *writer,
			      struct fault *why)
{
	struct json_doc doc;
	uint64_t number;
	json_write_key(writer, field->name);
	switch ((int)field->type) {
	case FIELD_BOOL:
		if (!slice_equal(text, SLICE("true")) && !slice_equal(text, SLICE("false")))
			return FAIL(why, E_USAGE, "%.*s is true or false", SLICE_ARG(field->name));
		json_write_bool(writer, text.ptr[0] == 't');
		return E_OK;
	case FIELD_INTEGER:
		if (!slice_to_u64(text, &number))
			return FAIL(why, E_USAGE, "%.*s is a number", SLICE_ARG(field->name));
		json_write_u64(writer, number);
		return E_OK;
	case FIELD_OBJECT:
	case FIELD_LIST:
		if (json_parse(&doc, text, NULL, arena, why) != E_OK)
			return FAIL(why, E_USAGE, "%.*s is JSON%s", SLICE_ARG(field->name),
				    field->shape == SHAPE_TARGET ? ", such as {\"argument\":\"path\",\"type\":\"path\"}" : "");
		json_write_node(writer, &doc, json_root(&doc));
		return E_OK;
	default:
		json_write_string(writer, text);
		return E_OK;
	}
}

static void write_list(const struct field *field, const struct option_list *list, struct json_writer *writer)
{
	json_write_key(writer, field->name);
	json_begin_array(writer);
	for (size_t i = 0; i < list->count; i++)
		json_write_string(writer, list->items[i]);
	json_end_array(writer);
}

enum error given_write(const struct given *given, slice id, int64_t now_ms, struct arena *arena,
			       struct json_writer *writer, struct fault *why)
{
	json_begin_object(writer);
	if (id.len > 0)
		json_put_string(writer, "id", id);
	for (size_t i = 0; i < given->kind->field_count; i++) {
		if (given->lists[i].count > 0)
			write_list(&given->kind->fields[i], &given->lists[i], writer);
		else if (given->texts[i].ptr)
			TRY(write_value(&given->kind->fields[i], given->texts[i], arena, writer, why));
	}
	if (given->lifetime_s > 0) {
		struct time_text until = time_format_ms(now_ms + (int64_t)given->lifetime_s * 1000);
		json_put_string(writer, "expires_at", time_slice(&until));
	}
	if (given->file.len > 0 && given->bearer_file.len > 0)
		return FAIL(why, E_USAGE, "--bearer-file and --authorization-file exclude each other");
	if (given->file.len > 0)
		TRY(write_file(given, arena, writer, why));
	if (given->bearer_file.len > 0)
		TRY(write_bearer(given, arena, writer, why));
	json_end_object(writer);
	return E_OK;
}

bool given_any_field(const struct given *given)
{
	for (size_t i = 0; i < KIND_FIELDS_MAX; i++)
		if (given->texts[i].ptr || given->lists[i].count > 0)
			return true;
	return false;
}

bool given_any(const struct given *given)
{
	return given_any_field(given) || given->lifetime_s > 0 || given->tests.len > 0 || given->file.len > 0 || given->bearer_file.len > 0;
}
