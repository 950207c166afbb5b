#include "api/route.h"

#include "check.h"

#include <string.h>

static enum route_action find(enum http1_method method, const char *path)
{
	struct route route;
	unsigned methods;
	return route_find(method, slice_of(path), &route, &methods, NULL) == E_OK ? route.action : ROUTE_NONE;
}

TEST(every_route_is_found_by_its_own_template)
{
	struct route route, found;
	unsigned methods;
	size_t count = 0;
	for (; route_at(count, &route); count++) {
		char path[128];
		struct fault why;
		route_template(&route, path, sizeof(path));
		char *id = strstr(path, "{id}");
		if (id)
			memcpy(id, "x-.1", 4);
		CHECK_OK(route_find(route.method, slice_of(path), &found, &methods, &why), why);
		CHECK_INT(found.action, route.action);
		CHECK_INT(found.kind, route.kind);
		CHECK_INT(found.guard, route.guard);
		CHECK(!id || slice_equal(found.id, SLICE("x-.1")));
		CHECK(route.says && route.says[0] && route.answers);
	}
	CHECK(count > 60);
}

TEST(what_is_not_there_is_not_found)
{
	static const char *const paths[] = {"/", "/v1", "/v1/", "/v1/agent", "/v1/agents/", "/v1/agents/x/", "/v1/agents/x/fly",
					    "/v1/agents/x/approve/y", "/v1/agents//approve", "/v2/agents", "/v1/trace/",
					    "/v1/trace/a/b", "/v1/grants/x/approve", "/healthz/", "//healthz", "/token/x"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		CHECK_INT(find(HTTP1_GET, paths[i]), ROUTE_NONE);
		CHECK_INT(find(HTTP1_POST, paths[i]), ROUTE_NONE);
	}
}

TEST(another_method_is_told_which_there_are)
{
	struct route route;
	unsigned methods;
	struct fault why;
	CHECK_ERROR(route_find(HTTP1_DELETE, SLICE("/v1/agents"), &route, &methods, &why), E_METHOD);
	CHECK_INT(methods, (1u << HTTP1_GET) | (1u << HTTP1_POST));
	CHECK_ERROR(route_find(HTTP1_GET, SLICE("/v1/agents/x/approve"), &route, &methods, &why), E_METHOD);
	CHECK_INT(methods, 1u << HTTP1_POST);
	CHECK_ERROR(route_find(HTTP1_OPTIONS, SLICE("/token"), &route, &methods, &why), E_METHOD);
	CHECK_INT(find(HTTP1_HEAD, "/v1/agents"), ROUTE_LIST);
}

TEST(only_what_is_public_is_open)
{
	struct route route;
	for (size_t i = 0; route_at(i, &route); i++) {
		char path[128];
		route_template(&route, path, sizeof(path));
		bool below_v1 = strncmp(path, "/v1/", 4) == 0;
		bool is_description = strcmp(path, "/v1/openapi.json") == 0;
		CHECK((route.guard == GUARD_ADMIN) == (below_v1 && !is_description));
	}
}
