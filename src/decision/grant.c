#include "decision/grant.h"

#include "base/memory.h"
#include "registry/entity.h"
#include "text/time.h"

bool grant_covers_tool(const struct grant_row *grant, slice tool)
{
	for (size_t i = 0; i < grant->tool_count; i++)
		if (tool_pattern_covers(grant->tools[i], tool))
			return true;
	return false;
}

static void write_action(slice pattern, struct buffer *out)
{
	struct arena arena;
	arena_init(&arena, 4096);
	buffer_add(out, SLICE("Tipstaff::Action::"));
	if (slice_ends_with(pattern, SLICE(".*"))) {
		slice server = slice_sub(pattern, 0, pattern.len - 2);
		slice group = arena_print(&arena, "server:%.*s", SLICE_ARG(server));
		cedar_string_write(out, group);
	} else {
		cedar_string_write(out, pattern);
	}
	arena_free(&arena);
}

/* A list of texts for a person: at most three, then how many more. */
static void write_names(const slice *names, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count && i < 3; i++)
		buffer_print(out, "%s%.*s", i ? ", " : "", SLICE_ARG(names[i]));
	if (count > 3)
		buffer_print(out, " and %zu more", count - 3);
}

static void write_reason(const struct grant_row *grant, struct buffer *out)
{
	struct buffer text;
	buffer_init(&text, GRANT_TEXT_BYTES_MAX);
	write_names(grant->tools, grant->tool_count, &text);
	if (grant->target_count) {
		buffer_add_text(&text, " on ");
		write_names(grant->targets, grant->target_count, &text);
	}
	buffer_print(&text, " for %.*s", SLICE_ARG(grant->purpose));
	if (grant->expires_ms) {
		struct time_text time = time_format_ms(grant->expires_ms);
		buffer_print(&text, " until %.*s", SLICE_ARG(time_slice(&time)));
	}
	buffer_add_text(out, "@reason(");
	cedar_string_write(out, buffer_slice(&text));
	buffer_add_text(out, ")\n");
	if (text.failed)
		out->failed = true;
	buffer_free(&text);
}

void grant_write(const struct grant_row *grant, struct buffer *out)
{
	write_reason(grant, out);
	buffer_add_text(out, "permit (principal == Tipstaff::Agent::");
	cedar_string_write(out, grant->agent);
	buffer_add_text(out, ", action in [");
	for (size_t i = 0; i < grant->tool_count; i++) {
		buffer_add_text(out, i ? ", " : "");
		write_action(grant->tools[i], out);
	}
	/* `server.*` means its tools, not what else the server offers. */
	buffer_add_text(out, "], resource)\nwhen { action in Tipstaff::Action::\"CallTool\" && context.purpose == ");
	cedar_string_write(out, grant->purpose);
	if (grant->expires_ms) {
		struct time_text time = time_format_ms(grant->expires_ms);
		buffer_print(out, " && context.system.now < datetime(\"%.*s\")", SLICE_ARG(time_slice(&time)));
	}
	buffer_add_text(out, " }");
	if (grant->target_count) {
		buffer_add_text(out, "\nwhen { resource is Tipstaff::Target && (");
		for (size_t i = 0; i < grant->target_count; i++) {
			buffer_add_text(out, i ? " || resource.id like " : "resource.id like ");
			cedar_string_write(out, grant->targets[i]);
		}
		buffer_add_text(out, ") }");
	}
	buffer_add_text(out, ";\n");
}

static enum error compile(const struct hash_key *key, struct authority_row *row, struct cedar_source *sources,
			  struct buffer *texts, struct fault *why)
{
	size_t count = 0, start = 0;
	for (size_t i = 0; i < row->grant_count; i++) {
		if (!row->grants[i]->active || row->grants[i]->tool_count == 0)
			continue;
		grant_write(row->grants[i], texts);
		/* The buffer may move: for now the text is a length; the pointers follow below. */
		sources[count++] = (struct cedar_source){.name = SLICE(GRANT_SOURCE), .text = {NULL, texts->len - start},
							 .id_prefix = row->grants[i]->row.id, .has_one = true};
		start = texts->len;
	}
	if (texts->failed)
		return FAIL(why, E_MEMORY, "no memory for grants");
	const char *text = texts->ptr;
	for (size_t i = 0; i < count; i++) {
		sources[i].text.ptr = text;
		text += sources[i].text.len;
	}
	if (count == 0)
		return E_OK;
	struct cedar_problem problem;
	enum error code = cedar_policyset_parse(key, sources, count, &row->policies, &problem, why);
	if (code != E_OK && code != E_MEMORY)
		return FAIL(why, E_INTERNAL, "grant does not compile: %s", problem.sentence);
	return code;
}

enum error grant_compile(const struct hash_key *key, struct authority_row *row, struct fault *why)
{
	struct cedar_source *sources = memory_alloc_array(row->grant_count, sizeof(*sources));
	if (!sources)
		return FAIL(why, E_MEMORY, "no memory for grants");
	struct buffer texts;
	buffer_init(&texts, (row->grant_count + 1) * (size_t)GRANT_TEXT_BYTES_MAX);
	enum error code = compile(key, row, sources, &texts, why);
	buffer_free(&texts);
	memory_free(sources);
	return code;
}
