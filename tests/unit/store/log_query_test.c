#include "store/log_query.h"

#include "check.h"
#include "evidence/record.h"
#include "folder.h"
#include "store/log_writer.h"
#include "text/json.h"
#include "text/ulid.h"

#include <stdio.h>

#define BEGIN_MS INT64_C(1800000000000)
#define NS_PER_MS UINT64_C(1000000)

static struct folder folder;
static struct log_writer *writer;
static struct log_reader *reader;
static struct log_query *query;
static struct arena arena;
static struct json_doc doc;
static struct fault why;
static uint64_t count;

static slice id_of(const char *prefix, unsigned number)
{
	unsigned char random[ULID_RANDOM_BYTES] = {(unsigned char)number};
	struct ulid id = ulid_make(slice_of(prefix), BEGIN_MS + (int64_t)number * 1000, random);
	return arena_copy(&arena, ulid_slice(&id));
}

static void append(struct record *record, const char *prefix)
{
	struct buffer bytes;
	static const char digest[32] = "0123456789abcdef0123456789abcde";
	buffer_init(&bytes, RECORD_BYTES_MAX);
	record->id = id_of(prefix, (unsigned)count);
	record->time_ns = ((uint64_t)BEGIN_MS + count * 1000) * NS_PER_MS;
	record->node = SLICE("n");
	record->reason = SLICE("permitted");
	record->tool = record->action = SLICE("fs.read");
	record->policy_set = slice_from(digest, 32);
	CHECK_OK(record_encode(record, &bytes, &why), why);
	slice text = buffer_slice(&bytes);
	CHECK_OK(log_append_batch(writer, &text, 1, record->time_ns + NS_PER_MS, NULL, &why), why);
	buffer_free(&bytes);
	count++;
}

static slice decide(const char *agent, enum record_decision decision, const char *task)
{
	struct record record = {.kind = RECORD_DECISION, .decision = decision, .enforcement = RECORD_ENFORCED,
				.agent = slice_of(agent), .task = slice_of(task)};
	append(&record, "d");
	return record.id;
}

static slice effect(slice decision_id)
{
	struct record record = {.kind = RECORD_EFFECT, .decision_id = decision_id, .outcome = RECORD_SUCCEEDED,
				.status = 200, .duration_us = 5};
	append(&record, "e");
	return record.id;
}

static void begin(void)
{
	struct log_recovery recovery;
	count = 0;
	arena_init(&arena, 64u << 20);
	folder = folder_make();
	struct log_writer_options options = {.directory = folder_path(&folder), .origin = SLICE("t"),
					     .segment_bytes = LOG_SEGMENT_BYTES_MIN};
	CHECK_OK(log_writer_open(&options, &writer, &recovery, &why), why);
	CHECK_OK(log_reader_open(folder_path(&folder), &reader, &why), why);
	CHECK_OK(log_query_make(&query, reader, &why), why);
}

static void end(void)
{
	log_query_free(query);
	log_reader_close(reader);
	log_writer_close(writer);
	folder_remove(&folder);
	arena_free(&arena);
}

/* The status of the answer; its tree is in `doc`. */
static int ask(const char *request)
{
	struct service_reply reply = log_query_answer(query, slice_of(request), count);
	CHECK_OK(json_parse(&doc, arena_copy(&arena, reply.body), NULL, &arena, &why), why);
	return reply.status;
}

static int ask_id(const char *op, slice id)
{
	char request[160];
	snprintf(request, sizeof(request), "{\"op\":\"%s\",\"id\":\"%.*s\"}", op, SLICE_ARG(id));
	return ask(request);
}

static unsigned items(void)
{
	const struct json_node *list = json_get(&doc, json_root(&doc), SLICE("items"));
	return list ? list->count : 999;
}

static int64_t next(void)
{
	int64_t value = -1;
	CHECK(json_i64(json_get(&doc, json_root(&doc), SLICE("next")), &value));
	return value;
}

TEST(a_decision_is_found_with_its_effect)
{
	begin();
	slice other = decide("a", RECORD_PERMIT, "");
	slice wanted = decide("a", RECORD_PERMIT, "");
	effect(other);
	effect(wanted);
	slice denied = decide("a", RECORD_DENY, "");
	CHECK_INT(ask_id("find", wanted), 200);
	slice id, outcome_of;
	CHECK(json_string(json_get(&doc, json_root(&doc), SLICE("id")), &id));
	CHECK_SLICE(id, wanted);
	const struct json_node *found = json_get(&doc, json_root(&doc), SLICE("effect"));
	CHECK(json_string(json_get(&doc, found, SLICE("decision_id")), &outcome_of));
	CHECK_SLICE(outcome_of, wanted);
	CHECK_INT(ask_id("find", denied), 200);
	CHECK(!json_get(&doc, json_root(&doc), SLICE("effect")));
	CHECK_INT(ask_id("find", id_of("d", 500)), 404);
	CHECK_INT(ask_id("find", SLICE("nonsense")), 404);
	end();
}

TEST(decisions_are_listed_the_newest_first_and_page_by_page)
{
	begin();
	for (unsigned i = 0; i < 10; i++)
		effect(decide(i % 2 ? "odd" : "even", i < 4 ? RECORD_DENY : RECORD_PERMIT, ""));
	CHECK_INT(ask("{\"op\":\"list\",\"limit\":4}"), 200);
	CHECK_INT(items(), 4);
	int64_t index;
	const struct json_node *list = json_get(&doc, json_root(&doc), SLICE("items"));
	CHECK(json_i64(json_get(&doc, json_first(list), SLICE("index")), &index) && index == 18);
	char request[96];
	snprintf(request, sizeof(request), "{\"op\":\"list\",\"limit\":500,\"before\":%lld}", (long long)next());
	CHECK_INT(ask(request), 200);
	CHECK_INT(items(), 6);
	CHECK_INT(next(), 0);
	CHECK_INT(ask("{\"op\":\"list\",\"agent\":\"odd\",\"decision\":\"deny\"}"), 200);
	CHECK_INT(items(), 2);
	CHECK_INT(ask("{\"op\":\"list\",\"kind\":\"effect\"}"), 200);
	CHECK_INT(items(), 10);
	CHECK_INT(ask("{\"op\":\"list\",\"since\":\"2027-01-15T08:00:16Z\"}"), 200);
	CHECK_INT(items(), 2);
	CHECK_INT(ask("{\"op\":\"list\",\"until\":\"2027-01-15T08:00:04Z\"}"), 200);
	CHECK_INT(items(), 2);
	end();
}

TEST(what_cannot_be_asked_is_refused_with_its_name)
{
	static const char *const requests[] = {
		"{\"op\":\"list\",\"limit\":0}",	   "{\"op\":\"list\",\"limit\":501}",  "{\"op\":\"list\",\"decision\":\"maybe\"}",
		"{\"op\":\"list\",\"mode\":\"x\"}",	   "{\"op\":\"list\",\"kind\":\"x\"}", "{\"op\":\"list\",\"since\":\"soon\"}",
		"{\"op\":\"list\",\"before\":-1}",	   "{\"op\":\"tail\"}",		       "{\"op\":\"tail\",\"from\":-1}",
		"{\"op\":\"tail\",\"from\":0,\"max\":0}", "{\"op\":\"find\"}",	       "{\"op\":\"trace\"}",
		"{\"op\":\"erase\"}",			   "{}",
	};
	begin();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		CHECK_INT(ask(requests[i]), 422);
		CHECK(json_get(&doc, json_root(&doc), SLICE("field")) != NULL);
	}
	CHECK_INT(ask("{"), 400);
	end();
}

TEST(the_tail_goes_on_where_it_stopped)
{
	begin();
	for (unsigned i = 0; i < 5; i++)
		decide("a", RECORD_DENY, "");
	CHECK_INT(ask("{\"op\":\"tail\",\"from\":0,\"max\":3}"), 200);
	CHECK_INT(items(), 3);
	CHECK_INT(next(), 3);
	CHECK_INT(ask("{\"op\":\"tail\",\"from\":3,\"max\":3}"), 200);
	CHECK_INT(items(), 2);
	CHECK_INT(next(), 5);
	CHECK_INT(ask("{\"op\":\"tail\",\"from\":5}"), 200);
	CHECK_INT(items(), 0);
	CHECK_INT(next(), 5);
	decide("a", RECORD_DENY, "");
	CHECK_INT(ask("{\"op\":\"tail\",\"from\":5}"), 200);
	CHECK_INT(items(), 1);
	end();
}

TEST(a_trace_holds_the_task_and_nothing_else)
{
	begin();
	slice task = id_of("task", 0);
	char task_text[64];
	snprintf(task_text, sizeof(task_text), "%.*s", SLICE_ARG(task));
	slice first = decide("a", RECORD_PERMIT, task_text);
	effect(decide("b", RECORD_PERMIT, "task_other"));
	decide("a", RECORD_DENY, task_text);
	slice its_effect = effect(first);
	CHECK_INT(ask_id("trace", first), 200);
	CHECK_INT(items(), 3);
	CHECK_INT(ask_id("trace", its_effect), 200);
	CHECK_INT(items(), 3);
	CHECK_INT(ask_id("trace", task), 200);
	CHECK_INT(items(), 3);
	CHECK_INT(ask_id("trace", SLICE("task_none")), 404);
	slice alone = decide("c", RECORD_DENY, "");
	CHECK_INT(ask_id("trace", alone), 200);
	CHECK_INT(items(), 1);
	end();
}
