#include "token/jwt.h"

#include <math.h>

#define CLAIMS_LIMITS ((struct json_limits){.bytes_max = JWT_BYTES_MAX, .depth_max = 32, .nodes_max = 4096})
#define TIME_MAX_S    9007199254740992.0 /* 2^53: beyond, a double skips seconds */

static enum error read_text(struct jwt *jwt, const char *name, enum jwt_claim claim, slice *ret_text, struct fault *why)
{
	const struct json_node *node;
	TRY(json_opt_node(&jwt->claims, json_root(&jwt->claims), name, JSON_STRING, &node, why));
	if (node) {
		*ret_text = node->string;
		jwt->has |= claim;
	}
	return E_OK;
}

/* RFC 7519 2, NumericDate */
static enum error read_time(struct jwt *jwt, const char *name, enum jwt_claim claim, int64_t *ret_s, struct fault *why)
{
	double value;
	const struct json_node *node = json_get(&jwt->claims, json_root(&jwt->claims), slice_of(name));
	if (!node)
		return E_OK;
	if (!json_double(&jwt->claims, node, &value) || !(value >= 0 && value <= TIME_MAX_S))
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" is not a time", name);
	*ret_s = (int64_t)(claim == JWT_NOT_BEFORE ? ceil(value) : floor(value));
	jwt->has |= claim;
	return E_OK;
}

static enum error read_audience(struct jwt *jwt, struct fault *why)
{
	const struct json_node *node = json_get(&jwt->claims, json_root(&jwt->claims), SLICE("aud"));
	if (!node)
		return E_OK;
	if (!json_is(node, JSON_STRING) && !json_is(node, JSON_ARRAY))
		return FAIL_FIELD(why, E_INVALID, "aud", "\"aud\" must be a string or an array of strings");
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		if (!json_is(item, JSON_STRING))
			return FAIL_FIELD(why, E_INVALID, "aud", "\"aud\" must be a string or an array of strings");
	jwt->audience = node;
	jwt->audience_count = json_is(node, JSON_STRING) ? 1 : node->count;
	jwt->has |= JWT_AUDIENCE;
	return E_OK;
}

static enum error read_claims(struct jwt *jwt, struct arena *arena, struct fault *why)
{
	struct json_limits limits = CLAIMS_LIMITS;
	TRY(json_parse(&jwt->claims, jwt->jws.payload, &limits, arena, why));
	if (!json_is(json_root(&jwt->claims), JSON_OBJECT))
		return FAIL(why, E_SYNTAX, "the claims of a JWT must be a JSON object");
	TRY(read_text(jwt, "iss", JWT_ISSUER, &jwt->issuer, why));
	TRY(read_text(jwt, "sub", JWT_SUBJECT, &jwt->subject, why));
	TRY(read_text(jwt, "jti", JWT_ID, &jwt->id, why));
	TRY(read_time(jwt, "exp", JWT_EXPIRY, &jwt->expires_s, why));
	TRY(read_time(jwt, "nbf", JWT_NOT_BEFORE, &jwt->not_before_s, why));
	TRY(read_time(jwt, "iat", JWT_ISSUED, &jwt->issued_s, why));
	return read_audience(jwt, why);
}

enum error jwt_parse(struct jwt *ret_jwt, slice text, struct arena *arena, struct fault *why)
{
	struct jwt jwt = {0};
	*ret_jwt = jwt;
	if (text.len > JWT_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a token of %zu bytes, at most %u are read", text.len, JWT_BYTES_MAX);
	TRY(jws_parse(&jwt.jws, text, arena, why));
	TRY(read_claims(&jwt, arena, why));
	*ret_jwt = jwt;
	return E_OK;
}

static slice without_application(slice type)
{
	slice prefix = SLICE("application/");
	bool has = type.len > prefix.len && slice_equal_fold(slice_sub(type, 0, prefix.len), prefix);
	return has ? slice_from_offset(type, prefix.len) : type;
}

bool jwt_type_is(const struct jwt *jwt, slice type)
{
	return slice_equal_fold(without_application(jwt->jws.type), without_application(type));
}

bool jwt_has_audience(const struct jwt *jwt, slice audience)
{
	if (!jwt->audience)
		return false;
	if (json_is(jwt->audience, JSON_STRING))
		return slice_equal(jwt->audience->string, audience);
	for (const struct json_node *item = json_first(jwt->audience); item; item = json_next(item))
		if (slice_equal(item->string, audience))
			return true;
	return false;
}

static const struct {
	enum jwt_claim claim;
	const char *name;
} claim_names[] = {{JWT_ISSUER, "iss"},	    {JWT_SUBJECT, "sub"}, {JWT_AUDIENCE, "aud"}, {JWT_EXPIRY, "exp"},
		   {JWT_NOT_BEFORE, "nbf"}, {JWT_ISSUED, "iat"},  {JWT_ID, "jti"}};

static enum error check_presence(const struct jwt *jwt, const struct jwt_rules *rules, struct fault *why)
{
	unsigned needs = rules->needs | (rules->may_lack_expiry ? 0u : JWT_EXPIRY) |
			 (rules->any_issuer ? 0u : JWT_ISSUER) | (rules->any_audience ? 0u : JWT_AUDIENCE);
	unsigned missing = needs & ~jwt->has;
	for (size_t i = 0; i < sizeof(claim_names) / sizeof(claim_names[0]); i++)
		if (missing & claim_names[i].claim)
			return FAIL_FIELD(why, E_INVALID, claim_names[i].name, "the token lacks \"%s\"",
					  claim_names[i].name);
	return E_OK;
}

static enum error check_names(const struct jwt *jwt, const struct jwt_rules *rules, struct fault *why)
{
	if (!rules->any_issuer && (rules->issuer.len == 0 || !slice_equal(jwt->issuer, rules->issuer)))
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "iss", "the token is of another issuer");
	if (rules->any_audience)
		return E_OK;
	for (size_t i = 0; i < rules->audience_count; i++)
		if (jwt_has_audience(jwt, rules->audiences[i]))
			return E_OK;
	return FAIL_FIELD(why, E_TARGET, "aud", "the token is for another audience");
}

static enum error check_times(const struct jwt *jwt, const struct jwt_rules *rules, struct fault *why)
{
	int64_t latest_s, earliest_s;
	if (rules->now_s <= 0 || rules->leeway_s < 0 || __builtin_add_overflow(rules->now_s, rules->leeway_s, &latest_s))
		return FAIL(why, E_INTERNAL, "rules for a token without a time");
	earliest_s = rules->now_s - rules->leeway_s;
	/* RFC 7519 4.1.4: "on or after which the JWT MUST NOT be accepted" */
	if ((jwt->has & JWT_EXPIRY) && jwt->expires_s <= earliest_s)
		return FAIL_FIELD(why, E_EXPIRED, "exp", "the token expired %lld s ago",
				  (long long)(rules->now_s - jwt->expires_s));
	if ((jwt->has & JWT_NOT_BEFORE) && jwt->not_before_s > latest_s)
		return FAIL_FIELD(why, E_PRECONDITION, "nbf", "the token becomes valid in %lld s",
				  (long long)(jwt->not_before_s - rules->now_s));
	if ((jwt->has & JWT_ISSUED) && jwt->issued_s > latest_s)
		return FAIL_FIELD(why, E_PRECONDITION, "iat", "the token was issued %lld s in the future",
				  (long long)(jwt->issued_s - rules->now_s));
	int64_t start_s = jwt->has & JWT_ISSUED ? jwt->issued_s : rules->now_s;
	if (rules->lifetime_max_s > 0 && (jwt->has & JWT_EXPIRY) && jwt->expires_s - start_s > rules->lifetime_max_s)
		return FAIL_FIELD(why, E_INVALID, "exp", "the token lives %lld s, at most %lld are accepted",
				  (long long)(jwt->expires_s - start_s), (long long)rules->lifetime_max_s);
	return E_OK;
}

enum error jwt_check_claims(const struct jwt *jwt, const struct jwt_rules *rules, struct fault *why)
{
	TRY(check_presence(jwt, rules, why));
	TRY(check_names(jwt, rules, why));
	return check_times(jwt, rules, why);
}

enum error jwt_verify_with(const struct jwt *jwt, const struct key *key, const struct jwt_rules *rules,
			   struct fault *why)
{
	if (rules->type.len > 0 && !jwt_type_is(jwt, rules->type))
		return FAIL_FIELD(why, E_INVALID, "typ", "a token of another type than %.*s", SLICE_ARG(rules->type));
	TRY(jws_verify(&jwt->jws, key, rules->algorithms, why));
	return jwt_check_claims(jwt, rules, why);
}

/* Without a "kid" the one key that serves the algorithm is meant, if there is just one. */
static const struct key *choose(const struct jwt *jwt, const struct jwk_set *keys)
{
	const struct key *only = NULL;
	if (jwt->jws.key_id.len > 0)
		return jwk_set_find(keys, jwt->jws.key_id);
	for (size_t i = 0; i < keys->count; i++) {
		if (!key_serves(keys->keys[i].key, jwt->jws.algorithm))
			continue;
		if (only)
			return NULL;
		only = keys->keys[i].key;
	}
	return only;
}

enum error jwt_verify(const struct jwt *jwt, const struct jwk_set *keys, const struct jwt_rules *rules,
		      struct fault *why)
{
	const struct key *key = choose(jwt, keys);
	if (!(rules->algorithms & SIGNATURE_BIT(jwt->jws.algorithm)))
		return FAIL_FIELD(why, E_INVALID, "alg", "the algorithm %s is not allowed here",
				  signature_name(jwt->jws.algorithm));
	if (!key)
		return FAIL_FIELD(why, E_NOT_FOUND, "kid", jwt->jws.key_id.len ? "no key has the \"kid\" of the token"
									       : "the token does not say which key");
	return jwt_verify_with(jwt, key, rules, why);
}

enum error jwt_sign(struct buffer *to, const struct key *key, slice type, slice key_id, slice claims_json,
		    struct fault *why)
{
	size_t start = to->len;
	TRY(jws_sign(to, key, type, key_id, NULL, claims_json, why));
	if (to->len - start > JWT_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a token of %zu bytes, at most %u are made", to->len - start, JWT_BYTES_MAX);
	return E_OK;
}
