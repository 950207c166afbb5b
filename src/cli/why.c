/* `tipstaff why ID`: one decision on one screen. */
#include "cli/line.h"
#include "cli/remote.h"
#include "cli/screen.h"
#include "cli/verb.h"

#include <string.h>

#define LABEL_BYTES 8

/* One decision while it is explained. */
struct why {
	struct remote *remote;
	const struct json_doc *doc;
	const struct json_node *record;
	const struct json_node *effect;
	struct buffer line;
};

static slice text_of(const struct why *why, const char *name)
{
	return line_text(why->doc, why->record, name);
}

static void add(struct why *why, const char *before, slice text, const char *after)
{
	if (text.len == 0)
		return;
	buffer_add_text(&why->line, before);
	screen_add_text(&why->line, text);
	buffer_add_text(&why->line, after);
}

static void begin(struct why *why, const char *label)
{
	buffer_clear(&why->line);
	buffer_print(&why->line, "%-*s", LABEL_BYTES, label);
}

static void end(struct why *why)
{
	printf("%.*s\n", SLICE_ARG(buffer_slice(&why->line)));
}

static bool was_permitted(const struct why *why)
{
	return slice_equal(text_of(why, "decision"), SLICE("PERMIT"));
}

static bool was_observed(const struct why *why)
{
	return slice_equal(text_of(why, "enforcement"), SLICE("observed"));
}

static void say_header(struct why *why)
{
	slice verdict = text_of(why, "decision");
	struct line_clock when = line_clock(why->doc, why->record);
	int64_t latency = line_number(why->doc, why->record, "latency_us");
	screen_text(stdout, text_of(why, "id"));
	printf("  ");
	screen_colour(stdout, was_permitted(why) ? SCREEN_GREEN : SCREEN_RED);
	screen_text(stdout, verdict);
	screen_colour(stdout, SCREEN_PLAIN);
	printf("   %s %s%s %s", when.date, when.time, when.milli, when.zone);
	if (latency > 0)
		printf("   %lld \xC2\xB5s", (long long)latency);
	if (was_observed(why) && !was_permitted(why))
		printf("   (observed: not stopped)");
	printf("\n");
}

static void say_who(struct why *why)
{
	slice instance = text_of(why, "instance"), human = text_of(why, "on_behalf_of");
	size_t hash = slice_find_byte(instance, '#', 0);
	begin(why, "who");
	add(why, "agent:", text_of(why, "agent"), "");
	if (hash != SIZE_MAX)
		add(why, " ", slice_from_offset(instance, hash), "");
	if (human.len > 0) {
		add(why, ", acting for ", human, "");
		buffer_print(&why->line, " (delegated, depth %lld)",
			     (long long)line_number(why->doc, why->record, "depth"));
	} else {
		add(why, " (", text_of(why, "mode"), ")");
	}
	add(why, "   owner ", text_of(why, "owner"), "");
	end(why);
}

static void say_wanted(struct why *why)
{
	slice tool = text_of(why, "tool"), target = text_of(why, "target"), pin = text_of(why, "tool_definition_sha256");
	begin(why, "wanted");
	add(why, "", tool.len > 0 ? tool : text_of(why, "action"), "");
	if (!slice_equal(tool, target))
		add(why, " ", target, "");
	if (pin.len > 0)
		add(why, "  (tool pinned at ", slice_sub(pin, 0, 8), "\xE2\x80\xA6)");
	add(why, "  effect ", text_of(why, "effect_class"), "");
	add(why, "   purpose ", text_of(why, "purpose"), "");
	add(why, ", task ", text_of(why, "task"), "");
	add(why, " \"", text_of(why, "task_title"), "\"");
	end(why);
}

/* "v37": under which its texts can be shown; empty where the server does not know it. */
static slice version_of(struct why *why, slice digest)
{
	struct remote_reply reply;
	struct fault fault;
	slice id = {NULL, 0};
	slice path = arena_print(&why->remote->arena, "/v1/policy_sets/%.*s", SLICE_ARG(remote_escape(why->remote, digest)));
	if (digest.len > 0 && remote_get(why->remote, path, &reply, &fault) == E_OK)
		id = line_text(&reply.doc, json_get(&reply.doc, json_root(&reply.doc), SLICE("version")), "id");
	return id;
}

/* The policies that decided, one a line; the set in force behind the first. */
static void say_rule(struct why *why)
{
	slice set = text_of(why, "policy_set");
	const struct json_node *policies = json_get(why->doc, why->record, SLICE("determining_policies"));
	const struct json_node *policy = json_first(policies);
	slice text;
	begin(why, "rule");
	if (policy && json_string(policy, &text))
		add(why, was_permitted(why) ? "permit " : "", text, "");
	else
		add(why, "", slice_equal(text_of(why, "reason"), SLICE("no_matching_permit"))
			? SLICE("no_matching_permit: what nobody permits is denied") : text_of(why, "reason"), "");
	add(why, "      policy set ", slice_sub(set, 0, 8), "\xE2\x80\xA6");
	buffer_print(&why->line, " (");
	add(why, "", version_of(why, set), ", ");
	buffer_print(&why->line, "revision %lld)", (long long)line_number(why->doc, why->record, "registry_revision"));
	end(why);
	for (policy = policy ? json_next(policy) : NULL; policy; policy = json_next(policy)) {
		begin(why, "");
		if (json_string(policy, &text))
			add(why, was_permitted(why) ? "permit " : "", text, "");
		end(why);
	}
}

static void say_errors(struct why *why)
{
	const struct json_node *error = json_first(json_get(why->doc, why->record, SLICE("errors")));
	slice text;
	for (; error; error = json_next(error)) {
		begin(why, "errors");
		if (json_string(error, &text))
			add(why, "", text, "");
		end(why);
	}
}

/* The command that an operator may want next, ready to be pasted. */
static void say_remedy(struct why *why)
{
	slice reason = text_of(why, "reason"), agent = text_of(why, "agent");
	begin(why, "");
	if (slice_equal(reason, SLICE("no_matching_permit")) && text_of(why, "tool").len > 0) {
		add(why, "tipstaff grants add --agent ", agent, "");
		add(why, " --tool ", text_of(why, "tool"), "");
		add(why, " --purpose ", text_of(why, "purpose"), "");
	} else if (slice_equal(reason, SLICE("agent.state=registered"))) {
		add(why, "tipstaff agents approve ", agent, "");
	} else if (slice_equal(reason, SLICE("agent.state=suspended")) ||
		   slice_equal(reason, SLICE("agent.state=quarantined"))) {
		add(why, "tipstaff resume ", agent, "");
	} else if (slice_equal(reason, SLICE("tool.changed"))) {
		add(why, "tipstaff tools get ", text_of(why, "tool"), "");
	} else {
		return;
	}
	end(why);
}

static void say_missing(struct why *why)
{
	slice missing = text_of(why, "missing");
	if (was_permitted(why))
		return;
	begin(why, "missing");
	add(why, "", missing.len > 0 ? missing : SLICE("nothing that could be granted"), "");
	end(why);
	say_remedy(why);
}

/* The facts that were read, as many on a line as fit. */
static void say_facts(struct why *why)
{
	unsigned width = screen_width(stdout);
	const struct json_node *fact = json_first(json_get(why->doc, why->record, SLICE("facts")));
	slice text;
	begin(why, "facts");
	buffer_print(&why->line, "risk = %lld  trust = %lld", (long long)line_number(why->doc, why->record, "risk"),
		     (long long)line_number(why->doc, why->record, "trust"));
	for (; fact; fact = json_next(fact)) {
		if (!json_string(fact, &text))
			continue;
		if (screen_columns(buffer_slice(&why->line)) + text.len + 2 > (width ? width : 110)) {
			end(why);
			begin(why, "");
			add(why, "", text, "");
		} else {
			add(why, "  ", text, "");
		}
	}
	end(why);
}

static void say_then(struct why *why)
{
	slice server = text_of(why, "server");
	slice outcome = line_text(why->doc, why->effect, "outcome");
	begin(why, "then");
	if (!was_permitted(why) && !was_observed(why)) {
		add(why, "nothing was sent to ", server.len > 0 ? server : SLICE("anybody"), "");
	} else if (outcome.len > 0) {
		add(why, "sent to ", server.len > 0 ? server : SLICE("the target"), "");
		add(why, ": ", outcome, "");
		buffer_print(&why->line, ", status %lld in %.1f ms, %lld bytes back",
			     (long long)line_number(why->doc, why->effect, "status"),
			     (double)line_number(why->doc, why->effect, "duration_us") / 1000,
			     (long long)line_number(why->doc, why->effect, "bytes"));
		add(why, "   ", line_text(why->doc, why->effect, "id"), "");
	} else if (slice_equal(text_of(why, "trigger"), SLICE("tools/call")) || server.len == 0) {
		add(why, "", SLICE("the answer was given; no outcome is recorded"), "");
	} else {
		add(why, "released to ", server, "; no outcome is recorded");
	}
	add(why, "; token ", text_of(why, "token"), "");
	end(why);
}

/* Has what the decision stood on changed since? */
static void say_today(struct why *why)
{
	struct remote_reply agent, status;
	struct fault fault;
	slice state = {NULL, 0};
	int64_t then = line_number(why->doc, why->record, "registry_revision"), now = 0;
	struct arena *arena = &why->remote->arena;
	slice path = arena_print(arena, "/v1/agents/%.*s", SLICE_ARG(remote_escape(why->remote, text_of(why, "agent"))));
	begin(why, "today");
	if (remote_get(why->remote, path, &agent, &fault) == E_OK)
		state = line_text(&agent.doc, json_root(&agent.doc), "state");
	if (remote_get(why->remote, SLICE("/v1/status"), &status, &fault) == E_OK)
		now = line_number(&status.doc, json_get(&status.doc, json_root(&status.doc), SLICE("registry")),
				    "revision");
	if (now > 0 && now == then)
		add(why, "", SLICE("same decision: nothing has changed since"), "");
	else if (now > 0)
		buffer_print(&why->line, "the registry is at revision %lld, it was at %lld", (long long)now,
			     (long long)then);
	add(why, now > 0 ? "; agent is " : "agent is ", state, "");
	end(why);
}

static void explain(struct why *why)
{
	buffer_init(&why->line, 1u << 20);
	say_header(why);
	say_who(why);
	say_wanted(why);
	say_rule(why);
	say_errors(why);
	say_missing(why);
	say_facts(why);
	say_then(why);
	say_today(why);
	buffer_free(&why->line);
}

int verb_why(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault fault;
	const struct option_row options[] = {REMOTE_OPTIONS(&remote)};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	slice id = remote_escape(&remote, slice_of(given.items[0]));
	enum error code = remote_get(&remote, arena_print(&remote.arena, "/v1/decisions/%.*s", SLICE_ARG(id)), &reply, &fault);
	if (code == E_OK && remote.json) {
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &fault);
	} else if (code == E_OK) {
		const struct json_node *root = json_root(&reply.doc);
		struct why why = {.remote = &remote, .doc = &reply.doc, .record = root,
				  .effect = json_get(&reply.doc, root, SLICE("effect"))};
		explain(&why);
	}
	return remote_end(&remote, code, &fault);
}
