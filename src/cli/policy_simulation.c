#include "cli/policy_simulation.h"

#include "cli/line.h"
#include "cli/printed.h"
#include "cli/screen.h"
#include "text/time.h"

#include <stdlib.h>
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

static void keep_flip(struct simulation *simulation, const struct record *record, bool to_permit)
{
	struct arena *arena = &simulation->arena;
	if (simulation->flip_count == SIMULATION_FLIPS_MAX)
		return;
	simulation->flips[simulation->flip_count++] = (struct simulation_flip){
		.id = arena_copy(arena, record->id), .agent = arena_copy(arena, record->agent),
		.tool = arena_copy(arena, record->tool.len ? record->tool : record->action),
		.target = arena_copy(arena, record->target), .time_ns = record->time_ns, .to_permit = to_permit};
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
	keep_flip(simulation, record, to_permit);
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

/* --- what came of it --- */

static int by_name(const void *a, const void *b)
{
	const struct simulation_group *x = *(const struct simulation_group *const *)a;
	const struct simulation_group *y = *(const struct simulation_group *const *)b;
	int order = slice_compare(x->agent, y->agent);
	return order ? order : slice_compare(x->tool, y->tool);
}

/* Those where something would change or cannot be told; all where `all`. */
static enum error list_groups(struct simulation *simulation, bool all, const struct simulation_group ***ret_groups,
			      size_t *ret_count, struct fault *why)
{
	const struct simulation_group **groups =
		arena_alloc_array(&simulation->arena, simulation->groups.count + 1, sizeof(*groups));
	size_t position = 0;
	if (!groups)
		return FAIL(why, E_MEMORY, "no memory for the answer");
	*ret_count = 0;
	for (const struct map_entry *entry; (entry = map_next(&simulation->groups, &position));) {
		const struct simulation_group *group = entry->value;
		if (all || group->to_deny + group->to_permit + group->unknown > 0)
			groups[(*ret_count)++] = group;
	}
	qsort(groups, *ret_count, sizeof(*groups), by_name);
	*ret_groups = groups;
	return E_OK;
}

static struct time_text time_of(const struct simulation_flip *flip)
{
	return time_format_ns(flip->time_ns > INT64_MAX ? INT64_MAX : (int64_t)flip->time_ns);
}

static void print_flip(const struct simulation_flip *flip)
{
	struct time_text time = time_of(flip);
	screen_colour(stdout, flip->to_permit ? SCREEN_GREEN : SCREEN_RED);
	printf("%s", flip->to_permit ? "DENY -> PERMIT  " : "PERMIT -> DENY  ");
	screen_colour(stdout, SCREEN_PLAIN);
	screen_text(stdout, slice_sub(time_slice(&time), 0, 19));
	printf("  ");
	screen_text(stdout, flip->agent);
	printf(" -> ");
	screen_text(stdout, flip->tool);
	printf(" ");
	screen_text(stdout, flip->target);
	printf("  ");
	screen_text(stdout, flip->id);
	printf("\n");
}

static void add_count(struct screen_table *table, uint64_t count)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	screen_table_add(table, slice_of(text));
}

static enum error print_groups(struct simulation *simulation, struct fault *why)
{
	static const char *const titles[] = {"AGENT", "TOOL", "DECISIONS", "TO DENY", "TO PERMIT", "UNKNOWN"};
	const struct simulation_group **groups;
	struct screen_table table;
	size_t count;
	TRY(list_groups(simulation, false, &groups, &count, why));
	if (count == 0)
		return E_OK;
	screen_table_init(&table, titles, 6);
	for (size_t i = 0; i < count; i++) {
		screen_table_add(&table, groups[i]->agent);
		screen_table_add(&table, groups[i]->tool);
		add_count(&table, groups[i]->decisions);
		add_count(&table, groups[i]->to_deny);
		add_count(&table, groups[i]->to_permit);
		add_count(&table, groups[i]->unknown);
	}
	printf("\n");
	return screen_table_print(&table, stdout, screen_width(stdout), why);
}

enum error simulation_print(struct simulation *simulation, uint64_t show, struct fault *why)
{
	uint64_t flips = simulation->to_deny + simulation->to_permit;
	for (size_t i = 0; i < simulation->flip_count && i < show; i++)
		print_flip(&simulation->flips[i]);
	if (flips > show)
		printf("and %llu more\n", (unsigned long long)(flips - show));
	TRY(print_groups(simulation, why));
	for (size_t i = 0; i < SIMULATION_REASONS_MAX && simulation->reasons[i].why; i++)
		printf("unknown %llu  %s\n", (unsigned long long)simulation->reasons[i].count, simulation->reasons[i].why);
	printf("%llu decisions: %llu would flip (%llu to deny, %llu to permit), %llu unknown, %llu the same\n",
	       (unsigned long long)simulation->decisions, (unsigned long long)flips, (unsigned long long)simulation->to_deny,
	       (unsigned long long)simulation->to_permit, (unsigned long long)simulation->unknown,
	       (unsigned long long)(simulation->decisions - flips - simulation->unknown));
	return E_OK;
}

static void write_flips(const struct simulation *simulation, struct json_writer *writer)
{
	json_put_array(writer, "flips");
	for (size_t i = 0; i < simulation->flip_count; i++) {
		const struct simulation_flip *flip = &simulation->flips[i];
		struct time_text time = time_of(flip);
		json_begin_object(writer);
		json_put_string(writer, "id", flip->id);
		json_put_string(writer, "time", time_slice(&time));
		json_put_string(writer, "agent", flip->agent);
		json_put_string(writer, "tool", flip->tool);
		json_put_string(writer, "target", flip->target);
		json_put_text(writer, "was", flip->to_permit ? "DENY" : "PERMIT");
		json_put_text(writer, "would_be", flip->to_permit ? "PERMIT" : "DENY");
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_groups(const struct simulation_group *const *groups, size_t count, struct json_writer *writer)
{
	json_put_array(writer, "groups");
	for (size_t i = 0; i < count; i++) {
		json_begin_object(writer);
		json_put_string(writer, "agent", groups[i]->agent);
		json_put_string(writer, "tool", groups[i]->tool);
		json_put_u64(writer, "decisions", groups[i]->decisions);
		json_put_u64(writer, "to_deny", groups[i]->to_deny);
		json_put_u64(writer, "to_permit", groups[i]->to_permit);
		json_put_u64(writer, "unknown", groups[i]->unknown);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_reasons(const struct simulation *simulation, struct json_writer *writer)
{
	json_put_array(writer, "unknown_because");
	for (size_t i = 0; i < SIMULATION_REASONS_MAX && simulation->reasons[i].why; i++) {
		json_begin_object(writer);
		json_put_text(writer, "why", simulation->reasons[i].why);
		json_put_u64(writer, "count", simulation->reasons[i].count);
		json_end_object(writer);
	}
	json_end_array(writer);
}

enum error simulation_print_json(struct simulation *simulation, struct fault *why)
{
	const struct simulation_group **groups;
	struct printed printed;
	size_t count;
	TRY(list_groups(simulation, true, &groups, &count, why));
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_u64(writer, "decisions", simulation->decisions);
	json_put_u64(writer, "to_deny", simulation->to_deny);
	json_put_u64(writer, "to_permit", simulation->to_permit);
	json_put_u64(writer, "unknown", simulation->unknown);
	write_flips(simulation, writer);
	write_groups(groups, count, writer);
	write_reasons(simulation, writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
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
