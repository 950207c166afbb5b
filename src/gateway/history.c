/* The history of a session around a decision: held before it, then told what was decided, and later what came of it. */
#include "decision/histories.h"
#include "gateway/call.h"

/* What a tool gives back is kept up to what an event may hold. */
#define OUTPUT_BYTES_MAX (256u * 1024u)

enum error call_hold_history(struct call *call, const struct caller *caller, struct history_hold *ret_hold,
			     struct fault *why)
{
	const struct snapshot *snapshot = call->input.snapshot;
	struct histories *histories = call->services->histories;
	*ret_hold = (struct history_hold){0};
	call->input.decision_id = ulid_slice(&call->decision_id);
	if (!caller || !snapshot)
		return E_OK;
	call->history = history_name(snapshot, caller, call->arena);
	if (!call->history.ptr)
		return FAIL(why, E_MEMORY, "no memory for the name of a session");
	int64_t begun_ms = histories_has(histories, call->history) ? INT64_MIN
								   : history_begun_ms(snapshot, caller, call->arena);
	TRY(histories_hold(histories, call->history, begun_ms, call->input.now_ms, ret_hold, why));
	call->input.history = ret_hold->history;
	return E_OK;
}

void call_add_history(struct call *call, struct history_hold *hold, bool lets_through)
{
	history_add_decision(hold, &call->input, call->decision, lets_through);
	histories_let_go(hold);
	call->input.history = NULL;
	if (call->decision->event_count == 0)
		call->history = SLICE("");
}

/* False: it has something that no policy can hold. */
static bool read_output(const struct effect_note *note, struct arena *arena, struct cedar_value *ret_output)
{
	struct cedar_json_loss loss = {0};
	if (!note->output)
		return true;
	if (cedar_value_from_plain_json(arena, note->output_doc, note->output, ret_output, &loss, NULL) != E_OK)
		return false;
	return loss.numbers == 0;
}

void effect_add_history(struct services *services, const struct effect_note *note)
{
	static const char *const outcomes[] = {[EFFECT_UNKNOWN] = "unknown", [EFFECT_OK] = "ok", [EFFECT_ERROR] = "error"};
	struct cedar_event outcome = {.request_id = note->decision_id, .outcome = slice_of(outcomes[note->outcome]),
				      .time_ms = services_now_ns(services) / 1000000};
	struct arena arena;
	if (note->history.len == 0)
		return;
	arena_init(&arena, OUTPUT_BYTES_MAX);
	outcome.is_cut = !read_output(note, &arena, &outcome.output);
	histories_add_outcome(services->histories, services_snapshot(services), note->history, &outcome);
	arena_free(&arena);
}
