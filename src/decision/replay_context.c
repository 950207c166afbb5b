/* The context of a recorded decision, as far as the record tells it. */
#include "decision/replay_parts.h"

#include "cedar/escape.h"

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

static struct cedar_value value_of(const struct replay_input *input, struct arena *arena)
{
	struct cedar_value value = cedar_unknown(), read;
	if (input->told == TOLD_VALUE && read_value(input->text, arena, &read))
		return read;
	if (input->told == TOLD_THERE)
		value.mask = CEDAR_CAN_VALUE;
	return value;
}

/* --- fields --- */

struct making {
	const struct replay_reads *reads;
	const struct replay_facts *facts;
	const struct record *record;
	struct arena *arena;
	struct cedar_field *fields; /* in byte order of their names */
	size_t count;
	bool open;
};

static void add(struct making *making, enum replay_field field, struct cedar_value value)
{
	making->open |= value.kind == CEDAR_UNKNOWN || value.has_unknown;
	making->fields[making->count++] = (struct cedar_field){replay_field_names[field], value};
}

static void add_text(struct making *making, enum replay_field field, slice text)
{
	if (making->reads->fields[field] && text.len > 0)
		add(making, field, cedar_string(text));
}

static enum error add_delegation(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	struct cedar_value chain, value;
	if (!making->reads->fields[REPLAY_DELEGATION])
		return E_OK;
	struct cedar_value *items = ARENA_ARRAY(making->arena, record->chain.count + 1, struct cedar_value);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a context");
	for (size_t i = 0; i < record->chain.count; i++)
		items[i] = cedar_string(record->chain.items[i]);
	TRY(cedar_set(making->arena, items, record->chain.count, &chain, why));
	const struct cedar_field fields[] = {{SLICE("chain"), chain},
					     {SLICE("depth"), cedar_long((int64_t)record->depth)},
					     {SLICE("on_behalf_of"), cedar_string(record->on_behalf_of)}};
	TRY(cedar_record(making->arena, fields, record->on_behalf_of.len > 0 ? 3 : 2, &value, why));
	add(making, REPLAY_DELEGATION, value);
	return E_OK;
}

static enum error add_input(struct making *making, struct fault *why)
{
	const struct replay_reads *reads = making->reads;
	const struct replay_facts *facts = making->facts;
	struct cedar_value value;
	size_t count = 0;
	if (!reads->fields[REPLAY_INPUT])
		return E_OK;
	if (facts->no_input) {
		add(making, REPLAY_INPUT, cedar_unknown_optional(cedar_unknown_of(CEDAR_RECORD)));
		return E_OK;
	}
	struct cedar_field *fields = ARENA_ARRAY(making->arena, reads->input_count, struct cedar_field);
	if (!fields)
		return FAIL(why, E_MEMORY, "no memory for a context");
	for (size_t i = 0; i < reads->input_count; i++)
		if (facts->inputs[i].told != TOLD_ABSENT)
			fields[count++] = (struct cedar_field){reads->inputs[i], value_of(&facts->inputs[i], making->arena)};
	TRY(cedar_record_sorted(fields, count, &value, why));
	add(making, REPLAY_INPUT, value);
	return E_OK;
}

/* A record with these fields. */
static enum error add_record(struct making *making, enum replay_field field, const struct cedar_field *inner, size_t count,
			     struct fault *why)
{
	struct cedar_value value;
	TRY(cedar_record(making->arena, inner, count, &value, why));
	add(making, field, value);
	return E_OK;
}

/* Those that are records themselves, but for the arguments. */
static enum error add_session(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	if (!making->reads->fields[REPLAY_SESSION] || record->session.len == 0)
		return E_OK;
	const struct cedar_field session = {SLICE("id"), cedar_string(record->session)};
	return add_record(making, REPLAY_SESSION, &session, 1, why);
}

static enum error add_system(struct making *making, struct fault *why)
{
	const struct replay_facts *facts = making->facts;
	if (!making->reads->fields[REPLAY_SYSTEM])
		return E_OK;
	const struct cedar_field now = {SLICE("now"), facts->has_now ? cedar_datetime(facts->now_ms)
								     : cedar_unknown_of(CEDAR_DATETIME)};
	return add_record(making, REPLAY_SYSTEM, &now, 1, why);
}

static enum error add_task(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	if (!making->reads->fields[REPLAY_TASK])
		return E_OK;
	const struct cedar_field task[2] = {{SLICE("id"), cedar_string(record->task)},
					    {SLICE("tools"), cedar_unknown_of(CEDAR_SET)}};
	return record->task.len > 0 ? add_record(making, REPLAY_TASK, task, 2, why)
				    : add_record(making, REPLAY_TASK, task + 1, 1, why);
}

static enum error add_all(struct making *making, struct fault *why)
{
	const struct record *record = making->record;
	const struct replay_reads *reads = making->reads;
	TRY(add_delegation(making, why));
	TRY(add_input(making, why));
	add_text(making, REPLAY_MODE, record->mode == RECORD_DELEGATED ? SLICE("delegated") : SLICE("autonomous"));
	add_text(making, REPLAY_PURPOSE, record->purpose);
	if (reads->fields[REPLAY_RISK])
		add(making, REPLAY_RISK, cedar_long((int64_t)record->risk));
	add_text(making, REPLAY_SERVER, record->server);
	TRY(add_session(making, why));
	TRY(add_system(making, why));
	TRY(add_task(making, why));
	add_text(making, REPLAY_TOOL, record->tool);
	if (reads->fields[REPLAY_TRUST])
		add(making, REPLAY_TRUST, cedar_long((int64_t)record->trust));
	return E_OK;
}

enum error replay_context(const struct replay_reads *reads, const struct replay_facts *facts,
			  const struct record *record, struct arena *arena, struct cedar_value *ret_context,
			  bool *ret_open, struct fault *why)
{
	struct making making = {.reads = reads, .facts = facts, .record = record, .arena = arena};
	making.fields = ARENA_ARRAY(arena, REPLAY_FIELD_COUNT, struct cedar_field);
	if (!making.fields)
		return FAIL(why, E_MEMORY, "no memory for a context");
	TRY(add_all(&making, why));
	*ret_open = making.open;
	return cedar_record_sorted(making.fields, making.count, ret_context, why);
}
