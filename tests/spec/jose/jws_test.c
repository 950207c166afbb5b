#include "vectors.h"

#include "token/jws.h"

/* Where we do not follow the file, each for a reason of its own. */
static const struct {
	int64_t id;
	const char *reason;
} deviations[] = {
	/* What it calls valid and we refuse. */
	{346, "RFC 7520 figure 20: the key is for PS256, the header says PS384"},
	{347, "RFC 7520 figure 27: the key is for \"ES521\", which does not exist"},
	{350, "as 346, with key_ops"},
	{351, "as 347, with key_ops"},
	{372, "a foreign character inside base64url, in the header"},
	{373, "a foreign character inside base64url, in the payload"},
	/* What it calls invalid, though byte for byte the same token as 357, which it calls valid: nobody can agree. */
	{367, "the padding the name speaks of is not in the file"},
	{370, "the padding the name speaks of is not in the file"},
};
#define DEVIATIONS (sizeof(deviations) / sizeof(deviations[0]))

static bool is_deviation(int64_t id)
{
	for (size_t i = 0; i < DEVIATIONS; i++)
		if (deviations[i].id == id)
			return true;
	return false;
}

/* The key is named by "kid"; a set of one key needs none. */
static bool accepts(struct vectors *vectors, const struct jwk_set *set, const struct json_node *test)
{
	struct jws jws;
	slice text;
	if (!json_string(json_get(&vectors->doc, test, SLICE("jws")), &text))
		return false; /* JSON serialization, given as an object */
	if (jws_parse(&jws, text, &vectors->arena, NULL) != E_OK)
		return false;
	const struct key *key = jwk_set_find(set, jws.key_id);
	if (!key && set->count == 1 && (jws.key_id.len == 0 || set->keys[0].key_id.len == 0))
		key = set->keys[0].key;
	unsigned all = SIGNATURE_ASYMMETRIC | SIGNATURE_BIT(SIGNATURE_HS256) | SIGNATURE_BIT(SIGNATURE_HS384) |
		       SIGNATURE_BIT(SIGNATURE_HS512);
	return key && jws_verify(&jws, key, all, NULL) == E_OK;
}

struct tally {
	int agree;
	int deviate;
	int wrong;
};

static void run_group(struct vectors *vectors, const struct json_node *group, bool may_deviate, struct tally *tally)
{
	struct jwk_set set;
	if (vectors_keys(vectors, group, &set, NULL) != E_OK)
		set = (struct jwk_set){0};
	const struct json_node *tests = json_get(&vectors->doc, group, SLICE("tests"));
	for (const struct json_node *test = json_first(tests); test; test = json_next(test)) {
		int64_t id = 0;
		json_i64(json_get(&vectors->doc, test, SLICE("tcId")), &id);
		/* JWE is not spoken here. */
		if (json_get(&vectors->doc, test, SLICE("jwe")))
			continue;
		bool valid = slice_equal(vectors_text(vectors, test, "result"), SLICE("valid"));
		bool accepted = accepts(vectors, &set, test);
		if (accepted == valid) {
			tally->agree++;
		} else if (may_deviate && is_deviation(id)) {
			tally->deviate++;
		} else {
			tally->wrong++;
			print_message("# %d: %s, expected %s\n", (int)id, accepted ? "accepted" : "refused",
				      valid ? "valid" : "invalid");
		}
	}
	jwk_set_free(&set);
}

static struct tally run_file(const char *file, bool may_deviate)
{
	struct vectors vectors;
	struct tally tally = {0};
	if (!vectors_open(&vectors, file)) {
		SKIP("no conformance data");
		return tally;
	}
	const struct json_node *groups = json_get(&vectors.doc, json_root(&vectors.doc), SLICE("testGroups"));
	for (const struct json_node *group = json_first(groups); group; group = json_next(group))
		run_group(&vectors, group, may_deviate, &tally);
	vectors_close(&vectors);
	return tally;
}

TEST(wycheproof_signatures_393_of_401_six_refused_on_purpose_two_contradictory)
{
	struct tally tally = run_file("wycheproof/json_web_signature_test.json", true);
	CHECK_INT(tally.wrong, 0);
	CHECK_INT(tally.agree, 393);
	CHECK_INT(tally.deviate, DEVIATIONS);
}

TEST(wycheproof_confusions_all_49_of_signatures)
{
	struct tally tally = run_file("wycheproof/json_web_crypto_test.json", false);
	CHECK_INT(tally.wrong, 0);
	CHECK_INT(tally.agree, 49);
}

TEST(wycheproof_keys_all_26)
{
	struct tally tally = run_file("wycheproof/json_web_key_test.json", false);
	CHECK_INT(tally.wrong, 0);
	CHECK_INT(tally.agree, 26);
}
