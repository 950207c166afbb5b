#include "cli/moves.h"

#include "cli/show.h"
#include "cli/screen.h"
#include "cli/remote.h"
#include "cli/verb.h"
#include "text/json_writer.h"

#include <string.h>

static const struct move rows[] = {
	{KIND_AGENT, "approve", "approved", "may act within its grants"},
	{KIND_AGENT, "suspend", "suspended", "stopped; its grants are kept"},
	{KIND_AGENT, "resume", "approved again", "a stopped agent may act again"},
	{KIND_AGENT, "quarantine", "quarantined", "stopped, and its tokens are revoked"},
	{KIND_AGENT, "retire", "retired", "final; the id is never used again"},
	{KIND_AGENT, "enforce", "now enforced", "its denied calls are stopped"},
	{KIND_AGENT, "observe", "now only observed", "its denied calls are recorded and let through"},
	{KIND_PURPOSE, "retire", "retired", "all its grants stop working"},
	{KIND_SERVER, "refresh", "refreshed", "ask the server for its tools again"},
	{KIND_TOOL, "accept", "accepted", "pin the definition that the server offers now"},
	{KIND_GRANT, "revoke", "revoked", "the grant stops working; final"},
	{KIND_TASK, "complete", "complete", "the task is done and admits nothing more"},
	{KIND_TASK, "cancel", "cancelled", "the task ends and admits nothing more"},
};

const struct move *move_row(size_t n)
{
	return n < sizeof(rows) / sizeof(rows[0]) ? &rows[n] : NULL;
}

const struct move *move_find(enum kind kind, slice word)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == kind && slice_equal(word, slice_of(rows[i].word)))
			return &rows[i];
	return NULL;
}

slice move_reason_body(slice reason, struct arena *arena)
{
	struct buffer text;
	struct json_writer writer;
	buffer_init(&text, 65536);
	json_writer_init(&writer, &text, JSON_COMPACT);
	json_begin_object(&writer);
	if (reason.len > 0)
		json_put_string(&writer, "reason", reason);
	json_end_object(&writer);
	slice body = json_writer_end(&writer, NULL) == E_OK ? arena_copy(arena, buffer_slice(&text)) : SLICE("{}");
	buffer_free(&text);
	return body;
}

/* What came of it, in one line; a refresh also says what the server offers. */
static void print_done(const struct move *move, const char *id, const struct remote_reply *reply, struct arena *arena)
{
	const struct json_node *root = json_root(&reply->doc);
	printf("%.*s %s: %s\n", SLICE_ARG(kind_row(move->kind)->name), id, move->done);
	if (move->kind != KIND_SERVER)
		return;
	for (const struct json_node *node = json_first(root); node; node = json_next(node)) {
		if (!json_first(node) && !json_is(node, JSON_INT))
			continue;
		printf("  %-9.*s ", SLICE_ARG(json_key(node)));
		screen_text(stdout, show_value(&reply->doc, node, arena));
		printf("\n");
	}
}

int move_run(const struct verb *verb, const struct move *move, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	slice reason = {NULL, 0};
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"reason", OPTION_TEXT, &reason, "TEXT", "why; kept with the change"},
	};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	slice id = remote_escape(&remote, slice_of(given.items[0]));
	slice path = arena_print(&remote.arena, "/v1/%.*s/%.*s/%s", SLICE_ARG(kind_row(move->kind)->plural),
				 SLICE_ARG(id), move->word);
	enum error code = remote_call(&remote, "POST", path, move_reason_body(reason, &remote.arena), &reply, &why);
	if (code == E_OK && remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	else if (code == E_OK)
		print_done(move, given.items[0], &reply, &remote.arena);
	return remote_end(&remote, code, &why);
}

int verb_move_agent(const struct verb *verb, int count, char **words)
{
	return move_run(verb, move_find(KIND_AGENT, slice_of(verb->name)), count, words);
}
