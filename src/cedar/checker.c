#include "cedar/typecheck_parts.h"

#include <stdarg.h>
#include <stdio.h>

bool checker_no_memory(struct checker *checker)
{
	checker->no_memory = true;
	checker->has_failed = true;
	return false;
}

bool checker_fail(struct checker *checker, uint32_t offset, const char *format, ...)
{
	char text[300];
	va_list arguments;
	if (checker->has_failed)
		return false;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	checker->has_failed = true;
	checker->offset = offset;
	checker->message = arena_copy(checker->arena, slice_of(text));
	return checker->message.ptr ? false : checker_no_memory(checker);
}

/* The type as text, cut where it is long; at most two of them are in use at once. */
const char *checker_type_text(const struct type *type, char text[100])
{
	struct buffer buffer = {.ptr = text, .size = 99, .bytes_max = 99};
	type_write(&buffer, type);
	text[buffer.len] = '\0';
	return text;
}

bool checker_unexpected(struct checker *checker, const struct node *node, const char *expected, const struct type *type)
{
	char text[100];
	return checker_fail(checker, node->offset, "unexpected type: expected %s but saw %s", expected,
			    checker_type_text(type, text));
}

bool checker_incompatible(struct checker *checker, const struct node *node, const struct type *a, const struct type *b)
{
	char first[100], second[100];
	if (checker->no_memory)
		return false;
	return checker_fail(checker, node->offset, "the types %s and %s are not compatible", checker_type_text(a, first),
			    checker_type_text(b, second));
}

const struct type *checker_entity_type(struct checker *checker, slice name)
{
	struct type *type = ARENA_NEW(checker->arena, struct type);
	slice *names = ARENA_NEW(checker->arena, slice);
	if (!type || !names) {
		checker_no_memory(checker);
		return NULL;
	}
	*names = name;
	*type = (struct type){.kind = TYPE_ENTITY, .count = 1, .names = names};
	return type;
}
