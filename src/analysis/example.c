#include "analysis/example.h"

#include "cedar/conform.h"
#include "cedar/evaluate.h"
#include "cedar/extension.h"
#include "cedar/policies.h"
#include "text/json_writer.h"

#define EXAMPLE_BYTES_MAX (1u << 20)

static struct cedar_world make_world(const struct example *example, const struct environment *environment,
				     const struct cedar_entities *layers[2], const struct cedar_policyset **set)
{
	struct cedar_world world = {.layers = layers, .layer_count = 1, .sets = set, .set_count = 1};
	layers[0] = example->entities;
	if (environment->schema)
		layers[world.layer_count++] = cedar_schema_actions(environment->schema);
	return world;
}

static bool conforms(const struct example *example, const struct environment *environment, struct arena *arena)
{
	struct cedar_conformance request, entities;
	if (!environment->schema)
		return true;
	return cedar_conform_request(environment->schema, &example->request, arena, &request, NULL) == E_OK &&
	       request.count == 0 &&
	       cedar_conform_entities(environment->schema, example->entities, arena, &entities, NULL) == E_OK &&
	       entities.count == 0;
}

bool example_decide(const struct example *example, const struct environment *environment,
		    const struct cedar_policyset *set, struct arena *arena, struct cedar_result *ret_result)
{
	const struct cedar_entities *layers[2];
	struct cedar_world world = make_world(example, environment, layers, &set);
	if (!conforms(example, environment, arena))
		return false;
	enum cedar_decision decision = cedar_authorize(&example->request, &world, arena, ret_result);
	return decision == ret_result->decision && ret_result->failure == E_OK;
}

bool example_satisfies(const struct example *example, const struct environment *environment,
		       const struct cedar_policyset *set, uint32_t policy, struct arena *arena)
{
	const struct cedar_entities *layers[2];
	struct cedar_world world = make_world(example, environment, layers, &set);
	struct evaluation evaluation;
	if (!conforms(example, environment, arena) ||
	    evaluation_start(&evaluation, &example->request, &world, arena, NULL) != E_OK)
		return false;
	if (!evaluate_scope(&evaluation, set->policies[policy]))
		return false;
	for (uint32_t i = 0; i < set->policies[policy]->clause_count; i++) {
		const struct clause *clause = &set->policies[policy]->clauses[i];
		struct cedar_value value;
		if (!evaluate(&evaluation, clause->body, &value) || value.kind != CEDAR_BOOL ||
		    value.as.boolean == clause->is_unless)
			return false;
	}
	return true;
}

/* Of the parts of an expression that errs, the first that errs too, and so on inwards. */
static const struct node *find_error(struct evaluation *evaluation, const struct node *node)
{
	struct cedar_value value;
	const struct node *child;
	if (evaluate(evaluation, node, &value))
		return NULL;
	struct fault fault = evaluation->fault;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++) {
		const struct node *inner = find_error(evaluation, child);
		if (inner)
			return inner;
		/* What follows is not evaluated: it may err by itself, but is not to blame. */
		if (evaluate(evaluation, child, &value) && value.kind == CEDAR_BOOL &&
		    ((node->kind == NODE_AND && !value.as.boolean) || (node->kind == NODE_OR && value.as.boolean)))
			break;
		if (node->kind == NODE_IF && i == 0 && !value.as.boolean)
			i++;
	}
	evaluation->fault = fault;
	return node;
}

bool example_error(const struct example *example, const struct environment *environment,
		   const struct cedar_policyset *set, uint32_t policy, struct arena *arena, uint32_t *ret_place,
		   struct fault *ret_error)
{
	const struct cedar_entities *layers[2];
	struct cedar_world world = make_world(example, environment, layers, &set);
	const struct policy *source = set->policies[policy];
	struct evaluation evaluation;
	struct cedar_value value;
	if (evaluation_start(&evaluation, &example->request, &world, arena, NULL) != E_OK)
		return false;
	for (uint32_t i = 0; i < source->clause_count; i++) {
		const struct node *body = clause_written(&source->clauses[i], arena), *found;
		if (!body)
			return false;
		found = find_error(&evaluation, body);
		*ret_error = evaluation.fault;
		if (!found && (!evaluate(&evaluation, body, &value) || value.kind != CEDAR_BOOL))
			found = body;
		if (found) {
			*ret_place = found->offset;
			return true;
		}
	}
	return false;
}

static void write_uid_members(struct json_writer *writer, const struct cedar_uid *uid)
{
	json_begin_object(writer);
	json_put_string(writer, "type", uid->type);
	json_put_string(writer, "id", uid->id);
	json_end_object(writer);
}

static void write_call(struct json_writer *writer, const char *function, slice argument)
{
	json_begin_object(writer);
	json_put_object(writer, "__extn");
	json_put_text(writer, "fn", function);
	json_put_string(writer, "arg", argument);
	json_end_object(writer);
	json_end_object(writer);
}

/* Not every instant has a form of its own: milliseconds since the first one always do. */
static void write_datetime(struct json_writer *writer, slice milliseconds)
{
	json_begin_object(writer);
	json_put_object(writer, "__extn");
	json_put_text(writer, "fn", "offset");
	json_put_array(writer, "args");
	write_call(writer, "datetime", SLICE("1970-01-01"));
	write_call(writer, "duration", milliseconds);
	json_end_array(writer);
	json_end_object(writer);
	json_end_object(writer);
}

static void write_extension(struct json_writer *writer, struct cedar_value value)
{
	char bytes[80];
	struct buffer text = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	if (value.kind == CEDAR_DECIMAL)
		decimal_write(&text, value.as.integer);
	else if (value.kind == CEDAR_IP)
		ip_write(&text, value.as.ip);
	else
		buffer_print(&text, "%lldms", (long long)value.as.integer);
	if (value.kind == CEDAR_DATETIME)
		write_datetime(writer, buffer_slice(&text));
	else
		write_call(writer, value.kind == CEDAR_DECIMAL ? "decimal" : value.kind == CEDAR_IP ? "ip" : "duration",
			   buffer_slice(&text));
}

static void write_value(struct json_writer *writer, struct cedar_value value)
{
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_BOOL:
		json_write_bool(writer, value.as.boolean);
		break;
	case CEDAR_LONG:
		json_write_i64(writer, value.as.integer);
		break;
	case CEDAR_STRING:
		json_write_string(writer, cedar_text(value));
		break;
	case CEDAR_ENTITY:
		json_begin_object(writer);
		json_write_key(writer, SLICE("__entity"));
		write_uid_members(writer, value.as.uid);
		json_end_object(writer);
		break;
	case CEDAR_SET:
		json_begin_array(writer);
		for (uint32_t i = 0; i < value.length; i++)
			write_value(writer, value.as.items[i]);
		json_end_array(writer);
		break;
	case CEDAR_RECORD:
		json_begin_object(writer);
		for (uint32_t i = 0; i < value.length; i++) {
			json_write_key(writer, value.as.fields[i].key);
			write_value(writer, value.as.fields[i].value);
		}
		json_end_object(writer);
		break;
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
	case CEDAR_IP:
		write_extension(writer, value);
		break;
	case CEDAR_NONE:
	case CEDAR_UNKNOWN:
	case CEDAR_KIND_COUNT:
		json_write_null(writer);
		break;
	}
}

static bool write_entity(void *context, const struct cedar_entity_info *info)
{
	struct json_writer *writer = context;
	json_begin_object(writer);
	json_write_key(writer, SLICE("uid"));
	write_uid_members(writer, info->uid);
	json_write_key(writer, SLICE("attrs"));
	write_value(writer, info->attributes);
	json_put_array(writer, "parents");
	for (size_t i = 0; i < info->parent_count; i++)
		write_uid_members(writer, info->parents[i]);
	json_end_array(writer);
	if (info->tags.length > 0) {
		json_write_key(writer, SLICE("tags"));
		write_value(writer, info->tags);
	}
	json_end_object(writer);
	return true;
}

static enum error take(struct buffer *text, struct json_writer *writer, struct arena *arena, slice *ret_text,
		       struct fault *why)
{
	if (writer)
		TRY(json_writer_end(writer, why));
	TRY(buffer_check(text, why));
	*ret_text = arena_copy(arena, buffer_slice(text));
	buffer_clear(text);
	return ret_text->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for an example");
}

static enum error write_all(const struct example *example, struct buffer *text, struct arena *arena,
			    struct analysis_example *to, struct fault *why)
{
	const struct cedar_uid *uids[3] = {example->request.principal, example->request.action,
					   example->request.resource};
	slice *names[3] = {&to->principal, &to->action, &to->resource};
	struct json_writer writer;
	for (unsigned i = 0; i < 3; i++) {
		cedar_value_write(text, cedar_entity(uids[i]));
		TRY(take(text, NULL, arena, names[i], why));
	}
	json_writer_init(&writer, text, JSON_COMPACT);
	write_value(&writer, example->request.context);
	TRY(take(text, &writer, arena, &to->context, why));
	json_writer_init(&writer, text, JSON_COMPACT);
	json_begin_array(&writer);
	cedar_entities_each(example->entities, write_entity, &writer);
	json_end_array(&writer);
	return take(text, &writer, arena, &to->entities, why);
}

enum error example_write(const struct example *example, struct arena *arena,
			 const struct analysis_example **ret_example, struct fault *why)
{
	struct analysis_example *made = ARENA_NEW(arena, struct analysis_example);
	struct buffer text;
	if (!made)
		return FAIL(why, E_MEMORY, "no memory for an example");
	buffer_init(&text, EXAMPLE_BYTES_MAX);
	enum error code = write_all(example, &text, arena, made, why);
	buffer_free(&text);
	*ret_example = made;
	return code;
}
