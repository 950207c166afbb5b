#include "daemon/yaml.h"

#include "base/buffer.h"
#include "check.h"

#include <string.h>

static struct arena arena;
static struct fault why;

static const struct yaml_node *parse(const char *text)
{
	const struct yaml_node *root;
	arena_free(&arena);
	arena_init(&arena, 64u << 20);
	CHECK_OK(yaml_parse(slice_of(text), "t.yaml", &arena, &root, &why), why);
	return root;
}

static void refused(const char *text, enum error code, const char *says)
{
	const struct yaml_node *root = NULL;
	arena_free(&arena);
	arena_init(&arena, 64u << 20);
	CHECK_ERROR(yaml_parse(slice_of(text), "t.yaml", &arena, &root, &why), code);
	CHECK(root == NULL);
	if (!strstr(why.sentence, says))
		print_error("got: %s\n", why.sentence);
	CHECK(strstr(why.sentence, says) != NULL);
	arena_free(&arena);
}

TEST(a_mapping_keeps_order_lines_and_keys)
{
	const struct yaml_node *root = parse("kind: agent\nowner:   bob\ntools: [a, b]\n");
	CHECK_INT(root->count, 3);
	CHECK_SLICE(root->first->key, SLICE("kind"));
	CHECK_SLICE(root->first->next->text, SLICE("bob"));
	CHECK_INT(root->first->next->line, 2);
	CHECK_INT(root->first->next->column, 10);
	CHECK_INT(root->first->next->key_column, 1);
	const struct yaml_node *tools = yaml_get(root, SLICE("tools"));
	CHECK_INT(tools->count, 2);
	CHECK_SLICE(tools->first->next->text, SLICE("b"));
	CHECK(yaml_get(root, SLICE("nobody")) == NULL);
	CHECK(yaml_get(NULL, SLICE("x")) == NULL);
	arena_free(&arena);
}

TEST(several_documents_are_a_list_and_empty_ones_are_left_out)
{
	const struct yaml_node *first;
	arena_init(&arena, 1u << 20);
	CHECK_OK(yaml_parse_all(SLICE("---\na: 1\n---\n---\nb: 2\n"), "t.yaml", &arena, &first, &why), why);
	CHECK(yaml_get(first, SLICE("a")) && yaml_get(first->next, SLICE("b")) && !first->next->next);
	CHECK_OK(yaml_parse_all(SLICE("# nothing\n"), "t.yaml", &arena, &first, &why), why);
	CHECK(first == NULL);
	arena_free(&arena);
	refused("a: 1\n---\nb: 2\n", E_SYNTAX, "t.yaml:3:1: a second document");
}

TEST(surprises_are_refused_with_their_place)
{
	refused("a: &x 1\nb: *x\n", E_SYNTAX, "t.yaml:1:4: anchors");
	refused("a: 1\nb: *x\n", E_SYNTAX, "t.yaml:2:4: aliases");
	refused("*x : 1\n", E_SYNTAX, "aliases");
	refused("a: !!str 1\n", E_SYNTAX, "t.yaml:1:4: tags");
	refused("a: ! 1\n", E_SYNTAX, "tags");
	refused("%YAML 1.1\n---\na: 1\n", E_SYNTAX, "directives");
	refused("a: 1\nb: 2\na: 3\n", E_SYNTAX, "t.yaml:3:1: duplicate key `a`, first given in line 1");
	refused("\"a\": 1\na: 2\n", E_SYNTAX, "duplicate key");
	refused("? [a, b]\n: 1\n", E_SYNTAX, "a key must be text");
	refused("\xEF\xBB\xBFx: 1\n", E_SYNTAX, "byte order mark");
	refused("a: [1, 2\n", E_SYNTAX, "t.yaml:2:1:");
	refused("a: \xff\n", E_SYNTAX, "t.yaml:1:1: byte");
	refused("a:\tb: c\n", E_SYNTAX, "t.yaml:1:");
}

TEST(limits_hold)
{
	struct buffer text;
	buffer_init(&text, 8u << 20);
	for (unsigned i = 0; i <= YAML_DEPTH_MAX; i++)
		buffer_add(&text, SLICE("["));
	buffer_add_byte(&text, '\0');
	refused(text.ptr, E_LIMIT, "nested too deeply");
	buffer_clear(&text);
	for (unsigned i = 0; i <= YAML_KEYS_MAX; i++)
		buffer_print(&text, "k%u: 1\n", i);
	buffer_add_byte(&text, '\0');
	refused(text.ptr, E_LIMIT, "too many keys");
	buffer_clear(&text);
	for (unsigned i = 0; i <= YAML_NODES_MAX; i++)
		buffer_add(&text, SLICE("- 1\n"));
	buffer_add_byte(&text, '\0');
	refused(text.ptr, E_LIMIT, "too many values");
	buffer_clear(&text);
	for (unsigned i = 0; i <= YAML_DOCUMENTS_MAX; i++)
		buffer_add(&text, SLICE("--- 1\n"));
	buffer_add_byte(&text, '\0');
	refused(text.ptr, E_LIMIT, "too many documents");
	buffer_clear(&text);
	for (unsigned i = 0; i <= YAML_BYTES_MAX; i++)
		buffer_add_byte(&text, '#');
	buffer_add_byte(&text, '\0');
	refused(text.ptr, E_LIMIT, "longer than");
	buffer_free(&text);
}

TEST(a_full_arena_is_told)
{
	const struct yaml_node *root;
	arena_init(&arena, 64);
	CHECK_ERROR(yaml_parse(SLICE("a: [1, 2, 3]\nb: 4\n"), "t.yaml", &arena, &root, &why), E_MEMORY);
	arena_free(&arena);
}

TEST(scalars_are_what_every_reader_agrees_on)
{
	static const struct {
		const char *text;
		enum yaml_sort sort;
	} rows[] = {
		{"a: x", YAML_TEXT}, {"a: 'true'", YAML_TEXT}, {"a: \"1\"", YAML_TEXT}, {"a: 10.0.0.1", YAML_TEXT},
		{"a: 2026-01-01", YAML_TEXT}, {"a: |\n  1\n", YAML_TEXT}, {"a:", YAML_NULL}, {"a: ~", YAML_NULL},
		{"a: null", YAML_NULL}, {"a: true", YAML_BOOLEAN}, {"a: false", YAML_BOOLEAN}, {"a: -12", YAML_INTEGER},
		{"a: 0", YAML_INTEGER}, {"a: 1.5", YAML_FLOAT}, {"a: 1e3", YAML_FLOAT}, {"a: 007", YAML_FLOAT},
		{"a: 0x1F", YAML_FLOAT}, {"a: .inf", YAML_FLOAT}, {"a: yes", YAML_AMBIGUOUS}, {"a: Off", YAML_AMBIGUOUS},
		{"a: True", YAML_AMBIGUOUS}, {"a: NULL", YAML_AMBIGUOUS}, {"a: e3", YAML_TEXT}, {"a: 1e", YAML_TEXT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum yaml_sort sort = yaml_sort(parse(rows[i].text)->first);
		if (sort != rows[i].sort)
			print_error("%s\n", rows[i].text);
		CHECK_INT(sort, rows[i].sort);
	}
	arena_free(&arena);
}

TEST(typed_reading_names_the_key_and_what_is_there)
{
	slice text = SLICE("before");
	bool boolean = false;
	int64_t integer = 7;
	const struct yaml_node *root = parse("t: x\nb: true\ni: 12\nn: yes\nl: []\nz: ~\n");
	CHECK_OK(yaml_read_text(root->first, &text, &why), why);
	CHECK_SLICE(text, SLICE("x"));
	CHECK_OK(yaml_read_boolean(yaml_get(root, SLICE("b")), &boolean, &why), why);
	CHECK(boolean);
	CHECK_OK(yaml_read_integer(yaml_get(root, SLICE("i")), 0, 12, &integer, &why), why);
	CHECK_INT(integer, 12);
	CHECK_ERROR(yaml_read_integer(yaml_get(root, SLICE("i")), 0, 11, &integer, &why), E_TYPE);
	CHECK(strstr(why.sentence, "t.yaml:3:4: `i` must be between 0 and 11"));
	CHECK_ERROR(yaml_read_integer(yaml_get(root, SLICE("t")), 0, 11, &integer, &why), E_TYPE);
	CHECK_ERROR(yaml_read_boolean(yaml_get(root, SLICE("n")), &boolean, &why), E_TYPE);
	CHECK(strstr(why.sentence, "`n` must be true or false, not an unclear word"));
	CHECK_ERROR(yaml_read_text(yaml_get(root, SLICE("i")), &text, &why), E_TYPE);
	CHECK(strstr(why.sentence, "write \"12\" in quotes"));
	CHECK_ERROR(yaml_read_text(yaml_get(root, SLICE("l")), &text, &why), E_TYPE);
	CHECK_ERROR(yaml_read_text(yaml_get(root, SLICE("z")), &text, &why), E_TYPE);
	CHECK(strcmp(why.field, "z") == 0);
	CHECK_ERROR(yaml_expect(root, YAML_SEQUENCE, &why), E_TYPE);
	arena_free(&arena);
}

TEST(an_unknown_key_is_refused_with_a_suggestion)
{
	static const char *const names[] = {"listen", "data"};
	CHECK_OK(yaml_check_keys(parse("data: x\n"), names, 2, &why), why);
	CHECK_ERROR(yaml_check_keys(parse("data: x\nlisten_: y\n"), names, 2, &why), E_INVALID);
	CHECK(strstr(why.sentence, "t.yaml:2:1: unknown key `listen_`; did you mean `listen`?"));
	CHECK_ERROR(yaml_check_keys(parse("nothing_alike: 1\n"), names, 2, &why), E_INVALID);
	CHECK(!strstr(why.sentence, "did you mean"));
	CHECK_ERROR(yaml_check_keys(parse("- 1\n"), names, 2, &why), E_TYPE);
	arena_free(&arena);
}
