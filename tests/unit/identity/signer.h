/* A signer for tests: a key, its public set, and tokens of it. */
#ifndef TIPSTAFF_TESTS_SIGNER_H
#define TIPSTAFF_TESTS_SIGNER_H

#include "check.h"
#include "token/jwt.h"

struct test_signer {
	struct key *key;
	struct jwk_set set;
	struct arena arena;
	struct buffer jwks; /* {"keys":[...]} */
};

/* `key_id` "k1". */
static inline void test_signer_make(struct test_signer *signer, enum key_type type)
{
	struct fault why = {0};
	struct json_writer writer;
	*signer = (struct test_signer){.key = NULL};
	arena_init(&signer->arena, 1 << 20);
	buffer_init(&signer->jwks, 1 << 20);
	CHECK_OK(key_generate(&signer->key, type, &why), why);
	json_writer_init(&writer, &signer->jwks, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "keys");
	CHECK_OK(jwk_write_public(&writer, signer->key, SLICE("k1"), &why), why);
	json_end_array(&writer);
	json_end_object(&writer);
	CHECK_OK(json_writer_end(&writer, &why), why);
	CHECK_OK(jwk_set_parse(&signer->set, buffer_slice(&signer->jwks), JWK_PUBLIC, &signer->arena, &why), why);
}

static inline void test_signer_free(struct test_signer *signer)
{
	key_free(signer->key);
	jwk_set_free(&signer->set);
	buffer_free(&signer->jwks);
	arena_free(&signer->arena);
}

/* A signed JWT in the signer's arena. */
static inline slice test_token(struct test_signer *signer, const char *type, const char *claims)
{
	struct fault why = {0};
	struct buffer token;
	buffer_init(&token, 1 << 16);
	CHECK_OK(jwt_sign(&token, signer->key, slice_of(type), SLICE("k1"), slice_of(claims), &why), why);
	slice kept = arena_copy(&signer->arena, buffer_slice(&token));
	buffer_free(&token);
	return kept;
}

#endif
