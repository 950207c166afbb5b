/* Goal: all 518 probes of transparency-dev/merkle, the CT reference tree, and the generated roots, proofs and tiles. */
#include "evidence/merkle.h"

#include "text/base64.h"

#include "vectors.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES 70000u

static struct sha256_context hasher;
static unsigned failures;

static void begin(void)
{
	struct fault why;
	failures = 0;
	if (!hasher.state)
		CHECK_OK(sha256_context_init(&hasher, &why), why);
}

static void expect(const struct vectors *vectors, const char *path, bool fine)
{
	bool want_error = false;
	CHECK(json_bool(json_get(&vectors->doc, vectors->root, SLICE("wantErr")), &want_error));
	if (fine == want_error) {
		print_error("%s: %s\n", path, fine ? "accepted" : "refused");
		failures++;
	}
}

static void inclusion(const char *path)
{
	struct vectors v = vectors_open(path);
	struct merkle_hash leaf, root;
	struct merkle_proof proof;
	bool fine = vectors_hash(&v, v.root, "leafHash", &leaf) && vectors_hash(&v, v.root, "root", &root) &&
		    vectors_proof(&v, v.root, "proof", &proof) &&
		    merkle_verify_inclusion(&hasher, vectors_number(&v, v.root, "leafIdx"),
					    vectors_number(&v, v.root, "treeSize"), &leaf, &proof, &root, NULL) == E_OK;
	expect(&v, path, fine);
	vectors_close(&v);
}

/* Some roots are words instead of hashes: their hash stands in for them, so that equal stays equal. */
static struct merkle_hash root_of(struct vectors *v, const char *name)
{
	struct merkle_hash root;
	slice bytes = vectors_bytes(v, v->root, name);
	if (!vectors_hash(v, v->root, name, &root))
		merkle_leaf(&hasher, bytes, &root);
	return root;
}

static void consistency(const char *path)
{
	struct vectors v = vectors_open(path);
	struct merkle_hash root1 = root_of(&v, "root1"), root2 = root_of(&v, "root2");
	struct merkle_proof proof;
	bool fine =
		vectors_proof(&v, v.root, "proof", &proof) &&
		merkle_verify_consistency(&hasher, vectors_number(&v, v.root, "size1"),
					  vectors_number(&v, v.root, "size2"), &root1, &root2, &proof, NULL) == E_OK;
	expect(&v, path, fine);
	vectors_close(&v);
}

static void subtree_inclusion(const char *path)
{
	struct vectors v = vectors_open(path);
	struct merkle_hash leaf, root;
	struct merkle_proof proof;
	bool fine = vectors_hash(&v, v.root, "leafHash", &leaf) && vectors_hash(&v, v.root, "root", &root) &&
		    vectors_proof(&v, v.root, "proof", &proof) &&
		    merkle_verify_subtree_inclusion(
			    &hasher, vectors_number(&v, v.root, "leafIdx"), vectors_number(&v, v.root, "start"),
			    vectors_number(&v, v.root, "end"), &leaf, &proof, &root, NULL) == E_OK;
	expect(&v, path, fine);
	vectors_close(&v);
}

static void subtree_consistency(const char *path)
{
	struct vectors v = vectors_open(path);
	struct merkle_hash root1 = root_of(&v, "root1"), root2 = root_of(&v, "root2");
	struct merkle_proof proof;
	bool fine = vectors_proof(&v, v.root, "proof", &proof) &&
		    merkle_verify_subtree_consistency(
			    &hasher, vectors_number(&v, v.root, "start"), vectors_number(&v, v.root, "end"),
			    vectors_number(&v, v.root, "size"), &root1, &root2, &proof, NULL) == E_OK;
	expect(&v, path, fine);
	vectors_close(&v);
}

static void probe(const char *folder, void (*visit)(const char *path), unsigned expected)
{
	const char *path = vectors_path(folder);
	begin();
	if (!path)
		SKIP("no conformance data");
	CHECK_INT(vectors_each(path, visit), expected);
	CHECK_INT(failures, 0);
}

TEST(the_98_inclusion_probes_get_the_verdict_they_want)
{
	probe("merkle/inclusion", inclusion, 98);
}

TEST(the_98_consistency_probes_get_the_verdict_they_want)
{
	probe("merkle/consistency", consistency, 98);
}

TEST(the_204_subtree_inclusion_probes_get_the_verdict_they_want)
{
	probe("merkle/subtreeinclusion", subtree_inclusion, 204);
}

TEST(the_118_subtree_consistency_probes_get_the_verdict_they_want)
{
	probe("merkle/subtreeconsistency", subtree_consistency, 118);
}

TEST(the_ct_reference_tree_has_its_roots)
{
	const char *path = vectors_path("rfc6962/ct_reference_tree.json");
	begin();
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	struct merkle_tree tree = {0};
	const struct json_node *leaf = json_first(json_get(&v.doc, v.root, SLICE("leaf_inputs_hex")));
	const struct json_node *root = json_first(json_get(&v.doc, v.root, SLICE("root_by_size_hex")));
	for (; root; root = json_next(root)) {
		struct merkle_hash hash;
		char hex[64], bytes[64];
		slice text;
		merkle_root(&hasher, &tree, &hash);
		hex_write(hex, slice_from(hash.bytes, sizeof(hash.bytes)));
		CHECK(json_string(root, &text));
		CHECK_SLICE(slice_from(hex, 64), text);
		if (!leaf)
			break;
		CHECK(json_string(leaf, &text));
		CHECK_ERROR(hex_read(bytes, text, NULL), E_OK);
		merkle_append(&hasher, &tree, slice_from(bytes, text.len / 2));
		leaf = json_next(leaf);
	}
	CHECK_INT(tree.size, 8);
	vectors_close(&v);
}

static struct merkle_hash *generated_leaves(void)
{
	static struct merkle_hash leaves[LEAVES];
	for (unsigned i = 0; i < LEAVES; i++) {
		char text[40];
		int length = snprintf(text, sizeof(text), "writ-test-entry-%u", i);
		merkle_leaf(&hasher, slice_from(text, (size_t)length), &leaves[i]);
	}
	return leaves;
}

TEST(the_generated_tree_has_its_roots_at_every_size)
{
	const char *path = vectors_path("generated/roots.json");
	begin();
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	struct merkle_hash *leaves = generated_leaves(), expected, root;
	struct merkle_tree tree = {0};
	unsigned count = 0;
	for (const struct json_node *node = json_first(json_get(&v.doc, v.root, SLICE("roots"))); node;
	     node = json_next(node), count++) {
		while (tree.size < vectors_number(&v, node, "size"))
			merkle_append_hash(&hasher, &tree, &leaves[tree.size]);
		merkle_root(&hasher, &tree, &root);
		CHECK(vectors_hash(&v, node, "root", &expected));
		CHECK(merkle_hash_equal(&root, &expected));
	}
	CHECK_INT(count, 142);
	vectors_close(&v);
}

TEST(the_generated_proofs_are_made_and_verified_hash_for_hash)
{
	const char *path = vectors_path("generated/proofs.json");
	begin();
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	struct merkle_leaves from = {&hasher, generated_leaves(), LEAVES};
	struct merkle_source source = merkle_leaves_source(&from);
	struct merkle_hash root1, root2;
	struct merkle_proof made, expected;
	struct fault why;
	for (const struct json_node *node = json_first(v.root); node; node = json_next(node)) {
		CHECK(vectors_proof(&v, node, "proof", &expected));
		if (slice_equal(vectors_text(&v, node, "type"), SLICE("inclusion"))) {
			uint64_t index = vectors_number(&v, node, "index"), size = vectors_number(&v, node, "size");
			CHECK(vectors_hash(&v, node, "root", &root1));
			CHECK_OK(merkle_prove_inclusion(&source, index, size, &made, &why), why);
			CHECK_OK(
				merkle_verify_inclusion(&hasher, index, size, &from.leaves[index], &made, &root1, &why),
				why);
		} else {
			uint64_t size1 = vectors_number(&v, node, "size1"), size2 = vectors_number(&v, node, "size2");
			CHECK(vectors_hash(&v, node, "root1", &root1) && vectors_hash(&v, node, "root2", &root2));
			CHECK_OK(merkle_prove_consistency(&source, size1, size2, &made, &why), why);
			CHECK_OK(merkle_verify_consistency(&hasher, size1, size2, &root1, &root2, &made, &why), why);
		}
		CHECK_INT(made.count, expected.count);
		for (size_t i = 0; i < made.count; i++)
			CHECK(merkle_hash_equal(&made.hashes[i], &expected.hashes[i]));
	}
	vectors_close(&v);
}
