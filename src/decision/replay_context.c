/* The context of a recorded decision, as far as the record tells it. */
#include "decision/replay_parts.h"

#include "cedar/escape.h"
#include "cedar/reads.h"

#include <stdlib.h>
#include <string.h>

static const slice names[REPLAY_FIELD_COUNT] = {
	[REPLAY_DELEGATION] = SLICE_INIT("delegation"), [REPLAY_INPUT] = SLICE_INIT("input"),
	[REPLAY_MODE] = SLICE_INIT("mode"),		[REPLAY_PURPOSE] = SLICE_INIT("purpose"),
	[REPLAY_RISK] = SLICE_INIT("risk"),		[REPLAY_SERVER] = SLICE_INIT("server"),
	[REPLAY_SESSION] = SLICE_INIT("session"),	[REPLAY_SYSTEM] = SLICE_INIT("system"),
	[REPLAY_TASK] = SLICE_INIT("task"),		[REPLAY_TOOL] = SLICE_INIT("tool"),
	[REPLAY_TRUST] = SLICE_INIT("trust"),
};

/* --- what is read --- */

static void add_input(struct replay_reads *reads, slice name)
{
	for (size_t i = 0; i < reads->input_count; i++)
		if (slice_equal(reads->inputs[i], name))
			return;
	if (reads->input_count == REPLAY_INPUTS_MAX)
		reads->whole_input = true;
	else
		reads->inputs[reads->input_count++] = name;
}

static void mark(struct replay_reads *reads, slice field)
{
	for (unsigned i = 0; i < REPLAY_FIELD_COUNT; i++)
		if (slice_equal(names[i], field))
			reads->fields[i] = true;
}

static void take_whole(void *visitor, slice field)
{
	struct replay_reads *reads = visitor;
	if (field.len == 0)
		reads->whole_context = true;
	mark(reads, field);
	reads->whole_input |= slice_equal(field, names[REPLAY_INPUT]);
}

static void take_field(void *visitor, slice field, slice inner)
{
	struct replay_reads *reads = visitor;
	mark(reads, field);
	if (inner.len > 0 && slice_equal(field, names[REPLAY_INPUT]))
		add_input(reads, inner);
}

static int by_bytes(const void *a, const void *b)
{
	return slice_compare(*(const slice *)a, *(const slice *)b);
}

void replay_reads_find(struct replay_reads *reads, const struct cedar_policyset *set)
{
	const struct cedar_reads visitor = {take_whole, take_field, reads};
	*reads = (struct replay_reads){.input_count = 0};
	if (set)
		cedar_policyset_reads(set, &visitor);
	qsort(reads->inputs, reads->input_count, sizeof(*reads->inputs), by_bytes);
}

/* --- facts --- */

/* "SUBJECT = VALUE" or "SUBJECT is absent": what follows the subject; ptr NULL where the fact is another. */
static slice after(slice fact, const char *subject, slice name)
{
	slice head = slice_of(subject);
	if (!slice_starts_with(fact, head))
		return (slice){NULL, 0};
	slice rest = slice_from_offset(fact, head.len);
	return slice_starts_with(rest, name) ? slice_from_offset(rest, name.len) : (slice){NULL, 0};
}

/* A text was cut where it was too long: what does not end as it began is not used. */
static bool read_value(slice text, struct arena *arena, struct cedar_value *ret_value)
{
	int64_t integer;
	slice string;
	size_t bad;
	if (slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("false"))) {
		*ret_value = cedar_bool(text.len == 4);
		return true;
	}
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"' &&
	    string_unescape(arena, text, &string, &bad) == E_OK) {
		*ret_value = cedar_string(string);
		return true;
	}
	if (slice_to_i64(text, &integer)) {
		*ret_value = cedar_long(integer);
		return true;
	}
	return false;
}

/* What the record tells of context.input.<name>. */
static struct cedar_value input_of(const struct record *record, slice name, struct arena *arena, bool *ret_absent)
{
	struct cedar_value value = cedar_unknown();
	for (size_t i = 0; i < record->facts.count; i++) {
		slice fact = record->facts.items[i];
		slice told = after(fact, "context.input.", name);
		slice has = after(fact, "context.input has ", name);
		struct cedar_value read;
		if (slice_equal(told, SLICE(" is absent")) || slice_equal(has, SLICE(" = false"))) {
			*ret_absent = true;
			return value;
		}
		if (slice_equal(has, SLICE(" = true")))
			value.mask = CEDAR_CAN_VALUE;
		if (slice_starts_with(told, SLICE(" = ")) && read_value(slice_from_offset(told, 3), arena, &read))
			return read;
	}
	return value;
}

/* context.system.now is written as datetime("1970-01-01").offset(duration("...ms")). */
static struct cedar_value now_of(const struct record *record)
{
	const slice head = SLICE(" = datetime(\"1970-01-01\").offset(duration(\""), tail = SLICE("ms\"))");
	for (size_t i = 0; i < record->facts.count; i++) {
		slice told = after(record->facts.items[i], "context.system.now", SLICE(""));
		int64_t milliseconds;
		if (slice_starts_with(told, head) && slice_ends_with(told, tail) &&
		    slice_to_i64(slice_sub(told, head.len, told.len - tail.len), &milliseconds))
			return cedar_datetime(milliseconds);
	}
	return cedar_unknown_of(CEDAR_DATETIME);
}

/* --- fields --- */

struct making {
	const struct replay_reads *reads;
	const struct record *record;
	struct arena *arena;
	struct cedar_fields fields;
	bool open;
};

static void add(struct making *making, enum replay_field field, struct cedar_value value)
{
	making->open |= value.kind == CEDAR_UNKNOWN || value.has_unknown;
	cedar_fields_add(&making->fields, names[field], value);
}

static void add_text(struct making *making, enum replay_field field, slice text)
{
	if (making->reads->fields[field] && text.len > 0)
		add(making, field, cedar_string(text));
}

static enum error add_delegation(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	struct cedar_fields fields;
	struct cedar_value chain, value;
	if (!making->reads->fields[REPLAY_DELEGATION])
		return E_OK;
	struct cedar_value *items = ARENA_ARRAY(making->arena, record->chain.count + 1, struct cedar_value);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a context");
	for (size_t i = 0; i < record->chain.count; i++)
		items[i] = cedar_string(record->chain.items[i]);
	TRY(cedar_set(making->arena, items, record->chain.count, &chain, why));
	cedar_fields_init(&fields, making->arena);
	cedar_fields_add(&fields, SLICE("chain"), chain);
	cedar_fields_add(&fields, SLICE("depth"), cedar_long((int64_t)record->depth));
	if (record->on_behalf_of.len > 0)
		cedar_fields_add(&fields, SLICE("on_behalf_of"), cedar_string(record->on_behalf_of));
	TRY(cedar_fields_finish(&fields, &value, why));
	add(making, REPLAY_DELEGATION, value);
	return E_OK;
}

/* SHA-256 of {}: there were no arguments, or an empty object of them. */
static const unsigned char no_arguments[RECORD_DIGEST_BYTES] = {
	0x44, 0x13, 0x6f, 0xa3, 0x55, 0xb3, 0x67, 0x8a, 0x11, 0x46, 0xad, 0x16, 0xf7, 0xe8, 0x64, 0x9e,
	0x94, 0xfb, 0x4f, 0xc2, 0x1f, 0xe7, 0x7e, 0x83, 0x10, 0xc0, 0x60, 0xf6, 0x1c, 0xaa, 0xff, 0x8a};

static enum error add_input_record(struct making *making, struct fault *why)
{
	const struct replay_reads *reads = making->reads;
	slice digest = making->record->arguments_sha256;
	struct cedar_fields fields;
	struct cedar_value value;
	if (!reads->fields[REPLAY_INPUT])
		return E_OK;
	if (reads->whole_input || digest.len == 0 || slice_equal(digest, slice_from(no_arguments, sizeof(no_arguments)))) {
		add(making, REPLAY_INPUT, cedar_unknown_optional(cedar_unknown_of(CEDAR_RECORD)));
		return E_OK;
	}
	cedar_fields_init(&fields, making->arena);
	for (size_t i = 0; i < reads->input_count; i++) {
		bool absent = false;
		struct cedar_value known = input_of(making->record, reads->inputs[i], making->arena, &absent);
		if (!absent)
			cedar_fields_add(&fields, reads->inputs[i], known);
	}
	TRY(cedar_fields_finish(&fields, &value, why));
	add(making, REPLAY_INPUT, value);
	return E_OK;
}

/* A record with these fields, if it is read. */
static enum error add_record(struct making *making, enum replay_field field, const struct cedar_field *inner, size_t count,
			     struct fault *why)
{
	struct cedar_value value;
	if (!making->reads->fields[field])
		return E_OK;
	TRY(cedar_record(making->arena, inner, count, &value, why));
	add(making, field, value);
	return E_OK;
}

static enum error add_all(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	const struct replay_reads *reads = making->reads;
	const struct cedar_field session = {SLICE("id"), cedar_string(record->session)};
	const struct cedar_field now = {SLICE("now"), reads->fields[REPLAY_SYSTEM] ? now_of(record) : cedar_unknown()};
	const struct cedar_field task[2] = {{SLICE("id"), cedar_string(record->task)},
					    {SLICE("tools"), cedar_unknown_of(CEDAR_SET)}};
	TRY(add_delegation(making, why));
	TRY(add_input_record(making, why));
	add_text(making, REPLAY_MODE, record->mode == RECORD_DELEGATED ? SLICE("delegated") : SLICE("autonomous"));
	add_text(making, REPLAY_PURPOSE, record->purpose);
	if (reads->fields[REPLAY_RISK])
		add(making, REPLAY_RISK, cedar_long((int64_t)record->risk));
	add_text(making, REPLAY_SERVER, record->server);
	if (record->session.len > 0)
		TRY(add_record(making, REPLAY_SESSION, &session, 1, why));
	TRY(add_record(making, REPLAY_SYSTEM, &now, 1, why));
	TRY(record->task.len > 0 ? add_record(making, REPLAY_TASK, task, 2, why)
				 : add_record(making, REPLAY_TASK, task + 1, 1, why));
	add_text(making, REPLAY_TOOL, record->tool);
	if (reads->fields[REPLAY_TRUST])
		add(making, REPLAY_TRUST, cedar_long((int64_t)record->trust));
	return E_OK;
}

enum error replay_context(const struct replay_reads *reads, const struct record *record, struct arena *arena,
			  struct cedar_value *ret_context, bool *ret_open, struct fault *why)
{
	struct making making = {.reads = reads, .record = record, .arena = arena};
	cedar_fields_init(&making.fields, arena);
	TRY(add_all(&making, why));
	*ret_open = making.open;
	return cedar_fields_finish(&making.fields, ret_context, why);
}
