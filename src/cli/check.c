/* `tipstaff check`: would this be permitted? One decision, recorded as such; the exit code says which. */
#include "cli/line.h"
#include "cli/remote.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "text/json_writer.h"

enum exit_code { EXIT_PERMIT = 0, EXIT_DENY = 10, EXIT_GATE = 11, EXIT_NO_DECISION = 12 };

/* What is asked. */
struct question {
	struct remote remote;
	slice agent;
	slice tool;
	slice arguments;
	slice purpose;
	slice task;
	slice on_behalf_of;
};

static void put(struct json_writer *writer, const char *name, slice text)
{
	if (text.len > 0)
		json_put_string(writer, name, text);
}

static enum error write_question(struct question *question, struct buffer *body, struct fault *why)
{
	struct json_writer writer;
	struct json_doc doc;
	json_writer_init(&writer, body, JSON_COMPACT);
	json_begin_object(&writer);
	put(&writer, "agent", question->agent);
	put(&writer, "tool", question->tool);
	put(&writer, "purpose", question->purpose);
	put(&writer, "task", question->task);
	put(&writer, "on_behalf_of", question->on_behalf_of);
	if (question->arguments.len > 0) {
		if (json_parse(&doc, question->arguments, NULL, &question->remote.arena, why) != E_OK ||
		    !json_is(json_root(&doc), JSON_OBJECT))
			return FAIL(why, E_USAGE, "--arguments takes a JSON object, such as '{\"path\":\"/tmp/a\"}'");
		json_write_key(&writer, SLICE("arguments"));
		json_write_node(&writer, &doc, json_root(&doc));
	}
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

static enum error ask(struct question *question, struct remote_reply *ret_reply, struct fault *why)
{
	struct buffer body;
	TRY(remote_open(&question->remote, why));
	buffer_init(&body, CLIENT_BODY_BYTES_MAX);
	enum error code = write_question(question, &body, why);
	if (code == E_OK)
		code = remote_call(&question->remote, "POST", SLICE("/v1/check"), buffer_slice(&body), ret_reply, why);
	buffer_free(&body);
	return code;
}

static void print_answer(const struct question *question, const struct remote_reply *reply)
{
	const struct json_node *root = json_root(&reply->doc);
	slice id = line_text(&reply->doc, root, "id"), missing = line_text(&reply->doc, root, "missing");
	slice decision = line_text(&reply->doc, root, "decision");
	screen_colour(stdout, slice_equal(decision, SLICE("PERMIT")) ? SCREEN_GREEN : SCREEN_RED);
	printf("%-8.*s", SLICE_ARG(decision));
	screen_colour(stdout, SCREEN_PLAIN);
	screen_text(stdout, question->agent);
	printf(" \xE2\x86\x92 ");
	screen_text(stdout, question->tool);
	printf("  ");
	screen_text(stdout, line_text(&reply->doc, root, "reason"));
	if (slice_equal(line_text(&reply->doc, root, "enforcement"), SLICE("observed")))
		printf("  (the agent is only observed)");
	if (missing.len > 0) {
		printf("\nmissing ");
		screen_text(stdout, missing);
	}
	printf("\nmore    tipstaff why %.*s\n", SLICE_ARG(id));
}

static int exit_of(const struct remote_reply *reply)
{
	slice decision = line_text(&reply->doc, json_root(&reply->doc), "decision");
	if (slice_equal(decision, SLICE("PERMIT")))
		return EXIT_PERMIT;
	if (slice_equal(decision, SLICE("DENY")))
		return EXIT_DENY;
	return slice_equal(decision, SLICE("GATE")) ? EXIT_GATE : EXIT_NO_DECISION;
}

int verb_check(const struct verb *verb, int count, char **words)
{
	struct question question = {.agent = {NULL, 0}};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	const struct option_row options[] = {
		REMOTE_OPTIONS(&question.remote),
		{"agent", OPTION_TEXT, &question.agent, "AGENT", "who"},
		{"tool", OPTION_TEXT, &question.tool, "SERVER.TOOL", "what"},
		{"arguments", OPTION_TEXT, &question.arguments, "JSON", "the arguments of the call"},
		{"purpose", OPTION_TEXT, &question.purpose, "PURPOSE", "what for (that of the task, or of the agent)"},
		{"task", OPTION_TEXT, &question.task, "TASK", "in this task"},
		{"on-behalf-of", OPTION_TEXT, &question.on_behalf_of, "PRINCIPAL", "for this human"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (question.agent.len == 0 || question.tool.len == 0)
		return options_usage(verb, "--agent and --tool are needed");
	int decided = EXIT_NO_DECISION;
	enum error code = ask(&question, &reply, &why);
	if (code == E_OK) {
		decided = exit_of(&reply);
		if (question.remote.json)
			code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
		else
			print_answer(&question, &reply);
	}
	bool no_decision = code == E_UPSTREAM || code == E_UNAVAILABLE || code == E_TIMEOUT;
	int ended = remote_end(&question.remote, code, &why);
	if (no_decision)
		return EXIT_NO_DECISION;
	return code == E_OK ? decided : ended;
}
