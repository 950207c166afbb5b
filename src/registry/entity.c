#include "registry/entity.h"

#include "text/json.h"
#include "text/time.h"

#include <assert.h>

static const struct json_limits limits = {.bytes_max = 2 * OBJECT_BYTES_MAX, .depth_max = 72, .nodes_max = 65536};

/* Reads the members of one object; the first fault stays and ends all further reading. */
struct reader {
	struct json_doc doc;
	const struct json_node *root;
	struct arena *arena;
	struct fault *why;
	enum error code;
};

static struct reader open_object(slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = {.arena = arena, .why = why};
	reader.code = json_parse(&reader.doc, object, &limits, arena, why);
	if (reader.code == E_OK)
		reader.root = json_root(&reader.doc);
	if (reader.code == E_OK && !json_is(reader.root, JSON_OBJECT))
		reader.code = FAIL(why, E_INVALID, "a stored object is no JSON object");
	return reader;
}

static slice need(struct reader *reader, const char *name)
{
	slice text = {NULL, 0};
	if (reader->code == E_OK)
		reader->code = json_need_string(&reader->doc, reader->root, name, &text, reader->why);
	return text;
}

static slice may(struct reader *reader, const char *name)
{
	slice text = {NULL, 0};
	if (reader->code == E_OK)
		reader->code = json_opt_string(&reader->doc, reader->root, name, &text, reader->why);
	return text;
}

static slice span(struct reader *reader, const char *name)
{
	const struct json_node *node = NULL;
	if (reader->code == E_OK)
		reader->code = json_opt_node(&reader->doc, reader->root, name, JSON_OBJECT, &node, reader->why);
	return node ? json_span(&reader->doc, node) : (slice){NULL, 0};
}

static int64_t time_of(struct reader *reader, const char *name)
{
	int64_t time_ns = 0;
	slice text = may(reader, name);
	if (text.len && reader->code == E_OK)
		reader->code = time_parse_ns(&time_ns, text, reader->why);
	return time_ns;
}

/* The place of the text in a list of words; `otherwise` where it is none of them. */
static unsigned word_of(slice text, const char *const *words, unsigned count, unsigned otherwise)
{
	for (unsigned i = 0; i < count; i++)
		if (words[i] && slice_equal(text, slice_of(words[i])))
			return i;
	return otherwise;
}

static struct entity_texts texts(struct reader *reader, const char *name)
{
	struct entity_texts list = {0};
	const struct json_node *node = NULL;
	if (reader->code == E_OK)
		reader->code = json_opt_node(&reader->doc, reader->root, name, JSON_ARRAY, &node, reader->why);
	if (!node || reader->code != E_OK)
		return list;
	list.items = ARENA_ARRAY(reader->arena, node->count, slice);
	if (!list.items)
		reader->code = FAIL(reader->why, E_MEMORY, "no memory for a list");
	for (const struct json_node *item = json_first(node); item && reader->code == E_OK; item = json_next(item))
		if (!json_string(item, &list.items[list.count++]))
			reader->code = FAIL_FIELD(reader->why, E_INVALID, name, "%s must hold strings", name);
	return list;
}

static bool is_active(struct reader *reader)
{
	return slice_equal(need(reader, "state"), SLICE("active"));
}

enum error principal_read(struct principal *ret, slice object, struct arena *arena, struct fault *why)
{
	static const char *const types[] = {[PRINCIPAL_HUMAN] = "human", [PRINCIPAL_SERVICE] = "service"};
	struct reader reader = open_object(object, arena, why);
	struct principal read = {.id = need(&reader, "id"), .name = may(&reader, "name"), .email = may(&reader, "email")};
	read.type = (enum principal_type)word_of(need(&reader, "type"), types, 3, PRINCIPAL_UNKNOWN);
	read.active = is_active(&reader);
	*ret = reader.code == E_OK ? read : (struct principal){0};
	return reader.code;
}

enum error purpose_read(struct purpose *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct purpose read = {.id = need(&reader, "id"), .name = may(&reader, "name"), .owner = may(&reader, "owner")};
	read.active = is_active(&reader);
	*ret = reader.code == E_OK ? read : (struct purpose){0};
	return reader.code;
}

static const char *const class_names[AGENT_CLASS_COUNT] = {
	[AGENT_GENERATIVE] = "generative", [AGENT_CAUSAL] = "causal",	[AGENT_PREDICTIVE] = "predictive",
	[AGENT_AUTOMATION] = "automation", [AGENT_COPILOT] = "copilot", [AGENT_AGENTIC] = "agentic",
};

const char *agent_class_name(enum agent_class class)
{
	assert(class < AGENT_CLASS_COUNT);
	return class_names[class];
}

enum error agent_read(struct agent *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct agent read = {
		.id = need(&reader, "id"),
		.name = may(&reader, "name"),
		.owner = need(&reader, "owner"),
		.deputy = may(&reader, "deputy"),
		.purpose = need(&reader, "purpose"),
		.environment = need(&reader, "environment"),
		.model = need(&reader, "model"),
		.team = may(&reader, "team"),
		.domain = may(&reader, "domain"),
		.state_reason = may(&reader, "state_reason"),
		.jwks = span(&reader, "jwks"),
		.cutoff_ns = time_of(&reader, "cutoff_at"),
	};
	read.class = (enum agent_class)word_of(need(&reader, "class"), class_names, AGENT_CLASS_COUNT, AGENT_GENERATIVE);
	/* Whatever is not known to be approved stays registered, and what does not say "observe" is enforced. */
	if (!lifecycle_of_name(need(&reader, "state"), &read.state))
		read.state = LIFECYCLE_REGISTERED;
	read.enforced = !slice_equal(may(&reader, "enforcement"), SLICE("observe"));
	*ret = reader.code == E_OK ? read : (struct agent){0};
	return reader.code;
}

enum error server_read(struct server *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct server read = {
		.id = need(&reader, "id"),
		.url = need(&reader, "url"),
		.protocol_version = need(&reader, "protocol_version"),
		.authorization = may(&reader, "authorization"),
	};
	read.active = is_active(&reader);
	*ret = reader.code == E_OK ? read : (struct server){0};
	return reader.code;
}

static void read_target(struct reader *reader, struct tool *tool)
{
	static const char *const types[] = {[TARGET_STRING] = "string", [TARGET_PATH] = "path", [TARGET_URL] = "url"};
	const struct json_node *target = NULL;
	slice type = {NULL, 0};
	if (reader->code == E_OK)
		reader->code = json_opt_node(&reader->doc, reader->root, "target", JSON_OBJECT, &target, reader->why);
	if (reader->code != E_OK || !target)
		return;
	reader->code = json_need_string(&reader->doc, target, "argument", &tool->target_argument, reader->why);
	if (reader->code == E_OK)
		reader->code = json_need_string(&reader->doc, target, "type", &type, reader->why);
	tool->target_type = (enum target_type)word_of(type, types, 3, TARGET_STRING);
}

enum error tool_read(struct tool *ret, slice object, struct arena *arena, struct fault *why)
{
	static const char *const states[] = {[TOOL_GONE] = "gone", [TOOL_CHANGED] = "changed", [TOOL_PINNED] = "pinned"};
	struct reader reader = open_object(object, arena, why);
	struct tool read = {
		.id = need(&reader, "id"),
		.server = need(&reader, "server"),
		.name = need(&reader, "name"),
		.effect = need(&reader, "effect"),
		.definition = span(&reader, "definition"),
		.definition_sha256 = may(&reader, "definition_sha256"),
	};
	read.state = (enum tool_state)word_of(need(&reader, "state"), states, 3, TOOL_GONE);
	read_target(&reader, &read);
	*ret = reader.code == E_OK ? read : (struct tool){0};
	return reader.code;
}

enum error grant_read(struct grant *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct grant read = {
		.id = need(&reader, "id"),
		.agent = need(&reader, "agent"),
		.purpose_id = need(&reader, "purpose_id"),
		.tools = texts(&reader, "tools"),
		.targets = texts(&reader, "targets"),
		.expires_ns = time_of(&reader, "expires_at"),
	};
	read.active = is_active(&reader);
	*ret = reader.code == E_OK ? read : (struct grant){0};
	return reader.code;
}

enum error task_read(struct task *ret, slice object, struct arena *arena, struct fault *why)
{
	static const char *const states[] = {
		[TASK_CANCELLED] = "cancelled", [TASK_COMPLETE] = "complete", [TASK_OPEN] = "open"};
	struct reader reader = open_object(object, arena, why);
	struct task read = {
		.id = need(&reader, "id"),
		.agent = need(&reader, "agent"),
		.purpose = need(&reader, "purpose"),
		.on_behalf_of = may(&reader, "on_behalf_of"),
		.requester = may(&reader, "requester"),
		.description = may(&reader, "description"),
		.tools = texts(&reader, "tools"),
		.targets = texts(&reader, "targets"),
		.expires_ns = time_of(&reader, "expires_at"),
	};
	read.state = (enum task_state)word_of(need(&reader, "state"), states, 3, TASK_CANCELLED);
	*ret = reader.code == E_OK ? read : (struct task){0};
	return reader.code;
}

enum error policy_read(struct policy *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct policy read = {.id = need(&reader, "id"), .text = need(&reader, "text"), .source = may(&reader, "source")};
	*ret = reader.code == E_OK ? read : (struct policy){0};
	return reader.code;
}

enum error entities_read(struct entities *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct entities read = {.id = need(&reader, "id"), .text = need(&reader, "text"), .source = may(&reader, "source")};
	*ret = reader.code == E_OK ? read : (struct entities){0};
	return reader.code;
}

enum error pep_read(struct pep *ret, slice object, struct arena *arena, struct fault *why)
{
	struct reader reader = open_object(object, arena, why);
	struct pep read = {
		.id = need(&reader, "id"),
		.key_sha256 = need(&reader, "key_sha256"),
		.asserts = texts(&reader, "asserts"),
	};
	(void)json_bool(json_get(&reader.doc, reader.root, SLICE("may_search")), &read.may_search);
	read.active = is_active(&reader);
	*ret = reader.code == E_OK ? read : (struct pep){0};
	return reader.code;
}

bool tool_pattern_covers(slice pattern, slice tool_id)
{
	if (slice_ends_with(pattern, SLICE(".*")))
		return slice_starts_with(tool_id, slice_sub(pattern, 0, pattern.len - 1)) &&
		       tool_id.len >= pattern.len;
	return slice_equal(pattern, tool_id);
}
