/* Is what was written still there? Nobody else may touch the files of an open log. */
#include "store/log_writer_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Sealed segments looked at in one round: each costs a microsecond. */
#define SEALED_PER_ROUND 256u
/* So much of the last frame is read again. */
#define TAIL_BYTES_MAX (64u * 1024u)

static enum error compare(const char *name, const struct log_file_state *now, const struct log_file_state *before,
			  struct fault *why)
{
	if (now->inode != before->inode || now->device != before->device)
		return FAIL(why, E_CORRUPT, "%s was replaced by another file", name);
	if (now->links == 0)
		return FAIL(why, E_CORRUPT, "%s was removed", name);
	if (now->size_bytes != before->size_bytes)
		return FAIL(why, E_CORRUPT, "%s has %" PRIu64 " bytes, it had %" PRIu64, name, now->size_bytes,
			    before->size_bytes);
	if (now->modified_ns != before->modified_ns)
		return FAIL(why, E_CORRUPT, "%s was changed by somebody else", name);
	return E_OK;
}

static enum error check_name(struct log_writer *writer, uint64_t sequence, const struct log_file_state *before,
			     struct fault *why)
{
	char name[LOG_SEGMENT_NAME_BYTES];
	struct log_file_state now;
	log_segment_name(sequence, name);
	if (writer->io.state_of_name(writer->io.context, name, &now) != 0)
		return errno == ENOENT ? FAIL(why, E_CORRUPT, "%s was removed", name)
				       : FAIL(why, E_IO, "%s: %s", name, strerror(errno));
	return compare(name, &now, before, why);
}

static enum error check_head(struct log_writer *writer, struct log_window *window, struct fault *why)
{
	struct segment_head head;
	size_t head_bytes;
	slice bytes;
	TRY(log_window_at(window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, why));
	TRY(segment_head_decode(&writer->hasher, bytes, &head, &head_bytes, why));
	if (head.sequence != writer->sequence)
		return FAIL(why, E_CORRUPT, "the active segment's head is another's");
	return E_OK;
}

static enum error check_tail(struct log_writer *writer, struct log_window *window, struct fault *why)
{
	struct frame frame;
	struct merkle_hash hash;
	slice bytes;
	if (writer->tail_offset == 0)
		return E_OK;
	size_t length = (size_t)(writer->position - writer->tail_offset);
	TRY(log_window_at(window, writer->tail_offset, length < TAIL_BYTES_MAX ? length : TAIL_BYTES_MAX, &bytes, why));
	enum error code = length <= TAIL_BYTES_MAX
				  ? frame_decode(&writer->hasher, bytes, writer->block_bytes, &frame, &hash, why)
				  : frame_peek(bytes, writer->block_bytes, &frame, why);
	if (code != E_OK)
		return code == E_CORRUPT ? code : FAIL(why, E_CORRUPT, "the last frame of the log is gone");
	struct merkle_hash root;
	merkle_root(&writer->hasher, &writer->walk.tree, &root);
	if (!merkle_hash_equal(&frame.root, &root))
		return FAIL(why, E_CORRUPT, "the last frame of the log is another");
	return E_OK;
}

static enum error check_active(struct log_writer *writer, struct fault *why)
{
	struct log_window window;
	TRY(log_writer_settle(writer, why));
	TRY(check_name(writer, writer->sequence, &writer->left, why));
	log_window_init(&window, &writer->io);
	log_window_open(&window, writer->file, writer->size_bytes);
	enum error code = check_head(writer, &window, why);
	if (code == E_OK)
		code = check_tail(writer, &window, why);
	log_window_free(&window);
	return code;
}

static enum error check_sealed(struct log_writer *writer, struct fault *why)
{
	size_t round = writer->sealed_count < SEALED_PER_ROUND ? writer->sealed_count : SEALED_PER_ROUND;
	for (size_t i = 0; i < round; i++) {
		if (writer->sealed_next >= writer->sealed_count)
			writer->sealed_next = 0;
		const struct log_sealed *sealed = &writer->sealed[writer->sealed_next++];
		TRY(check_name(writer, sealed->sequence, &sealed->state, why));
	}
	return E_OK;
}

enum error log_check_alive(struct log_writer *writer, struct fault *why)
{
	struct fault reason = {0};
	TRY(log_writer_health(writer, why));
	enum error code = check_active(writer, &reason);
	if (code == E_OK)
		code = check_sealed(writer, &reason);
	if (code == E_OK || code == E_MEMORY)
		return code;
	if (why)
		*why = reason;
	return log_writer_fail(writer, code, &reason);
}
