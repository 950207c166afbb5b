#include "vectors.h"

#include <stdlib.h>

/* Every key of the cookbook is read, written and read again, and stays the same. */
static void check_key(const char *file, enum jwk_kind kind)
{
	struct vectors vectors;
	struct fault why;
	struct jwk jwk, again;
	struct secret text;
	struct json_doc doc;
	if (!vectors_open(&vectors, file)) {
		SKIP("no conformance data");
		return;
	}
	CHECK_OK(jwk_parse(&jwk, &vectors.doc, json_root(&vectors.doc), kind, &vectors.arena, &why), why);
	CHECK_SLICE(jwk.key_id, vectors_text(&vectors, json_root(&vectors.doc), "kid"));
	if (kind == JWK_PRIVATE) {
		CHECK_OK(jwk_export_private(&text, jwk.key, jwk.key_id, &why), why);
		CHECK_OK(json_parse(&doc, secret_slice(&text), NULL, &vectors.arena, &why), why);
		static const char *const members[] = {"n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi", "k"};
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			if (json_get(&vectors.doc, json_root(&vectors.doc), slice_of(members[i]))) {
				slice written;
				CHECK(json_string(json_get(&doc, json_root(&doc), slice_of(members[i])), &written));
				CHECK_SLICE(written, vectors_text(&vectors, json_root(&vectors.doc), members[i]));
			}
		CHECK_OK(jwk_parse(&again, &doc, json_root(&doc), kind, &vectors.arena, &why), why);
		key_free(again.key);
		secret_wipe(&text);
	}
	key_free(jwk.key);
	vectors_close(&vectors);
}

TEST(rfc_7520_3_1_to_3_5_keys_survive)
{
	check_key("jose-cookbook/jwk/3_1.ec_public_key.json", JWK_PUBLIC);
	check_key("jose-cookbook/jwk/3_2.ec_private_key.json", JWK_PRIVATE);
	check_key("jose-cookbook/jwk/3_3.rsa_public_key.json", JWK_PUBLIC);
	check_key("jose-cookbook/jwk/3_4.rsa_private_key.json", JWK_PRIVATE);
	check_key("jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json", JWK_PRIVATE);
}

TEST(rfc_7520_3_6_a_key_for_encryption_is_refused)
{
	struct vectors vectors;
	struct jwk jwk;
	if (!vectors_open(&vectors, "jose-cookbook/jwk/3_6.symmetric_key_encryption.json")) {
		SKIP("no conformance data");
		return;
	}
	CHECK_ERROR(jwk_parse(&jwk, &vectors.doc, json_root(&vectors.doc), JWK_PRIVATE, &vectors.arena, NULL), E_INVALID);
	vectors_close(&vectors);
}
