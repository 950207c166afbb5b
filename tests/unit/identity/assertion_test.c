#include "identity/assertion.h"

#include "signer.h"

#define GOOD                                                                                                           \
	"{\"iss\":\"bot\",\"sub\":\"bot\",\"aud\":\"http://127.0.0.1:7475\",\"jti\":\"j1\",\"iat\":1000,\"exp\":1060}"

static const struct assertion_check check = {
	.issuer = SLICE_INIT("http://127.0.0.1:7475"),
	.token_endpoint = SLICE_INIT("http://127.0.0.1:7475/token"),
	.now_s = 1000,
	.skew_s = 10,
	.lifetime_max_s = 60,
};

static enum error try_claims(const char *claims, struct fault *why)
{
	struct test_signer signer;
	struct assertion assertion;
	test_signer_make(&signer, KEY_P256);
	enum error code = assertion_read(&check, test_token(&signer, "JWT", claims), &signer.arena, &assertion, why);
	if (code == E_OK)
		code = assertion_verify(&assertion, &check, &signer.set, why);
	else
		CHECK(assertion.client_id.len == 0);
	test_signer_free(&signer);
	return code;
}

static void check_refused(const char *claims, enum error code, const char *field)
{
	struct fault why = {0};
	CHECK_ERROR(try_claims(claims, &why), code);
	CHECK_INT(why.code, code);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
}

TEST(a_registered_key_is_accepted)
{
	struct fault why = {0};
	CHECK_OK(try_claims(GOOD, &why), why);
}

TEST(only_the_issuer_as_a_single_string_is_an_audience)
{
#define WITH_AUDIENCE(aud) "{\"iss\":\"bot\",\"sub\":\"bot\",\"jti\":\"j1\",\"exp\":1060" aud "}"
	check_refused(WITH_AUDIENCE(""), E_UNAUTHENTICATED, "aud");
	check_refused(WITH_AUDIENCE(",\"aud\":\"http://127.0.0.1:7475/\""), E_UNAUTHENTICATED, "aud");
	check_refused(WITH_AUDIENCE(",\"aud\":\"http://127.0.0.1:7475/token\""), E_UNAUTHENTICATED, "aud");
	check_refused(WITH_AUDIENCE(",\"aud\":[\"http://127.0.0.1:7475\"]"), E_UNAUTHENTICATED, "aud");
}

TEST(the_token_endpoint_is_an_audience_only_by_choice)
{
	struct test_signer signer;
	struct assertion assertion;
	struct fault why = {0};
	struct assertion_check lenient = check;
	lenient.accept_token_endpoint = true;
	test_signer_make(&signer, KEY_P256);
	slice token = test_token(&signer, "JWT", WITH_AUDIENCE(",\"aud\":\"http://127.0.0.1:7475/token\""));
	CHECK_OK(assertion_read(&lenient, token, &signer.arena, &assertion, &why), why);
	CHECK_SLICE(assertion.client_id, SLICE("bot"));
	test_signer_free(&signer);
}

TEST(names_have_to_be_there_and_agree)
{
#define WITH_NAMES(names) "{\"aud\":\"http://127.0.0.1:7475\",\"exp\":1060" names "}"
	check_refused(WITH_NAMES(",\"sub\":\"bot\",\"jti\":\"j\""), E_UNAUTHENTICATED, "iss");
	check_refused(WITH_NAMES(",\"iss\":\"bot\",\"jti\":\"j\""), E_UNAUTHENTICATED, "sub");
	check_refused(WITH_NAMES(",\"iss\":\"bot\",\"sub\":\"cat\",\"jti\":\"j\""), E_UNAUTHENTICATED, "sub");
	check_refused(WITH_NAMES(",\"iss\":\"b t\",\"sub\":\"b t\",\"jti\":\"j\""), E_UNAUTHENTICATED, "iss");
	check_refused(WITH_NAMES(",\"iss\":\"bot\",\"sub\":\"bot\""), E_UNAUTHENTICATED, "jti");
	check_refused(WITH_NAMES(",\"iss\":7,\"sub\":\"bot\",\"jti\":\"j\""), E_UNAUTHENTICATED, "iss");
}

TEST(times_have_to_be_there_and_near)
{
#define WITH_TIMES(times)                                                                                              \
	"{\"iss\":\"bot\",\"sub\":\"bot\",\"aud\":\"http://127.0.0.1:7475\",\"jti\":\"j1\"" times "}"
	check_refused(WITH_TIMES(""), E_UNAUTHENTICATED, "exp");
	check_refused(WITH_TIMES(",\"exp\":990"), E_EXPIRED, "exp");
	check_refused(WITH_TIMES(",\"exp\":1071"), E_EXPIRED, "exp");
	check_refused(WITH_TIMES(",\"exp\":1060,\"nbf\":1011"), E_EXPIRED, "nbf");
	check_refused(WITH_TIMES(",\"exp\":1060,\"iat\":1011"), E_EXPIRED, "iat");
	struct fault why = {0};
	CHECK_OK(try_claims(WITH_TIMES(",\"exp\":991,\"nbf\":1010"), &why), why);
}

TEST(a_key_of_somebody_else_is_refused)
{
	struct test_signer signer, other;
	struct assertion assertion;
	struct fault why = {0};
	struct jwk_set none = {0};
	test_signer_make(&signer, KEY_ED25519);
	test_signer_make(&other, KEY_ED25519);
	CHECK_OK(assertion_read(&check, test_token(&other, "JWT", GOOD), &other.arena, &assertion, &why), why);
	CHECK_ERROR(assertion_verify(&assertion, &check, &signer.set, &why), E_SIGNATURE);
	CHECK_ERROR(assertion_verify(&assertion, &check, &none, &why), E_UNAUTHENTICATED);
	CHECK_SLICE(slice_of(why.field), SLICE("kid"));
	CHECK_ERROR(assertion_verify(&assertion, &check, NULL, &why), E_UNAUTHENTICATED);
	/* A key without a name is tried, and is still the wrong one. */
	signer.set.keys[0].key_id = SLICE("");
	CHECK_ERROR(assertion_verify(&assertion, &check, &signer.set, &why), E_UNAUTHENTICATED);
	other.set.keys[0].key_id = SLICE("");
	CHECK_OK(assertion_verify(&assertion, &check, &other.set, &why), why);
	signer.set.keys[0].key_id = SLICE("k2");
	CHECK_ERROR(assertion_verify(&assertion, &check, &signer.set, &why), E_UNAUTHENTICATED);
	CHECK_SLICE(slice_of(why.field), SLICE("kid"));
	test_signer_free(&signer);
	test_signer_free(&other);
}

TEST(other_tokens_and_no_signature_are_refused)
{
	struct test_signer signer;
	struct assertion assertion;
	struct fault why = {0};
	static char large[ASSERTION_BYTES_MAX + 1];
	test_signer_make(&signer, KEY_P256);
	CHECK_ERROR(assertion_read(&check, test_token(&signer, "at+jwt", GOOD), &signer.arena, &assertion, &why),
		    E_UNAUTHENTICATED);
	CHECK_SLICE(slice_of(why.field), SLICE("typ"));
	/* {"alg":"none"} */
	slice none = SLICE("eyJhbGciOiJub25lIn0.eyJpc3MiOiJib3QifQ.AAAA");
	CHECK_ERROR(assertion_read(&check, none, &signer.arena, &assertion, &why), E_UNAUTHENTICATED);
	CHECK_SLICE(slice_of(why.field), SLICE("alg"));
	CHECK_ERROR(assertion_read(&check, SLICE("a.b"), &signer.arena, &assertion, &why), E_SYNTAX);
	CHECK_ERROR(assertion_read(&check, slice_from(large, sizeof(large)), &signer.arena, &assertion, &why), E_LIMIT);
	test_signer_free(&signer);
}

TEST(the_key_that_a_stranger_shows_is_told_by_its_thumbprint)
{
	struct test_signer signer;
	struct assertion assertion;
	struct fault why = {0};
	struct buffer token;
	test_signer_make(&signer, KEY_P256);
	buffer_init(&token, 1 << 16);
	slice keys = buffer_slice(&signer.jwks);
	slice jwk = slice_sub(keys, slice_find_byte(keys, '[', 0) + 1, keys.len - 2);
	slice extra = arena_print(&signer.arena, "\"jwk\":%.*s", SLICE_ARG(jwk));
	CHECK_OK(jws_sign(&token, signer.key, SLICE("JWT"), SLICE("k1"), &extra, SLICE(GOOD), &why), why);
	CHECK_OK(assertion_read(&check, buffer_slice(&token), &signer.arena, &assertion, &why), why);
	CHECK_INT(assertion.thumbprint.len, JWK_THUMBPRINT_TEXT_BYTES);
	CHECK_SLICE(assertion.jwk, jwk);
	buffer_free(&token);
	test_signer_free(&signer);
}
