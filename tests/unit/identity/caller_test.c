#include "identity/caller.h"

#include "signer.h"

#define JTI "\"jti\":\"t_01HZZZZZZZZZZZZZZZZZZZZZZZ\""
#define TXN "\"txn\":\"txn_01HZZZZZZZZZZZZZZZZZZZZZZZ\""
#define HEAD "{\"iss\":\"http://as\",\"aud\":\"http://as/mcp\",\"iat\":1000,\"exp\":1300,"
#define BODY "\"scope\":\"fs.read_file\",\"purpose\":\"p\",\"task_id\":\"task_1\",\"req\":\"bot\""
#define WHO "\"sub\":\"bot\",\"client_id\":\"bot\",\"mode\":\"autonomous\",\"act\":{\"sub\":\"bot#1\"}"
#define GOOD HEAD JTI "," TXN "," BODY "," WHO "}"

static enum error try_token(const char *type, const char *claims, int64_t now_s, struct fault *why)
{
	struct test_signer signer;
	struct caller caller;
	test_signer_make(&signer, KEY_P256);
	struct caller_check check = {.keys = &signer.set, .issuer = SLICE("http://as"),
				     .audience = SLICE("http://as/mcp"), .now_s = now_s};
	enum error code = caller_verify(&check, test_token(&signer, type, claims), &signer.arena, &caller, why);
	CHECK((code == E_OK) == (caller.agent.len > 0));
	test_signer_free(&signer);
	return code;
}

TEST(a_token_of_ours_makes_a_caller)
{
	struct fault why = {0};
	CHECK_OK(try_token("at+jwt", GOOD, 1100, &why), why);
}

TEST(a_zeroed_check_believes_nothing)
{
	struct test_signer signer;
	struct caller caller;
	struct caller_check check = {.now_s = 0};
	test_signer_make(&signer, KEY_P256);
	CHECK_ERROR(caller_verify(&check, test_token(&signer, "at+jwt", GOOD), &signer.arena, &caller, NULL),
		    E_UNAUTHENTICATED);
	check.keys = &signer.set;
	CHECK(caller_verify(&check, test_token(&signer, "at+jwt", GOOD), &signer.arena, &caller, NULL) != E_OK);
	test_signer_free(&signer);
}

TEST(an_old_token_is_expired)
{
	CHECK_ERROR(try_token("at+jwt", GOOD, 1300, NULL), E_EXPIRED);
}

TEST(other_issuers_audiences_and_types_are_refused)
{
	CHECK_ERROR(try_token("JWT", GOOD, 1100, NULL), E_UNAUTHENTICATED);
	CHECK_ERROR(try_token("at+jwt",
			      "{\"iss\":\"http://other\",\"aud\":\"http://as/mcp\",\"iat\":1000,\"exp\":1300," JTI "," TXN
			      "," BODY "," WHO "}",
			      1100, NULL),
		    E_UNAUTHENTICATED);
	CHECK_ERROR(try_token("at+jwt",
			      "{\"iss\":\"http://as\",\"aud\":\"http://as\",\"iat\":1000,\"exp\":1300," JTI "," TXN
			      "," BODY "," WHO "}",
			      1100, NULL),
		    E_UNAUTHENTICATED);
}

static void check_lacking(const char *claims, const char *field)
{
	struct fault why = {0};
	CHECK_ERROR(try_token("at+jwt", claims, 1100, &why), E_UNAUTHENTICATED);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
}

TEST(every_claim_has_to_be_there)
{
	check_lacking(HEAD TXN "," BODY "," WHO "}", "jti");
	check_lacking(HEAD JTI "," BODY "," WHO "}", "txn");
	check_lacking(HEAD "\"jti\":\"t_x\"," TXN "," BODY "," WHO "}", "jti");
	check_lacking(HEAD JTI ",\"txn\":\"t_01HZZZZZZZZZZZZZZZZZZZZZZZ\"," BODY "," WHO "}", "txn");
	check_lacking(HEAD JTI "," TXN ",\"purpose\":\"p\",\"task_id\":\"t\",\"req\":\"b\"," WHO "}", "scope");
	check_lacking(HEAD JTI "," TXN ",\"scope\":\"a.b\",\"task_id\":\"t\",\"req\":\"b\"," WHO "}", "purpose");
	check_lacking(HEAD JTI "," TXN ",\"scope\":\"a.b\",\"purpose\":\"p\",\"req\":\"b\"," WHO "}", "task_id");
	check_lacking(HEAD JTI "," TXN ",\"scope\":\"a.b\",\"purpose\":\"p\",\"task_id\":\"t\"," WHO "}", "req");
}

TEST(the_actor_has_to_be_the_one_it_was_issued_to)
{
	check_lacking(HEAD JTI "," TXN "," BODY ",\"sub\":\"bot\",\"client_id\":\"cat\",\"mode\":\"autonomous\","
				   "\"act\":{\"sub\":\"bot#1\"}}",
		      "client_id");
	check_lacking(HEAD JTI "," TXN "," BODY ",\"sub\":\"alice\",\"client_id\":\"bot\",\"mode\":\"delegated\","
				   "\"act\":{\"sub\":\"cat\"}}",
		      "client_id");
	check_lacking(HEAD JTI "," TXN "," BODY ",\"sub\":\"bot\",\"client_id\":\"bot\",\"mode\":\"autonomous\"}", "act");
	check_lacking(HEAD JTI "," TXN "," BODY ",\"sub\":\"bot\",\"client_id\":\"bot\",\"mode\":\"free\","
				   "\"act\":{\"sub\":\"bot#1\"}}",
		      "mode");
	check_lacking(HEAD JTI "," TXN "," BODY ",\"sub\":\"bot\",\"client_id\":\"bot\",\"mode\":\"autonomous\","
				   "\"act\":{\"sub\":\"\"}}",
		      "act");
}

TEST(too_long_a_token_or_chain_is_refused)
{
	static char large[CALLER_TOKEN_BYTES_MAX + 1];
	struct caller caller;
	struct caller_check check = {.now_s = 0};
	CHECK_ERROR(caller_verify(&check, slice_from(large, sizeof(large)), NULL, &caller, NULL), E_LIMIT);
	struct buffer claims;
	buffer_init(&claims, 8192);
	buffer_add_text(&claims, HEAD JTI "," TXN "," BODY ",\"sub\":\"alice\",\"client_id\":\"a\",\"mode\":\"delegated\"");
	for (unsigned i = 0; i < CALLER_CHAIN_MAX; i++)
		buffer_add_text(&claims, ",\"act\":{\"sub\":\"a\"");
	for (unsigned i = 0; i < CALLER_CHAIN_MAX + 1; i++)
		buffer_add_text(&claims, "}");
	buffer_add_byte(&claims, '\0');
	CHECK_ERROR(try_token("at+jwt", claims.ptr, 1100, NULL), E_LIMIT);
	buffer_free(&claims);
}

TEST(a_signature_of_somebody_else_is_told_as_such)
{
	struct test_signer signer, other;
	struct caller caller;
	struct fault why = {0};
	test_signer_make(&signer, KEY_P256);
	test_signer_make(&other, KEY_P256);
	struct caller_check check = {.keys = &signer.set, .issuer = SLICE("http://as"),
				     .audience = SLICE("http://as/mcp"), .now_s = 1100};
	CHECK_ERROR(caller_verify(&check, test_token(&other, "at+jwt", GOOD), &other.arena, &caller, &why), E_SIGNATURE);
	test_signer_free(&signer);
	test_signer_free(&other);
}
