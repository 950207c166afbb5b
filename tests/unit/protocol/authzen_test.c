#include "protocol/authzen.h"

#include "check.h"

#define SUBJECT "\"subject\":{\"type\":\"user\",\"id\":\"alice\"}"
#define ACTION "\"action\":{\"name\":\"read\"}"
#define RESOURCE "\"resource\":{\"type\":\"record\",\"id\":\"r1\"}"

static struct arena arena;
static struct authzen_request request;

static enum error read_one(const char *body, struct fault *why)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 24);
	return authzen_evaluation_read(&request, slice_of(body), &arena, why);
}

static enum error read_several(const char *body, struct fault *why)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 24);
	return authzen_evaluations_read(&request, slice_of(body), &arena, why);
}

static void check_refused(const char *body, const char *field)
{
	struct fault why = {0};
	CHECK_ERROR(read_one(body, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
	arena_free(&arena);
}

static void check_same(const struct authzen_entity *a, const struct authzen_entity *b)
{
	CHECK_SLICE(a->type, b->type);
	CHECK_SLICE(a->id, b->id);
	CHECK(!a->properties == !b->properties);
	if (a->properties)
		CHECK_INT(a->properties->start, b->properties->start);
}

TEST(a_question_names_subject_action_and_resource)
{
	check_refused("[]", "");
	check_refused("{}", "subject");
	check_refused("{" ACTION "," RESOURCE "}", "subject");
	check_refused("{\"subject\":\"alice\"," ACTION "," RESOURCE "}", "subject");
	check_refused("{\"subject\":{\"id\":\"a\"}," ACTION "," RESOURCE "}", "subject");
	check_refused("{\"subject\":{\"type\":\"\",\"id\":\"a\"}," ACTION "," RESOURCE "}", "subject");
	check_refused("{\"subject\":{\"type\":\"u\",\"id\":7}," ACTION "," RESOURCE "}", "subject");
	check_refused("{\"subject\":{\"type\":\"u\",\"id\":\"a\",\"properties\":[]}," ACTION "," RESOURCE "}", "subject");
	check_refused("{" SUBJECT "," RESOURCE "}", "action");
	check_refused("{" SUBJECT ",\"action\":{}," RESOURCE "}", "action");
	check_refused("{" SUBJECT "," ACTION "}", "resource");
	check_refused("{" SUBJECT "," ACTION "," RESOURCE ",\"context\":7}", "context");
	struct fault why = {0};
	CHECK_ERROR(read_one("{", &why), E_SYNTAX);
	arena_free(&arena);
}

TEST(unknown_members_are_ignored)
{
	struct fault why = {0};
	CHECK_OK(read_one("{" SUBJECT "," ACTION "," RESOURCE ",\"userID\":1,\"context\":{\"a\":1},\"x\":{}}", &why), why);
	CHECK(!request.is_batch && request.count == 1);
	CHECK_SLICE(request.evaluations[0].subject.id, SLICE("alice"));
	CHECK_SLICE(request.evaluations[0].action.id, SLICE("read"));
	CHECK(request.evaluations[0].context && !request.evaluations[0].subject.properties);
	arena_free(&arena);
}

/* A single question is read without a tree where it can be, a batch always with one: nobody may see the difference. */
TEST(however_a_question_is_read_it_is_the_same)
{
	static const char *const bodies[] = {
		"{" SUBJECT "," ACTION "," RESOURCE "}",
		" { " RESOURCE " , \"context\" : { \"a\" : [ 1 , {} ] } , " ACTION ",\n" SUBJECT " } ",
		"{\"subject\":{\"id\":\"a\\u0062\\n\",\"properties\":{\"x\":{}},\"t\\u0079pe\":\"u\"}," ACTION "," RESOURCE "}",
		"{\"subject\":{\"type\":\"u\",\"id\":\"a\",\"id\":\"b\"}," ACTION "," RESOURCE "}",
		"{\"subject\":{\"type\":\"u\",\"id\":\"a\",\"\\u0069d\":\"b\"}," ACTION "," RESOURCE "}",
		"{" SUBJECT "," SUBJECT "," ACTION "," RESOURCE "}",
		"{" SUBJECT "," ACTION "," RESOURCE ",\"context\":{},\"context\":{}}",
		"{" SUBJECT "," ACTION "," RESOURCE ",\"context\":{\"a\":1,\"a\":2}}",
		"{" SUBJECT "," ACTION "," RESOURCE ",\"context\":null}",
		"{" SUBJECT "," ACTION "," RESOURCE ",}",
		"{" SUBJECT "," ACTION "," RESOURCE "}}",
		"{" SUBJECT "," ACTION "," RESOURCE "} x",
		"{" SUBJECT " " ACTION "," RESOURCE "}",
		"{" SUBJECT "," ACTION "," RESOURCE,
		"\xef\xbb\xbf{" SUBJECT "," ACTION "," RESOURCE "}",
		"{\"subject\":{\"type\":\"u\",\"id\":\"a\xff\"}," ACTION "," RESOURCE "}",
		"{\"subject\":{\"type\":\"u\",\"id\":\"\"}," ACTION "," RESOURCE "}",
		"{\"subject\":{\"type\":\"u\",\"id\":\"a\",\"name\":\"n\"},\"action\":{\"name\":\"r\",\"id\":\"i\"}," RESOURCE "}",
		"{" SUBJECT ",\"action\":{\"properties\":{\"name\":\"x\"}}," RESOURCE "}",
		"{}", "[]", "{", "", " ", "7",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct authzen_request whole;
		struct arena kept;
		struct fault why = {0}, other = {0};
		arena_init(&kept, 1 << 20);
		enum error code = authzen_evaluations_read(&whole, slice_of(bodies[i]), &kept, &why);
		CHECK_INT(read_one(bodies[i], &other), code);
		CHECK_SLICE(slice_of(other.field), slice_of(why.field));
		CHECK_SLICE(slice_of(other.sentence), slice_of(why.sentence));
		if (code == E_OK) {
			check_same(&request.evaluations[0].subject, &whole.evaluations[0].subject);
			check_same(&request.evaluations[0].action, &whole.evaluations[0].action);
			check_same(&request.evaluations[0].resource, &whole.evaluations[0].resource);
			CHECK(!request.evaluations[0].context == !whole.evaluations[0].context);
		}
		arena_free(&kept);
	}
	arena_free(&arena);
}

static enum error read_nested(unsigned depth, struct fault *why)
{
	struct buffer body;
	buffer_init(&body, 1 << 12);
	buffer_add_text(&body, "{" SUBJECT "," ACTION "," RESOURCE ",\"context\":{\"a\":");
	for (unsigned i = 2; i < depth; i++)
		buffer_add_byte(&body, '[');
	for (unsigned i = 2; i < depth; i++)
		buffer_add_byte(&body, ']');
	buffer_add(&body, (slice){"}}\0", 3});
	enum error code = read_one(body.ptr, why);
	buffer_free(&body);
	return code;
}

/* As deep as any other body, whichever reader comes to it first. */
TEST(a_context_is_as_deep_as_json_may_be)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct fault why = {0};
	for (unsigned depth = limits.depth_max - 4; depth <= limits.depth_max; depth++)
		CHECK_OK(read_nested(depth, &why), why);
	CHECK_ERROR(read_nested(limits.depth_max + 1, &why), E_LIMIT);
	arena_free(&arena);
}

TEST(items_take_what_they_leave_out_from_the_top)
{
	struct fault why = {0};
	CHECK_OK(read_several("{" SUBJECT "," ACTION ",\"resource\":{\"type\":\"record\",\"properties\":{\"a\":1}},"
			      "\"evaluations\":[{\"resource\":{\"id\":\"r1\"}},{\"action\":{\"name\":\"write\"}},7,"
			      "{" RESOURCE ",\"subject\":{\"type\":\"user\",\"id\":\"bob\"}}]}",
			      &why),
		 why);
	CHECK(request.is_batch && request.count == 4);
	CHECK_SLICE(request.evaluations[0].resource.type, SLICE("record"));
	CHECK_SLICE(request.evaluations[0].resource.id, SLICE("r1"));
	CHECK(!request.evaluations[0].resource.properties && request.evaluations[0].fault.code == E_OK);
	/* A faulty item is its own fault. */
	CHECK_INT(request.evaluations[1].fault.code, E_INVALID);
	CHECK_INT(request.evaluations[2].fault.code, E_INVALID);
	CHECK_SLICE(request.evaluations[3].subject.id, SLICE("bob"));
	arena_free(&arena);
}

TEST(without_items_it_is_a_single_question)
{
	struct fault why = {0};
	CHECK_OK(read_several("{" SUBJECT "," ACTION "," RESOURCE ",\"evaluations\":[]}", &why), why);
	CHECK(!request.is_batch && request.count == 1);
	CHECK_ERROR(read_several("{" SUBJECT "," ACTION "}", &why), E_INVALID);
	CHECK_ERROR(read_several("{" SUBJECT ",\"evaluations\":{}}", &why), E_INVALID);
	arena_free(&arena);
}

TEST(a_batch_is_bounded_and_its_semantic_known)
{
	struct fault why = {0};
	struct buffer body;
	buffer_init(&body, 1 << 20);
	buffer_add_text(&body, "{\"evaluations\":[{}");
	for (unsigned i = 0; i < AUTHZEN_EVALUATIONS_MAX; i++)
		buffer_add_text(&body, ",{}");
	buffer_add(&body, (slice){"]}\0", 3});
	CHECK_ERROR(read_several(body.ptr, &why), E_LIMIT);
	buffer_free(&body);
	CHECK_ERROR(read_several("{\"evaluations\":[{}],\"options\":{\"evaluations_semantic\":\"some\"}}", &why), E_INVALID);
	CHECK_ERROR(read_several("{\"evaluations\":[{}],\"options\":{\"evaluations_semantic\":1}}", &why), E_INVALID);
	CHECK_OK(read_several("{\"evaluations\":[{}],\"options\":{\"evaluations_semantic\":\"deny_on_first_deny\"}}", &why),
		 why);
	CHECK(request.semantic == AUTHZEN_DENY_ON_FIRST_DENY);
	CHECK(authzen_stops(AUTHZEN_DENY_ON_FIRST_DENY, false) && !authzen_stops(AUTHZEN_DENY_ON_FIRST_DENY, true));
	CHECK(authzen_stops(AUTHZEN_PERMIT_ON_FIRST_PERMIT, true) && !authzen_stops(AUTHZEN_PERMIT_ON_FIRST_PERMIT, false));
	CHECK(!authzen_stops(AUTHZEN_EXECUTE_ALL, true) && !authzen_stops(AUTHZEN_EXECUTE_ALL, false));
	arena_free(&arena);
}

static struct authzen_search search;

static enum error read_search(enum authzen_search_kind kind, const char *body, struct fault *why)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 24);
	return authzen_search_read(&search, kind, slice_of(body), &arena, why);
}

static void check_search_refused(enum authzen_search_kind kind, const char *body, const char *field)
{
	struct fault why = {0};
	CHECK_ERROR(read_search(kind, body, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
	arena_free(&arena);
}

TEST(a_search_leaves_out_what_it_looks_for_and_nothing_else)
{
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "[]", "");
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "{" ACTION "," RESOURCE "}", "subject");
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":{}," ACTION "," RESOURCE "}", "subject");
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":\"user\"," ACTION "," RESOURCE "}", "subject");
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "{" SUBJECT "," RESOURCE "}", "action");
	check_search_refused(AUTHZEN_SEARCH_SUBJECT, "{" SUBJECT "," ACTION ",\"resource\":{\"type\":\"r\"}}", "resource");
	check_search_refused(AUTHZEN_SEARCH_RESOURCE, "{\"subject\":{\"type\":\"u\"}," ACTION "," RESOURCE "}", "subject");
	check_search_refused(AUTHZEN_SEARCH_RESOURCE, "{" SUBJECT "," ACTION ",\"resource\":{\"id\":\"r\"}}", "resource");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "}", "resource");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"context\":[]}", "context");
}

TEST(a_page_is_a_limit_and_a_token)
{
	struct fault why = {0};
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"page\":1}", "page");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"page\":{\"limit\":-1}}", "page");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"page\":{\"limit\":1.0}}", "page");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"page\":{\"limit\":null}}", "page");
	check_search_refused(AUTHZEN_SEARCH_ACTION, "{" SUBJECT "," RESOURCE ",\"page\":{\"token\":1}}", "page");
	CHECK_OK(read_search(AUTHZEN_SEARCH_ACTION, "{" SUBJECT ",\"action\":7," RESOURCE ",\"page\":{\"x\":[]}}", &why), why);
	CHECK(!search.has_limit && search.token.len == 0 && search.asked.action.id.len == 0);
	CHECK_OK(read_search(AUTHZEN_SEARCH_SUBJECT, "{" SUBJECT "," ACTION "," RESOURCE ",\"page\":{\"limit\":0,\"token\":\"t\"}}",
			     &why), why);
	CHECK(search.has_limit && search.limit == 0);
	CHECK_SLICE(search.token, SLICE("t"));
	/* An id of what is looked for is not read. */
	CHECK_INT(search.asked.subject.id.len, 0);
	CHECK_SLICE(search.asked.subject.type, SLICE("user"));
	arena_free(&arena);
}
