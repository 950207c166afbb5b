#include "token/jws.h"

#include "check.h"
#include "text/base64.h"

#include <string.h>

static struct arena arena;
static struct fault why;
static struct buffer text;

static enum error parse(struct jws *jws, slice compact)
{
	arena_free(&arena);
	arena_init(&arena, 4 << 20);
	why = (struct fault){0};
	return jws_parse(jws, compact, &arena, &why);
}

static slice compact(slice header)
{
	buffer_free(&text);
	buffer_init(&text, 1 << 20);
	base64url_add(&text, header);
	buffer_add_text(&text, ".e30.AA");
	return buffer_slice(&text);
}

static void header_refused(slice header, enum error code, const char *field)
{
	struct jws jws;
	if (parse(&jws, compact(header)) != code || strcmp(why.field, field) != 0)
		fail_msg("%.*s: %s, field %s", SLICE_ARG(header), fault_sentence(&why), why.field);
	CHECK_INT(jws.algorithm, SIGNATURE_NONE);
}

TEST(what_was_signed_is_read_and_verifies)
{
	struct key *key, *other;
	struct jws jws;
	slice extra = SLICE("\"jwk\":{\"kty\":\"EC\"}");
	CHECK_OK(key_generate(&key, KEY_P256, &why), why);
	CHECK_OK(key_generate(&other, KEY_P256, &why), why);
	buffer_free(&text);
	buffer_init(&text, 10000);
	buffer_add_text(&text, "Bearer ");
	CHECK_OK(jws_sign(&text, key, SLICE("dpop+jwt"), SLICE("k\"1"), &extra, SLICE("payload"), &why), why);
	CHECK_OK(parse(&jws, slice_from_offset(buffer_slice(&text), 7)), why);
	CHECK_INT(jws.algorithm, SIGNATURE_ES256);
	CHECK_SLICE(jws.key_id, SLICE("k\"1"));
	CHECK_SLICE(jws.type, SLICE("dpop+jwt"));
	CHECK_SLICE(jws.payload, SLICE("payload"));
	CHECK(jws.key != NULL);
	CHECK_OK(jws_verify(&jws, key, SIGNATURE_ASYMMETRIC, &why), why);
	CHECK_ERROR(jws_verify(&jws, other, SIGNATURE_ASYMMETRIC, NULL), E_SIGNATURE);
	CHECK_ERROR(jws_verify(&jws, key, 0, NULL), E_INVALID);
	CHECK_ERROR(jws_verify(&jws, key, SIGNATURE_BIT(SIGNATURE_RS256), NULL), E_INVALID);
	struct jws nothing = {0};
	CHECK_ERROR(jws_verify(&nothing, key, ~0u, NULL), E_INVALID);
	key_free(key);
	CHECK_OK(key_generate(&key, KEY_ED25519, &why), why);
	CHECK_ERROR(jws_verify(&jws, key, SIGNATURE_ASYMMETRIC, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("alg"));
	key_free(key);
	CHECK_OK(key_public(&key, other, &why), why);
	CHECK_ERROR(jws_sign(&text, key, SLICE(""), SLICE(""), NULL, SLICE(""), NULL), E_INVALID);
	buffer_free(&text);
	buffer_init(&text, 60);
	CHECK_ERROR(jws_sign(&text, other, SLICE(""), SLICE(""), NULL, SLICE("x"), NULL), E_LIMIT);
	key_free(key);
	key_free(other);
}

TEST(only_the_compact_form_is_read)
{
	static const char *const wrong[] = {
		"", ".", "..", "...", "e30", "e30.e30", "eyJhbGciOiJFUzI1NiJ9.e30.", "eyJhbGciOiJFUzI1NiJ9.e30",
		"eyJhbGciOiJFUzI1NiJ9.e30.AA.", "eyJhbGciOiJFUzI1NiJ9.e30.AA.AA", ".e30.AA", "eyJhbGciOiJFUzI1NiJ9.e30.AA==",
		"eyJhbGciOiJFUzI1NiJ9 .e30.AA", "eyJhbGciOiJFUzI1NiJ9.e3 0.AA", "eyJhbGciOiJFUzI1NiJ9.e30.AB",
		"eyJhbGciOiJFUzI1NiJ9.e31.AA", "eyJhbGciOiJFUzI1NiJ9.e30.A", "eyJhbGciOiJFUzI1NiJ9\n.e30.AA",
		"{\"payload\":\"e30\",\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AA\"}"};
	struct jws jws;
	CHECK_OK(parse(&jws, SLICE("eyJhbGciOiJFUzI1NiJ9.e30.AA")), why);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse(&jws, slice_of(wrong[i])) != E_SYNTAX)
			fail_msg("%s was read", wrong[i]);
	static char large[JWS_BYTES_MAX + 1];
	CHECK_ERROR(parse(&jws, slice_from(large, sizeof(large))), E_LIMIT);
	arena_free(&arena);
	arena_init(&arena, 0);
	CHECK_ERROR(jws_parse(&jws, SLICE("eyJhbGciOiJFUzI1NiJ9.e30.AA"), &arena, NULL), E_MEMORY);
}

TEST(a_header_with_a_hidden_meaning_is_refused)
{
	header_refused(SLICE("[]"), E_SYNTAX, "");
	header_refused(SLICE("{\"alg\":\"ES256\",\"alg\":\"ES256\"}"), E_SYNTAX, "");
	header_refused(SLICE("{\"alg\":\"ES256\"} "  "x"), E_SYNTAX, "");
	header_refused(SLICE("{}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":null}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":[\"ES256\"]}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":\"none\"}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":\"NONE\"}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":\"\"}"), E_INVALID, "alg");
	header_refused(SLICE("{\"ALG\":\"ES256\"}"), E_INVALID, "alg");
	header_refused(SLICE("{\"alg\":\"ES256\",\"crit\":[\"exp\"]}"), E_INVALID, "crit");
	header_refused(SLICE("{\"alg\":\"ES256\",\"crit\":null}"), E_INVALID, "crit");
	header_refused(SLICE("{\"alg\":\"ES256\",\"b64\":false}"), E_INVALID, "b64");
	header_refused(SLICE("{\"alg\":\"ES256\",\"kid\":1}"), E_INVALID, "kid");
	header_refused(SLICE("{\"alg\":\"ES256\",\"typ\":{}}"), E_INVALID, "typ");
	header_refused(SLICE("{\"alg\":\"ES256\",\"jwk\":\"x\"}"), E_INVALID, "jwk");
	buffer_free(&text);
	arena_free(&arena);
}
