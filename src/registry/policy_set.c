#include "registry/policy_set.h"

#include "crypt/digest.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	return slice_compare(((const struct policy_text *)a)->id, ((const struct policy_text *)b)->id);
}

void policy_texts_sort(struct policy_text *texts, size_t count)
{
	if (count > 0)
		qsort(texts, count, sizeof(*texts), by_id);
}

enum error policy_set_digest(const struct policy_text *texts, size_t count, unsigned char *ret_digest,
			     struct fault *why)
{
	const slice nul = {"", 1};
	struct sha256_context context = {0};
	TRY(sha256_context_init(&context, why));
	sha256_begin(&context);
	for (size_t i = 0; i < count; i++) {
		sha256_add(&context, texts[i].id);
		sha256_add(&context, nul);
		sha256_add(&context, texts[i].text);
		sha256_add(&context, nul);
	}
	struct sha256 digest = sha256_end(&context);
	sha256_context_free(&context);
	memcpy(ret_digest, digest.bytes, POLICY_SET_DIGEST_BYTES);
	return E_OK;
}

enum error policy_set_compile(const struct hash_key *key, const struct policy_text *texts, size_t count,
			      struct cedar_policyset **ret_set, struct cedar_problem *problem, struct fault *why)
{
	struct arena arena;
	arena_init(&arena, SIZE_MAX / 2);
	*ret_set = NULL;
	struct cedar_source *sources = ARENA_ARRAY(&arena, count + 1, struct cedar_source);
	enum error code = sources ? E_OK : FAIL(why, E_MEMORY, "no memory for a policy set");
	for (size_t i = 0; i < count && code == E_OK; i++) {
		slice prefix = arena_print(&arena, "%.*s#", SLICE_ARG(texts[i].id));
		sources[i] = (struct cedar_source){.name = texts[i].source.len ? texts[i].source : texts[i].id,
						   .text = texts[i].text, .id_prefix = prefix};
		if (!prefix.ptr)
			code = FAIL(why, E_MEMORY, "no memory for a policy set");
	}
	if (code == E_OK)
		code = cedar_policyset_parse(key, sources, count, ret_set, problem, why);
	arena_free(&arena);
	return code;
}
