/* `tipstaff trace ID`, `decisions` and `watch`: records of the log, line by line. */
#include "cli/line.h"
#include "cli/remote.h"
#include "cli/screen.h"
#include "cli/verb.h"

#include <string.h>
#include <unistd.h>

#define TRACE_DEPTH_MAX 64u

static const struct json_node *items_of(const struct remote_reply *reply)
{
	return json_get(&reply->doc, json_root(&reply->doc), SLICE("items"));
}

static const struct json_node *find_id(const struct json_doc *doc, const struct json_node *items, slice id)
{
	for (const struct json_node *item = json_first(items); item && id.len > 0; item = json_next(item))
		if (slice_equal(line_text(doc, item, "id"), id))
			return item;
	return NULL;
}

/* How deep a record hangs under what caused it; an effect hangs under its decision. */
static unsigned depth_of(const struct json_doc *doc, const struct json_node *items, const struct json_node *item)
{
	unsigned depth = 0;
	while (depth < TRACE_DEPTH_MAX) {
		slice above = line_text(doc, item, "decision_id");
		item = find_id(doc, items, above.len > 0 ? above : line_text(doc, item, "parent"));
		if (!item)
			break;
		depth++;
	}
	return depth;
}

static void print_trace(const struct remote_reply *reply)
{
	const struct json_node *items = items_of(reply);
	for (const struct json_node *item = json_first(items); item; item = json_next(item)) {
		printf("%*s", (int)depth_of(&reply->doc, items, item) * 2, "");
		line_print(stdout, &reply->doc, item);
	}
}

int verb_trace(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	const struct option_row options[] = {REMOTE_OPTIONS(&remote)};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	slice id = remote_escape(&remote, slice_of(given.items[0]));
	enum error code = remote_get(&remote, arena_print(&remote.arena, "/v1/trace/%.*s", SLICE_ARG(id)), &reply, &why);
	if (code == E_OK && remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	else if (code == E_OK)
		print_trace(&reply);
	return remote_end(&remote, code, &why);
}

static void add_filter(struct remote *remote, struct buffer *path, const char *name, slice value)
{
	if (value.len > 0)
		buffer_print(path, "&%s=%.*s", name, SLICE_ARG(remote_escape(remote, value)));
}

int verb_decisions(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	slice agent = {NULL, 0}, decision = {NULL, 0}, since = {NULL, 0};
	uint64_t limit = 20;
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"agent", OPTION_TEXT, &agent, "AGENT", "only of this agent"},
		{"decision", OPTION_TEXT, &decision, "WORD", "only permit, deny or gate"},
		{"since", OPTION_TEXT, &since, "TIME", "only from then on: RFC 3339, or 10m, 2h, ..."},
		{"limit", OPTION_NUMBER, &limit, "N", "at most N (20)"},
	};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	struct buffer path;
	buffer_init(&path, 8192);
	buffer_print(&path, "/v1/decisions?limit=%llu", (unsigned long long)limit);
	add_filter(&remote, &path, "agent", agent);
	add_filter(&remote, &path, "decision", decision);
	add_filter(&remote, &path, "since", since);
	enum error code = remote_get(&remote, buffer_slice(&path), &reply, &why);
	buffer_free(&path);
	if (code == E_OK && remote.json) {
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	} else if (code == E_OK) {
		for (const struct json_node *item = json_first(items_of(&reply)); item; item = json_next(item))
			line_print(stdout, &reply.doc, item);
	}
	return remote_end(&remote, code, &why);
}

/* A watch while it runs. */
struct watch {
	struct remote *remote;
	slice agent;    /* only of this agent; empty: all */
	uint64_t limit; /* lines left; 0: no end */
	bool limited;
	char last_id[64];
};

static bool on_event(void *context, const struct sse_event *event)
{
	struct watch *watch = context;
	struct arena arena;
	struct json_doc doc;
	if (event->id.len > 0)
		snprintf(watch->last_id, sizeof(watch->last_id), "%.*s", SLICE_ARG(event->id));
	arena_init(&arena, 16u << 20);
	if (json_parse(&doc, event->data, NULL, &arena, NULL) == E_OK && json_is(json_root(&doc), JSON_OBJECT) &&
	    (watch->agent.len == 0 || slice_equal(line_text(&doc, json_root(&doc), "agent"), watch->agent))) {
		if (watch->remote->json)
			printf("%.*s\n", SLICE_ARG(event->data));
		else
			line_print(stdout, &doc, json_root(&doc));
		if (watch->limited)
			watch->limit--;
	}
	arena_free(&arena);
	/* Whoever reads in a pipe sees each line at once; when nobody reads any more it is over. */
	return fflush(stdout) == 0 && !(watch->limited && watch->limit == 0);
}

static enum error watch_once(struct watch *watch, struct fault *why)
{
	struct client_reply reply;
	struct client_request request = {
		.method = SLICE("GET"), .path = SLICE("/v1/watch"), .accept = SLICE("text/event-stream"),
		.authorization = watch->remote->authorization, .last_event_id = slice_of(watch->last_id)};
	enum error code = client_stream(watch->remote->client, &request, on_event, watch, &reply, why);
	if (code == E_OK && reply.status != 200) {
		struct remote_reply refused = {.status = reply.status};
		code = remote_check(watch->remote, &refused, why);
	}
	client_reply_free(&reply);
	return remote_explain(watch->remote, code, why);
}

int verb_watch(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct fault why;
	struct watch watch = {.remote = &remote};
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"agent", OPTION_TEXT, &watch.agent, "AGENT", "only of this agent"},
		{"count", OPTION_NUMBER, &watch.limit, "N", "end after N lines"},
	};
	int go = remote_begin(&remote, verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	watch.limited = watch.limit > 0;
	enum error code = E_OK;
	for (bool lived = false; code == E_OK;) {
		code = watch_once(&watch, &why);
		if (code == E_OK)
			break;
		/* A server that restarts is waited for, one that never was there is not. */
		lived |= code == E_CLOSED;
		if (!lived || (code != E_CLOSED && code != E_UPSTREAM))
			break;
		if (code == E_CLOSED)
			fprintf(stderr, "the stream ended; going on where it stopped\n");
		sleep(1);
		code = E_OK;
	}
	return remote_end(&remote, code, &why);
}
