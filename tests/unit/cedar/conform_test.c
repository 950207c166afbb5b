#include "cedar/conform.h"

#include "cedar/limits.h"
#include "check.h"
#include "text/json.h"
#include "unit/cedar/world.h"

#include <string.h>

/* What is refused here is refused by the reference engine too, and the other way round. */
static const slice schema_text = SLICE_INIT(
	"namespace N { "
	"type Ctx = {ip: ipaddr, n?: Long, s: Set<String>, who?: User, e?: E, rs?: Set<{a: Long, \"b c\"?: Bool}>}; "
	"entity Group in [Group]; entity E enum [\"x\", \"y\"]; entity Q enum [\"only\"]; "
	"entity User in [Group] = {name: String, age?: Long, boss?: User, col?: Set<E>, t?: {a: Long, b?: Bool}} tags E; "
	"entity R in [E, Group] {owner: User}; "
	"action g; action h in [g]; "
	"action v in [h] appliesTo {principal: [User, E], resource: [R, Q], context: Ctx}; }");

static struct cedar_schema *load_schema(void)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), schema_text, &schema, NULL, &why), why);
	return schema;
}

/* The sentences, one a line. */
static slice told(struct arena *arena, const struct cedar_conformance *found)
{
	struct buffer text;
	buffer_init(&text, 100000);
	for (size_t i = 0; i < found->kept; i++) {
		buffer_add_text(&text, i ? "\n" : "");
		cedar_mismatch_write(&text, &found->mismatches[i]);
	}
	slice copy = arena_copy(arena, buffer_slice(&text));
	buffer_free(&text);
	return copy;
}

static struct cedar_uid uid_of(struct arena *arena, const char *text)
{
	const struct cedar_uid *uid;
	struct fault why = {0};
	CHECK_OK(cedar_uid_parse(arena, &world_key, slice_of(text), &uid, &why), why);
	return *uid;
}

static struct cedar_value value_of(struct arena *arena, const char *text)
{
	struct json_doc doc;
	struct cedar_value value;
	struct fault why = {0};
	CHECK_OK(json_parse(&doc, arena_copy(arena, slice_of(text)), NULL, arena, &why), why);
	CHECK_OK(cedar_value_from_json(arena, &world_key, &doc, json_root(&doc), &value, &why), why);
	return value;
}

#define IP "\"ip\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}}"
#define FINE "{" IP ",\"s\":[\"a\"]}"
#define WITH(more) "{" IP ",\"s\":[]," more "}"

TEST(a_request_conforms_where_the_reference_engine_says_so)
{
	static const struct {
		const char *principal, *action, *resource, *context, *says;
	} rows[] = {
		{"N::User::\"a\"", "v", "N::R::\"r\"", FINE, ""},
		{"N::E::\"x\"", "v", "N::Q::\"only\"", FINE, ""},
		{"N::User::\"a\"", "zz", "N::R::\"r\"", FINE, "action: N::Action::\"zz\" is not declared in the schema"},
		{"N::User::\"a\"", "g", "N::R::\"r\"", "{}",
		 "principal: N::Action::\"g\" applies to nothing, got N::User::\"a\"\n"
		 "resource: N::Action::\"g\" applies to nothing, got N::R::\"r\""},
		{"N::Nope::\"a\"", "v", "N::R::\"r\"", FINE,
		 "principal: N::Nope::\"a\" is of a type that is not declared in the schema"},
		{"N::Group::\"a\"", "v", "N::User::\"r\"", FINE,
		 "principal: N::Action::\"v\" applies to N::E | N::User, got N::Group::\"a\"\n"
		 "resource: N::Action::\"v\" applies to N::Q | N::R, got N::User::\"r\""},
		{"N::E::\"z\"", "v", "N::R::\"r\"", FINE, "principal: N::E::\"z\" is not one of the entities of its enum"},
		{"N::User::\"a\"", "v", "N::Q::\"z\"", FINE, "resource: N::Q::\"z\" is not one of the entities of its enum"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", "{\"s\":[]}", "context.ip is missing; expected ipaddr"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"x\":1"), "context.x is not declared in the schema"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"x y\":1"), "context[\"x y\"] is not declared in the schema"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"n\":\"a\""), "context.n: expected Long, got \"a\""},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"n\":true"), "context.n: expected Long, got true"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", "{" IP ",\"s\":[1]}", "context.s[]: expected String, got 1"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", "{" IP ",\"s\":1}", "context.s: expected Set<String>, got 1"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"who\":{\"__entity\":{\"type\":\"N::R\",\"id\":\"q\"}}"),
		 "context.who: expected N::User, got N::R::\"q\""},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"e\":{\"__entity\":{\"type\":\"N::E\",\"id\":\"q\"}}"),
		 "context.e: N::E::\"q\" is not one of the entities of its enum"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", "{\"ip\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.1\"}},\"s\":[]}",
		 "context.ip: expected ipaddr, got decimal(\"1.1\")"},
		{"N::User::\"a\"", "v", "N::R::\"r\"", WITH("\"rs\":[{\"a\":1},{\"b c\":2}]"),
		 "context.rs[].a is missing; expected Long\ncontext.rs[][\"b c\"]: expected Bool, got 2"},
		{"N::Nope::\"a\"", "v", "Nope::\"r\"", "{\"s\":[]}",
		 "principal: N::Nope::\"a\" is of a type that is not declared in the schema\n"
		 "resource: Nope::\"r\" is of a type that is not declared in the schema\n"
		 "context.ip is missing; expected ipaddr"},
	};
	struct cedar_schema *schema = load_schema();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct cedar_conformance found;
		struct fault why = {0};
		arena_init(&arena, 1 << 20);
		struct cedar_uid principal = uid_of(&arena, rows[i].principal), resource = uid_of(&arena, rows[i].resource);
		struct cedar_uid action = cedar_uid_make(&world_key, SLICE("N::Action"), slice_of(rows[i].action));
		struct cedar_request request = {.principal = &principal, .action = &action, .resource = &resource,
						.context = value_of(&arena, rows[i].context)};
		CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
		CHECK_SLICE(told(&arena, &found), slice_of(rows[i].says));
		CHECK_INT(found.count == 0, rows[i].says[0] == '\0');
		arena_free(&arena);
	}
	cedar_schema_free(schema);
}

TEST(a_request_without_parts_does_not_conform_and_of_the_unknown_only_the_type_counts)
{
	struct cedar_schema *schema = load_schema();
	struct arena arena;
	struct cedar_conformance found;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("N::Action"), SLICE("v"));
	struct cedar_uid any = cedar_uid_make(&world_key, SLICE("N::E"), SLICE("any"));
	struct cedar_request request = {0};
	CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
	CHECK_SLICE(told(&arena, &found), SLICE("action is missing"));
	request.action = &action;
	CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
	CHECK_SLICE(told(&arena, &found),
		    SLICE("principal is missing\nresource is missing\ncontext.ip is missing; expected ipaddr\n"
			  "context.s is missing; expected Set<String>"));
	request = (struct cedar_request){.action = &action, .principal = &any, .principal_unknown = true,
					 .resource_unknown = true, .context = value_of(&arena, FINE)};
	CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
	CHECK_INT(found.count, 0);
	any = cedar_uid_make(&world_key, SLICE("N::R"), SLICE("any"));
	CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
	CHECK_INT(found.count, 1);
	arena_free(&arena);
	cedar_schema_free(schema);
}

TEST(an_unknown_value_conforms_where_all_it_can_be_does)
{
	struct cedar_schema *schema = load_schema();
	struct arena arena;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	struct cedar_uid action = uid_of(&arena, "N::Action::\"v\""), e = uid_of(&arena, "N::E::\"x\"");
	struct cedar_uid user = uid_of(&arena, "N::User::\"\""), group = uid_of(&arena, "N::Group::\"\"");
	const struct {
		slice name;
		struct cedar_value value;
		size_t count;
	} rows[] = {
		{SLICE("n"), cedar_unknown_of(CEDAR_LONG), 0},
		{SLICE("n"), cedar_unknown_optional(cedar_unknown_of(CEDAR_LONG)), 0},
		{SLICE("n"), cedar_unknown_of(CEDAR_BOOL), 1},
		{SLICE("n"), cedar_unknown(), 1},
		{SLICE("who"), cedar_unknown_entity(&user), 0},
		{SLICE("who"), cedar_unknown_entity(&group), 1},
		{SLICE("who"), cedar_unknown_entity(NULL), 1},
		{SLICE("rs"), cedar_unknown_of(CEDAR_SET), 0},
		{SLICE("rs"), cedar_unknown_of(CEDAR_IP), 1},
		{SLICE("nope"), cedar_unknown_of(CEDAR_IP), 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_conformance found;
		struct cedar_field fields[3] = {{SLICE("ip"), cedar_unknown_of(CEDAR_IP)},
						{SLICE("s"), cedar_unknown_of(CEDAR_SET)},
						{rows[i].name, rows[i].value}};
		struct cedar_request request = {.action = &action, .principal = &e, .resource_unknown = true};
		CHECK_OK(cedar_record(&arena, fields, 3, &request.context, &why), why);
		CHECK_OK(cedar_conform_request(schema, &request, &arena, &found, &why), why);
		CHECK_INT(found.count, rows[i].count);
	}
	arena_free(&arena);
	cedar_schema_free(schema);
}

static struct cedar_entities *load_entities(const struct hash_key *key, const char *json)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(key);
	struct cedar_entities *entities;
	struct fault why = {0};
	CHECK_OK(cedar_entities_add_json(builder, SLICE("e.json"), slice_of(json), NULL, &why), why);
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	return entities;
}

#define ENTITY(type, id, attrs, parents) \
	"{\"uid\":{\"type\":\"N::" type "\",\"id\":\"" id "\"},\"attrs\":" attrs ",\"parents\":[" parents "]}"
#define TAGGED(type, id, attrs, tags) \
	"{\"uid\":{\"type\":\"N::" type "\",\"id\":\"" id "\"},\"attrs\":" attrs ",\"parents\":[],\"tags\":" tags "}"
#define UID(type, id) "{\"type\":\"N::" type "\",\"id\":\"" id "\"}"
#define REF(type, id) "{\"__entity\":" UID(type, id) "}"
#define NAMED "{\"name\":\"n\"}"
#define OWNED "{\"owner\":" REF("User", "u") "}"

TEST(entities_conform_where_the_reference_engine_says_so)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
		{"", ""},
		{ENTITY("User", "a", NAMED, UID("Group", "g")), ""},
		{ENTITY("Nope", "a", "{}", ""), "N::Nope::\"a\": the type is not declared in the schema"},
		{ENTITY("User", "a", "{}", ""), "N::User::\"a\": attribute name is missing; expected String"},
		{ENTITY("User", "a", "{\"name\":1}", ""), "N::User::\"a\": attribute name: expected String, got 1"},
		{ENTITY("User", "a", "{\"name\":\"n\",\"z z\":1}", ""),
		 "N::User::\"a\": attribute \"z z\" is not declared in the schema"},
		{ENTITY("User", "a", "{\"name\":\"n\",\"t\":{\"a\":\"x\"}}", ""),
		 "N::User::\"a\": attribute t.a: expected Long, got \"x\""},
		{ENTITY("User", "a", "{\"name\":\"n\",\"t\":{\"b\":true,\"c\":1}}", ""),
		 "N::User::\"a\": attribute t.a is missing; expected Long\n"
		 "N::User::\"a\": attribute t.c is not declared in the schema"},
		{ENTITY("User", "a", "{\"name\":\"n\",\"boss\":" REF("R", "b") "}", ""),
		 "N::User::\"a\": attribute boss: expected N::User, got N::R::\"b\""},
		{ENTITY("User", "a", "{\"name\":\"n\",\"boss\":" REF("Action", "v") "}", ""),
		 "N::User::\"a\": attribute boss: expected N::User, got N::Action::\"v\""},
		{ENTITY("User", "a", "{\"name\":\"n\",\"col\":[]}", ""), ""},
		{ENTITY("User", "a", "{\"name\":\"n\",\"col\":[" REF("E", "x") "," REF("E", "zz") "]}", ""),
		 "N::User::\"a\": attribute col[]: N::E::\"zz\" is not one of the entities of its enum"},
		{TAGGED("User", "a", NAMED, "{\"k\":" REF("E", "x") "}"), ""},
		{TAGGED("User", "a", NAMED, "{\"k\":1}"), "N::User::\"a\": tag k: expected N::E, got 1"},
		{TAGGED("User", "a", NAMED, "{\"k k\":" REF("E", "q") "}"),
		 "N::User::\"a\": tag \"k k\": N::E::\"q\" is not one of the entities of its enum"},
		{TAGGED("Group", "g", "{}", "{\"a\":\"b\"}"), "N::Group::\"g\": tag a stands on a type that has no tags"},
		{TAGGED("Group", "g", "{}", "{}"), ""},
		{ENTITY("User", "a", NAMED, UID("User", "b")),
		 "N::User::\"a\": parent: N::User::\"b\" is of a type that it is not declared to be in"},
		{ENTITY("R", "a", OWNED, UID("E", "x")), ""},
		{ENTITY("R", "a", OWNED, UID("E", "q")),
		 "N::R::\"a\": parent: N::E::\"q\" is not one of the entities of its enum"},
		{ENTITY("R", "a", OWNED, UID("Group", "g")) "," ENTITY("Group", "g", "{}", UID("Group", "h")), ""},
		{ENTITY("User", "a", NAMED, UID("Group", "g")) "," ENTITY("Group", "g", "{}", UID("E", "x")),
		 "N::Group::\"g\": parent: N::E::\"x\" is of a type that it is not declared to be in"},
		{ENTITY("E", "x", "{}", ""), ""},
		{ENTITY("E", "q", "{\"a\":1}", UID("Group", "g")),
		 "N::E::\"q\": the id is not one of those of its enum\n"
		 "N::E::\"q\": attribute a is not declared in the schema\n"
		 "N::E::\"q\": parent: N::Group::\"g\" is of a type that it is not declared to be in"},
		{ENTITY("Action", "v", "{}", UID("Action", "h") "," UID("Action", "g")), ""},
		{ENTITY("Action", "v", "{}", UID("Action", "h")) "," ENTITY("Action", "h", "{}", UID("Action", "g")), ""},
		{ENTITY("Action", "v", "{}", UID("Action", "h")),
		 "N::Action::\"v\": the action is in other groups than the schema says"},
		{ENTITY("Action", "v", "{}", UID("Action", "h") "," UID("Action", "q")),
		 "N::Action::\"v\": the action is in other groups than the schema says"},
		{ENTITY("Action", "g", "{\"a\":1}", ""), "N::Action::\"g\": the action has attributes or tags"},
		{TAGGED("Action", "g", "{}", "{\"a\":\"x\"}"), "N::Action::\"g\": the action has attributes or tags"},
		{ENTITY("Action", "vv", "{}", ""), "N::Action::\"vv\": the action is not declared in the schema"},
		{"{\"uid\":{\"type\":\"Action\",\"id\":\"v\"},\"attrs\":{},\"parents\":[]}",
		 "Action::\"v\": the action is not declared in the schema"},
	};
	struct cedar_schema *schema = load_schema();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct cedar_conformance found;
		struct fault why = {0};
		arena_init(&arena, 1 << 20);
		slice json = arena_print(&arena, "[%s]", rows[i].json);
		struct cedar_entities *entities = load_entities(&world_key, json.ptr);
		CHECK_OK(cedar_conform_entities(schema, entities, &arena, &found, &why), why);
		CHECK_SLICE(told(&arena, &found), slice_of(rows[i].says));
		CHECK_INT(found.count == 0, rows[i].says[0] == '\0');
		cedar_entities_free(entities);
		arena_free(&arena);
	}
	cedar_schema_free(schema);
}

TEST(long_values_and_paths_are_cut_in_sentences)
{
	struct cedar_schema *schema = load_schema();
	struct arena arena;
	struct cedar_conformance found;
	struct fault why = {0};
	char json[5000];
	memset(json, 'x', sizeof(json));
	memcpy(json, "[{\"uid\":{\"type\":\"N::User\",\"id\":\"a\"},\"parents\":[],\"attrs\":{\"name\":[\"", 67);
	memcpy(json + sizeof(json) - 8, "\"]}}]\0\0", 8);
	arena_init(&arena, 1 << 20);
	struct cedar_entities *entities = load_entities(&world_key, json);
	CHECK_OK(cedar_conform_entities(schema, entities, &arena, &found, &why), why);
	CHECK_SLICE(told(&arena, &found), SLICE("N::User::\"a\": attribute name: expected String, got a long set"));
	cedar_entities_free(entities);
	arena_free(&arena);
	cedar_schema_free(schema);
}

TEST(of_many_mismatches_the_first_are_kept_and_all_are_counted)
{
	struct cedar_schema *schema = load_schema();
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	struct cedar_entities *entities;
	struct arena arena;
	struct cedar_conformance found;
	struct fault why = {0};
	arena_init(&arena, 1 << 22);
	for (unsigned i = 0; i < CEDAR_MISMATCHES_MAX + 5; i++) {
		struct cedar_entity_input entity = {.type = SLICE("N::User"), .id = arena_print(&arena, "%u", i)};
		CHECK_OK(cedar_entities_add(builder, &entity, &why), why);
	}
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	CHECK_OK(cedar_conform_entities(schema, entities, &arena, &found, &why), why);
	CHECK_INT(found.count, CEDAR_MISMATCHES_MAX + 5);
	CHECK_INT(found.kept, CEDAR_MISMATCHES_MAX);
	CHECK_SLICE(found.mismatches[CEDAR_MISMATCHES_MAX - 1].uid->id, SLICE("999"));
	struct arena none = {0};
	CHECK_ERROR(cedar_conform_entities(schema, entities, &none, &found, NULL), E_MEMORY);
	CHECK(found.count > 0);
	struct cedar_request request = {0};
	CHECK_ERROR(cedar_conform_request(schema, &request, &none, &found, NULL), E_MEMORY);
	CHECK(found.count > 0);
	cedar_entities_free(entities);
	arena_free(&arena);
	cedar_schema_free(schema);
}

TEST(schema_and_entities_must_share_the_hash_key)
{
	static const struct hash_key other = {5, 6};
	struct cedar_schema *schema = load_schema();
	struct arena arena;
	struct cedar_conformance found;
	arena_init(&arena, 1 << 20);
	struct cedar_entities *entities = load_entities(&other, "[]");
	CHECK_ERROR(cedar_conform_entities(schema, entities, &arena, &found, NULL), E_INVALID);
	CHECK(found.count > 0);
	cedar_entities_free(entities);
	arena_free(&arena);
	cedar_schema_free(schema);
}
