#include "identity/token_cache.h"

#include "base/map.h"
#include "base/memory.h"
#include "crypt/digest.h"

#define ENTRY_ARENA_BYTES_MAX (64u * 1024u)

struct entry {
	struct sha256 digest;
	struct arena arena;
	struct caller caller;
};

/* `entries` is used as a ring: the oldest is replaced first. */
struct token_cache {
	struct map by_digest;
	struct entry **entries;
	size_t entries_max;
	size_t next;
	struct sha256_context digests;
};

static void entry_free(struct entry *entry)
{
	if (!entry)
		return;
	arena_free(&entry->arena);
	memory_free(entry);
}

struct token_cache *token_cache_new(const struct hash_key *key, size_t entries_max)
{
	struct token_cache *cache = memory_alloc(sizeof(*cache));
	if (!cache)
		return NULL;
	map_init(&cache->by_digest, key, entries_max);
	cache->entries_max = entries_max;
	cache->entries = memory_alloc_array(entries_max, sizeof(*cache->entries));
	if (entries_max == 0 || !cache->entries || sha256_context_init(&cache->digests, NULL) != E_OK) {
		token_cache_free(cache);
		return NULL;
	}
	return cache;
}

void token_cache_clear(struct token_cache *cache)
{
	for (size_t i = 0; cache->entries && i < cache->entries_max; i++) {
		entry_free(cache->entries[i]);
		cache->entries[i] = NULL;
	}
	map_free(&cache->by_digest);
	cache->next = 0;
}

void token_cache_free(struct token_cache *cache)
{
	if (!cache)
		return;
	token_cache_clear(cache);
	memory_free(cache->entries);
	sha256_context_free(&cache->digests);
	memory_free(cache);
}

size_t token_cache_count(const struct token_cache *cache)
{
	return cache->by_digest.count;
}

static enum error keep(struct token_cache *cache, struct entry *entry, struct fault *why)
{
	struct entry **place = &cache->entries[cache->next];
	if (*place) {
		map_remove(&cache->by_digest, sha256_slice(&(*place)->digest));
		entry_free(*place);
		*place = NULL;
	}
	TRY(map_put(&cache->by_digest, sha256_slice(&entry->digest), entry, NULL, why));
	*place = entry;
	cache->next = (cache->next + 1) % cache->entries_max;
	return E_OK;
}

enum error token_cache_caller(struct token_cache *cache, const struct caller_check *check, slice token,
			      const struct caller **ret_caller, struct fault *why)
{
	if (token.len > CALLER_TOKEN_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a token of more than %u bytes", CALLER_TOKEN_BYTES_MAX);
	struct sha256 digest = sha256_of(&cache->digests, token);
	struct entry *entry = map_get(&cache->by_digest, sha256_slice(&digest));
	if (entry) {
		if (check->now_s >= entry->caller.expires_s + check->skew_s)
			return FAIL_FIELD(why, E_EXPIRED, "exp", "the token has expired");
		*ret_caller = &entry->caller;
		return E_OK;
	}
	entry = memory_alloc(sizeof(*entry));
	if (!entry)
		return FAIL(why, E_MEMORY, "no memory for a token");
	entry->digest = digest;
	arena_init(&entry->arena, ENTRY_ARENA_BYTES_MAX);
	enum error code = caller_verify(check, token, &entry->arena, &entry->caller, why);
	if (code == E_OK)
		code = keep(cache, entry, why);
	if (code != E_OK) {
		entry_free(entry);
		return code;
	}
	*ret_caller = &entry->caller;
	return E_OK;
}
