#include "analysis/model.h"

#include "cedar/schema.h"

bool model_fail(struct model *model, enum model_answer answer, const char *reason)
{
	model->answer = answer;
	model->reason = reason;
	return false;
}

static bool is_root(const struct theory *theory, uint32_t number)
{
	return theory->parents[number] == number;
}

static bool is_one(uint16_t kinds)
{
	return (kinds & (kinds - 1)) == 0;
}

/* Is there a pattern that might leave no text? */
static bool has_pattern(const struct theory *theory, const struct value_class *class)
{
	for (uint32_t i = class->first; i != THEORY_NONE; i = theory->trail[i].next)
		if (theory->trail[i].atom->kind == ATOM_LIKE)
			return true;
	return false;
}

/* Rather nothing than something, and rather what has no inside. */
static uint16_t choose_kind(uint16_t kinds)
{
	static const unsigned char order[] = {CEDAR_NONE, CEDAR_STRING, CEDAR_LONG, CEDAR_BOOL, CEDAR_RECORD,
					      CEDAR_ENTITY, CEDAR_SET, CEDAR_DECIMAL, CEDAR_DATETIME, CEDAR_DURATION,
					      CEDAR_IP};
	for (size_t i = 0; i < sizeof(order); i++)
		if (kinds & KIND_BIT(order[i]))
			return KIND_BIT(order[i]);
	return 0;
}

/* Terms come after their bases, so that these have chosen already. */
static bool choose_kinds(struct model *model)
{
	struct theory *theory = model->theory;
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		const struct term *term = theory->space->terms[i];
		struct value_class *class = theory_class(theory, term);
		if (term->base && !(theory_class(theory, term->base)->kinds & KINDS_HOLDER))
			class->kinds &= KINDS_ERROR;
		model->is_forced[class - theory->classes] |= is_one(class->kinds) && !model->is_chosen[class - theory->classes];
		model->is_chosen[class - theory->classes] = true;
		if (!is_one(class->kinds) && has_pattern(theory, class))
			class->kinds &= (uint16_t)~KIND_BIT(CEDAR_STRING);
		if (!class->has_constant)
			class->kinds = choose_kind(class->kinds);
		if (class->kinds == 0)
			return model_fail(model, MODEL_UNKNOWN, "no kind of value fits everywhere");
	}
	return theory_numbers(theory) || model_fail(model, MODEL_UNKNOWN, "no numbers fit");
}

static bool has_name(const struct cedar_fields *fields, slice name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (slice_equal(fields->fields[i].key, name))
			return true;
	return false;
}

bool model_fields(struct model *model, uint32_t number, enum term_kind kind, const struct type *shape,
		  struct cedar_value *ret_record)
{
	struct theory *theory = model->theory;
	struct cedar_fields fields;
	struct cedar_value value;
	cedar_fields_init(&fields, model->arena);
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		const struct term *term = theory->space->terms[i];
		if (term->kind != kind || theory_find(theory, term->base) != number ||
		    theory_class(theory, term)->kinds == KINDS_ERROR || has_name(&fields, term->name))
			continue;
		if (!model_value(model, theory_find(theory, term), &value))
			return false;
		cedar_fields_add(&fields, term->name, value);
	}
	for (uint32_t i = 0; shape && i < shape->count; i++) {
		const struct attribute *attribute = &shape->attributes[i];
		if (!attribute->is_required || has_name(&fields, attribute->name))
			continue;
		if (!model_any_value(model, attribute->type, 0, &value))
			return false;
		cedar_fields_add(&fields, attribute->name, value);
	}
	return cedar_fields_finish(&fields, ret_record, NULL) == E_OK ||
	       model_fail(model, MODEL_UNKNOWN, "a record cannot be built");
}

/* What the literals say that the class is in. */
static bool collect_parents(struct model *model, uint32_t number, struct cedar_entity_input *entity)
{
	struct theory *theory = model->theory;
	struct cedar_uid *parents = ARENA_ARRAY(model->arena, theory->trail_count + 1, struct cedar_uid);
	if (!parents)
		return model_fail(model, MODEL_UNKNOWN, "no memory");
	entity->parents = parents;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *literal = &theory->trail[i];
		if (!literal->atom->left || theory_find(theory, literal->atom->left) != number)
			continue;
		if (model->elements[i] && !cedar_uid_equal(model->elements[i], model->values[number].as.uid))
			parents[entity->parent_count++] = *model->elements[i];
		if (literal->atom->kind != ATOM_IN || !literal->is_true)
			continue;
		uint32_t to = theory_find(theory, literal->atom->right);
		if (to != number && model->states[to] == MODEL_DONE)
			parents[entity->parent_count++] = *model->values[to].as.uid;
	}
	return true;
}

/* `number` THEORY_NONE: one that no class stands for. */
static bool add_entity(struct model *model, struct cedar_entities_builder *builder, const struct cedar_uid *uid,
		       uint32_t number)
{
	const struct cedar_schema *schema = model->theory->space->environment->schema;
	const struct entity_type *type = schema ? schema_entity_type(schema, uid->type) : NULL;
	struct cedar_entity_input entity = {.type = uid->type, .id = uid->id};
	uint32_t none = model->theory->space->term_count;
	if (schema && !type)
		return true; /* an action, or of a type that cannot exist */
	if (!model_fields(model, number == THEORY_NONE ? none : number, TERM_ATTRIBUTE, type ? type->shape : NULL,
			  &entity.attributes) ||
	    !model_fields(model, number == THEORY_NONE ? none : number, TERM_TAG, NULL, &entity.tags) ||
	    (number != THEORY_NONE && !collect_parents(model, number, &entity)))
		return false;
	if (!schema && entity.attributes.length == 0 && entity.tags.length == 0 && entity.parent_count == 0)
		return true;
	enum error code = cedar_entities_add(builder, &entity, NULL);
	return code == E_OK || model_fail(model, MODEL_UNKNOWN, "two entities would be the same");
}

static bool is_listed(const struct model *model, const struct cedar_uid *uid, uint32_t before)
{
	for (uint32_t i = 0; i < before; i++)
		if (is_root(model->theory, i) && model->theory->classes[i].kinds == KIND_BIT(CEDAR_ENTITY) &&
		    cedar_uid_equal(model->values[i].as.uid, uid))
			return true;
	return false;
}

static bool add_entities(struct model *model, struct cedar_entities_builder *builder)
{
	struct theory *theory = model->theory;
	uint32_t count = theory->space->term_count;
	for (uint32_t i = 0; i < count; i++)
		if (is_root(theory, i) && theory->classes[i].kinds == KIND_BIT(CEDAR_ENTITY) &&
		    !is_listed(model, model->values[i].as.uid, i) && !add_entity(model, builder, model->values[i].as.uid, i))
			return false;
	/* Each may ask for further ones; there is one of a type, or a few. */
	for (struct spare_entity *spare; (spare = model->spare) != NULL;) {
		bool known = is_listed(model, spare->uid, count);
		model->spare = spare->next;
		for (struct spare_entity *other = spare->next; other; other = other->next)
			known = known || cedar_uid_equal(other->uid, spare->uid);
		if (!known && !add_entity(model, builder, spare->uid, THEORY_NONE))
			return false;
		if (model->fresh_count++ > 1000)
			return model_fail(model, MODEL_UNKNOWN, "the schema asks for too many entities");
	}
	return true;
}

static const struct cedar_uid *variable_uid(struct model *model, enum variable variable)
{
	const struct term *term = term_variable(model->theory->space, variable);
	struct cedar_value value;
	if (term->kind == TERM_CONSTANT)
		return term->value.as.uid;
	return model_value(model, theory_find(model->theory, term), &value) ? value.as.uid : NULL;
}

static bool build(struct model *model, struct example *example)
{
	struct space *space = model->theory->space;
	struct cedar_entities_builder *builder = cedar_entities_builder_in(model->arena, space->key);
	struct cedar_entities *entities;
	if (!builder || !choose_kinds(model) || !model_numbers(model) || !model_names(model) ||
	    !model_elements(model))
		return false;
	struct cedar_request *request = &example->request;
	*request = (struct cedar_request){.principal = variable_uid(model, VARIABLE_PRINCIPAL),
					  .action = variable_uid(model, VARIABLE_ACTION),
					  .resource = variable_uid(model, VARIABLE_RESOURCE)};
	uint32_t context = theory_find(model->theory, term_variable(space, VARIABLE_CONTEXT));
	if (!request->principal || !request->action || !request->resource ||
	    !model_value(model, context, &request->context) || !add_entities(model, builder))
		return false;
	if (cedar_entities_build(builder, &entities, NULL) != E_OK)
		return model_fail(model, MODEL_UNKNOWN, "the entities would be in each other");
	example->entities = entities;
	return true;
}

enum model_answer model_build(struct theory *theory, unsigned variant, struct example *ret_example,
			      const char **ret_reason)
{
	struct space *space = theory->space;
	struct model model = {.theory = theory, .arena = space->arena, .reason = "no memory",
			      .variant = variant};
	model.values = ARENA_ARRAY(space->arena, space->term_count + 1, struct cedar_value);
	model.states = ARENA_ARRAY(space->arena, space->term_count + 1, unsigned char);
	model.is_forced = ARENA_ARRAY(space->arena, space->term_count + 1, bool);
	model.is_chosen = ARENA_ARRAY(space->arena, space->term_count + 1, bool);
	model.elements = ARENA_ARRAY(space->arena, theory->trail_count + 1, const struct cedar_uid *);
	if (model.values && model.states && model.is_forced && model.is_chosen && model.elements && build(&model, ret_example))
		return MODEL_FOUND;
	*ret_reason = model.reason;
	return model.answer;
}
