#include "gateway/sessions.h"

#include "check.h"

#include <stdio.h>

static const struct hash_key hash = {1, 2};
static struct arena arena;
static struct fault why;
static struct mcp_sessions *sessions;
static struct session_key key;

static void begin(slice server)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	why = (struct fault){0};
	sessions = mcp_sessions_new(&hash);
	key = (struct session_key){SLICE("s1"), SLICE("bot"), SLICE("alice"), server};
	struct session_new session = {key, MCP_2025_11_25, SLICE("up1"), server.len > 0, SLICE("{}"), 1000};
	CHECK_OK(session_open(sessions, &session, &why), why);
}

static void end(void)
{
	mcp_sessions_free(sessions);
}

TEST(a_session_is_found_by_its_owner_only)
{
	struct session_view view;
	begin(SLICE("fs"));
	CHECK_OK(session_find(sessions, &key, 2000, &arena, &view, &why), why);
	CHECK_INT(view.revision, MCP_2025_11_25);
	struct session_key other = key;
	other.agent = SLICE("eve");
	CHECK_ERROR(session_find(sessions, &other, 2000, &arena, &view, &why), E_NOT_FOUND);
	other = key;
	other.subject = SLICE("bob");
	CHECK_ERROR(session_find(sessions, &other, 2000, &arena, &view, &why), E_NOT_FOUND);
	other = key;
	other.server = SLICE("crm");
	CHECK_ERROR(session_find(sessions, &other, 2000, &arena, &view, &why), E_NOT_FOUND);
	CHECK_ERROR(session_close(sessions, &other, &why), E_NOT_FOUND);
	end();
}

TEST(a_closed_session_is_gone)
{
	struct session_view view;
	begin(SLICE("fs"));
	CHECK_OK(session_close(sessions, &key, &why), why);
	CHECK_ERROR(session_find(sessions, &key, 2000, &arena, &view, &why), E_NOT_FOUND);
	CHECK_INT(mcp_sessions_count(sessions), 0);
	end();
}

TEST(upstream_sessions_hang_behind_it)
{
	bool opened;
	slice upstream;
	slice server;
	begin(SLICE("fs"));
	CHECK_OK(session_upstream(sessions, &key, SLICE("fs"), &arena, &opened, &upstream, &why), why);
	CHECK(opened);
	CHECK_SLICE(upstream, SLICE("up1"));
	CHECK_OK(session_upstream(sessions, &key, SLICE("crm"), &arena, &opened, &upstream, &why), why);
	CHECK(!opened);
	CHECK_OK(session_set_upstream(sessions, &key, SLICE("crm"), true, SLICE("up2"), &why), why);
	CHECK_OK(session_nth_upstream(sessions, &key, 1, &arena, &server, &upstream, &why), why);
	CHECK_SLICE(server, SLICE("crm"));
	CHECK_SLICE(upstream, SLICE("up2"));
	CHECK_ERROR(session_nth_upstream(sessions, &key, 2, &arena, &server, &upstream, &why), E_NOT_FOUND);
	CHECK_OK(session_set_upstream(sessions, &key, SLICE("crm"), false, SLICE(""), &why), why);
	CHECK_OK(session_upstream(sessions, &key, SLICE("crm"), &arena, &opened, &upstream, &why), why);
	CHECK(!opened);
	end();
}

TEST(upstream_sessions_have_a_maximum)
{
	char name[16];
	begin(SLICE(""));
	for (unsigned i = 0; i < SESSION_SERVERS_MAX; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		CHECK_OK(session_set_upstream(sessions, &key, slice_of(name), true, SLICE("x"), &why), why);
	}
	CHECK_ERROR(session_set_upstream(sessions, &key, SLICE("more"), true, SLICE("x"), &why), E_LIMIT);
	end();
}

TEST(only_answers_that_are_expected_are_known)
{
	struct session_pending pending = {.id = SLICE("7"), .server = SLICE("fs"), .method = MCP_TOOLS_CALL,
					  .decision_id = SLICE("d_1"), .started_ns = 5, .history = SLICE("agent bot")};
	struct session_pending got;
	begin(SLICE("fs"));
	CHECK_OK(session_expect(sessions, &key, &pending, &why), why);
	CHECK_ERROR(session_expect(sessions, &key, &pending, &why), E_CONFLICT);
	CHECK_ERROR(session_expected(sessions, &key, SLICE("8"), true, &arena, &got, &why), E_NOT_FOUND);
	CHECK_OK(session_expected(sessions, &key, SLICE("7"), true, &arena, &got, &why), why);
	CHECK_INT(got.method, MCP_TOOLS_CALL);
	CHECK_SLICE(got.decision_id, SLICE("d_1"));
	CHECK_SLICE(got.history, SLICE("agent bot"));
	CHECK_ERROR(session_expected(sessions, &key, SLICE("7"), true, &arena, &got, &why), E_NOT_FOUND);
	end();
}

TEST(the_oldest_expected_answer_gives_way)
{
	struct session_pending got;
	char id[16];
	begin(SLICE("fs"));
	for (unsigned i = 0; i <= SESSION_PENDING_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		struct session_pending pending = {.id = slice_of(id), .server = SLICE("fs"), .method = MCP_PING, .started_ns = i};
		CHECK_OK(session_expect(sessions, &key, &pending, &why), why);
	}
	CHECK_ERROR(session_expected(sessions, &key, SLICE("0"), false, &arena, &got, &why), E_NOT_FOUND);
	CHECK_OK(session_expected(sessions, &key, SLICE("1"), false, &arena, &got, &why), why);
	end();
}

TEST(an_answer_to_a_server_goes_to_the_one_that_asked)
{
	slice shown;
	slice server;
	slice id;
	begin(SLICE("fs"));
	CHECK_OK(session_ask(sessions, &key, SLICE("fs"), SLICE("0"), &arena, &shown, &why), why);
	CHECK_SLICE(shown, SLICE("0"));
	CHECK_OK(session_answer(sessions, &key, shown, &arena, &server, &id, &why), why);
	CHECK_SLICE(server, SLICE("fs"));
	CHECK_ERROR(session_answer(sessions, &key, shown, &arena, &server, &id, &why), E_NOT_FOUND);
	end();
}

TEST(two_servers_may_ask_with_the_same_id)
{
	slice first;
	slice second;
	slice server;
	slice id;
	begin(SLICE(""));
	CHECK_OK(session_ask(sessions, &key, SLICE("fs"), SLICE("0"), &arena, &first, &why), why);
	CHECK_OK(session_ask(sessions, &key, SLICE("crm"), SLICE("0"), &arena, &second, &why), why);
	CHECK(!slice_equal(first, second));
	CHECK_OK(session_answer(sessions, &key, second, &arena, &server, &id, &why), why);
	CHECK_SLICE(server, SLICE("crm"));
	CHECK_SLICE(id, SLICE("0"));
	end();
}

TEST(one_agent_does_not_crowd_out_the_others)
{
	char id[16];
	begin(SLICE("fs"));
	for (unsigned i = 1; i < SESSIONS_OF_AGENT_MAX; i++) {
		snprintf(id, sizeof(id), "x%u", i);
		struct session_new more = {.key = key, .revision = MCP_2025_11_25, .now_ns = 2000};
		more.key.id = slice_of(id);
		CHECK_OK(session_open(sessions, &more, &why), why);
	}
	struct session_new last = {.key = key, .revision = MCP_2025_11_25, .now_ns = 2000};
	last.key.id = SLICE("last");
	CHECK_ERROR(session_open(sessions, &last, &why), E_RATE);
	last.now_ns = 1001 + SESSION_IDLE_NS;
	CHECK_OK(session_open(sessions, &last, &why), why);
	struct session_view view;
	CHECK_ERROR(session_find(sessions, &key, 2000, &arena, &view, &why), E_NOT_FOUND);
	end();
}

TEST(what_a_session_keeps_has_a_maximum)
{
	static char hello[SESSION_HELLO_BYTES_MAX + 1];
	begin(SLICE("fs"));
	struct session_new big = {.key = key, .hello = slice_from(hello, sizeof(hello))};
	CHECK_ERROR(session_open(sessions, &big, &why), E_LIMIT);
	end();
}

TEST(servers_of_sessions_only_are_remembered)
{
	begin(SLICE("fs"));
	CHECK(!mcp_sessions_only(sessions, SLICE("fs")));
	mcp_sessions_note_server(sessions, SLICE("fs"), true);
	CHECK(mcp_sessions_only(sessions, SLICE("fs")));
	CHECK(!mcp_sessions_only(sessions, SLICE("crm")));
	mcp_sessions_note_server(sessions, SLICE("fs"), false);
	CHECK(!mcp_sessions_only(sessions, SLICE("fs")));
	end();
}
