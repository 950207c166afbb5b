/* What a kind demands beyond the shape of its fields: references, keys, policies, digests. */
#include "registry/plan_work.h"

#include "crypt/digest.h"
#include "registry/suite.h"
#include "text/base64.h"
#include "text/jcs.h"
#include "text/time.h"

static enum error make_referenced(struct plan_work *work, const struct field *field, slice id, struct fault *why)
{
	struct object made = {.row = kind_row(field->refers)};
	object_set(&made, SLICE("state"), SLICE("\"active\""));
	if (field->refers == KIND_PRINCIPAL)
		object_set(&made, SLICE("type"), SLICE("\"human\""));
	slice reason = arena_print(work->arena, "named as %s", field->name.ptr);
	return plan_add_put(work, &made, id, NULL, SLICE("create"), reason, NULL, why);
}

static bool is_person_field(const struct field *field)
{
	return field->refers == KIND_PRINCIPAL;
}

/* Whoever is referred to must be able to play that part. */
static enum error check_referred(struct plan_work *work, const struct field *field, slice id,
				 const struct registry_entry *entry, struct fault *why)
{
	const char *name = field->name.ptr;
	slice state = plan_text(work, &entry->object, SLICE("state"));
	if (is_person_field(field) && !slice_equal(plan_text(work, &entry->object, SLICE("type")), SLICE("human")))
		return FAIL_FIELD(why, E_INVALID, name, "%s must be a human, and `%.*s` is not", name, SLICE_ARG(id));
	if (field->refers == KIND_AGENT && slice_equal(state, SLICE("decommissioned")))
		return FAIL_FIELD(why, E_INVALID, name, "agent `%.*s` is decommissioned", SLICE_ARG(id));
	bool needs_active = is_person_field(field) || field->refers == KIND_PURPOSE;
	if (needs_active && !slice_equal(state, SLICE("active")))
		return FAIL_FIELD(why, E_INVALID, name, "%.*s `%.*s` is %.*s", SLICE_ARG(kind_row(field->refers)->name),
				  SLICE_ARG(id), SLICE_ARG(state));
	return E_OK;
}

static enum error check_reference(struct plan_work *work, const struct object *object, const struct field *field,
				  struct fault *why)
{
	slice id = plan_text(work, object, field->name);
	const struct registry_entry *entry = registry_get(work->registry, field->refers, id);
	if (entry)
		return check_referred(work, field, id, entry, why);
	if (plan_find(work, field->refers, id))
		return E_OK;
	if (field->flags & FIELD_MAKES)
		return make_referenced(work, field, id, why);
	return FAIL_FIELD(why, E_INVALID, field->name.ptr, "no %.*s `%.*s`", SLICE_ARG(kind_row(field->refers)->name),
			  SLICE_ARG(id));
}

static bool differs(const struct object *object, const struct registry_entry *before, size_t number)
{
	return !before || !slice_equal(object->values[number], before->object.values[number]);
}

static bool changes(const struct object *object, const struct registry_entry *before, slice name)
{
	size_t number;
	return kind_field(object->row, name, &number) && object->values[number].ptr && differs(object, before, number);
}

static enum error check_expiry(struct plan_work *work, const struct object *object, struct fault *why)
{
	int64_t expires_ms;
	TRY(time_parse_ms(&expires_ms, plan_text(work, object, SLICE("expires_at")), why));
	if (expires_ms <= work->context->now_ms)
		return FAIL_FIELD(why, E_INVALID, "expires_at", "expires_at is in the past");
	return E_OK;
}

static enum error check_policy(struct plan_work *work, const struct object *object, slice id, struct fault *why)
{
	struct fault inner = {0};
	if (!work->context->check_policy)
		return E_OK;
	enum error code = work->context->check_policy(work->context->context, id,
						      plan_text(work, object, SLICE("text")), &inner);
	if (code == E_MEMORY)
		return plan_no_memory(why);
	return code == E_OK ? E_OK : FAIL_FIELD(why, E_INVALID, "text", "%s", fault_sentence(&inner));
}

/* Its inner form; whether it holds is seen when the whole plan stands. */
static enum error check_suite(struct plan_work *work, const struct object *object, slice id, struct fault *why)
{
	struct object named = *object;
	struct suite suite;
	slice json;
	TRY(object_set_text(&named, SLICE("id"), id, work->arena, why));
	TRY(object_write(&named, work->arena, &json, why));
	return suite_read(&suite, json, work->arena, why);
}

/* All of them are read into memory at each change, and into the snapshot of every worker. */
#define ENTITY_TEXT_BYTES_MAX (32u * 1024u * 1024u)

/* All sets of entities as they would be with the new one, which comes last. */
struct gathering {
	struct plan_work *work;
	struct plan_source *sources;
	size_t count;
	size_t bytes;
	slice id;
};

static bool gather(void *context, const struct registry_entry *entry)
{
	struct gathering *gathering = context;
	if (slice_equal(entry->id, gathering->id))
		return true;
	slice text = plan_text(gathering->work, &entry->object, SLICE("text"));
	gathering->sources[gathering->count++] = (struct plan_source){entry->id, text};
	gathering->bytes += text.len;
	return gathering->bytes <= ENTITY_TEXT_BYTES_MAX;
}

static enum error check_entities(struct plan_work *work, const struct object *object, slice id, struct fault *why)
{
	struct fault inner = {0};
	if (!work->context->check_entities)
		return E_OK;
	struct gathering gathering = {.work = work, .id = id};
	gathering.sources = ARENA_ARRAY(work->arena, registry_count(work->registry, KIND_ENTITIES) + 1, struct plan_source);
	if (!gathering.sources)
		return plan_no_memory(why);
	slice text = plan_text(work, object, SLICE("text"));
	gathering.bytes = text.len;
	registry_each(work->registry, KIND_ENTITIES, gather, &gathering);
	if (gathering.bytes > ENTITY_TEXT_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, "text", "all sets of entities together are longer than %u bytes",
				  ENTITY_TEXT_BYTES_MAX);
	gathering.sources[gathering.count++] = (struct plan_source){id, text};
	enum error code = work->context->check_entities(work->context->context, gathering.sources, gathering.count, &inner);
	if (code == E_MEMORY)
		return plan_no_memory(why);
	return code == E_OK ? E_OK : FAIL_FIELD(why, E_INVALID, "text", "%s", fault_sentence(&inner));
}

static enum error check_jwks(struct plan_work *work, const struct object *object, struct fault *why)
{
	struct fault inner = {0};
	if (!work->context->check_jwks)
		return E_OK;
	enum error code = work->context->check_jwks(work->context->context, object_value(object, SLICE("jwks")), &inner);
	return code == E_OK ? E_OK : FAIL_FIELD(why, E_INVALID, "jwks", "%s", fault_sentence(&inner));
}

enum error plan_set_digest(struct plan_work *work, struct object *object, slice field, slice definition,
			   struct fault *why)
{
	struct json_doc doc;
	struct sha256 digest;
	char hex[2 * SHA256_BYTES];
	TRY(json_parse(&doc, definition, NULL, work->arena, why));
	struct buffer canonical;
	buffer_init(&canonical, 2 * OBJECT_BYTES_MAX);
	enum error code = jcs_write(&canonical, &doc, json_root(&doc), JCS_EXACT_INTEGERS, work->arena, why);
	if (code == E_OK)
		code = sha256_once(&digest, buffer_slice(&canonical), why);
	buffer_free(&canonical);
	TRY(code);
	hex_write(hex, sha256_slice(&digest));
	return object_set_text(object, field, slice_from(hex, sizeof(hex)), work->arena, why);
}

/* A definition that is sent is the new pin; nothing is on offer any more. */
static enum error pin_definition(struct plan_work *work, struct object *object, struct fault *why)
{
	slice definition = object_value(object, SLICE("definition"));
	struct json_doc doc;
	slice name;
	TRY(json_parse(&doc, definition, NULL, work->arena, why));
	if (!json_string(json_get(&doc, json_root(&doc), SLICE("name")), &name) ||
	    !slice_equal(name, plan_text(work, object, SLICE("name"))))
		return FAIL_FIELD(why, E_INVALID, "definition", "the definition is of another tool: its name differs");
	object_set(object, SLICE("offered"), (slice){NULL, 0});
	object_set(object, SLICE("offered_sha256"), (slice){NULL, 0});
	object_set(object, SLICE("state"), SLICE("\"pinned\""));
	return plan_set_digest(work, object, SLICE("definition_sha256"), definition, why);
}

static enum error check_kind(struct plan_work *work, struct object *object, slice id,
			     const struct registry_entry *before, struct fault *why)
{
	if (changes(object, before, SLICE("expires_at")))
		TRY(check_expiry(work, object, why));
	if (changes(object, before, SLICE("jwks")))
		TRY(check_jwks(work, object, why));
	/* What the former keys signed for does not outlive them. */
	if (before && object_value(&before->object, SLICE("jwks")).ptr &&
	    !slice_equal(object_value(object, SLICE("jwks")), object_value(&before->object, SLICE("jwks"))))
		TRY(object_set_text(object, SLICE("cutoff_at"), work->now, work->arena, why));
	if (object->row->kind == KIND_POLICY && changes(object, before, SLICE("text")))
		TRY(check_policy(work, object, id, why));
	if (object->row->kind == KIND_SUITE)
		TRY(check_suite(work, object, id, why));
	if (object->row->kind == KIND_ENTITIES && changes(object, before, SLICE("text")))
		TRY(check_entities(work, object, id, why));
	if (object->row->kind == KIND_TOOL && changes(object, before, SLICE("definition")))
		TRY(pin_definition(work, object, why));
	if (object->row->kind == KIND_TASK && !object_value(object, SLICE("requester")).ptr)
		TRY(object_set_text(object, SLICE("requester"), work->command->actor, work->arena, why));
	return E_OK;
}

enum error plan_check(struct plan_work *work, struct object *object, slice id, const struct registry_entry *before,
		      struct fault *why)
{
	TRY(check_kind(work, object, id, before, why));
	for (size_t i = 0; i < object->row->field_count; i++) {
		const struct field *field = &object->row->fields[i];
		if (field->refers != KIND_UNKNOWN && object->values[i].ptr && differs(object, before, i))
			TRY(check_reference(work, object, field, why));
	}
	return E_OK;
}

struct referrer {
	struct plan_work *work;
	const struct registry_entry *entry; /* that is looked for */
	const struct field *field;
	const struct registry_entry *found;
};

static bool refers(void *context, const struct registry_entry *entry)
{
	struct referrer *referrer = context;
	if (slice_equal(plan_text(referrer->work, &entry->object, referrer->field->name), referrer->entry->id))
		referrer->found = entry;
	return !referrer->found;
}

/* Grants and tasks name tools in lists: `server.tool`, and `server.*` for the server. */
static bool lists_tool(void *context, const struct registry_entry *entry)
{
	struct referrer *referrer = context;
	slice tools = object_value(&entry->object, SLICE("tools"));
	bool is_server = referrer->entry->kind == KIND_SERVER;
	slice needle = arena_print(referrer->work->arena, is_server ? "\"%.*s." : "\"%.*s\"",
				   SLICE_ARG(referrer->entry->id));
	if (tools.ptr && needle.ptr && slice_find(tools, needle) != SIZE_MAX)
		referrer->found = entry;
	return !referrer->found;
}

static enum error referred_to(const struct referrer *referrer, struct fault *why)
{
	return FAIL(why, E_CONFLICT, "%.*s `%.*s` still refers to %.*s `%.*s`",
		    SLICE_ARG(kind_row(referrer->found->kind)->name), SLICE_ARG(referrer->found->id),
		    SLICE_ARG(kind_row(referrer->entry->kind)->name), SLICE_ARG(referrer->entry->id));
}

enum error plan_check_unreferenced(struct plan_work *work, const struct registry_entry *entry, struct fault *why)
{
	struct referrer referrer = {.work = work, .entry = entry};
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		const struct kind_row *row = kind_row(kind);
		/* A server's tools go with it. */
		for (size_t i = 0; i < row->field_count && !(entry->kind == KIND_SERVER && kind == KIND_TOOL); i++) {
			if (row->fields[i].refers != entry->kind)
				continue;
			referrer.field = &row->fields[i];
			registry_each(work->registry, kind, refers, &referrer);
			if (referrer.found)
				return referred_to(&referrer, why);
		}
	}
	if (entry->kind != KIND_SERVER && entry->kind != KIND_TOOL)
		return E_OK;
	registry_each(work->registry, KIND_GRANT, lists_tool, &referrer);
	if (!referrer.found)
		registry_each(work->registry, KIND_TASK, lists_tool, &referrer);
	return referrer.found ? referred_to(&referrer, why) : E_OK;
}
