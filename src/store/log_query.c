#include "store/log_query.h"

#include "base/map.h"
#include "base/memory.h"
#include "evidence/record.h"
#include "registry/problem.h"
#include "text/json_writer.h"
#include "text/time.h"
#include "text/ulid.h"

#include <string.h>
#include <time.h>

#define NS_PER_MS 1000000
#define NS_PER_S INT64_C(1000000000)
/* Room that is left for what follows the last item. */
#define ITEMS_BYTES_MAX (QUERY_REPLY_BYTES_MAX - 80u * 1024u)
#define QUERY_ARENA_BYTES_MAX (32u * 1024u * 1024u)
#define RECORD_ARENA_BYTES_MAX (4u * 1024u * 1024u)

struct log_query {
	struct log_reader *reader;
	struct arena arena;   /* of the question */
	struct arena scratch; /* of one record */
	struct buffer body;
	struct buffer item;
};

/* A walk through the log that writes what matches. */
struct walk {
	struct log_query *query;
	struct record_filter filter;
	uint64_t limit;
	uint64_t written;
	uint64_t scanned;
	uint64_t last;        /* index of the last record looked at */
	bool full;            /* ended before the end of the log */
	struct map decisions; /* of a trace: ids whose effects belong to it */
	slice root;
	slice task;
	enum error code;
	struct fault *why;
};

enum error log_query_make(struct log_query **ret_query, struct log_reader *reader, struct fault *why)
{
	struct log_query *query = *ret_query = memory_alloc(sizeof(*query));
	if (!query)
		return FAIL(why, E_MEMORY, "no memory for questions about the log");
	query->reader = reader;
	arena_init(&query->arena, QUERY_ARENA_BYTES_MAX);
	arena_init(&query->scratch, RECORD_ARENA_BYTES_MAX);
	buffer_init(&query->body, QUERY_REPLY_BYTES_MAX + RECORD_BYTES_MAX);
	buffer_init(&query->item, 8 * RECORD_BYTES_MAX);
	return E_OK;
}

void log_query_free(struct log_query *query)
{
	if (!query)
		return;
	arena_free(&query->arena);
	arena_free(&query->scratch);
	buffer_free(&query->body);
	buffer_free(&query->item);
	memory_free(query);
}

/* {"index":7, and the members of the record; `effect` (NULL: none) is a member of its own. */
static void write_record(struct log_query *query, const struct record *record, uint64_t index,
			 const struct record *effect)
{
	struct json_writer writer;
	buffer_clear(&query->item);
	json_writer_init(&writer, &query->item, JSON_COMPACT);
	record_to_json(record, &writer);
	bool written = json_writer_end(&writer, NULL) == E_OK;
	buffer_print(&query->body, "{\"index\":%llu,", (unsigned long long)index);
	/* Without the brace that opens it, and the one that closes it. */
	buffer_add(&query->body, slice_sub(buffer_slice(&query->item), 1, query->item.len - 1));
	if (effect) {
		buffer_clear(&query->item);
		json_writer_init(&writer, &query->item, JSON_COMPACT);
		record_to_json(effect, &writer);
		written &= json_writer_end(&writer, NULL) == E_OK;
		buffer_add_text(&query->body, ",\"effect\":");
		buffer_add(&query->body, buffer_slice(&query->item));
	}
	buffer_add_text(&query->body, "}");
	query->body.failed |= !written;
}

/* False where there is no room for another item. */
static bool write_item(struct walk *walk, const struct record *record, uint64_t index)
{
	if (walk->written == walk->limit || walk->query->body.len > ITEMS_BYTES_MAX)
		return false;
	if (walk->written++)
		buffer_add_text(&walk->query->body, ",");
	write_record(walk->query, record, index, NULL);
	return true;
}

static enum error decode(struct log_query *query, slice bytes, struct record *ret_record, struct fault *why)
{
	arena_reset(&query->scratch);
	return record_decode(bytes, ret_record, &query->scratch, why);
}

/* --- find --- */

struct effect_search {
	struct log_query *query;
	slice decision_id;
	slice found; /* the encoded effect, in the question's arena */
	uint64_t scanned;
};

static bool look_for_effect(void *context, const struct log_entry *entry)
{
	struct effect_search *search = context;
	struct record record;
	if (++search->scanned > QUERY_SCAN_MAX)
		return false;
	if (record_peek_kind(entry->bytes) != RECORD_EFFECT)
		return true;
	if (decode(search->query, entry->bytes, &record, NULL) == E_OK &&
	    slice_equal(record.decision_id, search->decision_id))
		search->found = arena_copy(&search->query->arena, entry->bytes);
	return !search->found.ptr;
}

static enum error find(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
{
	slice id, bytes;
	uint64_t index;
	struct record record, effect;
	TRY(json_need_string(doc, json_root(doc), "id", &id, why));
	enum error code = log_find_by_id(query->reader, id, end, false, &query->arena, &bytes, &index, why);
	if (code == E_INVALID)
		return FAIL(why, E_NOT_FOUND, "no record `%.*s`", SLICE_ARG(slice_sub(id, 0, 64)));
	TRY(code);
	struct effect_search search = {.query = query};
	TRY(decode(query, bytes, &record, why));
	if (record.kind == RECORD_DECISION &&
	    (record.decision == RECORD_PERMIT || record.enforcement == RECORD_OBSERVED)) {
		search.decision_id = record.id;
		TRY(log_reader_each(query->reader, index + 1, end, look_for_effect, &search, why));
	}
	TRY(record_decode(bytes, &record, &query->arena, why));
	if (search.found.ptr)
		TRY(record_decode(search.found, &effect, &query->arena, why));
	write_record(query, &record, index, search.found.ptr ? &effect : NULL);
	return E_OK;
}

/* --- list --- */

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
	    decode(walk->query, entry->bytes, &record, NULL) != E_OK || !record_filter_matches(&walk->filter, &record)) {
		walk->last = entry->index;
		return true;
	}
	walk->full = !write_item(walk, &record, entry->index);
	if (!walk->full)
		walk->last = entry->index;
	return !walk->full;
}

static enum error list(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
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

/* --- tail --- */

static bool tail_entry(void *context, const struct log_entry *entry)
{
	struct walk *walk = context;
	struct record record;
	if (decode(walk->query, entry->bytes, &record, NULL) == E_OK && !write_item(walk, &record, entry->index))
		return false;
	walk->last = entry->index + 1;
	return true;
}

static enum error tail(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
{
	struct walk walk = {.query = query, .why = why};
	int64_t from, max = QUERY_RECORDS_USUAL;
	TRY(json_need_i64(doc, json_root(doc), "from", &from, why));
	TRY(json_opt_i64(doc, json_root(doc), "max", &max, why));
	if (from < 0)
		return FAIL_FIELD(why, E_INVALID, "from", "from must be the index of a record");
	if (max < 1 || max > QUERY_RECORDS_MAX)
		return FAIL_FIELD(why, E_INVALID, "max", "max must be 1 to %u", QUERY_RECORDS_MAX);
	walk.limit = (uint64_t)max;
	walk.last = (uint64_t)from;
	buffer_add_text(&query->body, "{\"items\":[");
	if ((uint64_t)from < end)
		TRY(log_reader_each(query->reader, (uint64_t)from, end, tail_entry, &walk, why));
	buffer_print(&query->body, "],\"next\":%llu}", (unsigned long long)walk.last);
	return E_OK;
}

/* --- trace --- */

static bool belongs(const struct walk *walk, const struct record *record)
{
	if (slice_equal(record->id, walk->root) || (walk->root.len && slice_equal(record->chain_root, walk->root)))
		return true;
	if (walk->task.len && (slice_equal(record->task, walk->task) || slice_equal(record->object_id, walk->task)))
		return true;
	return record->decision_id.len && map_get(&walk->decisions, record->decision_id);
}

static bool trace_entry(void *context, const struct log_entry *entry)
{
	struct walk *walk = context;
	struct record record;
	if (walk->scanned++ == QUERY_SCAN_MAX) {
		walk->full = true;
		return false;
	}
	if (decode(walk->query, entry->bytes, &record, NULL) != E_OK || !belongs(walk, &record))
		return true;
	if (record.kind == RECORD_DECISION) {
		slice id = arena_copy(&walk->query->arena, record.id);
		walk->code = id.ptr ? map_put(&walk->decisions, id, walk, NULL, walk->why)
				    : FAIL(walk->why, E_MEMORY, "no memory for a trace");
	}
	walk->full = walk->code == E_OK && !write_item(walk, &record, entry->index);
	return walk->code == E_OK && !walk->full;
}

/* The record that a trace begins with: of an effect, its decision. `*ret_index` is `end` where the id is a task's. */
static enum error trace_start(struct walk *walk, slice id, uint64_t end, uint64_t *ret_index, struct fault *why)
{
	struct log_query *query = walk->query;
	struct record record;
	slice bytes;
	*ret_index = end;
	enum error code = log_find_by_id(query->reader, id, end, false, &query->arena, &bytes, ret_index, why);
	if (code == E_OK)
		code = record_decode(bytes, &record, &query->arena, why);
	if (code == E_OK && record.kind == RECORD_EFFECT && !slice_equal(record.decision_id, id))
		return trace_start(walk, record.decision_id, end, ret_index, why);
	if (code == E_INVALID || code == E_NOT_FOUND) {
		*ret_index = end;
		walk->root = walk->task = id;
		return E_OK;
	}
	TRY(code);
	walk->root = record.chain_root.len ? record.chain_root : record.id;
	walk->task = record.task;
	return E_OK;
}

/* Where the chain can have begun: a task's ULID says when it was made. */
static enum error trace_from(struct walk *walk, uint64_t index, uint64_t end, uint64_t *ret_from, struct fault *why)
{
	int64_t time_ms;
	*ret_from = index > QUERY_SCAN_MAX / 2 ? index - QUERY_SCAN_MAX / 2 : 0;
	if (ulid_parse(walk->task, SLICE("task"), &time_ms, NULL) == E_OK && time_ms > LOG_FIND_BEFORE_MS)
		return log_reader_seek_time(walk->query->reader, (uint64_t)(time_ms - LOG_FIND_BEFORE_MS) * NS_PER_MS, end,
					    ret_from, why);
	return E_OK;
}

static enum error trace(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
{
	static const struct hash_key key = {0x7472616365, 0x6964}; /* the ids are our own */
	struct walk walk = {.query = query, .limit = QUERY_RECORDS_MAX, .why = why};
	slice id;
	uint64_t index, from;
	TRY(json_need_string(doc, json_root(doc), "id", &id, why));
	TRY(trace_start(&walk, id, end, &index, why));
	TRY(trace_from(&walk, index, end, &from, why));
	map_init(&walk.decisions, &key, QUERY_RECORDS_MAX + 1);
	buffer_add_text(&query->body, "{\"root\":");
	json_quote(&query->body, walk.root);
	buffer_add_text(&query->body, ",\"items\":[");
	enum error code = log_reader_each(query->reader, from, end, trace_entry, &walk, why);
	map_free(&walk.decisions);
	TRY(code);
	TRY(walk.code);
	if (!walk.written)
		return FAIL(why, E_NOT_FOUND, "no record and no task `%.*s`", SLICE_ARG(slice_sub(id, 0, 64)));
	buffer_print(&query->body, "],\"complete\":%s}", walk.full ? "false" : "true");
	return E_OK;
}

static enum error answer(struct log_query *query, slice request, uint64_t end, struct fault *why)
{
	static const struct json_limits limits = {.bytes_max = 65536, .depth_max = 8, .nodes_max = 256};
	struct json_doc doc;
	slice op;
	TRY(json_parse(&doc, request, &limits, &query->arena, why));
	TRY(json_need_string(&doc, json_root(&doc), "op", &op, why));
	if (slice_equal(op, SLICE("find")))
		return find(query, &doc, end, why);
	if (slice_equal(op, SLICE("list")))
		return list(query, &doc, end, why);
	if (slice_equal(op, SLICE("trace")))
		return trace(query, &doc, end, why);
	if (slice_equal(op, SLICE("tail")))
		return tail(query, &doc, end, why);
	return FAIL_FIELD(why, E_INVALID, "op", "no such question");
}

struct service_reply log_query_answer(struct log_query *query, slice request, uint64_t end)
{
	struct fault why = {0};
	arena_reset(&query->arena);
	buffer_clear(&query->body);
	enum error code = answer(query, request, end, &why);
	if (code == E_OK)
		code = buffer_check(&query->body, &why);
	if (code != E_OK) {
		buffer_clear(&query->body);
		problem_write(&query->body, code, &why);
		return (struct service_reply){.status = problem_status(code, &why), .body = buffer_slice(&query->body)};
	}
	return (struct service_reply){.status = 200, .body = buffer_slice(&query->body)};
}
