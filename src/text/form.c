#include "text/form.h"

#include "text/url.h"
#include "text/utf8.h"

static enum error decode(slice *ret_text, slice raw, struct arena *arena, struct fault *why)
{
	slice spaced = raw;
	if (slice_find_byte(raw, '+', 0) != SIZE_MAX) {
		char *copy = arena_alloc(arena, raw.len);
		if (!copy)
			return FAIL(why, E_MEMORY, "no memory for a form");
		for (size_t i = 0; i < raw.len; i++)
			copy[i] = raw.ptr[i];
		for (size_t i = 0; i < raw.len; i++)
			if (copy[i] == '+')
				copy[i] = ' ';
		spaced = slice_from(copy, raw.len);
	}
	TRY(percent_decode(ret_text, spaced, arena, why));
	if (!utf8_valid(*ret_text))
		return FAIL(why, E_SYNTAX, "a form parameter that is not UTF-8");
	return E_OK;
}

static enum error add_pair(struct form *form, slice part, struct arena *arena, struct fault *why)
{
	slice value = part, name = slice_cut(&value, '=');
	struct form_pair *pair = &form->pairs[form->count++];
	TRY(decode(&pair->name, name, arena, why));
	return decode(&pair->value, value, arena, why);
}

enum error form_parse(struct form *ret_form, slice text, struct arena *arena, struct fault *why)
{
	struct form form = {0};
	size_t parts = 0;
	*ret_form = form;
	for (slice rest = text; rest.ptr;)
		parts += slice_cut(&rest, '&').len > 0;
	if (parts > FORM_PAIRS_MAX)
		return FAIL(why, E_LIMIT, "%zu form parameters, at most %u are read", parts, FORM_PAIRS_MAX);
	form.pairs = ARENA_ARRAY(arena, parts, struct form_pair);
	if (!form.pairs)
		return FAIL(why, E_MEMORY, "no memory for a form");
	for (slice rest = text; rest.ptr;) {
		slice part = slice_cut(&rest, '&');
		if (part.len > 0)
			TRY(add_pair(&form, part, arena, why));
	}
	*ret_form = form;
	return E_OK;
}

size_t form_count(const struct form *form, slice name)
{
	size_t count = 0;
	for (size_t i = 0; i < form->count; i++)
		count += slice_equal(form->pairs[i].name, name);
	return count;
}

bool form_get(const struct form *form, slice name, size_t nth, slice *ret_value)
{
	for (size_t i = 0; i < form->count; i++)
		if (slice_equal(form->pairs[i].name, name) && nth-- == 0) {
			*ret_value = form->pairs[i].value;
			return true;
		}
	return false;
}

enum error form_opt(const struct form *form, const char *name, slice *ret_value, struct fault *why)
{
	slice value;
	if (form_count(form, slice_of(name)) > 1)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" comes more than once", name);
	if (form_get(form, slice_of(name), 0, &value) && value.len > 0)
		*ret_value = value;
	return E_OK;
}

enum error form_need(const struct form *form, const char *name, slice *ret_value, struct fault *why)
{
	slice value = {0};
	TRY(form_opt(form, name, &value, why));
	if (value.len == 0)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" is missing", name);
	*ret_value = value;
	return E_OK;
}

static void encode(struct buffer *to, slice text)
{
	for (slice rest = text; rest.ptr;) {
		percent_encode(to, slice_cut(&rest, ' '));
		if (rest.ptr)
			buffer_add_byte(to, '+');
	}
}

void form_add(struct buffer *to, slice name, slice value)
{
	if (to->len > 0)
		buffer_add_byte(to, '&');
	encode(to, name);
	buffer_add_byte(to, '=');
	encode(to, value);
}
