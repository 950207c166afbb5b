/*
 * Bodies of AuthZEN requests: the first byte says which endpoint, the rest is the body. What is taken is whole, and a page
 * token that we did not make leads nowhere.
 */
#include "fuzz.h"

#include "protocol/authzen_page.h"

#define ASKER SLICE("pep:fuzz")

/* The token made for this search leads back to where it was made. */
static void check_round(const struct authzen_search *search, struct arena *arena)
{
	struct authzen_search again = *search;
	struct authzen_page page = {.limit = 7, .total = 9, .after = SLICE("x")}, read;
	struct fault why = {0};
	if (authzen_page_write(&again.token, &page, search, ASKER, arena, &why) != E_OK)
		return;
	again.has_limit = false;
	assert(authzen_page_read(&read, &again, ASKER, arena, &why) == E_OK);
	assert(read.limit == 7 && read.total == 9 && slice_equal(read.after, page.after) && !read.is_first);
	assert(authzen_page_read(&read, &again, SLICE("pep:other"), arena, &why) == E_INVALID);
}

static void check_search(enum authzen_search_kind kind, slice body, struct arena *arena)
{
	struct authzen_search search;
	struct authzen_page page;
	struct fault why = {0};
	if (authzen_search_read(&search, kind, body, arena, &why) != E_OK)
		return;
	assert(kind == AUTHZEN_SEARCH_ACTION || search.asked.action.id.len > 0);
	assert(search.asked.subject.type.len > 0 && search.asked.resource.type.len > 0);
	/* Nobody has made a token for this asker. */
	assert(search.token.len == 0 || authzen_page_read(&page, &search, ASKER, arena, &why) != E_OK);
	check_round(&search, arena);
}

static void check_entity(const struct json_doc *a_doc, const struct authzen_entity *a, const struct json_doc *b_doc,
			 const struct authzen_entity *b)
{
	assert(slice_equal(a->type, b->type) && slice_equal(a->id, b->id) && !a->properties == !b->properties);
	if (a->properties)
		assert(slice_equal(json_span(a_doc, a->properties), json_span(b_doc, b->properties)));
}

/* The two readers of a single evaluation: what one takes, the other takes as well, and understands as the same. */
static void check_single(slice body, struct arena *arena)
{
	struct authzen_request plain, whole;
	struct fault why = {0};
	enum error code = authzen_evaluation_read(&plain, body, arena, &why);
	if (authzen_evaluations_read(&whole, body, arena, &why) != code || code != E_OK || whole.is_batch) {
		/* Items and an unknown semantic are nothing for a single one. */
		assert(code == E_OK || why.code != E_OK);
		return;
	}
	const struct authzen_evaluation *a = plain.evaluations, *b = whole.evaluations;
	check_entity(&plain.doc, &a->subject, &whole.doc, &b->subject);
	check_entity(&plain.doc, &a->action, &whole.doc, &b->action);
	check_entity(&plain.doc, &a->resource, &whole.doc, &b->resource);
	assert(!a->context == !b->context);
	if (a->context)
		assert(slice_equal(json_span(&plain.doc, a->context), json_span(&whole.doc, b->context)));
}

static void check_evaluations(bool several, slice body, struct arena *arena)
{
	struct authzen_request request;
	struct fault why = {0};
	enum error code = several ? authzen_evaluations_read(&request, body, arena, &why)
				  : authzen_evaluation_read(&request, body, arena, &why);
	if (code != E_OK)
		return;
	assert(request.count > 0 && request.count <= AUTHZEN_EVALUATIONS_MAX);
	for (size_t i = 0; i < request.count; i++) {
		const struct authzen_evaluation *one = &request.evaluations[i];
		assert(one->fault.code != E_OK || (one->subject.id.len && one->action.id.len && one->resource.id.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena arena;
	if (length == 0)
		return 0;
	slice body = slice_from(bytes + 1, length - 1);
	arena_init(&arena, 64u << 20);
	if (bytes[0] % 5 < 3)
		check_search((enum authzen_search_kind)(bytes[0] % 5), body, &arena);
	else
		check_evaluations(bytes[0] % 5 == 3, body, &arena);
	if (bytes[0] % 5 == 4)
		check_single(body, &arena);
	arena_free(&arena);
	return 0;
}
