/*
 * What binds the histories that a stop leaves to the log: their digest stands in the record of the stop, so that they are
 * believed only where that record is there and nothing was decided after it.
 */
#include "daemon/recorder.h"

#include "net/journal.h"

/* Starts that failed, and what operators changed meanwhile, may stand between. Further back is not looked. */
#define RECORDS_BACK_MAX 1000u

struct search {
	struct arena arena;
	struct layout_past *found;
};

static bool look_for_stop(void *context, const struct log_entry *entry)
{
	struct search *search = context;
	struct record record;
	enum record_kind kind = record_peek_kind(entry->bytes);
	if (kind == RECORD_DECISION || kind == RECORD_EFFECT)
		return false;
	if (kind != RECORD_SYSTEM)
		return true;
	arena_reset(&search->arena);
	if (record_decode(entry->bytes, &record, &search->arena, NULL) != E_OK)
		return false;
	if (!slice_equal(record.operation, SLICE("stop")) || record.result_sha256.len == 0)
		return true;
	layout_past_set(search->found, record.result_sha256.ptr, record.count);
	return false;
}

void recorder_find_past(struct recorder *recorder, uint64_t end)
{
	struct search search = {.found = &recorder->daemon->layout.shared->past_found};
	struct fault why;
	uint64_t from = end > RECORDS_BACK_MAX ? end - RECORDS_BACK_MAX : 0;
	layout_past_forget(search.found);
	arena_init(&search.arena, 1u << 20);
	if (log_reader_each_back(recorder->reader, from, end, look_for_stop, &search, &why) != E_OK)
		journal_event("log.not_read", "reason", fault_sentence(&why), NULL);
	arena_free(&search.arena);
}

void recorder_note_stop(struct recorder *recorder)
{
	const struct layout_past *left = &recorder->daemon->layout.shared->past_left;
	struct record record = {.detail = SLICE("asked to stop")};
	/* What the worker wrote last may still be in its rings; the stop comes after it. */
	if (recorder->committer)
		(void)!log_committer_append_wait(recorder->committer, NULL, 0, NULL, NULL);
	if (layout_past_is_there(left)) {
		record.count = left->sessions;
		record.result_sha256 = slice_from(left->sha256, sizeof(left->sha256));
	}
	recorder_note_record(recorder, "stop", &record);
}
