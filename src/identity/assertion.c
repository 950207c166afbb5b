#include "identity/assertion.h"

#include "registry/kind.h"

static enum error refuse(const char *field, const char *sentence, struct fault *why)
{
	return FAIL_FIELD(why, E_UNAUTHENTICATED, field, "%s", sentence);
}

/* RFC 7523bis: one string, the issuer itself; an array could be used at another server too. */
static enum error check_audience(const struct assertion_check *check, const struct jwt *jwt, struct fault *why)
{
	slice audience;
	if (!jwt->audience)
		return refuse("aud", "the assertion has no aud", why);
	if (!json_string(jwt->audience, &audience))
		return refuse("aud", "aud must be a single string, the issuer", why);
	if (slice_equal(audience, check->issuer))
		return E_OK;
	if (check->accept_token_endpoint && slice_equal(audience, check->token_endpoint))
		return E_OK;
	return FAIL_FIELD(why, E_UNAUTHENTICATED, "aud", "aud must be the issuer, %.*s", SLICE_ARG(check->issuer));
}

static enum error check_times(const struct assertion_check *check, const struct jwt *jwt, struct fault *why)
{
	if (!(jwt->has & JWT_EXPIRY))
		return refuse("exp", "the assertion has no exp", why);
	if (check->now_s >= jwt->expires_s + check->skew_s)
		return FAIL_FIELD(why, E_EXPIRED, "exp", "the assertion has expired");
	if (jwt->expires_s > check->now_s + check->lifetime_max_s + check->skew_s)
		return FAIL_FIELD(why, E_EXPIRED, "exp", "exp may lie at most %d s ahead", (int)check->lifetime_max_s);
	if ((jwt->has & JWT_NOT_BEFORE) && jwt->not_before_s > check->now_s + check->skew_s)
		return FAIL_FIELD(why, E_EXPIRED, "nbf", "the assertion is not valid yet");
	if ((jwt->has & JWT_ISSUED) && jwt->issued_s > check->now_s + check->skew_s)
		return FAIL_FIELD(why, E_EXPIRED, "iat", "the assertion was issued in the future");
	return E_OK;
}

static enum error check_names(const struct jwt *jwt, struct fault *why)
{
	if (jwt->issuer.len == 0)
		return refuse("iss", "the assertion has no iss", why);
	if (!slice_equal(jwt->issuer, jwt->subject))
		return refuse("sub", "iss and sub must both be the client_id", why);
	if (!kind_id_valid(jwt->issuer))
		return refuse("iss", "iss is not a possible client_id", why);
	if (jwt->id.len == 0)
		return refuse("jti", "the assertion has no jti", why);
	if (jwt->id.len > ASSERTION_JTI_BYTES_MAX)
		return refuse("jti", "jti is too long", why);
	return E_OK;
}

/* Other kinds of JWT must not pass for an assertion (RFC 8725 3.11). */
static enum error check_type(const struct jwt *jwt, struct fault *why)
{
	if (jwt->jws.type.len && !jwt_type_is(jwt, SLICE("jwt")) && !jwt_type_is(jwt, SLICE("client-authentication+jwt")))
		return refuse("typ", "this kind of token is no assertion", why);
	if (!(SIGNATURE_ASYMMETRIC & SIGNATURE_BIT(jwt->jws.algorithm)))
		return refuse("alg", "the algorithm is not accepted", why);
	return E_OK;
}

/* The key that a stranger shows: so that an operator can compare it. */
static void read_shown_key(struct assertion *assertion, struct arena *arena)
{
	struct jwk key;
	struct jwk_thumbprint_text text;
	if (!assertion->jwt.jws.key)
		return;
	if (jwk_parse(&key, &assertion->jwt.jws.header, assertion->jwt.jws.key, JWK_PUBLIC, arena, NULL) != E_OK)
		return;
	if (jwk_thumbprint_text(&text, key.key, NULL) == E_OK) {
		assertion->thumbprint = arena_copy(arena, jwk_thumbprint_slice(&text));
		assertion->jwk = json_span(&assertion->jwt.jws.header, assertion->jwt.jws.key);
	}
	key_free(key.key);
}

enum error assertion_read(const struct assertion_check *check, slice token, struct arena *arena,
			  struct assertion *ret_assertion, struct fault *why)
{
	struct assertion assertion = {.expires_s = 0};
	const struct jwt *jwt = &assertion.jwt;
	*ret_assertion = assertion;
	if (token.len > ASSERTION_BYTES_MAX)
		return FAIL(why, E_LIMIT, "an assertion of more than %u bytes", ASSERTION_BYTES_MAX);
	enum error code = jwt_parse(&assertion.jwt, token, arena, why);
	if (code == E_INVALID) {
		if (why)
			why->code = E_UNAUTHENTICATED;
		return E_UNAUTHENTICATED;
	}
	TRY(code);
	TRY(check_type(jwt, why));
	TRY(check_names(jwt, why));
	TRY(check_audience(check, jwt, why));
	TRY(check_times(check, jwt, why));
	assertion.client_id = jwt->issuer;
	assertion.key_id = jwt->jws.key_id;
	assertion.jti = jwt->id;
	assertion.expires_s = jwt->expires_s;
	assertion.issued_s = jwt->issued_s;
	read_shown_key(&assertion, arena);
	*ret_assertion = assertion;
	return E_OK;
}

enum error assertion_verify(const struct assertion *assertion, const struct assertion_check *check,
			    const struct jwk_set *keys, struct fault *why)
{
	if (!keys || keys->count == 0)
		return refuse("kid", "no key is registered for this client", why);
	struct jwt_rules rules = {
		.algorithms = SIGNATURE_ASYMMETRIC,
		.any_issuer = true,   /* assertion_read has looked */
		.any_audience = true, /* so it has at this */
		.now_s = check->now_s,
		.leeway_s = check->skew_s,
	};
	enum error code = jwt_verify(&assertion->jwt, keys, &rules, why);
	/* A key that was registered without a name (RFC 7517 4.5: optional) may go by any. */
	for (size_t i = 0; i < keys->count && code == E_NOT_FOUND; i++)
		if (keys->keys[i].key_id.len == 0 && jwt_verify_with(&assertion->jwt, keys->keys[i].key, &rules, NULL) == E_OK)
			code = E_OK;
	if (code == E_OK || code == E_SIGNATURE || code == E_CRYPTO)
		return code;
	if (why)
		why->code = E_UNAUTHENTICATED;
	return E_UNAUTHENTICATED;
}
