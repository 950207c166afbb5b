#include "cli/objects.h"

#include "base/nearest.h"
#include "cli/moves.h"
#include "cli/given.h"
#include "cli/policies.h"
#include "cli/printed.h"
#include "cli/screen.h"
#include "cli/verb.h"

#include <string.h>
#include <time.h>

struct page {
	struct remote_reply reply;
	struct page *next;
};

static enum error read_pages(struct remote *remote, const struct kind_row *kind, slice query, struct page **ret_first,
			     size_t *ret_count, struct fault *why)
{
	struct page **next = ret_first;
	slice token = {NULL, 0};
	*ret_first = NULL;
	*ret_count = 0;
	do {
		struct page *page = ARENA_NEW(&remote->arena, struct page);
		slice path = arena_print(&remote->arena, "/v1/%.*s?%.*slimit=%u%s%.*s", SLICE_ARG(kind->plural),
					 SLICE_ARG(query), OBJECTS_PAGE, token.len ? "&page_token=" : "",
					 SLICE_ARG(remote_escape(remote, token)));
		if (!page || !path.ptr)
			return FAIL(why, E_MEMORY, "no memory for the list");
		TRY(remote_get(remote, path, &page->reply, why));
		const struct json_node *items = json_get(&page->reply.doc, json_root(&page->reply.doc), SLICE("items"));
		if (!json_is(items, JSON_ARRAY))
			return FAIL(why, E_UPSTREAM, "the server answered without a list");
		*ret_count += items->count;
		if (*ret_count > OBJECTS_COUNT_MAX)
			return FAIL(why, E_LIMIT, "more than %u %.*s", OBJECTS_COUNT_MAX, SLICE_ARG(kind->plural));
		*next = page;
		next = &page->next;
		token = (slice){NULL, 0};
		(void)json_string(json_get(&page->reply.doc, json_root(&page->reply.doc), SLICE("next_page_token")), &token);
	} while (token.len > 0);
	return E_OK;
}

enum error objects_list(struct remote *remote, const struct kind_row *kind, slice query,
			struct show_row **ret_rows, size_t *ret_count, struct fault *why)
{
	struct page *first;
	TRY(read_pages(remote, kind, query, &first, ret_count, why));
	struct show_row *rows = ARENA_ARRAY(&remote->arena, *ret_count + 1, struct show_row);
	if (!rows)
		return FAIL(why, E_MEMORY, "no memory for the list");
	size_t at = 0;
	for (const struct page *page = first; page; page = page->next) {
		const struct json_node *items = json_get(&page->reply.doc, json_root(&page->reply.doc), SLICE("items"));
		for (const struct json_node *item = json_first(items); item; item = json_next(item))
			rows[at++] = (struct show_row){&page->reply.doc, item};
	}
	*ret_rows = rows;
	return E_OK;
}

enum error objects_print_json(const struct show_row *rows, size_t count, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_array(writer, "items");
	for (size_t i = 0; i < count; i++)
		json_write_node(writer, rows[i].doc, rows[i].object);
	json_end_array(writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}

/* One run of a verb on one kind. */
struct run {
	const struct verb *verb; /* "agents add": for usage */
	const struct kind_row *kind;
	struct remote remote;
	struct given given;
	struct option_words words;
	struct fault why;
	bool dry_run;
};

static int begin(struct run *run, int count, char **words, size_t words_min, size_t words_max, bool writes)
{
	struct option_row rows[GIVEN_OPTIONS_MAX + 4u] = {REMOTE_OPTIONS(&run->remote)};
	size_t row_count = 3;
	if (writes)
		rows[row_count++] = (struct option_row){"dry-run", OPTION_FLAG, &run->dry_run, NULL,
							"check it and store nothing"};
	for (size_t i = 0; i < run->given.row_count; i++)
		rows[row_count++] = run->given.rows[i];
	return options_begin(run->verb, rows, row_count, count, words, words_min, words_max, &run->words);
}

static slice filter_query(struct run *run)
{
	struct buffer query;
	buffer_init(&query, 8192);
	for (size_t i = 0; i < run->kind->field_count; i++)
		if (run->given.texts[i].ptr)
			buffer_print(&query, "%.*s=%.*s&", SLICE_ARG(run->kind->fields[i].name),
				     SLICE_ARG(remote_escape(&run->remote, run->given.texts[i])));
	slice copy = arena_copy(&run->remote.arena, buffer_slice(&query));
	buffer_free(&query);
	return copy;
}

static int run_ls(struct run *run, int count, char **words)
{
	struct show_row *rows = NULL;
	size_t row_count = 0;
	given_filters(&run->given, run->kind);
	int go = begin(run, count, words, 0, 0, false);
	if (go != OPTIONS_GO)
		return go;
	enum error code = remote_open(&run->remote, &run->why);
	if (code == E_OK)
		code = objects_list(&run->remote, run->kind, filter_query(run), &rows, &row_count, &run->why);
	if (code == E_OK && run->remote.json)
		code = objects_print_json(rows, row_count, &run->why);
	else if (code == E_OK && row_count == 0)
		printf("no %.*s\n", SLICE_ARG(run->kind->plural));
	else if (code == E_OK)
		code = show_objects(run->kind, rows, row_count, &run->remote.arena, &run->why);
	return remote_end(&run->remote, code, &run->why);
}

static slice object_path(struct run *run, const char *id)
{
	return arena_print(&run->remote.arena, "/v1/%.*s/%.*s%s", SLICE_ARG(run->kind->plural),
			   SLICE_ARG(remote_escape(&run->remote, slice_of(id))), run->dry_run ? "?dry_run=true" : "");
}

static int run_get(struct run *run, int count, char **words)
{
	struct remote_reply reply;
	int go = begin(run, count, words, 1, 1, false);
	if (go != OPTIONS_GO)
		return go;
	enum error code = remote_open(&run->remote, &run->why);
	if (code == E_OK)
		code = remote_get(&run->remote, object_path(run, run->words.items[0]), &reply, &run->why);
	if (code == E_OK && run->remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &run->why);
	else if (code == E_OK)
		show_object(&reply.doc, json_root(&reply.doc), &run->remote.arena);
	return remote_end(&run->remote, code, &run->why);
}

/* "created principal bob": what came into being besides. */
static void print_created(const struct remote_reply *reply, struct arena *arena)
{
	const struct json_node *list = json_get(&reply->doc, json_root(&reply->doc), SLICE("created"));
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		slice kind = {NULL, 0}, id = {NULL, 0};
		(void)json_string(json_get(&reply->doc, node, SLICE("kind")), &kind);
		(void)json_string(json_get(&reply->doc, node, SLICE("id")), &id);
		if (kind.len == 0)
			id = show_value(&reply->doc, node, arena);
		printf("  and created %.*s%s", SLICE_ARG(kind), kind.len ? " " : "");
		screen_text(stdout, id);
		printf("\n");
	}
}

static enum error write_object(struct run *run, const char *method, slice path, slice id, struct remote_reply *reply)
{
	struct buffer body;
	struct json_writer writer;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	buffer_init(&body, OBJECT_BYTES_MAX * 2u);
	json_writer_init(&writer, &body, JSON_COMPACT);
	enum error code = given_write(&run->given, id, (int64_t)now.tv_sec * 1000, &run->remote.arena, &writer,
					      &run->why);
	if (code == E_OK)
		code = json_writer_end(&writer, &run->why);
	if (code == E_OK)
		code = remote_call(&run->remote, method, path, buffer_slice(&body), reply, &run->why);
	buffer_free(&body);
	return code;
}

/* A new server is asked for its tools at once, so that whoever added it sees whether it answers. */
static void discover(struct run *run, slice id)
{
	struct remote_reply reply;
	struct fault why;
	slice path = arena_print(&run->remote.arena, "/v1/servers/%.*s/refresh", SLICE_ARG(id));
	if (remote_call(&run->remote, "POST", path, SLICE("{}"), &reply, &why) == E_OK) {
		printf("next: tipstaff tools ls --from %.*s\n", SLICE_ARG(id));
		return;
	}
	fprintf(stderr, "but it did not tell its tools: ");
	screen_text(stderr, slice_of(fault_sentence(&why)));
	fprintf(stderr, "\ntry again with: tipstaff servers refresh %.*s\n", SLICE_ARG(id));
}

static void print_written(struct run *run, const struct remote_reply *reply, const char *done)
{
	slice id = {NULL, 0}, state = {NULL, 0};
	const struct json_node *root = json_root(&reply->doc);
	const struct json_node *object = json_get(&reply->doc, root, SLICE("object"));
	(void)json_string(json_get(&reply->doc, object ? object : root, SLICE("id")), &id);
	(void)json_string(json_get(&reply->doc, object ? object : root, SLICE("state")), &state);
	printf("%.*s %.*s: %s%s\n", SLICE_ARG(run->kind->name), SLICE_ARG(id), run->dry_run ? "would be " : "", done);
	print_created(reply, &run->remote.arena);
	policies_print_version(reply, run->dry_run);
	if (run->kind->kind == KIND_AGENT && slice_equal(state, SLICE("registered")))
		printf("next: tipstaff agents approve %.*s\n", SLICE_ARG(id));
	if (run->kind->kind == KIND_SERVER && !run->dry_run)
		discover(run, id);
}

static int finish_write(struct run *run, enum error code, const struct remote_reply *reply, const char *done)
{
	if (code == E_OK && run->remote.json)
		code = remote_print_json(&reply->doc, json_root(&reply->doc), &run->why);
	else if (code == E_OK)
		print_written(run, reply, done);
	return remote_end(&run->remote, code, &run->why);
}

static int run_add(struct run *run, int count, char **words)
{
	struct remote_reply reply = {.status = 0};
	size_t url = KIND_FIELDS_MAX;
	given_options(&run->given, run->kind);
	bool with_url = run->kind->kind == KIND_SERVER && kind_field(run->kind, SLICE("url"), &url);
	int go = begin(run, count, words, run->kind->id_prefix || run->kind->kind == KIND_TOOL ? 0 : 1, with_url ? 2 : 1,
		       true);
	if (go != OPTIONS_GO)
		return go;
	slice id = slice_of(run->words.count > 0 ? run->words.items[0] : NULL);
	if (with_url && run->words.count == 2)
		run->given.texts[url] = slice_of(run->words.items[1]);
	if (run->given.tests.len > 0)
		return policies_write(&run->remote, &run->given, id, run->dry_run);
	enum error code = remote_open(&run->remote, &run->why);
	if (code == E_OK) {
		slice path = arena_print(&run->remote.arena, "/v1/%.*s%s", SLICE_ARG(run->kind->plural),
					 run->dry_run ? "?dry_run=true" : "");
		code = write_object(run, "POST", path, id, &reply);
	}
	return finish_write(run, code, &reply, "created");
}

static int run_set(struct run *run, int count, char **words)
{
	struct remote_reply reply = {.status = 0};
	given_options(&run->given, run->kind);
	int go = begin(run, count, words, 1, 1, true);
	if (go != OPTIONS_GO)
		return go;
	if (!given_any(&run->given))
		return options_usage(run->verb, "nothing to set");
	if (run->given.tests.len > 0)
		return policies_write(&run->remote, &run->given, slice_of(run->words.items[0]), run->dry_run);
	enum error code = remote_open(&run->remote, &run->why);
	if (code == E_OK)
		code = write_object(run, "PATCH", object_path(run, run->words.items[0]), SLICE(""), &reply);
	return finish_write(run, code, &reply, "changed");
}

static int run_rm(struct run *run, int count, char **words)
{
	struct remote_reply reply = {.status = 0};
	int go = begin(run, count, words, 1, 1, true);
	if (go != OPTIONS_GO)
		return go;
	enum error code = remote_open(&run->remote, &run->why);
	if (code == E_OK)
		code = remote_call(&run->remote, "DELETE", object_path(run, run->words.items[0]), (slice){NULL, 0},
				    &reply, &run->why);
	if (code == E_OK && run->remote.json)
		printf("{}\n");
	else if (code == E_OK)
		printf("%.*s %s: %sremoved\n", SLICE_ARG(run->kind->name), run->words.items[0],
		       run->dry_run ? "would be " : "");
	return remote_end(&run->remote, code, &run->why);
}

static const struct action {
	const char *word;
	const char *synopsis;
	const char *says;
	int (*run)(struct run *run, int count, char **words);
} actions[] = {
	{"ls", "[--FIELD VALUE] [--json]", "List them", run_ls},
	{"get", "ID [--json]", "Show one with all its fields", run_get},
	{"add", "[ID] --FIELD VALUE ... [--dry-run]", "Create one", run_add},
	{"set", "ID --FIELD VALUE ... [--dry-run]", "Change the given fields of one", run_set},
	{"rm", "ID [--dry-run]", "Remove one", run_rm},
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

static int help(const struct verb *verb, const struct kind_row *kind)
{
	printf("%s.\n\nusage: tipstaff %s ls|get|add|set|rm ...\n\n", kind->says, verb->name);
	for (size_t i = 0; i < ACTION_COUNT; i++)
		printf("  %-11s %-38s %s\n", actions[i].word, actions[i].synopsis, actions[i].says);
	for (size_t i = 0; move_row(i); i++)
		if (move_row(i)->kind == kind->kind)
			printf("  %-11s %-38s %s\n", move_row(i)->word, "ID [--reason TEXT]", move_row(i)->says);
	printf("\nFields and options of each: tipstaff %s add --help\n", verb->name);
	if (verb->text)
		printf("\n%s", verb->text);
	return 0;
}

static int unknown_action(const struct verb *verb, const struct kind_row *kind, const char *word)
{
	const char *names[ACTION_COUNT + 16];
	size_t count = 0;
	for (size_t i = 0; i < ACTION_COUNT; i++)
		names[count++] = actions[i].word;
	for (size_t i = 0; move_row(i); i++)
		if (move_row(i)->kind == kind->kind)
			names[count++] = move_row(i)->word;
	for (size_t i = 0; kind->kind == KIND_POLICY && policies_word(i); i++)
		names[count++] = policies_word(i);
	const char *meant = nearest_name(slice_of(word), names, count);
	return options_usage(verb, "unknown word \"%s\"%s%s%s", word, meant ? "; did you mean \"" : "", meant ? meant : "",
			     meant ? "\"?" : "");
}

int verb_objects(const struct verb *verb, int count, char **words)
{
	char name[64];
	const struct kind_row *kind = kind_row(kind_of_plural(slice_of(verb->name)));
	const char *word = count > 0 && words[0][0] != '-' ? words[0] : "ls";
	int used = count > 0 && words[0][0] != '-' ? 1 : 0;
	if (count > 0 && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0))
		return help(verb, kind);
	snprintf(name, sizeof(name), "%s %s", verb->name, word);
	const struct move *move = move_find(kind->kind, slice_of(word));
	if (move) {
		const struct verb about = {name, "ID [--reason TEXT]", move->says, NULL, verb->group, NULL};
		return move_run(&about, move, count - used, words + used);
	}
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (strcmp(word, actions[i].word) != 0)
			continue;
		const struct verb about = {name, actions[i].synopsis, actions[i].says, verb->text, verb->group, NULL};
		struct run run = {.verb = &about, .kind = kind, .given = {.kind = kind}};
		return actions[i].run(&run, count - used, words + used);
	}
	return unknown_action(verb, kind, word);
}
