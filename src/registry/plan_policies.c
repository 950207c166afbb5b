/* Policies and suites changed together: from a client's bundle, or back to a version that was. */
#include "registry/plan_work.h"

#include "registry/lifecycle.h"

#include <stdio.h>

static enum error put_all(struct plan_work *work, const char *name, enum kind kind, struct fault *why)
{
	const struct command *command = work->command;
	const struct json_node *list;
	size_t number = 0;
	TRY(json_opt_node(command->doc, command->object, name, JSON_ARRAY, &list, why));
	for (const struct json_node *node = json_first(list); node; node = json_next(node), number++) {
		char place[64];
		slice id;
		snprintf(place, sizeof(place), "%s[%zu]", name, number);
		if (!json_string(json_get(command->doc, node, SLICE("id")), &id))
			return FAIL_FIELD(why, E_INVALID, place, "%s has no id", place);
		if (plan_find(work, kind, id))
			return FAIL_FIELD(why, E_CONFLICT, place, "%.*s `%.*s` is given twice",
					  SLICE_ARG(kind_row(kind)->name), SLICE_ARG(id));
		TRY(plan_put_object(work, kind, command->doc, node, place, why));
	}
	return E_OK;
}

static enum error delete_one(struct plan_work *work, enum kind kind, slice id, const char *place, struct fault *why)
{
	const struct registry_entry *before = registry_get(work->registry, kind, id);
	if (!before)
		return FAIL_FIELD(why, E_INVALID, place, "no %.*s `%.*s`", SLICE_ARG(kind_row(kind)->name), SLICE_ARG(id));
	for (size_t i = 0; i < work->count; i++)
		if (work->changes[i].kind == kind && slice_equal(work->changes[i].id, id))
			return FAIL_FIELD(why, E_CONFLICT, place, "%.*s `%.*s` is given twice",
					  SLICE_ARG(kind_row(kind)->name), SLICE_ARG(id));
	return plan_add_delete(work, before, work->command->reason, why);
}

static enum error delete_all(struct plan_work *work, const char *name, enum kind kind, struct fault *why)
{
	const struct command *command = work->command;
	const struct json_node *list;
	TRY(json_opt_node(command->doc, command->object, name, JSON_ARRAY, &list, why));
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		slice id;
		if (!json_string(node, &id))
			return FAIL_FIELD(why, E_INVALID, name, "%s is a list of ids", name);
		TRY(delete_one(work, kind, id, name, why));
	}
	return E_OK;
}

static enum error check_members(const struct command *command, struct fault *why)
{
	static const char *const known[] = {"policies", "suites", "delete_policies", "delete_suites"};
	for (const struct json_node *node = json_first(command->object); node; node = json_next(node)) {
		size_t i = 0;
		while (i < sizeof(known) / sizeof(known[0]) && !slice_equal(json_key(node), slice_of(known[i])))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return FAIL(why, E_INVALID,
				    "no member `%.*s`; policies, suites, delete_policies and delete_suites are known",
				    SLICE_ARG(slice_sub(json_key(node), 0, 64)));
	}
	return E_OK;
}

enum error plan_policies(struct plan_work *work, struct fault *why)
{
	if (work->command->kind != KIND_POLICY || !work->command->object)
		return FAIL_FIELD(why, E_INVALID, "object", "policies and suites are required");
	work->brief = true;
	TRY(check_members(work->command, why));
	TRY(put_all(work, "policies", KIND_POLICY, why));
	TRY(put_all(work, "suites", KIND_SUITE, why));
	TRY(delete_all(work, "delete_policies", KIND_POLICY, why));
	TRY(delete_all(work, "delete_suites", KIND_SUITE, why));
	work->status = 200;
	return E_OK;
}

/* --- back to a version --- */

struct rollback {
	struct plan_work *work;
	slice *kept[2];    /* ids of what the version has: policies, suites */
	size_t counts[2];
	size_t sizes[2];
	slice reason;
	enum error code;
	struct fault *why;
};

static enum error keep_id(struct rollback *rollback, size_t which, slice id)
{
	struct arena *arena = rollback->work->arena;
	if (rollback->counts[which] == rollback->sizes[which]) {
		size_t size = rollback->sizes[which] ? rollback->sizes[which] * 2 : 16;
		slice *ids = ARENA_ARRAY(arena, size, slice);
		if (!ids)
			return plan_no_memory(rollback->why);
		for (size_t i = 0; i < rollback->counts[which]; i++)
			ids[i] = rollback->kept[which][i];
		rollback->kept[which] = ids;
		rollback->sizes[which] = size;
	}
	rollback->kept[which][rollback->counts[which]++] = id;
	return E_OK;
}

/* An object of the version: put as it was, but for its stamps. */
static enum error put_back(void *visitor, enum kind kind, slice id, slice json, struct fault *why)
{
	struct rollback *rollback = visitor;
	struct plan_work *work = rollback->work;
	struct object object;
	slice name = arena_copy(work->arena, id), text = arena_copy(work->arena, json);
	if (!name.ptr || !text.ptr)
		return plan_no_memory(why);
	TRY(object_parse(&object, kind_row(kind), text, OBJECT_STORED, work->arena, why));
	TRY(keep_id(rollback, kind == KIND_SUITE, name));
	const struct registry_entry *before = registry_get(work->registry, kind, name);
	return plan_add_put(work, &object, name, before, before ? SLICE("update") : SLICE("create"), rollback->reason, NULL,
			    why);
}

static bool drop_new(void *context, const struct registry_entry *entry)
{
	struct rollback *rollback = context;
	size_t which = entry->kind == KIND_SUITE;
	for (size_t i = 0; i < rollback->counts[which]; i++)
		if (slice_equal(rollback->kept[which][i], entry->id))
			return true;
	rollback->code = plan_add_delete(rollback->work, entry, rollback->reason, rollback->why);
	return rollback->code == E_OK;
}

enum error plan_rollback(struct plan_work *work, const struct registry_entry *version, struct fault *why)
{
	const struct plan_context *context = work->context;
	struct rollback rollback = {.work = work, .why = why};
	if (mover_of_actor(work->command->actor) < MOVER_OWNER)
		return FAIL(why, E_FORBIDDEN, "%.*s may not rollback", SLICE_ARG(work->command->actor));
	struct command *command = ARENA_NEW(work->arena, struct command);
	if (!command)
		return plan_no_memory(why);
	*command = *work->command;
	if (!command->reason.len)
		command->reason = arena_print(work->arena, "rollback to %.*s", SLICE_ARG(version->id));
	work->command = command;
	rollback.reason = command->reason;
	if (!context->policies_at)
		return FAIL(why, E_UNSUPPORTED, "no former policies are kept here");
	work->brief = true;
	TRY(context->policies_at(context->service, version->revision, put_back, &rollback, why));
	registry_each(work->registry, KIND_POLICY, drop_new, &rollback);
	if (rollback.code == E_OK)
		registry_each(work->registry, KIND_SUITE, drop_new, &rollback);
	return rollback.code;
}
