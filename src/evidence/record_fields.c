#include "evidence/record.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FIELD(key, member, type, required) {#member, key, required, RECORD_##type, offsetof(struct record, member)},
static const struct record_field fields[] = {RECORD_FIELD_ROWS(FIELD)};
#undef FIELD

static const char *const kinds[RECORD_KIND_COUNT] = {
	[RECORD_NONE] = "none",     [RECORD_DECISION] = "decision", [RECORD_EFFECT] = "effect",
	[RECORD_CHANGE] = "change", [RECORD_TOKEN] = "token",       [RECORD_CALLER] = "caller",
	[RECORD_SYSTEM] = "system", [RECORD_POLICY] = "policy",
};
static const char *const decisions[RECORD_DECISION_COUNT] = {"DENY", "PERMIT", "GATE"};
static const char *const enforcements[RECORD_ENFORCEMENT_COUNT] = {"observed", "enforced"};
static const char *const modes[RECORD_MODE_COUNT] = {"autonomous", "delegated"};
static const char *const outcomes[RECORD_OUTCOME_COUNT] = {"unknown", "ok", "error"};

const struct record_field *record_fields(size_t *ret_count)
{
	*ret_count = COUNT(fields);
	return fields;
}

static const char *word(const char *const *words, unsigned count, unsigned value)
{
	return value < count ? words[value] : NULL;
}

const char *record_kind_name(enum record_kind kind)
{
	return word(kinds, RECORD_KIND_COUNT, kind);
}

const char *record_decision_name(enum record_decision decision)
{
	return word(decisions, RECORD_DECISION_COUNT, decision);
}

const char *record_enforcement_name(enum record_enforcement enforcement)
{
	return word(enforcements, RECORD_ENFORCEMENT_COUNT, enforcement);
}

const char *record_mode_name(enum record_mode mode)
{
	return word(modes, RECORD_MODE_COUNT, mode);
}

const char *record_outcome_name(enum record_outcome outcome)
{
	return word(outcomes, RECORD_OUTCOME_COUNT, outcome);
}

const char *record_enum_name(const struct record_field *field, unsigned value)
{
	switch (field->key) {
	case RECORD_KEY_kind:
		return value == RECORD_NONE ? NULL : record_kind_name(value);
	case RECORD_KEY_decision:
		return record_decision_name(value);
	case RECORD_KEY_enforcement:
		return record_enforcement_name(value);
	case RECORD_KEY_mode:
		return record_mode_name(value);
	case RECORD_KEY_outcome:
		return record_outcome_name(value);
	default:
		return NULL;
	}
}

static bool names(const struct record_texts *texts, slice wanted)
{
	for (size_t i = 0; i < texts->count; i++)
		if (slice_equal(texts->items[i], wanted))
			return true;
	return false;
}

static bool matches_text(slice wanted, slice text)
{
	return wanted.len == 0 || slice_equal(wanted, text);
}

bool record_filter_matches(const struct record_filter *filter, const struct record *record)
{
	if (filter->kinds != 0 && !(filter->kinds & RECORD_IN(record->kind)))
		return false;
	if (record->time_ns < filter->since_ns || (filter->until_ns != 0 && record->time_ns >= filter->until_ns))
		return false;
	if (filter->by_decision && record->decision != filter->decision)
		return false;
	if (filter->by_mode && record->mode != filter->mode)
		return false;
	if (!matches_text(filter->agent, record->agent) && !names(&record->chain, filter->agent))
		return false;
	return matches_text(filter->task, record->task) && matches_text(filter->chain_root, record->chain_root) &&
	       matches_text(filter->tool, record->tool);
}
