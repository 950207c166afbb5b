/* All records of one chain. */
#include "store/log_query_parts.h"

#include "text/ulid.h"

#define NS_PER_MS 1000000

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
	if (log_query_decode(walk->query, entry->bytes, &record, NULL) != E_OK || !belongs(walk, &record))
		return true;
	if (record.kind == RECORD_DECISION) {
		slice id = arena_copy(&walk->query->arena, record.id);
		walk->code = id.ptr ? map_put(&walk->decisions, id, walk, NULL, walk->why)
				    : FAIL(walk->why, E_MEMORY, "no memory for a trace");
	}
	walk->full = walk->code == E_OK && !log_query_write_item(walk, &record, entry->index);
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

enum error log_query_trace(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why)
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
