/* `tipstaff policy simulate`: what recorded decisions would have been under the policies of files. */
#include "cli/policy.h"

#include "cli/diagnostics.h"
#include "cli/objects.h"
#include "cli/policy_simulation.h"
#include "cli/record_file.h"
#include "net/clock.h"
#include "store/log_reader.h"
#include "text/time.h"

#define RECORDS_PAGE 500u

struct simulate {
	struct remote settings; /* as given on the command line; each page has a remote of its own */
	struct option_list policies;
	slice records;          /* a file instead of the server's log */
	slice log;              /* the log, or a copy of it, without asking the server */
	slice since;
	slice agent;
	uint64_t show;
	struct diagnostics_form form;
	bool check;
	struct arena arena;
	struct simulation simulation;
};

static enum error read_candidate(struct simulate *simulate, struct cedar_policyset **ret_set, struct fault *why)
{
	struct policy_world world = {.arena = &simulate->arena};
	struct folder folder = {.arena = &simulate->arena};
	TRY(policy_files(&folder, simulate->policies.items, simulate->policies.count, why));
	TRY(policy_world_policies(&world, &folder, why));
	*ret_set = world.set;
	return E_OK;
}

/* --- what the server knows now --- */

static enum error take_objects(struct simulate *simulate, struct remote *remote, enum kind kind, struct fault *why)
{
	struct show_row *rows;
	size_t count;
	TRY(objects_list(remote, kind_row(kind), SLICE(""), &rows, &count, why));
	for (size_t i = 0; i < count; i++)
		TRY(simulation_add_object(&simulate->simulation, kind, rows[i].doc, rows[i].object, why));
	return E_OK;
}

/* Entities that were removed have left no object, but their change is in the log. */
static enum error take_changes(struct simulate *simulate, struct remote *remote, struct fault *why)
{
	uint64_t before = UINT64_MAX;
	do {
		struct remote_reply reply;
		slice path = before == UINT64_MAX
			? arena_print(&remote->arena, "/v1/decisions?kind=change&limit=%u", RECORDS_PAGE)
			: arena_print(&remote->arena, "/v1/decisions?kind=change&limit=%u&before=%llu", RECORDS_PAGE,
				      (unsigned long long)before);
		TRY(remote_get(remote, path, &reply, why));
		before = simulation_add_changes(&simulate->simulation, &reply.doc);
	} while (before != UINT64_MAX);
	return E_OK;
}

static enum error take_registry(struct simulate *simulate, struct remote *remote, struct fault *why)
{
	static const enum kind kinds[] = {KIND_SERVER, KIND_AGENT, KIND_TOOL, KIND_ENTITIES};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		TRY(take_objects(simulate, remote, kinds[i], why));
	return take_changes(simulate, remote, why);
}

/* --- the records --- */

/* One page of the log; `*ret_before` is where the next one ends, UINT64_MAX where this was the last. */
static enum error take_page(struct simulate *simulate, uint64_t *before, struct fault *why)
{
	struct remote remote = simulate->settings;
	struct remote_reply reply;
	struct buffer path;
	enum error code = remote_open(&remote, why);
	buffer_init(&path, 8192);
	buffer_print(&path, "/v1/decisions?kind=decision&limit=%u", RECORDS_PAGE);
	if (simulate->since.len > 0)
		buffer_print(&path, "&since=%.*s", SLICE_ARG(remote_escape(&remote, simulate->since)));
	if (simulate->agent.len > 0)
		buffer_print(&path, "&agent=%.*s", SLICE_ARG(remote_escape(&remote, simulate->agent)));
	if (*before != UINT64_MAX)
		buffer_print(&path, "&before=%llu", (unsigned long long)*before);
	if (code == E_OK)
		code = remote_get(&remote, buffer_slice(&path), &reply, why);
	if (code == E_OK)
		code = simulation_take_page(&simulate->simulation, &reply.doc, before, why);
	buffer_free(&path);
	remote_close(&remote);
	return code;
}

static enum error take_file(struct simulate *simulate, struct record_file *file, struct fault *why)
{
	for (;;) {
		const struct json_node *item;
		struct fault inner = {0};
		TRY(record_file_next(file, &item, why));
		if (!item)
			return E_OK;
		enum error code = simulation_take_json(&simulate->simulation, item, &inner);
		if (code != E_OK)
			return FAIL(why, code, "%.*s: record %llu: %s", SLICE_ARG(simulate->records),
				    (unsigned long long)record_file_number(file), fault_sentence(&inner));
	}
}

struct log_walk {
	struct simulation *simulation;
	struct record_filter filter;
	enum error code;
	struct fault *why;
};

static bool take_entry(void *context, const struct log_entry *entry)
{
	struct log_walk *walk = context;
	struct fault inner = {0};
	walk->code = simulation_take_bytes(walk->simulation, entry->bytes, &walk->filter, &inner);
	if (walk->code != E_OK)
		walk->code = FAIL(walk->why, walk->code, "record %llu of the log: %s", (unsigned long long)entry->index,
				  fault_sentence(&inner));
	return walk->code == E_OK;
}

/* The newest first, as the server gives them. */
static enum error walk_log(struct simulate *simulate, struct log_reader *reader, struct fault *why)
{
	struct log_walk walk = {&simulate->simulation, {.agent = simulate->agent}, E_OK, why};
	uint64_t from = 0, end;
	int64_t since_ns = 0;
	if (simulate->since.len > 0)
		TRY(time_parse_moment_ns(&since_ns, simulate->since, clock_wall_ns(), why));
	TRY(log_reader_count_settled(reader, &end, why));
	if (since_ns > 0) {
		walk.filter.since_ns = (uint64_t)since_ns;
		TRY(log_reader_seek_time(reader, walk.filter.since_ns, end, &from, why));
	}
	TRY(log_reader_each_back(reader, from, end, take_entry, &walk, why));
	return walk.code;
}

static enum error take_log(struct simulate *simulate, struct fault *why)
{
	struct log_reader *reader;
	TRY(log_reader_open(simulate->log, &reader, why));
	enum error code = walk_log(simulate, reader, why);
	log_reader_close(reader);
	return code;
}

static enum error take_records(struct simulate *simulate, struct fault *why)
{
	uint64_t before = UINT64_MAX;
	struct record_file *file;
	if (simulate->log.len > 0)
		return take_log(simulate, why);
	if (simulate->records.len > 0) {
		TRY(record_file_open(&file, simulate->records, why));
		enum error code = take_file(simulate, file, why);
		record_file_close(file);
		return code;
	}
	do
		TRY(take_page(simulate, &before, why));
	while (before != UINT64_MAX);
	return E_OK;
}

static enum error simulate_all(struct simulate *simulate, struct remote *remote, struct fault *why)
{
	struct simulation *simulation = &simulate->simulation;
	struct cedar_policyset *set = NULL;
	TRY(read_candidate(simulate, &set, why));
	enum error code = simulation_begin(simulation, &policy_key, why);
	if (code == E_OK)
		code = take_registry(simulate, remote, why);
	if (code == E_OK)
		code = simulation_ready(simulation, set, why);
	if (code == E_OK)
		code = take_records(simulate, why);
	if (code == E_OK)
		code = simulate->form.sarif  ? simulation_print_sarif(simulation, simulate->policies.items[0], why)
		       : simulate->form.json ? simulation_print_json(simulation, why)
					     : simulation_print(simulation, simulate->show, why);
	simulation_end(simulation);
	cedar_policyset_free(set);
	return code;
}

int policy_simulate(const struct verb *verb, int count, char **words)
{
	struct simulate simulate = {.show = 20};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"policies", OPTION_LIST, &simulate.policies, "FILE|DIR", "the policies instead of those in force"},
		{"since", OPTION_TEXT, &simulate.since, "TIME", "decisions from then on: RFC 3339, or 10m, 24h, ..."},
		{"agent", OPTION_TEXT, &simulate.agent, "AGENT", "only of this agent"},
		{"records", OPTION_TEXT, &simulate.records, "FILE", "decisions as `decisions --json` or `watch --json` gave them"},
		{"log", OPTION_TEXT, &simulate.log, "DIR", "the log itself, or a copy of it, instead of asking for its decisions"},
		{"show", OPTION_NUMBER, &simulate.show, "N", "at most N flips one by one (20); all are counted"},
		{"sarif", OPTION_FLAG, &simulate.form.sarif, NULL, "print SARIF 2.1.0"},
		{"check", OPTION_FLAG, &simulate.check, NULL, "65 where a decision would flip or cannot be told"},
		REMOTE_OPTIONS(&simulate.settings),
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (simulate.policies.count == 0)
		return options_usage(verb, "--policies is needed");
	if (simulate.records.len > 0 && (simulate.since.len > 0 || simulate.agent.len > 0 || simulate.log.len > 0))
		return options_usage(verb, "--records exclude --since, --agent and --log");
	struct remote remote = simulate.settings;
	simulate.form.json = remote.json;
	go = diagnostics_begin(&simulate.form, verb);
	if (go != OPTIONS_GO)
		return go;
	arena_init(&simulate.arena, POLICY_ARENA_BYTES_MAX);
	enum error code = remote_open(&remote, &why);
	if (code == E_OK)
		code = simulate_all(&simulate, &remote, &why);
	arena_free(&simulate.arena);
	int result = remote_end(&remote, code, &why);
	return result == 0 && simulate.check && !simulation_is_same(&simulate.simulation) ? error_exit(E_INVALID) : result;
}
