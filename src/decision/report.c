#include "decision/report.h"

#include "crypt/digest.h"
#include "text/jcs.h"

#define LINE_DIGITS_MAX 20u
#define ARGUMENTS_BYTES_MAX (8u * 1024u * 1024u)

static enum error digest_of_arguments(const struct decision_input *input, struct arena *arena, slice *ret_digest,
				      struct fault *why)
{
	struct sha256 digest;
	struct buffer canonical;
	enum error code = E_OK;
	buffer_init(&canonical, ARGUMENTS_BYTES_MAX);
	if (input->doc && input->arguments)
		code = jcs_write(&canonical, input->doc, input->arguments, JCS_EXACT_INTEGERS, arena, why);
	else
		buffer_add_text(&canonical, "{}");
	if (code == E_INVALID) {
		/* A number beyond every double: the bytes as they came are told apart just as well. */
		buffer_clear(&canonical);
		buffer_add(&canonical, json_span(input->doc, input->arguments));
		code = E_OK;
	}
	if (code == E_OK)
		code = buffer_check(&canonical, why);
	if (code == E_OK)
		code = sha256_once(&digest, buffer_slice(&canonical), why);
	buffer_free(&canonical);
	if (code != E_OK)
		return code;
	*ret_digest = arena_copy(arena, sha256_slice(&digest));
	return ret_digest->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a digest");
}

static slice text_of_policy(const struct decision_policy *policy, struct arena *arena)
{
	char scratch[LINE_DIGITS_MAX];
	struct buffer line = {.ptr = scratch, .size = sizeof(scratch), .bytes_max = sizeof(scratch)};
	buffer_add_u64(&line, policy->line);
	const slice parts[] = {policy->id, SLICE("  "), policy->source, SLICE(":"), buffer_slice(&line),
			       policy->sentence.len ? SLICE("  ") : SLICE(""), policy->sentence};
	return arena_join(arena, parts, sizeof(parts) / sizeof(parts[0]));
}

static enum error write_lists(const struct decision *decision, struct arena *arena, struct record *record,
			      struct fault *why)
{
	size_t policy_count = decision->policy_count < RECORD_TEXTS_MAX ? decision->policy_count : RECORD_TEXTS_MAX;
	size_t fact_count = decision->fact_count < RECORD_TEXTS_MAX ? decision->fact_count : RECORD_TEXTS_MAX;
	size_t error_count = decision->error_count < RECORD_TEXTS_MAX ? decision->error_count : RECORD_TEXTS_MAX;
	slice *policies = ARENA_ARRAY(arena, policy_count, slice);
	slice *facts = ARENA_ARRAY(arena, fact_count, slice);
	if (!policies || !facts)
		return FAIL(why, E_MEMORY, "no memory for a record");
	for (size_t i = 0; i < policy_count; i++)
		policies[i] = text_of_policy(&decision->policies[i], arena);
	for (size_t i = 0; i < fact_count; i++)
		facts[i] = cedar_fact_sentence(&decision->facts[i], arena);
	record->determining_policies = (struct record_texts){policies, policy_count};
	record->facts = (struct record_texts){facts, fact_count};
	record->errors = (struct record_texts){decision->errors, error_count};
	return E_OK;
}

static void write_caller(const struct caller *caller, struct record *record)
{
	record->agent = caller->agent;
	record->instance = caller->instance;
	record->mode = caller->mode == CALLER_DELEGATED ? RECORD_DELEGATED : RECORD_AUTONOMOUS;
	if (caller->mode == CALLER_DELEGATED)
		record->on_behalf_of = caller->subject;
	record->chain = (struct record_texts){caller->chain, caller->chain_count};
	record->depth = caller->depth;
	record->token = caller->token;
	record->purpose = caller->purpose;
	record->task = caller->task;
}

static enum record_decision verdict_of(const struct decision *decision)
{
	switch (decision->verdict) {
	case PERMIT:
		return RECORD_PERMIT;
	case GATE:
		return RECORD_GATE;
	case DENY:
		break;
	}
	return RECORD_DENY;
}

enum error decision_record(const struct decision_input *input, const struct decision *decision, struct arena *arena,
			   struct record *ret_record, struct fault *why)
{
	*ret_record = (struct record){.kind = RECORD_DECISION, .enforcement = RECORD_ENFORCED};
	struct record *record = ret_record;
	if (input->caller)
		write_caller(input->caller, record);
	record->decision = verdict_of(decision);
	record->reason = decision->reason_text;
	record->missing = decision->missing;
	if (decision->agent) {
		record->owner = decision->agent->owner;
		/* What stops even an observed agent was enforced. */
		if (decision->agent->observed_only && decision_lets_through(decision))
			record->enforcement = RECORD_OBSERVED;
	}
	if (decision->task)
		record->task_title = decision->task->description;
	record->registry_revision = decision->revision;
	if (decision->policy_digest)
		record->policy_set = slice_from(decision->policy_digest, SNAPSHOT_DIGEST_BYTES);
	record->trigger = input->method;
	record->session = input->session;
	record->server = decision->server_id;
	record->tool = decision->tool_id;
	record->action = decision->action;
	record->target = decision->target;
	record->effect_class = decision->effect;
	if (decision->tool)
		record->tool_definition_sha256 = slice_from(decision->tool->definition_sha256, SNAPSHOT_DIGEST_BYTES);
	record->trust = 100;
	TRY(digest_of_arguments(input, arena, &record->arguments_sha256, why));
	return write_lists(decision, arena, record, why);
}
