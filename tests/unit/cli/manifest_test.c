#include "cli/manifest.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct arena arena;
static struct manifest manifest;
static struct fault why;

static enum error add(const char *text)
{
	arena_free(&arena);
	arena_init(&arena, 64u << 20);
	manifest = (struct manifest){.arena = &arena};
	return manifest_add_yaml(&manifest, slice_of(text), "m.yaml", &why);
}

static void refused(const char *text, enum error code, const char *says)
{
	CHECK_ERROR(add(text), code);
	if (!strstr(why.sentence, says))
		print_error("got: %s\n", why.sentence);
	CHECK(strstr(why.sentence, says) != NULL);
	arena_free(&arena);
}

TEST(documents_become_objects)
{
	CHECK_OK(add("kind: purpose\nid: support\n---\nkind: agent\nid: bot\nowner: bob\npurpose: support\n"
		     "jwks: {keys: []}\n---\nkind: grant\nid: g1\nagent: bot\ntools: [fs.read_file]\npurpose_id: support\n"), why);
	CHECK_INT(manifest.count, 3);
	CHECK_SLICE(manifest.objects[1].json, SLICE("{\"id\":\"bot\",\"owner\":\"bob\",\"purpose\":\"support\","
						     "\"jwks\":{\"keys\":[]}}"));
	CHECK_SLICE(manifest.objects[2].id, SLICE("g1"));
	arena_free(&arena);
}

TEST(what_forbids_is_applied_before_what_permits)
{
	CHECK_OK(add("{kind: grant, id: g, agent: a, tools: [x.y], purpose_id: p}\n---\n{kind: policy, id: z, text: t}\n---\n"
		     "{kind: agent, id: a, owner: o, purpose: p}\n---\n{kind: principal, id: o, type: human}\n"), why);
	manifest_order(&manifest);
	CHECK_SLICE(manifest.objects[0].id, SLICE("o"));
	CHECK_SLICE(manifest.objects[1].id, SLICE("a"));
	CHECK_SLICE(manifest.objects[2].id, SLICE("z"));
	CHECK_SLICE(manifest.objects[3].id, SLICE("g"));
	arena_free(&arena);
}

TEST(a_mistake_is_refused_at_its_place)
{
	refused("kind: agnet\nid: x\n", E_INVALID, "m.yaml:1:7: no kind `agnet`; did you mean `agent`?");
	refused("id: x\n", E_INVALID, "m.yaml:1:1: this document has no `kind`");
	refused("- kind: agent\n", E_TYPE, "m.yaml:1:1: expected a mapping");
	refused("kind: agent\nid: x\nowner: o\npurpose: p\nmodle: y\n", E_INVALID,
		"m.yaml:5:1: agent has no field `modle`; did you mean `model`?");
	refused("kind: agent\nid: x\nowner: 7\npurpose: p\n", E_TYPE, "m.yaml:3:8: `owner` must be text; write \"7\" in quotes");
	refused("kind: agent\nid: x\nowner: [o]\npurpose: p\n", E_TYPE, "m.yaml:3:8: `owner` must be text, not a list");
	refused("kind: agent\nid: x\nowner: o\n", E_INVALID, "m.yaml:1:1: this agent has no `purpose`");
	refused("kind: agent\nowner: o\npurpose: p\n", E_INVALID, "this agent has no `id`");
	refused("kind: agent\nid: x\nstate: approved\nowner: o\npurpose: p\n", E_INVALID,
		"m.yaml:3:1: `state` is set by Tipstaff");
	refused("kind: agent\nid: x\nowner: o\npurpose: p\nclass: agentci\n", E_INVALID, "did you mean `agentic`?");
	refused("kind: agent\nid: x\nowner: o\npurpose: p\nclass: robot\n", E_INVALID, "one of: causal");
	refused("kind: agent\nid: a/b\nowner: o\npurpose: p\n", E_INVALID, "m.yaml:2:5: `a/b` is no id");
	refused("kind: grant\nid: g\nagent: a\ntools: x.y\npurpose_id: p\n", E_TYPE, "m.yaml:4:8: `tools` must be a list");
	refused("kind: grant\nid: g\nagent: a\ntools: [1]\npurpose_id: p\n", E_TYPE, "m.yaml:4:9: `tools` is a list of texts");
	refused("kind: server\nid: fs\nurl: http://x/\nauthorization: Bearer x\n", E_INVALID, "m.yaml:4:16: a secret does not");
	refused("kind: agent\nid: x\nowner: o\npurpose: p\njwks: {keys: [yes]}\n", E_TYPE, "`yes` is not clear");
	refused("kind: purpose\nid: p\n---\nkind: purpose\nid: p\n", E_CONFLICT, "m.yaml:5:5: purpose p is given twice");
	refused("kind: purpose\nid: p\nid: q\n", E_SYNTAX, "duplicate key `id`");
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	CHECK(file != NULL);
	fputs(text, file);
	fclose(file);
}

TEST(a_folder_gives_its_yaml_and_cedar_files_in_order)
{
	char folder[] = "/tmp/manifest-XXXXXX", inner[64];
	CHECK(mkdtemp(folder) != NULL);
	snprintf(inner, sizeof(inner), "%s/team", folder);
	CHECK(mkdir(inner, 0700) == 0);
	write_file(folder, "b.yaml", "kind: purpose\nid: p\n");
	write_file(folder, "a.cedar", "permit(principal, action, resource);\n");
	write_file(folder, "notes.txt", "kind: nonsense\n");
	write_file(folder, ".hidden.yaml", "kind: nonsense\n");
	write_file(inner, "c.cedar", "forbid(principal, action, resource);\n");
	arena_init(&arena, 64u << 20);
	manifest = (struct manifest){.arena = &arena};
	CHECK_OK(manifest_add(&manifest, slice_of(folder), &why), why);
	CHECK_INT(manifest.count, 3);
	CHECK_SLICE(manifest.objects[0].id, SLICE("a.cedar"));
	CHECK_SLICE(manifest.objects[2].id, SLICE("team.c.cedar"));
	CHECK(slice_find(manifest.objects[2].json, SLICE("\"source\":\"team/c.cedar\"")) != SIZE_MAX);
	CHECK_ERROR(manifest_add(&manifest, SLICE("/tmp/no-such-manifest.yaml"), &why), E_NOT_FOUND);
	write_file(folder, "-.cedar", "");
	CHECK_ERROR(manifest_add(&manifest, slice_of(folder), &why), E_INVALID);
	arena_free(&arena);
	snprintf(inner, sizeof(inner), "rm -rf %s", folder);
	CHECK_INT(system(inner), 0);
}

TEST(a_complaint_of_the_server_is_shown_where_the_field_is)
{
	CHECK_OK(add("kind: agent\nid: x\nowner: o\npurpose: p\n"), why);
	CHECK_ERROR(manifest_fail(&manifest.objects[0], SLICE("purpose"), E_INVALID, "is retired", &why), E_INVALID);
	CHECK(strcmp(why.sentence, "m.yaml:4:10: is retired") == 0);
	CHECK_ERROR(manifest_fail(&manifest.objects[0], SLICE("nothing"), E_CONFLICT, "no", &why), E_CONFLICT);
	CHECK(strcmp(why.sentence, "m.yaml:1:1: no") == 0);
	arena_free(&arena);
}
