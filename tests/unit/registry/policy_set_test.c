#include "registry/policy_set.h"

#include "check.h"
#include "text/base64.h"

static struct fault why;

TEST(the_digest_is_what_any_tool_makes_of_the_texts)
{
	/* printf 'a\0permit(principal,action,resource);\0b\0x\0' | sha256sum */
	struct policy_text texts[] = {{SLICE("b"), SLICE(""), SLICE("x")},
				      {SLICE("a"), SLICE("a.cedar"), SLICE("permit(principal,action,resource);")}};
	unsigned char digest[POLICY_SET_DIGEST_BYTES];
	char hex[2 * POLICY_SET_DIGEST_BYTES];
	policy_texts_sort(texts, 2);
	CHECK_SLICE(texts[0].id, SLICE("a"));
	CHECK_OK(policy_set_digest(texts, 2, digest, &why), why);
	hex_write(hex, slice_from(digest, sizeof(digest)));
	CHECK_SLICE(slice_from(hex, sizeof(hex)), SLICE("de914d7e3b71d269f410939a500503cad03fa8ee4e58b72a50a4b54a0893eeb4"));
	CHECK_OK(policy_set_digest(texts, 0, digest, &why), why);
	hex_write(hex, slice_from(digest, sizeof(digest)));
	CHECK_SLICE(slice_from(hex, sizeof(hex)), SLICE("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

TEST(policies_are_named_after_their_object_and_mistakes_after_their_source)
{
	static const struct hash_key key = {1, 2};
	struct policy_text texts[] = {
		{SLICE("a"), SLICE("team/a.cedar"), SLICE("permit(principal,action,resource);forbid(principal,action,resource);")},
		{SLICE("b"), SLICE(""), SLICE("permit(principal,action,resource);")}};
	struct cedar_policyset *set;
	struct cedar_problem problem = {.line = 0};
	CHECK_OK(policy_set_compile(&key, texts, 2, &set, &problem, &why), why);
	CHECK_INT(cedar_policyset_count(set), 3);
	CHECK_SLICE(cedar_policyset_info(set, 1).id, SLICE("a#1"));
	CHECK_SLICE(cedar_policyset_info(set, 1).source, SLICE("team/a.cedar"));
	CHECK_SLICE(cedar_policyset_info(set, 2).id, SLICE("b#0"));
	CHECK_SLICE(cedar_policyset_info(set, 2).source, SLICE("b"));
	cedar_policyset_free(set);
	texts[1].text = SLICE("permit(principal,\naction;");
	CHECK_INT(policy_set_compile(&key, texts, 2, &set, &problem, &why), E_SYNTAX);
	CHECK(!set);
	CHECK_INT(problem.line, 2);
}
