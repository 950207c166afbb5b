#include "decision/policies.h"

#include "base/memory.h"
#include "registry/policy_set.h"

#include <stdio.h>

struct list {
	struct policy_text *texts;
	size_t count;
};

static bool collect(void *context, slice key, void *value)
{
	struct list *list = context;
	const struct policy_row *row = value;
	(void)key;
	list->texts[list->count++] = (struct policy_text){row->row.id, row->source, row->text};
	return true;
}

static enum error compile(const struct hash_key *key, const struct list *list, struct policies *policies,
			  struct fault *why)
{
	struct fault inner = {0};
	struct cedar_problem problem = {0};
	enum error code = policy_set_compile(key, list->texts, list->count, &policies->set, &problem, &inner);
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
	TRY(policy_set_digest(list->texts, list->count, policies->digest, why));
	return list->count ? compile(key, list, policies, why) : E_OK;
}

enum error policies_make(const struct hash_key *key, const struct trie *rows, struct policies **ret_policies,
			 struct fault *why)
{
	struct list list = {.texts = memory_alloc_array(rows->count, sizeof(struct policy_text))};
	struct policies *policies = memory_alloc(sizeof(*policies));
	enum error code = E_OK;
	if (!list.texts || !policies) {
		code = FAIL(why, E_MEMORY, "no memory for policies");
	} else {
		trie_each(rows, collect, &list);
		policy_texts_sort(list.texts, list.count);
		code = make(key, &list, policies, why);
	}
	memory_free(list.texts);
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
