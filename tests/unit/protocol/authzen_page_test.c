#include "protocol/authzen_page.h"

#include "check.h"
#include "text/base64.h"

#include <string.h>

#define ALICE "\"subject\":{\"type\":\"user\",\"id\":\"alice\"}"
#define READ "\"action\":{\"name\":\"read\"}"
#define RECORDS "\"resource\":{\"type\":\"record\"}"
#define SEARCH "{" ALICE "," READ "," RECORDS

static struct arena arena;
static struct fault why;

static struct authzen_search read_search(const char *body)
{
	struct authzen_search search;
	CHECK_OK(authzen_search_read(&search, AUTHZEN_SEARCH_RESOURCE, slice_of(body), &arena, &why), why);
	return search;
}

static slice token_of(const char *body, slice asker)
{
	struct authzen_search search = read_search(body);
	struct authzen_page page = {.limit = 7, .total = 99, .after = SLICE("record-7")};
	slice token;
	CHECK_OK(authzen_page_write(&token, &page, &search, asker, &arena, &why), why);
	return token;
}

/* The page that the token leads to, for the same search with `more` in its page object. */
static enum error follow(slice token, const char *body, slice asker, const char *more, struct authzen_page *ret)
{
	struct buffer text;
	buffer_init(&text, 1 << 20);
	buffer_print(&text, "%s,\"page\":{\"token\":\"%.*s\"%s}}", body, SLICE_ARG(token), more);
	struct authzen_search search;
	slice copy = arena_copy(&arena, buffer_slice(&text));
	buffer_free(&text);
	CHECK_OK(authzen_search_read(&search, AUTHZEN_SEARCH_RESOURCE, copy, &arena, &why), why);
	return authzen_page_read(ret, &search, asker, &arena, &why);
}

TEST(a_token_leads_on_where_the_page_ended)
{
	struct authzen_page page;
	arena_init(&arena, 1 << 24);
	slice token = token_of(SEARCH "}", SLICE("pep:a"));
	CHECK_OK(follow(token, SEARCH, SLICE("pep:a"), "", &page), why);
	CHECK_INT(page.limit, 7);
	CHECK_INT(page.total, 99);
	CHECK_SLICE(page.after, SLICE("record-7"));
	CHECK(!page.is_first);
	CHECK_OK(follow(token, SEARCH, SLICE("pep:a"), ",\"limit\":7,\"x\":1", &page), why);
	/* The same search in other words. */
	CHECK_OK(follow(token, "{ \"resource\" : {\"type\":\"recor\\u0064\"}," READ "," ALICE, SLICE("pep:a"), "", &page), why);
	arena_free(&arena);
}

TEST(a_token_of_another_search_asker_or_limit_is_refused)
{
	struct authzen_page page;
	arena_init(&arena, 1 << 24);
	slice token = token_of(SEARCH "}", SLICE("pep:a"));
	CHECK_ERROR(follow(token, SEARCH, SLICE("pep:b"), "", &page), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("page"));
	CHECK_ERROR(follow(token, SEARCH, SLICE("pep:a"), ",\"limit\":8", &page), E_INVALID);
	CHECK_ERROR(follow(token, SEARCH ",\"context\":{}", SLICE("pep:a"), "", &page), E_INVALID);
	CHECK_ERROR(follow(token, "{" ALICE ",\"action\":{\"name\":\"write\"}," RECORDS, SLICE("pep:a"), "", &page), E_INVALID);
	arena_free(&arena);
}

TEST(whatever_else_comes_as_a_token_is_refused)
{
	struct authzen_page page;
	arena_init(&arena, 1 << 26);
	slice token = token_of(SEARCH "}", SLICE("pep:a"));
	for (size_t i = 0; i < token.len; i++) {
		slice altered = arena_copy(&arena, token);
		((char *)(uintptr_t)altered.ptr)[i] = altered.ptr[i] == 'x' ? 'y' : 'x';
		CHECK_ERROR(follow(altered, SEARCH, SLICE("pep:a"), "", &page), E_INVALID);
		CHECK_ERROR(follow(slice_sub(token, 0, i + 1 == token.len ? i : i + 1), SEARCH, SLICE("pep:a"), "", &page), E_INVALID);
	}
	static const char *const texts[] = {"x", "AAAA", "AQ", "....", "QUJD=", " "};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_ERROR(follow(slice_of(texts[i]), SEARCH, SLICE("pep:a"), "", &page), E_INVALID);
	char *endless = arena_alloc(&arena, 60000);
	memset(endless, 'A', 60000);
	CHECK_ERROR(follow(slice_from(endless, 60000), SEARCH, SLICE("pep:a"), "", &page), E_INVALID);
	arena_free(&arena);
}

TEST(an_id_that_no_token_holds_is_refused)
{
	arena_init(&arena, 1 << 24);
	struct authzen_search search = read_search(SEARCH "}");
	struct authzen_page page = {.after = {arena_alloc(&arena, 10000), AUTHZEN_POSITION_BYTES_MAX + 1}};
	slice token;
	CHECK_ERROR(authzen_page_write(&token, &page, &search, SLICE("a"), &arena, &why), E_LIMIT);
	arena_free(&arena);
}
