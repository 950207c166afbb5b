#include "registry/plan_work.h"

#include "text/json_writer.h"
#include "text/time.h"

#include <string.h>

static const char *const op_names[COMMAND_OP_COUNT] = {
	[COMMAND_CREATE] = "create", [COMMAND_PUT] = "put",   [COMMAND_PATCH] = "patch",
	[COMMAND_DELETE] = "delete", [COMMAND_MOVE] = "move", [COMMAND_DISCOVER] = "discover",
	[COMMAND_POLICIES] = "policies",
};

enum error plan_no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for a plan");
}

static enum error read_op(struct command *command, slice op, struct fault *why)
{
	for (enum command_op i = COMMAND_CREATE; i < COMMAND_OP_COUNT; i++)
		if (slice_equal(op, slice_of(op_names[i]))) {
			command->op = i;
			return E_OK;
		}
	return FAIL_FIELD(why, E_INVALID, "op", "no command `%.*s`", SLICE_ARG(op));
}

static enum error check_reason(slice reason, struct fault *why)
{
	if (reason.len > REASON_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, "reason", "reason is longer than %u bytes", REASON_BYTES_MAX);
	for (size_t i = 0; i < reason.len; i++)
		if ((unsigned char)reason.ptr[i] < 0x20 || reason.ptr[i] == 0x7f)
			return FAIL_FIELD(why, E_INVALID, "reason", "reason holds a control character");
	return E_OK;
}

enum error command_read(struct command *command, slice text, struct arena *arena, struct fault *why)
{
	static const struct json_limits limits = {.bytes_max = COMMAND_OWN_BYTES_MAX, .depth_max = 80, .nodes_max = 262144};
	*command = (struct command){0};
	struct json_doc *doc = ARENA_NEW(arena, struct json_doc);
	if (!doc)
		return plan_no_memory(why);
	TRY(json_parse(doc, text, &limits, arena, why));
	const struct json_node *root = json_root(doc);
	struct command read = {.doc = doc};
	slice op, kind;
	int64_t if_match = 0;
	TRY(json_need_string(doc, root, "op", &op, why));
	TRY(read_op(&read, op, why));
	TRY(json_need_string(doc, root, "kind", &kind, why));
	read.kind = kind_of_name(kind);
	if (read.kind == KIND_UNKNOWN)
		return FAIL_FIELD(why, E_INVALID, "kind", "no kind `%.*s`", SLICE_ARG(kind));
	TRY(json_opt_string(doc, root, "id", &read.id, why));
	TRY(json_opt_node(doc, root, "object", JSON_OBJECT, &read.object, why));
	TRY(json_need_string(doc, root, "actor", &read.actor, why));
	TRY(json_opt_string(doc, root, "verb", &read.verb, why));
	TRY(json_opt_string(doc, root, "reason", &read.reason, why));
	TRY(json_opt_string(doc, root, "idempotency_key", &read.idempotency_key, why));
	TRY(json_opt_string(doc, root, "body_sha256", &read.body_sha256, why));
	TRY(json_opt_i64(doc, root, "if_match", &if_match, why));
	TRY(json_opt_bool(doc, root, "dry_run", &read.dry_run, why));
	TRY(check_reason(read.reason, why));
	if (if_match < 0)
		return FAIL_FIELD(why, E_INVALID, "if_match", "a revision is not negative");
	read.if_match = (uint64_t)if_match;
	*command = read;
	return E_OK;
}

static enum error make_room(struct plan_work *work, struct fault *why)
{
	if (work->count < work->room)
		return E_OK;
	if (work->count >= PLAN_CHANGES_MAX)
		return FAIL(why, E_LIMIT, "one command would change more than %u objects", PLAN_CHANGES_MAX);
	size_t room = work->room ? work->room * 2 : 4;
	struct change *changes = ARENA_ARRAY(work->arena, room, struct change);
	const struct registry_entry **before = ARENA_ARRAY(work->arena, room, const struct registry_entry *);
	if (!changes || !before)
		return plan_no_memory(why);
	if (work->count) {
		memcpy(changes, work->changes, work->count * sizeof(*changes));
		memcpy(before, work->before, work->count * sizeof(*before));
	}
	work->changes = changes;
	work->before = before;
	work->room = room;
	return E_OK;
}

static uint64_t next_revision(const struct plan_work *work)
{
	return registry_revision(work->registry) + work->count + 1;
}

static enum error add_change(struct plan_work *work, const struct change *change, const struct registry_entry *before,
			     struct fault *why)
{
	TRY(make_room(work, why));
	work->before[work->count] = before;
	work->changes[work->count] = *change;
	work->changes[work->count].revision = next_revision(work);
	work->changes[work->count].actor = work->command->actor;
	work->changes[work->count].time = work->now;
	work->count++;
	return E_OK;
}

/* The fields that every object has and nobody sends. */
static enum error stamp(struct plan_work *work, struct object *object, slice id, const struct registry_entry *before,
			bool changed, struct fault *why)
{
	TRY(object_set_text(object, SLICE("id"), id, work->arena, why));
	TRY(object_set_text(object, SLICE("kind"), object->row->name, work->arena, why));
	static const slice copied[] = {SLICE_INIT("created_at"), SLICE_INIT("updated_at"), SLICE_INIT("revision")};
	for (size_t i = 0; before && i < sizeof(copied) / sizeof(copied[0]); i++)
		object_set(object, copied[i], object_value(&before->object, copied[i]));
	if (!changed)
		return E_OK;
	if (!before)
		TRY(object_set_text(object, SLICE("created_at"), work->now, work->arena, why));
	TRY(object_set_text(object, SLICE("updated_at"), work->now, work->arena, why));
	return object_set_u64(object, SLICE("revision"), next_revision(work), work->arena, why);
}

enum error plan_add_put(struct plan_work *work, const struct object *object, slice id,
			const struct registry_entry *before, slice verb, slice reason, struct object *ret_object,
			struct fault *why)
{
	struct object after = *object;
	struct change change = {.op = CHANGE_PUT, .kind = object->row->kind, .verb = verb, .reason = reason};
	if (before) {
		TRY(stamp(work, &after, id, before, false, why));
		TRY(object_write(&after, work->arena, &change.object, why));
		if (slice_equal(change.object, before->json)) {
			if (ret_object)
				*ret_object = before->object;
			return E_OK;
		}
	}
	TRY(stamp(work, &after, id, before, true, why));
	TRY(object_write(&after, work->arena, &change.object, why));
	change.id = arena_copy(work->arena, id);
	if (!change.id.ptr)
		return plan_no_memory(why);
	TRY(add_change(work, &change, before, why));
	return ret_object ? object_parse(ret_object, object->row, change.object, OBJECT_STORED, work->arena, why) : E_OK;
}

enum error plan_add_delete(struct plan_work *work, const struct registry_entry *before, slice reason,
			   struct fault *why)
{
	/* Copied: the entry is gone once the change is applied, and others are still to be told. */
	struct change change = {.op = CHANGE_DELETE, .kind = before->kind, .id = arena_copy(work->arena, before->id),
				.object = arena_copy(work->arena, before->json), .verb = SLICE("delete"),
				.reason = reason};
	if (!change.id.ptr || !change.object.ptr)
		return plan_no_memory(why);
	return add_change(work, &change, before, why);
}

const struct change *plan_find(const struct plan_work *work, enum kind kind, slice id)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->changes[i].op == CHANGE_PUT && work->changes[i].kind == kind &&
		    slice_equal(work->changes[i].id, id))
			return &work->changes[i];
	return NULL;
}

/* Changes that were made on the way to the object that was asked for; the policy version comes behind it. */
static size_t on_the_way(const struct plan_work *work)
{
	size_t behind = work->version.len ? 2 : 1;
	return work->count > behind ? work->count - behind : 0;
}

/* {"kind","id"} of what was made there. */
static void write_created(const struct plan_work *work, struct json_writer *writer)
{
	for (size_t i = 0; i < on_the_way(work); i++) {
		if (work->before[i])
			continue;
		json_begin_object(writer);
		json_put_string(writer, "kind", kind_row(work->changes[i].kind)->name);
		json_put_string(writer, "id", work->changes[i].id);
		json_end_object(writer);
	}
}

static bool made_others(const struct plan_work *work)
{
	for (size_t i = 0; i < on_the_way(work); i++)
		if (!work->before[i])
			return true;
	return false;
}

/* Members that follow those of the object: "created":[..],"affects":[..]. */
static void write_extra(const struct plan_work *work, struct buffer *out)
{
	if (made_others(work)) {
		struct json_writer writer;
		buffer_add_text(out, "\"created\":");
		json_writer_init(&writer, out, JSON_COMPACT);
		json_begin_array(&writer);
		write_created(work, &writer);
		json_end_array(&writer);
		if (json_writer_end(&writer, NULL) != E_OK)
			out->failed = true;
	}
	if (work->affects.len) {
		buffer_add_text(out, out->len ? ",\"affects\":" : "\"affects\":");
		buffer_add(out, work->affects);
	}
	if (work->version.len) {
		buffer_add_text(out, out->len ? ",\"policy_version\":" : "\"policy_version\":");
		buffer_add(out, work->version);
	}
}

static void show(const struct plan_work *work, struct buffer *out, enum kind kind, slice json, struct fault *why)
{
	if (!json.ptr)
		buffer_add_text(out, "null");
	else if (object_show_stored(kind, json, (slice){NULL, 0}, work->arena, out, why) != E_OK)
		out->failed = true;
}

static void write_dry_run(const struct plan_work *work, struct buffer *out, struct fault *why)
{
	buffer_add_text(out, "{\"dry_run\":true,\"changes\":[");
	for (size_t i = 0; i < work->count; i++) {
		const struct change *change = &work->changes[i];
		const struct registry_entry *before = work->before[i];
		const char *op = change->op == CHANGE_DELETE ? "delete" : before ? "update" : "create";
		buffer_print(out, "%s{\"op\":\"%s\",\"kind\":\"%.*s\",\"id\":", i ? "," : "", op,
			     SLICE_ARG(kind_row(change->kind)->name));
		json_quote(out, change->id);
		buffer_add_text(out, ",\"before\":");
		show(work, out, change->kind, before ? before->json : (slice){NULL, 0}, why);
		buffer_add_text(out, ",\"after\":");
		show(work, out, change->kind, change->op == CHANGE_PUT ? change->object : (slice){NULL, 0}, why);
		buffer_add_text(out, "}");
	}
	buffer_add_text(out, "]");
	if (work->result.row) {
		buffer_add_text(out, ",\"object\":");
		object_show(&work->result, (slice){NULL, 0}, out);
	}
	if (work->affects.len) {
		buffer_add_text(out, ",\"affects\":");
		buffer_add(out, work->affects);
	}
	if (work->report.len) {
		buffer_add_text(out, ",\"report\":");
		buffer_add(out, work->report);
	}
	buffer_add_text(out, "}");
}

static void write_answer(const struct plan_work *work, struct buffer *out, struct fault *why)
{
	struct buffer extra;
	buffer_init(&extra, COMMAND_BYTES_MAX);
	if (work->command->dry_run && !work->brief) {
		write_dry_run(work, out, why);
	} else if (work->report.len) {
		buffer_add(out, work->report);
	} else if (work->result.row) {
		write_extra(work, &extra);
		object_show(&work->result, buffer_slice(&extra), out);
		out->failed |= extra.failed;
	}
	buffer_free(&extra);
}

static enum error finish(struct plan_work *work, struct plan *plan, struct fault *why)
{
	struct buffer out;
	buffer_init(&out, COMMAND_BYTES_MAX);
	struct fault inner = {0};
	write_answer(work, &out, &inner);
	bool failed = out.failed;
	slice body = failed ? (slice){NULL, 0} : arena_copy(work->arena, buffer_slice(&out));
	buffer_free(&out);
	if (failed || !body.ptr)
		return FAIL(why, E_LIMIT, "the answer would be longer than %u bytes", COMMAND_BYTES_MAX);
	*plan = (struct plan){
		.changes = work->changes,
		.count = work->command->dry_run ? 0 : work->count,
		.status = work->command->dry_run ? 200 : work->status,
		.body = body,
		.revision = registry_revision(work->registry) + (work->command->dry_run ? 0 : work->count),
	};
	if (work->result.row)
		plan->id = object_text(&work->result, SLICE("id"), work->arena);
	return E_OK;
}

static enum error dispatch(struct plan_work *work, struct fault *why)
{
	switch (work->command->op) {
	case COMMAND_CREATE:
		return plan_create(work, why);
	case COMMAND_PUT:
		return plan_put(work, why);
	case COMMAND_PATCH:
		return plan_patch(work, why);
	case COMMAND_DELETE:
		return plan_delete(work, why);
	case COMMAND_MOVE:
		return plan_move(work, why);
	case COMMAND_DISCOVER:
		return plan_discover(work, why);
	case COMMAND_POLICIES:
		return plan_policies(work, why);
	case COMMAND_NONE:
	case COMMAND_OP_COUNT:
		break;
	}
	return FAIL_FIELD(why, E_INVALID, "op", "no such command");
}

enum error registry_plan(const struct registry *registry, const struct command *command,
			 const struct plan_context *context, struct arena *arena, struct plan *ret_plan,
			 struct fault *why)
{
	*ret_plan = (struct plan){0};
	struct plan_work work = {.registry = registry, .command = command, .context = context, .arena = arena,
				 .status = 200};
	struct time_text now = time_format_ms(context->now_ms);
	work.now = arena_copy(arena, time_slice(&now));
	if (!work.now.ptr)
		return plan_no_memory(why);
	enum error code = dispatch(&work, why);
	if (code == E_OK)
		code = plan_guard_policies(&work, why);
	if (code == E_OK)
		code = finish(&work, ret_plan, why);
	ret_plan->failed_tests = work.failed_tests;
	return code;
}
