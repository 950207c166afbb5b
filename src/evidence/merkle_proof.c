#include "evidence/merkle.h"

#include <assert.h>

#define SIZE_MAX_LEAVES (UINT64_MAX >> 1)

static unsigned level_of(uint64_t power)
{
	return 63u - (unsigned)__builtin_clzll(power);
}

/* The largest power of two below `size` (RFC 6962 2.1); size > 1. */
static uint64_t split(uint64_t size)
{
	return (uint64_t)1 << level_of(size - 1);
}

static enum error leaves_node(void *context, unsigned level, uint64_t index, struct merkle_hash *ret_hash,
			      struct fault *why)
{
	const struct merkle_leaves *leaves = context;
	struct merkle_tree tree = {0};
	uint64_t start = index << level, end = (index + 1) << level;
	if (end > leaves->count)
		return FAIL(why, E_INVALID, "no leaf %llu", (unsigned long long)end - 1);
	for (uint64_t i = start; i < end; i++)
		merkle_append_hash(leaves->hasher, &tree, &leaves->leaves[i]);
	merkle_root(leaves->hasher, &tree, ret_hash);
	return E_OK;
}

struct merkle_source merkle_leaves_source(struct merkle_leaves *leaves)
{
	return (struct merkle_source){.hasher = leaves->hasher, .node = leaves_node, .context = leaves};
}

/* The root of [start, end), where start is a multiple of every power of two that is needed. */
static enum error range_root(const struct merkle_source *source, uint64_t start, uint64_t end,
			     struct merkle_hash *ret_root, struct fault *why)
{
	struct merkle_hash parts[MERKLE_PEAKS_MAX];
	size_t count = 0;
	while (start < end) {
		unsigned level = level_of(end - start);
		TRY(source->node(source->context, level, start >> level, &parts[count++], why));
		start += (uint64_t)1 << level;
	}
	*ret_root = parts[--count];
	while (count-- > 0)
		merkle_node(source->hasher, &parts[count], ret_root, ret_root);
	return E_OK;
}

static enum error push(struct merkle_proof *proof, const struct merkle_source *source, uint64_t start, uint64_t end,
		       struct fault *why)
{
	assert(proof->count < MERKLE_PROOF_MAX);
	return range_root(source, start, end, &proof->hashes[proof->count++], why);
}

/* Proofs are found from the root down and told from the leaf up. */
static void reverse(struct merkle_proof *proof)
{
	for (size_t low = 0, high = proof->count; low + 1 < high; low++) {
		struct merkle_hash hash = proof->hashes[--high];
		proof->hashes[high] = proof->hashes[low];
		proof->hashes[low] = hash;
	}
}

/* RFC 6962 2.1.1 */
enum error merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
				  struct merkle_proof *ret_proof, struct fault *why)
{
	ret_proof->count = 0;
	if (index >= size || size > SIZE_MAX_LEAVES)
		return FAIL(why, E_INVALID, "no leaf %llu in a tree of %llu", (unsigned long long)index,
			    (unsigned long long)size);
	uint64_t low = 0, high = size;
	while (high - low > 1) {
		uint64_t middle = low + split(high - low);
		if (index < middle) {
			TRY(push(ret_proof, source, middle, high, why));
			high = middle;
		} else {
			TRY(push(ret_proof, source, low, middle, why));
			low = middle;
		}
	}
	reverse(ret_proof);
	return E_OK;
}

/* RFC 6962 2.1.2 */
enum error merkle_prove_consistency(const struct merkle_source *source, uint64_t size1, uint64_t size2,
				    struct merkle_proof *ret_proof, struct fault *why)
{
	ret_proof->count = 0;
	if (size1 == 0 || size1 > size2 || size2 > SIZE_MAX_LEAVES)
		return FAIL(why, E_INVALID, "no proof from size %llu to %llu", (unsigned long long)size1,
			    (unsigned long long)size2);
	uint64_t low = 0, high = size2;
	while (high != size1) {
		uint64_t middle = low + split(high - low);
		if (size1 <= middle) {
			TRY(push(ret_proof, source, middle, high, why));
			high = middle;
		} else {
			TRY(push(ret_proof, source, low, middle, why));
			low = middle;
		}
	}
	/* The old tree is known to the verifier as a whole, its parts are not. */
	if (low != 0)
		TRY(push(ret_proof, source, low, high, why));
	reverse(ret_proof);
	return E_OK;
}

/* RFC 9162 2.1.3.2 */
enum error merkle_verify_inclusion(struct sha256_context *hasher, uint64_t index, uint64_t size,
				   const struct merkle_hash *leaf, const struct merkle_proof *proof,
				   const struct merkle_hash *root, struct fault *why)
{
	if (index >= size || size > SIZE_MAX_LEAVES)
		return FAIL(why, E_INVALID, "no leaf %llu in a tree of %llu", (unsigned long long)index,
			    (unsigned long long)size);
	uint64_t fn = index, sn = size - 1;
	struct merkle_hash hash = *leaf;
	for (size_t i = 0; i < proof->count; i++) {
		if (sn == 0)
			return FAIL(why, E_CORRUPT, "the inclusion proof is too long");
		if ((fn & 1) || fn == sn) {
			merkle_node(hasher, &proof->hashes[i], &hash, &hash);
			for (; !(fn & 1) && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			merkle_node(hasher, &hash, &proof->hashes[i], &hash);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || !merkle_hash_equal(&hash, root))
		return FAIL(why, E_CORRUPT, "the inclusion proof does not lead to the root");
	return E_OK;
}

/* The subtree [start, end) exists: start is a multiple of the least power of two that is not below its size. */
static bool is_subtree(uint64_t start, uint64_t end)
{
	if (start >= end || end - start > SIZE_MAX_LEAVES)
		return false;
	uint64_t size = end - start;
	uint64_t whole = size == 1 ? 1 : split(size) * 2;
	return (start & (whole - 1)) == 0;
}

enum error merkle_verify_subtree_inclusion(struct sha256_context *hasher, uint64_t index, uint64_t start, uint64_t end,
					   const struct merkle_hash *leaf, const struct merkle_proof *proof,
					   const struct merkle_hash *root, struct fault *why)
{
	if (!is_subtree(start, end) || index < start)
		return FAIL(why, E_INVALID, "no leaf %llu in a subtree [%llu, %llu)", (unsigned long long)index,
			    (unsigned long long)start, (unsigned long long)end);
	return merkle_verify_inclusion(hasher, index - start, end - start, leaf, proof, root, why);
}

/* A subtree of nothing is in every tree. */
static enum error verify_empty(struct sha256_context *hasher, const struct merkle_hash *subtree_root,
			       const struct merkle_proof *proof, struct fault *why)
{
	const struct merkle_tree nothing = {0};
	struct merkle_hash root;
	merkle_root(hasher, &nothing, &root);
	if (proof->count != 0 || !merkle_hash_equal(&root, subtree_root))
		return FAIL(why, E_CORRUPT, "not the proof of an empty subtree");
	return E_OK;
}

enum error merkle_verify_subtree_consistency(struct sha256_context *hasher, uint64_t start, uint64_t end, uint64_t size,
					     const struct merkle_hash *subtree_root, const struct merkle_hash *root,
					     const struct merkle_proof *proof, struct fault *why)
{
	if (start == end && end <= size && size <= SIZE_MAX_LEAVES)
		return verify_empty(hasher, subtree_root, proof, why);
	if (!is_subtree(start, end) || end > size || size > SIZE_MAX_LEAVES)
		return FAIL(why, E_INVALID, "no subtree [%llu, %llu) in a tree of %llu", (unsigned long long)start,
			    (unsigned long long)end, (unsigned long long)size);
	uint64_t fn = start, sn = end - 1, tn = size - 1;
	bool rightmost = sn == tn;
	for (; fn != sn && (rightmost || (sn & 1)); fn >>= 1) {
		sn >>= 1;
		tn >>= 1;
	}
	size_t next = 0;
	struct merkle_hash old = *subtree_root;
	if (fn != sn) {
		if (proof->count == 0)
			return FAIL(why, E_CORRUPT, "the consistency proof is empty");
		old = proof->hashes[next++];
	}
	struct merkle_hash new = old;
	for (; next < proof->count; next++) {
		const struct merkle_hash *hash = &proof->hashes[next];
		if (tn == 0)
			return FAIL(why, E_CORRUPT, "the consistency proof is too long");
		if ((sn & 1) || sn == tn) {
			if (fn < sn)
				merkle_node(hasher, hash, &old, &old);
			merkle_node(hasher, hash, &new, &new);
			for (; !(sn & 1); sn >>= 1) {
				fn >>= 1;
				tn >>= 1;
			}
		} else {
			merkle_node(hasher, &new, hash, &new);
		}
		fn >>= 1;
		sn >>= 1;
		tn >>= 1;
	}
	if (tn != 0 || !merkle_hash_equal(&old, subtree_root) || !merkle_hash_equal(&new, root))
		return FAIL(why, E_CORRUPT, "the consistency proof does not join the roots");
	return E_OK;
}

/* RFC 9162 2.1.4.2: the subtree [0, size1). */
enum error merkle_verify_consistency(struct sha256_context *hasher, uint64_t size1, uint64_t size2,
				     const struct merkle_hash *root1, const struct merkle_hash *root2,
				     const struct merkle_proof *proof, struct fault *why)
{
	if (size1 == 0)
		return FAIL(why, E_INVALID, "nothing can be proven from an empty tree");
	return merkle_verify_subtree_consistency(hasher, 0, size1, size2, root1, root2, proof, why);
}
