#include "identity/jti_set.h"

#include "base/memory.h"

#include <pthread.h>
#include <string.h>

struct seen {
	uint64_t a;
	uint64_t b;
	int64_t expires_s; /* 0: free */
};

struct generation {
	struct seen *seen;
	size_t count;
};

/* What was seen lives in two generations; the older one is forgotten when all in it has expired. */
struct jti_set {
	pthread_mutex_t mutex;
	struct hash_key keys[2];
	struct generation current;
	struct generation former;
	size_t slots; /* a power of two, at least twice entries_max */
	size_t entries_max;
	int64_t began_s;
};

struct jti_set *jti_set_new(const struct hash_key *key, size_t entries_max)
{
	struct jti_set *set = memory_alloc(sizeof(*set));
	if (!set)
		return NULL;
	set->keys[0] = *key;
	set->keys[1] = (struct hash_key){key->k1, ~key->k0};
	set->entries_max = entries_max;
	set->slots = 16;
	while (set->slots < 2 * entries_max)
		set->slots *= 2;
	set->current.seen = memory_alloc_array(set->slots, sizeof(struct seen));
	set->former.seen = memory_alloc_array(set->slots, sizeof(struct seen));
	if (!set->current.seen || !set->former.seen || pthread_mutex_init(&set->mutex, NULL) != 0) {
		memory_free(set->current.seen);
		memory_free(set->former.seen);
		memory_free(set);
		return NULL;
	}
	return set;
}

void jti_set_free(struct jti_set *set)
{
	if (!set)
		return;
	pthread_mutex_destroy(&set->mutex);
	memory_free(set->current.seen);
	memory_free(set->former.seen);
	memory_free(set);
}

/* A digest of 128 bits under a secret key; issuer and jti are told apart by the length of the first. */
static struct seen digest_of(const struct jti_set *set, slice issuer, slice jti)
{
	struct seen digest = {0};
	for (int i = 0; i < 2; i++) {
		struct hash_key inner = set->keys[i];
		inner.k0 ^= hash_slice(&set->keys[i], issuer);
		inner.k1 += issuer.len;
		uint64_t hash = hash_slice(&inner, jti);
		*(i ? &digest.b : &digest.a) = hash;
	}
	return digest;
}

/* Where it is, or the free slot where it would go. */
static struct seen *slot_of(const struct jti_set *set, const struct generation *generation, const struct seen *digest)
{
	for (size_t i = digest->a & (set->slots - 1);; i = (i + 1) & (set->slots - 1)) {
		struct seen *seen = &generation->seen[i];
		if (seen->expires_s == 0 || (seen->a == digest->a && seen->b == digest->b))
			return seen;
	}
}

/* After a window everything in the former generation has expired. */
static void turn(struct jti_set *set, int64_t now_s)
{
	if (set->began_s == 0)
		set->began_s = now_s;
	for (int i = 0; i < 2 && now_s - set->began_s >= JTI_SET_WINDOW_S; i++) {
		struct generation emptied = set->former;
		if (emptied.count)
			memset(emptied.seen, 0, set->slots * sizeof(struct seen));
		emptied.count = 0;
		set->former = set->current;
		set->current = emptied;
		set->began_s += JTI_SET_WINDOW_S;
	}
	if (now_s - set->began_s >= JTI_SET_WINDOW_S)
		set->began_s = now_s;
}

static enum error take(struct jti_set *set, struct seen digest, int64_t now_s, struct fault *why)
{
	turn(set, now_s);
	struct seen *former = slot_of(set, &set->former, &digest);
	struct seen *slot = slot_of(set, &set->current, &digest);
	if (former->expires_s || slot->expires_s)
		return FAIL_FIELD(why, E_CONFLICT, "jti", "the assertion was used before");
	if (set->current.count >= set->entries_max)
		return FAIL(why, E_RATE, "too many assertions at the moment");
	*slot = digest;
	set->current.count++;
	return E_OK;
}

enum error jti_set_take(struct jti_set *set, slice issuer, slice jti, int64_t expires_s, int64_t now_s,
			struct fault *why)
{
	if (expires_s <= 0 || expires_s < now_s)
		return FAIL_FIELD(why, E_EXPIRED, "exp", "the assertion has expired");
	if (expires_s - now_s > JTI_SET_WINDOW_S)
		return FAIL_FIELD(why, E_LIMIT, "exp", "the assertion lives longer than %d s", JTI_SET_WINDOW_S);
	struct seen digest = digest_of(set, issuer, jti);
	digest.expires_s = expires_s;
	pthread_mutex_lock(&set->mutex);
	enum error code = take(set, digest, now_s, why);
	pthread_mutex_unlock(&set->mutex);
	return code;
}
