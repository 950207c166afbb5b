/* `tipstaff policy eval --trace`: a session goes by, and each of its requests is decided. */
#include "cli/policy.h"

#include "cli/printed.h"
#include "cli/screen.h"
#include "daemon/files.h"
#include "registry/policy_history.h"

struct trace {
	const struct policy_world *world;
	struct policy_ground ground;
	struct cedar_history *history;
	bool json;
	bool denied; /* some request was */
};

static void print_reasons(const struct cedar_result *result)
{
	for (size_t i = 0; i < result->reason_count; i++) {
		printf(i ? ", " : "  ");
		screen_text(stdout, result->reasons[i].id);
		if (result->reasons[i].witness.len == 0)
			continue;
		printf(" after ");
		screen_text(stdout, result->reasons[i].witness);
	}
	printf("\n");
	for (size_t i = 0; i < result->error_count; i++) {
		printf("      error   ");
		screen_text(stdout, result->errors[i].id);
		printf(": ");
		screen_text(stdout, result->errors[i].message);
		printf("\n");
	}
}

static void print_text(size_t line, const struct policy_event *event, const struct cedar_result *result)
{
	bool permit = result->decision == CEDAR_ALLOW;
	printf("%-5zu ", line);
	screen_colour(stdout, permit ? SCREEN_GREEN : SCREEN_RED);
	printf("%-8s", permit ? "PERMIT" : "DENY");
	screen_colour(stdout, SCREEN_PLAIN);
	screen_text(stdout, event->question.action);
	print_reasons(result);
}

static enum error print_json(size_t line, const struct policy_event *event, const struct cedar_result *result,
			     struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_COMPACT);
	json_begin_object(writer);
	json_put_u64(writer, "line", line);
	json_put_string(writer, "id", event->id);
	json_put_text(writer, "decision", result->decision == CEDAR_ALLOW ? "PERMIT" : "DENY");
	json_put_array(writer, "reasons");
	for (size_t i = 0; i < result->reason_count; i++) {
		json_begin_object(writer);
		json_put_string(writer, "id", result->reasons[i].id);
		if (result->reasons[i].witness.len)
			json_put_string(writer, "after", result->reasons[i].witness);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_put_array(writer, "errors");
	for (size_t i = 0; i < result->error_count; i++) {
		json_begin_object(writer);
		json_put_string(writer, "id", result->errors[i].id);
		json_put_string(writer, "message", result->errors[i].message);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}

static enum error run_line(struct trace *trace, size_t line, slice text, struct fault *why)
{
	struct arena *arena = trace->world->arena;
	struct json_doc doc;
	struct policy_event event;
	struct cedar_result result;
	TRY(json_parse(&doc, text, NULL, arena, why));
	TRY(policy_event_read(&trace->ground, &doc, json_root(&doc), arena, &event, why));
	bool is_told = event.is_response || event.decision.len > 0;
	if (!event.id.ptr)
		event.id = arena_print(arena, "line-%zu", line);
	TRY(policy_event_add(&trace->ground, &event, trace->history, arena, &result, why));
	if (is_told)
		return E_OK;
	trace->denied = trace->denied || result.decision != CEDAR_ALLOW;
	if (trace->json)
		return print_json(line, &event, &result, why);
	print_text(line, &event, &result);
	return E_OK;
}

enum error policy_trace_run(const struct policy_world *world, slice path, bool json, bool *ret_denied, struct fault *why)
{
	struct trace trace = {.world = world, .ground = policy_world_ground(world), .json = json};
	enum error error = E_OK;
	slice text;
	TRY(files_read(path, POLICY_FILE_BYTES_MAX, world->arena, &text, why));
	trace.history = cedar_history_new(&policy_key, CEDAR_HISTORY_WHOLE);
	if (!trace.history)
		return FAIL(why, E_MEMORY, "no memory for a history");
	for (size_t line = 1; text.len && error == E_OK; line++) {
		struct fault inner = {0};
		slice event = slice_trim(slice_cut(&text, '\n'));
		error = event.len ? run_line(&trace, line, event, &inner) : E_OK;
		if (error != E_OK)
			error = FAIL(why, error, "%.*s:%zu: %s", SLICE_ARG(path), line, fault_sentence(&inner));
	}
	cedar_history_free(trace.history);
	*ret_denied = trace.denied;
	return error;
}
