#include "evidence/merkle.h"

#include <assert.h>
#include <string.h>

#define SIZE_MAX_LEAVES (UINT64_MAX >> 1)

bool merkle_hash_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH_BYTES) == 0;
}

static void keep(struct sha256 digest, struct merkle_hash *ret_hash)
{
	_Static_assert(SHA256_BYTES == MERKLE_HASH_BYTES, "the tree is one of SHA-256");
	memcpy(ret_hash->bytes, digest.bytes, MERKLE_HASH_BYTES);
}

/* RFC 6962 2.1: a leaf and an inner node never hash the same bytes. */
void merkle_leaf(struct sha256_context *hasher, slice record, struct merkle_hash *ret_hash)
{
	const slice parts[2] = {SLICE_INIT("\0"), record};
	keep(sha256_of_parts(hasher, parts, 2), ret_hash);
}

void merkle_node(struct sha256_context *hasher, const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash)
{
	char bytes[1 + 2 * MERKLE_HASH_BYTES];
	bytes[0] = 1;
	memcpy(bytes + 1, left->bytes, MERKLE_HASH_BYTES);
	memcpy(bytes + 1 + MERKLE_HASH_BYTES, right->bytes, MERKLE_HASH_BYTES);
	keep(sha256_of(hasher, slice_from(bytes, sizeof(bytes))), ret_hash);
}

size_t merkle_peak_count(uint64_t size)
{
	return (size_t)__builtin_popcountll(size);
}

void merkle_append_hash(struct sha256_context *hasher, struct merkle_tree *tree, const struct merkle_hash *leaf)
{
	assert(tree->size < SIZE_MAX_LEAVES);
	size_t count = merkle_peak_count(tree->size);
	struct merkle_hash hash = *leaf;
	for (uint64_t size = tree->size; size & 1; size >>= 1)
		merkle_node(hasher, &tree->peaks[--count], &hash, &hash);
	tree->peaks[count] = hash;
	tree->size++;
}

void merkle_append(struct sha256_context *hasher, struct merkle_tree *tree, slice record)
{
	struct merkle_hash leaf;
	merkle_leaf(hasher, record, &leaf);
	merkle_append_hash(hasher, tree, &leaf);
}

void merkle_append_batch(struct sha256_context *hasher, struct merkle_tree *tree, const slice *records, size_t count,
			 struct merkle_hash *ret_leaves)
{
	for (size_t i = 0; i < count; i++) {
		struct merkle_hash leaf;
		merkle_leaf(hasher, records[i], &leaf);
		merkle_append_hash(hasher, tree, &leaf);
		if (ret_leaves)
			ret_leaves[i] = leaf;
	}
}

/* The root over hashes of perfect subtrees that stand side by side, largest first. */
static void fold(struct sha256_context *hasher, const struct merkle_hash *peaks, size_t count,
		 struct merkle_hash *ret_root)
{
	*ret_root = peaks[count - 1];
	for (size_t i = count - 1; i-- > 0;)
		merkle_node(hasher, &peaks[i], ret_root, ret_root);
}

void merkle_root(struct sha256_context *hasher, const struct merkle_tree *tree, struct merkle_hash *ret_root)
{
	if (tree->size == 0)
		keep(sha256_of(hasher, SLICE("")), ret_root);
	else
		fold(hasher, tree->peaks, merkle_peak_count(tree->size), ret_root);
}
