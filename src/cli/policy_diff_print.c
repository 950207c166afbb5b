/* What `tipstaff policy diff` found, for people, as JSON and as SARIF. */
#include "cli/policy_diff.h"

#include "cli/printed.h"
#include "cli/screen.h"

/* What the two sets are to each other, as far as it is certain. */
static const char *relation_of(const struct policy_diff *diff)
{
	bool gains = policy_diff_found(&diff->gained) > 0, loses = policy_diff_found(&diff->lost) > 0;
	if (gains && loses)
		return "different";
	if (diff->gained.unknown_count + diff->lost.unknown_count > 0)
		return "unknown";
	return gains ? "more" : loses ? "less" : "equal";
}

static void print_line(const char *label, slice text)
{
	fputs(label, stdout);
	screen_text(stdout, text);
	fputc('\n', stdout);
}

static void print_lines(const char *label, slice text)
{
	while (text.len > 0)
		print_line(label, slice_cut(&text, '\n'));
}

static void print_changes(const struct policy_diff *diff)
{
	static const char *const words[] = {[CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed",
					    [CHANGE_CHANGED] = "changed"};
	for (size_t i = 0; i < diff->change_count; i++) {
		const struct policy_change *change = &diff->changes[i];
		printf("%-9s", words[change->kind]);
		print_line("", change->id);
		print_lines("  - ", change->before);
		print_lines("  + ", change->after);
	}
}

/* The policy at work: a permit of the set that allows, or a forbid of the one that denies. */
static struct cedar_policy_info info_of(const struct analysis_difference *one, const struct cedar_policyset *allowing,
					const struct cedar_policyset *denying)
{
	return cedar_policyset_info(one->is_of_permit ? allowing : denying, one->policy);
}

/* What is said of a difference through a permit, and through a forbid. */
struct words {
	const char *label;
	const char *permit;
	const char *forbid;
	enum screen_colour colour;
	enum diagnostic_rule rule;
};

static const struct words gained = {"allowed", "only NEW allows this", "OLD forbids this, NEW allows it", SCREEN_RED,
				    DIAGNOSTIC_NEW_ALLOW};
static const struct words lost = {"denied", "only OLD allows this", "NEW forbids this, OLD allows it", SCREEN_GREEN,
				  DIAGNOSTIC_LOST_ALLOW};
static const struct words common = {"common", "both allow this", "", SCREEN_RED, DIAGNOSTIC_COMMON_ALLOW};

static slice words_for(const struct words *words, const struct analysis_difference *one)
{
	return one->is_unknown ? one->message : slice_of(one->is_of_permit ? words->permit : words->forbid);
}

static enum error print_differences(const struct words *words, const struct analysis_differences *differences,
				    const struct cedar_policyset *allowing, const struct cedar_policyset *denying,
				    struct arena *arena, struct fault *why)
{
	for (size_t i = 0; i < differences->count; i++) {
		const struct analysis_difference *one = &differences->items[i];
		struct cedar_policy_info info = info_of(one, allowing, denying);
		slice hint = {NULL, 0};
		if (one->example)
			TRY(policy_example_hint(arena, one->example, &hint, why));
		screen_colour(stdout, one->is_unknown ? SCREEN_YELLOW : words->colour);
		printf("%-9s", one->is_unknown ? "unknown" : words->label);
		screen_colour(stdout, SCREEN_PLAIN);
		screen_text(stdout, info.id);
		fputs("  ", stdout);
		screen_text(stdout, info.source);
		printf(":%u  ", info.line);
		print_line("", words_for(words, one));
		print_lines("  ", hint);
	}
	return E_OK;
}

static enum error print_text(const struct policy_diff *diff, struct fault *why)
{
	static const char *const says[][2] = {
		{"equal", "both decide every request alike"},
		{"more", "NEW allows all that OLD allows, and more"},
		{"less", "NEW allows less than OLD, and nothing else"},
		{"different", "NEW allows what OLD does not, and the other way round"},
		{"unknown", "it could not be told how they relate"},
	};
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	policy_beside_print(&diff->beside, "read     ");
	if (diff->disjoint) {
		TRY(print_differences(&common, &diff->common, old, new, diff->arena, why));
		puts(policy_diff_found(&diff->common) ? "there are requests that both allow"
		     : diff->common.unknown_count     ? "it could not be told whether both allow some request"
						      : "no request is allowed by both");
		return E_OK;
	}
	print_changes(diff);
	TRY(print_differences(&gained, &diff->gained, new, old, diff->arena, why));
	TRY(print_differences(&lost, &diff->lost, old, new, diff->arena, why));
	printf("%zu the same, %zu changed; %zu new allow%s, %zu lost, %zu unknown: ", diff->same_count,
	       diff->change_count, policy_diff_found(&diff->gained), policy_diff_found(&diff->gained) == 1 ? "" : "s",
	       policy_diff_found(&diff->lost), diff->gained.unknown_count + diff->lost.unknown_count);
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (slice_equal(slice_of(says[i][0]), slice_of(relation_of(diff))))
			puts(says[i][1]);
	return E_OK;
}

static enum error put_differences(struct json_writer *writer, const char *key,
				  const struct analysis_differences *differences,
				  const struct cedar_policyset *allowing, const struct cedar_policyset *denying,
				  struct arena *arena, struct fault *why)
{
	json_put_array(writer, key);
	for (size_t i = 0; i < differences->count; i++) {
		const struct analysis_difference *one = &differences->items[i];
		struct cedar_policy_info info = info_of(one, allowing, denying);
		json_begin_object(writer);
		json_put_string(writer, "policy", info.id);
		json_put_text(writer, "effect", info.effect == CEDAR_PERMIT ? "permit" : "forbid");
		json_put_string(writer, "source", info.source);
		json_put_u64(writer, "line", info.line);
		json_put_bool(writer, "unknown", one->is_unknown);
		json_put_string(writer, "message", one->message);
		if (one->example) {
			slice example;
			TRY(policy_example_json(arena, one->example, &example, why));
			json_write_key(writer, SLICE("example"));
			json_write_raw(writer, example);
		}
		json_end_object(writer);
	}
	json_end_array(writer);
	return E_OK;
}

static void put_changes(struct json_writer *writer, const struct policy_diff *diff, const char *key, enum policy_change_kind kind)
{
	json_put_array(writer, key);
	for (size_t i = 0; i < diff->change_count; i++) {
		const struct policy_change *change = &diff->changes[i];
		if (change->kind != kind)
			continue;
		json_begin_object(writer);
		json_put_string(writer, "policy", change->id);
		if (kind != CHANGE_ADDED)
			json_put_string(writer, "old", change->before);
		if (kind != CHANGE_REMOVED)
			json_put_string(writer, "new", change->after);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static enum error put_all(struct json_writer *writer, const struct policy_diff *diff, struct fault *why)
{
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	json_begin_object(writer);
	if (diff->disjoint) {
		TRY(put_differences(writer, "common", &diff->common, old, new, diff->arena, why));
	} else {
		json_put_text(writer, "relation", relation_of(diff));
		json_put_u64(writer, "same", diff->same_count);
		put_changes(writer, diff, "changed", CHANGE_CHANGED);
		put_changes(writer, diff, "added", CHANGE_ADDED);
		put_changes(writer, diff, "removed", CHANGE_REMOVED);
		TRY(put_differences(writer, "new_allows", &diff->gained, new, old, diff->arena, why));
		TRY(put_differences(writer, "lost_allows", &diff->lost, old, new, diff->arena, why));
	}
	policy_beside_write(&diff->beside, writer);
	json_end_object(writer);
	return E_OK;
}

static enum error print_json(const struct policy_diff *diff, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	return printed_end(&printed, put_all(writer, diff, why), why);
}

/* Each at the policy at work; a new allow is a warning, what is lost or unknown worth knowing. */
static enum error keep(struct diagnostics *found, const struct words *words, const struct analysis_differences *differences,
		       const struct cedar_policyset *allowing, const struct cedar_policyset *denying, struct fault *why)
{
	for (size_t i = 0; i < differences->count; i++) {
		const struct analysis_difference *one = &differences->items[i];
		struct cedar_policy_info info = info_of(one, allowing, denying);
		slice says = words_for(words, one);
		struct diagnostic row = {.rule = one->is_unknown ? DIAGNOSTIC_UNKNOWN : words->rule, .is_warning = true,
					 .is_note = one->is_unknown || words->rule == DIAGNOSTIC_LOST_ALLOW,
					 .source = info.source, .policy = info.id, .line = info.line, .column = 1};
		row.message = arena_print(found->arena, "%.*s: %.*s", SLICE_ARG(info.id), SLICE_ARG(says));
		if (!row.message.ptr)
			return FAIL(why, E_MEMORY, "no memory for a difference");
		if (one->example)
			TRY(policy_example_json(found->arena, one->example, &row.example, why));
		TRY(diagnostics_add(found, &row, why));
	}
	return E_OK;
}

static enum error print_sarif(const struct policy_diff *diff, struct fault *why)
{
	struct diagnostics found = {.arena = diff->arena};
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	TRY(keep(&found, &common, &diff->common, old, new, why));
	TRY(keep(&found, &gained, &diff->gained, new, old, why));
	TRY(keep(&found, &lost, &diff->lost, old, new, why));
	return diagnostics_print_sarif(&found, why);
}

enum error policy_diff_report(const struct policy_diff *diff, struct fault *why)
{
	if (diff->form.sarif)
		return print_sarif(diff, why);
	return diff->form.json ? print_json(diff, why) : print_text(diff, why);
}
