#include "cli/show.h"

#include "cli/screen.h"

#define LABEL_WIDTH 18

static slice join_texts(const struct json_node *list, struct arena *arena)
{
	struct buffer text;
	slice item;
	buffer_init(&text, 1u << 20);
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		if (text.len > 0)
			buffer_add(&text, SLICE(", "));
		if (json_string(node, &item))
			buffer_add(&text, item);
	}
	slice joined = text.len > 0 ? arena_copy(arena, buffer_slice(&text)) : SLICE("-");
	buffer_free(&text);
	return joined;
}

slice show_value(const struct json_doc *doc, const struct json_node *node, struct arena *arena)
{
	slice text;
	if (!node || json_is(node, JSON_NULL))
		return SLICE("-");
	if (json_string(node, &text))
		return text.len > 0 ? text : SLICE("-");
	if (json_is(node, JSON_ARRAY) && (!json_first(node) || json_is(json_first(node), JSON_STRING)))
		return join_texts(node, arena);
	return json_span(doc, node);
}

/* "purpose_id" -> "PURPOSE_ID", as a C string. */
static const char *upper_case(slice name, struct arena *arena)
{
	char *title = arena_alloc(arena, name.len + 1);
	for (size_t i = 0; title && i < name.len; i++)
		title[i] = name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? (char)(name.ptr[i] - 'a' + 'A') : name.ptr[i];
	return title ? title : "";
}

enum error show_objects(const struct kind_row *kind, const struct show_row *rows, size_t count,
			     struct arena *arena, struct fault *why)
{
	const char *titles[SCREEN_COLUMNS_MAX] = {NULL};
	const struct field *columns[SCREEN_COLUMNS_MAX];
	size_t width = 0;
	for (size_t i = 0; i < kind->field_count && width < SCREEN_COLUMNS_MAX; i++) {
		if (!(kind->fields[i].flags & FIELD_COLUMN))
			continue;
		columns[width] = &kind->fields[i];
		titles[width++] = upper_case(kind->fields[i].name, arena);
	}
	struct screen_table table;
	screen_table_init(&table, titles, width);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < width; j++)
			screen_table_add(&table, show_value(rows[i].doc, json_get(rows[i].doc, rows[i].object,
										   columns[j]->name), arena));
	return screen_table_print(&table, stdout, screen_width(stdout), why);
}

static bool is_block(slice text)
{
	return slice_find_byte(text, '\n', 0) != SIZE_MAX;
}

static void show_block(slice label, slice text)
{
	printf("\n%.*s:\n", SLICE_ARG(label));
	while (text.len > 0) {
		printf("  ");
		screen_text(stdout, slice_cut(&text, '\n'));
		printf("\n");
	}
}

void show_object(const struct json_doc *doc, const struct json_node *object, struct arena *arena)
{
	for (const struct json_node *node = json_first(object); node; node = json_next(node)) {
		slice text = show_value(doc, node, arena);
		if (is_block(text) && json_is(node, JSON_STRING))
			continue;
		printf("%-*.*s ", LABEL_WIDTH, SLICE_ARG(json_key(node)));
		screen_text(stdout, text);
		printf("\n");
	}
	for (const struct json_node *node = json_first(object); node; node = json_next(node)) {
		slice text;
		if (json_string(node, &text) && is_block(text))
			show_block(json_key(node), text);
	}
}
