#include "evidence/checkpoint.h"

#include "crypt/signature.h"

#include "check.h"

#include <string.h>

static struct key *make_signer(struct note_key *name)
{
	struct key *key;
	struct key_numbers numbers;
	struct key_room room;
	struct fault why;
	CHECK_OK(key_generate(&key, KEY_ED25519, &why), why);
	CHECK_OK(key_export(key, false, &numbers, &room, &why), why);
	CHECK_OK(note_key_make(SLICE("tipstaff/n1"), (const unsigned char *)numbers.x.ptr, name, &why), why);
	return key;
}

static void sign(slice body, const struct note_key *name, const struct key *key, struct buffer *note)
{
	struct signature signature;
	struct fault why;
	CHECK_OK(signature_sign(key, SIGNATURE_EDDSA, body, &signature, &why), why);
	CHECK_OK(note_encode(body, name, signature.bytes, note, &why), why);
}

TEST(a_checkpoint_is_signed_verified_and_read_back_and_no_changed_byte_passes)
{
	struct note_key name;
	struct key *key = make_signer(&name);
	struct checkpoint checkpoint = {.origin = name.name, .size = 12345}, back;
	struct buffer body, note, text;
	struct note_key parsed;
	struct fault why;
	checkpoint.root.bytes[9] = 7;
	buffer_init(&body, 4096);
	buffer_init(&note, 4096);
	buffer_init(&text, 4096);
	checkpoint_body(&checkpoint, &body);
	sign(buffer_slice(&body), &name, key, &note);
	CHECK_OK(checkpoint_verify(buffer_slice(&note), &name, &back, &why), why);
	CHECK_INT(back.size, 12345);
	CHECK(merkle_hash_equal(&back.root, &checkpoint.root));
	note_key_format(&name, &text);
	CHECK_OK(note_key_parse(buffer_slice(&text), &parsed, &why), why);
	CHECK_INT(parsed.id, name.id);
	for (size_t i = 0; i < note.len; i++) {
		note.ptr[i] ^= 1;
		CHECK(checkpoint_verify(buffer_slice(&note), &name, &back, NULL) != E_OK);
		note.ptr[i] ^= 1;
	}
	buffer_free(&body);
	buffer_free(&note);
	buffer_free(&text);
	key_free(key);
}

TEST(a_checkpoint_of_another_log_is_refused_although_the_key_signed_it)
{
	struct note_key name;
	struct key *key = make_signer(&name);
	struct checkpoint checkpoint = {.origin = SLICE("tipstaff/n2"), .size = 1}, back;
	struct buffer body, note;
	buffer_init(&body, 4096);
	buffer_init(&note, 4096);
	checkpoint_body(&checkpoint, &body);
	sign(buffer_slice(&body), &name, key, &note);
	CHECK_ERROR(checkpoint_verify(buffer_slice(&note), &name, &back, NULL), E_SIGNATURE);
	buffer_free(&body);
	buffer_free(&note);
	key_free(key);
}

TEST(what_is_no_checkpoint_is_refused)
{
	static const slice bad[] = {
		SLICE_INIT(""),
		SLICE_INIT("log"),
		SLICE_INIT("log\n"),
		SLICE_INIT("\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
		SLICE_INIT("log\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
		SLICE_INIT("log\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
		SLICE_INIT("log\n1\nAAAA\n"),
		SLICE_INIT("log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nmore\n"),
		SLICE_INIT("log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
	};
	struct checkpoint checkpoint;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ERROR(checkpoint_parse(bad[i], &checkpoint, NULL), E_SYNTAX);
	CHECK_ERROR(checkpoint_parse(SLICE("log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n"), &checkpoint,
				     NULL),
		    E_OK);
}

TEST(names_and_texts_that_could_be_misread_are_not_signed)
{
	static const slice bad[] = {SLICE_INIT(""),
				    SLICE_INIT("a b"),
				    SLICE_INIT("a+b"),
				    SLICE_INIT("a\nb"),
				    SLICE_INIT("a\xc2\xa0"
					       "b"),
				    SLICE_INIT("\xff")};
	static const unsigned char zeros[64];
	struct note_key key;
	struct buffer note;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ERROR(note_key_make(bad[i], zeros, &key, NULL), E_INVALID);
	CHECK_ERROR(note_key_make(SLICE("a"), zeros, &key, NULL), E_OK);
	buffer_init(&note, 4096);
	CHECK_ERROR(note_encode(SLICE("no newline"), &key, zeros, &note, NULL), E_INVALID);
	CHECK_ERROR(note_encode(SLICE("control \x01\n"), &key, zeros, &note, NULL), E_INVALID);
	CHECK_ERROR(note_encode(SLICE("\xff\n"), &key, zeros, &note, NULL), E_INVALID);
	CHECK_INT(note.len, 0);
	buffer_free(&note);
	CHECK_ERROR(note_key_parse(SLICE("a+00000000+AgAA"), &key, NULL), E_UNSUPPORTED);
	CHECK_ERROR(note_key_parse(SLICE("a+00000000+AQAA"), &key, NULL), E_SYNTAX);
	CHECK_ERROR(note_key_parse(SLICE("a"), &key, NULL), E_SYNTAX);
	slice body;
	CHECK_ERROR(note_body(SLICE("text without signatures\n"), &body, NULL), E_SYNTAX);
}
