#include "lib/inside.h"

#include <string.h>
#include <sys/auxv.h> /* lint: allowed, reads 16 bytes that the kernel gave the process; no call, no state */

/*
 * One key for all handles of the process, so that they can meet in a decision, and without a variable to keep it in: the
 * kernel's random bytes for the process (AT_RANDOM), hashed, so that nothing of them stands in a table.
 */
static bool find_key(struct hash_key *key)
{
	const char *bytes = (const char *)getauxval(AT_RANDOM);
	if (!bytes)
		return false;
	static const struct hash_key first = {0x7469707374616666, 1}, second = {0x7469707374616666, 2};
	*key = (struct hash_key){hash_slice(&first, (slice){bytes, 16}), hash_slice(&second, (slice){bytes, 16})};
	return true;
}

enum error lib_call_start(struct lib_call *call)
{
	*call = (struct lib_call){0};
	if (!find_key(&call->key))
		return FAIL(&call->why, E_INTERNAL, "the system gave this process no random bytes");
	return E_OK;
}

enum error lib_text_check(struct lib_call *call, struct tip_text text, const char *what)
{
	if (!text.ptr && text.len)
		return FAIL(&call->why, E_USAGE, "%s is NULL with a length of %zu", what, text.len);
	return E_OK;
}

enum error lib_options(struct lib_call *call, const char *text, size_t len, const struct tip_parse_options *given,
		       struct tip_parse_options *ret_options)
{
	*ret_options = (struct tip_parse_options){.size = sizeof(*ret_options)};
	TRY(lib_text_check(call, (struct tip_text){text, len}, "the text"));
	if (!given)
		return E_OK;
	if (!lib_take(ret_options, sizeof(*ret_options), given, LIB_PARSE_OPTIONS_BYTES))
		return FAIL(&call->why, E_USAGE, "size of tip_parse_options is %zu", given->size);
	if (ret_options->format != TIP_CEDAR && ret_options->format != TIP_JSON)
		return FAIL(&call->why, E_USAGE, "%d is no format", ret_options->format);
	ret_options->size = sizeof(*ret_options);
	if (ret_options->link_count && !ret_options->links)
		return FAIL(&call->why, E_USAGE, "the links are NULL with a length");
	TRY(lib_text_check(call, ret_options->name, "the name of the text"));
	return lib_text_check(call, ret_options->id_prefix, "the prefix of ids");
}

enum error lib_keep(struct lib_call *call, struct arena *arena, slice text, struct tip_text *ret_text)
{
	slice kept = arena_copy(arena, text);
	*ret_text = lib_text(kept);
	return kept.ptr ? E_OK : FAIL(&call->why, E_MEMORY, "no memory for an answer");
}

bool lib_give(void *to, const void *from, size_t own_size, size_t first_size)
{
	size_t given_size, head = sizeof(given_size);
	memcpy(&given_size, to, head);
	if (given_size < first_size)
		return false;
	memcpy((char *)to + head, (const char *)from + head, (given_size < own_size ? given_size : own_size) - head);
	return true;
}

bool lib_take(void *own, size_t own_size, const void *given, size_t first_size)
{
	size_t given_size, head = sizeof(given_size);
	memcpy(&given_size, given, head);
	if (given_size < first_size)
		return false;
	memset(own, 0, own_size);
	memcpy(own, given, given_size < own_size ? given_size : own_size);
	return true;
}
