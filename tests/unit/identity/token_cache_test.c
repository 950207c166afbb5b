#include "identity/token_cache.h"

#include "base/memory.h"
#include "signer.h"

#include <stdio.h>

static const struct hash_key key = {7, 8};

static slice token_of(struct test_signer *signer, int number)
{
	char claims[512];
	snprintf(claims, sizeof(claims),
		 "{\"iss\":\"http://as\",\"aud\":\"http://as/mcp\",\"iat\":1000,\"exp\":1300,\"scope\":\"a.b\","
		 "\"jti\":\"t_01HZZZZZZZZZZZZZZZZZZZZZZZ\",\"txn\":\"txn_01HZZZZZZZZZZZZZZZZZZZZZZZ\",\"purpose\":\"p\","
		 "\"task_id\":\"t\",\"req\":\"r\",\"sub\":\"bot%d\",\"client_id\":\"bot%d\",\"mode\":\"autonomous\","
		 "\"act\":{\"sub\":\"x\"}}",
		 number, number);
	return test_token(signer, "at+jwt", claims);
}

TEST(a_verified_token_is_not_verified_again_but_expires)
{
	struct test_signer signer;
	struct fault why = {0};
	const struct caller *caller, *again;
	test_signer_make(&signer, KEY_P256);
	struct caller_check check = {.keys = &signer.set, .issuer = SLICE("http://as"),
				     .audience = SLICE("http://as/mcp"), .now_s = 1100};
	struct token_cache *cache = token_cache_new(&key, 2);
	slice token = token_of(&signer, 1);
	CHECK_OK(token_cache_caller(cache, &check, token, &caller, &why), why);
	check.keys = NULL; /* a second verification would fail */
	CHECK_OK(token_cache_caller(cache, &check, token, &again, &why), why);
	CHECK(again == caller);
	CHECK_SLICE(again->agent, SLICE("bot1"));
	check.now_s = 1300;
	CHECK_ERROR(token_cache_caller(cache, &check, token, &again, &why), E_EXPIRED);
	token_cache_clear(cache);
	CHECK_INT(token_cache_count(cache), 0);
	check.now_s = 1100;
	CHECK_ERROR(token_cache_caller(cache, &check, token, &again, &why), E_UNAUTHENTICATED);
	token_cache_free(cache);
	test_signer_free(&signer);
}

TEST(the_oldest_of_too_many_is_forgotten)
{
	struct test_signer signer;
	struct fault why = {0};
	const struct caller *caller;
	test_signer_make(&signer, KEY_P256);
	struct caller_check check = {.keys = &signer.set, .issuer = SLICE("http://as"),
				     .audience = SLICE("http://as/mcp"), .now_s = 1100};
	struct token_cache *cache = token_cache_new(&key, 2);
	slice tokens[3];
	for (int i = 0; i < 3; i++) {
		tokens[i] = token_of(&signer, i);
		CHECK_OK(token_cache_caller(cache, &check, tokens[i], &caller, &why), why);
	}
	CHECK_INT(token_cache_count(cache), 2);
	check.keys = NULL;
	CHECK_ERROR(token_cache_caller(cache, &check, tokens[0], &caller, &why), E_UNAUTHENTICATED);
	CHECK_OK(token_cache_caller(cache, &check, tokens[2], &caller, &why), why);
	token_cache_free(cache);
	test_signer_free(&signer);
}

TEST(what_does_not_verify_is_not_kept)
{
	struct test_signer signer, other;
	const struct caller *caller;
	static char large[CALLER_TOKEN_BYTES_MAX + 1];
	test_signer_make(&signer, KEY_P256);
	test_signer_make(&other, KEY_P256);
	struct caller_check check = {.keys = &signer.set, .issuer = SLICE("http://as"),
				     .audience = SLICE("http://as/mcp"), .now_s = 1100};
	struct token_cache *cache = token_cache_new(&key, 2);
	CHECK_ERROR(token_cache_caller(cache, &check, token_of(&other, 1), &caller, NULL), E_SIGNATURE);
	CHECK_ERROR(token_cache_caller(cache, &check, slice_from(large, sizeof(large)), &caller, NULL), E_LIMIT);
	memory_fail_at(1);
	CHECK_ERROR(token_cache_caller(cache, &check, SLICE("a.b.c"), &caller, NULL), E_MEMORY);
	memory_fail_at(0);
	CHECK_INT(token_cache_count(cache), 0);
	token_cache_free(cache);
	test_signer_free(&signer);
	test_signer_free(&other);
	CHECK(token_cache_new(&key, 0) == NULL);
}
