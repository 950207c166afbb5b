#include "decision/policies.h"

#include "base/memory.h"
#include "crypt/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	const struct policy_row **rows;
	size_t count;
};

static bool collect(void *context, slice key, void *value)
{
	struct list *list = context;
	(void)key;
	list->rows[list->count++] = value;
	return true;
}

static int by_id(const void *a, const void *b)
{
	return slice_compare((*(const struct policy_row *const *)a)->row.id, (*(const struct policy_row *const *)b)->row.id);
}

static enum error digest_of(const struct list *list, unsigned char *to, struct fault *why)
{
	struct sha256_context context = {0};
	TRY(sha256_context_init(&context, why));
	sha256_begin(&context);
	for (size_t i = 0; i < list->count; i++) {
		const slice nul = {"", 1};
		sha256_add(&context, list->rows[i]->row.id);
		sha256_add(&context, nul);
		sha256_add(&context, list->rows[i]->text);
		sha256_add(&context, nul);
	}
	struct sha256 digest = sha256_end(&context);
	sha256_context_free(&context);
	memcpy(to, digest.bytes, SNAPSHOT_DIGEST_BYTES);
	return E_OK;
}

static enum error compile(const struct hash_key *key, const struct list *list, struct policies *policies,
			  struct fault *why)
{
	struct arena arena;
	arena_init(&arena, SIZE_MAX / 2);
	struct cedar_source *sources = ARENA_ARRAY(&arena, list->count, struct cedar_source);
	enum error code = sources ? E_OK : E_MEMORY;
	for (size_t i = 0; i < list->count && code == E_OK; i++) {
		const struct policy_row *row = list->rows[i];
		slice prefix = arena_print(&arena, "%.*s#", SLICE_ARG(row->row.id));
		sources[i] = (struct cedar_source){.name = row->source, .text = row->text, .id_prefix = prefix};
		code = prefix.ptr ? E_OK : E_MEMORY;
	}
	struct fault inner = {0};
	struct cedar_problem problem = {0};
	if (code == E_OK)
		code = cedar_policyset_parse(key, sources, list->count, &policies->set, &problem, &inner);
	arena_free(&arena);
	if (code == E_MEMORY)
		return FAIL(why, E_MEMORY, "no memory for a policy set");
	if (code != E_OK) {
		policies->broken = true;
		if (problem.line)
			snprintf(policies->sentence, sizeof(policies->sentence), "%s:%u:%u: %s", problem.source,
				 problem.line, problem.column, problem.sentence);
		else
			snprintf(policies->sentence, sizeof(policies->sentence), "%s", fault_sentence(&inner));
	}
	return E_OK;
}

static enum error make(const struct hash_key *key, const struct list *list, struct policies *policies, struct fault *why)
{
	TRY(digest_of(list, policies->digest, why));
	return list->count ? compile(key, list, policies, why) : E_OK;
}

enum error policies_make(const struct hash_key *key, const struct trie *rows, struct policies **ret_policies,
			 struct fault *why)
{
	struct list list = {.rows = memory_alloc_array(rows->count, sizeof(struct policy_row *))};
	struct policies *policies = memory_alloc(sizeof(*policies));
	enum error code = E_OK;
	if (!list.rows || !policies) {
		code = FAIL(why, E_MEMORY, "no memory for policies");
	} else {
		trie_each(rows, collect, &list);
		qsort(list.rows, list.count, sizeof(*list.rows), by_id);
		code = make(key, &list, policies, why);
	}
	memory_free(list.rows);
	if (code == E_OK)
		*ret_policies = policies;
	else if (policies)
		policies_release(&policies->retired);
	return code;
}

void policies_release(struct retired *item)
{
	struct policies *policies = (struct policies *)(void *)item;
	cedar_policyset_free(policies->set);
	memory_free(policies);
}
