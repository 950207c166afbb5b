#include "api/api.h"

#include "api/route.h"
#include "text/json.h"
#include "town.h"

#include <stdio.h>

#define BOT "{\"id\":\"bot\",\"owner\":\"alice\",\"purpose\":\"support\"}"

static int status(const char *method, const char *path, const char *more, const char *body)
{
	return town_ask(method, path, more, body).status;
}

TEST(without_the_admin_key_nothing_below_v1_is_told)
{
	struct route route;
	town_begin();
	for (size_t i = 0; route_at(i, &route); i++) {
		char path[128];
		route_template(&route, path, sizeof(path));
		char *id = strstr(path, "{id}");
		if (id)
			memcpy(id, "abcd", 4);
		if (route.guard != GUARD_ADMIN)
			continue;
		struct town_answer answer = town_ask_plain(http1_method_text(route.method).ptr, path, NULL);
		CHECK_INT(answer.status, 401);
		CHECK(slice_starts_with(town_header(&answer, "WWW-Authenticate"), SLICE("Bearer")));
	}
	CHECK_INT(town_ask_plain("GET", "/v1/agents", "Authorization: Bearer the-admin-kez\r\n").status, 401);
	CHECK_INT(town_ask_plain("GET", "/v1/agents", "Authorization: Basic the-admin-key\r\n").status, 401);
	CHECK_INT(town.commands, 0);
	town_end();
}

TEST(a_page_of_another_origin_is_refused_everywhere)
{
	town_begin();
	CHECK_INT(town_ask_plain("GET", "/healthz", "Origin: http://evil.example\r\n").status, 403);
	CHECK_INT(status("POST", "/v1/agents", "Origin: null\r\n", BOT), 403);
	CHECK_INT(town_ask_plain("POST", "/token", "Origin: http://evil.example\r\n").status, 403);
	CHECK_INT(town_ask_plain("GET", "/healthz", "Origin: http://127.0.0.1:7475\r\n").status, 200);
	CHECK_INT(town.commands, 0);
	town_end();
}

TEST(every_route_is_answered_and_nothing_else_is)
{
	struct route route;
	town_begin();
	for (size_t i = 0; route_at(i, &route); i++) {
		char path[128];
		route_template(&route, path, sizeof(path));
		char *id = strstr(path, "{id}");
		if (id)
			memcpy(id, "abcd", 4);
		if (route.action == ROUTE_WATCH)
			continue;
		bool has_body = route.action == ROUTE_CREATE || route.action == ROUTE_PUT || route.action == ROUTE_PATCH;
		struct town_answer answer = town_ask(http1_method_text(route.method).ptr, path, NULL, has_body ? "{}" : NULL);
		CHECK(answer.status != 405 && !town_has(answer.body, "there is nothing at"));
	}
	struct town_answer answer = town_ask("GET", "/v1/nothing", NULL, NULL);
	CHECK_INT(answer.status, 404);
	CHECK_SLICE(town_header(&answer, "Content-Type"), SLICE("application/problem+json"));
	answer = town_ask("DELETE", "/v1/agents", NULL, NULL);
	CHECK_INT(answer.status, 405);
	CHECK_SLICE(town_header(&answer, "Allow"), SLICE("GET, POST"));
	town_end();
}

TEST(an_agent_is_registered_with_owner_and_purpose_or_not_at_all)
{
	town_begin();
	struct town_answer answer = town_ask("POST", "/v1/agents", NULL, "{\"purpose\":\"p\"}");
	CHECK_INT(answer.status, 422);
	CHECK(town_has(answer.body, "\"field\":\"owner\""));
	CHECK_SLICE(town_header(&answer, "Content-Type"), SLICE("application/problem+json"));
	answer = town_ask("POST", "/v1/agents", NULL, "{\"owner\":\"alice\"}");
	CHECK(answer.status == 422 && town_has(answer.body, "\"field\":\"purpose\""));
	CHECK(town_has(town_ask("GET", "/v1/agents", NULL, NULL).body, "\"items\":[]"));
	answer = town_ask("POST", "/v1/agents", NULL, BOT);
	CHECK_INT(answer.status, 201);
	CHECK_SLICE(town_header(&answer, "Location"), SLICE("/v1/agents/bot"));
	CHECK_SLICE(town_header(&answer, "ETag"), SLICE("\"3\""));
	answer = town_ask("GET", "/v1/agents/%62ot", NULL, NULL);
	CHECK_INT(answer.status, 200);
	static const char *const fields[] = {"\"id\":\"bot\"",	      "\"owner\":\"alice\"",	 "\"purpose\":\"support\"",
					     "\"environment\":\"dev\"", "\"model\":\"unknown\"", "\"class\":\"generative\"",
					     "\"state\":\"registered\""};
	for (size_t i = 0; i < 7; i++)
		CHECK(town_has(answer.body, fields[i]));
	CHECK_INT(status("GET", "/v1/agents/none", NULL, NULL), 404);
	town_end();
}

TEST(a_body_is_json_and_an_object_and_not_too_long)
{
	static char long_body[300001];
	town_begin();
	CHECK_INT(status("POST", "/v1/agents", "Content-Type: text/plain\r\n", BOT), 415);
	CHECK_INT(status("POST", "/v1/agents", NULL, "{\"owner\":\"a\",\"owner\":\"b\"}"), 400);
	CHECK_INT(status("POST", "/v1/agents", NULL, "[]"), 400);
	CHECK_INT(status("POST", "/v1/agents", NULL, NULL), 400);
	memset(long_body, ' ', sizeof(long_body) - 1);
	CHECK_INT(status("POST", "/v1/agents", NULL, long_body), 413);
	CHECK_INT(status("POST", "/v1/agents?dry_run=perhaps", NULL, BOT), 422);
	CHECK_INT(status("POST", "/v1/agents?dry=true", NULL, BOT), 422);
	CHECK_INT(status("GET", "/v1/agents/%zz", NULL, NULL), 400);
	CHECK_INT(town.commands, 0);
	town_end();
}

TEST(writes_are_conditional_where_asked)
{
	town_begin();
	CHECK_INT(status("POST", "/v1/agents", NULL, BOT), 201);
	CHECK_INT(status("PATCH", "/v1/agents/bot", "If-Match: \"2\"\r\n", "{\"team\":\"x\"}"), 412);
	CHECK_INT(status("PATCH", "/v1/agents/bot", "If-Match: 3\r\n", "{\"team\":\"x\"}"), 422);
	CHECK_INT(status("PATCH", "/v1/agents/bot", "If-Match: \"3\"\r\n", "{\"team\":\"x\"}"), 200);
	CHECK_INT(status("PATCH", "/v1/agents/bot", "Content-Type: application/merge-patch+json\r\n", "{\"team\":null}"), 200);
	CHECK_INT(status("PUT", "/v1/agents/bot", NULL, "{\"owner\":\"alice\",\"purpose\":\"support\"}"), 200);
	CHECK_INT(town_revision(), 5);
	struct town_answer answer = town_ask("POST", "/v1/agents?dry_run=true", NULL, "{\"owner\":\"new\",\"purpose\":\"p\"}");
	CHECK(answer.status == 200 && town_has(answer.body, "\"dry_run\":true"));
	CHECK_INT(town_revision(), 5);
	CHECK_INT(status("DELETE", "/v1/principals/alice", NULL, NULL), 409);
	town_end();
}

TEST(the_same_key_does_the_same_thing_once)
{
	static const char *const key = "Idempotency-Key: abc\r\n";
	static const char *const grant = "{\"agent\":\"bot\",\"tools\":[\"fs.*\"],\"purpose_id\":\"support\"}";
	town_begin();
	CHECK_INT(status("POST", "/v1/agents", NULL, BOT), 201);
	struct town_answer first = town_ask("POST", "/v1/grants", key, grant);
	CHECK_INT(first.status, 201);
	char body[1024];
	snprintf(body, sizeof(body), "%.*s", SLICE_ARG(first.body));
	struct town_answer again = town_ask("POST", "/v1/grants", key, grant);
	CHECK_INT(again.status, 201);
	CHECK_SLICE(again.body, slice_of(body));
	CHECK_INT(status("POST", "/v1/grants", key, "{\"agent\":\"bot\",\"tools\":[\"a.*\"],\"purpose_id\":\"support\"}"), 409);
	CHECK_INT(status("POST", "/v1/agents", key, grant), 409);
	CHECK_INT(town_revision(), 4);
	town_end();
}

TEST(a_verb_takes_a_reason_and_nothing_else)
{
	town_begin();
	CHECK_INT(status("POST", "/v1/agents", NULL, BOT), 201);
	CHECK_INT(status("POST", "/v1/agents/bot/approve", NULL, "{\"because\":\"x\"}"), 422);
	CHECK_INT(status("POST", "/v1/agents/bot/approve", NULL, "{\"reason\":7}"), 422);
	CHECK_INT(status("POST", "/v1/agents/bot/approve", NULL, NULL), 200);
	CHECK_INT(status("POST", "/v1/agents/bot/approve", NULL, NULL), 409);
	struct town_answer answer = town_ask("POST", "/v1/agents/bot/suspend", NULL, "{\"reason\":\"odd calls\"}");
	CHECK(answer.status == 200 && town_has(answer.body, "\"state_reason\":\"odd calls\""));
	CHECK_INT(status("POST", "/v1/servers/fs/refresh", NULL, NULL), 200);
	town_end();
}

TEST(lists_come_in_pages_and_can_be_narrowed)
{
	town_begin();
	CHECK_INT(status("POST", "/v1/agents", NULL, BOT), 201);
	CHECK_INT(status("POST", "/v1/agents", NULL, "{\"id\":\"cat\",\"owner\":\"bob\",\"purpose\":\"support\"}"), 201);
	struct town_answer answer = town_ask("GET", "/v1/agents?limit=1", NULL, NULL);
	CHECK(town_has(answer.body, "\"id\":\"bot\"") && !town_has(answer.body, "\"id\":\"cat\""));
	CHECK(!town_has(answer.body, "\"next_page_token\":\"\""));
	CHECK(town_has(town_ask("GET", "/v1/agents?owner=bob", NULL, NULL).body, "\"id\":\"cat\""));
	CHECK_INT(status("GET", "/v1/agents?limit=0", NULL, NULL), 422);
	CHECK_INT(status("GET", "/v1/agents?limit=x", NULL, NULL), 422);
	CHECK_INT(status("GET", "/v1/agents?colour=red", NULL, NULL), 422);
	CHECK_INT(status("GET", "/v1/agents?owner=a&owner=b", NULL, NULL), 422);
	CHECK_INT(status("GET", "/v1/agents?page_token=zz", NULL, NULL), 422);
	town_end();
}

TEST(a_secret_is_sealed_before_the_recorder_sees_it_and_never_shown)
{
	static const char *const with_secret = "{\"id\":\"fs\",\"url\":\"http://h/\",\"authorization\":\"Bearer hush\"}";
	town_begin();
	struct town_answer answer = town_ask("POST", "/v1/servers", NULL, with_secret);
	CHECK_INT(answer.status, 201);
	CHECK(town_has(answer.body, "\"authorization_set\":true") && !town_has(answer.body, "hush") &&
	      !town_has(answer.body, "hsuh"));
	CHECK_INT(town.sealed, 1);
	/* The same again changes nothing, although a seal never comes out the same. */
	uint64_t revision = town_revision();
	CHECK_INT(status("PUT", "/v1/servers/fs", NULL, with_secret), 200);
	CHECK_INT(town_revision(), revision);
	CHECK_INT(status("PATCH", "/v1/servers/fs", NULL, "{\"authorization\":\"Bearer hush2\"}"), 200);
	CHECK_INT(town_revision(), revision + 1);
	CHECK_INT(status("PATCH", "/v1/servers/fs", NULL, "{\"authorization\":\"\"}"), 422);
	CHECK_INT(status("PATCH", "/v1/servers/fs", NULL, "{\"authorization\":\"a\\r\\nb\"}"), 422);
	CHECK_INT(status("PATCH", "/v1/servers/fs", NULL, "{\"authorization\":7}"), 422);
	CHECK_INT(status("POST", "/v1/servers", NULL, "{\"url\":\"http://h/\",\"authorization\":\"hush\"}"), 422);
	CHECK_INT(status("PATCH", "/v1/servers/fs", NULL, "{\"authorization\":null}"), 200);
	CHECK(town_has(town_ask("GET", "/v1/servers/fs", NULL, NULL).body, "\"authorization_set\":false"));
	CHECK(!town.saw_secret);
	town_end();
}

TEST(questions_about_the_log_are_passed_on)
{
	town_begin();
	CHECK_INT(status("GET", "/v1/decisions?agent=bot&decision=deny&limit=5&since=10m", NULL, NULL), 200);
	CHECK_SLICE(slice_of(town.last_query),
		    SLICE("{\"op\":\"list\",\"agent\":\"bot\",\"decision\":\"deny\",\"limit\":5,\"since\":\"10m\"}"));
	CHECK_INT(status("GET", "/v1/decisions/d_1", NULL, NULL), 200);
	CHECK_SLICE(slice_of(town.last_query), SLICE("{\"op\":\"find\",\"id\":\"d_1\"}"));
	CHECK_INT(status("GET", "/v1/trace/task_1", NULL, NULL), 200);
	CHECK_SLICE(slice_of(town.last_query), SLICE("{\"op\":\"trace\",\"id\":\"task_1\"}"));
	CHECK_INT(status("GET", "/v1/decisions?limit=many", NULL, NULL), 422);
	CHECK_INT(status("GET", "/v1/decisions?colour=red", NULL, NULL), 422);
	CHECK(town_has(town_ask("GET", "/v1/unknown-callers", NULL, NULL).body, "\"items\":[]"));
	town_end();
}

TEST(the_state_is_told_also_where_it_is_bad)
{
	town_begin();
	CHECK_INT(town_ask_plain("GET", "/readyz", NULL).status, 200);
	struct town_answer answer = town_ask("GET", "/v1/status", NULL, NULL);
	CHECK(town_has(answer.body, "\"gateway\":{\"state\":\"ok\"") && town_has(answer.body, "\"records\":7"));
	town.recorder_is_gone = true;
	CHECK_INT(town_ask_plain("GET", "/healthz", NULL).status, 200);
	answer = town_ask_plain("GET", "/readyz", NULL);
	CHECK(answer.status == 503 && town_has(answer.body, "the recorder is gone"));
	answer = town_ask("GET", "/v1/status", NULL, NULL);
	CHECK(answer.status == 200 && town_has(answer.body, "\"recorder\":{\"state\":\"faulty\""));
	CHECK_INT(status("POST", "/v1/agents", NULL, BOT), 503);
	town.recorder_is_gone = false;
	town.not_ready = true;
	CHECK_INT(town_ask_plain("GET", "/readyz", NULL).status, 503);
	answer = town_ask_plain("GET", "/metrics", NULL);
	CHECK(town_has(answer.body, "\ntipstaff_ready 0\n") && town_has(answer.body, "# TYPE tipstaff_decisions_total counter"));
	CHECK(town_has(answer.body, "tipstaff_decisions_total{decision=\"deny\"} 0\n"));
	town_end();
}

TEST(the_served_description_is_json_and_says_where)
{
	struct json_doc doc;
	struct arena arena;
	struct fault why;
	town_begin();
	arena_init(&arena, 64u << 20);
	struct town_answer answer = town_ask_plain("GET", "/v1/openapi.json", NULL);
	CHECK_INT(answer.status, 200);
	CHECK_OK(json_parse(&doc, answer.body, NULL, &arena, &why), why);
	arena_free(&arena);
	town_end();
}

TEST(a_watch_shows_each_record_once_and_goes_on_after_the_last_seen)
{
	town_begin();
	town.durable = 5;
	int fd = town_connect("/v1/watch", "Last-Event-ID: 2\r\n");
	slice text = town_read_until(fd, "data: {\"index\":4,\"kind\":\"decision\",\"id\":\"d_4\"}\n\n\r\n");
	CHECK(town_has(text, "text/event-stream"));
	CHECK(town_has(text, "event: decision\nid: 3\n") && !town_has(text, "id: 2\n"));
	free((void *)(uintptr_t)text.ptr);
	town.durable = 6;
	text = town_read_until(fd, "data: {\"index\":5,\"kind\":\"decision\",\"id\":\"d_5\"}\n\n\r\n");
	CHECK(!town_has(text, "\"index\":4"));
	free((void *)(uintptr_t)text.ptr);
	close(fd);
	fd = town_connect("/v1/watch", NULL);
	text = town_read_until(fd, ":watching\n\n\r\n");
	free((void *)(uintptr_t)text.ptr);
	town.durable = 7;
	text = town_read_until(fd, "data: {\"index\":6,\"kind\":\"decision\",\"id\":\"d_6\"}\n\n\r\n");
	CHECK(!town_has(text, "\"index\":5"));
	free((void *)(uintptr_t)text.ptr);
	close(fd);
	CHECK_INT(status("GET", "/v1/watch", "Last-Event-ID: x\r\n", NULL), 422);
	town_end();
}
