#include "gateway/target.h"

#include "check.h"
#include "decision/snapshot.h"

static struct arena arena;
static struct fault why;
static struct target target;

static enum error parse(slice url)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 16);
	why = (struct fault){0};
	return target_parse(url, &arena, &target, &why);
}

TEST(a_url_is_taken_apart)
{
	CHECK_OK(parse(SLICE("https://mcp.example:8443/a/b?x=1")), why);
	CHECK(target.secure);
	CHECK_SLICE(target.host, SLICE("mcp.example"));
	CHECK_INT(target.port, 8443);
	CHECK_SLICE(target.path, SLICE("/a/b?x=1"));
}

TEST(what_a_url_leaves_out_is_the_usual)
{
	CHECK_OK(parse(SLICE("http://127.0.0.1")), why);
	CHECK(!target.secure);
	CHECK_INT(target.port, 80);
	CHECK_SLICE(target.path, SLICE("/"));
	CHECK_OK(parse(SLICE("http://[::1]:7000/mcp")), why);
	CHECK_SLICE(target.host, SLICE("::1"));
}

TEST(a_url_that_is_none_is_refused)
{
	CHECK_ERROR(parse(SLICE("ftp://x/")), E_INVALID);
	CHECK_ERROR(parse(SLICE("http://user@x/")), E_INVALID);
	CHECK_ERROR(parse(SLICE("http:///x")), E_INVALID);
	CHECK_ERROR(parse(SLICE("http://x:99999/")), E_INVALID);
}

TEST(a_server_that_is_disabled_is_no_target)
{
	struct server_row row = {.url = SLICE("http://127.0.0.1:1/mcp"), .protocol_version = SLICE("2026-07-28")};
	CHECK_OK(parse(SLICE("http://x/")), why);
	CHECK_ERROR(target_of(NULL, &arena, &target, &why), E_UNAVAILABLE);
	CHECK_ERROR(target_of(&row, &arena, &target, &why), E_UNAVAILABLE);
	row.active = true;
	row.row.id = SLICE("fs");
	CHECK_OK(target_of(&row, &arena, &target, &why), why);
	CHECK_INT(target.revision, MCP_2026_07_28);
	CHECK_SLICE(target.server, SLICE("fs"));
	row.url = SLICE("nonsense");
	CHECK_ERROR(target_of(&row, &arena, &target, &why), E_INVALID);
}

TEST(fields_have_a_maximum_and_no_empty_values)
{
	struct target_fields fields = {.count = 0};
	target_field(&fields, SLICE("A"), SLICE(""));
	CHECK_INT(fields.count, 0);
	for (unsigned i = 0; i < TARGET_FIELDS_MAX + 5; i++)
		target_field(&fields, SLICE("A"), SLICE("b"));
	CHECK_INT(fields.count, TARGET_FIELDS_MAX);
}
