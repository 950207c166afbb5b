/* `tipstaff policy diff`: which requests two versions of a policy set decide differently, and what changed in the text. */
#include "cli/policy.h"

#include "cli/printed.h"
#include "cli/screen.h"

enum exit_code { EXIT_EQUAL = 0, EXIT_NEW = 10, EXIT_LOST = 11, EXIT_UNKNOWN = 12 };

#define POLICY_BYTES_MAX (16u << 20)

/* What happened to a policy. */
enum change_kind { CHANGE_ADDED = 0, CHANGE_REMOVED, CHANGE_CHANGED };

struct change {
	enum change_kind kind;
	slice id;
	slice before; /* without comments; empty where it was not there */
	slice after;
};

struct diff {
	struct arena *arena;
	struct policy_world old;
	struct policy_world new;
	struct cedar_problem problem;
	slice schema;
	uint64_t new_max;
	bool has_new_max;
	bool disjoint;
	bool json;
	struct change *changes;
	size_t change_count;
	size_t same_count;
	struct analysis_differences gained; /* NEW allows, OLD denies */
	struct analysis_differences lost;
	struct analysis_differences common; /* of --disjoint: both allow */
};

static enum error read_set(struct policy_world *world, const char *path, struct cedar_problem *problem, struct fault *why)
{
	struct folder folder = {.arena = world->arena, .wants = policy_is_cedar};
	TRY(folder_add(&folder, slice_of(path), why));
	enum error code = policy_world_policies(world, &folder, why);
	if (code != E_OK)
		*problem = world->problem;
	return code;
}

static enum error text_of(struct diff *diff, const struct cedar_policyset *set, size_t index, slice *ret_text,
			  struct fault *why)
{
	struct buffer text;
	buffer_init(&text, POLICY_BYTES_MAX);
	cedar_policy_write_text(set, index, &text);
	enum error code = buffer_check(&text, why);
	*ret_text = arena_copy(diff->arena, buffer_slice(&text));
	buffer_free(&text);
	return code;
}

/* The @id, which survives a new place in the file, or the id. */
static slice name_of(const struct cedar_policyset *set, size_t index)
{
	slice own = policy_own_id(set, index);
	return own.len > 0 ? own : cedar_policyset_info(set, index).id;
}

static enum error add_change(struct diff *diff, enum change_kind kind, size_t old, size_t new, struct fault *why)
{
	struct change *change = &diff->changes[diff->change_count++];
	*change = (struct change){.kind = kind};
	change->id = kind == CHANGE_ADDED ? name_of(diff->new.set, new) : name_of(diff->old.set, old);
	if (kind != CHANGE_ADDED)
		TRY(text_of(diff, diff->old.set, old, &change->before, why));
	if (kind != CHANGE_REMOVED)
		TRY(text_of(diff, diff->new.set, new, &change->after, why));
	return E_OK;
}

/* The policies of one set that the other does not have word for word. */
struct rest {
	uint32_t *policies;
	size_t count;
};

static enum error find_rest(struct diff *diff, const struct cedar_policyset *set, const struct cedar_policyset *other,
			    struct rest *rest, struct fault *why)
{
	const uint32_t *twins;
	size_t count = cedar_policyset_count(set);
	TRY(analysis_twins(set, other, diff->arena, &twins, why));
	rest->policies = ARENA_ARRAY(diff->arena, count + 1, uint32_t);
	if (!rest->policies)
		return FAIL(why, E_MEMORY, "no memory for what changed");
	for (uint32_t i = 0; i < count; i++)
		if (twins[i] == ANALYSIS_NO_TWIN)
			rest->policies[rest->count++] = i;
	return E_OK;
}

/* Takes the policy of this name out of the rest. SIZE_MAX: there is none. */
static size_t take_named(const struct diff *diff, struct rest *old, slice name)
{
	for (size_t i = 0; i < old->count; i++) {
		uint32_t policy = old->policies[i];
		if (!slice_equal(name_of(diff->old.set, policy), name))
			continue;
		for (old->count--; i < old->count; i++)
			old->policies[i] = old->policies[i + 1];
		return policy;
	}
	return SIZE_MAX;
}

static enum error find_changes(struct diff *diff, struct fault *why)
{
	struct rest old = {.count = 0}, new = {.count = 0};
	TRY(find_rest(diff, diff->old.set, diff->new.set, &old, why));
	TRY(find_rest(diff, diff->new.set, diff->old.set, &new, why));
	diff->same_count = cedar_policyset_count(diff->new.set) - new.count;
	diff->changes = ARENA_ARRAY(diff->arena, old.count + new.count + 1, struct change);
	if (!diff->changes)
		return FAIL(why, E_MEMORY, "no memory for what changed");
	for (size_t i = 0; i < new.count; i++) {
		size_t before = take_named(diff, &old, name_of(diff->new.set, new.policies[i]));
		TRY(add_change(diff, before == SIZE_MAX ? CHANGE_ADDED : CHANGE_CHANGED, before, new.policies[i], why));
	}
	for (size_t i = 0; i < old.count; i++)
		TRY(add_change(diff, CHANGE_REMOVED, old.policies[i], 0, why));
	return E_OK;
}

static enum error compare(struct diff *diff, const struct option_words *given, struct fault *why)
{
	TRY(read_set(&diff->old, given->items[0], &diff->problem, why));
	TRY(read_set(&diff->new, given->items[1], &diff->problem, why));
	if (diff->schema.len > 0) {
		enum error code = policy_world_schema(&diff->old, diff->schema, why);
		diff->problem = diff->old.problem;
		TRY(code);
	}
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	if (diff->disjoint)
		return analysis_common(diff->old.schema, old, new, diff->arena, &diff->common, why);
	TRY(find_changes(diff, why));
	TRY(analysis_differences(diff->old.schema, new, old, diff->arena, &diff->gained, why));
	return analysis_differences(diff->old.schema, old, new, diff->arena, &diff->lost, why);
}

static size_t found_count(const struct analysis_differences *differences)
{
	return differences->count - differences->unknown_count;
}

/* What the two sets are to each other, as far as it is certain. */
static const char *relation_of(const struct diff *diff)
{
	bool gains = found_count(&diff->gained) > 0, loses = found_count(&diff->lost) > 0;
	if (gains && loses)
		return "different";
	if (diff->gained.unknown_count + diff->lost.unknown_count > 0)
		return "unknown";
	return gains ? "more" : loses ? "less" : "equal";
}

static int exit_of(const struct diff *diff)
{
	if (diff->disjoint)
		return found_count(&diff->common) ? EXIT_NEW : diff->common.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
	if (found_count(&diff->gained) > (diff->has_new_max ? diff->new_max : 0))
		return EXIT_NEW;
	if (diff->has_new_max)
		return diff->gained.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
	if (found_count(&diff->lost) > 0)
		return EXIT_LOST;
	return diff->gained.unknown_count + diff->lost.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
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

static void print_changes(const struct diff *diff)
{
	static const char *const words[] = {[CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed",
					    [CHANGE_CHANGED] = "changed"};
	for (size_t i = 0; i < diff->change_count; i++) {
		const struct change *change = &diff->changes[i];
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
};

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
		print_line("", one->is_unknown ? one->message : slice_of(one->is_of_permit ? words->permit : words->forbid));
		print_lines("  ", hint);
	}
	return E_OK;
}

static enum error print_text(const struct diff *diff, struct fault *why)
{
	static const char *const says[][2] = {
		{"equal", "both decide every request alike"},
		{"more", "NEW allows all that OLD allows, and more"},
		{"less", "NEW allows less than OLD, and nothing else"},
		{"different", "NEW allows what OLD does not, and the other way round"},
		{"unknown", "it could not be told how they relate"},
	};
	static const struct words gained = {"allowed", "only NEW allows this", "OLD forbids this, NEW allows it", SCREEN_RED};
	static const struct words lost = {"denied", "only OLD allows this", "NEW forbids this, OLD allows it", SCREEN_GREEN};
	static const struct words common = {"common", "both allow this", "", SCREEN_RED};
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	if (diff->disjoint) {
		TRY(print_differences(&common, &diff->common, old, new, diff->arena, why));
		puts(found_count(&diff->common)	  ? "there are requests that both allow"
		     : diff->common.unknown_count ? "it could not be told whether both allow some request"
						  : "no request is allowed by both");
		return E_OK;
	}
	print_changes(diff);
	TRY(print_differences(&gained, &diff->gained, new, old, diff->arena, why));
	TRY(print_differences(&lost, &diff->lost, old, new, diff->arena, why));
	printf("%zu the same, %zu changed; %zu new allow%s, %zu lost, %zu unknown: ", diff->same_count,
	       diff->change_count, found_count(&diff->gained), found_count(&diff->gained) == 1 ? "" : "s",
	       found_count(&diff->lost), diff->gained.unknown_count + diff->lost.unknown_count);
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

static void put_changes(struct json_writer *writer, const struct diff *diff, const char *key, enum change_kind kind)
{
	json_put_array(writer, key);
	for (size_t i = 0; i < diff->change_count; i++) {
		const struct change *change = &diff->changes[i];
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

static enum error put_all(struct json_writer *writer, const struct diff *diff, struct fault *why)
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
	json_end_object(writer);
	return E_OK;
}

static enum error print_json(const struct diff *diff, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	return printed_end(&printed, put_all(writer, diff, why), why);
}

int policy_diff(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct diff diff = {.arena = &arena, .old.arena = &arena, .new.arena = &arena, .new_max = UINT64_MAX};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"schema", OPTION_TEXT, &diff.schema, "FILE", "for requests that conform to it; JSON where it ends in .json"},
		{"new-max", OPTION_NUMBER, &diff.new_max, "N", "exit code 0 with at most N new allows, whatever was lost"},
		{"disjoint", OPTION_FLAG, &diff.disjoint, NULL, "rather tell whether both allow some request"},
		{"json", OPTION_FLAG, &diff.json, NULL, "print JSON"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 2, 2, &given);
	if (go != OPTIONS_GO)
		return go;
	diff.has_new_max = diff.new_max != UINT64_MAX;
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = compare(&diff, &given, &why);
	if (code == E_OK)
		code = diff.json ? print_json(&diff, &why) : print_text(&diff, &why);
	if (code != E_OK) {
		fprintf(stderr, "tipstaff: ");
		policy_print_fault(stderr, &diff.problem, &why);
	}
	int told = exit_of(&diff);
	policy_world_free(&diff.old);
	policy_world_free(&diff.new);
	arena_free(&arena);
	return code == E_OK ? told : error_exit(code);
}
