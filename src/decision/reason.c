#include "decision/reason.h"

#include <assert.h>

struct reason_row {
	slice code;
	slice missing;
	bool observable;
	bool reveals;
};

#define REASON_ROW(constant, text, may_observe, tells, remedy)                                                         \
	[REASON_##constant] = {SLICE_INIT(text), SLICE_INIT(remedy), may_observe, tells},
static const struct reason_row rows[REASON_COUNT] = {REASON_ROWS(REASON_ROW)};

static const struct reason_row *row(enum reason reason)
{
	assert((unsigned)reason < REASON_COUNT);
	return &rows[reason];
}

slice verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case PERMIT:
		return SLICE("PERMIT");
	case GATE:
		return SLICE("GATE");
	case DENY:
		break;
	}
	return SLICE("DENY");
}

slice reason_code(enum reason reason)
{
	return row(reason)->code;
}

bool reason_is_observable(enum reason reason)
{
	return row(reason)->observable;
}

bool reason_reveals(enum reason reason)
{
	return row(reason)->reveals;
}

slice reason_missing(enum reason reason)
{
	return row(reason)->missing;
}
