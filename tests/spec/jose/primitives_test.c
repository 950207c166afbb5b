#include "vectors.h"

#include "token/jws.h"

/* The key as JWK, or (where that is missing) as the uncompressed point of a curve. */
static enum error group_key(struct vectors *vectors, const struct json_node *group, const char *member,
			    enum signature_algorithm algorithm, struct key **ret_key)
{
	struct jwk jwk;
	const struct json_node *object = json_get(&vectors->doc, group, slice_of(member));
	if (object) {
		TRY(jwk_parse(&jwk, &vectors->doc, object, JWK_PUBLIC, &vectors->arena, NULL));
		*ret_key = jwk.key;
		return E_OK;
	}
	const struct json_node *public = json_get(&vectors->doc, group, SLICE("publicKey"));
	slice point = vectors_hex(vectors, public, "uncompressed");
	size_t half = point.len / 2;
	struct key_numbers numbers = {.type = algorithm == SIGNATURE_ES256 ? KEY_P256 : KEY_P384,
				      .x = slice_sub(point, 1, 1 + half), .y = slice_from_offset(point, 1 + half)};
	return key_import(ret_key, &numbers, NULL);
}

/* All tests of a file against one algorithm; returns how many agree. `refused_keys` counts groups we take no key of. */
static int run_file(const char *file, const char *key_member, enum signature_algorithm algorithm, int *refused_keys)
{
	struct vectors vectors;
	int agree = 0;
	*refused_keys = 0;
	if (!vectors_open(&vectors, file)) {
		SKIP("no conformance data");
		return 0;
	}
	const struct json_node *groups = json_get(&vectors.doc, json_root(&vectors.doc), SLICE("testGroups"));
	for (const struct json_node *group = json_first(groups); group; group = json_next(group)) {
		struct key *key;
		const struct json_node *tests = json_get(&vectors.doc, group, SLICE("tests"));
		if (group_key(&vectors, group, key_member, algorithm, &key) != E_OK) {
			*refused_keys += 1;
			continue;
		}
		for (const struct json_node *test = json_first(tests); test; test = json_next(test)) {
			/* "acceptable" is what a strict reader refuses. */
			bool valid = slice_equal(vectors_text(&vectors, test, "result"), SLICE("valid"));
			slice message = vectors_hex(&vectors, test, "msg"), signature = vectors_hex(&vectors, test, "sig");
			bool accepted = signature_verify(key, algorithm, message, signature, NULL) == E_OK;
			int64_t id = 0;
			json_i64(json_get(&vectors.doc, test, SLICE("tcId")), &id);
			if (accepted != valid)
				print_message("# %d: %s\n", (int)id, accepted ? "accepted" : "refused");
			agree += accepted == valid;
		}
		key_free(key);
	}
	vectors_close(&vectors);
	return agree;
}

TEST(wycheproof_es256_all_262)
{
	int refused;
	CHECK_INT(run_file("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", "publicKeyJwk", SIGNATURE_ES256, &refused), 262);
	CHECK_INT(refused, 0);
}

TEST(wycheproof_es384_all_280)
{
	int refused;
	CHECK_INT(run_file("wycheproof/ecdsa_secp384r1_sha384_p1363_test.json", "publicKeyJwk", SIGNATURE_ES384, &refused), 280);
	CHECK_INT(refused, 0);
}

TEST(wycheproof_ed25519_all_151)
{
	int refused;
	CHECK_INT(run_file("wycheproof/ed25519_test.json", "publicKeyJwk", SIGNATURE_EDDSA, &refused), 151);
	CHECK_INT(refused, 0);
}

TEST(wycheproof_ps256_all_108)
{
	int refused;
	CHECK_INT(run_file("wycheproof/rsa_pss_2048_sha256_mgf1_32_test.json", "publicKeyJwk", SIGNATURE_PS256, &refused), 108);
	CHECK_INT(refused, 0);
}

TEST(wycheproof_rs256_all_257_whose_exponent_is_not_3)
{
	int refused;
	CHECK_INT(run_file("wycheproof/rsa_signature_2048_sha256_test.json", "keyJwk", SIGNATURE_RS256, &refused), 257);
	CHECK_INT(refused, 2);
}
