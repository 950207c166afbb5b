#include "api/evaluate.h"

#include "registry/kind.h"
#include "text/json_writer.h"

#define SYNTHETIC_BYTES_MAX 65536u

void evaluate_caller(const struct snapshot *snapshot, const struct evaluate_question *question, struct caller *ret)
{
	const struct agent_row *agent = snapshot ? snapshot_agent(snapshot, question->agent) : NULL;
	const struct task_row *task = snapshot && question->task.len ? snapshot_task(snapshot, question->task) : NULL;
	*ret = (struct caller){.agent = question->agent, .subject = question->agent, .unscoped = true,
			       .task = question->task, .requester = SLICE("operator:admin")};
	ret->purpose = question->purpose.len ? question->purpose : task ? task->purpose : agent ? agent->purpose : SLICE("");
	slice human = question->on_behalf_of.len ? question->on_behalf_of : task ? task->on_behalf_of : SLICE("");
	if (human.len) {
		ret->mode = CALLER_DELEGATED;
		ret->subject = human;
		ret->chain[ret->chain_count++] = human;
		ret->depth = 1;
	}
	ret->chain[ret->chain_count++] = question->agent;
}

static slice text_of(const struct json_doc *doc, const struct json_node *object, const char *name)
{
	slice text = SLICE("");
	(void)json_string(json_get(doc, object, slice_of(name)), &text);
	return text;
}

/* {"<argument>": "<id>"}: the resource as the argument that names the tool's target. */
static enum error target_as_arguments(const struct tool_row *tool, slice id, struct arena *arena,
				      struct decision_input *input, struct fault *why)
{
	struct json_writer writer;
	struct buffer text;
	struct json_doc *doc = ARENA_NEW(arena, struct json_doc);
	buffer_init(&text, SYNTHETIC_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	json_begin_object(&writer);
	json_write_key(&writer, tool->target_argument);
	json_write_string(&writer, id);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, why);
	slice kept = code == E_OK ? arena_copy(arena, buffer_slice(&text)) : (slice){NULL, 0};
	buffer_free(&text);
	TRY(code);
	if (!doc || !kept.ptr)
		return FAIL(why, E_MEMORY, "no memory for arguments");
	TRY(json_parse(doc, kept, NULL, arena, why));
	input->doc = doc;
	input->arguments = json_root(doc);
	return E_OK;
}

static enum error name_tool(const struct authzen_evaluation *asked, slice *ret_tool, struct fault *why)
{
	slice server, name;
	bool is_tool = slice_equal(asked->resource.type, SLICE("tool"));
	*ret_tool = is_tool ? asked->resource.id : asked->action.id;
	if (!kind_tool_id_split(*ret_tool, &server, &name))
		return FAIL_FIELD(why, E_INVALID, is_tool ? "resource" : "action", "tools are named server.tool");
	if (is_tool && kind_tool_id_split(asked->action.id, &server, &name) && !slice_equal(asked->action.id, *ret_tool))
		return FAIL_FIELD(why, E_INVALID, "action", "action and resource name different tools");
	return E_OK;
}

static enum error choose_arguments(const struct evaluate_setting *setting, const struct json_doc *doc,
				   const struct authzen_evaluation *asked, struct arena *arena,
				   struct decision_input *input, struct fault *why)
{
	const struct json_node *arguments = json_get(doc, asked->context, SLICE("input"));
	const struct tool_row *tool = setting->snapshot ? snapshot_tool(setting->snapshot, input->tool) : NULL;
	if (!arguments)
		arguments = asked->action.properties;
	if (arguments && !json_is(arguments, JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, "context", "context.input must be an object");
	if (!arguments && tool && tool->target_argument.len && !slice_equal(asked->resource.type, SLICE("tool")))
		return target_as_arguments(tool, asked->resource.id, arena, input, why);
	input->doc = doc;
	input->arguments = arguments;
	return E_OK;
}

static enum error evaluate_agent(const struct evaluate_setting *setting, const struct json_doc *doc,
				 const struct authzen_evaluation *asked, struct arena *arena, struct evaluated *ret,
				 struct fault *why)
{
	struct decision_input *input = &ret->input;
	*input = (struct decision_input){.call = CALL_TOOL, .snapshot = setting->snapshot, .method = SLICE("authzen"),
					 .now_ms = setting->now_ms, .evidence_ready = setting->evidence_ready};
	TRY(name_tool(asked, &input->tool, why));
	TRY(choose_arguments(setting, doc, asked, arena, input, why));
	if (setting->asker.kind == ASKER_AGENT) {
		if (!slice_equal(setting->asker.caller->agent, asked->subject.id))
			return FAIL_FIELD(why, E_FORBIDDEN, "subject", "an agent may ask about itself only");
		input->caller = setting->asker.caller;
	} else if (setting->asker.kind != ASKER_OPERATOR) {
		return FAIL_FIELD(why, E_FORBIDDEN, "subject", "agents ask with their own token");
	} else {
		struct evaluate_question question = {.agent = asked->subject.id,
						     .purpose = text_of(doc, asked->context, "purpose"),
						     .task = text_of(doc, asked->context, "task"),
						     .on_behalf_of = text_of(doc, asked->context, "on_behalf_of")};
		evaluate_caller(setting->snapshot, &question, &ret->caller);
		input->caller = &ret->caller;
	}
	decide(input, &ret->decision, arena);
	return E_OK;
}

/* What follows is Cedar's: entities, attributes and a context out of plain JSON. */

static enum error record_of(const struct json_doc *doc, const struct json_node *object, struct arena *arena,
			    struct cedar_value *ret, struct fault *why)
{
	*ret = (struct cedar_value){.kind = CEDAR_NONE};
	return object ? cedar_value_from_plain_json(arena, doc, object, ret, NULL, why) : E_OK;
}

static enum error check_type(slice type, const char *field, struct fault *why)
{
	if (!cedar_name_check(type))
		return FAIL_FIELD(why, E_INVALID, field, "%s.type must be a name such as user or App::User", field);
	/* Nobody else can say what these are. */
	if (slice_equal(type, SLICE("Tipstaff")) || slice_starts_with(type, SLICE("Tipstaff::")))
		return FAIL_FIELD(why, E_INVALID, field, "%s.type: entities of Tipstaff cannot be asserted", field);
	return E_OK;
}

static enum error make_context(const struct evaluate_setting *setting, const struct json_doc *doc,
			       const struct authzen_evaluation *asked, struct arena *arena, struct cedar_value *ret,
			       struct fault *why)
{
	struct cedar_fields fields;
	struct cedar_value value;
	cedar_fields_init(&fields, arena);
	for (const struct json_node *node = json_first(asked->context); node; node = json_next(node)) {
		if (slice_equal(json_key(node), SLICE("system")) || slice_equal(json_key(node), SLICE("action")))
			continue; /* ours to say */
		TRY(record_of(doc, node, arena, &value, why));
		if (value.kind != CEDAR_NONE)
			cedar_fields_add(&fields, json_key(node), value);
	}
	TRY(record_of(doc, asked->action.properties, arena, &value, why));
	if (value.kind != CEDAR_NONE)
		cedar_fields_add(&fields, SLICE("action"), value);
	struct cedar_field now = {.key = SLICE("now"), .value = cedar_datetime(setting->now_ms)};
	TRY(cedar_record(arena, &now, 1, &value, why));
	cedar_fields_add(&fields, SLICE("system"), value);
	return cedar_fields_finish(&fields, ret, why);
}

static enum error check_entities(const struct evaluate_setting *setting, const struct authzen_evaluation *asked,
				 struct fault *why)
{
	if (setting->asker.kind != ASKER_OPERATOR && setting->asker.kind != ASKER_PEP)
		return FAIL_FIELD(why, E_FORBIDDEN, "subject", "an agent may ask about itself only");
	TRY(check_type(asked->subject.type, "subject", why));
	return check_type(asked->resource.type, "resource", why);
}

enum error evaluate_prepare(const struct evaluate_setting *setting, const struct json_doc *doc,
			    const struct authzen_evaluation *asked, struct arena *arena, struct evaluate_entities *ret,
			    struct fault *why)
{
	const struct hash_key *key = &setting->snapshot->key;
	struct cedar_entities *layer;
	*ret = (struct evaluate_entities){
		.principal = cedar_uid_make(key, asked->subject.type, asked->subject.id),
		.action = cedar_uid_make(key, SLICE("Action"), asked->action.id),
		.resource = cedar_uid_make(key, asked->resource.type, asked->resource.id),
	};
	const struct asserted_entity about = {"subject", &ret->principal, asked->subject.properties};
	const struct asserted_entity on = {"resource", &ret->resource, asked->resource.properties};
	struct decision_direct *direct = &ret->direct;
	*direct = (struct decision_direct){.snapshot = setting->snapshot, .principal = &ret->principal,
					   .action = &ret->action, .resource = &ret->resource,
					   .without_facts = setting->without_facts, .now_ms = setting->now_ms,
					   .evidence_ready = setting->evidence_ready};
	TRY(check_entities(setting, asked, why));
	TRY(asserted_layer(setting->snapshot, &setting->asker, doc, &about, &on, arena, &layer, &ret->left_out, why));
	direct->entities = layer;
	return make_context(setting, doc, asked, arena, &direct->context, why);
}

/* `user:alice` */
static slice name_of(const struct authzen_entity *entity, struct arena *arena)
{
	const slice parts[] = {entity->type, SLICE(":"), entity->id};
	return arena_join(arena, parts, sizeof(parts) / sizeof(parts[0]));
}

static enum error evaluate_entity(const struct evaluate_setting *setting, const struct json_doc *doc,
				  const struct authzen_evaluation *asked, struct arena *arena, struct evaluated *ret,
				  struct fault *why)
{
	struct evaluate_entities entities = {.direct = {.now_ms = setting->now_ms}};
	if (!setting->snapshot)
		TRY(check_entities(setting, asked, why));
	ret->subject = name_of(&asked->subject, arena);
	ret->input.method = SLICE("authzen");
	ret->input.doc = doc;
	ret->input.arguments = asked->context;
	if (setting->snapshot)
		TRY(evaluate_prepare(setting, doc, asked, arena, &entities, why));
	ret->left_out = entities.left_out;
	decide_direct(&entities.direct, &ret->decision, arena);
	return E_OK;
}

enum error evaluate_asked(const struct evaluate_setting *setting, const struct json_doc *doc,
		    const struct authzen_evaluation *asked, struct arena *arena, struct evaluated *ret, struct fault *why)
{
	*ret = (struct evaluated){.decision = {.verdict = DENY}};
	if (slice_equal(asked->subject.type, SLICE("agent")))
		return evaluate_agent(setting, doc, asked, arena, ret, why);
	return evaluate_entity(setting, doc, asked, arena, ret, why);
}
