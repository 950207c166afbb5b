#include "api/route.h"

#include "registry/plan.h"

#include <stdio.h>

#define JSON "application/json"
#define FIXED(what, verb, who, where, words, media)                                                                    \
	{.action = ROUTE_##what, .method = HTTP1_##verb, .guard = GUARD_##who, .path = where, .says = words, .answers = media}

static const struct route fixed[] = {
	FIXED(TOKEN, POST, OWN, "/token", "A task token for an agent (RFC 6749, 7523, 8693)", JSON),
	FIXED(INTROSPECT, POST, OWN, "/introspect", "What a token stands for (RFC 7662)", JSON),
	FIXED(REVOKE, POST, OWN, "/revoke", "Revokes a token (RFC 7009)", JSON),
	FIXED(EVALUATION, POST, OWN, "/access/v1/evaluation", "One decision (AuthZEN 1.0)", JSON),
	FIXED(EVALUATIONS, POST, OWN, "/access/v1/evaluations", "Several decisions (AuthZEN 1.0)", JSON),
	FIXED(SEARCH_SUBJECT, POST, OWN, "/access/v1/search/subject", "Who may do this? (AuthZEN 1.0)", JSON),
	FIXED(SEARCH_RESOURCE, POST, OWN, "/access/v1/search/resource", "To what may it be done? (AuthZEN 1.0)", JSON),
	FIXED(SEARCH_ACTION, POST, OWN, "/access/v1/search/action", "What may be done? (AuthZEN 1.0)", JSON),
	FIXED(METADATA, GET, OPEN, "/jwks", "The keys with which tokens are signed (RFC 7517)", JSON),
	FIXED(METADATA, GET, OPEN, "/.well-known/oauth-authorization-server", "OAuth metadata (RFC 8414)", JSON),
	FIXED(METADATA, GET, OPEN, "/.well-known/oauth-protected-resource", "Resource metadata (RFC 9728)", JSON),
	FIXED(METADATA, GET, OPEN, "/.well-known/oauth-protected-resource/mcp", "Resource metadata (RFC 9728)", JSON),
	FIXED(METADATA, GET, OPEN, "/.well-known/oauth-protected-resource/mcp/{id}",
	      "Resource metadata of one server (RFC 9728)", JSON),
	FIXED(AUTHZEN_METADATA, GET, OPEN, "/.well-known/authzen-configuration", "AuthZEN metadata", JSON),
	FIXED(POLICY_SET, GET, ADMIN, "/v1/policy_sets/{id}", "The texts of a policy set, by its version or digest", JSON),
	FIXED(CHECK, POST, ADMIN, "/v1/check", "Would this be permitted? Decided and recorded as a check", JSON),
	FIXED(DECISIONS, GET, ADMIN, "/v1/decisions", "Decisions, the newest first", JSON),
	FIXED(DECISION, GET, ADMIN, "/v1/decisions/{id}", "One record with its effect", JSON),
	FIXED(TRACE, GET, ADMIN, "/v1/trace/{id}", "All records of a chain, the oldest first", JSON),
	FIXED(WATCH, GET, ADMIN, "/v1/watch", "Each record as it becomes durable", "text/event-stream"),
	FIXED(CALLERS, GET, ADMIN, "/v1/unknown-callers", "Who knocked without being registered", JSON),
	{.action = ROUTE_POLICIES, .method = HTTP1_POST, .kind = KIND_POLICY, .path = "/v1/policy_sets",
	 .says = "Changes policies and suites together, or nothing: where a suite would fail, all is refused", .answers = JSON},
	FIXED(STATUS, GET, ADMIN, "/v1/status", "What is in force now", JSON),
	FIXED(OPENAPI, GET, OPEN, "/v1/openapi.json", "This description (OpenAPI 3.1)", JSON),
	FIXED(HEALTHZ, GET, OPEN, "/healthz", "Is the process alive?", JSON),
	FIXED(READYZ, GET, OPEN, "/readyz", "May permits be given?", JSON),
	FIXED(METRICS, GET, OPEN, "/metrics", "Counters (Prometheus text)", "text/plain"),
};
#define FIXED_COUNT (sizeof(fixed) / sizeof(fixed[0]))

static const struct route of_kind[] = {
	{.action = ROUTE_LIST, .method = HTTP1_GET, .says = "List, page by page", .answers = JSON},
	{.action = ROUTE_CREATE, .method = HTTP1_POST, .says = "Create", .answers = JSON},
};
static const struct route of_object[] = {
	{.action = ROUTE_READ, .method = HTTP1_GET, .says = "Read", .answers = JSON},
	{.action = ROUTE_PUT, .method = HTTP1_PUT, .says = "Create or replace", .answers = JSON},
	{.action = ROUTE_PATCH, .method = HTTP1_PATCH, .says = "Change some fields (RFC 7396)", .answers = JSON},
	{.action = ROUTE_DELETE, .method = HTTP1_DELETE, .says = "Delete what nothing refers to", .answers = JSON},
};
static const struct route refresh = {.action = ROUTE_REFRESH, .method = HTTP1_POST, .kind = KIND_SERVER,
				     .verb = "refresh", .answers = JSON,
				     .says = "Asks the server for its tools and holds them against the pinned ones"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool verb_at(enum kind kind, size_t index, struct route *ret_route)
{
	const char *says = NULL, *verb = plan_verb(kind, index, &says);
	if (!verb)
		return false;
	*ret_route = (struct route){.action = ROUTE_VERB, .method = HTTP1_POST, .kind = kind, .verb = verb, .says = says,
				    .answers = JSON};
	return true;
}

/* The routes of one kind: its list, its objects, its verbs. */
static bool kind_route_at(enum kind kind, size_t index, struct route *ret_route)
{
	if (index < COUNT(of_kind))
		*ret_route = of_kind[index];
	else if (index < COUNT(of_kind) + COUNT(of_object))
		*ret_route = of_object[index - COUNT(of_kind)];
	else if (verb_at(kind, index - COUNT(of_kind) - COUNT(of_object), ret_route))
		return true;
	else
		return false;
	ret_route->kind = kind;
	return true;
}

bool route_at(size_t index, struct route *ret_route)
{
	if (index < FIXED_COUNT) {
		*ret_route = fixed[index];
		return true;
	}
	index -= FIXED_COUNT;
	if (index-- == 0) {
		*ret_route = refresh;
		return true;
	}
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		size_t count = 0;
		struct route route;
		while (kind_route_at(kind, count, &route))
			if (count++ == index) {
				*ret_route = route;
				return true;
			}
		index -= count;
	}
	return false;
}

size_t route_template(const struct route *route, char *to, size_t size)
{
	int length;
	if (route->path)
		length = snprintf(to, size, "%s", route->path);
	else if (route->verb)
		length = snprintf(to, size, "/v1/%s/{id}/%s", kind_row(route->kind)->plural.ptr, route->verb);
	else if (route->action == ROUTE_LIST || route->action == ROUTE_CREATE)
		length = snprintf(to, size, "/v1/%s", kind_row(route->kind)->plural.ptr);
	else
		length = snprintf(to, size, "/v1/%s/{id}", kind_row(route->kind)->plural.ptr);
	return length < 0 ? 0 : (size_t)length;
}

/* Is it this template's path? What stands for "{id}", which is always the last part, is told. */
static bool template_matches(const char *template, slice path, slice *ret_id)
{
	slice text = slice_of(template);
	*ret_id = (slice){NULL, 0};
	if (!slice_ends_with(text, SLICE("{id}")))
		return slice_equal(text, path);
	text = slice_sub(text, 0, text.len - 4);
	if (!slice_starts_with(path, text))
		return false;
	*ret_id = slice_from_offset(path, text.len);
	return ret_id->len > 0 && slice_find_byte(*ret_id, '/', 0) == SIZE_MAX;
}

struct search {
	enum http1_method method;
	struct route *found;
	unsigned methods;
};

static void offer(struct search *search, const struct route *route, slice id)
{
	search->methods |= 1u << route->method;
	bool head = search->method == HTTP1_HEAD && route->method == HTTP1_GET;
	if (search->found->action != ROUTE_NONE || (route->method != search->method && !head))
		return;
	*search->found = *route;
	search->found->id = id;
}

static void search_verbs(struct search *search, enum kind kind, slice id, slice verb)
{
	struct route route;
	if (kind == KIND_SERVER && slice_equal(verb, slice_of(refresh.verb)))
		offer(search, &refresh, id);
	for (size_t i = 0; verb_at(kind, i, &route); i++)
		if (slice_equal(verb, slice_of(route.verb)))
			offer(search, &route, id);
}

static void search_objects(struct search *search, slice path)
{
	if (!slice_starts_with(path, SLICE("/v1/")))
		return;
	slice rest = slice_from_offset(path, 4);
	bool has_id = slice_find_byte(rest, '/', 0) != SIZE_MAX;
	enum kind kind = kind_of_plural(slice_cut(&rest, '/'));
	if (kind == KIND_UNKNOWN)
		return;
	bool has_verb = slice_find_byte(rest, '/', 0) != SIZE_MAX;
	slice id = slice_cut(&rest, '/');
	if (has_id && id.len == 0)
		return;
	if (has_verb) {
		search_verbs(search, kind, id, rest);
		return;
	}
	const struct route *table = has_id ? of_object : of_kind;
	for (size_t i = 0; i < (has_id ? COUNT(of_object) : COUNT(of_kind)); i++) {
		struct route route = table[i];
		route.kind = kind;
		offer(search, &route, id);
	}
}

enum error route_find(enum http1_method method, slice path, struct route *ret_route, unsigned *ret_methods,
		      struct fault *why)
{
	slice id;
	*ret_route = (struct route){0};
	struct search search = {.method = method, .found = ret_route};
	for (size_t i = 0; i < FIXED_COUNT; i++)
		if (template_matches(fixed[i].path, path, &id))
			offer(&search, &fixed[i], id);
	if (!search.methods)
		search_objects(&search, path);
	*ret_methods = search.methods;
	if (ret_route->action != ROUTE_NONE)
		return E_OK;
	if (search.methods)
		return FAIL(why, E_METHOD, "not with this method");
	return FAIL(why, E_NOT_FOUND, "there is nothing at %.*s", SLICE_ARG(slice_sub(path, 0, 128)));
}
