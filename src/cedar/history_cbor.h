/* What writing and reading a history as CBOR have in common. */
#ifndef TIPSTAFF_CEDAR_HISTORY_CBOR_H
#define TIPSTAFF_CEDAR_HISTORY_CBOR_H

#include "cedar/history_data.h"
#include "cedar/value_cbor.h"

#define HISTORY_FIELDS 5u
#define HISTORY_EVENT_FIELDS 11u
#define HISTORY_EVENTS_MAX (CEDAR_HISTORY_SEGMENTS_MAX * CEDAR_HISTORY_SEGMENT_EVENTS)
/* Times lie within 285,000 years of 1970, so that windows can be added to them. */
#define HISTORY_TIME_MAX_MS ((int64_t)1 << 53)
#define HISTORY_NUMBER_MAX ((uint64_t)1 << 53)

#endif
