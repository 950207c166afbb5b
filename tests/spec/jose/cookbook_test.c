#include "vectors.h"

#include "text/base64.h"
#include "token/jws.h"

#include <stdlib.h>

static struct fault why;

/* The key of the example without the "alg" that one of them contradicts. */
static struct key *key_of(struct vectors *vectors, const struct json_node *input)
{
	struct jwk jwk;
	const struct json_node *object = json_get(&vectors->doc, input, SLICE("key"));
	CHECK_OK(jwk_parse(&jwk, &vectors->doc, object, JWK_PRIVATE, &vectors->arena, &why), why);
	return jwk.key;
}

/* The compact form verifies, its payload is the one given, and where signing is deterministic ours is the same. */
static void check_compact(const char *file, enum signature_algorithm algorithm, bool deterministic)
{
	struct vectors vectors;
	struct jws jws;
	struct signature signature;
	if (!vectors_open(&vectors, file)) {
		SKIP("no conformance data");
		return;
	}
	const struct json_node *root = json_root(&vectors.doc);
	const struct json_node *input = json_get(&vectors.doc, root, SLICE("input"));
	const struct json_node *output = json_get(&vectors.doc, root, SLICE("output"));
	slice compact = vectors_text(&vectors, output, "compact");
	struct key *key = key_of(&vectors, input);
	CHECK_OK(jws_parse(&jws, compact, &vectors.arena, &why), why);
	CHECK_INT(jws.algorithm, algorithm);
	CHECK_SLICE(jws.payload, vectors_text(&vectors, input, "payload"));
	CHECK_OK(jws_verify(&jws, key, SIGNATURE_BIT(algorithm), &why), why);
	CHECK_OK(signature_sign(key, algorithm, jws.signing_input, &signature, &why), why);
	if (deterministic)
		CHECK_SLICE(signature_slice(&signature), jws.signature);
	CHECK_OK(signature_verify(key, algorithm, jws.signing_input, signature_slice(&signature), &why), why);
	key_free(key);
	vectors_close(&vectors);
}

TEST(rfc_7520_4_1_rsa_signature)
{
	check_compact("jose-cookbook/jws/4_1.rsa_v15_signature.json", SIGNATURE_RS256, true);
}

TEST(rfc_7520_4_2_rsa_pss_signature)
{
	check_compact("jose-cookbook/jws/4_2.rsa-pss_signature.json", SIGNATURE_PS384, false);
}

TEST(rfc_7520_4_3_ecdsa_signature)
{
	check_compact("jose-cookbook/jws/4_3.ecdsa_signature.json", SIGNATURE_ES512, false);
}

TEST(rfc_7520_4_4_hmac)
{
	check_compact("jose-cookbook/jws/4_4.hmac-sha2_integrity_protection.json", SIGNATURE_HS256, true);
}

TEST(rfc_8037_a_4_ed25519_signature)
{
	check_compact("jose-cookbook/curve25519/jws.json", SIGNATURE_EDDSA, true);
}

TEST(rfc_7520_4_5_detached_content_is_refused_as_compact_form_but_its_signature_is_right)
{
	struct vectors vectors;
	struct jws jws;
	if (!vectors_open(&vectors, "jose-cookbook/jws/4_5.signature_with_detached_content.json")) {
		SKIP("no conformance data");
		return;
	}
	const struct json_node *root = json_root(&vectors.doc);
	const struct json_node *input = json_get(&vectors.doc, root, SLICE("input"));
	const struct json_node *signing = json_get(&vectors.doc, root, SLICE("signing"));
	slice compact = vectors_text(&vectors, json_get(&vectors.doc, root, SLICE("output")), "compact"), signature;
	struct key *key = key_of(&vectors, input);
	CHECK_OK(jws_parse(&jws, compact, &vectors.arena, &why), why);
	CHECK_ERROR(jws_verify(&jws, key, SIGNATURE_BIT(SIGNATURE_HS256), NULL), E_SIGNATURE);
	CHECK_OK(base64url_read_arena(&signature, vectors_text(&vectors, signing, "sig"), &vectors.arena, &why), why);
	CHECK_OK(signature_verify(key, SIGNATURE_HS256, vectors_text(&vectors, signing, "sig-input"), signature, &why), why);
	key_free(key);
	vectors_close(&vectors);
}

TEST(rfc_7797_an_unencoded_payload_is_refused)
{
	struct vectors vectors;
	struct jws jws;
	static const char *const files[] = {"jose-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json",
					    "jose-cookbook/rfc7797/hmac-sha2_b64_false.json"};
	for (size_t i = 0; i < 2; i++) {
		if (!vectors_open(&vectors, files[i])) {
			SKIP("no conformance data");
			return;
		}
		const struct json_node *signing = json_get(&vectors.doc, json_root(&vectors.doc), SLICE("signing"));
		struct buffer text;
		buffer_init(&text, 10000);
		/* One of the files has a damaged "protected_b64u". */
		base64url_add(&text, json_span(&vectors.doc, json_get(&vectors.doc, signing, SLICE("protected"))));
		buffer_add_text(&text, ".e30.");
		buffer_add(&text, vectors_text(&vectors, signing, "sig"));
		CHECK_ERROR(jws_parse(&jws, buffer_slice(&text), &vectors.arena, &why), E_INVALID);
		buffer_free(&text);
		vectors_close(&vectors);
	}
}
