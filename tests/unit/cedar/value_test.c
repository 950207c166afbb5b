#include "cedar/value.h"

#include "base/memory.h"
#include "cedar/limits.h"
#include "check.h"
#include "unit/cedar/world.h"

static void check_text(struct cedar_value value, slice expected)
{
	struct buffer text;
	buffer_init(&text, 10000);
	cedar_value_write(&text, value);
	CHECK_SLICE(buffer_slice(&text), expected);
	buffer_free(&text);
}

TEST(sets_are_sorted_and_have_each_item_once)
{
	struct arena arena;
	struct fault why = {0};
	struct cedar_value set, other;
	arena_init(&arena, 1 << 20);
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("A"), SLICE("a\0b"));
	struct cedar_value items[] = {cedar_long(2),		cedar_string(SLICE("x")), cedar_bool(true), cedar_long(2),
				      cedar_entity(&uid), cedar_long(-1),		  cedar_bool(true)};
	CHECK_OK(cedar_set(&arena, items, 7, &set, &why), why);
	check_text(set, SLICE("[true, -1, 2, \"x\", A::\"a\\0b\"]"));
	CHECK(cedar_set_contains(set, cedar_long(2)) && !cedar_set_contains(set, cedar_string(SLICE("2"))));
	struct cedar_value reversed[] = {items[4], items[1], items[5], items[0], items[2]};
	CHECK_OK(cedar_set(&arena, reversed, 5, &other, &why), why);
	CHECK(cedar_value_equal(set, other));
	CHECK(!cedar_value_equal(set, cedar_long(1)));
	struct cedar_value many[100];
	for (int i = 0; i < 100; i++)
		many[i] = cedar_long(i * 37 % 100);
	CHECK_OK(cedar_set(&arena, many, 100, &set, &why), why);
	for (int i = 0; i < 100; i++)
		CHECK(cedar_set_contains(set, cedar_long(i)) && set.as.items[i].as.integer == i);
	CHECK(!cedar_set_contains(set, cedar_long(100)));
	arena_free(&arena);
}

TEST(records_have_each_key_once_and_are_found_by_it)
{
	struct arena arena;
	struct fault why = {0};
	struct cedar_value record;
	struct cedar_fields fields;
	static const char *const keys[] = {"k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a"};
	arena_init(&arena, 1 << 20);
	cedar_fields_init(&fields, &arena);
	for (int i = 0; i < 11; i++)
		cedar_fields_add(&fields, slice_of(keys[i]), cedar_long(i));
	CHECK_OK(cedar_fields_finish(&fields, &record, &why), why);
	for (int i = 0; i < 11; i++)
		CHECK_INT(cedar_record_get(record, slice_of(keys[i]))->as.integer, i);
	CHECK(cedar_record_get(record, SLICE("z")) == NULL);
	cedar_fields_add(&fields, SLICE("a"), cedar_long(1));
	CHECK_ERROR(cedar_fields_finish(&fields, &record, NULL), E_CONFLICT);
	arena_free(&arena);
}

TEST(what_is_no_value_too_deep_or_without_memory_is_refused)
{
	struct arena arena;
	struct cedar_value value = cedar_long(1), nothing = {0}, set;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(cedar_set(&arena, &nothing, 1, &set, NULL), E_INVALID);
	CHECK_ERROR(cedar_set(&arena, &value, CEDAR_ELEMENTS_MAX + 1u, &set, NULL), E_LIMIT);
	unsigned depth = 0;
	while (cedar_set(&arena, &value, 1, &value, NULL) == E_OK)
		depth++;
	CHECK_INT(depth, CEDAR_VALUE_DEPTH_MAX - 1);
	struct arena none = {0};
	CHECK_ERROR(cedar_set(&none, &nothing, 0, &set, NULL), E_MEMORY);
	CHECK_ERROR(cedar_record(&none, NULL, 0, &set, NULL), E_MEMORY);
	CHECK_ERROR(cedar_value_copy(&none, cedar_string(SLICE("x")), &set, NULL), E_MEMORY);
	struct cedar_fields fields;
	cedar_fields_init(&fields, &none);
	cedar_fields_add(&fields, SLICE("a"), cedar_long(1));
	CHECK_ERROR(cedar_fields_finish(&fields, &set, NULL), E_MEMORY);
	arena_free(&arena);
}

TEST(a_copy_stands_on_its_own)
{
	struct arena from, to;
	struct fault why = {0};
	struct cedar_value ip, set, record, copy;
	arena_init(&from, 1 << 20);
	arena_init(&to, 1 << 20);
	CHECK_OK(cedar_extension(&from, SLICE("ip"), SLICE("::ffff:0:1/64"), &ip, &why), why);
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("A"), SLICE("x"));
	struct cedar_value items[] = {ip, cedar_entity(&uid), cedar_string(arena_copy(&from, SLICE("text")))};
	CHECK_OK(cedar_set(&from, items, 3, &set, &why), why);
	struct cedar_field field = {SLICE("s"), set};
	CHECK_OK(cedar_record(&from, &field, 1, &record, &why), why);
	CHECK_OK(cedar_value_copy(&to, record, &copy, &why), why);
	CHECK(cedar_value_equal(record, copy));
	arena_free(&from);
	check_text(copy, SLICE("{\"s\": [\"text\", A::\"x\", ip(\"::ffff:0:1/64\")]}"));
	arena_free(&to);
}

TEST(constructors_take_what_they_take)
{
	struct arena arena;
	struct cedar_value value;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(cedar_extension(&arena, SLICE("decimal"), SLICE("1.5"), &value, NULL), E_OK);
	check_text(value, SLICE("decimal(\"1.5\")"));
	CHECK_ERROR(cedar_extension(&arena, SLICE("decimal"), SLICE("-0.0001"), &value, NULL), E_OK);
	check_text(value, SLICE("decimal(\"-0.0001\")"));
	CHECK_ERROR(cedar_extension(&arena, SLICE("datetime"), SLICE("1970-01-02"), &value, NULL), E_OK);
	CHECK_INT(value.as.integer, 86400000);
	CHECK_ERROR(cedar_extension(&arena, SLICE("duration"), SLICE("x"), &value, NULL), E_INVALID);
	CHECK_ERROR(cedar_extension(&arena, SLICE("isIpv4"), SLICE("x"), &value, NULL), E_INVALID);
	CHECK_ERROR(cedar_extension(&arena, SLICE("nope"), SLICE("x"), &value, NULL), E_INVALID);
	arena_free(&arena);
}

TEST(names_are_read_as_in_policies)
{
	struct arena arena;
	const struct cedar_uid *uid;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(cedar_uid_parse(&arena, &world_key, SLICE("A::B::\"x\\n\""), &uid, NULL), E_OK);
	CHECK_SLICE(uid->type, SLICE("A::B"));
	CHECK_SLICE(uid->id, SLICE("x\n"));
	struct cedar_uid made = cedar_uid_make(&world_key, SLICE("A::B"), SLICE("x\n"));
	CHECK(cedar_uid_equal(uid, &made));
	CHECK_ERROR(cedar_uid_parse(&arena, &world_key, SLICE("A::B"), &uid, NULL), E_SYNTAX);
	CHECK_ERROR(cedar_uid_parse(&arena, &world_key, SLICE("A::\"x\" y"), &uid, NULL), E_SYNTAX);
	CHECK_ERROR(cedar_uid_parse(&arena, &world_key, SLICE("if::\"x\""), &uid, NULL), E_SYNTAX);
	CHECK(cedar_name_check(SLICE("A::b_1")) && !cedar_name_check(SLICE("A::")) && !cedar_name_check(SLICE("")));
	CHECK(!cedar_name_check(SLICE("__cedar::A")) && !cedar_name_check(SLICE("A b")) && !cedar_name_check(SLICE("A::in")));
	arena_free(&arena);
}
