/* Policies and what is left of them, for people and as JSON. */
#include "cli/policy.h"

#include "cli/printed.h"
#include "cli/screen.h"

void policy_put(struct json_writer *writer, const struct cedar_policyset *set, size_t index)
{
	struct cedar_policy_info info = cedar_policyset_info(set, index);
	slice own = policy_own_id(set, index);
	json_put_string(writer, "id", info.id);
	if (own.ptr)
		json_put_string(writer, "annotation_id", own);
	json_put_text(writer, "effect", info.effect == CEDAR_PERMIT ? "permit" : "forbid");
	json_put_string(writer, "source", info.source);
	json_put_u64(writer, "line", info.line);
}

void policy_print(const char *label, const struct cedar_policyset *set, size_t index)
{
	struct cedar_policy_info info = cedar_policyset_info(set, index);
	slice own = policy_own_id(set, index);
	printf("%-8s%s ", label, info.effect == CEDAR_PERMIT ? "permit" : "forbid");
	screen_text(stdout, info.id);
	printf("  ");
	screen_text(stdout, info.source);
	printf(":%u", info.line);
	if (own.ptr) {
		printf("  @id ");
		screen_text(stdout, own);
	}
}

static const char *word_of(enum cedar_possibility possibility)
{
	return possibility == CEDAR_ALWAYS ? "PERMIT" : possibility == CEDAR_NEVER ? "DENY" : "MAYBE";
}

/* A part of the question, or what is known of it. */
static void print_part(const struct policy_open_question *question, slice given, const char *name)
{
	printf("  ");
	if (given.len > 0)
		screen_text(stdout, given);
	for (size_t i = 0; i < question->unknown_count && given.len == 0; i++) {
		slice unknown = question->unknowns[i];
		if (slice_starts_with(unknown, slice_of(name)))
			screen_text(stdout, unknown);
	}
}

/* Text is written to the world's arena, or left out where it is too long. */
static slice text_of(const struct policy_world *world, const struct cedar_residual *residual)
{
	struct buffer text;
	buffer_init(&text, POLICY_PRINT_BYTES_MAX);
	cedar_residual_write(residual, &text);
	slice copy = text.failed ? SLICE("") : arena_copy(world->arena, buffer_slice(&text));
	buffer_free(&text);
	return copy;
}

static void print_certain(const struct policy_world *world, const struct cedar_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		policy_print("rule", world->set, reasons[i].policy);
		printf("\n");
	}
}

static void print_question(const struct policy_open_question *question)
{
	print_part(question, question->known.principal, "principal");
	print_part(question, question->known.action, "action");
	print_part(question, question->known.resource, "resource");
	printf("\n");
	for (size_t i = 0; i < question->unknown_count; i++)
		if (slice_starts_with(question->unknowns[i], SLICE("context"))) {
			printf("unknown ");
			screen_text(stdout, question->unknowns[i]);
			printf("\n");
		}
}

void policy_partial_print(const struct policy_world *world, const struct policy_open_question *question,
			  const struct cedar_partial *partial)
{
	enum cedar_possibility possibility = partial->possibility;
	screen_colour(stdout, possibility == CEDAR_ALWAYS  ? SCREEN_GREEN
			      : possibility == CEDAR_NEVER ? SCREEN_RED
							   : SCREEN_YELLOW);
	printf("%-6s", word_of(possibility));
	screen_colour(stdout, SCREEN_PLAIN);
	print_question(question);
	print_certain(world, partial->forbids, partial->forbid_count);
	print_certain(world, partial->permits, partial->permit_count);
	for (size_t i = 0; i < partial->residual_count; i++) {
		const struct cedar_residual *residual = &partial->residuals[i];
		policy_print("left", world->set, residual->policy);
		printf("%s\n        ", residual->may_hold ? "" : "  can only err");
		screen_text(stdout, text_of(world, residual));
		printf("\n");
	}
	if (partial->forbid_count + partial->permit_count + partial->residual_count == 0)
		printf("rule    none: no permit can match\n");
}

static void put_reasons(struct json_writer *writer, const struct policy_world *world,
			const struct cedar_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_begin_object(writer);
		policy_put(writer, world->set, reasons[i].policy);
		json_end_object(writer);
	}
}

static void put_residual(struct json_writer *writer, const struct policy_world *world,
			 const struct cedar_residual *residual)
{
	json_begin_object(writer);
	policy_put(writer, world->set, residual->policy);
	json_put_bool(writer, "may_hold", residual->may_hold);
	json_put_bool(writer, "may_err", residual->may_err);
	json_put_string(writer, "text", text_of(world, residual));
	json_write_key(writer, SLICE("policy"));
	cedar_residual_write_json(residual, writer);
	json_end_object(writer);
}

enum error policy_partial_print_json(const struct policy_world *world, const struct cedar_partial *partial,
				     struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_text(writer, "decision", word_of(partial->possibility));
	json_put_array(writer, "reasons");
	put_reasons(writer, world, partial->forbids, partial->forbid_count);
	put_reasons(writer, world, partial->permits, partial->permit_count);
	json_end_array(writer);
	json_put_array(writer, "residuals");
	for (size_t i = 0; i < partial->residual_count; i++)
		put_residual(writer, world, &partial->residuals[i]);
	json_end_array(writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}
