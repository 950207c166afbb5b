#include "token/jwk.h"

#define SET_LIMITS ((struct json_limits){.bytes_max = JWK_SET_BYTES_MAX, .depth_max = 16, .nodes_max = 8192})

/* A secret that was published is no reason to skip a key, but to trust nothing of that set. */
static bool is_leak(const struct json_doc *doc, const struct json_node *node)
{
	static const slice members[] = {SLICE_INIT("d"),  SLICE_INIT("p"),  SLICE_INIT("q"), SLICE_INIT("dp"),
					SLICE_INIT("dq"), SLICE_INIT("qi"), SLICE_INIT("k")};
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_get(doc, node, members[i]))
			return true;
	return false;
}

/* Keys for encryption may share a "kid" with one for signatures; they are skipped anyway. */
static bool is_for_signatures(const struct json_doc *doc, const struct json_node *node)
{
	slice use;
	return !json_string(json_get(doc, node, SLICE("use")), &use) || slice_equal(use, SLICE("sig"));
}

static bool is_symmetric(const struct json_doc *doc, const struct json_node *node)
{
	slice type;
	return json_string(json_get(doc, node, SLICE("kty")), &type) && slice_equal(type, SLICE("oct"));
}

static enum error check_pair(const struct json_doc *doc, const struct json_node *a, const struct json_node *b,
			     struct fault *why)
{
	slice one, two;
	if (json_string(json_get(doc, a, SLICE("kid")), &one) && json_string(json_get(doc, b, SLICE("kid")), &two) &&
	    one.len > 0 && slice_equal(one, two))
		return FAIL_FIELD(why, E_INVALID, "kid", "two keys of the set have the same \"kid\"");
	if (is_symmetric(doc, a) != is_symmetric(doc, b))
		return FAIL_FIELD(why, E_INVALID, "kty", "a set with symmetric and other keys");
	return E_OK;
}

/* Also of keys that will be skipped: which of two is meant must not hang on what we happen to know. */
static enum error check_pairs(const struct json_doc *doc, const struct json_node *list, struct fault *why)
{
	for (const struct json_node *a = json_first(list); a; a = json_next(a))
		for (const struct json_node *b = json_next(a); b; b = json_next(b))
			if (is_for_signatures(doc, a) && is_for_signatures(doc, b))
				TRY(check_pair(doc, a, b, why));
	return E_OK;
}

/* Keys of no use to us are skipped (RFC 7517 5); what makes the whole set doubtful is an error. */
static enum error add_key(struct jwk_set *set, const struct json_doc *doc, const struct json_node *node,
			  enum jwk_kind kind, struct arena *arena, struct fault *why)
{
	struct jwk jwk;
	if (kind == JWK_PUBLIC && is_leak(doc, node))
		return FAIL_FIELD(why, E_INVALID, "keys", "a key set that shows private keys");
	enum error error = jwk_parse(&jwk, doc, node, kind, arena, why);
	if (error == E_INVALID) {
		set->skipped++;
		return E_OK;
	}
	TRY(error);
	set->keys[set->count++] = jwk;
	return E_OK;
}

static enum error add_all(struct jwk_set *set, const struct json_doc *doc, enum jwk_kind kind, struct arena *arena,
			  struct fault *why)
{
	const struct json_node *root = json_root(doc), *list;
	if (!json_is(root, JSON_OBJECT))
		return FAIL(why, E_INVALID, "a key set must be a JSON object");
	bool single = !json_get(doc, root, SLICE("keys")) && json_get(doc, root, SLICE("kty"));
	size_t count = 1;
	if (!single) {
		TRY(json_need_node(doc, root, "keys", JSON_ARRAY, &list, why));
		count = list->count;
	}
	if (count > JWK_SET_KEYS_MAX)
		return FAIL(why, E_LIMIT, "a set of %zu keys, at most %u are read", count, JWK_SET_KEYS_MAX);
	set->keys = ARENA_ARRAY(arena, count, struct jwk);
	if (!set->keys)
		return FAIL(why, E_MEMORY, "no memory for %zu keys", count);
	if (single)
		return add_key(set, doc, root, kind, arena, why);
	TRY(check_pairs(doc, list, why));
	for (const struct json_node *node = json_first(list); node; node = json_next(node))
		TRY(add_key(set, doc, node, kind, arena, why));
	return E_OK;
}

enum error jwk_set_parse(struct jwk_set *ret_set, slice text, enum jwk_kind kind, struct arena *arena, struct fault *why)
{
	struct json_doc doc;
	struct jwk_set set = {0};
	struct json_limits limits = SET_LIMITS;
	*ret_set = set;
	TRY(json_parse(&doc, text, &limits, arena, why));
	enum error error = add_all(&set, &doc, kind, arena, why);
	if (error != E_OK) {
		jwk_set_free(&set);
		return error;
	}
	*ret_set = set;
	return E_OK;
}

const struct key *jwk_set_find(const struct jwk_set *set, slice key_id)
{
	for (size_t i = 0; i < set->count && key_id.len > 0; i++)
		if (slice_equal(set->keys[i].key_id, key_id))
			return set->keys[i].key;
	return NULL;
}

void jwk_set_free(struct jwk_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		key_free(set->keys[i].key);
	*set = (struct jwk_set){0};
}
