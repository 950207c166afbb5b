/* A history condition in a decision: the request's own values, the question, what is told of it. */
#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/temporal.h"

/* What the condition takes from the request. An error there is an error of the policy, as in any other condition. */
static bool evaluate_requests(struct evaluation *evaluation, const struct temporal *temporal, struct cedar_value *values)
{
	for (unsigned i = 0; i < temporal->request_count; i++) {
		if (!evaluate(evaluation, temporal->requests[i], &values[i]))
			return false;
		if ((temporal->long_requests & 1u << i) && values[i].kind != CEDAR_LONG)
			return evaluation_type_error(evaluation, "long", values[i]);
	}
	return true;
}

static struct cedar_event current_event(const struct evaluation *evaluation)
{
	const struct cedar_request *request = evaluation->request;
	const struct cedar_value *input = NULL;
	if (request->context.kind == CEDAR_RECORD)
		input = cedar_record_get(request->context, SLICE("input"));
	/* As if it were let through: the question is what the history would be then. */
	return (struct cedar_event){.time_ms = request->now_ms, .kind = CEDAR_EVENT_REQUEST,
				    .principal = request->principal, .action = request->action,
				    .resource = request->resource, .request_id = request->request_id,
				    .decision = SLICE("permit"), .input = input ? *input : (struct cedar_value){0}};
}

static void note_missing(struct evaluation *evaluation, const struct temporal_condition *condition,
			 const struct cedar_event *current);

static void note_missing_in_terms(struct evaluation *evaluation, const struct temporal_condition *condition,
				  const struct cedar_event *current)
{
	for (unsigned i = 0; i < 2 && condition->kind == TEMPORAL_COMPARE; i++)
		if (condition->terms[i].kind == TERM_AGGREGATE)
			note_missing(evaluation, condition->terms[i].aggregate->body, current);
}

/* A field of this very request that was looked for and is not there is a fact, as it is anywhere else. */
static void note_missing(struct evaluation *evaluation, const struct temporal_condition *condition,
			 const struct cedar_event *current)
{
	if (!condition)
		return;
	note_missing(evaluation, condition->left, current);
	note_missing(evaluation, condition->right, current);
	note_missing_in_terms(evaluation, condition, current);
	if (condition->kind != TEMPORAL_EVENT || condition->event != CEDAR_EVENT_REQUEST ||
	    !cedar_uid_equal(condition->action, current->action))
		return;
	for (uint32_t i = 0; i < condition->field_count; i++) {
		const struct temporal_field *field = &condition->fields[i];
		bool is_cut;
		if (slice_equal(field->path[0], SLICE("input")) &&
		    event_field(current, field->path, field->count, &is_cut).kind == CEDAR_NONE)
			fact_add_missing(evaluation, field->path, field->count);
	}
}

static const char *const answers[] = {[TEMPORAL_UNKNOWN] = "unknown", [TEMPORAL_FALSE] = "false",
				      [TEMPORAL_TRUE] = "true"};

static enum outcome outcome_of(struct evaluation *evaluation, enum temporal_answer answer, slice witness)
{
	if (answer == TEMPORAL_TRUE && evaluation->witness.len == 0)
		evaluation->witness = witness;
	return answer == TEMPORAL_TRUE ? OUTCOME_TRUE : OUTCOME_FALSE;
}

static enum outcome ask(struct evaluation *evaluation, const struct node *node)
{
	const struct temporal *temporal = node->temporal;
	struct cedar_value values[CEDAR_TEMPORAL_REQUESTS_MAX] UNINITIALIZED;
	struct cedar_event current = current_event(evaluation);
	struct temporal_question question = {.temporal = temporal, .requests = values, .current = &current,
					     .history = evaluation->request->history, .number = evaluation->question,
					     .arena = evaluation->arena};
	if (!evaluate_requests(evaluation, temporal, values))
		return OUTCOME_ERROR;
	if (!question.history) {
		evaluation->unknown_sentence = "it looks at the history of a session, and none was given";
		return OUTCOME_UNKNOWN;
	}
	enum temporal_answer answer =
		temporal->is_monitored ? temporal_ask_monitors(&question) : temporal_scan(&question);
	evaluation->question = question.number;
	if (question.failure) {
		evaluation_fail(evaluation, question.failure);
		return OUTCOME_ERROR;
	}
	if (evaluation->facts) {
		note_missing(evaluation, temporal->root, &current);
		fact_add_history(evaluation, node, answers[answer], question.witness);
	}
	if (answer == TEMPORAL_UNKNOWN) {
		evaluation->unknown_sentence = question.sentence;
		return OUTCOME_UNKNOWN;
	}
	return outcome_of(evaluation, answer, question.witness);
}

/* What is told of an answer needs the question. */
enum outcome temporal_evaluate(struct evaluation *evaluation, const struct node *node)
{
	slice witness = {NULL, 0};
	enum temporal_answer kept = TEMPORAL_UNKNOWN;
	if (evaluation->question && !evaluation->facts)
		kept = temporal_recall(evaluation->request->history, node->temporal, evaluation->question, &witness);
	return kept == TEMPORAL_UNKNOWN ? ask(evaluation, node) : outcome_of(evaluation, kept, witness);
}
