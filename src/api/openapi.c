#include "api/openapi.h"

#include "api/openapi_authzen.h"
#include "api/route.h"
#include "text/json_writer.h"

#include <stdio.h>
#include <string.h>

static void text(struct json_writer *writer, const char *key, const char *value)
{
	json_put_text(writer, key, value);
}

/* --- schemas --- */

static void write_choices(struct json_writer *writer, const struct field *field)
{
	json_put_array(writer, "enum");
	slice rest = slice_of(field->choices);
	while (rest.len)
		json_write_string(writer, field_next_choice(&rest));
	json_end_array(writer);
}

static void write_shape(struct json_writer *writer, enum field_shape shape)
{
	switch (shape) {
	case SHAPE_TOOL_PATTERNS:
		text(writer, "pattern", "^[a-z0-9][a-z0-9-]{0,31}\\.(\\*|[A-Za-z0-9_.:/-]{1,128})$");
		break;
	case SHAPE_SERVER_ID:
		text(writer, "pattern", "^[a-z0-9][a-z0-9-]{0,31}$");
		break;
	case SHAPE_TOOL_ID:
		text(writer, "pattern", "^[a-z0-9][a-z0-9-]{0,31}\\.[A-Za-z0-9_.:/-]{1,128}$");
		break;
	case SHAPE_TOOL_NAME:
		text(writer, "pattern", "^[A-Za-z0-9_.:/-]{1,128}$");
		break;
	case SHAPE_SHA256:
		text(writer, "pattern", "^[0-9a-f]{64}$");
		break;
	case SHAPE_PROPERTIES:
		text(writer, "pattern", "^(subject|resource)\\..+$");
		break;
	case SHAPE_ANY:
	case SHAPE_TARGET:
	case SHAPE_JWKS:
		break;
	}
}

static void write_type(struct json_writer *writer, const char *type, bool nullable)
{
	if (!nullable) {
		text(writer, "type", type);
		return;
	}
	json_put_array(writer, "type");
	json_write_string(writer, slice_of(type));
	json_write_string(writer, SLICE("null"));
	json_end_array(writer);
}

static void write_string(struct json_writer *writer, const struct field *field)
{
	write_type(writer, "string", field->flags & FIELD_NULLABLE);
	if (field->type == FIELD_CHOICE) {
		write_choices(writer, field);
		return;
	}
	json_put_u64(writer, "maxLength", field->bytes_max);
	if (field->type == FIELD_TIME)
		text(writer, "format", "date-time");
	else if (field->type == FIELD_URL)
		text(writer, "format", "uri");
	if (field->type == FIELD_ID && field->shape == SHAPE_ANY)
		text(writer, "pattern", "^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$");
	write_shape(writer, field->shape);
}

static void write_list(struct json_writer *writer, const struct field *field)
{
	text(writer, "type", "array");
	json_put_u64(writer, "maxItems", field->count_max);
	json_put_object(writer, "items");
	text(writer, "type", "string");
	json_put_u64(writer, "maxLength", field->bytes_max);
	write_shape(writer, field->shape);
	json_end_object(writer);
}

static void write_field(struct json_writer *writer, const struct field *field)
{
	json_write_key(writer, field->name);
	json_begin_object(writer);
	text(writer, "description", field->says);
	if (field->type == FIELD_BOOL)
		write_type(writer, "boolean", false);
	else if (field->type == FIELD_INTEGER)
		write_type(writer, "integer", false);
	else if (field->type == FIELD_TEXTS)
		write_list(writer, field);
	else if (field->type == FIELD_OBJECT)
		write_type(writer, "object", field->flags & FIELD_NULLABLE);
	else if (field->type == FIELD_LIST)
		write_type(writer, "array", false);
	else
		write_string(writer, field);
	if (field->flags & FIELD_READ_ONLY)
		json_put_bool(writer, "readOnly", true);
	if (field->type == FIELD_SECRET)
		json_put_bool(writer, "writeOnly", true);
	if (field->fallback.len) {
		json_write_key(writer, SLICE("default"));
		json_write_raw(writer, field->fallback);
	}
	json_end_object(writer);
}

static void write_kind(struct json_writer *writer, const struct kind_row *row)
{
	json_write_key(writer, row->name);
	json_begin_object(writer);
	text(writer, "type", "object");
	text(writer, "description", row->says);
	json_put_bool(writer, "additionalProperties", false);
	json_put_array(writer, "required");
	for (size_t i = 0; i < row->field_count; i++)
		if (row->fields[i].flags & FIELD_REQUIRED)
			json_write_string(writer, row->fields[i].name);
	json_end_array(writer);
	json_put_object(writer, "properties");
	for (size_t i = 0; i < row->field_count; i++)
		write_field(writer, &row->fields[i]);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_problem(struct json_writer *writer)
{
	static const char *const members[] = {"type", "title", "detail", "field"};
	json_put_object(writer, "problem");
	text(writer, "type", "object");
	text(writer, "description", "Problem details (RFC 9457); `field` names what was wrong");
	json_put_object(writer, "properties");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_put_object(writer, members[i]);
		text(writer, "type", "string");
		json_end_object(writer);
	}
	json_put_object(writer, "status");
	text(writer, "type", "integer");
	json_end_object(writer);
	json_end_object(writer);
	json_end_object(writer);
}

/* --- operations --- */

static void write_parameter(struct json_writer *writer, const char *name, const char *place, const char *type,
			    const char *says)
{
	json_begin_object(writer);
	text(writer, "name", name);
	text(writer, "in", place);
	json_put_bool(writer, "required", strcmp(place, "path") == 0);
	text(writer, "description", says);
	json_put_object(writer, "schema");
	text(writer, "type", type);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_list_parameters(struct json_writer *writer, const struct kind_row *row)
{
	write_parameter(writer, "limit", "query", "integer", "Objects in one page: 1 to 500, 100 where absent");
	write_parameter(writer, "page_token", "query", "string", "next_page_token of the page before");
	for (size_t i = 0; i < row->field_count; i++)
		if (row->fields[i].flags & FIELD_FILTER)
			write_parameter(writer, row->fields[i].name.ptr, "query", "string", "Only objects with this value");
}

static bool is_write(enum route_action action)
{
	return action == ROUTE_CREATE || action == ROUTE_PUT || action == ROUTE_PATCH || action == ROUTE_DELETE ||
	       action == ROUTE_VERB;
}

static void write_parameters(struct json_writer *writer, const struct route *route, const char *path)
{
	static const char *const filters[] = {"kind", "agent", "task", "tool", "decision", "mode", "since", "until",
					      "limit", "before"};
	json_put_array(writer, "parameters");
	if (strstr(path, "{id}"))
		write_parameter(writer, "id", "path", "string", "Id of the object or record");
	if (route->action == ROUTE_LIST)
		write_list_parameters(writer, kind_row(route->kind));
	if (is_write(route->action)) {
		write_parameter(writer, "dry_run", "query", "boolean", "Say what would change, and change nothing");
		write_parameter(writer, "If-Match", "header", "string", "Only if the object has this revision");
		write_parameter(writer, "Idempotency-Key", "header", "string",
				"The same key and request within 24 hours is done once");
	}
	for (size_t i = 0; route->action == ROUTE_DECISIONS && i < sizeof(filters) / sizeof(filters[0]); i++)
		write_parameter(writer, filters[i], "query", "string", "Narrows the list");
	if (route->action == ROUTE_WATCH)
		write_parameter(writer, "Last-Event-ID", "header", "string", "Go on after this record");
	json_end_array(writer);
}

static void write_content(struct json_writer *writer, const char *media, const char *reference)
{
	json_put_object(writer, "content");
	json_put_object(writer, media);
	json_put_object(writer, "schema");
	if (reference)
		text(writer, "$ref", reference);
	json_end_object(writer);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_response(struct json_writer *writer, const char *status, const char *says, const char *media,
			   const char *reference)
{
	json_put_object(writer, status);
	text(writer, "description", says);
	if (media)
		write_content(writer, media, reference);
	json_end_object(writer);
}

static void write_security(struct json_writer *writer, const char *scheme)
{
	json_begin_object(writer);
	json_put_array(writer, scheme);
	json_end_array(writer);
	json_end_object(writer);
}

static void write_operation(struct json_writer *writer, const struct route *route, const char *path)
{
	char reference[96] = "", name[160];
	const char *word = route->verb ? route->verb : http1_method_text(route->method).ptr;
	if (route->kind != KIND_UNKNOWN)
		snprintf(reference, sizeof(reference), "#/components/schemas/%s", kind_row(route->kind)->name.ptr);
	snprintf(name, sizeof(name), "%s %s", word, path);
	json_write_key(writer, route->method == HTTP1_GET      ? SLICE("get")
			       : route->method == HTTP1_POST   ? SLICE("post")
			       : route->method == HTTP1_PUT    ? SLICE("put")
			       : route->method == HTTP1_PATCH  ? SLICE("patch")
							       : SLICE("delete"));
	json_begin_object(writer);
	text(writer, "summary", route->says);
	text(writer, "operationId", name);
	write_parameters(writer, route, path);
	bool takes_object = route->action == ROUTE_CREATE || route->action == ROUTE_PUT || route->action == ROUTE_PATCH;
	const char *takes = takes_object ? reference : openapi_authzen_request(route->action);
	const char *answers = openapi_authzen_answer(route->action);
	if (takes) {
		json_put_object(writer, "requestBody");
		json_put_bool(writer, "required", true);
		write_content(writer, "application/json", takes);
		json_end_object(writer);
	}
	json_put_array(writer, "security");
	if (route->guard == GUARD_ADMIN || answers)
		write_security(writer, "admin_key");
	if (answers) {
		write_security(writer, "pep_key");
		write_security(writer, "task_token");
	}
	json_end_array(writer);
	json_put_object(writer, "responses");
	bool shows = takes_object || route->action == ROUTE_READ || route->action == ROUTE_VERB;
	const char *status = route->action == ROUTE_CREATE ? "201" : route->action == ROUTE_DELETE ? "204" : "200";
	write_response(writer, status, "Done", route->action == ROUTE_DELETE ? NULL : route->answers,
		       shows ? reference : answers);
	write_response(writer, "default", "What was wrong", "application/problem+json", "#/components/schemas/problem");
	json_end_object(writer);
	json_end_object(writer);
}

/* Is there an earlier route with the same path? Then that one has told them all. */
static bool told_before(size_t index, const char *path)
{
	struct route route;
	char other[128];
	for (size_t i = 0; i < index && route_at(i, &route); i++) {
		route_template(&route, other, sizeof(other));
		if (strcmp(other, path) == 0)
			return true;
	}
	return false;
}

static void write_paths(struct json_writer *writer)
{
	struct route route, other;
	char path[128], other_path[128];
	for (size_t i = 0; route_at(i, &route); i++) {
		route_template(&route, path, sizeof(path));
		if (told_before(i, path))
			continue;
		json_put_object(writer, path);
		for (size_t j = i; route_at(j, &other); j++) {
			route_template(&other, other_path, sizeof(other_path));
			if (strcmp(path, other_path) == 0)
				write_operation(writer, &other, path);
		}
		json_end_object(writer);
	}
}

static const char *const schemes[][2] = {
	{"admin_key", "The operator"},
	{"pep_key", "An enforcement point: <id>~<secret>, whose SHA-256 is the pep's key_sha256"},
	{"task_token", "An agent, about itself"},
};

static void write_scheme(struct json_writer *writer, const char *name, const char *says)
{
	json_put_object(writer, name);
	text(writer, "type", "http");
	text(writer, "scheme", "bearer");
	text(writer, "description", says);
	json_end_object(writer);
}

void openapi_write(struct buffer *out, slice issuer)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	text(&writer, "openapi", "3.1.0");
	json_put_object(&writer, "info");
	text(&writer, "title", "Tipstaff");
	text(&writer, "version", TIPSTAFF_VERSION);
	json_end_object(&writer);
	json_put_array(&writer, "servers");
	json_begin_object(&writer);
	json_put_string(&writer, "url", issuer);
	json_end_object(&writer);
	json_end_array(&writer);
	json_put_object(&writer, "paths");
	write_paths(&writer);
	json_end_object(&writer);
	json_put_object(&writer, "components");
	json_put_object(&writer, "securitySchemes");
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		write_scheme(&writer, schemes[i][0], schemes[i][1]);
	json_end_object(&writer);
	json_put_object(&writer, "schemas");
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++)
		write_kind(&writer, kind_row(kind));
	write_problem(&writer);
	openapi_authzen_schemas(&writer);
	json_end_object(&writer);
	json_end_object(&writer);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}
