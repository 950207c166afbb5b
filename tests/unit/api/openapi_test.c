#include "api/openapi.h"

#include "api/route.h"
#include "check.h"
#include "text/json.h"

#include <string.h>

static struct buffer text;
static struct arena arena;
static struct json_doc doc;
static struct fault why;

static const struct json_node *read_description(void)
{
	buffer_init(&text, OPENAPI_BYTES_MAX);
	arena_init(&arena, 64u << 20);
	openapi_write(&text, SLICE("http://127.0.0.1:7475"));
	CHECK(!text.failed);
	CHECK_OK(json_parse(&doc, buffer_slice(&text), NULL, &arena, &why), why);
	return json_root(&doc);
}

static void end(void)
{
	arena_free(&arena);
	buffer_free(&text);
}

static slice method_name(enum http1_method method)
{
	switch (method) {
	case HTTP1_GET:
		return SLICE("get");
	case HTTP1_POST:
		return SLICE("post");
	case HTTP1_PUT:
		return SLICE("put");
	case HTTP1_PATCH:
		return SLICE("patch");
	case HTTP1_DELETE:
		return SLICE("delete");
	case HTTP1_METHOD_NONE:
	case HTTP1_HEAD:
	case HTTP1_OPTIONS:
	case HTTP1_METHOD_COUNT:
		break;
	}
	return SLICE("?");
}

TEST(every_route_is_described)
{
	const struct json_node *paths = json_get(&doc, read_description(), SLICE("paths"));
	struct route route;
	for (size_t i = 0; route_at(i, &route); i++) {
		char path[128];
		route_template(&route, path, sizeof(path));
		const struct json_node *item = json_get(&doc, paths, slice_of(path));
		CHECK(json_is(item, JSON_OBJECT));
		CHECK(json_is(json_get(&doc, item, method_name(route.method)), JSON_OBJECT));
	}
	end();
}

TEST(everything_described_is_answered_by_the_router)
{
	const struct json_node *paths = json_get(&doc, read_description(), SLICE("paths"));
	size_t operations = 0;
	for (const struct json_node *item = json_first(paths); item; item = json_next(item)) {
		char path[128] = "";
		memcpy(path, json_key(item).ptr, json_key(item).len);
		char *id = strstr(path, "{id}");
		if (id)
			memcpy(id, "abcd", 4);
		for (const struct json_node *operation = json_first(item); operation; operation = json_next(operation)) {
			struct route route;
			unsigned methods;
			enum http1_method method = HTTP1_METHOD_NONE;
			for (enum http1_method m = HTTP1_GET; m < HTTP1_METHOD_COUNT; m++)
				if (slice_equal(json_key(operation), method_name(m)))
					method = m;
			CHECK_OK(route_find(method, slice_of(path), &route, &methods, &why), why);
			operations++;
		}
	}
	struct route route;
	size_t routes = 0;
	while (route_at(routes, &route))
		routes++;
	CHECK_INT(operations, routes);
	end();
}

/* Every "$ref" must lead somewhere. */
static void check_references(const struct json_node *schemas, const struct json_node *node)
{
	static const slice prefix = SLICE_INIT("#/components/schemas/");
	for (const struct json_node *child = json_first(node); child; child = json_next(child)) {
		slice target;
		if (child->member && slice_equal(json_key(child), SLICE("$ref"))) {
			CHECK(json_string(child, &target) && slice_starts_with(target, prefix));
			CHECK(json_get(&doc, schemas, slice_from_offset(target, prefix.len)) != NULL);
		}
		check_references(schemas, child);
	}
}

TEST(the_description_is_whole)
{
	const struct json_node *root = read_description();
	const struct json_node *components = json_get(&doc, root, SLICE("components"));
	const struct json_node *schemas = json_get(&doc, components, SLICE("schemas"));
	slice version;
	CHECK(json_string(json_get(&doc, root, SLICE("openapi")), &version));
	CHECK_SLICE(version, SLICE("3.1.0"));
	CHECK(json_is(json_get(&doc, root, SLICE("info")), JSON_OBJECT));
	check_references(schemas, root);
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		const struct kind_row *row = kind_row(kind);
		const struct json_node *schema = json_get(&doc, schemas, row->name);
		const struct json_node *properties = json_get(&doc, schema, SLICE("properties"));
		CHECK_INT(properties->count, row->field_count);
	}
	end();
}
