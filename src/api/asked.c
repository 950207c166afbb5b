#include "api/asked.h"

#include "decision/report.h"

#define NS_PER_MS 1000000

struct ulid asked_name(const struct services *services)
{
	unsigned char random[ULID_RANDOM_BYTES];
	services_random(services, random, sizeof(random));
	return ulid_make(SLICE("d"), services_now_ns(services) / NS_PER_MS, random);
}

enum error asked_record(const struct services *services, struct http_exchange *exchange,
			const struct evaluated *evaluated, const struct ulid *id, slice trigger, struct buffer *out,
			struct fault *why)
{
	struct record record;
	TRY(decision_record(&evaluated->input, &evaluated->decision, &exchange->arena, &record, why));
	record.id = ulid_slice(id);
	record.time_ns = (uint64_t)services_now_ns(services);
	record.node = services->config->node;
	record.trigger = trigger;
	record.peer = http_peer(exchange);
	record.actor = evaluated->asker;
	if (evaluated->subject.len) {
		record.agent = evaluated->subject;
		record.chain = (struct record_texts){&evaluated->subject, 1};
	}
	return record_encode(&record, out, why);
}

static void write_facts(struct json_writer *writer, const struct decision *decision)
{
	struct cedar_fact_scratch scratch;
	json_put_array(writer, "facts");
	for (size_t i = 0; i < decision->fact_count; i++) {
		struct cedar_fact_text fact = cedar_fact_tell(&decision->facts[i], &scratch);
		json_begin_object(writer);
		json_put_string(writer, "name", fact.subject);
		if (fact.value.len)
			json_put_string(writer, "value", fact.value);
		json_end_object(writer);
	}
	json_end_array(writer);
}

void asked_write_grounds(struct json_writer *writer, const struct decision *decision)
{
	json_put_array(writer, "policies");
	for (size_t i = 0; i < decision->policy_count; i++) {
		const struct decision_policy *policy = &decision->policies[i];
		json_begin_object(writer);
		json_put_string(writer, "id", policy->id);
		json_put_string(writer, "source", policy->source);
		json_put_u64(writer, "line", policy->line);
		json_put_text(writer, "effect", policy->forbids ? "forbid" : "permit");
		if (policy->sentence.len)
			json_put_string(writer, "sentence", policy->sentence);
		json_end_object(writer);
	}
	json_end_array(writer);
	write_facts(writer, decision);
	if (decision->remedy_count) {
		json_put_array(writer, "remedy");
		for (size_t i = 0; i < decision->remedy_count; i++) {
			json_begin_object(writer);
			json_put_string(writer, "fact", decision->remedy[i].fact);
			json_put_string(writer, "must", decision->remedy[i].must);
			json_end_object(writer);
		}
		json_end_array(writer);
	}
	json_put_array(writer, "errors");
	for (size_t i = 0; i < decision->error_count; i++)
		json_write_string(writer, decision->errors[i]);
	json_end_array(writer);
}

void asked_write_decision(struct json_writer *writer, const struct evaluated *evaluated, slice id, bool told_all)
{
	const struct decision *decision = &evaluated->decision;
	json_begin_object(writer);
	json_put_bool(writer, "decision", decision->verdict == PERMIT);
	json_put_object(writer, "context");
	json_put_string(writer, "id", id);
	if (told_all) {
		json_put_object(writer, "reason_admin");
		json_put_string(writer, "code", decision->reason_text);
		if (decision->missing.len)
			json_put_string(writer, "missing", decision->missing);
		if (decision->detail.len)
			json_put_string(writer, "detail", decision->detail);
		json_end_object(writer);
	}
	json_put_object(writer, "reason_user");
	json_put_string(writer, "code", decision->public_reason);
	json_put_string(writer, "en", decision->public_sentence);
	json_end_object(writer);
	asked_write_left_out(writer, &evaluated->left_out);
	if (told_all)
		asked_write_grounds(writer, decision);
	json_end_object(writer);
	json_end_object(writer);
}

void asked_write_left_out(struct json_writer *writer, const struct asserted_left_out *left_out)
{
	if (left_out->count == 0)
		return;
	json_put_array(writer, "properties_not_believed");
	for (size_t i = 0; i < left_out->count; i++)
		json_write_string(writer, left_out->names[i]);
	json_end_array(writer);
}

void asked_count(const struct services *services, const struct decision *decision)
{
	metrics_add(services->metrics, decision->verdict == PERMIT ? METRIC_DECISION_PERMIT
				       : decision->verdict == GATE ? METRIC_DECISION_GATE
								   : METRIC_DECISION_DENY);
}
