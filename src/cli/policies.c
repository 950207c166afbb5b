#include "cli/policies.h"

#include "cli/line.h"
#include "cli/moves.h"
#include "cli/objects.h"
#include "cli/printed.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "registry/policy_set.h"
#include "text/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIGEST_SHOWN 12u

/* --- history --- */

static int newest_first(const void *a, const void *b)
{
	const struct show_row *x = a, *y = b;
	int64_t left = line_number(x->doc, x->object, "number"), right = line_number(y->doc, y->object, "number");
	return left < right ? 1 : left > right ? -1 : 0;
}

static void add_number(struct screen_table *table, const struct show_row *row, const char *name)
{
	char text[32];
	snprintf(text, sizeof(text), "%lld", (long long)line_number(row->doc, row->object, name));
	screen_table_add(table, slice_of(text));
}

static enum error print_history(const struct show_row *rows, size_t count, struct fault *why)
{
	static const char *const titles[] = {"VERSION", "DIGEST", "POLICIES", "TESTS", "WHEN", "BY", "WHY"};
	struct screen_table table;
	if (count == 0) {
		printf("no policy was ever in force\n");
		return E_OK;
	}
	screen_table_init(&table, titles, 7);
	for (size_t i = 0; i < count; i++) {
		const struct show_row *row = &rows[i];
		screen_table_add(&table, line_text(row->doc, row->object, "id"));
		screen_table_add(&table, slice_sub(line_text(row->doc, row->object, "digest"), 0, DIGEST_SHOWN));
		add_number(&table, row, "policies");
		add_number(&table, row, "tests");
		screen_table_add(&table, slice_sub(line_text(row->doc, row->object, "created_at"), 0, 19));
		screen_table_add(&table, line_text(row->doc, row->object, "actor"));
		screen_table_add(&table, line_text(row->doc, row->object, "reason"));
	}
	return screen_table_print(&table, stdout, screen_width(stdout), why);
}

static int run_history(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct show_row *rows = NULL;
	size_t row_count = 0;
	struct fault why;
	const struct option_row options[] = {REMOTE_OPTIONS(&remote)};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	enum error code = objects_list(&remote, kind_row(KIND_POLICY_VERSION), SLICE(""), &rows, &row_count, &why);
	if (code == E_OK && row_count > 0)
		qsort(rows, row_count, sizeof(*rows), newest_first);
	if (code == E_OK)
		code = remote.json ? objects_print_json(rows, row_count, &why) : print_history(rows, row_count, &why);
	return remote_end(&remote, code, &why);
}

/* --- show --- */

/* One policy set with all its pages. */
struct former {
	struct remote *remote;
	struct json_doc first; /* page with the version */
	struct show_row *items;
	size_t count;
	size_t size;
	const char *dir;
};

static enum error keep_item(struct former *former, const struct json_doc *doc, const struct json_node *item,
			    struct fault *why)
{
	if (former->count == former->size) {
		size_t size = former->size ? former->size * 2 : 64;
		struct show_row *items = ARENA_ARRAY(&former->remote->arena, size, struct show_row);
		if (!items)
			return FAIL(why, E_MEMORY, "no memory for the policies");
		if (former->count)
			memcpy(items, former->items, former->count * sizeof(*items));
		former->items = items;
		former->size = size;
	}
	former->items[former->count++] = (struct show_row){doc, item};
	return E_OK;
}

static enum error read_former(struct former *former, slice id, struct fault *why)
{
	struct remote *remote = former->remote;
	slice token = {NULL, 0};
	do {
		struct remote_reply *reply = ARENA_NEW(&remote->arena, struct remote_reply);
		slice path = arena_print(&remote->arena, "/v1/policy_sets/%.*s%s%.*s", SLICE_ARG(remote_escape(remote, id)),
					 token.len ? "?page_token=" : "", SLICE_ARG(remote_escape(remote, token)));
		if (!reply || !path.ptr)
			return FAIL(why, E_MEMORY, "no memory for the policies");
		TRY(remote_get(remote, path, reply, why));
		const struct json_node *root = json_root(&reply->doc);
		if (!former->first.root)
			former->first = reply->doc;
		for (const struct json_node *item = json_first(json_get(&reply->doc, root, SLICE("items"))); item;
		     item = json_next(item))
			TRY(keep_item(former, &reply->doc, item, why));
		token = line_text(&reply->doc, root, "next_page_token");
	} while (token.len > 0);
	return E_OK;
}

static bool is_policy(const struct show_row *row)
{
	return slice_equal(line_text(row->doc, row->object, "kind"), SLICE("policy"));
}

/* Do these texts really make the digest? Whoever asks need not believe the server. */
static enum error check_digest(const struct former *former, struct fault *why)
{
	unsigned char digest[POLICY_SET_DIGEST_BYTES];
	char hex[2 * POLICY_SET_DIGEST_BYTES];
	struct policy_text *texts = ARENA_ARRAY(&former->remote->arena, former->count + 1, struct policy_text);
	size_t count = 0;
	if (!texts)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (size_t i = 0; i < former->count; i++)
		if (is_policy(&former->items[i]))
			texts[count++] = (struct policy_text){
				.id = line_text(former->items[i].doc, former->items[i].object, "id"),
				.text = line_text(former->items[i].doc, former->items[i].object, "text")};
	policy_texts_sort(texts, count);
	TRY(policy_set_digest(texts, count, digest, why));
	hex_write(hex, slice_from(digest, sizeof(digest)));
	const struct json_node *version = json_get(&former->first, json_root(&former->first), SLICE("version"));
	if (!slice_equal(slice_from(hex, sizeof(hex)), line_text(&former->first, version, "digest")))
		return FAIL(why, E_CORRUPT, "these texts have the digest %.*s, which is not that of the version",
			    (int)sizeof(hex), hex);
	return E_OK;
}

static void print_former(const struct former *former)
{
	const struct json_doc *doc = &former->first;
	const struct json_node *version = json_get(doc, json_root(doc), SLICE("version"));
	slice actor = line_text(doc, version, "actor"), reason = line_text(doc, version, "reason");
	printf("// ");
	screen_text(stdout, line_text(doc, version, "id"));
	printf("  ");
	screen_text(stdout, line_text(doc, version, "digest"));
	printf("  ");
	screen_text(stdout, line_text(doc, version, "created_at"));
	printf(actor.len ? "  by " : "");
	screen_text(stdout, actor);
	printf(reason.len ? ": " : "");
	screen_text(stdout, reason);
	printf("\n");
	for (size_t i = 0; i < former->count; i++) {
		slice text = line_text(former->items[i].doc, former->items[i].object, "text");
		if (!is_policy(&former->items[i]))
			continue;
		printf("\n// ");
		screen_text(stdout, line_text(former->items[i].doc, former->items[i].object, "id"));
		printf("\n");
		for (slice rest = text; rest.len > 0;) {
			screen_text(stdout, slice_cut(&rest, '\n'));
			printf("\n");
		}
	}
}

/* The text into DIR under its id, which no path can hide in. */
static enum error write_one(const struct former *former, const struct show_row *row, struct fault *why)
{
	slice id = line_text(row->doc, row->object, "id"), text = line_text(row->doc, row->object, "text");
	if (!kind_id_valid(id))
		return FAIL(why, E_UPSTREAM, "the server sent a policy whose id is none");
	slice path = arena_print(&former->remote->arena, "%s/%.*s%s", former->dir, SLICE_ARG(id),
				 slice_ends_with(id, SLICE(".cedar")) ? "" : ".cedar");
	FILE *file = path.ptr ? fopen(path.ptr, "wx") : NULL;
	if (!file && errno == EEXIST)
		return FAIL(why, E_CONFLICT, "%.*s is there already; none is overwritten", SLICE_ARG(path));
	if (!file)
		return FAIL(why, E_IO, "%.*s: %s", SLICE_ARG(path), strerror(errno));
	bool fine = fwrite(text.ptr, 1, text.len, file) == text.len;
	fine = fclose(file) == 0 && fine;
	return fine ? E_OK : FAIL(why, E_IO, "%.*s: %s", SLICE_ARG(path), strerror(errno));
}

static enum error write_former(const struct former *former, struct fault *why)
{
	size_t written = 0;
	if (mkdir(former->dir, 0777) != 0 && errno != EEXIST)
		return FAIL(why, E_IO, "%s: %s", former->dir, strerror(errno));
	for (size_t i = 0; i < former->count; i++)
		if (is_policy(&former->items[i])) {
			TRY(write_one(former, &former->items[i], why));
			written++;
		}
	printf("%zu polic%s written to %s\n", written, written == 1 ? "y" : "ies", former->dir);
	return E_OK;
}

static enum error print_former_json(const struct former *former, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_write_key(writer, SLICE("version"));
	json_write_node(writer, &former->first,
			json_get(&former->first, json_root(&former->first), SLICE("version")));
	json_put_array(writer, "items");
	for (size_t i = 0; i < former->count; i++)
		json_write_node(writer, former->items[i].doc, former->items[i].object);
	json_end_array(writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}

static int run_show(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct former former = {.remote = &remote};
	struct option_words given;
	struct fault why;
	slice dir = {NULL, 0};
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"dir", OPTION_TEXT, &dir, "DIR", "write each policy into a file there; none is overwritten"},
	};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	former.dir = dir.ptr;
	enum error code = read_former(&former, slice_of(given.items[0]), &why);
	if (code == E_OK)
		code = check_digest(&former, &why);
	if (code == E_OK && former.dir)
		code = write_former(&former, &why);
	else if (code == E_OK && remote.json)
		code = print_former_json(&former, &why);
	else if (code == E_OK)
		print_former(&former);
	return remote_end(&remote, code, &why);
}

/* --- rollback --- */

void policies_print_version(const struct remote_reply *reply, bool dry_run)
{
	const struct json_node *root = json_root(&reply->doc);
	const struct json_node *version = json_get(&reply->doc, root, SLICE("policy_version"));
	if (!version)
		return;
	printf("%spolicy set ", dry_run ? "nothing was stored; would be: " : "");
	screen_text(stdout, line_text(&reply->doc, version, "id"));
	printf(" ");
	screen_text(stdout, slice_sub(line_text(&reply->doc, version, "digest"), 0, DIGEST_SHOWN));
	if (json_get(&reply->doc, root, SLICE("tests_passed")))
		printf("  %lld tests passed", (long long)line_number(&reply->doc, root, "tests_passed"));
	printf("\n");
}

void policies_print_changes(const struct remote_reply *reply, bool dry_run)
{
	const struct json_node *root = json_root(&reply->doc);
	const struct json_node *list = json_get(&reply->doc, root, SLICE("changes"));
	for (const struct json_node *change = json_first(list); change; change = json_next(change)) {
		slice op = line_text(&reply->doc, change, "op");
		printf("%c ", slice_equal(op, SLICE("create")) ? '+' : slice_equal(op, SLICE("delete")) ? '-' : '~');
		screen_text(stdout, line_text(&reply->doc, change, "kind"));
		printf(" ");
		screen_text(stdout, line_text(&reply->doc, change, "id"));
		printf("\n");
	}
	if (!json_first(list))
		printf("nothing to do: this is what is in force\n");
	policies_print_version(reply, dry_run);
}

static int run_rollback(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	slice reason = {NULL, 0};
	bool dry_run = false;
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"reason", OPTION_TEXT, &reason, "TEXT", "why; kept with the version"},
		{"dry-run", OPTION_FLAG, &dry_run, NULL, "show what would change and store nothing"},
	};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	slice id = remote_escape(&remote, slice_of(given.items[0]));
	slice path = arena_print(&remote.arena, "/v1/policy_versions/%.*s/rollback%s", SLICE_ARG(id),
				 dry_run ? "?dry_run=true" : "");
	enum error code = remote_call(&remote, "POST", path, move_reason_body(reason, &remote.arena), &reply, &why);
	if (code == E_OK && remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	else if (code == E_OK)
		policies_print_changes(&reply, dry_run);
	return remote_end(&remote, code, &why);
}

static const struct verb own[] = {
	{"policies history", "[--json]", "The policy sets that were in force, the newest first", NULL, "Register", run_history},
	{"policies show", "VERSION|DIGEST [--dir DIR] [--json]", "The texts of a policy set, held against its digest", NULL,
	 "Register", run_show},
	{"policies rollback", "VERSION [--reason TEXT] [--dry-run] [--json]",
	 "Bring the policies and suites of a version back, as a new version", NULL, "Register", run_rollback},
};

const char *policies_word(size_t n)
{
	return n < sizeof(own) / sizeof(own[0]) ? own[n].name + strlen("policies ") : NULL;
}

int verb_policies(const struct verb *verb, int count, char **words)
{
	for (size_t i = 0; count > 0 && i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(words[0], policies_word(i)) == 0)
			return own[i].run(&own[i], count - 1, words + 1);
	return verb_objects(verb, count, words);
}
