/* Requests repeat: what was decided for one is kept under all that the candidate can see of it. */
#include "decision/replay_parts.h"

#include "base/memory.h"

#include <string.h>

#define MEMO_ENTRIES_MAX 65536u
#define MEMO_BYTES_MAX (64u << 20)

struct entry {
	struct replay_result result;
	uint64_t revision; /* what it was read from has not changed after this one */
};

void replay_memo_init(struct replay_memo *memo, const struct hash_key *key)
{
	map_init(&memo->entries, key, MEMO_ENTRIES_MAX + 1);
	arena_init(&memo->arena, MEMO_BYTES_MAX);
}

void replay_memo_free(struct replay_memo *memo)
{
	map_free(&memo->entries);
	arena_free(&memo->arena);
}

/* The length goes before the text, so that no two requests have one key. */
static void add(struct replay_memo *memo, slice text)
{
	uint32_t length = (uint32_t)text.len;
	if (text.len > sizeof(memo->key) || memo->length + sizeof(length) + text.len > sizeof(memo->key)) {
		memo->length = sizeof(memo->key) + 1;
		return;
	}
	memcpy(memo->key + memo->length, &length, sizeof(length));
	memo->length += sizeof(length);
	if (text.len > 0)
		memcpy(memo->key + memo->length, text.ptr, text.len);
	memo->length += text.len;
}

static void add_texts(struct replay_memo *memo, const struct record_texts *texts)
{
	add(memo, slice_from(&texts->count, sizeof(texts->count)));
	for (size_t i = 0; i < texts->count; i++)
		add(memo, texts->items[i]);
}

static void add_context(struct replay_memo *memo, const struct replay_reads *reads, const struct record *record)
{
	const uint64_t numbers[] = {record->risk, record->trust, record->depth, record->mode};
	add(memo, slice_from(numbers, sizeof(numbers)));
	if (reads->fields[REPLAY_DELEGATION]) {
		add_texts(memo, &record->chain);
		add(memo, record->on_behalf_of);
	}
	if (reads->fields[REPLAY_PURPOSE])
		add(memo, record->purpose);
	if (reads->fields[REPLAY_SESSION])
		add(memo, record->session);
	if (reads->fields[REPLAY_TASK])
		add(memo, record->task);
	if (reads->fields[REPLAY_INPUT] || reads->fields[REPLAY_SYSTEM])
		add_texts(memo, &record->facts);
	if (reads->fields[REPLAY_INPUT])
		add(memo, record->arguments_sha256);
}

bool replay_memo_find(struct replay_memo *memo, const struct replay_reads *reads, const struct record *record,
		      unsigned grants, struct replay_result *ret_result)
{
	memo->length = 0;
	add(memo, record->agent);
	add(memo, record->tool);
	add(memo, record->server);
	add(memo, record->trigger);
	add(memo, record->target);
	add(memo, slice_from(&grants, sizeof(grants)));
	add_context(memo, reads, record);
	if (memo->length > sizeof(memo->key))
		return false;
	const struct entry *entry = map_get(&memo->entries, slice_from(memo->key, memo->length));
	if (!entry || record->registry_revision < entry->revision)
		return false;
	*ret_result = entry->result;
	return true;
}

void replay_memo_keep(struct replay_memo *memo, const struct replay_result *result, uint64_t revision)
{
	if (memo->length == 0 || memo->length > sizeof(memo->key))
		return;
	if (memo->entries.count == MEMO_ENTRIES_MAX) {
		struct hash_key key = memo->entries.key;
		replay_memo_free(memo);
		replay_memo_init(memo, &key);
	}
	struct entry *entry = ARENA_NEW(&memo->arena, struct entry);
	slice key = arena_copy(&memo->arena, slice_from(memo->key, memo->length));
	/* Without memory it is decided again the next time. */
	if (!entry || !key.ptr)
		return;
	*entry = (struct entry){*result, revision};
	(void)!map_put(&memo->entries, key, entry, NULL, NULL);
}
