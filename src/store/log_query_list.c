/* Lists of records, narrowed by what they say, the newest first. */
#include "store/log_query_parts.h"

#include "text/time.h"

#include <time.h>

#define NS_PER_MS 1000000
#define NS_PER_S INT64_C(1000000000)

static int64_t wall_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* RFC 3339, or how long ago: "10m". */
static enum error read_time(const struct json_doc *doc, const char *name, uint64_t *ret_ns, struct fault *why)
{
	slice text = {NULL, 0};
	int64_t value;
	TRY(json_opt_string(doc, json_root(doc), name, &text, why));
	if (!text.len)
		return E_OK;
	if (time_parse_moment_ns(&value, text, wall_ns(), NULL) != E_OK)
		return FAIL_FIELD(why, E_INVALID, name, "%s must be a time like 2026-12-31T23:59:59Z, or how long ago: 10m",
				  name);
	*ret_ns = value < 0 ? 0 : (uint64_t)value;
	return E_OK;
}

static enum error read_kind(const struct json_doc *doc, struct record_filter *filter, struct fault *why)
{
	slice name = SLICE("decision");
	TRY(json_opt_string(doc, json_root(doc), "kind", &name, why));
	for (enum record_kind kind = RECORD_DECISION; kind < RECORD_KIND_COUNT; kind++)
		if (slice_equal(name, slice_of(record_kind_name(kind))))
			filter->kinds = RECORD_IN(kind);
	if (slice_equal(name, SLICE("all")))
		return E_OK;
	return filter->kinds ? E_OK : FAIL_FIELD(why, E_INVALID, "kind", "no kind of record is called that");
}

static enum error read_words(const struct json_doc *doc, struct record_filter *filter, struct fault *why)
{
	slice word = {NULL, 0};
	TRY(json_opt_string(doc, json_root(doc), "decision", &word, why));
	for (enum record_decision i = RECORD_DENY; word.len && i < RECORD_DECISION_COUNT; i++)
		if (slice_equal_fold(word, slice_of(record_decision_name(i)))) {
			filter->decision = i;
			filter->by_decision = true;
		}
	if (word.len && !filter->by_decision)
		return FAIL_FIELD(why, E_INVALID, "decision", "decision must be permit, deny or gate");
	word = (slice){NULL, 0};
	TRY(json_opt_string(doc, json_root(doc), "mode", &word, why));
	for (enum record_mode i = RECORD_AUTONOMOUS; word.len && i < RECORD_MODE_COUNT; i++)
		if (slice_equal_fold(word, slice_of(record_mode_name(i)))) {
			filter->mode = i;
			filter->by_mode = true;
		}
	if (word.len && !filter->by_mode)
		return FAIL_FIELD(why, E_INVALID, "mode", "mode must be delegated or autonomous");
	return E_OK;
}

static enum error read_filter(const struct json_doc *doc, struct walk *walk, struct fault *why)
{
	struct record_filter *filter = &walk->filter;
	int64_t limit = QUERY_RECORDS_USUAL;
	TRY(read_kind(doc, filter, why));
	TRY(read_words(doc, filter, why));
	TRY(json_opt_string(doc, json_root(doc), "agent", &filter->agent, why));
	TRY(json_opt_string(doc, json_root(doc), "task", &filter->task, why));
	TRY(json_opt_string(doc, json_root(doc), "tool", &filter->tool, why));
	TRY(read_time(doc, "since", &filter->since_ns, why));
	TRY(read_time(doc, "until", &filter->until_ns, why));
	TRY(json_opt_i64(doc, json_root(doc), "limit", &limit, why));
	if (limit < 1 || limit > QUERY_RECORDS_MAX)
		return FAIL_FIELD(why, E_INVALID, "limit", "limit must be 1 to %u", QUERY_RECORDS_MAX);
	walk->limit = (uint64_t)limit;
	return E_OK;
}

/* A record that cannot be read is no reason to show none: it is passed over, and `log verify` tells of it. */
static bool list_entry(void *context, const struct log_entry *entry)
{
	struct walk *walk = context;
	struct record record;
	enum record_kind kind = record_peek_kind(entry->bytes);
	if (walk->scanned++ == QUERY_SCAN_MAX) {
		walk->full = true;
		return false;
	}
	if ((walk->filter.kinds && !(walk->filter.kinds & RECORD_IN(kind))) ||
	    log_query_decode(walk->query, entry->bytes, &record, NULL) != E_OK || !record_filter_matches(&walk->filter, &record)) {
		walk->last = entry->index;
		return true;
	}
	walk->full = !log_query_write_item(walk, &record, entry->index);
	if (!walk->full)
		walk->last = entry->index;
	return !walk->full;
}

enum error log_query_list(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
{
	struct walk walk = {.query = query, .why = why};
	int64_t before = 0;
	uint64_t from = 0;
	TRY(read_filter(doc, &walk, why));
	TRY(json_opt_i64(doc, json_root(doc), "before", &before, why));
	if (before < 0)
		return FAIL_FIELD(why, E_INVALID, "before", "before must be the index of a record");
	if (before > 0 && (uint64_t)before < end)
		end = (uint64_t)before;
	/* Frames are committed after what they tell happened. */
	if (walk.filter.since_ns)
		TRY(log_reader_seek_time(query->reader, walk.filter.since_ns, end, &from, why));
	walk.last = end;
	buffer_add_text(&query->body, "{\"items\":[");
	TRY(log_reader_each_back(query->reader, from, end, list_entry, &walk, why));
	buffer_print(&query->body, "],\"next\":%llu}", (unsigned long long)(walk.full ? walk.last : 0));
	return E_OK;
}
