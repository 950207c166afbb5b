#include "identity/issue.h"

#include "signer.h"
#include "text/ulid.h"

static const slice tools[] = {SLICE_INIT("fs.read_file"), SLICE_INIT("web.*")};
static const struct issue good = {
	.issuer = SLICE_INIT("http://as"),
	.audience = SLICE_INIT("http://as/mcp"),
	.agent = SLICE_INIT("bot"),
	.instance = SLICE_INIT("bot#1"),
	.requester = SLICE_INIT("bot"),
	.purpose = SLICE_INIT("refunds"),
	.task = SLICE_INIT("task_1"),
	.scope = tools,
	.scope_count = 2,
	.jti = SLICE_INIT("t_01HZZZZZZZZZZZZZZZZZZZZZZZ"),
	.transaction = SLICE_INIT("txn_01HZZZZZZZZZZZZZZZZZZZZZZZ"),
	.now_ms = 1000500,
	.original_issue_s = 1000,
	.lifetime_s = 300,
};

static enum error write_it(const struct issue *issue, struct buffer *input, struct fault *why)
{
	buffer_init(input, 1 << 16);
	return issue_signing_input(issue, SLICE("k1"), input, why);
}

static void check_refused(const struct issue *issue, enum error code, const char *field)
{
	struct buffer input;
	struct fault why = {0};
	CHECK_ERROR(write_it(issue, &input, &why), code);
	CHECK_SLICE(slice_of(why.field), slice_of(field));
	CHECK_INT(input.len, 0);
	buffer_free(&input);
}

#define REFUSED_WITHOUT(member, field)                                                                                 \
	do {                                                                                                           \
		struct issue issue = good;                                                                             \
		issue.member = SLICE("");                                                                              \
		check_refused(&issue, E_INVALID, field);                                                               \
	} while (0)

TEST(every_claim_has_to_say_something)
{
	REFUSED_WITHOUT(issuer, "iss");
	REFUSED_WITHOUT(audience, "aud");
	REFUSED_WITHOUT(agent, "client_id");
	REFUSED_WITHOUT(instance, "act");
	REFUSED_WITHOUT(requester, "req");
	REFUSED_WITHOUT(purpose, "purpose");
	REFUSED_WITHOUT(task, "task_id");
	REFUSED_WITHOUT(jti, "jti");
	REFUSED_WITHOUT(transaction, "txn");
	struct issue issue = good;
	issue.scope_count = 0;
	check_refused(&issue, E_INVALID, "scope");
	issue.scope_count = CALLER_SCOPE_MAX + 1;
	check_refused(&issue, E_LIMIT, "scope");
}

TEST(a_token_lives_at_most_300_seconds_and_is_no_older_than_its_chain)
{
	struct issue issue = good;
	issue.lifetime_s = 301;
	check_refused(&issue, E_INVALID, "exp");
	issue.lifetime_s = 59;
	check_refused(&issue, E_INVALID, "exp");
	issue = good;
	issue.original_issue_s = 1001;
	check_refused(&issue, E_INVALID, "oiat");
	issue.original_issue_s = 0;
	check_refused(&issue, E_INVALID, "oiat");
	struct buffer input;
	struct fault why = {0};
	buffer_init(&input, 1 << 16);
	CHECK_ERROR(issue_signing_input(&good, SLICE(""), &input, &why), E_INVALID);
	CHECK_ERROR(issue_complete(&input, SLICE("short"), &why), E_INVALID);
	buffer_free(&input);
}

TEST(a_buffer_that_is_too_small_is_told)
{
	struct buffer input;
	struct fault why = {0};
	buffer_init(&input, 100);
	CHECK_ERROR(issue_signing_input(&good, SLICE("k1"), &input, &why), E_LIMIT);
	buffer_free(&input);
}

static void issue_and_read(const struct issue *issue, struct test_signer *signer, struct caller *caller)
{
	struct buffer input;
	struct signature signature;
	struct fault why = {0};
	test_signer_make(signer, KEY_P256);
	CHECK_OK(write_it(issue, &input, &why), why);
	CHECK_OK(signature_sign(signer->key, SIGNATURE_ES256, buffer_slice(&input), &signature, &why), why);
	CHECK_OK(issue_complete(&input, signature_slice(&signature), &why), why);
	struct caller_check check = {.keys = &signer->set, .issuer = good.issuer, .audience = good.audience,
				     .now_s = 1010};
	CHECK_OK(caller_verify(&check, buffer_slice(&input), &signer->arena, caller, &why), why);
	buffer_free(&input);
}

TEST(what_was_issued_is_read_back_as_the_same_caller)
{
	struct test_signer signer;
	struct caller caller;
	int64_t issued_ms;
	issue_and_read(&good, &signer, &caller);
	CHECK_SLICE(caller.agent, SLICE("bot"));
	CHECK_SLICE(caller.instance, SLICE("bot#1"));
	CHECK_SLICE(caller.subject, SLICE("bot"));
	CHECK_SLICE(caller.purpose, SLICE("refunds"));
	CHECK_SLICE(caller.task, SLICE("task_1"));
	CHECK_SLICE(caller.requester, SLICE("bot"));
	CHECK_SLICE(caller.token, good.jti);
	CHECK(caller.mode == CALLER_AUTONOMOUS && caller.chain_count == 1 && caller.depth == 0);
	CHECK_SLICE(caller.chain[0], SLICE("bot"));
	CHECK_INT(caller.scope_count, 2);
	CHECK_INT(caller.expires_s, 1300);
	CHECK_ERROR(ulid_parse(good.jti, SLICE("t"), &issued_ms, NULL), E_OK);
	CHECK_INT(caller.original_issue_ms, issued_ms);
	CHECK(caller_scope_covers(&caller, SLICE("fs.read_file")) && caller_scope_covers(&caller, SLICE("web.get")));
	CHECK(!caller_scope_covers(&caller, SLICE("fs.write_file")) && !caller_scope_covers(&caller, SLICE("webx.get")));
	test_signer_free(&signer);
}

TEST(a_delegated_token_names_the_human_and_then_the_agent)
{
	struct test_signer signer;
	struct caller caller;
	struct issue issue = good;
	issue.on_behalf_of = SLICE("alice");
	issue_and_read(&issue, &signer, &caller);
	CHECK(caller.mode == CALLER_DELEGATED && caller.chain_count == 2 && caller.depth == 1);
	CHECK_SLICE(caller.subject, SLICE("alice"));
	CHECK_SLICE(caller.chain[0], SLICE("alice"));
	CHECK_SLICE(caller.chain[1], SLICE("bot"));
	CHECK_SLICE(caller.agent, SLICE("bot"));
	CHECK_SLICE(caller.instance, SLICE("bot#1"));
	test_signer_free(&signer);
}

static int64_t lifetime(int64_t asked, int64_t max, int64_t task, int64_t parent)
{
	int64_t lifetime_s = 0;
	CHECK_ERROR(issue_lifetime(asked, max, 1000, task, parent, &lifetime_s, NULL), E_OK);
	return lifetime_s;
}

TEST(the_lifetime_is_the_least_of_all_bounds)
{
	CHECK_INT(lifetime(0, 300, 0, 0), 300);
	CHECK_INT(lifetime(0, 900, 0, 0), 300);
	CHECK_INT(lifetime(60, 300, 0, 0), 60);
	CHECK_INT(lifetime(200, 120, 0, 0), 120);
	CHECK_INT(lifetime(0, 300, 1100, 0), 100);
	CHECK_INT(lifetime(0, 300, 1100, 1070), 70);
	int64_t unused = 0;
	CHECK_ERROR(issue_lifetime(59, 300, 1000, 0, 0, &unused, NULL), E_INVALID);
	CHECK_ERROR(issue_lifetime(301, 300, 1000, 0, 0, &unused, NULL), E_INVALID);
	CHECK_ERROR(issue_lifetime(0, 300, 1000, 1059, 0, &unused, NULL), E_EXPIRED);
	CHECK_INT(unused, 0);
}
