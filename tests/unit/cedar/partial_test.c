#include "cedar/partial.h"

#include "cedar/cedar.h"
#include "cedar/policies.h"
#include "check.h"
#include "unit/cedar/world.h"

#include <string.h>

#define POLICIES_MAX 512u

struct visited {
	struct partial partial;
	const struct cedar_policyset *set;
	size_t calls;
	unsigned char seen[POLICIES_MAX];
};

static bool note_visit(void *context, uint32_t index)
{
	struct visited *visited = context;
	visited->calls++;
	if (partial_scope(&visited->partial, visited->set->policies[index]) & CEDAR_CAN_TRUE)
		visited->seen[index]++;
	return true;
}

static void print_policies(struct buffer *text)
{
	static const char *const principals[] = {
		"principal", "principal == Agent::\"a1\"", "principal in Team::\"t\"", "principal is Agent",
		"principal is Agent in Team::\"t\"", "principal == Agent::\"zz\"", "principal is Other"};
	static const char *const actions[] = {"action", "action == Action::\"read\"", "action in Action::\"any\"",
					      "action in [Action::\"x\", Action::\"read\"]", "action == Action::\"x\""};
	static const char *const resources[] = {"resource", "resource == File::\"/etc\"", "resource in Server::\"fs\"",
						"resource is File", "resource is File in Server::\"fs\"",
						"resource in Server::\"zz\"", "resource is Other"};
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < 5; j++)
			for (size_t k = 0; k < 7; k++)
				buffer_print(text, "permit(%s, %s, %s);\n", principals[i], actions[j], resources[k]);
}

/* Whatever is unknown, the index leaves out only policies whose head cannot match, and none is visited twice. */
TEST(requests_with_unknowns_find_what_a_linear_scan_finds)
{
	struct buffer text;
	struct arena arena;
	struct fault why = {0};
	buffer_init(&text, 1 << 20);
	arena_init(&arena, 1 << 22);
	print_policies(&text);
	struct cedar_policyset *set = world_policies(buffer_slice(&text));
	struct cedar_entities *entities = world_entities(SLICE(
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
		"{\"uid\":{\"type\":\"File\",\"id\":\"/etc\"},\"attrs\":{},\"parents\":[{\"type\":\"Server\",\"id\":\"fs\"}]},"
		"{\"uid\":{\"type\":\"Action\",\"id\":\"read\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":\"any\"}]}]"));
	const struct cedar_entities *layers[] = {entities};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {layers, 1, sets, 1};
	for (unsigned unknown = 0; unknown < 32; unknown++) {
		struct visited visited = {.set = set};
		struct cedar_request request = {.principal = world_uid(&arena, SLICE("Agent::\"a1\"")),
						.action = world_uid(&arena, SLICE("Action::\"read\"")),
						.resource = world_uid(&arena, SLICE("File::\"/etc\"")),
						.principal_unknown = unknown & 1,
						.action_unknown = unknown & 2,
						.resource_unknown = unknown & 4};
		/* Not even the type. */
		if ((unknown & 9) == 9)
			request.principal = NULL;
		if ((unknown & 20) == 20)
			request.resource = NULL;
		CHECK_OK(partial_start(&visited.partial, &request, &world, NULL, &arena, &why), why);
		CHECK(index_visit_open(&set->index, &visited.partial.evaluation, note_visit, &visited));
		/* Of 245, of which 120 can match; small buckets are looked through. */
		if (unknown == 1 || unknown == 4)
			CHECK(visited.calls < 200);
		for (uint32_t i = 0; i < set->count; i++) {
			bool matches = partial_scope(&visited.partial, set->policies[i]) & CEDAR_CAN_TRUE;
			CHECK_INT(visited.seen[i], matches);
		}
	}
	cedar_policyset_free(set);
	cedar_entities_free(entities);
	buffer_free(&text);
	arena_free(&arena);
}
