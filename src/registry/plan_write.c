/* Create, put, patch and delete. */
#include "registry/plan_work.h"

#include "text/time.h"
#include "text/ulid.h"

#include <stdio.h>
#include <string.h>

static bool is_stamp(const struct field *field)
{
	return slice_equal(field->name, SLICE("revision")) || slice_equal(field->name, SLICE("created_at")) ||
	       slice_equal(field->name, SLICE("updated_at"));
}

static enum error check_precondition(const struct command *command, const struct registry_entry *entry,
				     struct fault *why)
{
	if (command->if_match && (!entry || entry->revision != command->if_match))
		return FAIL(why, E_PRECONDITION, "%.*s has revision %llu, not %llu", SLICE_ARG(command->id),
			    (unsigned long long)(entry ? entry->revision : 0), (unsigned long long)command->if_match);
	return E_OK;
}

static enum error not_found(const struct command *command, struct fault *why)
{
	return FAIL(why, E_NOT_FOUND, "no %.*s `%.*s`", SLICE_ARG(kind_row(command->kind)->name),
		    SLICE_ARG(command->id));
}

/* What was sent, whole, brought to one spelling so that it can be compared with what is stored. */
static enum error read_sent(struct plan_work *work, enum object_use use, struct object *ret_sent, struct fault *why)
{
	const struct command *command = work->command;
	if (!command->object)
		return FAIL_FIELD(why, E_INVALID, "object", "a JSON object is required");
	struct object sent;
	slice canonical;
	TRY(object_read(&sent, kind_row(command->kind), command->doc, command->object, use, work->arena, why));
	TRY(object_write(&sent, work->arena, &canonical, why));
	/* Parsed as it was meant, so that null stays what it is. */
	return object_parse(ret_sent, sent.row, canonical, use, work->arena, why);
}

/* Of a value that Tipstaff sets itself or that never changes, only what it is already may be sent. */
static enum error check_settable(struct plan_work *work, const struct object *sent, const struct object *old,
				 struct fault *why)
{
	for (size_t i = 0; i < sent->row->field_count; i++) {
		const struct field *field = &sent->row->fields[i];
		bool fixed = (field->flags & FIELD_FIXED) && old;
		if (!sent->values[i].ptr || !(fixed || (field->flags & FIELD_READ_ONLY)))
			continue;
		slice is = old ? old->values[i] : field->fallback;
		if (slice_equal(field->name, SLICE("kind")))
			is = arena_print(work->arena, "\"%.*s\"", SLICE_ARG(sent->row->name));
		if (slice_equal(sent->values[i], is))
			continue;
		const char *name = field->name.ptr;
		if (fixed)
			return FAIL_FIELD(why, E_INVALID, name, "%s cannot change; make a new %.*s", name,
					  SLICE_ARG(sent->row->name));
		if (old && is.len && is_stamp(field))
			return FAIL_FIELD(why, E_INVALID, name, "%s is set by Tipstaff and is %.*s now", name,
					  SLICE_ARG(is));
		return FAIL_FIELD(why, E_INVALID, name, "%s is set by Tipstaff%s", name,
				  slice_equal(field->name, SLICE("state")) ? "; use the verb for it" : "");
	}
	return E_OK;
}

static bool is_null(slice json)
{
	return slice_equal(json, SLICE("null"));
}

/* `sent` as a whole object: what is absent has its default or, where silence must not change it, stays. */
static void complete(struct object *sent, const struct object *old)
{
	for (size_t i = 0; i < sent->row->field_count; i++) {
		const struct field *field = &sent->row->fields[i];
		slice *value = &sent->values[i];
		if (is_null(*value))
			*value = (slice){NULL, 0};
		else if (!value->ptr && old && (field->flags & (FIELD_KEPT | FIELD_READ_ONLY)))
			*value = old->values[i];
		if (!value->ptr && field->fallback.len)
			*value = field->fallback;
	}
}

static enum error derive_id(struct plan_work *work, const struct object *sent, slice *ret_id, struct fault *why)
{
	const struct kind_row *row = sent->row;
	if (row->kind == KIND_TOOL) {
		slice server = plan_text(work, sent, SLICE("server")), name = plan_text(work, sent, SLICE("name"));
		if (!server.len || !name.len)
			return object_need(sent, why);
		*ret_id = arena_print(work->arena, "%.*s.%.*s", SLICE_ARG(server), SLICE_ARG(name));
	} else if (row->id_prefix) {
		struct ulid id = ulid_make(slice_of(row->id_prefix), work->context->now_ms, work->context->random);
		*ret_id = arena_copy(work->arena, ulid_slice(&id));
	} else {
		return FAIL_FIELD(why, E_INVALID, "id", "id is required");
	}
	return ret_id->ptr ? E_OK : plan_no_memory(why);
}

/* The id comes from the path, from the object, from other fields, or is made; all that are there must agree. */
static enum error find_id(struct plan_work *work, const struct object *sent, slice *ret_id, struct fault *why)
{
	slice in_path = work->command->id, in_object = plan_text(work, sent, SLICE("id")), derived;
	if (in_path.len && in_object.len && !slice_equal(in_path, in_object))
		return FAIL_FIELD(why, E_INVALID, "id", "id is `%.*s` in the path and `%.*s` in the object",
				  SLICE_ARG(in_path), SLICE_ARG(in_object));
	slice given = in_path.len ? in_path : in_object;
	if (given.len && sent->row->kind != KIND_TOOL) {
		*ret_id = given;
		return E_OK;
	}
	TRY(derive_id(work, sent, &derived, why));
	if (given.len && !slice_equal(given, derived))
		return FAIL_FIELD(why, E_INVALID, "id", "id is `%.*s`, but server and name make it `%.*s`",
				  SLICE_ARG(given), SLICE_ARG(derived));
	*ret_id = derived;
	return E_OK;
}

/* An id from the path has not been through object_read. */
static enum error check_id_form(struct plan_work *work, enum kind kind, slice id, struct fault *why)
{
	struct object probe = {.row = kind_row(kind)};
	TRY(object_set_text(&probe, SLICE("id"), id, work->arena, why));
	slice text;
	TRY(object_write(&probe, work->arena, &text, why));
	return object_parse(&probe, probe.row, text, OBJECT_CREATE, work->arena, why);
}

static enum error write_whole(struct plan_work *work, struct object *sent, slice id,
			      const struct registry_entry *before, slice verb, struct fault *why)
{
	TRY(check_settable(work, sent, before ? &before->object : NULL, why));
	TRY(object_set_text(sent, SLICE("id"), id, work->arena, why));
	TRY(object_need(sent, why));
	complete(sent, before ? &before->object : NULL);
	TRY(plan_check(work, sent, id, before, why));
	return plan_add_put(work, sent, id, before, verb, work->command->reason, &work->result, why);
}

static bool has_expired(const struct plan_work *work, const struct registry_entry *entry)
{
	int64_t expires_ms;
	slice text = plan_text(work, &entry->object, SLICE("expires_at"));
	return text.len && time_parse_ms(&expires_ms, text, NULL) == E_OK && expires_ms < work->context->now_ms;
}

/* At most so many go with each new one, so that revocations do not pile up and no command gets long. */
#define PRUNED_MAX 64u

struct pruning {
	struct plan_work *work;
	size_t left;
	enum error code;
	struct fault *why;
};

static bool prune(void *context, const struct registry_entry *entry)
{
	struct pruning *pruning = context;
	if (!has_expired(pruning->work, entry))
		return true;
	pruning->code = plan_add_delete(pruning->work, entry, SLICE("expired"), pruning->why);
	return pruning->code == E_OK && --pruning->left > 0;
}

/* What has expired by itself needs no revocation any more. */
static enum error prune_revocations(struct plan_work *work, struct fault *why)
{
	struct pruning pruning = {.work = work, .left = PRUNED_MAX, .why = why};
	registry_each(work->registry, KIND_REVOCATION, prune, &pruning);
	return pruning.code;
}

/* Only Tipstaff itself makes them. */
static enum error check_writable(const struct command *command, struct fault *why)
{
	if (command->kind == KIND_POLICY_VERSION)
		return FAIL(why, E_CONFLICT, "a policy version is made by a change of policies; roll back to one with its verb");
	return E_OK;
}

enum error plan_create(struct plan_work *work, struct fault *why)
{
	struct object sent;
	slice id;
	TRY(check_writable(work->command, why));
	TRY(read_sent(work, OBJECT_CREATE, &sent, why));
	TRY(find_id(work, &sent, &id, why));
	TRY(check_id_form(work, sent.row->kind, id, why));
	if (registry_get(work->registry, sent.row->kind, id))
		return FAIL_FIELD(why, E_CONFLICT, "id", "%.*s `%.*s` exists already", SLICE_ARG(sent.row->name),
				  SLICE_ARG(id));
	if (sent.row->kind == KIND_REVOCATION)
		TRY(prune_revocations(work, why));
	work->status = 201;
	return write_whole(work, &sent, id, NULL, SLICE("create"), why);
}

enum error plan_put(struct plan_work *work, struct fault *why)
{
	struct object sent;
	slice id;
	TRY(check_writable(work->command, why));
	TRY(read_sent(work, OBJECT_CREATE, &sent, why));
	TRY(find_id(work, &sent, &id, why));
	TRY(check_id_form(work, sent.row->kind, id, why));
	const struct registry_entry *before = registry_get(work->registry, sent.row->kind, id);
	TRY(check_precondition(work->command, before, why));
	work->status = before ? 200 : 201;
	return write_whole(work, &sent, id, before, before ? SLICE("update") : SLICE("create"), why);
}

enum error plan_put_object(struct plan_work *work, enum kind kind, const struct json_doc *doc,
			   const struct json_node *node, const char *field, struct fault *why)
{
	struct command command = *work->command;
	const struct command *outer = work->command;
	struct fault inner = {0};
	char place[2 * sizeof(inner.field)];
	command.kind = kind;
	command.doc = doc;
	command.object = node;
	command.id = (slice){NULL, 0};
	command.if_match = 0;
	work->command = &command;
	enum error code = plan_put(work, &inner);
	work->command = outer;
	work->result = (struct object){0};
	if (code == E_OK)
		return E_OK;
	snprintf(place, sizeof(place), "%s%s%s", field, inner.field[0] ? "." : "", inner.field);
	return FAIL_FIELD(why, code, place, "%s", fault_sentence(&inner));
}

enum error plan_patch(struct plan_work *work, struct fault *why)
{
	const struct command *command = work->command;
	const struct registry_entry *before = registry_get(work->registry, command->kind, command->id);
	if (!before)
		return not_found(command, why);
	TRY(check_writable(command, why));
	TRY(check_precondition(command, before, why));
	struct object sent;
	TRY(read_sent(work, OBJECT_PATCH, &sent, why));
	TRY(check_settable(work, &sent, &before->object, why));
	struct object merged = before->object;
	for (size_t i = 0; i < sent.row->field_count; i++) {
		if (sent.values[i].ptr)
			merged.values[i] = is_null(sent.values[i]) ? sent.row->fields[i].fallback : sent.values[i];
		if (merged.values[i].len == 0)
			merged.values[i] = (slice){NULL, 0};
	}
	TRY(plan_check(work, &merged, before->id, before, why));
	return plan_add_put(work, &merged, before->id, before, SLICE("update"), command->reason, &work->result, why);
}

struct tools_of {
	struct plan_work *work;
	slice server;
	slice reason;
	enum error code;
	struct fault *why;
};

static bool delete_tool(void *context, const struct registry_entry *entry)
{
	struct tools_of *tools = context;
	if (slice_equal(plan_text(tools->work, &entry->object, SLICE("server")), tools->server))
		tools->code = plan_add_delete(tools->work, entry, tools->reason, tools->why);
	return tools->code == E_OK;
}

enum error plan_delete(struct plan_work *work, struct fault *why)
{
	const struct command *command = work->command;
	const struct registry_entry *before = registry_get(work->registry, command->kind, command->id);
	if (!before)
		return not_found(command, why);
	TRY(check_writable(command, why));
	TRY(check_precondition(command, before, why));
	if (before->kind == KIND_AGENT)
		return FAIL(why, E_CONFLICT, "an agent is never deleted, since evidence names it; retire it");
	if (before->kind == KIND_REVOCATION && !has_expired(work, before))
		return FAIL(why, E_CONFLICT, "what was revoked would be valid again; a revocation goes when it has expired");
	TRY(plan_check_unreferenced(work, before, why));
	/* The tools of a server are known only through it. */
	struct tools_of tools = {.work = work, .server = before->id, .reason = command->reason, .why = why};
	if (before->kind == KIND_SERVER)
		registry_each(work->registry, KIND_TOOL, delete_tool, &tools);
	TRY(tools.code);
	work->status = 204;
	return plan_add_delete(work, before, command->reason, why);
}
