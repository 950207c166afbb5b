/* How the server is: alive, ready, its state, its counters, its description. */
#include "api/call.h"

#include "api/openapi.h"
#include "decision/snapshot.h"
#include "gateway/watch.h"
#include "text/json_writer.h"
#include "text/time.h"

#include <string.h>

#define STATUS_BYTES_MAX (4u * 1024u * 1024u)
#define NS_PER_MS 1000000

void healthz_handle(struct api_call *call)
{
	api_call_answer(call, 200, SLICE("{\"status\":\"ok\"}"));
}

/* E_OK where a permit could be given now. */
static enum error readiness(struct services *services, struct fault *why)
{
	if (!services_snapshot(services))
		return FAIL(why, E_UNAVAILABLE, "the registry has not been received yet");
	if (signer_jwks(services->signer).len == 0)
		return FAIL(why, E_UNAVAILABLE, "the signer has not told its keys yet");
	return recorder_health(services->recorder, why);
}

void readyz_handle(struct api_call *call)
{
	struct fault why = {0};
	enum error code = readiness(call->services, &why);
	if (code == E_OK)
		api_call_answer(call, 200, SLICE("{\"status\":\"ready\"}"));
	else
		api_call_refuse(call, error_http_status(code) == 503 ? code : E_UNAVAILABLE, &why);
}

/* --- status --- */

struct routes {
	struct json_writer *writer;
	int64_t now_ns;
};

static bool write_route(void *context, const struct traffic_row *row)
{
	struct routes *routes = context;
	struct json_writer *writer = routes->writer;
	struct time_text last = time_format_ms(row->last_ns / NS_PER_MS);
	json_begin_object(writer);
	json_put_string(writer, "agent", row->agent);
	json_put_string(writer, "server", row->server);
	json_put_text(writer, "mode", route_mode_name(traffic_row_mode(row, routes->now_ns)));
	json_put_u64(writer, "permitted", row->counts[TRAFFIC_PERMITTED] + row->counts[TRAFFIC_WATCHED]);
	json_put_u64(writer, "denied", row->counts[TRAFFIC_DENIED]);
	json_put_u64(writer, "observed", row->counts[TRAFFIC_OBSERVED]);
	json_put_string(writer, "last", time_slice(&last));
	json_end_object(writer);
	return true;
}

/* Agents that may act and were not seen: nothing is claimed about them, and that must show. */
#define UNSEEN_AGENTS_MAX 1000u

struct unseen {
	struct json_writer *writer;
	struct traffic *traffic;
	unsigned count;
	bool seen;
	slice agent;
};

static bool is_seen(void *context, const struct traffic_row *row)
{
	struct unseen *unseen = context;
	unseen->seen = slice_equal(row->agent, unseen->agent);
	return !unseen->seen;
}

static bool write_unseen(void *context, slice id, void *value)
{
	struct unseen *unseen = context;
	const struct agent_row *agent = value;
	(void)id;
	unseen->agent = agent->row.id;
	unseen->seen = false;
	if (agent->may_act && unseen->traffic)
		traffic_each(unseen->traffic, is_seen, unseen);
	if (!agent->may_act || unseen->seen)
		return true;
	json_begin_object(unseen->writer);
	json_put_string(unseen->writer, "agent", agent->row.id);
	json_put_text(unseen->writer, "server", "");
	json_put_text(unseen->writer, "mode", route_mode_name(ROUTE_NOT_IN_PATH));
	json_end_object(unseen->writer);
	return ++unseen->count < UNSEEN_AGENTS_MAX;
}

static void write_gateway(struct services *services, struct json_writer *writer)
{
	struct fault why = {0};
	const struct snapshot *snapshot = services_snapshot(services);
	enum error code = readiness(services, &why);
	json_put_object(writer, "gateway");
	json_put_text(writer, "state", code == E_OK ? "ok" : "faulty");
	if (code != E_OK)
		json_put_text(writer, "detail", fault_sentence(&why));
	if (snapshot)
		json_put_u64(writer, "revision", snapshot->revision);
	json_end_object(writer);
}

static void write_status(struct api_call *call, const struct json_doc *doc, struct buffer *out)
{
	struct services *services = call->services;
	struct json_writer writer;
	struct routes routes = {.writer = &writer, .now_ns = services_now_ns(services)};
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "version", TIPSTAFF_VERSION);
	json_put_string(&writer, "node", services->config->node);
	write_gateway(services, &writer);
	for (const struct json_node *part = doc ? json_first(json_root(doc)) : NULL; part; part = json_next(part)) {
		json_write_key(&writer, json_key(part));
		json_write_node(&writer, doc, part);
	}
	json_put_array(&writer, "routes");
	if (services->traffic)
		traffic_each(services->traffic, write_route, &routes);
	const struct snapshot *snapshot = services_snapshot(services);
	struct unseen unseen = {.writer = &writer, .traffic = services->traffic};
	if (snapshot)
		trie_each(&snapshot->agents, write_unseen, &unseen);
	json_end_array(&writer);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}

/* Also where the recorder does not answer: that it does not is what somebody wants to know. */
static void status_came(void *context, int status, slice reply)
{
	struct api_call *call = context;
	struct json_doc doc;
	struct buffer out;
	static const slice no_answer = SLICE_INIT("{\"recorder\":{\"state\":\"faulty\",\"detail\":\"it does not answer\"}}");
	bool told = status == 200 && json_parse(&doc, reply, NULL, &call->exchange->arena, NULL) == E_OK &&
		    json_is(json_root(&doc), JSON_OBJECT);
	if (!told)
		told = json_parse(&doc, no_answer, NULL, &call->exchange->arena, NULL) == E_OK;
	buffer_init(&out, STATUS_BYTES_MAX);
	write_status(call, told ? &doc : NULL, &out);
	if (out.failed)
		api_call_refuse(call, E_LIMIT, NULL);
	else
		api_call_answer(call, 200, buffer_slice(&out));
	buffer_free(&out);
}

void status_handle(struct api_call *call)
{
	struct fault why = {0};
	enum error code = api_call_check_query(call, NULL, 0, &why);
	if (code == E_OK)
		recorder_call(call->services->recorder, RECORDER_STATUS, SLICE("{}"), status_came, call);
	else
		api_call_refuse(call, code, &why);
}

/* --- metrics --- */

struct metric_row {
	const char *name;
	const char *labels;
	const char *help;
};

#define METRIC_ROW(constant, name, labels, help) [METRIC_##constant] = {name, labels, help},
static const struct metric_row metric_rows[METRIC_COUNT] = {METRIC_ROWS(METRIC_ROW)};

static void write_gauge(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	buffer_print(out, "# HELP tipstaff_%s %s\n# TYPE tipstaff_%s gauge\ntipstaff_%s %llu\n", name, help, name, name,
		     (unsigned long long)value);
}

void metrics_handle(struct api_call *call)
{
	struct services *services = call->services;
	struct buffer out;
	buffer_init(&out, 65536);
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &metric_rows[i];
		/* Rows of one name stand together. */
		if (i == 0 || strcmp(metric_rows[i - 1].name, row->name) != 0)
			buffer_print(&out, "# HELP tipstaff_%s %s\n# TYPE tipstaff_%s counter\n", row->name, row->help,
				     row->name);
		buffer_print(&out, row->labels[0] ? "tipstaff_%s{%s} %llu\n" : "tipstaff_%s%s %llu\n", row->name, row->labels,
			     (unsigned long long)atomic_load_explicit(&services->metrics->values[i], memory_order_relaxed));
	}
	const struct snapshot *snapshot = services_snapshot(services);
	write_gauge(&out, "ready", "1 where permits may be given", readiness(services, NULL) == E_OK);
	write_gauge(&out, "evidence_records", "Durable records in the log", recorder_durable_count(services->recorder));
	write_gauge(&out, "registry_revision", "Revision that is decided on", snapshot ? snapshot->revision : 0);
	api_call_answer_media(call, 200, SLICE("text/plain; version=0.0.4; charset=utf-8"), buffer_slice(&out));
	buffer_free(&out);
}

void openapi_handle(struct api_call *call)
{
	struct buffer out;
	buffer_init(&out, OPENAPI_BYTES_MAX);
	openapi_write(&out, call->services->config->issuer);
	if (out.failed)
		api_call_refuse(call, E_LIMIT, NULL);
	else
		api_call_answer(call, 200, buffer_slice(&out));
	buffer_free(&out);
}
