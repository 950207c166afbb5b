/* Requests repeat: what was decided for one is kept under all that the candidate can see of it. */
#include "decision/replay_parts.h"

#include "base/memory.h"

#include <string.h>

#define MEMO_ENTRIES_MAX 65536u
#define MEMO_BYTES_MAX (64u << 20)

/*
 * Of so many looks so many have to find something, else the next ones are left out: a look in vain, with keeping the
 * answer, costs two fifths of what it takes to decide, and finding one costs as much. The more is kept, the more is found,
 * so that fewer are asked for than would pay.
 */
#define WATCH_LOOKS 512u
#define WATCH_FINDS_MIN 128u
#define REST_LOOKS 8192u

struct entry {
	struct replay_result result;
	char key[];
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
	if (memo->length > sizeof(memo->key) || text.len > sizeof(memo->key) - sizeof(length) ||
	    memo->length > sizeof(memo->key) - sizeof(length) - text.len) {
		memo->length = sizeof(memo->key) + 1;
		return;
	}
	memcpy(memo->key + memo->length, &length, sizeof(length));
	memo->length += sizeof(length);
	if (text.len > 0)
		memcpy(memo->key + memo->length, text.ptr, text.len);
	memo->length += text.len;
}

static void add_numbers(struct replay_memo *memo, const uint64_t *numbers, size_t count)
{
	size_t bytes = count * sizeof(*numbers);
	if (memo->length > sizeof(memo->key) - bytes) {
		memo->length = sizeof(memo->key) + 1;
		return;
	}
	memcpy(memo->key + memo->length, numbers, bytes);
	memo->length += bytes;
}

static void add_number(struct replay_memo *memo, uint64_t number)
{
	add_numbers(memo, &number, 1);
}

static void add_facts(struct replay_memo *memo, const struct replay_reads *reads, const struct replay_facts *facts)
{
	if (reads->fields[REPLAY_SYSTEM])
		add_number(memo, (uint64_t)facts->now_ms);
	for (size_t i = 0; i < reads->input_count && !facts->no_input; i++) {
		add_number(memo, facts->inputs[i].told);
		if (facts->inputs[i].told == TOLD_VALUE)
			add(memo, facts->inputs[i].text);
	}
}

static void add_chain(struct replay_memo *memo, const struct record *record)
{
	const uint64_t numbers[] = {record->depth, record->chain.count};
	add_numbers(memo, numbers, 2);
	for (size_t i = 0; i < record->chain.count; i++)
		add(memo, record->chain.items[i]);
	add(memo, record->on_behalf_of);
}

static void add_context(struct replay_memo *memo, const struct replay_reads *reads, const struct record *record)
{
	if (reads->fields[REPLAY_DELEGATION])
		add_chain(memo, record);
	if (reads->fields[REPLAY_PURPOSE])
		add(memo, record->purpose);
	if (reads->fields[REPLAY_RISK])
		add_number(memo, record->risk);
	if (reads->fields[REPLAY_SERVER])
		add(memo, record->server);
	if (reads->fields[REPLAY_SESSION])
		add(memo, record->session);
	if (reads->fields[REPLAY_TASK])
		add(memo, record->task);
	if (reads->fields[REPLAY_TRUST])
		add_number(memo, record->trust);
}

/* What a replay adds is the same for all its requests, so that places in the key need no names. */
static void write_key(struct replay_memo *memo, const struct replay_reads *reads, const struct replay_facts *facts,
		      const struct replay_sight *sight)
{
	const struct record *record = sight->record;
	const uint64_t head[] = {(uintptr_t)sight->agent, (uintptr_t)(sight->tool ? sight->tool->row : NULL),
				 sight->grants | (record->target.len > 0 ? 4u : 0) | (facts->no_input ? 8u : 0) |
					 (facts->has_now ? 16u : 0) | (unsigned)record->mode << 5};
	memo->length = 0;
	add_numbers(memo, head, sizeof(head) / sizeof(head[0]));
	if (!sight->tool) {
		add(memo, record->server);
		add(memo, record->trigger);
	}
	if (reads->target)
		add(memo, record->target);
	add_context(memo, reads, record);
	add_facts(memo, reads, facts);
}

static bool is_resting(struct replay_memo *memo)
{
	if (memo->rests > 0) {
		memo->rests--;
		/* As of a request whose key is too long: nothing is kept. */
		memo->length = sizeof(memo->key) + 1;
		return true;
	}
	if (memo->looks++ == WATCH_LOOKS) {
		memo->rests = memo->finds < WATCH_FINDS_MIN ? REST_LOOKS : 0;
		memo->looks = memo->finds = 0;
	}
	return false;
}

const struct replay_result *replay_memo_find(struct replay_memo *memo, const struct replay_reads *reads,
					     const struct replay_facts *facts, const struct replay_sight *sight)
{
	if (is_resting(memo))
		return NULL;
	write_key(memo, reads, facts, sight);
	if (memo->length > sizeof(memo->key))
		return NULL;
	slice key = slice_from(memo->key, memo->length);
	memo->hash = hash_slice(&memo->entries.key, key);
	const struct entry *entry = map_get_hashed(&memo->entries, key, memo->hash);
	memo->finds += entry != NULL;
	return entry ? &entry->result : NULL;
}

void replay_memo_keep(struct replay_memo *memo, const struct replay_result *result)
{
	if (memo->length > sizeof(memo->key))
		return;
	if (memo->entries.count == MEMO_ENTRIES_MAX) {
		struct hash_key key = memo->entries.key;
		replay_memo_free(memo);
		replay_memo_init(memo, &key);
	}
	struct entry *entry = arena_alloc(&memo->arena, sizeof(*entry) + memo->length);
	/* Without memory it is decided again the next time. */
	if (!entry)
		return;
	entry->result = *result;
	memcpy(entry->key, memo->key, memo->length);
	(void)!map_put_hashed(&memo->entries, slice_from(entry->key, memo->length), memo->hash, entry, NULL, NULL);
}
