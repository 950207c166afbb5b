/* Tokens: the input as it is, and the input as header and claims of a token in right form. Nothing ever verifies. */
#include "fuzz.h"

#include "text/base64.h"
#include "token/jwt.h"

static void check_token(slice text, const struct key *key)
{
	struct arena arena;
	struct fault why;
	struct jwt jwt;
	struct jwt_rules rules = {.algorithms = SIGNATURE_ASYMMETRIC, .any_issuer = true, .any_audience = true,
				  .may_lack_expiry = true, .now_s = 1000000};
	arena_init(&arena, 16u << 20);
	if (jwt_parse(&jwt, text, &arena, &why) == E_OK) {
		enum error error = jwt_verify_with(&jwt, key, &rules, &why);
		assert(error != E_OK);
		error = jwt_check_claims(&jwt, &rules, &why);
		assert(error != E_OK || jwt.expires_s > rules.now_s || !(jwt.has & JWT_EXPIRY));
		assert(!jwt_has_audience(&jwt, SLICE("a")) || (jwt.has & JWT_AUDIENCE));
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct key *key;
	struct buffer token;
	slice claims = slice_from(bytes, length), header = slice_cut(&claims, '\n');
	if (!key) {
		/* The key of RFC 8037 A.1. */
		struct key_numbers numbers = {.type = KEY_ED25519,
					      .x = SLICE("\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a"
							 "\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a")};
		enum error error = key_import(&key, &numbers, NULL);
		assert(error == E_OK);
	}
	check_token(slice_from(bytes, length), key);
	buffer_init(&token, 1 << 20);
	base64url_add(&token, header);
	buffer_add_byte(&token, '.');
	base64url_add(&token, claims);
	buffer_add_text(&token, ".AAAA");
	check_token(buffer_slice(&token), key);
	buffer_free(&token);
	return 0;
}
