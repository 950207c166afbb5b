/* Monitors against the definition: random conditions, random sessions. */
#include "unit/cedar/session.h"

#include "base/buffer.h"

#define POLICIES 24u
#define SETS 150u
#define STEPS 60u

static uint64_t state = 88172645463325252u;

static unsigned pick(unsigned count)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % count;
}

static const char *one_of(const char *const *texts, unsigned count)
{
	return texts[pick(count)];
}

static const char *const actions[] = {"A", "B", "C"};
static const char *const users[] = {"u", "v", "w"};
static const char *const servers[] = {"s", "t"};

static void put_fields(struct buffer *out)
{
	static const char *const user_terms[] = {"input.user: context.input.user", "input.user: \"u\"", "input.user: \"v\"",
						 "input.user: _"};
	static const char *const other_terms[] = {"input.server: \"s\"", "input.server: context.input.server",
						  "decision: \"permit\"", "callerPrincipal: principal", "input.amount: 2",
						  "callerResource: resource", "callerPrincipal: Agent::\"b\""};
	bool has_user = pick(3) > 0;
	if (has_user)
		buffer_add_text(out, one_of(user_terms, 4));
	if (pick(3) == 0)
		buffer_print(out, "%s%s", has_user ? ", " : "", one_of(other_terms, 7));
}

static void put_event(struct buffer *out)
{
	buffer_print(out, "Action::\"%s\"::%s{", one_of(actions, 3), pick(4) ? "request" : "response");
	put_fields(out);
	buffer_add_byte(out, '}');
}

static void put_window(struct buffer *out)
{
	buffer_print(out, " within %us ", pick(12));
}

static void put_local(struct buffer *out, unsigned depth)
{
	if (depth == 0 || pick(3) == 0) {
		put_event(out);
		return;
	}
	buffer_add_text(out, pick(2) ? "(" : "(!");
	put_local(out, depth - 1);
	buffer_add_text(out, pick(2) ? " && " : " && !");
	put_local(out, depth - 1);
	buffer_add_byte(out, ')');
}

static void put_count(struct buffer *out)
{
	buffer_add_text(out, "(count for (t: Timepoint). where formerly");
	put_window(out);
	buffer_add_byte(out, '(');
	put_event(out);
	buffer_add_text(out, " && tp(t)))");
}

static void put_sum(struct buffer *out)
{
	static const char *const filters[] = {"", " && a > 1", " && 3 >= a", " && a != 2", " && a < 4 && a > -2"};
	static const char *const amounts[] = {"request{input.amount", "request{input.amount", "response{input.amount",
					      "response{output.amount"};
	buffer_add_text(out, "(sum a for (a: Long), (t: Timepoint). where formerly");
	put_window(out);
	buffer_print(out, "(Action::\"%s\"::%s: a", one_of(actions, 3), one_of(amounts, 4));
	if (pick(2))
		buffer_add_text(out, ", input.user: context.input.user");
	buffer_print(out, "}%s && tp(t)))", one_of(filters, 5));
}

static void put_number(struct buffer *out)
{
	if (pick(2))
		put_count(out);
	else
		put_sum(out);
}

static void put_comparison(struct buffer *out)
{
	static const char *const relations[] = {"<", "<=", ">", ">=", "==", "!="};
	if (pick(3) == 0) {
		buffer_add_text(out, "exists (n: Long). (");
		put_number(out);
		buffer_print(out, " == n && n %s %u)", one_of(relations, 6), pick(5));
		return;
	}
	put_number(out);
	buffer_print(out, " %s ", one_of(relations, 6));
	if (pick(4) == 0)
		put_number(out);
	else
		buffer_print(out, "%u", pick(6));
}

static void put_since(struct buffer *out)
{
	buffer_add_text(out, pick(2) ? "(!" : "(");
	put_event(out);
	buffer_add_text(out, " since");
	put_window(out);
	put_event(out);
	buffer_add_byte(out, ')');
}

/* Of the fragment that has monitors. */
static void put_condition(struct buffer *out, unsigned depth)
{
	unsigned kind = pick(depth ? 9 : 6);
	switch (kind) {
	case 0:
	case 1:
		buffer_add_text(out, "formerly");
		put_window(out);
		put_event(out);
		break;
	case 2:
		buffer_add_text(out, "previous");
		put_window(out);
		put_local(out, 2);
		break;
	case 3:
		put_since(out);
		break;
	case 4:
		buffer_add_byte(out, '(');
		put_comparison(out);
		buffer_add_byte(out, ')');
		break;
	case 5:
		buffer_add_text(out, "exists (x: Long). formerly");
		put_window(out);
		buffer_print(out, "(Action::\"%s\"::request{input.amount: x} && x > %u)", one_of(actions, 3), pick(4));
		break;
	case 6:
		buffer_add_text(out, "!(");
		put_condition(out, depth - 1);
		buffer_add_byte(out, ')');
		break;
	default:
		buffer_add_byte(out, '(');
		put_condition(out, depth - 1);
		buffer_add_text(out, ") && (");
		put_condition(out, depth - 1);
		buffer_add_byte(out, ')');
		break;
	}
}

static struct cedar_policyset *random_set(struct buffer *text, unsigned count)
{
	buffer_clear(text);
	for (unsigned i = 0; i < count; i++) {
		buffer_add_text(text, "permit(principal, action, resource) when temporal { ");
		put_condition(text, 3);
		buffer_add_text(text, " };\n");
	}
	return world_policies(buffer_slice(text));
}

static struct moment random_step(int64_t *now_s)
{
	*now_s += pick(4);
	return (struct moment){.at_s = *now_s, .action = one_of(actions, 3), .user = one_of(users, 3),
			     .server = one_of(servers, 2), .has_amount = pick(4) > 0, .amount = (int64_t)pick(8) - 2,
			     .is_response = pick(4) == 0, .is_denied = pick(5) == 0};
}

static struct cedar_history *forgetful(int64_t now_s)
{
	struct cedar_history *history = session_new();
	cedar_history_forget(history, now_s * 1000);
	return history;
}

struct tally {
	size_t asked;
	size_t held;
	size_t unknown;
};

static void compare(const struct cedar_policyset *set, struct cedar_history *whole, struct cedar_history *partly,
		    const struct moment *step, struct tally *tally)
{
	for (size_t i = 0; i < POLICIES; i++) {
		const struct temporal *temporal = session_condition(set, i);
		CHECK(temporal->is_monitored);
		enum temporal_answer truth = session_ask(set, i, whole, step, false);
		enum temporal_answer answer = session_ask(set, i, whole, step, true);
		enum temporal_answer scanned = session_ask(set, i, partly, step, false);
		enum temporal_answer partial = session_ask(set, i, partly, step, true);
		if (truth == TEMPORAL_UNKNOWN || answer != truth || (partial != truth && partial != TEMPORAL_UNKNOWN) ||
		    (scanned != truth && scanned != TEMPORAL_UNKNOWN))
			print_error("step at %lld s: %d %d %d %d for %.*s\n", (long long)step->at_s, truth, answer,
				    partial, scanned, SLICE_ARG(temporal->text));
		CHECK(truth != TEMPORAL_UNKNOWN);
		CHECK(answer == truth);
		CHECK(partial == truth || partial == TEMPORAL_UNKNOWN);
		CHECK(scanned == truth || scanned == TEMPORAL_UNKNOWN);
		tally->asked++;
		tally->held += truth == TEMPORAL_TRUE;
		tally->unknown += partial == TEMPORAL_UNKNOWN;
	}
}

/* Each condition is asked at each step of a session, of one that lost its beginning, and after changes of the set. */
TEST(monitors_give_what_the_definition_gives)
{
	struct buffer text;
	struct tally tally = {0};
	buffer_init(&text, 1u << 20);
	for (unsigned round = 0; round < SETS; round++) {
		struct cedar_policyset *set = random_set(&text, POLICIES), *again = world_policies(buffer_slice(&text));
		struct cedar_history *whole = session_new(), *partly = NULL;
		int64_t now_s = 0;
		unsigned lost = pick(STEPS / 2);
		for (unsigned i = 0; i < STEPS; i++) {
			const struct cedar_policyset *of_now = pick(8) ? set : again;
			struct moment step = random_step(&now_s);
			if (i == lost)
				partly = forgetful(cedar_history_count(whole) ? cedar_history_last_ms(whole) / 1000 : 0);
			if (partly && !step.is_response)
				compare(of_now, whole, partly, &step, &tally);
			session_add(whole, &step, of_now);
			if (partly)
				session_add(partly, &step, of_now);
		}
		cedar_history_free(whole);
		cedar_history_free(partly);
		cedar_policyset_free(set);
		cedar_policyset_free(again);
	}
	buffer_free(&text);
	print_message("# %zu questions, %zu held, %zu were not known after a loss\n", tally.asked, tally.held,
		      tally.unknown);
	CHECK(tally.asked > 100000 && tally.held > tally.asked / 10 && tally.held < tally.asked / 10 * 9);
	CHECK(tally.unknown > tally.asked / 100 && tally.unknown < tally.asked / 2);
}

#define MANY 200u

static struct cedar_result decide(const struct cedar_policyset *set, struct cedar_history *history,
				  const struct moment *step, bool with_facts, struct arena *arena)
{
	struct cedar_request request = session_request(step, history, arena);
	struct cedar_world world = {.sets = &set, .set_count = 1};
	struct cedar_result result;
	request.with_facts = with_facts;
	(void)!cedar_authorize(&request, &world, arena, &result);
	CHECK_INT(result.failure, E_OK);
	return result;
}

static void compare_reasons(const struct cedar_result *a, const struct cedar_result *b)
{
	CHECK_INT(a->reason_count, b->reason_count);
	CHECK_INT(a->error_count, b->error_count);
	for (size_t i = 0; i < a->reason_count; i++) {
		CHECK_INT(a->reasons[i].policy, b->reasons[i].policy);
		CHECK_SLICE(a->reasons[i].witness, b->reasons[i].witness);
	}
}

/* By the definition; asked of another history, so that the one in question keeps what it has. */
static size_t count_held(const struct cedar_policyset *set, struct cedar_history *history, const struct moment *step)
{
	size_t held = 0;
	for (size_t i = 0; i < MANY; i++)
		held += session_ask(set, i, history, step, false) == TEMPORAL_TRUE;
	return held;
}

/*
 * What is kept from one decision to the next, and within one, is what comes out where nothing is kept: by a history whose
 * monitors are made anew for each decision, and by the definition. The clock may go back.
 */
TEST(answers_that_are_kept_are_the_answers)
{
	struct buffer text;
	struct arena arena;
	size_t decided = 0, held = 0;
	buffer_init(&text, 1u << 20);
	arena_init(&arena, 1u << 26);
	for (unsigned round = 0; round < 6; round++) {
		struct cedar_policyset *set = random_set(&text, MANY), *sets[2];
		struct cedar_history *history = session_new(), *forgetful = session_new();
		int64_t now_s = 0;
		sets[0] = world_policies(buffer_slice(&text));
		sets[1] = world_policies(buffer_slice(&text));
		for (unsigned i = 0; i < 200; i++) {
			struct moment step = random_step(&now_s);
			step.is_response = false;
			for (unsigned again = 0; again < 3; again++, decided++) {
				struct cedar_result kept = decide(set, history, &step, pick(4) == 0, &arena);
				struct cedar_result anew = decide(sets[decided % 2], forgetful, &step, false, &arena);
				compare_reasons(&kept, &anew);
				if (i % 8 == 0)
					CHECK_INT(kept.reason_count, count_held(set, forgetful, &step));
				held += kept.reason_count;
				arena_reset(&arena);
				step.action = one_of(actions, 3);
				step.user = one_of(users, 3);
				step.at_s = now_s + (int64_t)pick(4) - 1;
			}
			step.at_s = now_s += pick(2);
			step.is_response = pick(4) == 0;
			if (pick(3) == 0)
				continue;
			session_add(history, &step, set);
			session_add(forgetful, &step, set);
		}
		cedar_history_free(history);
		cedar_history_free(forgetful);
		cedar_policyset_free(sets[0]);
		cedar_policyset_free(sets[1]);
		cedar_policyset_free(set);
	}
	arena_free(&arena);
	buffer_free(&text);
	print_message("# %zu decisions, %zu conditions held\n", decided, held);
	CHECK(held > decided * MANY / 10);
}

/* `kept` was read from what `history` wrote; the set of monitors has to begin from the kept events in both. */
static void compare_reread(const struct cedar_policyset *set, struct cedar_history *history, struct cedar_history *kept,
			   const struct moment *step, struct tally *tally)
{
	for (size_t i = 0; i < POLICIES; i++) {
		enum temporal_answer answer = session_ask(set, i, history, step, true);
		CHECK(session_ask(set, i, kept, step, true) == answer);
		CHECK(session_ask(set, i, kept, step, false) == session_ask(set, i, history, step, false));
		tally->asked++;
		tally->held += answer == TEMPORAL_TRUE;
		tally->unknown += answer == TEMPORAL_UNKNOWN;
	}
}

/* Written and read at any moment, then both go on: every condition has one answer, also where the past is lost. */
TEST(a_history_that_was_read_again_gives_the_same_answers)
{
	struct buffer text;
	struct tally tally = {0};
	buffer_init(&text, 1u << 20);
	for (unsigned round = 0; round < SETS; round++) {
		struct cedar_policyset *set = random_set(&text, POLICIES), *later = random_set(&text, POLICIES);
		struct cedar_history *history = session_new(), *kept = NULL;
		int64_t now_s = 0;
		unsigned written = pick(STEPS), lost = pick(4) ? STEPS : pick(STEPS);
		for (unsigned i = 0; i < STEPS; i++) {
			const struct cedar_policyset *of_now = kept ? later : set;
			struct moment step = random_step(&now_s);
			if (i == lost)
				cedar_history_forget(history, now_s * 1000);
			if (i == lost && kept)
				cedar_history_forget(kept, now_s * 1000);
			if (i == written)
				kept = session_reread(history, &world_key);
			if (kept && !step.is_response)
				compare_reread(later, history, kept, &step, &tally);
			session_add(history, &step, of_now);
			if (kept)
				session_add(kept, &step, of_now);
		}
		cedar_history_free(history);
		cedar_history_free(kept);
		cedar_policyset_free(set);
		cedar_policyset_free(later);
	}
	buffer_free(&text);
	print_message("# %zu questions, %zu held, %zu were not known\n", tally.asked, tally.held, tally.unknown);
	CHECK(tally.asked > 50000 && tally.held > tally.asked / 10 && tally.held < tally.asked / 10 * 9);
	CHECK(tally.unknown > tally.asked / 1000);
}

/* Far more events than are kept: what is in the windows is still exact. */
TEST(a_long_session_stays_exact)
{
	struct buffer text;
	struct cedar_history *history = session_new();
	int64_t now_s = 0;
	buffer_init(&text, 1u << 20);
	struct cedar_policyset *set = random_set(&text, POLICIES);
	for (unsigned i = 0; i < 4000; i++) {
		struct moment step = random_step(&now_s);
		size_t policy = pick(POLICIES);
		enum temporal_answer answer = session_ask(set, policy, history, &step, true);
		CHECK(answer != TEMPORAL_UNKNOWN);
		CHECK(answer == session_ask(set, policy, history, &step, false));
		session_add(history, &step, set);
	}
	CHECK(history->first > 2900);
	CHECK(cedar_history_bytes(history) < (4u << 20));
	cedar_history_free(history);
	cedar_policyset_free(set);
	buffer_free(&text);
}
