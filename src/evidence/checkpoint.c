#include "evidence/checkpoint.h"

#include "text/base64.h"

#include <string.h>

void checkpoint_body(const struct checkpoint *checkpoint, struct buffer *ret_body)
{
	buffer_add(ret_body, checkpoint->origin);
	buffer_add_byte(ret_body, '\n');
	buffer_add_u64(ret_body, checkpoint->size);
	buffer_add_byte(ret_body, '\n');
	base64_add(ret_body, slice_from(checkpoint->root.bytes, MERKLE_HASH_BYTES));
	buffer_add_byte(ret_body, '\n');
}

/* tlog-checkpoint: origin, size and root each on a line; further lines, if any, are not empty. */
enum error checkpoint_parse(slice body, struct checkpoint *ret_checkpoint, struct fault *why)
{
	slice rest = body;
	char root[BASE64_BYTES(BASE64_TEXT_BYTES(MERKLE_HASH_BYTES))];
	size_t length;
	if (!slice_ends_with(body, SLICE("\n")))
		return FAIL(why, E_SYNTAX, "a checkpoint that does not end with a line");
	slice origin = slice_cut(&rest, '\n'), size = slice_cut(&rest, '\n'), hash = slice_cut(&rest, '\n');
	*ret_checkpoint = (struct checkpoint){.origin = origin};
	if (origin.len == 0 || !slice_to_u64(size, &ret_checkpoint->size))
		return FAIL(why, E_SYNTAX, "a checkpoint without origin and size");
	if (hash.len != BASE64_TEXT_BYTES(MERKLE_HASH_BYTES) || base64_read(root, &length, hash, NULL) != E_OK ||
	    length != MERKLE_HASH_BYTES)
		return FAIL(why, E_SYNTAX, "a checkpoint without a root");
	memcpy(ret_checkpoint->root.bytes, root, MERKLE_HASH_BYTES);
	while (rest.len > 0)
		if (slice_cut(&rest, '\n').len == 0)
			return FAIL(why, E_SYNTAX, "a checkpoint with an empty line");
	return E_OK;
}

enum error checkpoint_verify(slice note, const struct note_key *key, struct checkpoint *ret_checkpoint,
			     struct fault *why)
{
	slice body;
	TRY(note_verify(note, key, 1, &body, NULL, why));
	TRY(checkpoint_parse(body, ret_checkpoint, why));
	if (!slice_equal(ret_checkpoint->origin, key->name))
		return FAIL(why, E_SIGNATURE, "the checkpoint is of %.*s, the key of %.*s",
			    SLICE_ARG(ret_checkpoint->origin), SLICE_ARG(key->name));
	return E_OK;
}
