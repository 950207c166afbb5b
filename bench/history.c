/*
 * Decisions with history conditions: 10,000 policies, each with one, and 200 events in the session.
 *
 * `spread`: ten policies for each of a thousand actions, told apart by the values they look for. `one_action`: a hundred
 * policies on the action that is asked about. `every`: all policies apply to every request, so that each is asked. An
 * event is one request taken in. `restart`: 1,000 sessions of 100 events are written and read again. CPU time of one thread.
 * usage: history [--quick]
 */
#include "bench.h"

#include "cedar/cedar.h"
#include "decision/histories.h"

#include <stdio.h>
#include <stdlib.h>

#define POLICIES 10000u
#define EVENTS 200u
#define BAR_NS 5000.0

static const struct hash_key key = {17, 18};

struct shape {
	const char *name;
	unsigned actions;      /* that the policies are spread over; 0: every policy is about any action */
	unsigned actions_asked; /* that events and questions are about */
	double bar_ns;
};

static const struct shape shapes[] = {
	{"history_spread", 1000, 1000, BAR_NS},
	{"history_one_action", 100, 1, BAR_NS},
	{"history_every", 0, 10, 0},
};

static void write_condition(struct buffer *text, const struct shape *shape, unsigned i)
{
	unsigned earlier = shape->actions ? (i + 1) % shape->actions : i % 10;
	switch (i % 4) {
	case 0:
		buffer_print(text, "unless temporal { formerly within 1h Action::\"a%u\"::request{ input.user: \"u%u\" } }",
			     earlier, i);
		break;
	case 1:
		buffer_print(text,
			     "unless temporal { (count for (t: Timepoint). where formerly within 10m (Action::\"a%u\"::request{ "
			     "input.user: \"u%u\" } && tp(t))) > 1000 }",
			     earlier, i);
		break;
	case 2:
		buffer_print(text,
			     "when temporal { (sum n for (n: Long), (t: Timepoint). where formerly within 1h "
			     "(Action::\"a%u\"::request{ input.user: context.input.user, input.n: n } && tp(t))) < 1000000 }",
			     earlier);
		break;
	default:
		buffer_print(text,
			     "when temporal { !Action::\"a%u\"::request{ input.user: \"u%u\" } since within 1h "
			     "Action::\"a%u\"::request{} }",
			     earlier, i, earlier);
		break;
	}
}

static struct cedar_policyset *make_set(const struct shape *shape)
{
	struct cedar_policyset *set;
	struct buffer text;
	struct fault why = {0};
	buffer_init(&text, 64u << 20);
	for (unsigned i = 0; i < POLICIES; i++) {
		if (shape->actions)
			buffer_print(&text, "permit(principal, action == Action::\"a%u\", resource) ", i % shape->actions);
		else
			buffer_add_text(&text, "permit(principal, action, resource) ");
		write_condition(&text, shape, i);
		buffer_add_text(&text, ";\n");
	}
	struct cedar_source source = {.name = SLICE("bench"), .text = buffer_slice(&text)};
	if (cedar_policyset_parse(&key, &source, 1, &set, NULL, &why) != E_OK) {
		fprintf(stderr, "history: %s\n", fault_sentence(&why));
		exit(1);
	}
	buffer_free(&text);
	return set;
}

static struct cedar_request make_request(struct arena *arena, const struct shape *shape, unsigned round)
{
	struct cedar_request request = {.now_ms = 1000 * (int64_t)round};
	struct cedar_field input[2] = {{SLICE("n"), cedar_long(round % 7)}, {SLICE("user"), {0}}};
	struct cedar_value record;
	char action[16];
	snprintf(action, sizeof(action), "a%u", round * 7919u % shape->actions_asked);
	input[1].value = cedar_string(arena_print(arena, "u%u", round % 50));
	request.principal = cedar_uid_new(arena, &key, SLICE("Agent"), SLICE("a"));
	request.action = cedar_uid_new(arena, &key, SLICE("Action"), slice_of(action));
	request.resource = cedar_uid_new(arena, &key, SLICE("Tool"), SLICE("t"));
	if (cedar_record(arena, input, 2, &record, NULL) != E_OK)
		exit(1);
	struct cedar_field context = {SLICE("input"), record};
	if (cedar_record(arena, &context, 1, &request.context, NULL) != E_OK)
		exit(1);
	return request;
}

static void add(struct cedar_history *history, const struct cedar_policyset *set, const struct cedar_request *request)
{
	struct cedar_event event = {.time_ms = request->now_ms, .principal = request->principal, .action = request->action,
				    .resource = request->resource, .request_id = SLICE("d_01J0000000000000000000000"),
				    .decision = SLICE("permit"),
				    .input = *cedar_record_get(request->context, SLICE("input"))};
	if (cedar_history_add(history, &event, set, NULL) != E_OK)
		exit(1);
}

static void run(const struct shape *shape, bool is_quick)
{
	struct cedar_policyset *set = make_set(shape);
	struct cedar_history *history = cedar_history_new(&key, CEDAR_HISTORY_WHOLE);
	struct cedar_world world = {.sets = (const struct cedar_policyset *const[]){set}, .set_count = 1};
	unsigned rounds = (is_quick ? 20u : 400u) * (shape->actions ? 100u : 1u);
	struct arena boot, arena;
	struct cedar_result result;
	char name[64];
	uint64_t deciding_ns = 0, adding_ns = 0, found = 0;
	arena_init(&boot, 1u << 30);
	arena_init(&arena, 1u << 30);
	for (unsigned i = 0; i < EVENTS; i++) {
		struct cedar_request request = make_request(&boot, shape, i);
		request.history = history;
		/* The first question begins the monitors. */
		(void)!cedar_authorize(&request, &world, &arena, &result);
		add(history, set, &request);
		arena_reset(&arena);
	}
	for (unsigned i = 0; i < rounds; i++) {
		struct cedar_request request = make_request(&boot, shape, EVENTS + i / 100);
		request.history = history;
		uint64_t start = bench_cpu_ns();
		(void)!cedar_authorize(&request, &world, &arena, &result);
		uint64_t decided = bench_cpu_ns();
		found += result.reason_count;
		arena_reset(&arena);
		deciding_ns += decided - start;
		if (i % 100 == 99) {
			add(history, set, &request);
			adding_ns += bench_cpu_ns() - decided;
		}
	}
	snprintf(name, sizeof(name), "%s_decision", shape->name);
	bench_print_bar(name, (double)deciding_ns / rounds, "ns", 0, shape->bar_ns);
	snprintf(name, sizeof(name), "%s_event", shape->name);
	bench_print(name, (double)adding_ns / (rounds / 100 ? rounds / 100 : 1), "ns", 0);
	snprintf(name, sizeof(name), "%s_reasons", shape->name);
	bench_print(name, (double)found / rounds, "policies", 0);
	snprintf(name, sizeof(name), "%s_memory", shape->name);
	bench_print(name, (double)cedar_history_bytes(history) / 1024, "KiB", 0);
	arena_free(&boot);
	arena_free(&arena);
	cedar_history_free(history);
	cedar_policyset_free(set);
}

#define SESSIONS 1000u
#define SESSION_EVENTS 100u

static enum error gather(void *context, slice bytes, struct fault *why)
{
	struct buffer *file = context;
	buffer_add(file, bytes);
	return buffer_check(file, why);
}

static struct histories *make_sessions(const struct shape *shape)
{
	struct histories *histories = histories_new(&key, 0);
	struct arena arena;
	arena_init(&arena, 1u << 20);
	for (unsigned i = 0; i < SESSIONS * SESSION_EVENTS; i++) {
		struct history_hold hold;
		slice name = arena_print(&arena, "agent a%u for u%u@example.com", i % SESSIONS, i % 50);
		struct cedar_request request = make_request(&arena, shape, i / SESSIONS);
		if (histories_hold(histories, name, 1, request.now_ms, &hold, NULL) != E_OK)
			exit(1);
		add(hold.history, NULL, &request);
		histories_let_go(&hold);
		arena_reset(&arena);
	}
	arena_free(&arena);
	return histories;
}

static void run_restart(const struct shape *shape)
{
	static const struct hash_key later_key = {19, 20};
	struct histories *histories = make_sessions(shape), *again = histories_new(&later_key, 0);
	struct buffer file;
	struct histories_kept kept;
	buffer_init(&file, HISTORIES_KEPT_BYTES_MAX);
	uint64_t start = bench_cpu_ns();
	if (histories_write(histories, HISTORIES_KEPT_BYTES_MAX, gather, &file, &kept, NULL) != E_OK || kept.left_out > 0)
		exit(1);
	uint64_t written = bench_cpu_ns();
	if (histories_read(again, buffer_slice(&file), &kept, NULL) != E_OK || kept.sessions != SESSIONS)
		exit(1);
	uint64_t read = bench_cpu_ns();
	const double events = SESSIONS * SESSION_EVENTS;
	bench_print("history_restart_written_event", (double)(written - start) / events, "ns", 0);
	bench_print("history_restart_read_event", (double)(read - written) / events, "ns", 0);
	bench_print("history_restart_file_event", (double)file.len / events, "bytes", 0);
	buffer_free(&file);
	histories_free(histories);
	histories_free(again);
}

int main(int count, char **arguments)
{
	/* The published figure of the engine that defines the dialect, at 10,000 policies. */
	bench_print("history_peer_published", 72.4e6, "ns", 0);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		run(&shapes[i], bench_is_quick(count, arguments));
	run_restart(&shapes[0]);
	return 0;
}
