/* `tipstaff doctor`: is everything as it should be, and what to do about what is not. */
#include "cli/line.h"
#include "cli/objects.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "text/json_writer.h"

/* One examination: findings are printed as they come, or gathered as JSON. */
struct doctor {
	struct remote remote;
	unsigned problems;
	struct buffer json;
	struct json_writer writer;
};

enum finding { FINE, NOTE, PROBLEM };

static void tell(struct doctor *doctor, enum finding finding, const char *what, slice says, const char *remedy)
{
	static const char *const words[] = {"ok", "note", "PROBLEM"};
	static const enum screen_colour colours[] = {SCREEN_GREEN, SCREEN_YELLOW, SCREEN_RED};
	doctor->problems += finding == PROBLEM;
	if (doctor->remote.json) {
		json_begin_object(&doctor->writer);
		json_put_text(&doctor->writer, "what", what);
		json_put_text(&doctor->writer, "finding", words[finding]);
		json_put_string(&doctor->writer, "says", says);
		json_put_text(&doctor->writer, "remedy", remedy);
		json_end_object(&doctor->writer);
		return;
	}
	screen_colour(stdout, colours[finding]);
	printf("%-8s", words[finding]);
	screen_colour(stdout, SCREEN_PLAIN);
	printf("%-10s ", what);
	screen_text(stdout, says);
	printf("%s%s\n", remedy ? "\n                   do: " : "", remedy ? remedy : "");
}

/* Log, registry, policies, keys, gateway: what the server says of itself. */
static void examine_parts(struct doctor *doctor, const struct remote_reply *status)
{
	for (const struct json_node *part = json_first(json_root(&status->doc)); part; part = json_next(part)) {
		slice state = line_text(&status->doc, part, "state"), detail = line_text(&status->doc, part, "detail");
		if (!json_is(part, JSON_OBJECT) || state.len == 0)
			continue;
		char what[32];
		bool fine = slice_equal(state, SLICE("ok"));
		snprintf(what, sizeof(what), "%.*s", SLICE_ARG(json_key(part)));
		tell(doctor, fine ? FINE : PROBLEM, what, fine || detail.len == 0 ? state : detail, NULL);
	}
}

/* Objects in a state that somebody should look at. */
static const struct concern {
	enum kind kind;
	const char *query;
	const char *what;
	const char *says;
	const char *remedy;
} concerns[] = {
	{KIND_AGENT, "state=registered&", "agents", "wait for approval", "tipstaff agents ls --state registered"},
	{KIND_AGENT, "state=quarantined&", "agents", "are in quarantine", "tipstaff agents ls --state quarantined"},
	{KIND_AGENT, "enforcement=observe&", "agents", "are only observed: nothing of them is stopped",
	 "tipstaff agents ls --enforcement observe"},
	{KIND_TOOL, "state=changed&", "tools", "have changed and are withheld until somebody accepts them",
	 "tipstaff tools ls --state changed"},
	{KIND_TOOL, "state=gone&", "tools", "are no longer offered", "tipstaff tools ls --state gone"},
};

static enum error examine_objects(struct doctor *doctor, struct fault *why)
{
	for (size_t i = 0; i < sizeof(concerns) / sizeof(concerns[0]); i++) {
		const struct concern *concern = &concerns[i];
		struct show_row *rows;
		size_t count;
		TRY(objects_list(&doctor->remote, kind_row(concern->kind), slice_of(concern->query), &rows, &count, why));
		if (count == 0)
			continue;
		slice says = arena_print(&doctor->remote.arena, "%zu %s", count, concern->says);
		tell(doctor, NOTE, concern->what, says, concern->remedy);
	}
	return E_OK;
}

static enum error examine(struct doctor *doctor, struct fault *why)
{
	struct remote_reply reply;
	enum error code = remote_get(&doctor->remote, SLICE("/healthz"), &reply, why);
	if (code != E_OK) {
		tell(doctor, PROBLEM, "server", slice_of(fault_sentence(why)), NULL);
		return E_OK;
	}
	tell(doctor, FINE, "server", client_url(doctor->remote.client), NULL);
	code = remote_get(&doctor->remote, SLICE("/v1/status"), &reply, why);
	if (code != E_OK) {
		tell(doctor, PROBLEM, "admin key", slice_of(fault_sentence(why)), NULL);
		return E_OK;
	}
	tell(doctor, FINE, "admin key", SLICE("accepted"), NULL);
	examine_parts(doctor, &reply);
	TRY(examine_objects(doctor, why));
	TRY(remote_get(&doctor->remote, SLICE("/v1/unknown-callers"), &reply, why));
	const struct json_node *callers = json_get(&reply.doc, json_root(&reply.doc), SLICE("items"));
	if (json_first(callers))
		tell(doctor, NOTE, "callers", SLICE("somebody knocked without being registered"), "tipstaff unknown");
	return E_OK;
}

static enum error finish(struct doctor *doctor, struct fault *why)
{
	if (!doctor->remote.json) {
		printf("%u problem%s\n", doctor->problems, doctor->problems == 1 ? "" : "s");
		return E_OK;
	}
	json_end_array(&doctor->writer);
	json_put_u64(&doctor->writer, "problems", doctor->problems);
	json_end_object(&doctor->writer);
	TRY(json_writer_end(&doctor->writer, why));
	printf("%.*s\n", SLICE_ARG(buffer_slice(&doctor->json)));
	return E_OK;
}

int verb_doctor(const struct verb *verb, int count, char **words)
{
	struct doctor doctor = {.problems = 0};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {REMOTE_OPTIONS(&doctor.remote)};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	buffer_init(&doctor.json, 1u << 20);
	json_writer_init(&doctor.writer, &doctor.json, JSON_PRETTY);
	json_begin_object(&doctor.writer);
	json_put_array(&doctor.writer, "findings");
	enum error code = remote_open(&doctor.remote, &why);
	if (code == E_OK)
		code = examine(&doctor, &why);
	if (code == E_OK)
		code = finish(&doctor, &why);
	buffer_free(&doctor.json);
	int ended = remote_end(&doctor.remote, code, &why);
	return code == E_OK && doctor.problems > 0 ? error_exit(E_UPSTREAM) : ended;
}
