#include "token/jwk.h"

#include "base/memory.h"
#include "check.h"

static struct arena arena;
static struct fault why;

static enum error parse(struct jwk_set *set, slice text, enum jwk_kind kind)
{
	arena_free(&arena);
	arena_init(&arena, 4 << 20);
	return jwk_set_parse(set, text, kind, &arena, &why);
}

#define EC(kid)                                                                                                        \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"               \
	"\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"kid\":\"" kid "\"}"
#define OKP(kid)                                                                                                       \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\"" kid "\"}"
#define OCT(kid) "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\",\"kid\":\"" kid "\"}"

TEST(keys_are_found_by_their_id_and_useless_ones_skipped)
{
	struct jwk_set set;
	CHECK_OK(parse(&set,
		       SLICE("{\"keys\":[" EC("a") "," OKP("b") ",{\"kty\":\"XX\"},"
			     "{\"kty\":\"RSA\",\"use\":\"enc\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"n\":\"3A\",\"e\":\"AQAB\",\"kid\":\"weak\"}," EC("") "]}"),
		       JWK_PUBLIC),
		 why);
	CHECK_INT(set.count, 3);
	CHECK_INT(set.skipped, 3);
	CHECK(jwk_set_find(&set, SLICE("a")) == set.keys[0].key && jwk_set_find(&set, SLICE("b")) == set.keys[1].key);
	CHECK(jwk_set_find(&set, SLICE("weak")) == NULL && jwk_set_find(&set, SLICE("")) == NULL);
	jwk_set_free(&set);
	CHECK(jwk_set_find(&set, SLICE("a")) == NULL);
	CHECK_OK(parse(&set, SLICE(EC("alone")), JWK_PUBLIC), why);
	CHECK(jwk_set_find(&set, SLICE("alone")) != NULL);
	jwk_set_free(&set);
	CHECK_OK(parse(&set, SLICE("{\"keys\":[]}"), JWK_PUBLIC), why);
	CHECK_INT(set.count, 0);
	jwk_set_free(&set);
}

TEST(a_doubtful_set_is_refused_whole)
{
	struct jwk_set set;
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[" EC("a") "," OKP("a") "]}"), JWK_PUBLIC), E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[" EC("a") ",{\"kty\":\"XX\",\"kid\":\"a\"}]}"), JWK_PUBLIC), E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[" OKP("b") "," OCT("a") "]}"), JWK_PUBLIC), E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[" OCT("a") "," OCT("a") "]}"), JWK_PRIVATE), E_INVALID);
	CHECK_ERROR(parse(&set,
			  SLICE("{\"keys\":[" OCT("a") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
				"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"d\":"
				"\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}]}"),
			  JWK_PRIVATE),
		    E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[{\"kty\":\"EC\",\"use\":\"enc\",\"d\":\"AA\"}]}"), JWK_PUBLIC), E_INVALID);
	CHECK(set.keys == NULL && set.count == 0);
}

TEST(what_is_no_set_is_refused)
{
	struct jwk_set set;
	CHECK_ERROR(parse(&set, SLICE(""), JWK_PUBLIC), E_SYNTAX);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":[],\"keys\":[]}"), JWK_PUBLIC), E_SYNTAX);
	CHECK_ERROR(parse(&set, SLICE("[]"), JWK_PUBLIC), E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{}"), JWK_PUBLIC), E_INVALID);
	CHECK_ERROR(parse(&set, SLICE("{\"keys\":{}}"), JWK_PUBLIC), E_INVALID);
	struct buffer buffer;
	buffer_init(&buffer, 1 << 20);
	buffer_add_text(&buffer, "{\"keys\":[0");
	for (unsigned i = 0; i < JWK_SET_KEYS_MAX; i++)
		buffer_add_text(&buffer, ",0");
	buffer_add_text(&buffer, "]}");
	CHECK_ERROR(parse(&set, buffer_slice(&buffer), JWK_PUBLIC), E_LIMIT);
	while (buffer.len <= JWK_SET_BYTES_MAX)
		buffer_add_byte(&buffer, ' ');
	CHECK_ERROR(parse(&set, buffer_slice(&buffer), JWK_PUBLIC), E_LIMIT);
	buffer_free(&buffer);
}

TEST(an_empty_heap_is_told_and_nothing_leaks)
{
	struct jwk_set set;
	enum error error = E_MEMORY;
	for (uint64_t nth = 1; error != E_OK; nth++) {
		arena_free(&arena);
		arena_init(&arena, 4 << 20);
		memory_fail_at(nth);
		error = jwk_set_parse(&set, SLICE("{\"keys\":[" EC("a") "," OKP("b") "]}"), JWK_PUBLIC, &arena, &why);
		memory_fail_at(0);
		CHECK(error == E_OK || error == E_MEMORY);
	}
	CHECK_INT(set.count, 2);
	jwk_set_free(&set);
	arena_free(&arena);
}
