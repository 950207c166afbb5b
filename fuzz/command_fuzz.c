/* Whatever command is planned can be applied, leaves canonical objects, and a refused one changes nothing. */
#include "fuzz.h"

#include "registry/plan.h"

#include <string.h>

static const char *const seeds[] = {
	"{\"op\":\"create\",\"kind\":\"agent\",\"actor\":\"operator:a\",\"object\":{\"id\":\"bot\",\"owner\":\"al\","
	"\"purpose\":\"p\"}}",
	"{\"op\":\"create\",\"kind\":\"server\",\"actor\":\"operator:a\",\"object\":{\"id\":\"fs\",\"url\":\"http://h/\"}}",
	"{\"op\":\"create\",\"kind\":\"tool\",\"actor\":\"operator:a\",\"object\":{\"server\":\"fs\",\"name\":\"read\","
	"\"effect\":\"read\",\"definition\":{\"name\":\"read\"}}}",
	"{\"op\":\"create\",\"kind\":\"grant\",\"actor\":\"operator:a\",\"object\":{\"id\":\"g\",\"agent\":\"bot\","
	"\"tools\":[\"fs.*\"],\"purpose_id\":\"p\"}}",
};

/* What is stored is canonical: written again it is the same. */
static void check_stored(const struct registry *registry, const struct change *change, struct arena *arena)
{
	const struct registry_entry *entry = registry_get(registry, change->kind, change->id);
	struct object object;
	slice again;
	assert((entry != NULL) == (change->op == CHANGE_PUT));
	if (!entry)
		return;
	assert(entry->revision == change->revision);
	assert(object_parse(&object, kind_row(entry->kind), entry->json, OBJECT_STORED, arena, NULL) == E_OK);
	assert(object_write(&object, arena, &again, NULL) == E_OK);
	assert(slice_equal(again, entry->json));
}

static void run(struct registry *registry, slice text)
{
	struct arena arena;
	struct command command;
	struct plan plan;
	struct plan_context context = {.now_ms = 1800000000000};
	uint64_t revision = registry_revision(registry);
	arena_init(&arena, 256u << 20);
	if (command_read(&command, text, &arena, NULL) == E_OK &&
	    registry_plan(registry, &command, &context, &arena, &plan, NULL) == E_OK) {
		struct json_doc doc;
		assert(plan.body.len == 0 || json_parse(&doc, plan.body, NULL, &arena, NULL) == E_OK);
		assert(plan.revision == revision + plan.count && (plan.count == 0 || !command.dry_run));
		for (size_t i = 0; i < plan.count; i++) {
			assert(registry_apply(registry, &plan.changes[i], NULL) == E_OK);
			check_stored(registry, &plan.changes[i], &arena);
		}
	}
	assert(registry_revision(registry) >= revision);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct hash_key key = {1, 2};
	struct registry *registry;
	if (registry_make(&registry, &key, NULL) != E_OK)
		return 0;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		run(registry, slice_of(seeds[i]));
	assert(registry_revision(registry) == 6);
	run(registry, slice_from(bytes, length));
	registry_free(registry);
	return 0;
}
