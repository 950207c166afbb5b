#include "cedar/type.h"

#include "cedar/extension.h"
#include "cedar/sort.h"
#include "cedar/write.h"

const struct attribute *type_attribute(const struct type *type, slice name)
{
	uint32_t low = 0, high = type->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = slice_compare(type->attributes[middle].name, name);
		if (order == 0)
			return &type->attributes[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct {
	slice name;
	struct type type;
} primitives[] = {
	{SLICE_INIT("Long"), {.kind = TYPE_LONG}},
	{SLICE_INIT("String"), {.kind = TYPE_STRING}},
	{SLICE_INIT("Bool"), {.kind = TYPE_BOOL}},
	{SLICE_INIT("ipaddr"), {.kind = TYPE_EXTENSION, .extension = CEDAR_IP}},
	{SLICE_INIT("decimal"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DECIMAL}},
	{SLICE_INIT("datetime"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DATETIME}},
	{SLICE_INIT("duration"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DURATION}},
};
#define PRIMITIVE_COUNT (sizeof(primitives) / sizeof(primitives[0]))

static int compare_attributes(const void *a, const void *b)
{
	return slice_compare(((const struct attribute *)a)->name, ((const struct attribute *)b)->name);
}

void type_sort_attributes(struct attribute *attributes, uint32_t count)
{
	sort_items(attributes, count, sizeof(*attributes), compare_attributes);
}

const struct type *type_primitive(slice name)
{
	for (size_t i = 0; i < PRIMITIVE_COUNT; i++)
		if (slice_equal(primitives[i].name, name))
			return &primitives[i].type;
	return NULL;
}

slice type_primitive_name(size_t index)
{
	return index < PRIMITIVE_COUNT ? primitives[index].name : (slice){NULL, 0};
}

static bool names_equal(const struct type *a, const struct type *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (!slice_equal(a->names[i], b->names[i]))
			return false;
	return true;
}

static bool attributes_equal(const struct type *a, const struct type *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct attribute *x = &a->attributes[i], *y = &b->attributes[i];
		if (x->is_required != y->is_required || !slice_equal(x->name, y->name) || !type_equal(x->type, y->type))
			return false;
	}
	return true;
}

bool type_equal(const struct type *a, const struct type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->extension != b->extension || a->is_open != b->is_open || a->count != b->count)
		return false;
	if (a->kind == TYPE_ENTITY)
		return names_equal(a, b);
	if (a->kind == TYPE_SET)
		return type_equal(a->element, b->element);
	return a->kind != TYPE_RECORD || attributes_equal(a, b);
}

static void write_record(struct buffer *out, const struct type *type)
{
	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < type->count; i++) {
		if (i)
			buffer_add_text(out, ", ");
		if (name_is_bare(type->attributes[i].name))
			buffer_add(out, type->attributes[i].name);
		else
			cedar_string_write(out, type->attributes[i].name);
		buffer_add_text(out, type->attributes[i].is_required ? ": " : "?: ");
		type_write(out, type->attributes[i].type);
	}
	buffer_add_byte(out, '}');
}

void type_write(struct buffer *out, const struct type *type)
{
	static const char *const names[TYPE_KIND_COUNT] = {
		[TYPE_NEVER] = "__cedar::internal::Never", [TYPE_TRUE] = "Bool",     [TYPE_FALSE] = "Bool",
		[TYPE_BOOL] = "Bool",	   [TYPE_LONG] = "Long", [TYPE_STRING] = "String",
		[TYPE_ANY_ENTITY] = "__cedar::internal::AnyEntity"};
	/* A type may be much larger than the place for it. */
	if (out->failed)
		return;
	switch ((int)type->kind) {
	case TYPE_ENTITY:
		for (uint32_t i = 0; i < type->count; i++) {
			buffer_add_text(out, i ? " | " : "");
			buffer_add(out, type->names[i]);
		}
		break;
	case TYPE_SET:
		buffer_add_text(out, "Set<");
		type_write(out, type->element);
		buffer_add_byte(out, '>');
		break;
	case TYPE_RECORD:
		write_record(out, type);
		break;
	case TYPE_EXTENSION:
		buffer_add_text(out, cedar_kind_name((enum cedar_kind)type->extension));
		break;
	default:
		buffer_add_text(out, type->kind < TYPE_KIND_COUNT && names[type->kind] ? names[type->kind] : "?");
		break;
	}
}
