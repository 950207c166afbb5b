/* Names for the entities of a model, and values that only the schema asks for. */
#include "analysis/model.h"

#include "cedar/schema.h"

#include <stdio.h>

#define TRIES 1000u

static bool is_taken(const struct model *model, const struct cedar_uid *uid)
{
	const struct space *space = model->theory->space;
	for (uint32_t i = 0; i < space->term_count; i++) {
		const struct term *term = space->terms[i];
		if (term->kind == TERM_CONSTANT && term->value.kind == CEDAR_ENTITY &&
		    cedar_uid_equal(term->value.as.uid, uid))
			return true;
		if (model->states[i] == MODEL_DONE && model->values[i].kind == CEDAR_ENTITY &&
		    cedar_uid_equal(model->values[i].as.uid, uid))
			return true;
	}
	return false;
}

/* The variable in the class, or VARIABLE_COUNT. */
static enum variable variable_of(const struct theory *theory, uint32_t number)
{
	for (uint32_t i = 0; i < theory->space->term_count; i++)
		if (theory->space->terms[i]->kind == TERM_VARIABLE && theory_find(theory, theory->space->terms[i]) == number)
			return (enum variable)theory->space->terms[i]->variable;
	return VARIABLE_COUNT;
}

static bool is_other_type(const struct theory *theory, uint32_t number, slice name)
{
	for (uint32_t i = theory->classes[number].first; i != THEORY_NONE; i = theory->trail[i].next)
		if (theory->trail[i].atom->kind == ATOM_IS && slice_equal(theory->trail[i].atom->name, name))
			return false;
	return true;
}

/* A type that no literal speaks of. */
static slice fresh_type(struct model *model, uint32_t number, enum variable variable)
{
	static const char *const names[] = {"Principal", "Action", "Resource", "Context", "Entity"};
	slice name = slice_of(names[variable]);
	for (unsigned i = 2; i < TRIES && name.ptr && !is_other_type(model->theory, number, name); i++)
		name = arena_print(model->arena, "%s%u", names[variable], i);
	return name;
}

static bool choose_of_enum(struct model *model, uint32_t number, const struct entity_type *type)
{
	const struct hash_key *key = model->theory->space->key;
	for (uint32_t i = 0; i < type->choice_count; i++) {
		const struct cedar_uid *uid = cedar_uid_new(model->arena, key, type->name, type->choices[i]);
		if (!uid)
			return model_fail(model, MODEL_UNKNOWN, "no memory");
		if (model_excludes(model, number, cedar_entity(uid)))
			continue;
		model->values[number] = cedar_entity(uid);
		model->states[number] = MODEL_DONE;
		return true;
	}
	return model_fail(model, MODEL_UNKNOWN, "no choice of an enumerated type is left");
}

static bool choose_name(struct model *model, uint32_t number)
{
	static const char *const names[] = {"p", "a", "r", "c", "e"};
	struct theory *theory = model->theory;
	const struct value_class *class = &theory->classes[number];
	const struct cedar_schema *schema = theory->space->environment->schema;
	enum variable variable = variable_of(theory, number);
	slice type = class->entity_type.ptr ? class->entity_type : fresh_type(model, number, variable);
	const struct entity_type *known = schema ? schema_entity_type(schema, type) : NULL;
	if (known && known->is_enum)
		return choose_of_enum(model, number, known);
	for (unsigned i = 0; i < TRIES; i++) {
		slice id = i ? arena_print(model->arena, "%s%u", names[variable], i) : slice_of(names[variable]);
		const struct cedar_uid *uid = cedar_uid_new(model->arena, theory->space->key, type, id);
		if (!uid)
			return model_fail(model, MODEL_UNKNOWN, "no memory");
		if (is_taken(model, uid))
			continue;
		model->values[number] = cedar_entity(uid);
		model->states[number] = MODEL_DONE;
		return true;
	}
	return model_fail(model, MODEL_UNKNOWN, "no name was found");
}

bool model_names(struct model *model)
{
	struct theory *theory = model->theory;
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		struct value_class *class = &theory->classes[i];
		if (theory->parents[i] != i || class->kinds != KIND_BIT(CEDAR_ENTITY))
			continue;
		if (!class->has_constant) {
			if (!choose_name(model, i))
				return false;
			continue;
		}
		model->values[i] = class->constant;
		model->states[i] = MODEL_DONE;
	}
	return true;
}

/* Of a class that is an entity: the classes that literals say it is in. THEORY_NONE: none of this type. */
static uint32_t group_of(const struct theory *theory, uint32_t number, slice type)
{
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *literal = &theory->trail[i];
		if (literal->atom->kind != ATOM_IN || !literal->is_true || theory_find(theory, literal->atom->left) != number)
			continue;
		const struct value_class *group = theory_class(theory, literal->atom->right);
		if (group->entity_type.ptr && slice_equal(group->entity_type, type))
			return theory_find(theory, literal->atom->right);
	}
	return THEORY_NONE;
}

bool model_elements(struct model *model)
{
	struct theory *theory = model->theory;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct atom *atom = theory->trail[i].atom;
		if (atom->kind != ATOM_TRUE || !theory->trail[i].is_true || !atom->right || atom->node->kind == NODE_CALL)
			continue;
		uint32_t left = theory_find(theory, atom->left);
		const struct type *set = theory_class(theory, atom->right)->type;
		struct cedar_value value = model->values[left];
		if (value.kind != CEDAR_ENTITY)
			return model_fail(model, MODEL_UNKNOWN, "something that is no entity would be in a set");
		if (set && set->kind == TYPE_SET && set->element->kind == TYPE_ENTITY &&
		    !slice_equal(set->element->names[0], value.as.uid->type)) {
			uint32_t group = group_of(theory, left, set->element->names[0]);
			if (group != THEORY_NONE)
				value = model->values[group];
			else if (!model_any_entity(model, set->element, i, &value))
				return false;
		}
		model->elements[i] = value.as.uid;
	}
	return true;
}

bool model_any_entity(struct model *model, const struct type *type, unsigned salt, struct cedar_value *ret_value)
{
	const struct space *space = model->theory->space;
	slice name = type->kind == TYPE_ENTITY && type->count > 0 ? type->names[0] : SLICE("Entity");
	const struct entity_type *known = space->environment->schema
		? schema_entity_type(space->environment->schema, name) : NULL;
	slice id = salt ? arena_print(model->arena, "any%u", salt) : SLICE("any");
	if (known && known->is_enum && known->choice_count > 0)
		id = known->choices[salt % known->choice_count];
	const struct cedar_uid *uid = cedar_uid_new(model->arena, space->key, name, id);
	struct spare_entity *spare = ARENA_NEW(model->arena, struct spare_entity);
	if (!uid || !spare)
		return model_fail(model, MODEL_UNKNOWN, "no memory");
	*spare = (struct spare_entity){uid, model->spare};
	model->spare = spare;
	*ret_value = cedar_entity(uid);
	return true;
}

static bool any_record(struct model *model, const struct type *type, unsigned salt, struct cedar_value *ret_value)
{
	struct cedar_fields fields;
	struct cedar_value value;
	cedar_fields_init(&fields, model->arena);
	for (uint32_t i = 0; i < type->count; i++) {
		if (!type->attributes[i].is_required)
			continue;
		if (!model_any_value(model, type->attributes[i].type, salt, &value))
			return false;
		cedar_fields_add(&fields, type->attributes[i].name, value);
	}
	return cedar_fields_finish(&fields, ret_value, NULL) == E_OK ||
	       model_fail(model, MODEL_UNKNOWN, "a record cannot be built");
}

static bool any_extension(struct model *model, unsigned kind, unsigned salt, struct cedar_value *ret_value)
{
	struct cedar_ip *ip = ARENA_NEW(model->arena, struct cedar_ip);
	*ret_value = (struct cedar_value){.kind = (unsigned char)kind, .as.integer = salt};
	if (kind != CEDAR_IP)
		return true;
	if (!ip)
		return model_fail(model, MODEL_UNKNOWN, "no memory");
	*ip = (struct cedar_ip){.address = {203, 0, 113, (unsigned char)(1 + salt)}, .prefix = 32};
	ret_value->as.ip = ip;
	return true;
}

bool model_any_value(struct model *model, const struct type *type, unsigned salt, struct cedar_value *ret_value)
{
	switch ((enum type_kind)type->kind) {
	case TYPE_LONG:
		*ret_value = cedar_long(salt);
		return true;
	case TYPE_NEVER:
	case TYPE_STRING:
	case TYPE_KIND_COUNT:
		*ret_value = cedar_string(arena_print(model->arena, "x%u", salt));
		return ret_value->as.text || model_fail(model, MODEL_UNKNOWN, "no memory");
	case TYPE_TRUE:
	case TYPE_FALSE:
	case TYPE_BOOL:
		*ret_value = cedar_bool(type->kind == TYPE_TRUE || salt % 2 == 1);
		return true;
	case TYPE_ENTITY:
	case TYPE_ANY_ENTITY:
		return model_any_entity(model, type, salt, ret_value);
	case TYPE_SET:
		return cedar_set(model->arena, ret_value, 0, ret_value, NULL) == E_OK ||
		       model_fail(model, MODEL_UNKNOWN, "no memory");
	case TYPE_RECORD:
		return any_record(model, type, salt, ret_value);
	case TYPE_EXTENSION:
		return any_extension(model, type->extension, salt, ret_value);
	}
	return false;
}
