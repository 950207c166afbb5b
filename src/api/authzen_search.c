/* What the searches of AuthZEN do with a request: who asks, which page, the answer, its record. */
#include "api/authzen.h"

#include "api/asked.h"
#include "api/reply.h"
#include "api/search.h"
#include "crypt/digest.h"
#include "decision/report.h"
#include "evidence/record.h"

#define NS_PER_MS 1000000

/* One search; lives in the exchange's arena until its record is durable. */
struct searching {
	struct services *services;
	struct http_exchange *exchange;
	struct authzen_search search;
	struct asker asker; /* while the loop iteration lasts */
	slice asker_name;
	struct authzen_page page;
	struct search_results results;
	struct ulid id;
	slice answer;
	int64_t begun_ns;
};

static bool is_enough(void *context)
{
	const struct searching *searching = context;
	return services_monotonic_ns(searching->services) - searching->begun_ns > SEARCH_TIME_MS_MAX * (int64_t)NS_PER_MS;
}

static enum error read_request(struct searching *searching, enum authzen_search_kind kind, struct fault *why)
{
	struct http_exchange *exchange = searching->exchange;
	struct authzen_search *search = &searching->search;
	if (!slice_equal_fold(http1_media_type(&exchange->request->headers), SLICE("application/json")))
		return FAIL(why, E_REQUEST, "the body must be application/json");
	TRY(authzen_search_read(search, kind, exchange->body, &exchange->arena, why));
	searching->asker_name = asker_name(&searching->asker, &exchange->arena);
	searching->page = (struct authzen_page){.limit = search->has_limit ? search->limit : SEARCH_RESULTS_MAX,
						.total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	if (search->token.len == 0)
		return E_OK;
	return authzen_page_read(&searching->page, search, searching->asker_name, &exchange->arena, why);
}

static enum error run(struct searching *searching, struct fault *why)
{
	struct services *services = searching->services;
	const struct snapshot *snapshot = services_snapshot(services);
	struct search_setting setting = {
		.evaluate = {.snapshot = snapshot, .asker = searching->asker, .without_facts = true,
			     .evidence_ready = true, .now_ms = services_now_ns(services) / NS_PER_MS},
		.is_enough = is_enough,
		.context = searching,
	};
	/* Each of these would deny every single question; an empty list would look like an answer. */
	if (!snapshot)
		return FAIL(why, E_UNAVAILABLE, "not_ready: the registry has not been received yet");
	if (snapshot->broken)
		return FAIL(why, E_UNAVAILABLE, "policy.error: policies or entities cannot be loaded");
	/* Why is for the operator's log: it names files. */
	if (recorder_health(services->recorder, NULL) != E_OK)
		return FAIL(why, E_UNAVAILABLE, "evidence.unavailable: no permits can be given at the moment");
	searching->begun_ns = services_monotonic_ns(services);
	return search_run(&setting, &searching->search, &searching->page, &searching->exchange->arena,
			  &searching->results, why);
}

static void write_results(struct json_writer *writer, const struct searching *searching)
{
	const struct search_results *results = &searching->results;
	const struct authzen_search *search = &searching->search;
	bool actions = search->kind == AUTHZEN_SEARCH_ACTION;
	slice type = search->kind == AUTHZEN_SEARCH_SUBJECT ? search->asked.subject.type : search->asked.resource.type;
	json_put_array(writer, "results");
	for (size_t i = 0; i < results->count; i++) {
		json_begin_object(writer);
		if (!actions)
			json_put_string(writer, "type", type);
		json_put_string(writer, actions ? "name" : "id", results->ids[i]);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static enum error write_answer(struct searching *searching, struct buffer *body, struct fault *why)
{
	const struct search_results *results = &searching->results;
	struct json_writer writer;
	slice token = SLICE("");
	if (results->has_more)
		TRY(authzen_page_write(&token, &results->next, &searching->search, searching->asker_name,
				       &searching->exchange->arena, why));
	json_writer_init(&writer, body, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_object(&writer, "page");
	json_put_string(&writer, "next_token", token);
	json_put_u64(&writer, "count", results->count);
	if (results->total != AUTHZEN_TOTAL_UNKNOWN)
		json_put_u64(&writer, "total", results->total);
	json_end_object(&writer);
	json_put_object(&writer, "context");
	json_put_string(&writer, "id", ulid_slice(&searching->id));
	asked_write_left_out(&writer, &results->left_out);
	json_end_object(&writer);
	write_results(&writer, searching);
	json_end_object(&writer);
	TRY(json_writer_end(&writer, why));
	searching->answer = arena_copy(&searching->exchange->arena, buffer_slice(body));
	return searching->answer.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for an answer");
}

/* `user:alice`, or `user:*` of what is looked for. */
static slice name_of(const struct searching *searching, enum authzen_search_kind part)
{
	const struct authzen_evaluation *asked = &searching->search.asked;
	const struct authzen_entity *entity = part == AUTHZEN_SEARCH_SUBJECT ? &asked->subject : &asked->resource;
	return arena_print(&searching->exchange->arena, "%.*s:%.*s", SLICE_ARG(entity->type),
			   SLICE_ARG(searching->search.kind == part ? SLICE("*") : entity->id));
}

/* One record for the search: what was asked, how many were found, and the digest of the answer. */
static enum error write_record(struct searching *searching, struct buffer *out, struct fault *why)
{
	const struct authzen_search *search = &searching->search;
	const struct search_results *results = &searching->results;
	const struct snapshot *snapshot = services_snapshot(searching->services);
	struct arena *arena = &searching->exchange->arena;
	struct sha256 digest;
	struct record record;
	struct decision_input input = {.method = SLICE("authzen.search"), .doc = &search->doc,
				       .arguments = json_root(&search->doc)};
	struct decision decision = {.verdict = results->count ? PERMIT : DENY, .reason_text = SLICE("search"),
				    .revision = snapshot->revision, .policy_digest = snapshot->policy_digest};
	slice subject = name_of(searching, AUTHZEN_SEARCH_SUBJECT);
	decision.tool_id = decision.action = search->kind == AUTHZEN_SEARCH_ACTION ? SLICE("*") : search->asked.action.id;
	decision.target = name_of(searching, AUTHZEN_SEARCH_RESOURCE);
	TRY(decision_record(&input, &decision, arena, &record, why));
	TRY(sha256_once(&digest, searching->answer, why));
	record.id = ulid_slice(&searching->id);
	record.time_ns = (uint64_t)services_now_ns(searching->services);
	record.node = searching->services->config->node;
	record.peer = http_peer(searching->exchange);
	record.actor = searching->asker_name;
	record.agent = subject;
	record.chain = (struct record_texts){&subject, 1};
	record.count = results->count;
	record.result_sha256 = sha256_slice(&digest);
	record.bytes = searching->answer.len;
	record.detail = arena_print(arena, "search for each %s: %zu found among %zu candidates",
				    authzen_search_name(search->kind), results->count, results->decided);
	return record_encode(&record, out, why);
}

static void on_durable(void *context, enum error code, uint64_t index)
{
	struct searching *searching = context;
	struct fault why = {.code = E_OK};
	(void)index;
	if (code == E_OK) {
		reply_json(searching->exchange, 200, searching->answer);
		return;
	}
	metrics_add(searching->services->metrics, METRIC_APPEND_FAILED);
	code = FAIL(&why, E_UNAVAILABLE, "evidence.unavailable: the search could not be recorded");
	reply_problem(searching->exchange, code, &why);
}

static enum error answer(struct searching *searching, struct fault *why)
{
	struct buffer body, record;
	buffer_init(&body, REPLY_BYTES_MAX);
	buffer_init(&record, RECORD_BYTES_MAX);
	searching->id = asked_name(searching->services);
	enum error code = write_answer(searching, &body, why);
	if (code == E_OK)
		code = write_record(searching, &record, why);
	if (code == E_OK)
		recorder_append(searching->services->recorder, buffer_slice(&record), on_durable, searching);
	buffer_free(&record);
	buffer_free(&body);
	return code;
}

static void handle(struct services *services, struct http_exchange *exchange, enum authzen_search_kind kind)
{
	struct fault why = {.code = E_OK};
	struct searching *searching = ARENA_NEW(&exchange->arena, struct searching);
	if (!searching) {
		reply_problem(exchange, E_MEMORY, NULL);
		return;
	}
	searching->services = services;
	searching->exchange = exchange;
	if (authzen_asker(services, exchange->request, &searching->asker, &why) != E_OK) {
		reply_unauthenticated(exchange, services->config->issuer, fault_sentence(&why));
		return;
	}
	enum error code = read_request(searching, kind, &why);
	if (code == E_OK)
		code = run(searching, &why);
	if (code == E_OK)
		code = answer(searching, &why);
	if (code == E_OK)
		return;
	/* The specification knows 400 for whatever is wrong with a request. */
	why.code = code == E_INVALID ? E_REQUEST : code;
	reply_problem(exchange, why.code, &why);
}

void authzen_search_subject_handle(struct services *services, struct http_exchange *exchange)
{
	handle(services, exchange, AUTHZEN_SEARCH_SUBJECT);
}

void authzen_search_resource_handle(struct services *services, struct http_exchange *exchange)
{
	handle(services, exchange, AUTHZEN_SEARCH_RESOURCE);
}

void authzen_search_action_handle(struct services *services, struct http_exchange *exchange)
{
	handle(services, exchange, AUTHZEN_SEARCH_ACTION);
}
