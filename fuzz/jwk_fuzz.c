/* Key sets: what is taken can be written and is taken again with the same thumbprint. */
#include "fuzz.h"

#include "token/jwk.h"

static void check_key(const struct key *key, struct arena *arena)
{
	struct buffer buffer;
	struct json_writer writer;
	struct jwk_set again;
	struct jwk_thumbprint_text one, two;
	if (key_type(key) == KEY_SYMMETRIC)
		return;
	buffer_init(&buffer, 65536);
	json_writer_init(&writer, &buffer, JSON_COMPACT);
	enum error error = jwk_write_public(&writer, key, SLICE("x"), NULL);
	assert(error == E_OK && !buffer.failed);
	error = jwk_set_parse(&again, buffer_slice(&buffer), JWK_PUBLIC, arena, NULL);
	assert(error == E_OK && again.count == 1);
	error = jwk_thumbprint_text(&one, key, NULL);
	assert(error == E_OK);
	error = jwk_thumbprint_text(&two, again.keys[0].key, NULL);
	assert(error == E_OK && slice_equal(jwk_thumbprint_slice(&one), jwk_thumbprint_slice(&two)));
	jwk_set_free(&again);
	buffer_free(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena arena;
	struct fault why;
	for (int kind = JWK_PUBLIC; kind <= JWK_PRIVATE; kind++) {
		struct jwk_set set;
		arena_init(&arena, 64u << 20);
		if (jwk_set_parse(&set, slice_from(bytes, length), (enum jwk_kind)kind, &arena, &why) == E_OK) {
			for (size_t i = 0; i < set.count && i < 4; i++)
				check_key(set.keys[i].key, &arena);
			jwk_set_free(&set);
		}
		arena_free(&arena);
	}
	return 0;
}
