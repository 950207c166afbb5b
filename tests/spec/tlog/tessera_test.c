/* Goal: the 15-entry log of transparency-dev/tessera: every root and every checkpoint, byte for byte, bundles as bodies. */
#include "evidence/checkpoint.h"
#include "evidence/segment.h"

#include "crypt/signature.h"
#include "text/base64.h"

#include "vectors.h"

#include "check.h"
#include "read_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VKEY "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
#define SEED "eymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg"

static const slice names[] = {
	SLICE_INIT("one"),    SLICE_INIT("two"),   SLICE_INIT("three"),    SLICE_INIT("four"),    SLICE_INIT("five"),
	SLICE_INIT("six"),    SLICE_INIT("seven"), SLICE_INIT("eit"),      SLICE_INIT("nain"),    SLICE_INIT("ten"),
	SLICE_INIT("ileven"), SLICE_INIT("twelf"), SLICE_INIT("threeten"), SLICE_INIT("fourten"), SLICE_INIT("fivten"),
};

static struct key *signer(const struct note_key *name)
{
	char seed[BASE64_BYTES(44)];
	size_t length;
	struct key *key;
	struct fault why;
	/* The published text is of type and seed: "A" stands for the bits of the type byte. */
	CHECK_OK(base64_read(seed, &length, SLICE("A" SEED), &why), why);
	CHECK_INT(length, 33);
	CHECK_OK(key_import(&key,
			    &(struct key_numbers){.type = KEY_ED25519,
						  .x = slice_from(name->key, NOTE_ED25519_KEY_BYTES),
						  .d = slice_from(seed + 1, 32)},
			    &why),
		 why);
	return key;
}

static void make_note(const struct merkle_tree *tree, struct sha256_context *hasher, const struct note_key *name,
		      const struct key *key, struct buffer *note)
{
	struct checkpoint checkpoint = {.origin = name->name, .size = tree->size};
	struct signature signature;
	struct buffer body;
	struct fault why;
	merkle_root(hasher, tree, &checkpoint.root);
	buffer_init(&body, 4096);
	checkpoint_body(&checkpoint, &body);
	CHECK_OK(signature_sign(key, SIGNATURE_EDDSA, buffer_slice(&body), &signature, &why), why);
	CHECK_OK(note_encode(buffer_slice(&body), name, signature.bytes, note, &why), why);
	buffer_free(&body);
}

TEST(every_checkpoint_is_verified_and_made_again_byte_for_byte)
{
	struct sha256_context hasher;
	struct merkle_tree tree = {0};
	struct note_key name;
	struct fault why;
	unsigned seen = 0;
	if (!vectors_path(""))
		SKIP("no conformance data");
	CHECK_OK(sha256_context_init(&hasher, &why), why);
	CHECK_OK(note_key_parse(SLICE(VKEY), &name, &why), why);
	struct key *key = signer(&name);
	for (unsigned size = 0; size <= 15; size++) {
		char file[64];
		struct checkpoint checkpoint;
		struct buffer note;
		snprintf(file, sizeof(file), "tessera-log/checkpoint.%u", size);
		slice stored = read_file(vectors_path(file));
		if (stored.ptr) {
			CHECK_OK(checkpoint_verify(stored, &name, &checkpoint, &why), why);
			CHECK_INT(checkpoint.size, size);
			buffer_init(&note, NOTE_BYTES_MAX);
			make_note(&tree, &hasher, &name, key, &note);
			CHECK_SLICE(buffer_slice(&note), stored);
			buffer_free(&note);
			free((void *)(uintptr_t)stored.ptr);
			seen++;
		}
		if (size < 15)
			merkle_append(&hasher, &tree, names[size]);
	}
	CHECK(seen >= 15);
	key_free(key);
	sha256_context_free(&hasher);
}

TEST(the_body_of_a_frame_is_an_entry_bundle)
{
	char body[512];
	size_t length = 0;
	const char *path = vectors_path("tessera-log/tile/entries/000.p/15");
	if (!path)
		SKIP("no conformance data");
	for (size_t i = 0; i < 15; i++) {
		frame_put_length(body + length, names[i].len);
		memcpy(body + length + FRAME_LENGTH_BYTES, names[i].ptr, names[i].len);
		length += FRAME_LENGTH_BYTES + names[i].len;
	}
	slice stored = read_file(path);
	CHECK_SLICE(slice_from(body, length), stored);
	free((void *)(uintptr_t)stored.ptr);
}
