/* What `tipstaff policy simulate` found, for people, as JSON and as SARIF. */
#include "cli/policy_simulation.h"

#include "cli/diagnostics.h"
#include "cli/printed.h"
#include "cli/screen.h"
#include "text/time.h"

#include <stdlib.h>

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

static void write_flip(const struct simulation *simulation, const struct simulation_flip *flip, struct json_writer *writer)
{
	struct time_text time = time_of(flip);
	json_begin_object(writer);
	json_put_string(writer, "id", flip->id);
	json_put_string(writer, "time", time_slice(&time));
	json_put_string(writer, "agent", flip->agent);
	json_put_string(writer, "tool", flip->tool);
	json_put_string(writer, "target", flip->target);
	json_put_text(writer, "was", flip->to_permit ? "DENY" : "PERMIT");
	json_put_text(writer, "would_be", flip->to_permit ? "PERMIT" : "DENY");
	if (flip->policy > 0)
		json_put_string(writer, "policy", cedar_policyset_info(simulation->set, flip->policy - 1).id);
	json_end_object(writer);
}

static void write_flips(const struct simulation *simulation, struct json_writer *writer)
{
	json_put_array(writer, "flips");
	for (size_t i = 0; i < simulation->flip_count; i++)
		write_flip(simulation, &simulation->flips[i], writer);
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

/* What flips one way; who is newly permitted is a warning, as of `policy diff`. */
static enum error keep_change(const struct simulation *simulation, const struct simulation_change *change, slice path,
			      struct diagnostics *found, struct fault *why)
{
	const struct simulation_flip *first = &change->first;
	const char *was = first->to_permit ? "denied" : "permitted", *is = first->to_permit ? "permitted" : "denied";
	unsigned long long count = change->count;
	struct diagnostic one = {.rule = first->to_permit ? DIAGNOSTIC_NEW_ALLOW : DIAGNOSTIC_LOST_ALLOW,
				 .is_warning = true, .is_note = !first->to_permit, .source = path};
	struct json_writer writer;
	struct buffer example;
	if (change->count == 0)
		return E_OK;
	if (first->policy > 0) {
		struct cedar_policy_info info = cedar_policyset_info(simulation->set, first->policy - 1);
		one.source = info.source;
		one.policy = info.id;
		one.line = info.line;
		one.column = 1;
		one.message = arena_print(found->arena, "%.*s: recorded decisions that were %s are %s by it: %llu", SLICE_ARG(info.id),
					  was, is, count);
	} else {
		one.message = arena_print(found->arena, "recorded decisions that were %s are %s, by no single policy: %llu", was, is,
					  count);
	}
	buffer_init(&example, 1u << 20);
	json_writer_init(&writer, &example, JSON_COMPACT);
	write_flip(simulation, first, &writer);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK)
		one.example = arena_copy(found->arena, buffer_slice(&example));
	buffer_free(&example);
	TRY(code);
	if (!one.message.ptr || !one.example.ptr)
		return FAIL(why, E_MEMORY, "no memory for a finding");
	return diagnostics_add(found, &one, why);
}

static enum error keep_unknown(const struct simulation *simulation, slice path, struct diagnostics *found, struct fault *why)
{
	for (size_t i = 0; i < SIMULATION_REASONS_MAX && simulation->reasons[i].why; i++) {
		struct diagnostic one = {.rule = DIAGNOSTIC_UNKNOWN, .is_note = true, .source = path};
		one.message = arena_print(found->arena, "recorded decisions of which it cannot be told, because %s: %llu",
					  simulation->reasons[i].why, (unsigned long long)simulation->reasons[i].count);
		if (!one.message.ptr)
			return FAIL(why, E_MEMORY, "no memory for a finding");
		TRY(diagnostics_add(found, &one, why));
	}
	return E_OK;
}

enum error simulation_print_sarif(struct simulation *simulation, slice path, struct fault *why)
{
	struct diagnostics found = {.arena = &simulation->arena};
	for (size_t i = 0; i <= cedar_policyset_count(simulation->set); i++) {
		TRY(keep_change(simulation, &simulation->to_permit_by[i], path, &found, why));
		TRY(keep_change(simulation, &simulation->to_deny_by[i], path, &found, why));
	}
	TRY(keep_unknown(simulation, path, &found, why));
	return diagnostics_print_sarif(&found, why);
}
