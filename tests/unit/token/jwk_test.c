#include "token/jwk.h"

#include "base/memory.h"
#include "check.h"

#include <string.h>

static struct arena arena;
static struct fault why;

static enum error parse(struct jwk *jwk, const char *text, enum jwk_kind kind)
{
	struct json_doc doc;
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	why = (struct fault){0};
	CHECK_OK(json_parse(&doc, slice_of(text), NULL, &arena, &why), why);
	return jwk_parse(jwk, &doc, json_root(&doc), kind, &arena, &why);
}

static void refused(const char *text, enum jwk_kind kind, const char *field)
{
	struct jwk jwk;
	if (parse(&jwk, text, kind) != E_INVALID || strcmp(why.field, field) != 0)
		fail_msg("%s: field %s, %s", text, why.field, fault_sentence(&why));
	CHECK(jwk.key == NULL);
}

/* The point of RFC 7515 A.3.1 and the key of RFC 8037 A.1. */
#define X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define D "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define EC "\"kty\":\"EC\",\"crv\":\"P-256\""
#define K "\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

TEST(a_public_key_is_read_and_pinned)
{
	struct jwk jwk;
	CHECK_OK(parse(&jwk, "{" EC "," X "," Y ",\"kid\":\"one\",\"use\":\"sig\",\"alg\":\"ES256\",\"x5c\":[1]}", JWK_PUBLIC),
		 why);
	CHECK_SLICE(jwk.key_id, SLICE("one"));
	CHECK(!key_is_private(jwk.key) && key_serves(jwk.key, SIGNATURE_ES256));
	key_free(jwk.key);
	CHECK_OK(parse(&jwk, "{" EC "," X "," Y ",\"key_ops\":[\"verify\"]}", JWK_PUBLIC), why);
	CHECK_INT(jwk.key_id.len, 0);
	key_free(jwk.key);
}

TEST(private_and_symmetric_keys_are_read_where_they_are_expected)
{
	struct jwk jwk;
	CHECK_OK(parse(&jwk, "{" EC "," X "," Y "," D ",\"key_ops\":[\"sign\",\"verify\"]}", JWK_PRIVATE), why);
	CHECK(key_is_private(jwk.key));
	key_free(jwk.key);
	CHECK_OK(parse(&jwk, "{\"kty\":\"oct\"," K ",\"alg\":\"HS256\",\"key_ops\":[\"verify\"]}", JWK_PRIVATE), why);
	CHECK(key_serves(jwk.key, SIGNATURE_HS256));
	key_free(jwk.key);
}

TEST(what_is_no_fitting_key_is_refused)
{
	refused("[]", JWK_PUBLIC, "");
	refused("{}", JWK_PUBLIC, "kty");
	refused("{\"kty\":1}", JWK_PUBLIC, "kty");
	refused("{\"kty\":\"ec\"}", JWK_PUBLIC, "kty");
	refused("{\"kty\":\"EC\"," X "," Y "}", JWK_PUBLIC, "crv");
	refused("{\"kty\":\"EC\",\"crv\":\"secp256k1\"," X "," Y "}", JWK_PUBLIC, "crv");
	refused("{\"kty\":\"OKP\",\"crv\":\"P-256\"," X "," Y "}", JWK_PUBLIC, "crv");
	refused("{\"kty\":\"OKP\",\"crv\":\"X25519\"," X "}", JWK_PUBLIC, "crv");
	refused("{" EC "," X "}", JWK_PUBLIC, "y");
	refused("{" EC "," X ",\"y\":7}", JWK_PUBLIC, "y");
	refused("{" EC "," X ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0=\"}", JWK_PUBLIC, "y");
	refused("{" EC "," X ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}", JWK_PUBLIC, "y");
	refused("{" EC "," X ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aA\"}", JWK_PUBLIC, "");
	refused("{" EC "," X "," Y ",\"use\":\"enc\"}", JWK_PUBLIC, "use");
	refused("{" EC "," X "," Y ",\"key_ops\":[\"sign\"]}", JWK_PUBLIC, "key_ops");
	refused("{" EC "," X "," Y ",\"key_ops\":[]}", JWK_PUBLIC, "key_ops");
	refused("{" EC "," X "," Y ",\"key_ops\":[1]}", JWK_PUBLIC, "key_ops");
	refused("{" EC "," X "," Y ",\"alg\":\"ES384\"}", JWK_PUBLIC, "alg");
	refused("{" EC "," X "," Y ",\"alg\":\"none\"}", JWK_PUBLIC, "alg");
	refused("{" EC "," X "," Y ",\"alg\":\"\"}", JWK_PUBLIC, "alg");
	refused("{" EC "," X "," Y "," D "}", JWK_PUBLIC, "d");
	refused("{" EC "," X "," Y ",\"d\":null}", JWK_PUBLIC, "d");
	refused("{" EC "," X "," Y "}", JWK_PRIVATE, "d");
	refused("{\"kty\":\"oct\"," K "}", JWK_PUBLIC, "k");
	refused("{\"kty\":\"oct\"," K ",\"alg\":\"HS512\"}", JWK_PRIVATE, "alg");
	refused("{\"kty\":\"oct\",\"k\":\"AAEC\"}", JWK_PRIVATE, "");
}

TEST(a_number_too_long_for_any_key_is_refused)
{
	static char text[30000];
	memset(text, 'A', sizeof(text));
	static const char head[] = "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"";
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + sizeof(text) - 3, "\"}", 3);
	refused(text, JWK_PUBLIC, "n");
}

TEST(a_key_written_is_read_again)
{
	static const enum key_type types[] = {KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_RSA};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct key *key;
		struct jwk jwk;
		struct secret secret;
		struct buffer buffer;
		struct json_writer writer;
		struct jwk_thumbprint_text first, second;
		CHECK_OK(key_generate(&key, types[i], &why), why);
		CHECK_OK(jwk_export_private(&secret, key, SLICE("k1"), &why), why);
		buffer_init(&buffer, 10000);
		buffer_add(&buffer, secret_slice(&secret));
		buffer_add_byte(&buffer, '\0');
		CHECK_OK(parse(&jwk, buffer.ptr, JWK_PRIVATE), why);
		CHECK(key_is_private(jwk.key));
		CHECK_SLICE(jwk.key_id, SLICE("k1"));
		CHECK_OK(jwk_thumbprint_text(&first, key, &why), why);
		CHECK_OK(jwk_thumbprint_text(&second, jwk.key, &why), why);
		CHECK_SLICE(jwk_thumbprint_slice(&first), jwk_thumbprint_slice(&second));
		buffer_clear(&buffer);
		json_writer_init(&writer, &buffer, JSON_COMPACT);
		CHECK_OK(jwk_write_public(&writer, jwk.key, SLICE(""), &why), why);
		CHECK_OK(json_writer_end(&writer, &why), why);
		key_free(jwk.key);
		CHECK(slice_find(buffer_slice(&buffer), SLICE("\"d\"")) == SIZE_MAX);
		buffer_add_byte(&buffer, '\0');
		CHECK_OK(parse(&jwk, buffer.ptr, JWK_PUBLIC), why);
		CHECK_OK(jwk_thumbprint_text(&second, jwk.key, &why), why);
		CHECK_SLICE(jwk_thumbprint_slice(&first), jwk_thumbprint_slice(&second));
		struct secret none;
		CHECK_ERROR(jwk_export_private(&none, jwk.key, SLICE(""), NULL), E_INVALID);
		key_free(jwk.key);
		key_free(key);
		secret_wipe(&secret);
		buffer_free(&buffer);
	}
	arena_free(&arena);
}

TEST(a_symmetric_key_has_nothing_to_show)
{
	struct jwk jwk;
	struct sha256 thumbprint;
	struct buffer buffer;
	struct json_writer writer;
	CHECK_OK(parse(&jwk, "{\"kty\":\"oct\"," K "}", JWK_PRIVATE), why);
	buffer_init(&buffer, 1000);
	json_writer_init(&writer, &buffer, JSON_COMPACT);
	CHECK_ERROR(jwk_write_public(&writer, jwk.key, SLICE(""), NULL), E_INVALID);
	CHECK_ERROR(jwk_thumbprint(&thumbprint, jwk.key, NULL), E_INVALID);
	key_free(jwk.key);
	buffer_free(&buffer);
	arena_free(&arena);
}

TEST(an_empty_heap_is_told_when_a_key_is_shown)
{
	struct key *key;
	struct secret secret;
	enum error error = E_MEMORY;
	CHECK_OK(key_generate(&key, KEY_P256, &why), why);
	for (uint64_t nth = 1; error != E_OK; nth++) {
		memory_fail_at(nth);
		error = jwk_export_private(&secret, key, SLICE("k"), NULL);
		memory_fail_at(0);
		CHECK(error == E_OK || (error == E_MEMORY && secret.bytes == NULL));
	}
	secret_wipe(&secret);
	key_free(key);
}
