#include "registry/field.h"

#include "text/time.h"

#include <stdio.h>

/* Longer texts are prose and may have lines. */
#define ONE_LINE_BYTES_MAX 256u
#define JWKS_KEYS_MAX 16u

/* Control characters reach terminals and logs; only prose may have line ends and tabs. */
static bool has_control(slice text, bool prose)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		if (byte == 0x7f || (byte < 0x20 && !(prose && (byte == '\n' || byte == '\t' || byte == '\r'))))
			return true;
	}
	return false;
}

static enum error check_text(const struct field *field, const char *name, slice text, struct fault *why)
{
	if (text.len > field->bytes_max)
		return FAIL_FIELD(why, E_LIMIT, name, "%s is longer than %u bytes", name, field->bytes_max);
	if (text.len == 0 && (field->flags & FIELD_REQUIRED))
		return FAIL_FIELD(why, E_INVALID, name, "%s is empty", name);
	if (has_control(text, field->bytes_max > ONE_LINE_BYTES_MAX))
		return FAIL_FIELD(why, E_INVALID, name, "%s holds a control character", name);
	return E_OK;
}

static bool is_tool_name(slice name)
{
	if (name.len == 0 || name.len > 128)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char byte = name.ptr[i];
		bool alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
				    (byte >= '0' && byte <= '9');
		if (!alphanumeric && byte != '_' && byte != '.' && byte != '-' && byte != ':' && byte != '/')
			return false;
	}
	return true;
}

static bool is_server_id(slice id)
{
	if (id.len == 0 || id.len > 32 || id.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char byte = id.ptr[i];
		if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-')
			return false;
	}
	return true;
}

static bool is_tool_id(slice id)
{
	slice server, name;
	return kind_tool_id_split(id, &server, &name) && is_server_id(server) && is_tool_name(name);
}

static bool is_tool_pattern(slice pattern)
{
	if (slice_ends_with(pattern, SLICE(".*")))
		return is_server_id(slice_sub(pattern, 0, pattern.len - 2));
	return is_tool_id(pattern);
}

static bool is_sha256(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!((text.ptr[i] >= '0' && text.ptr[i] <= '9') || (text.ptr[i] >= 'a' && text.ptr[i] <= 'f')))
			return false;
	return text.len == 64;
}

static bool is_property(slice text)
{
	slice rest = text, part = slice_cut(&rest, '.');
	return rest.len > 0 && (slice_equal(part, SLICE("subject")) || slice_equal(part, SLICE("resource")));
}

/* What the shape demands of one string; NULL where it is fine. */
static const char *text_fault(enum field_shape shape, slice text)
{
	switch (shape) {
	case SHAPE_TOOL_PATTERNS:
		return is_tool_pattern(text) ? NULL : "is neither `server.tool` nor `server.*`";
	case SHAPE_SERVER_ID:
		return is_server_id(text) ? NULL : "must be up to 32 of a-z, 0-9 and -, not starting with -";
	case SHAPE_TOOL_ID:
		return is_tool_id(text) ? NULL : "is not of the form `server.tool`";
	case SHAPE_TOOL_NAME:
		return is_tool_name(text) ? NULL : "must be up to 128 letters, digits and any of _ . - : /";
	case SHAPE_SHA256:
		return is_sha256(text) ? NULL : "is not 64 lower case hex digits";
	case SHAPE_PROPERTIES:
		return is_property(text) ? NULL : "is not of the form `subject.name`, `resource.name`, `subject.*` or `resource.*`";
	case SHAPE_ANY:
	case SHAPE_TARGET:
	case SHAPE_JWKS:
		break;
	}
	return NULL;
}

static enum error check_id(const struct field *field, const char *name, slice id, struct fault *why)
{
	if (field->shape != SHAPE_ANY) {
		const char *fault = text_fault(field->shape, id);
		return fault ? FAIL_FIELD(why, E_INVALID, name, "%s %s", name, fault) : E_OK;
	}
	if (!kind_id_valid(id))
		return FAIL_FIELD(why, E_INVALID, name,
				  "%s must be 1 to 128 letters, digits and any of . _ @ -, starting with a letter or digit",
				  name);
	return E_OK;
}

static const char *url_fault(slice url)
{
	slice rest;
	if (slice_starts_with(url, SLICE("http://")))
		rest = slice_from_offset(url, 7);
	else if (slice_starts_with(url, SLICE("https://")))
		rest = slice_from_offset(url, 8);
	else
		return "must start with http:// or https://";
	for (size_t i = 0; i < rest.len; i++) {
		unsigned char byte = (unsigned char)rest.ptr[i];
		if (byte <= 0x20 || byte >= 0x7f || byte == '"' || byte == '<' || byte == '>' || byte == '\\')
			return "holds a character that no URL has";
	}
	size_t end = slice_find_byte(rest, '/', 0);
	size_t query = slice_find_byte(rest, '?', 0);
	slice host = slice_sub(rest, 0, end < query ? end : query);
	if (host.len == 0 || host.ptr[0] == ':')
		return "names no host";
	if (slice_find_byte(host, '@', 0) != SIZE_MAX)
		return "must not hold a user name or password; put the credential into `authorization`";
	if (slice_find_byte(rest, '#', 0) != SIZE_MAX)
		return "must not have a fragment";
	return NULL;
}

static enum error check_choice(const struct field *field, const char *name, slice text, struct fault *why)
{
	if (field_has_choice(field, text))
		return E_OK;
	char all[160];
	size_t used = 0;
	slice rest = slice_of(field->choices);
	while (rest.len && used < sizeof(all)) {
		slice choice = field_next_choice(&rest);
		int wrote = snprintf(all + used, sizeof(all) - used, "%s%.*s", used ? ", " : "", SLICE_ARG(choice));
		used += wrote > 0 ? (size_t)wrote : 0;
	}
	return FAIL_FIELD(why, E_INVALID, name, "%s must be one of %s", name, all);
}

static enum error check_string(const struct field *field, const char *name, slice text, struct fault *why)
{
	TRY(field->type == FIELD_CHOICE ? E_OK : check_text(field, name, text, why));
	const char *fault = NULL;
	int64_t time_ms;
	switch (field->type) {
	case FIELD_ID:
		return check_id(field, name, text, why);
	case FIELD_CHOICE:
		return check_choice(field, name, text, why);
	case FIELD_URL:
		fault = url_fault(text);
		break;
	case FIELD_TIME:
		if (time_parse_ms(&time_ms, text, NULL) != E_OK)
			fault = "is not a time like 2026-12-31T23:59:59Z";
		break;
	case FIELD_TEXT:
	case FIELD_TEXTS:
		fault = text_fault(field->shape, text);
		break;
	case FIELD_SECRET:
	case FIELD_BOOL:
	case FIELD_INTEGER:
	case FIELD_OBJECT:
	case FIELD_LIST:
	case FIELD_TYPE_COUNT:
		break;
	}
	return fault ? FAIL_FIELD(why, E_INVALID, name, "%s %s", name, fault) : E_OK;
}

static enum error check_texts(const struct field *field, const struct json_node *node, struct fault *why)
{
	const char *name = field->name.ptr;
	if (node->count > field->count_max)
		return FAIL_FIELD(why, E_LIMIT, name, "%s has more than %u items", name, field->count_max);
	if (node->count == 0 && (field->flags & FIELD_REQUIRED))
		return FAIL_FIELD(why, E_INVALID, name, "%s is empty", name);
	size_t number = 0;
	for (const struct json_node *item = json_first(node); item; item = json_next(item), number++) {
		char place[64];
		snprintf(place, sizeof(place), "%s[%zu]", name, number);
		slice text;
		if (!json_string(item, &text))
			return FAIL_FIELD(why, E_INVALID, place, "%s must be a string", place);
		if (text.len == 0)
			return FAIL_FIELD(why, E_INVALID, place, "%s is empty", place);
		TRY(check_string(field, place, text, why));
	}
	return E_OK;
}

static enum error check_target(const struct json_doc *doc, const struct json_node *node, struct fault *why)
{
	slice argument = {NULL, 0}, type = {NULL, 0};
	for (const struct json_node *member = json_first(node); member; member = json_next(member)) {
		bool known = slice_equal(json_key(member), SLICE("argument")) ||
			     slice_equal(json_key(member), SLICE("type"));
		if (!known)
			return FAIL_FIELD(why, E_INVALID, "target", "target has an unknown member `%.*s`",
					  SLICE_ARG(json_key(member)));
	}
	if (!json_string(json_get(doc, node, SLICE("argument")), &argument) || argument.len == 0)
		return FAIL_FIELD(why, E_INVALID, "target.argument", "target.argument must name an argument");
	if (has_control(argument, false))
		return FAIL_FIELD(why, E_INVALID, "target.argument", "target.argument holds a control character");
	if (!json_string(json_get(doc, node, SLICE("type")), &type) ||
	    (!slice_equal(type, SLICE("path")) && !slice_equal(type, SLICE("url")) &&
	     !slice_equal(type, SLICE("string"))))
		return FAIL_FIELD(why, E_INVALID, "target.type", "target.type must be one of path, url, string");
	return E_OK;
}

/* RFC 7518 6: the members of private and symmetric keys. Whoever sends one has given it away. */
static bool is_private_member(slice name)
{
	static const slice private_members[] = {SLICE_INIT("d"),  SLICE_INIT("p"),  SLICE_INIT("q"),   SLICE_INIT("dp"),
						SLICE_INIT("dq"), SLICE_INIT("qi"), SLICE_INIT("oth"), SLICE_INIT("k")};
	for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++)
		if (slice_equal(name, private_members[i]))
			return true;
	return false;
}

static enum error check_jwk(const struct json_doc *doc, const struct json_node *jwk, struct fault *why)
{
	slice type;
	if (!json_is(jwk, JSON_OBJECT) || !json_string(json_get(doc, jwk, SLICE("kty")), &type))
		return FAIL_FIELD(why, E_INVALID, "jwks", "jwks.keys must hold JSON Web Keys, each with its kty");
	for (const struct json_node *member = json_first(jwk); member; member = json_next(member))
		if (is_private_member(json_key(member)))
			return FAIL_FIELD(why, E_INVALID, "jwks",
					  "jwks holds a private key (member `%.*s`); make a new one and send its public part",
					  SLICE_ARG(json_key(member)));
	if (!slice_equal(type, SLICE("EC")) && !slice_equal(type, SLICE("OKP")) && !slice_equal(type, SLICE("RSA")))
		return FAIL_FIELD(why, E_INVALID, "jwks", "keys of type %.*s are not supported; use EC, OKP or RSA",
				  SLICE_ARG(type));
	return E_OK;
}

static enum error check_jwks(const struct json_doc *doc, const struct json_node *node, struct fault *why)
{
	const struct json_node *keys = json_get(doc, node, SLICE("keys"));
	if (!json_is(keys, JSON_ARRAY) || node->count != 1)
		return FAIL_FIELD(why, E_INVALID, "jwks", "jwks must be {\"keys\":[...]} and nothing else");
	if (keys->count == 0)
		return FAIL_FIELD(why, E_INVALID, "jwks", "jwks holds no key");
	if (keys->count > JWKS_KEYS_MAX)
		return FAIL_FIELD(why, E_LIMIT, "jwks", "jwks holds more than %u keys", JWKS_KEYS_MAX);
	for (const struct json_node *jwk = json_first(keys); jwk; jwk = json_next(jwk))
		TRY(check_jwk(doc, jwk, why));
	return E_OK;
}

static enum error check_object(const struct field *field, const struct json_doc *doc, const struct json_node *node,
			       struct fault *why)
{
	if (json_span(doc, node).len > field->bytes_max)
		return FAIL_FIELD(why, E_LIMIT, field->name.ptr, "%s is longer than %u bytes", field->name.ptr,
				  field->bytes_max);
	if (field->shape == SHAPE_TARGET)
		return check_target(doc, node, why);
	if (field->shape == SHAPE_JWKS)
		return check_jwks(doc, node, why);
	return E_OK;
}

static enum error check_list(const struct field *field, const struct json_doc *doc, const struct json_node *node,
			     struct fault *why)
{
	const char *name = field->name.ptr;
	if (node->count > field->count_max)
		return FAIL_FIELD(why, E_LIMIT, name, "%s has more than %u items", name, field->count_max);
	if (json_span(doc, node).len > field->bytes_max)
		return FAIL_FIELD(why, E_LIMIT, name, "%s is longer than %u bytes", name, field->bytes_max);
	return E_OK;
}

static enum error wrong_type(const struct field *field, const struct json_node *node, const char *wanted,
			     struct fault *why)
{
	return FAIL_FIELD(why, E_INVALID, field->name.ptr, "%s must be %s, not %s", field->name.ptr, wanted,
			  json_type_name((enum json_type)node->type));
}

enum error field_check(const struct field *field, const struct json_doc *doc, const struct json_node *node,
		       struct fault *why)
{
	slice text;
	int64_t number;
	switch (field->type) {
	case FIELD_BOOL:
		return json_is(node, JSON_BOOL) ? E_OK : wrong_type(field, node, "true or false", why);
	case FIELD_INTEGER:
		return json_i64(node, &number) && number >= 0 ? E_OK : wrong_type(field, node, "a whole number", why);
	case FIELD_TEXTS:
		return json_is(node, JSON_ARRAY) ? check_texts(field, node, why)
						 : wrong_type(field, node, "a list of strings", why);
	case FIELD_OBJECT:
		return json_is(node, JSON_OBJECT) ? check_object(field, doc, node, why)
						  : wrong_type(field, node, "an object", why);
	case FIELD_LIST:
		return json_is(node, JSON_ARRAY) ? check_list(field, doc, node, why) : wrong_type(field, node, "a list", why);
	case FIELD_TEXT:
	case FIELD_ID:
	case FIELD_URL:
	case FIELD_CHOICE:
	case FIELD_TIME:
	case FIELD_SECRET:
	case FIELD_TYPE_COUNT:
		break;
	}
	return json_string(node, &text) ? check_string(field, field->name.ptr, text, why)
					: wrong_type(field, node, "a string", why);
}
