#include "cli/policy_simulation.h"

#include "cli/line.h"

#include <string.h>

#define KEEP_BYTES_MAX (256u << 20)
#define GROUPS_MAX 100000u
#define RECORD_ARENA_BYTES_MAX (1u << 20) /* its lists, and texts that were escaped */

enum error simulation_begin(struct simulation *simulation, const struct hash_key *key, struct fault *why)
{
	*simulation = (struct simulation){.builder = snapshot_builder_new(key)};
	arena_init(&simulation->arena, KEEP_BYTES_MAX);
	arena_init(&simulation->record, RECORD_ARENA_BYTES_MAX);
	map_init(&simulation->groups, key, GROUPS_MAX);
	simulation->flips = ARENA_ARRAY(&simulation->arena, SIMULATION_FLIPS_MAX, struct simulation_flip);
	return simulation->builder && simulation->flips ? E_OK : FAIL(why, E_MEMORY, "no memory for a simulation");
}

static void changed_entities(struct simulation *simulation, int64_t revision)
{
	if (revision > 0 && (uint64_t)revision > simulation->entities_revision)
		simulation->entities_revision = (uint64_t)revision;
}

enum error simulation_add_object(struct simulation *simulation, enum kind kind, const struct json_doc *doc,
				 const struct json_node *object, struct fault *why)
{
	struct buffer change;
	struct json_writer writer;
	int64_t revision = line_number(doc, object, "revision");
	if (kind == KIND_ENTITIES)
		changed_entities(simulation, revision);
	buffer_init(&change, 1u << 20);
	json_writer_init(&writer, &change, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", "put");
	json_put_string(&writer, "kind", kind_row(kind)->name);
	json_put_string(&writer, "id", line_text(doc, object, "id"));
	json_put_i64(&writer, "revision", revision);
	json_write_key(&writer, SLICE("object"));
	json_write_node(&writer, doc, object);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK)
		code = snapshot_builder_apply(simulation->builder, buffer_slice(&change), why);
	buffer_free(&change);
	return code;
}

/* Where the next page ends. */
static uint64_t next_of(const struct json_doc *page)
{
	int64_t next;
	return json_i64(json_get(page, json_root(page), SLICE("next")), &next) && next > 0 ? (uint64_t)next : UINT64_MAX;
}

uint64_t simulation_add_changes(struct simulation *simulation, const struct json_doc *page)
{
	const struct json_node *items = json_get(page, json_root(page), SLICE("items"));
	for (const struct json_node *item = json_first(items); item; item = json_next(item))
		if (slice_equal(line_text(page, item, "object_kind"), kind_row(KIND_ENTITIES)->name))
			changed_entities(simulation, line_number(page, item, "object_revision"));
	return next_of(page);
}

enum error simulation_ready(struct simulation *simulation, const struct cedar_policyset *set, struct fault *why)
{
	TRY(snapshot_publish(simulation->builder, &simulation->snapshot, &simulation->retired, why));
	size_t places = cedar_policyset_count(set) + 1;
	simulation->set = set;
	simulation->to_deny_by = ARENA_ARRAY(&simulation->arena, places, struct simulation_change);
	simulation->to_permit_by = ARENA_ARRAY(&simulation->arena, places, struct simulation_change);
	if (!simulation->to_deny_by || !simulation->to_permit_by)
		return FAIL(why, E_MEMORY, "no memory for a simulation");
	const struct replay_settings settings = {simulation->snapshot, set, simulation->entities_revision};
	return replay_make(&simulation->replay, &settings, why);
}

static struct simulation_group *new_group(struct simulation *simulation, slice name, slice agent, slice tool)
{
	struct arena *arena = &simulation->arena;
	struct simulation_group *group = ARENA_NEW(arena, struct simulation_group);
	name = arena_copy(arena, name);
	if (!group || !name.ptr || map_put(&simulation->groups, name, group, NULL, NULL) != E_OK)
		return NULL;
	*group = (struct simulation_group){.agent = arena_copy(arena, agent), .tool = arena_copy(arena, tool)};
	return group;
}

static struct simulation_group *group_of(struct simulation *simulation, const struct record *record)
{
	slice tool = record->tool.len ? record->tool : record->action;
	struct simulation_group *last = simulation->group;
	if (last && slice_equal(last->agent, record->agent) && slice_equal(last->tool, tool))
		return last;
	const slice parts[] = {record->agent, SLICE("\n"), tool};
	slice name = arena_join(&simulation->record, parts, 3);
	if (!name.ptr)
		return NULL;
	struct simulation_group *group = map_get(&simulation->groups, name);
	return simulation->group = group ? group : new_group(simulation, name, record->agent, tool);
}

static void keep_flip(struct simulation *simulation, const struct record *record, const struct replay_result *result)
{
	struct arena *arena = &simulation->arena;
	bool to_permit = result->verdict == REPLAY_PERMIT;
	struct simulation_change *change = &(to_permit ? simulation->to_permit_by : simulation->to_deny_by)[result->policy];
	bool is_listed = simulation->flip_count < SIMULATION_FLIPS_MAX;
	if (change->count++ > 0 && !is_listed)
		return;
	const struct simulation_flip flip = {
		.id = arena_copy(arena, record->id), .agent = arena_copy(arena, record->agent),
		.tool = arena_copy(arena, record->tool.len ? record->tool : record->action),
		.target = arena_copy(arena, record->target), .time_ns = record->time_ns, .policy = result->policy,
		.to_permit = to_permit};
	if (change->count == 1)
		change->first = flip;
	if (is_listed)
		simulation->flips[simulation->flip_count++] = flip;
}

static void count_reason(struct simulation *simulation, const char *why)
{
	for (size_t i = 0; i < SIMULATION_REASONS_MAX; i++) {
		if (simulation->reasons[i].why && strcmp(simulation->reasons[i].why, why) != 0)
			continue;
		simulation->reasons[i].why = why;
		simulation->reasons[i].count++;
		return;
	}
}

enum error simulation_take(struct simulation *simulation, const struct record *record, struct fault *why)
{
	if (record->kind != RECORD_DECISION)
		return E_OK;
	struct replay_result result = replay_decide(simulation->replay, record);
	struct simulation_group *group = group_of(simulation, record);
	if (!group)
		return FAIL(why, E_MEMORY, "no memory for so many agents and tools");
	bool flips = replay_flips(record, &result), to_permit = result.verdict == REPLAY_PERMIT;
	simulation->decisions++;
	group->decisions++;
	if (result.verdict == REPLAY_UNKNOWN) {
		simulation->unknown++;
		group->unknown++;
		count_reason(simulation, result.why);
	}
	if (!flips)
		return E_OK;
	*(to_permit ? &simulation->to_permit : &simulation->to_deny) += 1;
	*(to_permit ? &group->to_permit : &group->to_deny) += 1;
	keep_flip(simulation, record, &result);
	return E_OK;
}

enum error simulation_take_bytes(struct simulation *simulation, slice bytes, const struct record_filter *filter,
				 struct fault *why)
{
	struct record record;
	if (record_peek_kind(bytes) != RECORD_DECISION && record_peek_kind(bytes) != RECORD_NONE)
		return E_OK;
	arena_reset(&simulation->record);
	TRY(record_decode(bytes, &record, &simulation->record, why));
	return record_filter_matches(filter, &record) ? simulation_take(simulation, &record, why) : E_OK;
}

enum error simulation_take_json(struct simulation *simulation, const struct json_node *node, struct fault *why)
{
	struct record record;
	arena_reset(&simulation->record);
	TRY(record_of_json(node, &simulation->record, &record, why));
	return simulation_take(simulation, &record, why);
}

enum error simulation_take_page(struct simulation *simulation, const struct json_doc *page, uint64_t *before,
				struct fault *why)
{
	const struct json_node *items = json_get(page, json_root(page), SLICE("items"));
	if (!json_is(items, JSON_ARRAY))
		return FAIL(why, E_INVALID, "these are no records: there is no list of items");
	for (const struct json_node *item = json_first(items); item; item = json_next(item))
		TRY(simulation_take_json(simulation, item, why));
	*before = next_of(page);
	return E_OK;
}

bool simulation_is_same(const struct simulation *simulation)
{
	return simulation->to_deny + simulation->to_permit + simulation->unknown == 0;
}

void simulation_end(struct simulation *simulation)
{
	replay_free(simulation->replay);
	retire_release(&simulation->retired);
	snapshot_builder_free(simulation->builder);
	map_free(&simulation->groups);
	arena_free(&simulation->record);
	arena_free(&simulation->arena);
	simulation->replay = NULL;
	simulation->builder = NULL;
}
