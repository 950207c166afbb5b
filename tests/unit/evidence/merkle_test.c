#include "evidence/merkle.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

#define LEAVES 70u

static struct sha256_context hasher;

static struct merkle_hash *make_leaves(void)
{
	static struct merkle_hash leaves[LEAVES];
	struct fault why;
	if (!hasher.state)
		CHECK_OK(sha256_context_init(&hasher, &why), why);
	for (unsigned i = 0; i < LEAVES; i++) {
		char text[16];
		int length = snprintf(text, sizeof(text), "leaf-%u", i);
		merkle_leaf(&hasher, slice_from(text, (size_t)length), &leaves[i]);
	}
	return leaves;
}

static struct merkle_hash root_of(const struct merkle_hash *leaves, uint64_t size)
{
	struct merkle_tree tree = {0};
	struct merkle_hash root;
	for (uint64_t i = 0; i < size; i++)
		merkle_append_hash(&hasher, &tree, &leaves[i]);
	merkle_root(&hasher, &tree, &root);
	return root;
}

TEST(every_inclusion_proof_holds_and_every_changed_one_does_not)
{
	struct merkle_hash *leaves = make_leaves();
	struct merkle_leaves from = {&hasher, leaves, LEAVES};
	struct merkle_source source = merkle_leaves_source(&from);
	struct merkle_proof proof;
	struct fault why;
	for (uint64_t size = 1; size <= LEAVES; size += 3) {
		struct merkle_hash root = root_of(leaves, size);
		for (uint64_t i = 0; i < size; i++) {
			CHECK_OK(merkle_prove_inclusion(&source, i, size, &proof, &why), why);
			CHECK_OK(merkle_verify_inclusion(&hasher, i, size, &leaves[i], &proof, &root, &why), why);
			CHECK_ERROR(merkle_verify_inclusion(&hasher, i, size, &leaves[(i + 1) % LEAVES], &proof, &root,
							    NULL),
				    E_CORRUPT);
			if (proof.count > 0) {
				proof.hashes[i % proof.count].bytes[i % 32] ^= 1;
				CHECK_ERROR(merkle_verify_inclusion(&hasher, i, size, &leaves[i], &proof, &root, NULL),
					    E_CORRUPT);
				proof.count--;
				CHECK_ERROR(merkle_verify_inclusion(&hasher, i, size, &leaves[i], &proof, &root, NULL),
					    E_CORRUPT);
			}
		}
	}
}

TEST(every_consistency_proof_holds_and_joins_no_other_roots)
{
	struct merkle_hash *leaves = make_leaves();
	struct merkle_leaves from = {&hasher, leaves, LEAVES};
	struct merkle_source source = merkle_leaves_source(&from);
	struct merkle_proof proof;
	struct fault why;
	for (uint64_t size2 = 1; size2 <= LEAVES; size2 += 3)
		for (uint64_t size1 = 1; size1 <= size2; size1++) {
			struct merkle_hash root1 = root_of(leaves, size1), root2 = root_of(leaves, size2);
			CHECK_OK(merkle_prove_consistency(&source, size1, size2, &proof, &why), why);
			CHECK_OK(merkle_verify_consistency(&hasher, size1, size2, &root1, &root2, &proof, &why), why);
			root1.bytes[5] ^= 8;
			CHECK_ERROR(merkle_verify_consistency(&hasher, size1, size2, &root1, &root2, &proof, NULL),
				    E_CORRUPT);
		}
}

TEST(what_is_out_of_range_is_refused_before_anything_is_hashed)
{
	struct merkle_hash *leaves = make_leaves(), root = root_of(leaves, 4);
	struct merkle_leaves from = {&hasher, leaves, LEAVES};
	struct merkle_source source = merkle_leaves_source(&from);
	struct merkle_proof proof = {0};
	CHECK_ERROR(merkle_prove_inclusion(&source, 4, 4, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_prove_inclusion(&source, 0, 0, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_prove_inclusion(&source, 0, LEAVES + 1, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_prove_consistency(&source, 0, 4, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_prove_consistency(&source, 5, 4, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_prove_consistency(&source, 1, UINT64_MAX, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_inclusion(&hasher, 4, 4, leaves, &proof, &root, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_inclusion(&hasher, 0, UINT64_MAX, leaves, &proof, &root, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_consistency(&hasher, 0, 4, &root, &root, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_consistency(&hasher, 5, 4, &root, &root, &proof, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_subtree_inclusion(&hasher, 0, 1, 2, leaves, &proof, &root, NULL), E_INVALID);
	CHECK_ERROR(merkle_verify_subtree_consistency(&hasher, 3, 5, 9, &root, &root, &proof, NULL), E_INVALID);
}

TEST(a_batch_gives_the_tree_that_single_records_give)
{
	make_leaves();
	slice records[LEAVES];
	struct merkle_hash leaves[LEAVES], root1, root2;
	struct merkle_tree batch = {0}, single = {0};
	for (size_t i = 0; i < LEAVES; i++)
		records[i] = slice_from("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz", i);
	merkle_append_batch(&hasher, &batch, records, LEAVES / 2, leaves);
	merkle_append_batch(&hasher, &batch, records + LEAVES / 2, LEAVES - LEAVES / 2, NULL);
	for (size_t i = 0; i < LEAVES; i++)
		merkle_append(&hasher, &single, records[i]);
	merkle_root(&hasher, &batch, &root1);
	merkle_root(&hasher, &single, &root2);
	CHECK(merkle_hash_equal(&root1, &root2));
	CHECK_INT(batch.size, LEAVES);
	CHECK_INT(merkle_peak_count(batch.size), 3);
}
