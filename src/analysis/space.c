#include "analysis/space.h"

#include "analysis/limits.h"
#include "cedar/typecheck.h"

#include <string.h>

void space_init(struct space *space, struct arena *arena, const struct environment *environment,
		const struct hash_key *key)
{
	*space = (struct space){.arena = arena, .environment = environment, .key = key};
	space->always.kind = FORMULA_TRUE;
	space->always.opposite = &space->never;
	space->never.opposite = &space->always;
}

void space_fail(struct space *space, enum error failure, const char *limit)
{
	if (space->failure)
		return;
	space->failure = failure;
	space->limit = limit;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_value(const struct space *space, struct cedar_value value)
{
	switch ((int)value.kind) {
	case CEDAR_STRING:
		return hash_slice(space->key, cedar_text(value));
	case CEDAR_ENTITY:
		return value.as.uid->hash;
	case CEDAR_BOOL:
		return value.as.boolean;
	case CEDAR_SET:
	case CEDAR_RECORD:
		return value.length;
	case CEDAR_IP:
		return value.as.ip->prefix;
	default:
		return (uint64_t)value.as.integer;
	}
}

static uint64_t hash_term(const struct space *space, const struct term *term)
{
	uint64_t hash = mix(term->kind, (uint64_t)term->variable << 16 | term->value.kind);
	if (term->kind == TERM_CONSTANT && term->value.kind != CEDAR_NONE)
		hash = mix(hash, hash_value(space, term->value));
	if (term->base)
		hash = mix(mix(hash, term->base->number), hash_slice(space->key, term->name));
	if (term->node)
		hash = mix(hash, (uint64_t)term->node->kind << 32 | term->node->depth);
	return hash;
}

static bool same_term(const struct term *a, const struct term *b)
{
	if (a->hash != b->hash || a->kind != b->kind || a->variable != b->variable || a->base != b->base)
		return false;
	switch ((enum term_kind)a->kind) {
	case TERM_CONSTANT:
		return a->value.kind == b->value.kind &&
		       (a->value.kind == CEDAR_NONE || cedar_value_equal(a->value, b->value));
	case TERM_VARIABLE:
		return true;
	case TERM_ATTRIBUTE:
	case TERM_TAG:
		return slice_equal(a->name, b->name);
	case TERM_OPAQUE:
		return node_equal(a->node, b->node);
	}
	return false;
}

/* Doubles the array where it is full. False: no memory. */
static bool make_room(struct space *space, void ***array, uint32_t count, uint32_t *size)
{
	if (count < *size)
		return true;
	uint32_t bigger = *size ? *size * 2 : 32;
	void **items = ARENA_ARRAY(space->arena, bigger, void *);
	if (!items) {
		space_fail(space, E_MEMORY, NULL);
		return false;
	}
	if (count)
		memcpy(items, *array, count * sizeof(void *));
	*array = items;
	*size = bigger;
	return true;
}

static const struct term *find_term(struct space *space, const struct term *wanted)
{
	static const struct term none = {.kind = TERM_CONSTANT, .kinds = KINDS_ERROR};
	struct term draft = *wanted;
	draft.hash = hash_term(space, wanted);
	struct term **slot = &space->term_slots[draft.hash % SPACE_SLOTS];
	for (struct term *term = *slot; term; term = term->next)
		if (same_term(term, &draft))
			return term;
	void **array = (void **)space->terms;
	if (space->term_count == ANALYSIS_TERMS_MAX)
		space_fail(space, E_LIMIT, "too many different values are compared");
	struct term *made = space->failure ? NULL : ARENA_NEW(space->arena, struct term);
	if (!made || !make_room(space, &array, space->term_count, &space->term_size)) {
		space_fail(space, E_MEMORY, NULL);
		return &none;
	}
	space->terms = (struct term **)array;
	draft.number = space->term_count++;
	draft.policy = space->policy;
	draft.next = *slot;
	*made = draft;
	*slot = made;
	space->terms[made->number] = made;
	return made;
}

static uint16_t kinds_of_type(const struct type *type)
{
	switch ((enum type_kind)type->kind) {
	case TYPE_TRUE:
	case TYPE_FALSE:
	case TYPE_BOOL:
		return KIND_BIT(CEDAR_BOOL);
	case TYPE_LONG:
		return KIND_BIT(CEDAR_LONG);
	case TYPE_STRING:
		return KIND_BIT(CEDAR_STRING);
	case TYPE_ENTITY:
	case TYPE_ANY_ENTITY:
		return KIND_BIT(CEDAR_ENTITY);
	case TYPE_SET:
		return KIND_BIT(CEDAR_SET);
	case TYPE_RECORD:
		return KIND_BIT(CEDAR_RECORD);
	case TYPE_EXTENSION:
		return KIND_BIT(type->extension);
	case TYPE_NEVER:
	case TYPE_KIND_COUNT:
		break;
	}
	return KINDS_VALUE;
}

const struct term *term_constant(struct space *space, struct cedar_value value)
{
	struct term term = {.kind = TERM_CONSTANT, .kinds = KIND_BIT(value.kind), .value = value};
	return find_term(space, &term);
}

const struct term *term_error(struct space *space)
{
	return term_constant(space, (struct cedar_value){.kind = CEDAR_NONE});
}

const struct term *term_variable(struct space *space, enum variable variable)
{
	const struct environment *environment = space->environment;
	struct term term = {.kind = TERM_VARIABLE, .variable = (unsigned char)variable, .kinds = KIND_BIT(CEDAR_ENTITY)};
	if (variable == VARIABLE_CONTEXT)
		term.kinds = KIND_BIT(CEDAR_RECORD);
	if (environment->schema && variable == VARIABLE_ACTION)
		return term_constant(space, cedar_entity(environment->action->uid));
	if (environment->schema)
		term.type = variable == VARIABLE_PRINCIPAL  ? environment->principal
			    : variable == VARIABLE_RESOURCE ? environment->resource
							    : environment->action->context;
	return find_term(space, &term);
}

slice term_entity_type(const struct term *term)
{
	if (term->kind == TERM_CONSTANT)
		return term->value.kind == CEDAR_ENTITY ? term->value.as.uid->type : (slice){NULL, 0};
	if (term->type && term->type->kind == TYPE_ENTITY && term->type->count == 1)
		return term->type->names[0];
	return (slice){NULL, 0};
}

/* The record type that says which attributes the base has; NULL where nothing is known. */
static const struct type *shape_of(const struct space *space, const struct term *base)
{
	static const struct type nothing = {.kind = TYPE_RECORD};
	const struct cedar_schema *schema = space->environment->schema;
	slice name = term_entity_type(base);
	if (!schema)
		return NULL;
	if (base->type && base->type->kind == TYPE_RECORD)
		return base->type;
	if (!name.ptr)
		return NULL;
	const struct entity_type *entity = schema_entity_type(schema, name);
	return entity && entity->shape ? entity->shape : &nothing;
}

const struct term *term_attribute(struct space *space, const struct term *base, slice name)
{
	struct term term = {.kind = TERM_ATTRIBUTE, .kinds = KINDS_ALL, .base = base, .name = name};
	const struct type *shape = shape_of(space, base);
	if (base->kind == TERM_CONSTANT && base->value.kind == CEDAR_RECORD) {
		const struct cedar_value *field = cedar_record_get(base->value, name);
		return field ? term_constant(space, *field) : term_error(space);
	}
	if (!(base->kinds & KINDS_HOLDER))
		return term_error(space);
	if (!shape)
		return find_term(space, &term);
	const struct attribute *attribute = type_attribute(shape, name);
	if (!attribute && !shape->is_open)
		return term_error(space);
	if (attribute) {
		term.type = attribute->type;
		term.kinds = kinds_of_type(attribute->type);
		if (!attribute->is_required || (base->kinds & KINDS_ERROR))
			term.kinds |= KINDS_ERROR;
	}
	return find_term(space, &term);
}

const struct term *term_tag(struct space *space, const struct term *base, slice name)
{
	struct term term = {.kind = TERM_TAG, .kinds = KINDS_ALL, .base = base, .name = name};
	const struct cedar_schema *schema = space->environment->schema;
	slice type = term_entity_type(base);
	if (!(base->kinds & KIND_BIT(CEDAR_ENTITY)))
		return term_error(space);
	if (!schema || !type.ptr)
		return find_term(space, &term);
	const struct entity_type *entity = schema_entity_type(schema, type);
	if (!entity || !entity->tags)
		return term_error(space);
	term.type = entity->tags;
	term.kinds = kinds_of_type(entity->tags) | KINDS_ERROR;
	return find_term(space, &term);
}

const struct term *term_opaque(struct space *space, const struct node *node, uint16_t kinds)
{
	struct term term = {.kind = TERM_OPAQUE, .kinds = kinds, .node = node};
	return find_term(space, &term);
}

static uint64_t hash_atom(const struct space *space, const struct atom *atom)
{
	uint64_t hash = mix(atom->kind, (uint64_t)atom->kinds << 32 | (atom->left ? atom->left->number : 0));
	hash = mix(hash, atom->right ? atom->right->number : 0);
	hash = mix(hash, (uint64_t)atom->bound);
	if (atom->name.len)
		hash = mix(hash, hash_slice(space->key, atom->name));
	return atom->node ? mix(hash, (uint64_t)atom->node->kind << 32 | atom->node->depth) : hash;
}

static bool same_pattern(const struct pattern *a, const struct pattern *b)
{
	if (!a || !b || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++)
		if (a->parts[i].is_wildcard != b->parts[i].is_wildcard ||
		    !slice_equal(a->parts[i].literal, b->parts[i].literal))
			return false;
	return true;
}

static bool same_atom(const struct atom *a, const struct atom *b)
{
	if (a->hash != b->hash || a->kind != b->kind || a->kinds != b->kinds || a->bound != b->bound ||
	    a->left != b->left || a->right != b->right || !a->node != !b->node)
		return false;
	return slice_equal(a->name, b->name) && same_pattern(a->pattern, b->pattern) &&
	       (!a->node || node_equal(a->node, b->node));
}

static const struct atom *find_atom(struct space *space, const struct atom *wanted)
{
	struct atom draft = *wanted;
	draft.hash = hash_atom(space, wanted);
	struct atom **slot = &space->atom_slots[draft.hash % SPACE_SLOTS];
	for (struct atom *atom = *slot; atom; atom = atom->next)
		if (same_atom(atom, &draft))
			return atom;
	void **array = (void **)space->atoms;
	if (space->atom_count == ANALYSIS_ATOMS_MAX)
		space_fail(space, E_LIMIT, "too many different comparisons");
	struct atom *made = space->failure ? NULL : ARENA_NEW(space->arena, struct atom);
	if (!made || !make_room(space, &array, space->atom_count, &space->atom_size)) {
		space_fail(space, E_MEMORY, NULL);
		return NULL;
	}
	space->atoms = (struct atom **)array;
	draft.number = space->atom_count++;
	draft.policy = space->policy;
	draft.next = *slot;
	*made = draft;
	*slot = made;
	space->atoms[made->number] = made;
	return made;
}

struct formula *formula_atom(struct space *space, const struct atom *wanted)
{
	const struct atom *atom = find_atom(space, wanted);
	struct formula *formula = atom ? ARENA_NEW(space->arena, struct formula) : NULL;
	if (!formula) {
		space_fail(space, E_MEMORY, NULL);
		return &space->never;
	}
	*formula = (struct formula){.kind = FORMULA_LITERAL, .atom = atom};
	return formula;
}
