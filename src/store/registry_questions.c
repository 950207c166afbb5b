/* Questions at the registry's desk, strangers, and everything that a new worker is told. */
#include "store/registry_service_inside.h"

#include "registry/problem.h"
#include "text/json_writer.h"

#define CALLER_TEXT_BYTES_MAX 256u
#define CALLER_JWK_BYTES_MAX 4096u

static struct service_reply body_or_problem(struct registry_service *service, enum error code, const struct fault *why)
{
	if (code != E_OK)
		return service_problem(service, code, why);
	return (struct service_reply){.status = 200, .body = buffer_slice(&service->body)};
}

static const struct json_limits request_limits = {.bytes_max = REPLY_BYTES_MAX, .depth_max = 16, .nodes_max = 4096};

static enum error read_kind(const struct json_doc *doc, enum kind *ret_kind, struct fault *why)
{
	slice name;
	TRY(json_need_string(doc, json_root(doc), "kind", &name, why));
	*ret_kind = kind_of_name(name);
	return *ret_kind == KIND_UNKNOWN ? FAIL_FIELD(why, E_INVALID, "kind", "no kind `%.*s`", SLICE_ARG(name)) : E_OK;
}

static enum error get(struct registry_service *service, slice request, struct fault *why)
{
	struct json_doc doc;
	enum kind kind;
	slice id;
	TRY(json_parse(&doc, request, &request_limits, &service->arena, why));
	TRY(read_kind(&doc, &kind, why));
	TRY(json_need_string(&doc, json_root(&doc), "id", &id, why));
	const struct registry_entry *entry = registry_get(service->options.registry, kind, id);
	if (!entry)
		return FAIL(why, E_NOT_FOUND, "no %.*s `%.*s`", SLICE_ARG(kind_row(kind)->name), SLICE_ARG(id));
	object_show(&entry->object, (slice){NULL, 0}, &service->body);
	return buffer_check(&service->body, why);
}

struct service_reply registry_service_get(struct registry_service *service, slice request)
{
	struct fault why = {0};
	service_begin(service);
	return body_or_problem(service, get(service, request, &why), &why);
}

static enum error read_filters(const struct json_node *filters, struct list_query *query, struct fault *why)
{
	for (const struct json_node *node = json_first(filters); node; node = json_next(node)) {
		struct list_filter *filter = &query->filters[query->filter_count];
		if (query->filter_count++ == LIST_FILTERS_MAX)
			return FAIL(why, E_INVALID, "more than %u filters", LIST_FILTERS_MAX);
		filter->field = json_key(node);
		if (!json_string(node, &filter->value))
			return FAIL(why, E_INVALID, "the value of a filter is a string");
	}
	return E_OK;
}

static enum error list(struct registry_service *service, slice request, struct fault *why)
{
	struct json_doc doc;
	struct list_query query = {0};
	const struct json_node *filters;
	int64_t limit = LIST_LIMIT_USUAL;
	TRY(sqlite_registry_health(service->options.store, why));
	TRY(json_parse(&doc, request, &request_limits, &service->arena, why));
	TRY(read_kind(&doc, &query.kind, why));
	TRY(json_opt_node(&doc, json_root(&doc), "filters", JSON_OBJECT, &filters, why));
	TRY(json_opt_i64(&doc, json_root(&doc), "limit", &limit, why));
	TRY(json_opt_string(&doc, json_root(&doc), "page_token", &query.page_token, why));
	if (limit < 1 || limit > LIST_LIMIT_MAX)
		return FAIL_FIELD(why, E_INVALID, "limit", "limit must be 1 to %u", LIST_LIMIT_MAX);
	query.limit = (unsigned)limit;
	TRY(read_filters(filters, &query, why));
	return sqlite_registry_list(service->options.store, &query, &service->arena, &service->body, why);
}

struct service_reply registry_service_list(struct registry_service *service, slice request)
{
	struct fault why = {0};
	service_begin(service);
	return body_or_problem(service, list(service, request, &why), &why);
}

/* --- former policies --- */

struct wanted {
	slice id;
	const struct registry_entry *found;
	int64_t number;
};

static bool look_at_version(void *context, const struct registry_entry *entry)
{
	struct wanted *wanted = context;
	slice digest = object_text(&entry->object, SLICE("digest"), NULL);
	uint64_t number = 0;
	(void)slice_to_u64(object_value(&entry->object, SLICE("number")), &number);
	if ((slice_equal(entry->id, wanted->id) || slice_equal(digest, wanted->id)) && (int64_t)number > wanted->number) {
		wanted->found = entry;
		wanted->number = (int64_t)number;
	}
	return true;
}

/* SHA-256 of nothing: the digest of the set without policies. */
#define NO_POLICIES "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static enum error find_version(struct registry_service *service, slice id, uint64_t *ret_revision, struct fault *why)
{
	struct wanted wanted = {.id = id};
	registry_each(service->options.registry, KIND_POLICY_VERSION, look_at_version, &wanted);
	buffer_add_text(&service->body, "{\"version\":");
	if (wanted.found) {
		*ret_revision = wanted.found->revision;
		object_show(&wanted.found->object, (slice){NULL, 0}, &service->body);
	} else if (slice_equal(id, SLICE("v0")) || slice_equal(id, SLICE(NO_POLICIES))) {
		buffer_add_text(&service->body, "{\"id\":\"v0\",\"number\":0,\"digest\":\"" NO_POLICIES "\",\"policies\":0}");
	} else {
		return FAIL(why, E_NOT_FOUND, "no policy version and no digest of one is `%.*s`", SLICE_ARG(slice_sub(id, 0, 80)));
	}
	buffer_add_text(&service->body, ",");
	return E_OK;
}

static enum error policy_set(struct registry_service *service, slice request, struct fault *why)
{
	struct json_doc doc;
	slice id, token = {NULL, 0};
	uint64_t revision = 0;
	TRY(sqlite_registry_health(service->options.store, why));
	TRY(json_parse(&doc, request, &request_limits, &service->arena, why));
	TRY(json_need_string(&doc, json_root(&doc), "id", &id, why));
	TRY(json_opt_string(&doc, json_root(&doc), "page_token", &token, why));
	TRY(find_version(service, id, &revision, why));
	TRY(sqlite_registry_policy_page(service->options.store, revision, token, &service->arena, &service->body, why));
	buffer_add_text(&service->body, "}");
	return buffer_check(&service->body, why);
}

struct service_reply registry_service_policy_set(struct registry_service *service, slice request)
{
	struct fault why = {0};
	service_begin(service);
	return body_or_problem(service, policy_set(service, request, &why), &why);
}

/* --- strangers --- */

static enum error read_sighting(struct registry_service *service, const struct json_doc *doc,
				struct caller_sighting *sighting, struct fault *why)
{
	const struct json_node *root = json_root(doc), *jwk;
	TRY(json_need_string(doc, root, "client_id", &sighting->client_id, why));
	TRY(json_opt_string(doc, root, "thumbprint", &sighting->thumbprint, why));
	TRY(json_opt_string(doc, root, "address", &sighting->address, why));
	TRY(json_opt_node(doc, root, "jwk", JSON_OBJECT, &jwk, why));
	if (jwk)
		sighting->jwk = json_span(doc, jwk);
	sighting->time_ms = service_now_ms(service);
	if (!sighting->client_id.len || sighting->client_id.len > CALLER_TEXT_BYTES_MAX)
		return FAIL_FIELD(why, E_INVALID, "client_id", "client_id has 1 to %u bytes", CALLER_TEXT_BYTES_MAX);
	if (sighting->thumbprint.len > CALLER_TEXT_BYTES_MAX || sighting->address.len > CALLER_TEXT_BYTES_MAX ||
	    sighting->jwk.len > CALLER_JWK_BYTES_MAX)
		return FAIL(why, E_LIMIT, "what is told of a caller is too long");
	return E_OK;
}

/* Only the first attempt of a stranger is recorded: a stranger must not be able to fill the log. */
static enum error record_caller(struct registry_service *service, const struct caller_sighting *sighting,
				struct fault *why)
{
	slice bytes;
	uint64_t index;
	struct record record = {
		.kind = RECORD_CALLER,
		.agent = sighting->client_id,
		.peer = sighting->address.len ? sighting->address : SLICE("unknown"),
		.reason = SLICE("agent.unregistered"),
		.count = 1,
	};
	if (sighting->thumbprint.len)
		record.detail = arena_print(&service->arena, "key %.*s", SLICE_ARG(sighting->thumbprint));
	TRY(service_encode(service, &record, 'u', &bytes, why));
	return service->options.append(service->options.context, &bytes, 1, &index, why);
}

static enum error caller(struct registry_service *service, slice request, struct fault *why)
{
	struct json_doc doc;
	struct caller_sighting sighting = {0};
	uint64_t attempts;
	TRY(json_parse(&doc, request, &request_limits, &service->arena, why));
	TRY(read_sighting(service, &doc, &sighting, why));
	TRY(sqlite_registry_saw_caller(service->options.store, &sighting, &attempts, why));
	if (attempts == 1)
		TRY(record_caller(service, &sighting, why));
	buffer_print(&service->body, "{\"attempts\":%llu}", (unsigned long long)attempts);
	return buffer_check(&service->body, why);
}

struct service_reply registry_service_caller(struct registry_service *service, slice request)
{
	struct fault why = {0};
	service_begin(service);
	return body_or_problem(service, caller(service, request, &why), &why);
}

struct service_reply registry_service_callers(struct registry_service *service)
{
	struct fault why = {0};
	service_begin(service);
	enum error code = sqlite_registry_callers(service->options.store, &service->body, &why);
	return body_or_problem(service, code, &why);
}

/* --- everything --- */

struct sending {
	struct registry_service *service;
	void (*send)(void *context, slice change);
	void *context;
	bool failed;
};

static bool send_one(void *context, const struct registry_entry *entry)
{
	struct sending *sending = context;
	struct registry_service *service = sending->service;
	struct change change = {.op = CHANGE_PUT, .kind = entry->kind, .id = entry->id, .revision = entry->revision,
				.object = entry->json, .actor = SLICE("tipstaff:start"),
				.time = object_text(&entry->object, SLICE("updated_at"), &service->arena)};
	buffer_clear(&service->change);
	change_write(&change, &service->change);
	if (service->change.failed)
		sending->failed = true;
	else
		sending->send(sending->context, buffer_slice(&service->change));
	return !sending->failed;
}

enum error registry_service_send_all(struct registry_service *service, void (*send)(void *context, slice change),
				     void *context, struct fault *why)
{
	struct sending sending = {.service = service, .send = send, .context = context};
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++)
		registry_each(service->options.registry, kind, send_one, &sending);
	return sending.failed ? FAIL(why, E_MEMORY, "no memory to send an object") : E_OK;
}

void registry_service_status(const struct registry_service *service, struct buffer *out)
{
	struct fault why = {0};
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_u64(&writer, "revision", registry_revision(service->options.registry));
	json_put_object(&writer, "objects");
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		json_write_key(&writer, kind_row(kind)->plural);
		json_write_u64(&writer, registry_count(service->options.registry, kind));
	}
	json_end_object(&writer);
	json_put_object(&writer, "database");
	bool well = sqlite_registry_health(service->options.store, &why) == E_OK;
	json_put_text(&writer, "state", well ? "ok" : "faulty");
	if (!well)
		json_put_text(&writer, "detail", fault_sentence(&why));
	json_end_object(&writer);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}
