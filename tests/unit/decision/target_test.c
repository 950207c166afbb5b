#include "decision/target.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

static void path_is(const char *path, const char *expected)
{
	slice got;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	CHECK_OK(target_normalise_path(slice_of(path), &arena, &got, &why), why);
	CHECK_SLICE(got, slice_of(expected));
	arena_free(&arena);
}

static void path_refused(slice path)
{
	slice got;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(target_normalise_path(path, &arena, &got, NULL), E_INVALID);
	arena_free(&arena);
}

TEST(a_path_that_climbs_or_hides_something_is_refused)
{
	path_refused(SLICE(""));
	path_refused(SLICE("/.."));
	path_refused(SLICE("/data/../../etc/passwd"));
	path_refused(SLICE("../etc/passwd"));
	path_refused(SLICE("data/../../etc"));
	path_refused(SLICE("data/.."));
	path_refused(SLICE("~/secrets"));
	path_refused(SLICE("~root"));
	path_refused(SLICE("/data\\..\\etc"));
	path_refused(SLICE("/data\0/x"));
}

TEST(a_path_gets_one_spelling)
{
	path_is("/", "/");
	path_is("//", "/");
	path_is("/data", "/data");
	path_is("/data/", "/data");
	path_is("/data//a/./b/", "/data/a/b");
	path_is("/data/../etc/passwd", "/etc/passwd");
	path_is("/data/..", "/");
	path_is("/a/b/../../c", "/c");
	path_is("data/a", "data/a");
	path_is("./data", "data");
	path_is(".", ".");
	path_is("/...", "/...");
	path_is("/a/..b", "/a/..b");
}

static void url_is(const char *url, const char *expected)
{
	slice got;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	CHECK_OK(target_normalise_url(slice_of(url), &arena, &got, &why), why);
	CHECK_SLICE(got, slice_of(expected));
	arena_free(&arena);
}

static void url_refused(const char *url)
{
	slice got;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(target_normalise_url(slice_of(url), &arena, &got, NULL), E_INVALID);
	arena_free(&arena);
}

TEST(a_url_that_two_readers_read_differently_is_refused)
{
	url_refused("");
	url_refused("example.com/a");
	url_refused("//example.com");
	url_refused("http://");
	url_refused("http:///a");
	url_refused("http://user@example.com/");
	url_refused("http://good.com\\@evil.com/");
	url_refused("http://a b/");
	url_refused("http://example.com/\x01");
	url_refused("http://2130706433/");
	url_refused("http://0x7f.1/");
	url_refused("http://127.1/");
	url_refused("http://127.0.0.01/");
	url_refused("http://example.com:99999/");
	url_refused("http://example.com:8o/");
	url_refused("http://example.com/a/%2e%2e/b");
	url_refused("http://example.com/a%2Fb");
	url_refused("http://example.com/../a");
	url_refused("http://exa%6dple.com/");
	url_refused("http://[::1/");
}

TEST(a_url_gets_one_spelling)
{
	url_is("HTTP://Example.COM", "http://example.com/");
	url_is("https://example.com:443/a", "https://example.com/a");
	url_is("http://example.com:8080/a/./b/../c?x=/../y#top", "http://example.com:8080/a/c?x=/../y");
	url_is("http://127.0.0.1/a/", "http://127.0.0.1/a/");
	url_is("http://[::1]:80/", "http://[::1]/");
	url_is("https://example.com?q=1", "https://example.com/?q=1");
}

TEST(a_star_stands_for_any_bytes)
{
	CHECK(target_matches(SLICE("/data/*"), SLICE("/data/a/b")));
	CHECK(target_matches(SLICE("*"), SLICE("")));
	CHECK(target_matches(SLICE("a*b*c"), SLICE("axxbxxbc")));
	CHECK(target_matches(SLICE("/data"), SLICE("/data")));
	CHECK(!target_matches(SLICE("/data/*"), SLICE("/data")));
	CHECK(!target_matches(SLICE("/data/*"), SLICE("/database/x")));
	CHECK(!target_matches(SLICE(""), SLICE("a")));
	CHECK(!target_matches(SLICE("a*b"), SLICE("ab*c")));
	CHECK(!target_matches(SLICE("/data/?"), SLICE("/data/x")));
}

static enum error extract(const struct tool_row *tool, const char *json, struct targets *targets, struct fault *why)
{
	struct json_doc doc;
	CHECK_OK(json_parse(&doc, slice_of(json), NULL, &arena, why), *why);
	return targets_extract(tool, &doc, json_root(&doc), &arena, targets, why);
}

TEST(a_target_is_taken_from_the_named_argument_or_refused_by_name)
{
	static const char *const bad[] = {"{\"path\":null}", "{\"path\":7}", "{\"path\":\"\"}", "{\"path\":[]}",
					  "{\"path\":[\"/a\",7]}", "{\"path\":\"/../x\"}", "{\"path\":{\"a\":\"/b\"}}"};
	struct tool_row tool = {.target_type = TOOL_TARGET_PATH, .target_argument = SLICE("path")};
	struct targets targets;
	struct fault why = {0};
	arena_init(&arena, 1 << 24);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_ERROR(extract(&tool, bad[i], &targets, &why), E_INVALID);
		CHECK_SLICE(slice_of(why.field), SLICE("path"));
		CHECK(strncmp(why.sentence, "path: ", 6) == 0);
	}
	CHECK_OK(targets_extract(&tool, NULL, NULL, &arena, &targets, &why), why);
	CHECK_INT(targets.count, 0);
	CHECK_OK(extract(&tool, "{}", &targets, &why), why);
	CHECK_INT(targets.count, 0);
	CHECK_OK(extract(&tool, "{\"path\":[\"/a/../b\",\"/c\"]}", &targets, &why), why);
	CHECK_INT(targets.count, 2);
	CHECK_SLICE(targets.items[0], SLICE("/b"));
	tool.target_type = TOOL_TARGET_STRING;
	CHECK_OK(extract(&tool, "{\"path\":\"../x\"}", &targets, &why), why);
	CHECK_SLICE(targets.items[0], SLICE("../x"));
	tool.target_type = TOOL_TARGET_NONE;
	CHECK_OK(extract(&tool, "{}", &targets, &why), why);
	CHECK_INT(targets.count, 0);
	arena_free(&arena);
}

TEST(too_many_or_too_long_targets_are_refused)
{
	struct tool_row tool = {.target_type = TOOL_TARGET_PATH, .target_argument = SLICE("path")};
	struct targets targets;
	struct fault why = {0};
	static char text[TARGET_BYTES_MAX + 64];
	arena_init(&arena, 1 << 24);
	strcpy(text, "{\"path\":[\"/a\"");
	for (unsigned i = 0; i < TARGETS_MAX; i++)
		strcat(text, ",\"/a\"");
	strcat(text, "]}");
	CHECK_ERROR(extract(&tool, text, &targets, &why), E_LIMIT);
	strcpy(text, "{\"path\":\"/");
	memset(text + strlen(text), 'a', TARGET_BYTES_MAX);
	strcat(text, "\"}");
	CHECK_ERROR(extract(&tool, text, &targets, &why), E_LIMIT);
	arena_free(&arena);
}
