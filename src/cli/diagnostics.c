#include "cli/diagnostics.h"

#include "cli/printed.h"
#include "cli/screen.h"

static const struct {
	const char *id;
	const char *says;
} rules[DIAGNOSTIC_RULE_COUNT] = {
	[DIAGNOSTIC_SYNTAX] = {"syntax", "The text is not what its language says"},
	[DIAGNOSTIC_CONFLICT] = {"conflict", "Two policies have one id, so that they cannot stand together"},
	[DIAGNOSTIC_SCHEMA] = {"schema", "The schema cannot be used"},
	[DIAGNOSTIC_VALIDATION] = {"validation", "The policy does not fit the schema"},
	[DIAGNOSTIC_ENTITIES] = {"entities", "The entities do not conform to the schema"},
	[DIAGNOSTIC_REMEDY] = {"remedy", "The facts that the policy declares changeable cannot be read"},
	[DIAGNOSTIC_CONFUSABLE] = {"confusable", "The text may be read as another than it is"},
	[DIAGNOSTIC_HISTORY] = {"history-scan", "The history condition looks at the events of the session again"},
	[DIAGNOSTIC_FORMAT] = {"format", "The file is not in the layout of policy format"},
	[DIAGNOSTIC_TEST] = {"test", "A test of the policies did not come out as it says"},
	[DIAGNOSTIC_NEW_ALLOW] = {"new-allow", "Requests are allowed that were denied before"},
	[DIAGNOSTIC_LOST_ALLOW] = {"lost-allow", "Requests are denied that were allowed before"},
	[DIAGNOSTIC_COMMON_ALLOW] = {"common-allow", "There are requests that both sets allow"},
	[DIAGNOSTIC_EMPTY] = {"empty", "The file holds no policy"},
	[DIAGNOSTIC_UNKNOWN] = {"unknown", "The analysis could not tell"},
	[DIAGNOSTIC_NEVER] = {"never-matches", "No request matches the policy"},
	[DIAGNOSTIC_FORBIDDEN] = {"always-forbidden", "Whatever the policy permits is forbidden by others"},
	[DIAGNOSTIC_REDUNDANT] = {"redundant", "All would be decided the same without the policy"},
	[DIAGNOSTIC_DUPLICATE] = {"duplicate", "The policy means the same as another"},
	[DIAGNOSTIC_ERROR] = {"can-err", "There are requests in which the policy errs and does nothing"},
	[DIAGNOSTIC_WIDE] = {"over-wide", "The policy permits nearly everything"},
};

static size_t *count_of(struct diagnostics *list, const struct diagnostic *one)
{
	return one->is_note ? &list->notes : one->is_warning ? &list->warnings : &list->errors;
}

static const char *severity_of(const struct diagnostic *one)
{
	return one->is_note ? "note" : one->is_warning ? "warning" : "error";
}

enum error diagnostics_add(struct diagnostics *list, const struct diagnostic *one, struct fault *why)
{
	if (!list->items)
		list->items = ARENA_ARRAY(list->arena, DIAGNOSTICS_MAX, struct diagnostic);
	if (!list->items)
		return FAIL(why, E_MEMORY, "no memory for what is wrong");
	if (list->count == DIAGNOSTICS_MAX)
		return FAIL(why, E_LIMIT, "more than %u mistakes; mend some first", DIAGNOSTICS_MAX);
	list->items[list->count++] = *one;
	*count_of(list, one) += 1;
	return E_OK;
}

static slice line_of(const struct diagnostic *one)
{
	size_t start = 0;
	for (uint32_t line = 1; line < one->line; line++) {
		size_t end = slice_find_byte(one->text, '\n', start);
		start = end == SIZE_MAX ? one->text.len : end + 1;
	}
	slice rest = slice_from_offset(one->text, start);
	slice line = slice_cut(&rest, '\n');
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static void print_excerpt(const struct diagnostic *one, FILE *to)
{
	struct cedar_problem problem;
	slice line = line_of(one);
	if (cedar_problem_set(&problem, NULL, E_SYNTAX, one->source, line, one->column - 1, " ") == E_OK)
		return;
	fputs("  ", to);
	screen_text(to, slice_of(problem.excerpt));
	fprintf(to, "\n  %*s^\n", (int)screen_columns(slice_sub(slice_of(problem.excerpt), 0, problem.caret)), "");
}

void diagnostics_print(const struct diagnostics *list, FILE *to)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct diagnostic *one = &list->items[i];
		screen_text(to, one->source);
		if (one->line > 0)
			fprintf(to, ":%u:%u", one->line, one->column);
		fputs(": ", to);
		screen_colour(to, one->is_note ? SCREEN_DIM : one->is_warning ? SCREEN_YELLOW : SCREEN_RED);
		fputs(severity_of(one), to);
		screen_colour(to, SCREEN_PLAIN);
		fputs(": ", to);
		screen_text(to, one->message);
		fputc('\n', to);
		if (one->line > 0)
			print_excerpt(one, to);
		for (slice rest = one->hint; rest.len > 0;) {
			fputs("  ", to);
			screen_text(to, slice_cut(&rest, '\n'));
			fputc('\n', to);
		}
	}
}

static void write_json(const struct diagnostics *list, struct json_writer *writer)
{
	json_put_u64(writer, "errors", list->errors);
	json_put_u64(writer, "warnings", list->warnings);
	if (list->notes > 0)
		json_put_u64(writer, "notes", list->notes);
	json_put_array(writer, "diagnostics");
	for (size_t i = 0; i < list->count; i++) {
		const struct diagnostic *one = &list->items[i];
		json_begin_object(writer);
		json_put_string(writer, "source", one->source);
		json_put_u64(writer, "line", one->line);
		json_put_u64(writer, "column", one->column);
		json_put_text(writer, "severity", severity_of(one));
		json_put_text(writer, "rule", rules[one->rule].id);
		json_put_string(writer, "message", one->message);
		if (one->policy.len > 0)
			json_put_string(writer, "policy", one->policy);
		if (one->example.len > 0) {
			json_write_key(writer, SLICE("example"));
			json_write_raw(writer, one->example);
		}
		json_end_object(writer);
	}
	json_end_array(writer);
}

static bool is_plain(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '/' || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/* A path as a relative reference of RFC 3986. */
static void write_uri(struct json_writer *writer, slice path)
{
	struct buffer uri;
	buffer_init(&uri, 3 * path.len + 1);
	if (slice_starts_with(path, SLICE("./")))
		path = slice_from_offset(path, 2);
	for (size_t i = 0; i < path.len; i++)
		if (is_plain(path.ptr[i]))
			buffer_add_byte(&uri, path.ptr[i]);
		else
			buffer_print(&uri, "%%%02X", (unsigned)(unsigned char)path.ptr[i]);
	json_put_string(writer, "uri", buffer_slice(&uri));
	buffer_free(&uri);
}

static void write_result(struct json_writer *writer, const struct diagnostic *one)
{
	json_begin_object(writer);
	json_put_text(writer, "ruleId", rules[one->rule].id);
	json_put_text(writer, "level", severity_of(one));
	json_put_object(writer, "message");
	json_put_string(writer, "text", one->message);
	json_end_object(writer);
	json_put_array(writer, "locations");
	json_begin_object(writer);
	json_put_object(writer, "physicalLocation");
	json_put_object(writer, "artifactLocation");
	write_uri(writer, one->source);
	json_end_object(writer);
	if (one->line > 0) {
		json_put_object(writer, "region");
		json_put_u64(writer, "startLine", one->line);
		json_put_u64(writer, "startColumn", screen_columns(slice_sub(line_of(one), 0, one->column - 1)) + 1);
		json_end_object(writer);
	}
	json_end_object(writer);
	json_end_object(writer);
	json_end_array(writer);
	if (one->example.len > 0) {
		json_put_object(writer, "properties");
		json_write_key(writer, SLICE("example"));
		json_write_raw(writer, one->example);
		json_end_object(writer);
	}
	json_end_object(writer);
}

static void write_rules(struct json_writer *writer)
{
	json_put_array(writer, "rules");
	for (size_t i = 0; i < DIAGNOSTIC_RULE_COUNT; i++) {
		json_begin_object(writer);
		json_put_text(writer, "id", rules[i].id);
		json_put_object(writer, "shortDescription");
		json_put_text(writer, "text", rules[i].says);
		json_end_object(writer);
		json_end_object(writer);
	}
	json_end_array(writer);
}

enum error diagnostics_print_sarif(const struct diagnostics *list, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_text(writer, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_put_text(writer, "version", "2.1.0");
	json_put_array(writer, "runs");
	json_begin_object(writer);
	json_put_text(writer, "columnKind", "unicodeCodePoints");
	json_put_object(writer, "tool");
	json_put_object(writer, "driver");
	json_put_text(writer, "name", "tipstaff");
	write_rules(writer);
	json_end_object(writer);
	json_end_object(writer);
	json_put_array(writer, "results");
	for (size_t i = 0; i < list->count; i++)
		write_result(writer, &list->items[i]);
	json_end_array(writer);
	json_end_object(writer);
	json_end_array(writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}

bool diagnostics_for_people(const struct diagnostics_form *form)
{
	return !form->json && !form->sarif;
}

int diagnostics_begin(const struct diagnostics_form *form, const struct verb *verb)
{
	return form->json && form->sarif ? options_usage(verb, "--json and --sarif exclude each other") : OPTIONS_GO;
}

enum error diagnostics_report(const struct diagnostics *list, const struct diagnostics_form *form,
			      const struct diagnostics_frame *frame, struct fault *why)
{
	struct printed printed;
	if (form->sarif)
		return diagnostics_print_sarif(list, why);
	if (!form->json) {
		if (frame->print)
			frame->print(frame->about);
		return E_OK;
	}
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	frame->write(frame->about, writer);
	write_json(list, writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}
