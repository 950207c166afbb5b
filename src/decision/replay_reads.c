/* What a candidate set looks at, and what a record tells of that. */
#include "decision/replay_parts.h"

#include "cedar/mentions.h"
#include "cedar/reads.h"

#include <stdlib.h>
#include <string.h>

const slice replay_field_names[REPLAY_FIELD_COUNT] = {
	[REPLAY_DELEGATION] = SLICE_INIT("delegation"), [REPLAY_INPUT] = SLICE_INIT("input"),
	[REPLAY_MODE] = SLICE_INIT("mode"),		[REPLAY_PURPOSE] = SLICE_INIT("purpose"),
	[REPLAY_RISK] = SLICE_INIT("risk"),		[REPLAY_SERVER] = SLICE_INIT("server"),
	[REPLAY_SESSION] = SLICE_INIT("session"),	[REPLAY_SYSTEM] = SLICE_INIT("system"),
	[REPLAY_TASK] = SLICE_INIT("task"),		[REPLAY_TOOL] = SLICE_INIT("tool"),
	[REPLAY_TRUST] = SLICE_INIT("trust"),
};

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
		if (slice_equal(replay_field_names[i], field))
			reads->fields[i] = true;
}

static void take_whole(void *visitor, slice field)
{
	struct replay_reads *reads = visitor;
	if (field.len == 0)
		reads->whole_context = true;
	mark(reads, field);
	reads->whole_input |= slice_equal(field, replay_field_names[REPLAY_INPUT]);
}

static void take_field(void *visitor, slice field, slice inner)
{
	struct replay_reads *reads = visitor;
	mark(reads, field);
	if (inner.len > 0 && slice_equal(field, replay_field_names[REPLAY_INPUT]))
		add_input(reads, inner);
}

static void take_resource(void *visitor)
{
	struct replay_reads *reads = visitor;
	reads->target = true;
}

static bool take_name(void *visitor, const struct cedar_uid *uid)
{
	struct replay_reads *reads = visitor;
	reads->target |= slice_equal(uid->type, SLICE("Tipstaff::Target"));
	return !reads->target;
}

static int by_bytes(const void *a, const void *b)
{
	return slice_compare(*(const slice *)a, *(const slice *)b);
}

void replay_reads_find(struct replay_reads *reads, const struct cedar_policyset *set)
{
	const struct cedar_reads visitor = {take_whole, take_field, take_resource, reads};
	*reads = (struct replay_reads){.input_count = 0};
	if (!set)
		return;
	cedar_policyset_reads(set, &visitor);
	if (!reads->target)
		(void)cedar_policyset_names(set, take_name, reads);
	qsort(reads->inputs, reads->input_count, sizeof(*reads->inputs), by_bytes);
}

/* --- facts --- */

/* Takes `head` off the front. */
static bool take(slice *rest, slice head)
{
	if (rest->len < head.len || memcmp(rest->ptr, head.ptr, head.len) != 0)
		return false;
	rest->ptr += head.len;
	rest->len -= head.len;
	return true;
}

/* context.system.now is written as datetime("1970-01-01").offset(duration("...ms")). */
static void take_now(struct replay_facts *facts, slice told)
{
	const slice tail = SLICE("ms\"))");
	if (take(&told, SLICE("context.system.now = datetime(\"1970-01-01\").offset(duration(\"")) &&
	    slice_ends_with(told, tail))
		facts->has_now = facts->has_now || slice_to_i64(slice_sub(told, 0, told.len - tail.len), &facts->now_ms);
}

/* The argument that the text begins with, or NULL where it is not read. */
static struct replay_input *input_of(struct replay_facts *facts, const struct replay_reads *reads, slice *rest)
{
	size_t length = 0, low = 0, high = reads->input_count;
	while (length < rest->len && rest->ptr[length] != ' ' && rest->ptr[length] != '.')
		length++;
	slice name = slice_sub(*rest, 0, length);
	*rest = slice_from_offset(*rest, length);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(reads->inputs[middle], name);
		if (order == 0)
			return &facts->inputs[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* "context.input.NAME = VALUE", "context.input.NAME is absent", "context.input has NAME = true" */
static void take_input(struct replay_facts *facts, const struct replay_reads *reads, slice told)
{
	if (!take(&told, SLICE("context.input")))
		return;
	bool is_has = take(&told, SLICE(" has "));
	if (!is_has && !take(&told, SLICE(".")))
		return;
	struct replay_input *input = input_of(facts, reads, &told);
	if (!input || input->told == TOLD_ABSENT || input->told == TOLD_VALUE)
		return;
	if (is_has)
		input->told = slice_equal(told, SLICE(" = true"))    ? TOLD_THERE
			      : slice_equal(told, SLICE(" = false")) ? TOLD_ABSENT
								     : input->told;
	else if (slice_equal(told, SLICE(" is absent")))
		input->told = TOLD_ABSENT;
	else if (take(&told, SLICE(" = ")))
		*input = (struct replay_input){TOLD_VALUE, told};
}

/* SHA-256 of {}: there were no arguments, or an empty object of them. */
static const unsigned char no_arguments[RECORD_DIGEST_BYTES] = {
	0x44, 0x13, 0x6f, 0xa3, 0x55, 0xb3, 0x67, 0x8a, 0x11, 0x46, 0xad, 0x16, 0xf7, 0xe8, 0x64, 0x9e,
	0x94, 0xfb, 0x4f, 0xc2, 0x1f, 0xe7, 0x7e, 0x83, 0x10, 0xc0, 0x60, 0xf6, 0x1c, 0xaa, 0xff, 0x8a};

void replay_facts_find(struct replay_facts *facts, const struct replay_reads *reads, const struct record *record)
{
	slice digest = record->arguments_sha256;
	facts->has_now = false;
	facts->now_ms = 0;
	facts->no_input = !reads->fields[REPLAY_INPUT] || reads->whole_input || digest.len == 0 ||
			  slice_equal(digest, slice_from(no_arguments, sizeof(no_arguments)));
	for (size_t i = 0; i < reads->input_count && !facts->no_input; i++)
		facts->inputs[i].told = TOLD_NOTHING;
	if (facts->no_input && !reads->fields[REPLAY_SYSTEM])
		return;
	for (size_t i = 0; i < record->facts.count; i++) {
		if (!facts->no_input)
			take_input(facts, reads, record->facts.items[i]);
		if (reads->fields[REPLAY_SYSTEM])
			take_now(facts, record->facts.items[i]);
	}
}
