/* `tipstaff policy analyze`: what can be said of policies without a request at hand. */
#include "cli/diagnostics.h"
#include "cli/policy.h"

#define MESSAGE_BYTES_MAX (64u << 10)

enum exit_code { EXIT_CLEAN = 0, EXIT_FOUND = 10, EXIT_UNKNOWN = 12 };

struct analyze {
	struct policy_world world;
	struct diagnostics found;
	struct cedar_source *sources;
	size_t source_count;
	struct policy_beside beside;
	struct diagnostics_form form;
	struct analysis analysis;
	size_t left_out; /* findings beyond what diagnostics hold */
};

static enum error read_all(struct analyze *analyze, const struct option_words *given, struct fault *why)
{
	struct policy_world *world = &analyze->world;
	struct folder folder = {.arena = world->arena};
	slice paths[OPTIONS_WORDS_MAX];
	policy_paths(given, paths);
	TRY(policy_files(&folder, paths, given->count, why));
	analyze->sources = ARENA_ARRAY(world->arena, folder.count, struct cedar_source);
	if (!analyze->sources)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (; analyze->source_count < folder.count; analyze->source_count++)
		TRY(policy_source(world->arena, &folder.files[analyze->source_count],
				  &analyze->sources[analyze->source_count], why));
	TRY(cedar_policyset_build(&policy_key, analyze->sources, analyze->source_count, NULL, 0, &world->set,
				  &world->problem, why));
	TRY(policy_beside_find(world->arena, paths, given->count, &analyze->beside, why));
	return analyze->beside.schema.len > 0 ? policy_world_schema(world, analyze->beside.schema, why) : E_OK;
}

static slice text_of(const struct analyze *analyze, slice name)
{
	for (size_t i = 0; i < analyze->source_count; i++)
		if (slice_equal(analyze->sources[i].name, name))
			return analyze->sources[i].text;
	return (slice){NULL, 0};
}

/* `a.cedar#0: sentence (b.cedar#1) [rule]` */
static enum error write_message(struct analyze *analyze, const struct analysis_finding *finding, slice *ret_message,
				struct fault *why)
{
	struct buffer text;
	buffer_init(&text, MESSAGE_BYTES_MAX);
	buffer_add(&text, cedar_policyset_info(analyze->world.set, finding->policy).id);
	buffer_add_text(&text, ": ");
	buffer_add(&text, finding->message);
	if (finding->other_count > 0) {
		buffer_add_text(&text, " (");
		policy_write_ids(&text, analyze->world.set, finding->others, finding->other_count);
		buffer_add_text(&text, ")");
	}
	if (diagnostics_for_people(&analyze->form))
		buffer_print(&text, " [%s]", analysis_rule_name(finding->rule));
	enum error code = buffer_check(&text, why);
	*ret_message = arena_copy(analyze->world.arena, buffer_slice(&text));
	buffer_free(&text);
	return code;
}

static enum error add_finding(struct analyze *analyze, const struct analysis_finding *finding, struct fault *why)
{
	struct cedar_policy_info info = cedar_policyset_info(analyze->world.set, finding->policy);
	struct diagnostic one = {.rule = DIAGNOSTIC_UNKNOWN + (enum diagnostic_rule)finding->rule, .is_warning = true,
				 .is_note = finding->is_note, .source = info.source,
				 .text = text_of(analyze, info.source), .policy = info.id, .line = finding->line,
				 .column = finding->column};
	TRY(write_message(analyze, finding, &one.message, why));
	if (finding->example) {
		TRY(policy_example_hint(analyze->world.arena, finding->example, &one.hint, why));
		TRY(policy_example_json(analyze->world.arena, finding->example, &one.example, why));
	}
	return diagnostics_add(&analyze->found, &one, why);
}

static void print_text(const void *about)
{
	const struct analyze *analyze = about;
	const struct analysis *analysis = &analyze->analysis;
	size_t count = cedar_policyset_count(analyze->world.set);
	size_t templates = cedar_policyset_template_count(analyze->world.set);
	diagnostics_print(&analyze->found, stdout);
	policy_beside_print(&analyze->beside, "read ");
	size_t unknown = analysis->counts[ANALYSIS_UNKNOWN];
	size_t notes = analysis->count - analysis->defects - unknown;
	if (analyze->left_out > 0)
		printf("%zu more are not shown\n", analyze->left_out);
	printf("%zu polic%s: %zu finding%s, %zu note%s, %zu unknown%s\n", count, count == 1 ? "y" : "ies",
	       analysis->defects, analysis->defects == 1 ? "" : "s", notes, notes == 1 ? "" : "s", unknown,
	       analyze->beside.schema.len ? "" : "; without a schema (--schema) any attribute may be missing");
	if (templates > 0)
		printf("%zu template%s not looked at: only links are\n", templates, templates == 1 ? " is" : "s are");
}

static void write_head(const void *about, struct json_writer *writer)
{
	const struct analyze *analyze = about;
	json_put_u64(writer, "policies", cedar_policyset_count(analyze->world.set));
	json_put_u64(writer, "findings", analyze->analysis.defects);
	json_put_u64(writer, "unknown", analyze->analysis.counts[ANALYSIS_UNKNOWN]);
	json_put_u64(writer, "left_out", analyze->left_out);
	policy_beside_write(&analyze->beside, writer);
}

static enum error analyze_all(struct analyze *analyze, const struct option_words *given, struct fault *why)
{
	struct analysis *analysis = &analyze->analysis;
	TRY(read_all(analyze, given, why));
	TRY(analysis_run(analyze->world.schema, analyze->world.set, analyze->world.arena, analysis, why));
	for (size_t i = 0; i < analysis->count; i++)
		if (analyze->found.count < DIAGNOSTICS_MAX)
			TRY(add_finding(analyze, &analysis->findings[i], why));
		else
			analyze->left_out++;
	return diagnostics_report(&analyze->found, &analyze->form,
				  &(struct diagnostics_frame){print_text, write_head, analyze}, why);
}

int policy_analyze(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct analyze analyze = {.world.arena = &arena, .found.arena = &arena, .beside.only_schema = true};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"schema", OPTION_TEXT, &analyze.beside.schema, "FILE", "for requests that conform to it; JSON where it ends in .json (that of the folder)"},
		DIAGNOSTICS_OPTIONS(&analyze.form),
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, OPTIONS_WORDS_MAX,
			       &given);
	if (go == OPTIONS_GO)
		go = diagnostics_begin(&analyze.form, verb);
	if (go != OPTIONS_GO)
		return go;
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = analyze_all(&analyze, &given, &why);
	if (code != E_OK)
		policy_print_fault(stderr, &analyze.world.problem, &why);
	policy_world_free(&analyze.world);
	arena_free(&arena);
	if (code != E_OK)
		return error_exit(code);
	return analyze.analysis.defects ? EXIT_FOUND : analyze.analysis.counts[ANALYSIS_UNKNOWN] ? EXIT_UNKNOWN : EXIT_CLEAN;
}
