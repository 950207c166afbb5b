/* Whole policies out of policy JSON. */
#include "cedar/est.h"
#include "cedar/est_expression.h"
#include "cedar/lexer.h"
#include "cedar/limits.h"
#include "cedar/parser.h"
#include "cedar/temporal.h"

static enum error read_annotations(const struct json_reader *reader, const struct json_node *json,
				   struct policy *policy)
{
	if (json->type != JSON_OBJECT || json->count > CEDAR_ANNOTATIONS_MAX)
		return READER_FAIL(reader, E_SYNTAX, json, "`annotations` must be an object of at most %u members",
				   CEDAR_ANNOTATIONS_MAX);
	struct cedar_annotation *list = ARENA_ARRAY(reader->arena, json->count, struct cedar_annotation);
	if (!list)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for annotations");
	for (const struct json_node *member = json_first(json); member; member = json_next(member)) {
		struct cedar_annotation *annotation = &list[policy->annotation_count++];
		annotation->key = member->key;
		annotation->value = SLICE("");
		if (!word_is_identifier(member->key))
			return READER_FAIL(reader, E_SYNTAX, member, "`%.*s` is not an identifier", SLICE_ARG(member->key));
		annotation->has_value = json_string(member, &annotation->value);
		if (!annotation->has_value && member->type != JSON_NULL)
			return READER_FAIL(reader, E_SYNTAX, member, "an annotation must be text or null");
	}
	policy->annotations = list;
	return E_OK;
}

static enum error read_uid(const struct json_reader *reader, const struct json_node *json, enum variable variable,
			   const struct cedar_uid **ret_uid)
{
	struct cedar_uid *uid = ARENA_NEW(reader->arena, struct cedar_uid);
	if (!uid)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for an entity");
	TRY(json_read_uid(reader, json, uid));
	if (variable == VARIABLE_ACTION && !slice_equal(uid->type, SLICE("Action")) &&
	    !slice_ends_with(uid->type, SLICE("::Action")))
		return READER_FAIL(reader, E_SYNTAX, json, "action entities must have type `Action`, not `%.*s`",
				   SLICE_ARG(uid->type));
	*ret_uid = uid;
	return E_OK;
}

/* `entity` or, but for the action, `slot`. */
static enum error read_entity_or_slot(const struct json_reader *reader, const struct json_node *json,
				      enum variable variable, struct scope *scope)
{
	const struct json_node *entity = json_get(reader->doc, json, SLICE("entity"));
	slice slot;
	if (entity)
		return read_uid(reader, entity, variable, &scope->entity);
	if (variable == VARIABLE_ACTION || !json_string(json_get(reader->doc, json, SLICE("slot")), &slot) ||
	    slot.len == 0 || slot.ptr[0] != '?' ||
	    !slice_equal(slice_from_offset(slot, 1), variable_name(variable)))
		return READER_FAIL(reader, E_SYNTAX, json, "`entity` must stand here, or the `slot` of this variable");
	scope->has_slot = true;
	return E_OK;
}

static enum error read_action_list(const struct json_reader *reader, const struct json_node *json, struct scope *scope)
{
	if (json->type != JSON_ARRAY)
		return READER_FAIL(reader, E_SYNTAX, json, "`entities` must be an array");
	const struct cedar_uid **list = ARENA_ARRAY(reader->arena, json->count, const struct cedar_uid *);
	if (!list)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for actions");
	for (const struct json_node *item = json_first(json); item; item = json_next(item))
		TRY(read_uid(reader, item, VARIABLE_ACTION, &list[scope->entity_count++]));
	scope->entities = list;
	scope->is_list = true;
	return E_OK;
}

static enum error read_scope_is(const struct json_reader *reader, const struct json_node *json, enum variable variable,
				struct scope *scope)
{
	static const slice names[] = {SLICE_INIT("op"), SLICE_INIT("entity_type"), SLICE_INIT("in")};
	const struct json_node *members[3];
	slice name;
	struct cedar_uid *type = ARENA_NEW(reader->arena, struct cedar_uid);
	if (variable == VARIABLE_ACTION)
		return READER_FAIL(reader, E_SYNTAX, json, "`is` cannot appear in the action scope");
	TRY(est_members(reader, json, names, 2, 3, members));
	const struct json_node *group = json_is(members[2], JSON_NULL) ? NULL : members[2];
	if (!json_string(members[1], &name) || !cedar_name_check(name))
		return READER_FAIL(reader, E_SYNTAX, json, "`entity_type` must be the name of a type");
	if (!type)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for a type name");
	*type = cedar_uid_make(reader->key, name, SLICE(""));
	scope->type = type;
	scope->kind = group ? SCOPE_IS_IN : SCOPE_IS;
	return group ? read_entity_or_slot(reader, group, variable, scope) : E_OK;
}

static enum error read_scope(const struct json_reader *reader, const struct json_node *json, enum variable variable,
			     struct scope *scope)
{
	slice op = {NULL, 0};
	json_string(json_get(reader->doc, json, SLICE("op")), &op);
	if (slice_equal(op, SLICE("All")))
		return E_OK;
	if (slice_equal(op, SLICE("is")))
		return read_scope_is(reader, json, variable, scope);
	if (!slice_equal(op, SLICE("==")) && !slice_equal(op, SLICE("in")))
		return READER_FAIL(reader, E_SYNTAX, json, "`op` must be All, ==, in or is");
	scope->kind = slice_equal(op, SLICE("==")) ? SCOPE_EQUAL : SCOPE_IN;
	const struct json_node *list = json_get(reader->doc, json, SLICE("entities"));
	if (list && !json_get(reader->doc, json, SLICE("entity")) && scope->kind == SCOPE_IN && variable == VARIABLE_ACTION)
		return read_action_list(reader, list, scope);
	return read_entity_or_slot(reader, json, variable, scope);
}

/* A history condition: the text that stands between the braces of `when temporal { }`. */
static enum error read_temporal(const struct json_reader *reader, const struct json_node *json,
				const struct node **ret_node)
{
	struct fault inner = {0};
	struct parser parser = {.arena = reader->arena, .key = reader->key, .source = SLICE("temporal"), .why = &inner};
	slice text;
	if (!json_string(json, &text))
		return READER_FAIL(reader, E_SYNTAX, json, "`temporal` must be text");
	text = arena_copy(reader->arena, text);
	if (!text.ptr)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for a history condition");
	enum error error = parser_start(&parser, text);
	if (error == E_OK)
		error = temporal_parse(&parser, ret_node);
	if (error == E_OK)
		error = parser_expect(&parser, TOKEN_END);
	return error == E_OK ? E_OK : READER_FAIL(reader, error, json, "%s", fault_sentence(&inner));
}

static enum error read_clauses(const struct json_reader *reader, const struct json_node *json, struct policy *policy)
{
	if (json->type != JSON_ARRAY)
		return READER_FAIL(reader, E_SYNTAX, json, "`conditions` must be an array");
	struct clause *clauses = ARENA_ARRAY(reader->arena, json->count, struct clause);
	if (!clauses)
		return READER_FAIL(reader, E_MEMORY, json, "no memory for conditions");
	for (const struct json_node *item = json_first(json); item; item = json_next(item)) {
		struct clause *clause = &clauses[policy->clause_count++];
		static const slice names[] = {SLICE_INIT("kind"), SLICE_INIT("body"), SLICE_INIT("temporal")};
		const struct json_node *members[3];
		slice kind = {NULL, 0};
		TRY(est_members(reader, item, names, 1, 3, members));
		if (!members[1] == !members[2])
			return READER_FAIL(reader, E_SYNTAX, item,
					   members[1] ? "a condition has either `body` or `temporal`" : "missing field `body`");
		json_string(members[0], &kind);
		clause->offset = item->start;
		clause->is_unless = slice_equal(kind, SLICE("unless"));
		if (!clause->is_unless && !slice_equal(kind, SLICE("when")))
			return READER_FAIL(reader, E_SYNTAX, members[0], "`kind` must be `when` or `unless`");
		TRY(members[1] ? est_read_expression(reader, members[1], &clause->body)
			       : read_temporal(reader, members[2], &clause->body));
	}
	policy->clauses = clauses;
	return E_OK;
}

/* The text of a policy that came as JSON is written for it. */
static enum error make_text(const struct json_reader *reader, const struct json_node *json, struct policy *policy)
{
	struct buffer text;
	buffer_init(&text, CEDAR_TEXT_BYTES_MAX);
	policy_write(&text, policy);
	enum error error = buffer_check(&text, NULL);
	if (error == E_OK)
		policy->text = arena_copy(reader->arena, buffer_slice(&text));
	buffer_free(&text);
	if (error == E_LIMIT)
		return READER_FAIL(reader, E_LIMIT, json, "as text the policy would be longer than %u bytes",
				   CEDAR_TEXT_BYTES_MAX);
	return error == E_OK && policy->text.ptr ? E_OK : READER_FAIL(reader, E_MEMORY, json, "no memory for a policy");
}

enum error est_read_policy(const struct json_reader *reader, const struct json_node *node, struct policy *ret_policy)
{
	static const slice names[] = {SLICE_INIT("effect"),   SLICE_INIT("principal"),	SLICE_INIT("action"),
				      SLICE_INIT("resource"), SLICE_INIT("conditions"), SLICE_INIT("annotations")};
	const struct json_node *members[6];
	slice effect = {NULL, 0};
	*ret_policy = (struct policy){.offset = node->start};
	TRY(est_members(reader, node, names, 5, 6, members));
	json_string(members[0], &effect);
	ret_policy->effect = slice_equal(effect, SLICE("permit")) ? CEDAR_PERMIT : CEDAR_FORBID;
	if (ret_policy->effect != CEDAR_PERMIT && !slice_equal(effect, SLICE("forbid")))
		return READER_FAIL(reader, E_SYNTAX, members[0], "`effect` must be `permit` or `forbid`");
	if (members[5])
		TRY(read_annotations(reader, members[5], ret_policy));
	for (unsigned i = 0; i < 3; i++)
		TRY(read_scope(reader, members[1 + i], (enum variable)i, &ret_policy->scopes[i]));
	TRY(read_clauses(reader, members[4], ret_policy));
	return make_text(reader, node, ret_policy);
}
