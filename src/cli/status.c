/* `tipstaff status` and `tipstaff unknown`: what is in force now, and who knocked without being known. */
#include "cli/line.h"
#include "cli/remote.h"
#include "cli/screen.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <string.h>

static void print_part(const struct json_doc *doc, const struct json_node *part, struct arena *arena)
{
	slice state = line_text(doc, part, "state");
	printf("%-10.*s ", SLICE_ARG(json_key(part)));
	screen_colour(stdout, slice_equal(state, SLICE("ok")) ? SCREEN_GREEN : state.len ? SCREEN_RED : SCREEN_PLAIN);
	printf("%.*s", SLICE_ARG(state));
	screen_colour(stdout, SCREEN_PLAIN);
	for (const struct json_node *member = json_first(part); member; member = json_next(member)) {
		if (slice_equal(json_key(member), SLICE("state")))
			continue;
		printf("%s%.*s ", member == json_first(part) ? "" : "  ", SLICE_ARG(json_key(member)));
		screen_text(stdout, show_value(doc, member, arena));
	}
	printf("\n");
}

/* A table whose columns are the members of its first row. */
static enum error print_rows(const struct json_doc *doc, const struct json_node *list, struct arena *arena,
			     struct fault *why)
{
	const char *titles[SCREEN_COLUMNS_MAX] = {NULL};
	slice names[SCREEN_COLUMNS_MAX];
	size_t count = 0;
	for (const struct json_node *member = json_first(json_first(list)); member && count < SCREEN_COLUMNS_MAX;
	     member = json_next(member)) {
		char *title = arena_alloc(arena, json_key(member).len + 1);
		if (!title)
			return FAIL(why, E_MEMORY, "no memory for the table");
		for (size_t i = 0; i < json_key(member).len; i++) {
			char byte = json_key(member).ptr[i];
			title[i] = byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
		}
		names[count] = json_key(member);
		titles[count++] = title;
	}
	struct screen_table table;
	screen_table_init(&table, titles, count);
	for (const struct json_node *row = json_first(list); row; row = json_next(row))
		for (size_t i = 0; i < count; i++)
			screen_table_add(&table, show_value(doc, json_get(doc, row, names[i]), arena));
	return screen_table_print(&table, stdout, screen_width(stdout), why);
}

static enum error print_status(struct remote *remote, const struct remote_reply *reply, struct fault *why)
{
	const struct json_node *root = json_root(&reply->doc), *routes = NULL;
	printf("%-10s %.*s\n", "server", SLICE_ARG(client_url(remote->client)));
	for (const struct json_node *part = json_first(root); part; part = json_next(part)) {
		if (json_is(part, JSON_OBJECT)) {
			print_part(&reply->doc, part, &remote->arena);
		} else if (json_is(part, JSON_ARRAY) && json_is(json_first(part), JSON_OBJECT)) {
			routes = part;
		} else if (!json_is(part, JSON_ARRAY)) {
			printf("%-10.*s ", SLICE_ARG(json_key(part)));
			screen_text(stdout, show_value(&reply->doc, part, &remote->arena));
			printf("\n");
		}
	}
	if (!routes) {
		printf("routes     none has been used yet: nothing is claimed to be governed\n");
		return E_OK;
	}
	printf("\n");
	return print_rows(&reply->doc, routes, &remote->arena, why);
}

static int show(const struct verb *verb, slice path, int count, char **words,
		enum error (*print)(struct remote *remote, const struct remote_reply *reply, struct fault *why))
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	const struct option_row options[] = {REMOTE_OPTIONS(&remote)};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	enum error code = remote_get(&remote, path, &reply, &why);
	if (code == E_OK && remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	else if (code == E_OK)
		code = print(&remote, &reply, &why);
	return remote_end(&remote, code, &why);
}

int verb_status(const struct verb *verb, int count, char **words)
{
	return show(verb, SLICE("/v1/status"), count, words, print_status);
}

static enum error print_unknown(struct remote *remote, const struct remote_reply *reply, struct fault *why)
{
	const struct json_node *items = json_get(&reply->doc, json_root(&reply->doc), SLICE("items"));
	if (!json_first(items)) {
		printf("no unknown callers\n");
		return E_OK;
	}
	TRY(print_rows(&reply->doc, items, &remote->arena, why));
	printf("\nregister one with: tipstaff agents add ");
	screen_text(stdout, line_text(&reply->doc, json_first(items), "client_id"));
	printf(" --owner OWNER --purpose PURPOSE --key PUBLIC-KEY-FILE\n");
	return E_OK;
}

int verb_unknown(const struct verb *verb, int count, char **words)
{
	return show(verb, SLICE("/v1/unknown-callers"), count, words, print_unknown);
}
