#include "registry/plan_work.h"

#include "base/memory.h"
#include "world.h"

#include <string.h>

/* A command that must be refused: 422, the field named, nothing stored. */
struct refusal {
	const char *command;
	const char *field;
};

static void refused(struct world *world, const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t before = world_count(world);
		uint64_t revision = registry_revision(world->registry);
		int status = world_do(world, rows[i].command);
		if (status != 422 || strcmp(world->why.field, rows[i].field) != 0)
			print_error("%s\n%d %s: %s\n", rows[i].command, status, world->why.field, world->why.sentence);
		CHECK_INT(status, 422);
		CHECK_SLICE(slice_of(world->why.field), slice_of(rows[i].field));
		CHECK_INT(world_count(world), before);
		CHECK_INT(registry_revision(world->registry), revision);
	}
}
#define REFUSED(world, rows) refused((world), (rows), sizeof(rows) / sizeof((rows)[0]))

TEST(an_agent_without_owner_or_purpose_is_refused_and_nothing_is_stored)
{
	static const struct refusal rows[] = {
		{CREATE("agent", "{\"purpose\":\"p\"}"), "owner"},
		{CREATE("agent", "{\"owner\":\"alice\"}"), "purpose"},
		{CREATE("agent", "{\"owner\":\"\",\"purpose\":\"p\"}"), "owner"},
		{CREATE("agent", "{\"owner\":null,\"purpose\":\"p\"}"), "owner"},
		{CREATE("agent", "{\"owner\":7,\"purpose\":\"p\"}"), "owner"},
		{CREATE("agent", "{\"owner\":\"a b\",\"purpose\":\"p\"}"), "owner"},
	};
	struct world world;
	world_make(&world);
	REFUSED(&world, rows);
	CHECK_INT(world_count(&world), 0);
	world_free(&world);
}

TEST(every_field_is_held_to_its_type_and_named_where_it_is_wrong)
{
	static const struct refusal rows[] = {
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"onwer\":\"b\"}"), "onwer"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"class\":\"agent\"}"), "class"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"state\":\"approved\"}"), "state"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"revision\":1}"), "revision"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"kind\":\"task\"}"), "kind"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"id\":\"../x\"}"), "id"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"name\":\"\\u001b[2J\"}"), "name"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"jwks\":{\"keys\":[]}}"), "jwks"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"d\":\"x\"}]}}"),
		 "jwks"},
		{CREATE("agent", "{\"owner\":\"a\",\"purpose\":\"p\",\"jwks\":{\"keys\":[{\"kty\":\"oct\"}]}}"), "jwks"},
		{CREATE("principal", "{\"id\":\"a\"}"), "type"},
		{CREATE("principal", "{\"id\":\"a\",\"type\":\"robot\"}"), "type"},
		{CREATE("purpose", "{}"), "id"},
		{CREATE("server", "{\"id\":\"FS\",\"url\":\"http://h/\"}"), "id"},
		{CREATE("server", "{\"id\":\"fs\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"file:///etc\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"http:///x\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"http://u:p@h/\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/ x\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/#f\"}"), "url"},
		{CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/\",\"protocol_version\":\"2024\"}"), "protocol_version"},
		{CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\"}"), "effect"},
		{CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\"}"), "server"},
		{CREATE("policy", "{\"id\":\"p\"}"), "text"},
		{CREATE("policy", "{\"id\":\"p\",\"text\":\"\"}"), "text"},
	};
	struct world world;
	world_make(&world);
	REFUSED(&world, rows);
	world_free(&world);
}

static void make_agent(struct world *world)
{
	world_make(world);
	CHECK_INT(world_do(world, CREATE("agent", "{\"id\":\"bot\",\"owner\":\"alice\",\"purpose\":\"support\"}")), 201);
}

TEST(an_agent_has_its_seven_fields_and_its_owner_and_purpose_are_made_with_it)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world.plan.count, 3);
	CHECK(world_answer_has(&world, "\"created\":[{\"kind\":\"principal\",\"id\":\"alice\"},"
				       "{\"kind\":\"purpose\",\"id\":\"support\"}]"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "owner"), SLICE("alice"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "purpose"), SLICE("support"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "environment"), SLICE("dev"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "model"), SLICE("unknown"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "class"), SLICE("generative"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "state"), SLICE("registered"));
	CHECK_SLICE(world_text(&world, KIND_PRINCIPAL, "alice", "type"), SLICE("human"));
	CHECK_INT(registry_get(world.registry, KIND_AGENT, SLICE("bot"))->revision, 3);
	CHECK_INT(world_do(&world, CREATE("agent", "{\"owner\":\"alice\",\"purpose\":\"support\"}")), 201);
	CHECK(!world_answer_has(&world, "created\":[") && slice_starts_with(world.plan.id, SLICE("agent_")));
	world_free(&world);
}

TEST(one_person_may_be_owner_and_deputy_though_new)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("agent", "{\"owner\":\"al\",\"deputy\":\"al\",\"purpose\":\"p\"}")), 201);
	CHECK_INT(registry_count(world.registry, KIND_PRINCIPAL), 1);
	world_free(&world);
}

TEST(what_exists_is_not_created_again)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, CREATE("agent", "{\"id\":\"bot\",\"owner\":\"mallory\",\"purpose\":\"x\"}")), 409);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "owner"), SLICE("alice"));
	CHECK_INT(world_count(&world), 3);
	world_free(&world);
}

TEST(a_put_of_an_equal_object_changes_nothing)
{
	struct world world;
	make_agent(&world);
	uint64_t revision = registry_revision(world.registry);
	CHECK_INT(world_do(&world, PUT("agent", "bot", "{\"purpose\":\"support\",\"owner\":\"\\u0061lice\"}")), 200);
	CHECK_INT(world.plan.count, 0);
	/* What was read can be written back, read-only fields and all. */
	struct buffer command;
	buffer_init(&command, 65536);
	buffer_add_text(&command, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"bot\"," ACTOR ",\"object\":");
	buffer_add(&command, world.plan.body);
	buffer_add(&command, slice_from("}", 2));
	CHECK_INT(world_do(&world, command.ptr), 200);
	CHECK_INT(world.plan.count, 0);
	buffer_free(&command);
	CHECK_INT(registry_revision(world.registry), revision);
	world_free(&world);
}

TEST(silence_in_a_put_clears_what_is_plain_and_keeps_what_is_authority)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, PUT("agent", "bot", "{\"owner\":\"alice\",\"purpose\":\"support\",\"team\":\"x\"}")), 200);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "approve")), 200);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "observe")), 200);
	CHECK_INT(world_do(&world, PUT("agent", "bot", "{\"owner\":\"alice\",\"purpose\":\"support\"}")), 200);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "team"), SLICE(""));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "state"), SLICE("approved"));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "enforcement"), SLICE("observe"));
	CHECK_INT(world_do(&world, PATCH("principal", "alice", "{\"state\":\"disabled\"}")), 200);
	CHECK_INT(world_do(&world, PUT("principal", "alice", "{\"type\":\"human\"}")), 200);
	CHECK_SLICE(world_text(&world, KIND_PRINCIPAL, "alice", "state"), SLICE("disabled"));
	world_free(&world);
}

TEST(a_patch_merges_and_null_removes)
{
	static const struct refusal rows[] = {
		{PATCH("agent", "bot", "{\"owner\":null}"), "owner"},
		{PATCH("agent", "bot", "{\"state\":\"approved\"}"), "state"},
		{PATCH("agent", "bot", "{\"id\":\"other\"}"), "id"},
		{PATCH("agent", "bot", "{\"purpose\":\"nowhere nowhere\"}"), "purpose"},
	};
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, PATCH("agent", "bot", "{\"team\":\"x\",\"model\":\"m1\"}")), 200);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "model"), SLICE("m1"));
	CHECK_INT(world_do(&world, PATCH("agent", "bot", "{\"team\":null,\"model\":null}")), 200);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "team"), SLICE(""));
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "model"), SLICE("unknown"));
	CHECK_INT(world_do(&world, PATCH("agent", "nobody", "{\"team\":\"x\"}")), 404);
	REFUSED(&world, rows);
	world_free(&world);
}

TEST(a_write_that_expects_another_revision_is_refused)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, "{\"op\":\"patch\",\"kind\":\"agent\",\"id\":\"bot\"," ACTOR
				   ",\"if_match\":2,\"object\":{\"team\":\"x\"}}"), 412);
	CHECK_INT(world_do(&world, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"new\"," ACTOR
				   ",\"if_match\":2,\"object\":{\"owner\":\"alice\",\"purpose\":\"support\"}}"), 412);
	CHECK_INT(world_do(&world, "{\"op\":\"patch\",\"kind\":\"agent\",\"id\":\"bot\"," ACTOR
				   ",\"if_match\":3,\"object\":{\"team\":\"x\"}}"), 200);
	world_free(&world);
}

TEST(a_dry_run_says_what_would_change_and_changes_nothing)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, "{\"op\":\"create\",\"kind\":\"agent\"," ACTOR ",\"dry_run\":true,"
				   "\"object\":{\"id\":\"bot\",\"owner\":\"alice\",\"purpose\":\"p\"}}"), 200);
	CHECK(world_answer_has(&world, "\"dry_run\":true") && world_answer_has(&world, "\"before\":null"));
	CHECK_INT(world_count(&world), 0);
	CHECK_INT(registry_revision(world.registry), 0);
	CHECK_INT(world_do(&world, "{\"op\":\"create\",\"kind\":\"agent\"," ACTOR ",\"dry_run\":true,"
				   "\"object\":{\"id\":\"bot\",\"owner\":\"alice\"}}"), 422);
	world_free(&world);
}

TEST(a_grant_needs_a_purpose_an_agent_and_tools_that_can_be)
{
	static const struct refusal rows[] = {
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.read\"]}"), "purpose_id"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.read\"],\"purpose_id\":\"none\"}"), "purpose_id"},
		{CREATE("grant", "{\"agent\":\"who\",\"tools\":[\"fs.read\"],\"purpose_id\":\"support\"}"), "agent"},
		{CREATE("grant", "{\"agent\":\"bot\",\"purpose_id\":\"support\"}"), "tools"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[],\"purpose_id\":\"support\"}"), "tools"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"*\"],\"purpose_id\":\"support\"}"), "tools[0]"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.a\",3],\"purpose_id\":\"support\"}"), "tools[1]"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.a\"],\"targets\":[\"\"],\"purpose_id\":\"support\"}"),
		 "targets[0]"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.a\"],\"expires_at\":\"soon\",\"purpose_id\":\"support\"}"),
		 "expires_at"},
		{CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.a\"],\"expires_at\":\"2001-01-01T00:00:00Z\","
				 "\"purpose_id\":\"support\"}"), "expires_at"},
	};
	struct world world;
	make_agent(&world);
	REFUSED(&world, rows);
	CHECK_INT(world_do(&world, CREATE("grant", "{\"id\":\"g\",\"agent\":\"bot\",\"tools\":[\"fs.read\",\"git.*\"],"
						   "\"purpose_id\":\"support\",\"expires_at\":\"2099-01-01T01:00:00+01:00\"}")),
		  201);
	CHECK_SLICE(world_text(&world, KIND_GRANT, "g", "expires_at"), SLICE("2099-01-01T00:00:00.000Z"));
	CHECK_INT(world_do(&world, PATCH("grant", "g", "{\"agent\":\"other\"}")), 422);
	world_free(&world);
}

TEST(only_active_humans_answer_for_agents_and_only_active_purposes_are_served)
{
	static const struct refusal rows[] = {
		{CREATE("agent", "{\"owner\":\"ci\",\"purpose\":\"support\"}"), "owner"},
		{CREATE("agent", "{\"owner\":\"eve\",\"purpose\":\"support\"}"), "owner"},
		{CREATE("agent", "{\"owner\":\"alice\",\"purpose\":\"old\"}"), "purpose"},
		{CREATE("task", "{\"agent\":\"bot\",\"purpose\":\"old\"}"), "purpose"},
		{CREATE("task", "{\"agent\":\"bot\",\"purpose\":\"support\",\"on_behalf_of\":\"ci\"}"), "on_behalf_of"},
		{CREATE("task", "{\"agent\":\"bot\",\"purpose\":\"support\",\"on_behalf_of\":\"eve\"}"), "on_behalf_of"},
	};
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, CREATE("principal", "{\"id\":\"ci\",\"type\":\"service\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("principal", "{\"id\":\"eve\",\"type\":\"human\",\"state\":\"disabled\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("purpose", "{\"id\":\"old\"}")), 201);
	CHECK_INT(world_do(&world, MOVE("purpose", "old", "retire")), 200);
	REFUSED(&world, rows);
	CHECK_INT(world_do(&world, CREATE("task", "{\"id\":\"t\",\"agent\":\"bot\",\"purpose\":\"support\"}")), 201);
	CHECK_SLICE(world_text(&world, KIND_TASK, "t", "requester"), SLICE("operator:admin"));
	world_free(&world);
}

TEST(what_is_referred_to_is_not_deleted_and_an_agent_never_is)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, DELETE("principal", "alice")), 409);
	CHECK_INT(world_do(&world, DELETE("purpose", "support")), 409);
	CHECK_INT(world_do(&world, DELETE("agent", "bot")), 409);
	CHECK_INT(world_do(&world, DELETE("grant", "none")), 404);
	CHECK_INT(world_do(&world, CREATE("server", "{\"id\":\"fs\",\"url\":\"http://127.0.0.1:1/mcp\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("grant", "{\"id\":\"g\",\"agent\":\"bot\",\"tools\":[\"fs.*\"],"
						   "\"purpose_id\":\"support\"}")), 201);
	CHECK_INT(world_do(&world, DELETE("server", "fs")), 409);
	CHECK_INT(world_do(&world, DELETE("grant", "g")), 204);
	CHECK_INT(world_do(&world, DELETE("server", "fs")), 204);
	CHECK_INT(registry_count(world.registry, KIND_TOOL), 0);
	world_free(&world);
}

TEST(a_revocation_stays_as_long_as_what_it_revokes_could_live)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j1\",\"expires_at\":\"2027-01-15T08:00:10Z\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j2\"}")), 201);
	CHECK_INT(world_do(&world, DELETE("revocation", "j1")), 409);
	CHECK_INT(world_do(&world, DELETE("revocation", "j2")), 409);
	world.context.now_ms += 20000;
	CHECK_INT(world_do(&world, DELETE("revocation", "j1")), 204);
	CHECK_INT(world_do(&world, DELETE("revocation", "j2")), 409);
	world_free(&world);
}

TEST(a_new_revocation_clears_away_those_that_have_expired)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j1\",\"expires_at\":\"2027-01-15T08:00:10Z\"}")), 201);
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j2\"}")), 201);
	world.context.now_ms += 20000;
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j1\"}")), 409);
	CHECK_INT(world_do(&world, CREATE("revocation", "{\"id\":\"j3\"}")), 201);
	CHECK(!world_answer_has(&world, "\"created\":"));
	CHECK_INT(registry_count(world.registry, KIND_REVOCATION), 2);
	CHECK(registry_get(world.registry, KIND_REVOCATION, SLICE("j1")) == NULL);
	world_free(&world);
}

TEST(a_secret_is_never_shown_and_stays_until_it_is_taken_away)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/\",\"authorization\":\"sealed-x\"}")), 201);
	CHECK(!world_answer_has(&world, "sealed-x") && world_answer_has(&world, "\"authorization_set\":true"));
	CHECK_INT(world_do(&world, PUT("server", "fs", "{\"url\":\"http://h2/\",\"authorization_set\":true}")), 200);
	CHECK_SLICE(world_text(&world, KIND_SERVER, "fs", "authorization"), SLICE("sealed-x"));
	CHECK_INT(world_do(&world, PUT("server", "fs", "{\"url\":\"http://h2/\",\"authorization\":null}")), 200);
	CHECK_SLICE(world_text(&world, KIND_SERVER, "fs", "authorization"), SLICE(""));
	CHECK(world_answer_has(&world, "\"authorization_set\":false"));
	world_free(&world);
}

TEST(a_tool_is_named_after_its_server_and_pins_its_definition)
{
	static const struct refusal rows[] = {
		{CREATE("tool", "{\"id\":\"fs.other\",\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\"}"), "id"},
		{CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\",\"definition\":{\"name\":\"x\"}}"),
		 "definition"},
		{CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\",\"target\":{\"argument\":\"p\"}}"),
		 "target.type"},
		{CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\",\"definition_sha256\":\"00\"}"),
		 "definition_sha256"},
	};
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/\"}")), 201);
	REFUSED(&world, rows);
	CHECK_INT(world_do(&world, CREATE("tool", "{\"server\":\"fs\",\"name\":\"read\",\"effect\":\"read\","
						  "\"definition\":{ \"name\":\"read\" },"
						  "\"target\":{\"argument\":\"path\",\"type\":\"path\"}}")), 201);
	/* sha256 of {"name":"read"} */
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "definition_sha256"),
		    SLICE("6a7296be2d50ccb2ca26b9ea6ec1692b395c27c07fdfe9a1a705c0e1c04a3b99"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("pinned"));
	world_free(&world);
}

static enum error no_policy(void *context, slice id, slice text, struct fault *why)
{
	(void)context;
	(void)id;
	return slice_starts_with(text, SLICE("permit")) ? E_OK : FAIL(why, E_SYNTAX, "p:1:1: not Cedar");
}

TEST(a_policy_that_cannot_be_loaded_is_not_stored)
{
	static const struct refusal rows[] = {{CREATE("policy", "{\"id\":\"p\",\"text\":\"bad\"}"), "text"}};
	struct world world;
	world_make(&world);
	world.context.check_policy = no_policy;
	REFUSED(&world, rows);
	CHECK_SLICE(slice_of(world.why.sentence), SLICE("p:1:1: not Cedar"));
	CHECK_INT(world_do(&world, CREATE("policy", "{\"id\":\"p\",\"text\":\"permit(principal, action, resource);\"}")), 201);
	world_free(&world);
}

static enum error no_two_alike(void *context, const struct plan_source *sources, size_t count, struct fault *fault)
{
	(void)context;
	for (size_t i = 0; i + 1 < count; i++)
		if (slice_equal(sources[i].text, sources[count - 1].text))
			return FAIL(fault, E_CONFLICT, "%.*s says so already", SLICE_ARG(sources[i].id));
	return E_OK;
}

TEST(entities_are_refused_that_cannot_be_loaded_with_the_others)
{
	static const struct refusal rows[] = {{CREATE("entities", "{\"id\":\"b\",\"text\":\"x\"}"), "text"}};
	struct world world;
	world_make(&world);
	world.context.check_entities = no_two_alike;
	CHECK_INT(world_do(&world, CREATE("entities", "{\"id\":\"a\",\"text\":\"x\"}")), 201);
	REFUSED(&world, rows);
	CHECK_SLICE(slice_of(world.why.sentence), SLICE("a says so already"));
	CHECK_INT(world_do(&world, CREATE("entities", "{\"id\":\"b\",\"text\":\"y\"}")), 201);
	world_free(&world);
}

TEST(an_enforcement_point_names_its_key_and_what_it_may_assert)
{
#define DIGEST "\"key_sha256\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
	static const struct refusal rows[] = {
		{CREATE("pep", "{\"id\":\"a\"}"), "key_sha256"},
		{CREATE("pep", "{\"id\":\"a\",\"key_sha256\":\"secret\"}"), "key_sha256"},
		{CREATE("pep", "{\"id\":\"a\"," DIGEST ",\"asserts\":[\"role\"]}"), "asserts[0]"},
		{CREATE("pep", "{\"id\":\"a\"," DIGEST ",\"asserts\":[\"subject.role\",\"action.x\"]}"), "asserts[1]"},
		{CREATE("pep", "{\"id\":\"a\"," DIGEST ",\"asserts\":[\"subject.\"]}"), "asserts[0]"},
		{CREATE("pep", "{\"id\":\"a\"," DIGEST ",\"may_search\":1}"), "may_search"},
	};
	struct world world;
	world_make(&world);
	REFUSED(&world, rows);
	CHECK_INT(world_do(&world, CREATE("pep", "{\"id\":\"a\"," DIGEST ",\"asserts\":[\"subject.role\",\"resource.*\"]}")), 201);
	/* Authority does not change by silence. */
	CHECK_INT(world_do(&world, "{\"op\":\"put\",\"kind\":\"pep\",\"id\":\"a\"," ACTOR ",\"object\":{\"id\":\"a\"," DIGEST "}}"), 200);
	CHECK(slice_find(registry_get(world.registry, KIND_PEP, SLICE("a"))->json, SLICE("subject.role")) != SIZE_MAX);
	CHECK(slice_find(registry_get(world.registry, KIND_PEP, SLICE("a"))->json, SLICE("\"may_search\":false")) != SIZE_MAX);
	world_free(&world);
}

TEST(what_is_too_long_is_refused_with_its_name)
{
	static char text[60000];
	static const char head[] = "{\"op\":\"create\",\"kind\":\"policy\"," ACTOR ",\"object\":{\"id\":\"p\",\"text\":\"";
	memcpy(text, head, sizeof(head) - 1);
	memset(text + sizeof(head) - 1, 'x', 50000);
	memcpy(text + sizeof(head) - 1 + 50000, "\"}}", 4);
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, text), 422);
	CHECK_SLICE(slice_of(world.why.field), SLICE("text"));
	CHECK_INT(world_count(&world), 0);
	world_free(&world);
}

TEST(a_command_that_is_none_is_refused)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, "{"), 400);
	CHECK_INT(world_do(&world, "{\"op\":\"create\"}"), 422);
	CHECK_INT(world_do(&world, "{\"op\":\"create\",\"kind\":\"dragon\"," ACTOR "}"), 422);
	CHECK_INT(world_do(&world, "{\"op\":\"fly\",\"kind\":\"agent\"," ACTOR "}"), 422);
	CHECK_INT(world_do(&world, "{\"op\":\"create\",\"kind\":\"agent\",\"object\":{}}"), 422);
	CHECK_INT(world_do(&world, "{\"op\":\"create\",\"kind\":\"agent\"," ACTOR "}"), 422);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"x\",\"verb\":\"retire\",\"reason\":\"\\n\","
				   ACTOR "}"), 422);
	world_free(&world);
}

TEST(without_memory_nothing_is_planned)
{
	struct world world;
	make_agent(&world);
	uint64_t revision = registry_revision(world.registry);
	for (uint64_t nth = 1; nth < 200; nth++) {
		struct command command;
		struct plan plan;
		struct arena arena;
		arena_init(&arena, 1u << 24);
		memory_fail_at(nth);
		enum error code = command_read(&command, SLICE(PATCH("agent", "bot", "{\"team\":\"x\"}")), &arena, NULL);
		if (code == E_OK)
			code = registry_plan(world.registry, &command, &world.context, &arena, &plan, NULL);
		memory_fail_at(0);
		CHECK(code == E_OK || code == E_MEMORY || code == E_LIMIT);
		arena_free(&arena);
	}
	CHECK_INT(registry_revision(world.registry), revision);
	world_free(&world);
}
