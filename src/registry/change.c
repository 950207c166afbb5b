#include "registry/change.h"

#include "text/json_writer.h"

static const struct json_limits limits = {.bytes_max = CHANGE_BYTES_MAX, .depth_max = 72, .nodes_max = 65536};

static const char *const op_names[] = {[CHANGE_NONE] = "none", [CHANGE_PUT] = "put", [CHANGE_DELETE] = "delete"};

void change_write(const struct change *change, struct buffer *out)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", op_names[change->op]);
	json_put_string(&writer, "kind", kind_row(change->kind)->name);
	json_put_string(&writer, "id", change->id);
	json_put_u64(&writer, "revision", change->revision);
	json_write_key(&writer, SLICE("object"));
	json_write_raw(&writer, change->object);
	json_put_string(&writer, "actor", change->actor);
	json_put_string(&writer, "time", change->time);
	if (change->verb.len)
		json_put_string(&writer, "verb", change->verb);
	if (change->reason.len)
		json_put_string(&writer, "reason", change->reason);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}

enum error change_read(struct change *change, slice text, struct arena *arena, struct fault *why)
{
	*change = (struct change){0};
	struct json_doc doc;
	TRY(json_parse(&doc, text, &limits, arena, why));
	const struct json_node *root = json_root(&doc), *object;
	slice op, kind;
	int64_t revision;
	struct change read = {0};
	TRY(json_need_string(&doc, root, "op", &op, why));
	TRY(json_need_string(&doc, root, "kind", &kind, why));
	TRY(json_need_string(&doc, root, "id", &read.id, why));
	TRY(json_need_i64(&doc, root, "revision", &revision, why));
	TRY(json_need_node(&doc, root, "object", JSON_OBJECT, &object, why));
	TRY(json_opt_string(&doc, root, "actor", &read.actor, why));
	TRY(json_opt_string(&doc, root, "time", &read.time, why));
	TRY(json_opt_string(&doc, root, "verb", &read.verb, why));
	TRY(json_opt_string(&doc, root, "reason", &read.reason, why));
	read.op = slice_equal(op, SLICE("put")) ? CHANGE_PUT : slice_equal(op, SLICE("delete")) ? CHANGE_DELETE : CHANGE_NONE;
	if (read.op == CHANGE_NONE)
		return FAIL_FIELD(why, E_INVALID, "op", "a change is put or delete");
	read.kind = kind_of_name(kind);
	if (read.kind == KIND_UNKNOWN)
		return FAIL_FIELD(why, E_INVALID, "kind", "no kind `%.*s`", SLICE_ARG(kind));
	if (revision < 0)
		return FAIL_FIELD(why, E_INVALID, "revision", "a revision is not negative");
	read.revision = (uint64_t)revision;
	read.object = json_span(&doc, object);
	*change = read;
	return E_OK;
}
