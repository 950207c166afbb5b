#include "store/log_query.h"

#include "base/memory.h"
#include "registry/problem.h"
#include "store/log_query_parts.h"

/* Room that is left for what follows the last item. */
#define ITEMS_BYTES_MAX (QUERY_REPLY_BYTES_MAX - 80u * 1024u)
#define QUERY_ARENA_BYTES_MAX (32u * 1024u * 1024u)
#define RECORD_ARENA_BYTES_MAX (4u * 1024u * 1024u)

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

bool log_query_write_item(struct walk *walk, const struct record *record, uint64_t index)
{
	if (walk->written == walk->limit || walk->query->body.len > ITEMS_BYTES_MAX)
		return false;
	if (walk->written++)
		buffer_add_text(&walk->query->body, ",");
	write_record(walk->query, record, index, NULL);
	return true;
}

enum error log_query_decode(struct log_query *query, slice bytes, struct record *ret_record, struct fault *why)
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
	if (log_query_decode(search->query, entry->bytes, &record, NULL) == E_OK &&
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
	TRY(log_query_decode(query, bytes, &record, why));
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

/* --- tail --- */

static bool tail_entry(void *context, const struct log_entry *entry)
{
	struct walk *walk = context;
	struct record record;
	if (log_query_decode(walk->query, entry->bytes, &record, NULL) == E_OK && !log_query_write_item(walk, &record, entry->index))
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
		return log_query_list(query, &doc, end, why);
	if (slice_equal(op, SLICE("trace")))
		return log_query_trace(query, &doc, end, why);
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
