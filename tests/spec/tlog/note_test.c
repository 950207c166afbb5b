/* Goal: the signed notes of golang.org/x/mod and C2SP: what verifies, what must not, and the same bytes when signing. */
#include "evidence/checkpoint.h"

#include "crypt/signature.h"
#include "text/base64.h"

#include "vectors.h"

#include "check.h"

#include <string.h>

#define KEYS_MAX 8u

static bool names(const struct vectors *v, const struct json_node *list, slice name)
{
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		slice text;
		if (json_string(node, &text) && slice_equal(text, name))
			return true;
	}
	(void)v;
	return false;
}

static void verify_case(struct vectors *v, const struct json_node *node)
{
	struct note_key keys[KEYS_MAX];
	bool verified[KEYS_MAX], expected = false;
	size_t count = 0;
	slice body;
	struct fault why = {0};
	const struct json_node *key = json_first(json_get(&v->doc, node, SLICE("vkeys")));
	for (; key; key = json_next(key)) {
		slice text;
		CHECK(count < KEYS_MAX && json_string(key, &text));
		CHECK_OK(note_key_parse(text, &keys[count++], &why), why);
	}
	CHECK(json_bool(json_get(&v->doc, node, SLICE("ok")), &expected));
	enum error code = note_verify(vectors_bytes(v, node, "note_b64"), keys, count, &body, verified, &why);
	if ((code == E_OK) != expected)
		fail_msg("%.*s: %s", SLICE_ARG(vectors_text(v, node, "name")), error_name(code));
	CHECK(code == E_OK || code == E_SYNTAX || code == E_SIGNATURE);
	for (size_t k = 0; expected && k < count; k++)
		CHECK(verified[k] == names(v, json_get(&v->doc, node, SLICE("verified")), keys[k].name));
}

TEST(notes_get_the_verdict_they_want)
{
	const char *path = vectors_path("note/note_vectors.json");
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	unsigned count = 0;
	for (const struct json_node *node = json_first(json_get(&v.doc, v.root, SLICE("verify"))); node;
	     node = json_next(node), count++)
		verify_case(&v, node);
	CHECK_INT(count, 15);
	vectors_close(&v);
}

TEST(bad_verifier_keys_are_refused_and_so_is_every_part_and_every_change_of_a_good_one)
{
	const char *path = vectors_path("note/note_vectors.json");
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	struct note_key key;
	struct fault why;
	slice text = SLICE("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
	for (const struct json_node *node = json_first(json_get(&v.doc, v.root, SLICE("bad_vkeys"))); node;
	     node = json_next(node)) {
		CHECK(json_string(node, &text));
		enum error code = note_key_parse(text, &key, NULL);
		CHECK(code == E_SYNTAX || code == E_UNSUPPORTED);
	}
	text = SLICE("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
	CHECK_OK(note_key_parse(text, &key, &why), why);
	for (size_t start = 0; start < text.len; start++)
		for (size_t end = start; end <= text.len; end++)
			if (end - start < text.len)
				CHECK(note_key_parse(slice_sub(text, start, end), &key, NULL) != E_OK);
	char changed[128];
	for (size_t i = 0; i < text.len; i++) {
		memcpy(changed, text.ptr, text.len);
		changed[i]++;
		CHECK(note_key_parse(slice_from(changed, text.len), &key, NULL) != E_OK);
	}
	vectors_close(&v);
}

/* "PRIVATE+KEY+name+hash+base64(type || seed)" of golang.org/x/mod. */
static struct key *private_key(struct vectors *v, slice text, struct note_key *ret_key)
{
	slice rest = text, seed;
	struct key_numbers numbers;
	struct key_room room = {0};
	struct key *key;
	struct fault why;
	slice_cut(&rest, '+');
	slice_cut(&rest, '+');
	slice name = slice_cut(&rest, '+');
	slice_cut(&rest, '+');
	CHECK_OK(base64_read_arena(&seed, rest, &v->arena, &why), why);
	CHECK_INT(seed.len, 33);
	/* The public half is found in the vectors' verifier key of the same name. */
	for (const struct json_node *node = json_first(json_get(&v->doc, v->root, SLICE("verify"))); node;
	     node = json_next(node))
		for (const struct json_node *one = json_first(json_get(&v->doc, node, SLICE("vkeys"))); one;
		     one = json_next(one)) {
			CHECK(json_string(one, &text));
			if (note_key_parse(text, ret_key, NULL) == E_OK && slice_equal(ret_key->name, name))
				goto found;
		}
	fail_msg("no verifier key");
found:
	numbers = (struct key_numbers){.type = KEY_ED25519,
				       .x = slice_from(ret_key->key, NOTE_ED25519_KEY_BYTES),
				       .d = slice_from_offset(seed, 1)};
	CHECK_OK(key_import(&key, &numbers, &why), why);
	key_room_wipe(&room);
	return key;
}

TEST(signing_gives_the_published_bytes)
{
	const char *path = vectors_path("note/note_vectors.json");
	if (!path)
		SKIP("no conformance data");
	struct vectors v = vectors_open(path);
	for (const struct json_node *node = json_first(json_get(&v.doc, v.root, SLICE("sign"))); node;
	     node = json_next(node)) {
		struct note_key name;
		struct signature signature;
		struct buffer note;
		struct fault why;
		struct key *key = private_key(&v, vectors_text(&v, node, "skey"), &name);
		slice body = vectors_bytes(&v, node, "text_b64");
		CHECK_OK(signature_sign(key, SIGNATURE_EDDSA, body, &signature, &why), why);
		buffer_init(&note, NOTE_BYTES_MAX);
		CHECK_OK(note_encode(body, &name, signature.bytes, &note, &why), why);
		CHECK_SLICE(buffer_slice(&note), vectors_bytes(&v, node, "signed_note_b64"));
		buffer_free(&note);
		key_free(key);
	}
	vectors_close(&v);
}
