#include "vectors.h"

#include "text/base64.h"
#include "token/jwt.h"

static struct fault why;
static struct vectors vectors;

static const struct json_node *example(const char *name)
{
	if (!vectors_open(&vectors, "rfc/rfc_vectors.json")) {
		SKIP("no conformance data");
		return NULL;
	}
	return json_get(&vectors.doc, json_root(&vectors.doc), slice_of(name));
}

static void check_thumbprint(const struct json_doc *doc, const struct json_node *object, slice expected)
{
	struct jwk jwk;
	struct jwk_thumbprint_text text;
	CHECK_OK(jwk_parse(&jwk, doc, object, JWK_PUBLIC, &vectors.arena, &why), why);
	CHECK_OK(jwk_thumbprint_text(&text, jwk.key, &why), why);
	CHECK_SLICE(jwk_thumbprint_slice(&text), expected);
	key_free(jwk.key);
}

TEST(rfc_7638_3_1_and_rfc_8037_a_3_thumbprints)
{
	const struct json_node *row = example("rfc7638");
	if (!row)
		return;
	check_thumbprint(&vectors.doc, json_get(&vectors.doc, row, SLICE("jwk")), vectors_text(&vectors, row, "thumbprint"));
	row = json_get(&vectors.doc, json_root(&vectors.doc), SLICE("rfc8037"));
	check_thumbprint(&vectors.doc, json_get(&vectors.doc, row, SLICE("jwk")), vectors_text(&vectors, row, "thumbprint"));
	vectors_close(&vectors);
}

static void check_proof(const char *name)
{
	struct jwt proof;
	struct jwk jwk;
	const struct json_node *row = example(name);
	if (!row)
		return;
	CHECK_OK(jwt_parse(&proof, vectors_text(&vectors, row, "proof"), &vectors.arena, &why), why);
	CHECK(proof.jws.key != NULL);
	check_thumbprint(&proof.jws.header, proof.jws.key, vectors_text(&vectors, row, "jkt"));
	CHECK_OK(jwk_parse(&jwk, &proof.jws.header, proof.jws.key, JWK_PUBLIC, &vectors.arena, &why), why);
	struct jwt_rules rules = {.algorithms = SIGNATURE_ASYMMETRIC, .type = SLICE("dpop+jwt"), .any_issuer = true,
				  .any_audience = true, .may_lack_expiry = true, .needs = JWT_ISSUED | JWT_ID,
				  .now_s = 1562262620};
	CHECK_OK(jwt_verify_with(&proof, jwk.key, &rules, &why), why);
	rules.now_s = 1562262600;
	CHECK_ERROR(jwt_verify_with(&proof, jwk.key, &rules, NULL), E_PRECONDITION);
	key_free(jwk.key);
	vectors_close(&vectors);
}

TEST(rfc_9449_proofs_verify_with_the_key_they_bring)
{
	check_proof("rfc9449_dpop_token");
	check_proof("rfc9449_dpop_resource");
}

static void check_digest(const char *row_name, const char *from, const char *to)
{
	const struct json_node *row = example(row_name);
	if (!row)
		return;
	struct sha256 digest;
	char text[BASE64URL_TEXT_BYTES(SHA256_BYTES)];
	CHECK_OK(sha256_once(&digest, vectors_text(&vectors, row, from), &why), why);
	CHECK_SLICE(slice_from(text, base64url_write(text, sha256_slice(&digest))), vectors_text(&vectors, row, to));
	vectors_close(&vectors);
}

TEST(rfc_9449_token_hash_and_rfc_7636_challenge)
{
	check_digest("rfc9449_ath", "access_token", "ath");
	check_digest("rfc7636", "verifier", "challenge");
}

TEST(a_wit_svid_is_read)
{
	struct jwt jwt;
	const struct json_node *row = example("spiffe_wit_svid_example");
	if (!row)
		return;
	CHECK_OK(jwt_parse(&jwt, vectors_text(&vectors, row, "wit"), &vectors.arena, &why), why);
	CHECK_SLICE(jwt.subject, SLICE("spiffe://example.com/my-workload"));
	CHECK(jwt_type_is(&jwt, SLICE("wit+jwt")) && jwt.expires_s == 1765456503 && jwt.audience == NULL);
	vectors_close(&vectors);
}
