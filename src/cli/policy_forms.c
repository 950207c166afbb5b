/* `tipstaff policy translate` and `policy format`: the same policies in another form. */
#include "cli/diagnostics.h"
#include "cli/policy.h"

#include "cedar/format.h"
#include "cli/screen.h"
#include "daemon/files.h"
#include "text/json_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum error write_json(const struct cedar_policyset *set, struct arena *arena, struct buffer *out,
			     struct fault *why)
{
	const struct json_limits limits = {.bytes_max = POLICY_PRINT_BYTES_MAX, .depth_max = JSON_DEPTH_MAX,
					   .nodes_max = 16u << 20};
	struct buffer compact;
	struct json_doc doc;
	struct json_writer writer;
	buffer_init(&compact, POLICY_PRINT_BYTES_MAX);
	cedar_policyset_write_json(set, &compact);
	enum error code = buffer_check(&compact, why);
	if (code == E_OK)
		code = json_parse(&doc, buffer_slice(&compact), &limits, arena, why);
	if (code == E_OK) {
		json_writer_init(&writer, out, JSON_PRETTY);
		json_write_node(&writer, &doc, json_root(&doc));
		code = json_writer_end(&writer, why);
		buffer_add_byte(out, '\n');
	}
	buffer_free(&compact);
	return code;
}

/* Text has no place for ids, so that they stand in comments. */
static enum error write_cedar(const struct cedar_policyset *set, struct buffer *out, struct fault *why)
{
	struct buffer text;
	if (cedar_policyset_template_count(set) > 0)
		return FAIL(why, E_UNSUPPORTED, "templates and their links have no form as text here; only policies do");
	buffer_init(&text, POLICY_PRINT_BYTES_MAX);
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		buffer_add_text(&text, i ? "\n// " : "// ");
		cedar_string_write(&text, cedar_policyset_info(set, i).id);
		buffer_add_byte(&text, '\n');
		cedar_policy_write_text(set, i, &text);
		buffer_add_byte(&text, '\n');
	}
	enum error code = buffer_check(&text, why);
	if (code == E_OK)
		code = cedar_format(SLICE("the translation"), buffer_slice(&text), out, NULL, why);
	buffer_free(&text);
	return code;
}

static enum error translate_schema(struct policy_world *world, const char *path, bool to_json, struct buffer *out,
				   struct fault *why)
{
	slice text;
	TRY(files_read(slice_of(path), POLICY_FILE_BYTES_MAX, world->arena, &text, why));
	if (to_json)
		TRY(cedar_schema_parse(&policy_key, slice_of(path), text, &world->schema, &world->problem, why));
	else
		TRY(cedar_schema_parse_json(&policy_key, slice_of(path), text, &world->schema, &world->problem, why));
	return to_json ? cedar_schema_write_json(world->schema, out, why) : cedar_schema_write_text(world->schema, out, why);
}

static enum error translate(struct policy_world *world, const char *path, bool to_json, struct buffer *out,
			    struct fault *why)
{
	if (policy_is_schema(slice_of(path)))
		return translate_schema(world, path, to_json, out, why);
	struct cedar_source source = {.name = slice_of(path), .is_json = !to_json};
	if (folder_is(source.name, world->arena))
		return FAIL(why, E_USAGE, "%s is a folder; files are translated one by one", path);
	if (!to_json && policy_is_cedar(source.name))
		return FAIL(why, E_USAGE, "%s is text already; --to cedar takes JSON", path);
	TRY(files_read(source.name, POLICY_FILE_BYTES_MAX, world->arena, &source.text, why));
	TRY(cedar_policyset_build(&policy_key, &source, 1, NULL, 0, &world->set, &world->problem, why));
	TRY(to_json ? write_json(world->set, world->arena, out, why) : write_cedar(world->set, out, why));
	return buffer_check(out, why);
}

int policy_translate(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct policy_world world = {.arena = &arena};
	struct option_words given;
	struct buffer out;
	struct fault why;
	slice to = {NULL, 0};
	const struct option_row options[] = {{"to", OPTION_TEXT, &to, "json|cedar", "the form that is wanted"}};
	int go = options_begin(verb, options, 1, count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	bool to_json = slice_equal(to, SLICE("json"));
	if (!to_json && !slice_equal(to, SLICE("cedar")))
		return options_usage(verb, "--to json or --to cedar is needed");
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	buffer_init(&out, POLICY_PRINT_BYTES_MAX);
	enum error code = translate(&world, given.items[0], to_json, &out, &why);
	if (code == E_OK)
		fwrite(out.ptr, 1, out.len, stdout);
	else
		policy_print_fault(stderr, &world.problem, &why);
	buffer_free(&out);
	policy_world_free(&world);
	arena_free(&arena);
	return error_exit(code);
}

struct format {
	struct arena arena;
	struct folder folder;
	struct cedar_problem problem;
	struct diagnostics found; /* of --check */
	bool check;
	bool write;
	struct diagnostics_form form;
};

static enum error write_all(int file, slice bytes)
{
	while (bytes.len > 0) {
		ssize_t done = write(file, bytes.ptr, bytes.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return E_IO;
		bytes = slice_from_offset(bytes, (size_t)done);
	}
	return E_OK;
}

/* The new text takes the place of the old one whole or not at all; the mode stays. */
static enum error replace(struct arena *arena, const char *path, slice text, struct fault *why)
{
	struct stat facts;
	slice beside = arena_print(arena, "%s.%d.new", path, (int)getpid());
	if (!beside.ptr)
		return FAIL(why, E_MEMORY, "no memory for a path");
	if (stat(path, &facts) != 0)
		return FAIL(why, E_IO, "%s: %s", path, strerror(errno));
	int file = open(beside.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return FAIL(why, E_IO, "%s cannot be replaced: no file can be made beside it: %s", path, strerror(errno));
	bool fine = write_all(file, text) == E_OK && fchmod(file, facts.st_mode & 07777) == 0 && fsync(file) == 0;
	fine = close(file) == 0 && fine;
	if (fine && rename(beside.ptr, path) == 0)
		return E_OK;
	enum error code = FAIL(why, E_IO, "%s: %s", path, strerror(errno));
	(void)unlink(beside.ptr);
	return code;
}

/* The line from which on they differ. */
static uint32_t first_difference(slice text, slice formatted)
{
	uint32_t line = 1;
	for (size_t i = 0; i < text.len && i < formatted.len && text.ptr[i] == formatted.ptr[i]; i++)
		line += text.ptr[i] == '\n';
	return line;
}

/* What --check finds is kept, so that every file is looked at. */
static enum error keep_difference(struct format *format, const char *path, slice text, slice formatted, struct fault *why)
{
	struct diagnostic one = {.rule = DIAGNOSTIC_FORMAT, .source = slice_of(path), .text = text, .column = 1,
				 .message = SLICE("not formatted from here on; policy format --write does it")};
	one.line = first_difference(text, formatted);
	if (diagnostics_for_people(&format->form)) {
		fputs("not formatted  ", stdout);
		screen_text(stdout, one.source);
		fputc('\n', stdout);
	}
	return diagnostics_add(&format->found, &one, why);
}

static enum error keep_mistake(struct format *format, const char *path, slice text, struct fault *why)
{
	struct diagnostic one = {.rule = DIAGNOSTIC_SYNTAX, .source = slice_of(path), .text = text, .line = format->problem.line,
				 .column = format->problem.column};
	one.message = arena_copy(&format->arena, slice_of(format->problem.sentence));
	if (diagnostics_for_people(&format->form))
		policy_print_fault(stderr, &format->problem, why);
	format->problem.line = 0;
	return diagnostics_add(&format->found, &one, why);
}

static enum error check_file(struct format *format, const char *path, slice text, struct buffer *out, enum error code,
			     struct fault *why)
{
	if (code != E_OK)
		return format->problem.line ? keep_mistake(format, path, text, why) : code;
	return slice_equal(text, buffer_slice(out)) ? E_OK : keep_difference(format, path, text, buffer_slice(out), why);
}

static enum error write_file(struct format *format, const char *path, slice text, const struct buffer *out,
			     struct fault *why)
{
	if (slice_equal(text, buffer_slice(out)))
		return E_OK;
	TRY(replace(&format->arena, path, buffer_slice(out), why));
	fputs("formatted  ", stdout);
	screen_text(stdout, slice_of(path));
	fputc('\n', stdout);
	return E_OK;
}

static enum error format_file(struct format *format, const char *path, struct fault *why)
{
	struct buffer out;
	slice text;
	TRY(files_read(slice_of(path), POLICY_FILE_BYTES_MAX, &format->arena, &text, why));
	buffer_init(&out, POLICY_PRINT_BYTES_MAX);
	enum error code = cedar_format(slice_of(path), text, &out, &format->problem, why);
	if (code == E_OK)
		code = buffer_check(&out, why);
	if (format->check)
		code = check_file(format, path, text, &out, code, why);
	else if (code == E_OK && format->write)
		code = write_file(format, path, text, &out, why);
	else if (code == E_OK)
		fwrite(out.ptr, 1, out.len, stdout);
	buffer_free(&out);
	return code;
}

static enum error format_all(struct format *format, const struct option_words *given, struct fault *why)
{
	slice paths[OPTIONS_WORDS_MAX];
	policy_paths(given, paths);
	TRY(policy_files(&format->folder, paths, given->count, why));
	for (size_t i = 0; i < format->folder.count; i++)
		TRY(format_file(format, format->folder.files[i].path, why));
	return E_OK;
}

static void write_head(const void *about, struct json_writer *writer)
{
	const struct format *format = about;
	json_put_u64(writer, "files", format->folder.count);
}

int policy_format(const struct verb *verb, int count, char **words)
{
	struct format format = {.check = false};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"check", OPTION_FLAG, &format.check, NULL, "only tell which files are not formatted; 65 where there are any"},
		{"write", OPTION_FLAG, &format.write, NULL, "write the files instead of printing"},
		{"json", OPTION_FLAG, &format.form.json, NULL, "with --check: print JSON"},
		{"sarif", OPTION_FLAG, &format.form.sarif, NULL, "with --check: print SARIF 2.1.0"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, OPTIONS_WORDS_MAX, &given);
	if (go != OPTIONS_GO)
		return go;
	if (format.check && format.write)
		return options_usage(verb, "--check and --write exclude each other");
	go = diagnostics_begin(&format.form, verb);
	if (go != OPTIONS_GO)
		return go;
	if (!diagnostics_for_people(&format.form) && !format.check)
		return options_usage(verb, "--json and --sarif go with --check");
	arena_init(&format.arena, POLICY_ARENA_BYTES_MAX);
	format.folder.arena = format.found.arena = &format.arena;
	enum error code = format_all(&format, &given, &why);
	if (code == E_OK)
		code = diagnostics_report(&format.found, &format.form,
					  &(struct diagnostics_frame){NULL, write_head, &format}, &why);
	if (code != E_OK)
		policy_print_fault(stderr, &format.problem, &why);
	else if (format.found.errors > 0)
		code = E_INVALID;
	arena_free(&format.arena);
	return error_exit(code);
}
