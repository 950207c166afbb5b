/* The tools that a server offers now, held against those that are pinned. */
#include "registry/plan_work.h"

#include "text/json_writer.h"

/* What a discovery found, by id; each is a list in the answer. */
enum finding { FOUND_CREATED = 0, FOUND_CHANGED, FOUND_GONE, FOUND_RESTORED, FOUND_SKIPPED, FOUND_COUNT };

static const char *const finding_names[FOUND_COUNT] = {"created", "changed", "gone", "restored", "skipped"};

#define DISCOVER_TOOLS_MAX 1024u

struct discovery {
	struct plan_work *work;
	slice server;
	slice offered[DISCOVER_TOOLS_MAX]; /* ids */
	size_t offered_count;
	struct buffer lists[FOUND_COUNT];  /* JSON members, separated by commas */
	enum error code;
	struct fault *why;
};

static void found(struct discovery *discovery, enum finding finding, slice id)
{
	struct buffer *list = &discovery->lists[finding];
	if (list->len)
		buffer_add_byte(list, ',');
	json_quote(list, id);
}

static void skipped(struct discovery *discovery, slice name, const char *reason)
{
	struct buffer *list = &discovery->lists[FOUND_SKIPPED];
	if (list->len)
		buffer_add_byte(list, ',');
	buffer_add_text(list, "{\"name\":");
	json_quote(list, slice_sub(name, 0, 128));
	buffer_add_text(list, ",\"reason\":");
	json_quote(list, slice_of(reason));
	buffer_add_text(list, "}");
}

static bool annotation(const struct json_doc *doc, const struct json_node *tool, const char *name, bool otherwise)
{
	bool value = otherwise;
	const struct json_node *annotations = json_get(doc, tool, SLICE("annotations"));
	return json_bool(json_get(doc, annotations, slice_of(name)), &value) ? value : otherwise;
}

/*
 * A first guess from the server's own words, by the defaults of MCP: what says nothing is destructive. It errs
 * towards the dangerous side, and an operator can set it right.
 */
static slice guess_effect(const struct json_doc *doc, const struct json_node *tool)
{
	if (annotation(doc, tool, "readOnlyHint", false))
		return SLICE("\"read\"");
	if (annotation(doc, tool, "destructiveHint", true))
		return SLICE("\"destructive\"");
	return annotation(doc, tool, "openWorldHint", true) ? SLICE("\"external\"") : SLICE("\"internal-write\"");
}

/* The one argument that clearly names what is touched; where there are several candidates, none is guessed. */
static slice guess_target(const struct json_doc *doc, const struct json_node *tool)
{
	const struct json_node *schema = json_get(doc, tool, SLICE("inputSchema"));
	const struct json_node *properties = json_get(doc, schema, SLICE("properties"));
	static const slice rivals[] = {SLICE_INIT("paths"),  SLICE_INIT("source"), SLICE_INIT("destination"),
				       SLICE_INIT("urls"),   SLICE_INIT("file"),   SLICE_INIT("files"),
				       SLICE_INIT("target"), SLICE_INIT("uri")};
	for (size_t i = 0; i < sizeof(rivals) / sizeof(rivals[0]); i++)
		if (json_get(doc, properties, rivals[i]))
			return (slice){NULL, 0};
	bool path = json_get(doc, properties, SLICE("path")), url = json_get(doc, properties, SLICE("url"));
	if (path == url)
		return (slice){NULL, 0};
	return path ? SLICE("{\"argument\":\"path\",\"type\":\"path\"}") : SLICE("{\"argument\":\"url\",\"type\":\"url\"}");
}

static enum error pin_new(struct discovery *discovery, slice id, slice name, slice definition, const struct json_doc *doc,
			  const struct json_node *tool, struct fault *why)
{
	struct plan_work *work = discovery->work;
	struct object object = {.row = kind_row(KIND_TOOL)};
	TRY(object_set_text(&object, SLICE("server"), discovery->server, work->arena, why));
	TRY(object_set_text(&object, SLICE("name"), name, work->arena, why));
	object_set(&object, SLICE("effect"), guess_effect(doc, tool));
	object_set(&object, SLICE("target"), guess_target(doc, tool));
	object_set(&object, SLICE("definition"), definition);
	object_set(&object, SLICE("state"), SLICE("\"pinned\""));
	TRY(plan_set_digest(work, &object, SLICE("definition_sha256"), definition, why));
	TRY(plan_add_put(work, &object, id, NULL, SLICE("create"), SLICE("discovered"), NULL, why));
	found(discovery, FOUND_CREATED, id);
	return E_OK;
}

static enum error compare(struct discovery *discovery, const struct registry_entry *pinned, slice definition,
			  struct fault *why)
{
	struct plan_work *work = discovery->work;
	struct object after = pinned->object;
	TRY(plan_set_digest(work, &after, SLICE("offered_sha256"), definition, why));
	bool same = slice_equal(plan_text(work, &after, SLICE("offered_sha256")),
				plan_text(work, &after, SLICE("definition_sha256")));
	slice state = plan_text(work, &pinned->object, SLICE("state"));
	if (same) {
		object_set(&after, SLICE("offered_sha256"), (slice){NULL, 0});
		object_set(&after, SLICE("offered"), (slice){NULL, 0});
		object_set(&after, SLICE("state"), SLICE("\"pinned\""));
		if (!slice_equal(state, SLICE("pinned")))
			found(discovery, FOUND_RESTORED, pinned->id);
	} else {
		object_set(&after, SLICE("offered"), definition);
		object_set(&after, SLICE("state"), SLICE("\"changed\""));
		found(discovery, FOUND_CHANGED, pinned->id);
	}
	return plan_add_put(work, &after, pinned->id, pinned, same ? SLICE("restored") : SLICE("changed"),
			    SLICE("discovered"), NULL, why);
}

static const char *why_skip(const struct discovery *discovery, slice name, slice id, slice definition)
{
	const struct field *field = kind_field(kind_row(KIND_TOOL), SLICE("definition"), NULL);
	if (definition.len > field->bytes_max)
		return "its definition is longer than 28 KB";
	/* As SHAPE_TOOL_NAME: field_check says it again when the object is read. */
	for (size_t i = 0; i < name.len; i++) {
		unsigned char byte = (unsigned char)name.ptr[i];
		if (byte <= 0x20 || byte >= 0x7f)
			return "its name has characters that no tool name may have";
	}
	for (size_t i = 0; i < discovery->offered_count; i++)
		if (slice_equal(discovery->offered[i], id))
			return "the server offers this name twice";
	return NULL;
}

static enum error take_tool(struct discovery *discovery, const struct json_node *tool, struct fault *why)
{
	struct plan_work *work = discovery->work;
	const struct json_doc *doc = work->command->doc;
	slice name = {NULL, 0};
	if (!json_string(json_get(doc, tool, SLICE("name")), &name) || name.len == 0 || name.len > 128) {
		skipped(discovery, name, "it has no name of 1 to 128 bytes");
		return E_OK;
	}
	slice id = arena_print(work->arena, "%.*s.%.*s", SLICE_ARG(discovery->server), SLICE_ARG(name));
	if (!id.ptr)
		return plan_no_memory(why);
	slice definition = json_span(doc, tool);
	const char *reason = why_skip(discovery, name, id, definition);
	if (reason) {
		skipped(discovery, name, reason);
		return E_OK;
	}
	discovery->offered[discovery->offered_count++] = id;
	const struct registry_entry *pinned = registry_get(work->registry, KIND_TOOL, id);
	return pinned ? compare(discovery, pinned, definition, why)
		      : pin_new(discovery, id, name, definition, doc, tool, why);
}

/* Pinned before, and not offered any more. */
static bool check_gone(void *context, const struct registry_entry *entry)
{
	struct discovery *discovery = context;
	struct plan_work *work = discovery->work;
	if (!slice_equal(plan_text(work, &entry->object, SLICE("server")), discovery->server) ||
	    slice_equal(plan_text(work, &entry->object, SLICE("state")), SLICE("gone")))
		return true;
	for (size_t i = 0; i < discovery->offered_count; i++)
		if (slice_equal(discovery->offered[i], entry->id))
			return true;
	struct object after = entry->object;
	object_set(&after, SLICE("state"), SLICE("\"gone\""));
	object_set(&after, SLICE("offered"), (slice){NULL, 0});
	object_set(&after, SLICE("offered_sha256"), (slice){NULL, 0});
	discovery->code = plan_add_put(work, &after, entry->id, entry, SLICE("gone"), SLICE("discovered"), NULL,
				       discovery->why);
	found(discovery, FOUND_GONE, entry->id);
	return discovery->code == E_OK;
}

static enum error report(struct discovery *discovery, struct fault *why)
{
	struct plan_work *work = discovery->work;
	struct buffer out;
	buffer_init(&out, COMMAND_BYTES_MAX);
	buffer_add_text(&out, "{\"server\":");
	json_quote(&out, discovery->server);
	buffer_print(&out, ",\"tools\":%zu", discovery->offered_count);
	for (int i = 0; i < FOUND_COUNT; i++) {
		buffer_print(&out, ",\"%s\":[", finding_names[i]);
		buffer_add(&out, buffer_slice(&discovery->lists[i]));
		buffer_add_text(&out, "]");
		out.failed |= discovery->lists[i].failed;
	}
	buffer_add_text(&out, "}");
	enum error code = buffer_check(&out, why);
	if (code == E_OK) {
		work->report = arena_copy(work->arena, buffer_slice(&out));
		code = work->report.ptr ? E_OK : plan_no_memory(why);
	}
	buffer_free(&out);
	return code;
}

static enum error take_all(struct discovery *discovery, const struct json_node *tools, struct fault *why)
{
	for (const struct json_node *tool = json_first(tools); tool; tool = json_next(tool))
		TRY(take_tool(discovery, tool, why));
	registry_each(discovery->work->registry, KIND_TOOL, check_gone, discovery);
	TRY(discovery->code);
	return report(discovery, why);
}

enum error plan_discover(struct plan_work *work, struct fault *why)
{
	const struct command *command = work->command;
	if (command->kind != KIND_SERVER || !registry_get(work->registry, KIND_SERVER, command->id))
		return FAIL(why, E_NOT_FOUND, "no server `%.*s`", SLICE_ARG(command->id));
	const struct json_node *tools = json_get(command->doc, command->object, SLICE("tools"));
	if (!json_is(tools, JSON_ARRAY))
		return FAIL_FIELD(why, E_INVALID, "tools", "tools must be the list of tools that the server offers");
	if (tools->count > DISCOVER_TOOLS_MAX)
		return FAIL_FIELD(why, E_LIMIT, "tools", "the server offers more than %u tools", DISCOVER_TOOLS_MAX);
	struct discovery *discovery = ARENA_NEW(work->arena, struct discovery);
	if (!discovery)
		return plan_no_memory(why);
	discovery->work = work;
	discovery->server = command->id;
	discovery->why = why;
	for (int i = 0; i < FOUND_COUNT; i++)
		buffer_init(&discovery->lists[i], COMMAND_BYTES_MAX / 4);
	enum error code = take_all(discovery, tools, why);
	for (int i = 0; i < FOUND_COUNT; i++)
		buffer_free(&discovery->lists[i]);
	return code;
}
