#include "text/form.h"

#include "check.h"

static struct arena arena;
static struct fault why;

static enum error parse(struct form *form, slice text)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	return form_parse(form, text, &arena, &why);
}

TEST(parameters_come_in_order_and_decoded)
{
	struct form form;
	slice value;
	CHECK_OK(parse(&form, SLICE("a=1&b=x+y%2B%26&&c&a=2&d==&%C3%A9=&")), why);
	CHECK_INT(form.count, 6);
	CHECK_SLICE(form.pairs[1].value, SLICE("x y+&"));
	CHECK_SLICE(form.pairs[2].value, SLICE(""));
	CHECK_SLICE(form.pairs[4].value, SLICE("="));
	CHECK_SLICE(form.pairs[5].name, SLICE("\xc3\xa9"));
	CHECK_INT(form_count(&form, SLICE("a")), 2);
	CHECK(form_get(&form, SLICE("a"), 1, &value) && !form_get(&form, SLICE("a"), 2, &value));
	CHECK_SLICE(value, SLICE("2"));
	CHECK_OK(parse(&form, SLICE("")), why);
	CHECK_INT(form.count, 0);
}

TEST(a_parameter_is_needed_or_optional_and_comes_once)
{
	struct form form;
	slice value = SLICE("old");
	CHECK_OK(parse(&form, SLICE("a=1&b=2&b=3&c=&n%61me=v")), why);
	CHECK_OK(form_need(&form, "a", &value, &why), why);
	CHECK_SLICE(value, SLICE("1"));
	CHECK_OK(form_need(&form, "name", &value, &why), why);
	CHECK_OK(form_opt(&form, "c", &value, &why), why);
	CHECK_OK(form_opt(&form, "x", &value, &why), why);
	CHECK_SLICE(value, SLICE("v"));
	CHECK_ERROR(form_opt(&form, "b", &value, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("b"));
	CHECK_ERROR(form_need(&form, "b", &value, NULL), E_INVALID);
	CHECK_ERROR(form_need(&form, "c", &value, NULL), E_INVALID);
	CHECK_ERROR(form_need(&form, "x", &value, NULL), E_INVALID);
}

TEST(what_is_no_form_is_refused)
{
	struct form form;
	CHECK_ERROR(parse(&form, SLICE("a=%")), E_SYNTAX);
	CHECK_ERROR(parse(&form, SLICE("%zz=1")), E_SYNTAX);
	CHECK_ERROR(parse(&form, SLICE("a=%ff")), E_SYNTAX);
	CHECK_ERROR(parse(&form, SLICE("a=\xc3")), E_SYNTAX);
	CHECK_INT(form.count, 0);
	struct buffer buffer;
	buffer_init(&buffer, 10000);
	for (unsigned i = 0; i <= FORM_PAIRS_MAX; i++)
		form_add(&buffer, SLICE("a"), SLICE(""));
	CHECK_ERROR(parse(&form, buffer_slice(&buffer)), E_LIMIT);
	struct arena none = {0};
	CHECK_ERROR(form_parse(&form, SLICE("a=1"), &none, NULL), E_MEMORY);
	buffer_free(&buffer);
}

TEST(what_is_written_is_read_again)
{
	struct buffer buffer;
	struct form form;
	buffer_init(&buffer, 1000);
	form_add(&buffer, SLICE("grant type"), SLICE("urn:x:y"));
	form_add(&buffer, SLICE("b&"), SLICE("=+ %\xc3\xa9"));
	CHECK_SLICE(buffer_slice(&buffer), SLICE("grant+type=urn%3Ax%3Ay&b%26=%3D%2B+%25%C3%A9"));
	CHECK_OK(parse(&form, buffer_slice(&buffer)), why);
	CHECK_SLICE(form.pairs[1].name, SLICE("b&"));
	CHECK_SLICE(form.pairs[1].value, SLICE("=+ %\xc3\xa9"));
	buffer_free(&buffer);
	arena_free(&arena);
}
