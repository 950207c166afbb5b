/*
 * The hash tree over all records (RFC 6962 2.1, RFC 9162 2.1): append, root, proofs and their verification.
 *
 * Leaves are SHA-256(0x00 || record), inner nodes SHA-256(0x01 || left || right). The tree is kept as its compact
 * range: the roots of the perfect subtrees that the size's binary digits name, largest first.
 * A `hasher` is the calling thread's.
 */
#ifndef TIPSTAFF_EVIDENCE_MERKLE_H
#define TIPSTAFF_EVIDENCE_MERKLE_H

#include "base/error.h"
#include "base/slice.h"
#include "crypt/digest.h"

#define MERKLE_HASH_BYTES 32u
/* Sizes stay below 2^63, so a path is never longer; one more for a consistency proof's first hash. */
#define MERKLE_PEAKS_MAX 63u
#define MERKLE_PROOF_MAX 64u

struct merkle_hash {
	unsigned char bytes[MERKLE_HASH_BYTES];
};

/* Zeroed, it is the empty tree. */
struct merkle_tree {
	uint64_t size;
	struct merkle_hash peaks[MERKLE_PEAKS_MAX]; /* as many as `size` has one bits */
};

struct merkle_proof {
	size_t count;
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

bool merkle_hash_equal(const struct merkle_hash *a, const struct merkle_hash *b);
void merkle_leaf(struct sha256_context *hasher, slice record, struct merkle_hash *ret_hash);
void merkle_node(struct sha256_context *hasher, const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash);

/* How many peaks a tree of this size has. */
size_t merkle_peak_count(uint64_t size);
void merkle_append_hash(struct sha256_context *hasher, struct merkle_tree *tree, const struct merkle_hash *leaf);
void merkle_append(struct sha256_context *hasher, struct merkle_tree *tree, slice record);
/* `ret_leaves` (room for `count`) may be NULL. */
void merkle_append_batch(struct sha256_context *hasher, struct merkle_tree *tree, const slice *records, size_t count,
			 struct merkle_hash *ret_leaves);
/* Of the empty tree: SHA-256 of nothing. */
void merkle_root(struct sha256_context *hasher, const struct merkle_tree *tree, struct merkle_hash *ret_root);

/* Where a prover gets its hashes from: the root of the perfect subtree over leaves [index << level, (index+1) << level). */
struct merkle_source {
	struct sha256_context *hasher;
	enum error (*node)(void *context, unsigned level, uint64_t index, struct merkle_hash *ret_hash,
			   struct fault *why);
	void *context;
};

/* A source over `count` leaf hashes in memory. */
struct merkle_leaves {
	struct sha256_context *hasher;
	const struct merkle_hash *leaves;
	uint64_t count;
};
struct merkle_source merkle_leaves_source(struct merkle_leaves *leaves);

/* E_INVALID: index not below size, or size 0 or above 2^63 - 1. Errors of the source are passed on. */
MUST_USE enum error merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
					   struct merkle_proof *ret_proof, struct fault *why);
/* E_INVALID: not 0 < size1 <= size2 < 2^63. The proof between equal sizes is empty. */
MUST_USE enum error merkle_prove_consistency(const struct merkle_source *source, uint64_t size1, uint64_t size2,
					     struct merkle_proof *ret_proof, struct fault *why);

/* RFC 9162 2.1.3.2. E_INVALID: index or size out of range.  E_CORRUPT: the proof does not lead to this root. */
MUST_USE enum error merkle_verify_inclusion(struct sha256_context *hasher, uint64_t index, uint64_t size, const struct merkle_hash *leaf,
					    const struct merkle_proof *proof, const struct merkle_hash *root,
					    struct fault *why);
/* RFC 9162 2.1.4.2. E_INVALID: not 0 < size1 <= size2.  E_CORRUPT: the proof does not join these roots. */
MUST_USE enum error merkle_verify_consistency(struct sha256_context *hasher, uint64_t size1, uint64_t size2, const struct merkle_hash *root1,
					      const struct merkle_hash *root2, const struct merkle_proof *proof,
					      struct fault *why);
/*
 * Subtrees [start, end) of draft-ietf-plants-merkle-tree-certs 4: start is a multiple of the least power of two that
 * is not below end - start. An empty one is consistent with every tree. E_INVALID: no such subtree.  E_CORRUPT: the
 * proof does not hold.
 */
MUST_USE enum error merkle_verify_subtree_inclusion(struct sha256_context *hasher, uint64_t index, uint64_t start, uint64_t end,
						    const struct merkle_hash *leaf, const struct merkle_proof *proof,
						    const struct merkle_hash *root, struct fault *why);
MUST_USE enum error merkle_verify_subtree_consistency(struct sha256_context *hasher, uint64_t start, uint64_t end, uint64_t size,
						      const struct merkle_hash *subtree_root,
						      const struct merkle_hash *root, const struct merkle_proof *proof,
						      struct fault *why);

#endif
