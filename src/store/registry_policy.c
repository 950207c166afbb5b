/* Policies are tried by the engine before they are stored. */
#include "store/registry_service.h"

#include "cedar/cedar.h"

enum error registry_service_check_policy(slice id, slice text, struct fault *why)
{
	/* Only operators hand in policies, so that nobody gains by colliding keys. */
	static const struct hash_key key = {0x7469707374616666, 0x706f6c696369657a};
	struct cedar_source source = {.name = id, .text = text, .id_prefix = id};
	struct cedar_policyset *set = NULL;
	struct fault inner = {0};
	enum error code = cedar_policyset_parse(&key, &source, 1, &set, NULL, &inner);
	size_t count = code == E_OK ? cedar_policyset_count(set) : 0;
	cedar_policyset_free(set);
	if (code == E_MEMORY)
		return FAIL(why, E_MEMORY, "no memory for a policy");
	if (code != E_OK)
		return FAIL_FIELD(why, E_INVALID, "text", "%s", fault_sentence(&inner));
	if (count == 0)
		return FAIL_FIELD(why, E_INVALID, "text", "the text holds no policy");
	return E_OK;
}
