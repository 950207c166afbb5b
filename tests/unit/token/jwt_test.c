#include "token/jwt.h"

#include "base/memory.h"
#include "check.h"

#include <string.h>

#define NOW 1000000

static struct arena arena;
static struct fault why;
static struct buffer token;
static struct key *key;

static const slice audiences[] = {SLICE_INIT("https://us.example")};
static const char good[] = "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"aud\":\"https://us.example\",\"exp\":1000060,"
			   "\"iat\":1000000,\"nbf\":1000000,\"jti\":\"j1\"}";

static struct jwt_rules rules_good(void)
{
	return (struct jwt_rules){.algorithms = SIGNATURE_BIT(SIGNATURE_ES256), .type = SLICE("at+jwt"),
				  .issuer = SLICE("https://as.example"), .audiences = audiences, .audience_count = 1,
				  .now_s = NOW};
}

static slice signed_token(const char *claims)
{
	if (!key)
		CHECK_OK(key_generate(&key, KEY_P256, &why), why);
	buffer_free(&token);
	buffer_init(&token, 100000);
	CHECK_OK(jwt_sign(&token, key, SLICE("at+jwt"), SLICE("k1"), slice_of(claims), &why), why);
	return buffer_slice(&token);
}

static enum error parse(struct jwt *jwt, const char *claims)
{
	slice text = signed_token(claims);
	arena_free(&arena);
	arena_init(&arena, 4 << 20);
	why = (struct fault){0};
	return jwt_parse(jwt, text, &arena, &why);
}

static enum error verify(const char *claims, const struct jwt_rules *rules)
{
	struct jwt jwt;
	CHECK_OK(parse(&jwt, claims), why);
	why = (struct fault){0};
	return jwt_verify_with(&jwt, key, rules, &why);
}

static void refused(const char *claims, const struct jwt_rules *rules, enum error code, const char *field)
{
	enum error error = verify(claims, rules);
	if (error != code || strcmp(why.field, field) != 0)
		fail_msg("%s: %s, field %s, %s", claims, error_name(error), why.field, fault_sentence(&why));
}

TEST(a_good_token_is_believed)
{
	struct jwt jwt;
	struct jwt_rules rules = rules_good();
	CHECK_OK(parse(&jwt, good), why);
	CHECK_INT(jwt.has, (JWT_ID << 1) - 1);
	CHECK_SLICE(jwt.issuer, SLICE("https://as.example"));
	CHECK_SLICE(jwt.subject, SLICE("alice"));
	CHECK_SLICE(jwt.id, SLICE("j1"));
	CHECK(jwt.expires_s == NOW + 60 && jwt.issued_s == NOW && jwt.not_before_s == NOW && jwt.audience_count == 1);
	rules.needs = JWT_SUBJECT | JWT_ID;
	CHECK_OK(jwt_verify_with(&jwt, key, &rules, &why), why);
	CHECK_OK(jwt_check_claims(&jwt, &rules, &why), why);
	rules.type = SLICE("application/AT+JWT");
	CHECK_OK(jwt_verify_with(&jwt, key, &rules, &why), why);
}

TEST(zeroed_rules_believe_nothing)
{
	struct jwt_rules zero = {0};
	refused(good, &zero, E_INVALID, "alg");
	zero.algorithms = SIGNATURE_ASYMMETRIC;
	refused(good, &zero, E_UNAUTHENTICATED, "iss");
	zero.any_issuer = true;
	refused(good, &zero, E_TARGET, "aud");
	zero.any_audience = true;
	refused(good, &zero, E_INTERNAL, "");
	zero.now_s = NOW;
	CHECK_OK(verify(good, &zero), why);
}

TEST(each_doubt_has_its_own_answer)
{
	struct jwt_rules rules = rules_good(), other;
	other = rules;
	other.type = SLICE("jwt");
	refused(good, &other, E_INVALID, "typ");
	other = rules;
	other.algorithms = SIGNATURE_BIT(SIGNATURE_RS256);
	refused(good, &other, E_INVALID, "alg");
	other = rules;
	other.issuer = SLICE("https://as.example/");
	refused(good, &other, E_UNAUTHENTICATED, "iss");
	other = rules;
	other.audience_count = 0;
	refused(good, &other, E_TARGET, "aud");
	other = rules;
	other.lifetime_max_s = 59;
	refused(good, &other, E_INVALID, "exp");
	other.lifetime_max_s = 60;
	CHECK_OK(verify(good, &other), why);
	refused("{\"aud\":\"https://us.example\",\"exp\":1000060}", &rules, E_INVALID, "iss");
	refused("{\"iss\":\"https://as.example\",\"exp\":1000060}", &rules, E_INVALID, "aud");
	refused("{\"iss\":\"https://as.example\",\"aud\":\"https://us.example\"}", &rules, E_INVALID, "exp");
	rules.may_lack_expiry = true;
	CHECK_OK(verify("{\"iss\":\"https://as.example\",\"aud\":\"https://us.example\"}", &rules), why);
	static const struct {
		enum jwt_claim claim;
		const char *name;
	} needs[] = {{JWT_SUBJECT, "sub"}, {JWT_NOT_BEFORE, "nbf"}, {JWT_ISSUED, "iat"}, {JWT_ID, "jti"}};
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		rules.needs = needs[i].claim;
		refused("{\"iss\":\"https://as.example\",\"aud\":\"https://us.example\"}", &rules, E_INVALID, needs[i].name);
	}
}

TEST(time_is_kept_to_the_second)
{
	struct jwt_rules rules = rules_good();
	rules.now_s = NOW + 59;
	CHECK_OK(verify(good, &rules), why);
	rules.now_s = NOW + 60;
	refused(good, &rules, E_EXPIRED, "exp");
	rules.leeway_s = 1;
	CHECK_OK(verify(good, &rules), why);
	rules.now_s = NOW - 1;
	CHECK_OK(verify(good, &rules), why);
	rules.leeway_s = 0;
	refused(good, &rules, E_PRECONDITION, "nbf");
#define NAMES "{\"iss\":\"https://as.example\",\"aud\":\"https://us.example\","
	refused(NAMES "\"exp\":1000060,\"iat\":1000000}", &rules, E_PRECONDITION, "iat");
	rules.now_s = NOW;
	refused(NAMES "\"exp\":1000000.9}", &rules, E_EXPIRED, "exp");
	refused(NAMES "\"exp\":1000060,\"nbf\":1000000.1}", &rules, E_PRECONDITION, "nbf");
	CHECK_OK(verify(NAMES "\"exp\":1000060,\"iat\":1000000.9}", &rules), why);
	rules.leeway_s = -1;
	refused(good, &rules, E_INTERNAL, "");
	rules.leeway_s = INT64_MAX;
	refused(good, &rules, E_INTERNAL, "");
}

TEST(the_audience_may_be_a_list)
{
	struct jwt jwt;
	struct jwt_rules rules = rules_good();
	const char *claims = "{\"iss\":\"https://as.example\",\"exp\":1000060,\"aud\":[\"a\",\"https://us.example\"]}";
	CHECK_OK(verify(claims, &rules), why);
	CHECK_OK(parse(&jwt, claims), why);
	CHECK_INT(jwt.audience_count, 2);
	CHECK(jwt_has_audience(&jwt, SLICE("a")) && !jwt_has_audience(&jwt, SLICE("b")));
	refused("{\"iss\":\"https://as.example\",\"exp\":1000060,\"aud\":[]}", &rules, E_TARGET, "aud");
	refused("{\"iss\":\"https://as.example\",\"exp\":1000060,\"aud\":\"https://us.example/\"}", &rules, E_TARGET, "aud");
}

TEST(claims_of_the_wrong_type_are_refused)
{
	static const struct {
		const char *claims;
		const char *field;
	} rows[] = {{"{\"iss\":1}", "iss"},	{"{\"sub\":null}", "sub"}, {"{\"jti\":[]}", "jti"},
		    {"{\"exp\":\"1\"}", "exp"}, {"{\"exp\":-1}", "exp"},   {"{\"exp\":1e999}", "exp"},
		    {"{\"iat\":1e17}", "iat"},	{"{\"nbf\":true}", "nbf"}, {"{\"aud\":1}", "aud"},
		    {"{\"aud\":[1]}", "aud"},	{"{\"aud\":{}}", "aud"}};
	struct jwt jwt;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ERROR(parse(&jwt, rows[i].claims), E_INVALID);
		CHECK_SLICE(slice_of(why.field), slice_of(rows[i].field));
		CHECK_INT(jwt.has, 0);
	}
	CHECK_ERROR(parse(&jwt, "[]"), E_SYNTAX);
	CHECK_ERROR(parse(&jwt, ""), E_SYNTAX);
	CHECK_ERROR(parse(&jwt, "{\"iss\":\"a\",\"iss\":\"b\"}"), E_SYNTAX);
	struct arena none = {0};
	CHECK_ERROR(jwt_parse(&jwt, signed_token(good), &none, NULL), E_MEMORY);
	static char large[JWT_BYTES_MAX + 1];
	CHECK_ERROR(jwt_parse(&jwt, slice_from(large, sizeof(large)), &arena, NULL), E_LIMIT);
	memset(large, ' ', sizeof(large));
	buffer_clear(&token);
	CHECK_ERROR(jwt_sign(&token, key, SLICE(""), SLICE(""), slice_from(large, sizeof(large)), NULL), E_LIMIT);
}

TEST(the_key_is_chosen_by_its_id_or_because_it_is_the_only_one)
{
	struct jwt jwt;
	struct jwt_rules rules = rules_good();
	struct key *other;
	CHECK_OK(key_generate(&other, KEY_P256, &why), why);
	CHECK_OK(parse(&jwt, good), why);
	struct jwk both[] = {{other, SLICE("k0")}, {key, SLICE("k1")}};
	struct jwk_set set = {.keys = both, .count = 2}, none = {0};
	CHECK_OK(jwt_verify(&jwt, &set, &rules, &why), why);
	both[1].key_id = SLICE("k2");
	CHECK_ERROR(jwt_verify(&jwt, &set, &rules, &why), E_NOT_FOUND);
	CHECK_SLICE(slice_of(why.field), SLICE("kid"));
	both[0].key_id = SLICE("k1");
	CHECK_ERROR(jwt_verify(&jwt, &set, &rules, NULL), E_SIGNATURE);
	CHECK_ERROR(jwt_verify(&jwt, &none, &rules, NULL), E_NOT_FOUND);
	rules.algorithms = SIGNATURE_BIT(SIGNATURE_PS256);
	CHECK_ERROR(jwt_verify(&jwt, &set, &rules, NULL), E_INVALID);
	rules = rules_good();
	rules.type = SLICE("");
	buffer_clear(&token);
	CHECK_OK(jwt_sign(&token, key, SLICE(""), SLICE(""), slice_of(good), &why), why);
	CHECK_OK(jwt_parse(&jwt, buffer_slice(&token), &arena, &why), why);
	CHECK_ERROR(jwt_verify(&jwt, &set, &rules, NULL), E_NOT_FOUND);
	set = (struct jwk_set){.keys = both + 1, .count = 1};
	CHECK_OK(jwt_verify(&jwt, &set, &rules, &why), why);
	key_free(other);
	key_free(key);
	key = NULL;
	buffer_free(&token);
	arena_free(&arena);
}
