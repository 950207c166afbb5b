#include "protocol/authzen.h"

#include "protocol/authzen_plain.h"
#include "text/base64.h"
#include "text/json_writer.h"

#define METADATA_BYTES_MAX (64u * 1024u)
#define METADATA_LIFETIME_S (24 * 3600)

/* The member of the item, else of the defaults (may be NULL). */
static const struct json_node *member(const struct json_doc *doc, const struct json_node *item,
				      const struct json_node *defaults, const char *name)
{
	const struct json_node *node = json_get(doc, item, slice_of(name));
	return node ? node : json_get(doc, defaults, slice_of(name));
}

/* One of subject, action, resource: as the item says it, and what it leaves out of its name as the defaults say. */
struct source {
	const struct json_doc *doc;
	const struct json_node *node;
	const struct json_node *fallback;
	const char *name;
};

static enum error need_text(const struct source *source, const char *name, slice *ret, struct fault *why)
{
	if (!json_string(member(source->doc, source->node, source->fallback, name), ret) || ret->len == 0)
		return FAIL_FIELD(why, E_INVALID, source->name, "%s.%s must be a string", source->name, name);
	return E_OK;
}

static enum error read_entity(const struct json_doc *doc, const struct json_node *item, const struct json_node *defaults,
			      const char *name, struct authzen_entity *ret, struct fault *why)
{
	const struct json_node *fallback = json_get(doc, defaults, slice_of(name));
	const struct json_node *node = member(doc, item, defaults, name);
	struct source source = {.doc = doc, .node = node, .fallback = fallback, .name = name};
	if (!node)
		return FAIL_FIELD(why, E_INVALID, name, "%s is missing", name);
	if (!json_is(node, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, name, "%s must be an object", name);
	if (slice_equal(slice_of(name), SLICE("action"))) {
		TRY(need_text(&source, "name", &ret->id, why));
	} else {
		TRY(need_text(&source, "type", &ret->type, why));
		TRY(need_text(&source, "id", &ret->id, why));
	}
	ret->properties = json_get(doc, node, SLICE("properties"));
	if (ret->properties && !json_is(ret->properties, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, name, "%s.properties must be an object", name);
	return E_OK;
}

static enum error read_item(const struct json_doc *doc, const struct json_node *item, const struct json_node *defaults,
			    struct authzen_evaluation *ret, struct fault *why)
{
	if (!json_is(item, JSON_OBJECT))
		return FAIL(why, E_INVALID, "an evaluation must be an object");
	TRY(read_entity(doc, item, defaults, "subject", &ret->subject, why));
	TRY(read_entity(doc, item, defaults, "action", &ret->action, why));
	TRY(read_entity(doc, item, defaults, "resource", &ret->resource, why));
	ret->context = member(doc, item, defaults, "context");
	if (ret->context && !json_is(ret->context, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, "context", "context must be an object");
	return E_OK;
}

static enum error read_body(struct authzen_request *ret, slice body, struct arena *arena, struct fault *why)
{
	*ret = (struct authzen_request){.count = 0};
	TRY(json_parse(&ret->doc, body, NULL, arena, why));
	if (!json_is(json_root(&ret->doc), JSON_OBJECT))
		return FAIL(why, E_INVALID, "the request must be an object");
	return E_OK;
}

static enum error read_single(struct authzen_request *ret, struct arena *arena, struct fault *why)
{
	ret->evaluations = ARENA_NEW(arena, struct authzen_evaluation);
	if (!ret->evaluations)
		return FAIL(why, E_MEMORY, "no memory for an evaluation");
	TRY(read_item(&ret->doc, json_root(&ret->doc), NULL, ret->evaluations, why));
	ret->count = 1;
	return E_OK;
}

/* What is looked for: a type at most. */
static enum error read_wanted(const struct json_doc *doc, const struct json_node *root, const char *name,
			      struct authzen_entity *ret, struct fault *why)
{
	const struct json_node *node = json_get(doc, root, slice_of(name));
	struct source source = {.doc = doc, .node = node, .name = name};
	if (slice_equal(slice_of(name), SLICE("action")))
		return E_OK;
	if (!node)
		return FAIL_FIELD(why, E_INVALID, name, "%s is missing", name);
	if (!json_is(node, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, name, "%s must be an object", name);
	return need_text(&source, "type", &ret->type, why);
}

static enum error read_page(const struct json_doc *doc, const struct json_node *page, struct authzen_search *ret,
			    struct fault *why)
{
	int64_t limit;
	if (!page)
		return E_OK;
	if (!json_is(page, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, "page", "page must be an object");
	const struct json_node *number = json_get(doc, page, SLICE("limit"));
	const struct json_node *token = json_get(doc, page, SLICE("token"));
	if (number && (!json_i64(number, &limit) || limit < 0))
		return FAIL_FIELD(why, E_INVALID, "page", "page.limit must be a whole number that is not negative");
	if (token && !json_string(token, &ret->token))
		return FAIL_FIELD(why, E_INVALID, "page", "page.token must be a string");
	ret->has_limit = number != NULL;
	ret->limit = number ? (uint64_t)limit : 0;
	return E_OK;
}

const char *authzen_search_name(enum authzen_search_kind kind)
{
	static const char *const names[] = {"subject", "resource", "action"};
	return names[kind];
}

enum error authzen_search_read(struct authzen_search *ret, enum authzen_search_kind kind, slice body,
			       struct arena *arena, struct fault *why)
{
	*ret = (struct authzen_search){.kind = kind};
	struct json_doc *doc = &ret->doc;
	struct authzen_evaluation *asked = &ret->asked;
	TRY(json_parse(doc, body, NULL, arena, why));
	const struct json_node *root = json_root(doc);
	if (!json_is(root, JSON_OBJECT))
		return FAIL(why, E_INVALID, "the request must be an object");
	struct authzen_entity *const parts[] = {&asked->subject, &asked->resource, &asked->action};
	for (unsigned i = 0; i < 3; i++) {
		const char *name = authzen_search_name((enum authzen_search_kind)i);
		if (i == (unsigned)kind)
			TRY(read_wanted(doc, root, name, parts[i], why));
		else
			TRY(read_entity(doc, root, NULL, name, parts[i], why));
	}
	asked->context = json_get(doc, root, SLICE("context"));
	if (asked->context && !json_is(asked->context, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, "context", "context must be an object");
	return read_page(doc, json_get(doc, root, SLICE("page")), ret, why);
}

enum error authzen_evaluation_read(struct authzen_request *ret, slice body, struct arena *arena, struct fault *why)
{
	*ret = (struct authzen_request){.count = 1, .evaluations = ARENA_NEW(arena, struct authzen_evaluation)};
	if (ret->evaluations && authzen_plain_read(ret->evaluations, &ret->doc, body, arena))
		return E_OK;
	TRY(read_body(ret, body, arena, why));
	return read_single(ret, arena, why);
}

static enum error read_semantic(struct authzen_request *ret, struct fault *why)
{
	slice text;
	const struct json_node *options = json_get(&ret->doc, json_root(&ret->doc), SLICE("options"));
	const struct json_node *semantic = json_get(&ret->doc, options, SLICE("evaluations_semantic"));
	if (!semantic)
		return E_OK;
	if (json_string(semantic, &text)) {
		if (slice_equal(text, SLICE("execute_all")))
			return E_OK;
		if (slice_equal(text, SLICE("deny_on_first_deny"))) {
			ret->semantic = AUTHZEN_DENY_ON_FIRST_DENY;
			return E_OK;
		}
		if (slice_equal(text, SLICE("permit_on_first_permit"))) {
			ret->semantic = AUTHZEN_PERMIT_ON_FIRST_PERMIT;
			return E_OK;
		}
	}
	return FAIL_FIELD(why, E_INVALID, "options", "options.evaluations_semantic is not known");
}

enum error authzen_evaluations_read(struct authzen_request *ret, slice body, struct arena *arena, struct fault *why)
{
	TRY(read_body(ret, body, arena, why));
	TRY(read_semantic(ret, why));
	const struct json_node *root = json_root(&ret->doc);
	const struct json_node *items = json_get(&ret->doc, root, SLICE("evaluations"));
	if (items && !json_is(items, JSON_ARRAY))
		return FAIL_FIELD(why, E_INVALID, "evaluations", "evaluations must be an array");
	if (!items || items->count == 0)
		return read_single(ret, arena, why);
	if (items->count > AUTHZEN_EVALUATIONS_MAX)
		return FAIL_FIELD(why, E_LIMIT, "evaluations", "more than %u evaluations", AUTHZEN_EVALUATIONS_MAX);
	ret->evaluations = ARENA_ARRAY(arena, items->count, struct authzen_evaluation);
	if (!ret->evaluations)
		return FAIL(why, E_MEMORY, "no memory for evaluations");
	ret->is_batch = true;
	for (const struct json_node *item = json_first(items); item; item = json_next(item)) {
		struct authzen_evaluation *evaluation = &ret->evaluations[ret->count++];
		struct fault fault = {.code = E_OK};
		fault.code = read_item(&ret->doc, item, root, evaluation, &fault);
		evaluation->fault = fault;
	}
	return E_OK;
}

bool authzen_stops(enum authzen_semantic semantic, bool decision)
{
	return semantic == AUTHZEN_DENY_ON_FIRST_DENY ? !decision
						      : semantic == AUTHZEN_PERMIT_ON_FIRST_PERMIT && decision;
}

static void write_endpoints(struct json_writer *writer, slice issuer)
{
	json_put_string(writer, "policy_decision_point", issuer);
	json_put_joined(writer, "access_evaluation_endpoint", issuer, "/access/v1/evaluation");
	json_put_joined(writer, "access_evaluations_endpoint", issuer, "/access/v1/evaluations");
	json_put_joined(writer, "search_subject_endpoint", issuer, "/access/v1/search/subject");
	json_put_joined(writer, "search_resource_endpoint", issuer, "/access/v1/search/resource");
	json_put_joined(writer, "search_action_endpoint", issuer, "/access/v1/search/action");
}

static void end(struct json_writer *writer, struct buffer *out)
{
	json_end_object(writer);
	if (json_writer_end(writer, NULL) != E_OK)
		out->failed = true;
}

void authzen_metadata_write(struct buffer *out, slice issuer, slice signed_metadata)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	write_endpoints(&writer, issuer);
	if (signed_metadata.len)
		json_put_string(&writer, "signed_metadata", signed_metadata);
	end(&writer, out);
}

void authzen_metadata_signing_input(struct buffer *out, slice issuer, slice key_id, int64_t now_s)
{
	struct json_writer writer;
	struct buffer header, claims;
	buffer_init(&header, METADATA_BYTES_MAX);
	buffer_init(&claims, METADATA_BYTES_MAX);
	json_writer_init(&writer, &header, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "alg", "ES256");
	/* Its own type, so that it is never taken for a task token. */
	json_put_text(&writer, "typ", "authzen-metadata+jwt");
	json_put_string(&writer, "kid", key_id);
	end(&writer, &header);
	json_writer_init(&writer, &claims, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "iss", issuer);
	json_put_i64(&writer, "iat", now_s);
	json_put_i64(&writer, "exp", now_s + METADATA_LIFETIME_S);
	write_endpoints(&writer, issuer);
	end(&writer, &claims);
	base64url_add(out, buffer_slice(&header));
	buffer_add_byte(out, '.');
	base64url_add(out, buffer_slice(&claims));
	out->failed = out->failed || header.failed || claims.failed;
	buffer_free(&header);
	buffer_free(&claims);
}
