/* `--unknown`: what a question leaves open, such as principal:User, context.approval or context.at:datetime?. */
#include "cli/policy.h"

struct open {
	slice what; /* principal, action, resource, or context.a.b */
	slice type; /* empty: none was given */
	bool is_optional;
};

static struct open open_read(slice text)
{
	struct open open = {.is_optional = slice_ends_with(text, SLICE("?"))};
	if (open.is_optional)
		text.len--;
	/* The first colon that is not one of a pair: names have pairs. */
	size_t colon = slice_find_byte(text, ':', 0);
	open.what = slice_sub(text, 0, colon);
	open.type = colon == SIZE_MAX ? SLICE("") : slice_from_offset(text, colon + 1);
	return open;
}

static enum error open_subject(const struct policy_world *world, const struct open *open, slice given,
			       const struct cedar_uid **ret_type, bool *ret_unknown, struct fault *why)
{
	struct cedar_value unknown = cedar_unknown_entity(NULL);
	if (given.len > 0 || *ret_unknown)
		return FAIL(why, E_USAGE, "the %.*s is given, and unknown", SLICE_ARG(open->what));
	if (open->is_optional)
		return FAIL(why, E_USAGE, "a request always has its %.*s", SLICE_ARG(open->what));
	if (open->type.len > 0)
		TRY(cedar_unknown_parse(world->arena, &policy_key, open->type, &unknown, why));
	if (unknown.mask != 1u << CEDAR_ENTITY)
		return FAIL(why, E_INVALID, "the %.*s is an entity, not `%.*s`", SLICE_ARG(open->what), SLICE_ARG(open->type));
	*ret_type = unknown.as.uid;
	*ret_unknown = true;
	return E_OK;
}

/* `record` with one more field, at the end of the path. */
static enum error put_field(struct arena *arena, struct cedar_value record, slice path, struct cedar_value value,
			    struct cedar_value *ret_record, struct fault *why)
{
	struct cedar_fields fields;
	slice rest = path, name = slice_cut(&rest, '.');
	struct cedar_value inner = {.kind = CEDAR_RECORD};
	bool is_last = !rest.ptr;
	cedar_fields_init(&fields, arena);
	for (uint32_t i = 0; record.kind == CEDAR_RECORD && i < record.length; i++) {
		const struct cedar_field *field = &record.as.fields[i];
		if (!slice_equal(field->key, name))
			cedar_fields_add(&fields, field->key, field->value);
		else if (is_last || field->value.kind != CEDAR_RECORD)
			return FAIL(why, E_USAGE, "the context has %.*s, and it is unknown", SLICE_ARG(name));
		else
			inner = field->value;
	}
	if (name.len == 0)
		return FAIL(why, E_USAGE, "write --unknown context.NAME");
	if (!is_last)
		TRY(put_field(arena, inner, rest, value, &value, why));
	cedar_fields_add(&fields, name, value);
	return cedar_fields_finish(&fields, ret_record, why);
}

static enum error open_field(const struct policy_world *world, const struct open *open, struct cedar_request *request,
			     struct fault *why)
{
	slice path = slice_from_offset(open->what, sizeof("context.") - 1);
	struct cedar_value unknown = cedar_unknown();
	if (open->type.len > 0)
		TRY(cedar_unknown_parse(world->arena, &policy_key, open->type, &unknown, why));
	else if (world->schema && request->action && !request->action_unknown &&
		 slice_find_byte(path, '.', 0) == SIZE_MAX)
		TRY(cedar_unknown_field(world->schema, request->action, path, world->arena, &unknown, why));
	if (open->is_optional)
		unknown = cedar_unknown_optional(unknown);
	return put_field(world->arena, request->context, path, unknown, &request->context, why);
}

enum error policy_open(const struct policy_world *world, const struct policy_open_question *question,
		       struct cedar_request *request, struct fault *why)
{
	for (size_t i = 0; i < question->unknown_count; i++) {
		struct open open = open_read(question->unknowns[i]);
		if (slice_equal(open.what, SLICE("principal")))
			TRY(open_subject(world, &open, question->known.principal, &request->principal,
					 &request->principal_unknown, why));
		else if (slice_equal(open.what, SLICE("action")))
			TRY(open_subject(world, &open, question->known.action, &request->action, &request->action_unknown, why));
		else if (slice_equal(open.what, SLICE("resource")))
			TRY(open_subject(world, &open, question->known.resource, &request->resource,
					 &request->resource_unknown, why));
		else if (slice_starts_with(open.what, SLICE("context.")))
			TRY(open_field(world, &open, request, why));
		else
			return FAIL(why, E_USAGE, "unknown may be principal, action, resource and context.NAME, not `%.*s`",
				    SLICE_ARG(open.what));
	}
	return E_OK;
}
