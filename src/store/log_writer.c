#include "store/log_writer.h"

#include "base/memory.h"
#include "store/log_writer_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096u

void log_segment_name(uint64_t sequence, char ret_name[LOG_SEGMENT_NAME_BYTES])
{
	snprintf(ret_name, LOG_SEGMENT_NAME_BYTES, "segment-%010" PRIu64 ".log", sequence);
}

bool log_segment_sequence(slice name, uint64_t *ret_sequence)
{
	char again[LOG_SEGMENT_NAME_BYTES];
	slice prefix = SLICE("segment-"), suffix = SLICE(".log");
	if (!slice_starts_with(name, prefix) || !slice_ends_with(name, suffix) || name.len < prefix.len + suffix.len)
		return false;
	slice digits = slice_sub(name, prefix.len, name.len - suffix.len);
	while (digits.len > 1 && digits.ptr[0] == '0')
		digits = slice_from_offset(digits, 1);
	if (!slice_to_u64(digits, ret_sequence))
		return false;
	/* One name for one number. */
	log_segment_name(*ret_sequence, again);
	return slice_equal(name, slice_of(again));
}

enum error log_writer_fail(struct log_writer *writer, enum error code, const struct fault *reason)
{
	log_writer_set_faulty(writer, code, reason);
	return code;
}

enum error log_writer_fail_io(struct log_writer *writer, const char *what, struct fault *why)
{
	struct fault reason;
	enum error code = FAIL(&reason, E_IO, "%s: %s", what, strerror(errno));
	if (why)
		*why = reason;
	return log_writer_fail(writer, code, &reason);
}

void log_writer_set_faulty(struct log_writer *writer, enum error code, const struct fault *reason)
{
	assert(code != E_OK);
	if (writer->fault_code != E_OK)
		return;
	writer->fault_code = code;
	writer->fault = *reason;
}

enum error log_writer_health(const struct log_writer *writer, struct fault *why)
{
	if (writer->fault_code == E_OK)
		return E_OK;
	return FAIL(why, E_UNAVAILABLE, "the log is faulty: %s", fault_sentence(&writer->fault));
}

static enum error open_directory(struct log_writer *writer, slice directory, struct fault *why)
{
	char path[PATH_BYTES_MAX];
	if (directory.len == 0 || directory.len >= sizeof(path) || slice_find_byte(directory, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "no directory for the log");
	memcpy(path, directory.ptr, directory.len);
	path[directory.len] = '\0';
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return FAIL(why, E_IO, "the log's directory %.*s: %s", SLICE_ARG(directory), strerror(errno));
	writer->directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->directory_fd < 0)
		return FAIL(why, E_IO, "the log's directory %.*s: %s", SLICE_ARG(directory), strerror(errno));
	if (flock(writer->directory_fd, LOCK_EX | LOCK_NB) != 0)
		return FAIL(why, E_CONFLICT, "the log %.*s is open in another process", SLICE_ARG(directory));
	writer->io = log_io_real(&writer->directory_fd);
	return E_OK;
}

static enum error take_options(struct log_writer *writer, const struct log_writer_options *options, struct fault *why)
{
	writer->segment_bytes = options->segment_bytes ? options->segment_bytes : LOG_SEGMENT_BYTES_USUAL;
	writer->first_segment_bytes =
		options->first_segment_bytes ? options->first_segment_bytes : LOG_SEGMENT_BYTES_FIRST;
	if (writer->first_segment_bytes > writer->segment_bytes)
		writer->first_segment_bytes = writer->segment_bytes;
	if (writer->first_segment_bytes < LOG_SEGMENT_BYTES_MIN || writer->segment_bytes > LOG_SEGMENT_BYTES_MAX ||
	    ((writer->segment_bytes | writer->first_segment_bytes) & (LOG_IO_ALIGNMENT - 1)) != 0)
		return FAIL(why, E_INVALID, "a segment has %u to %u bytes, a multiple of %u", LOG_SEGMENT_BYTES_MIN,
			    LOG_SEGMENT_BYTES_MAX, LOG_IO_ALIGNMENT);
	if (options->origin.len > SEGMENT_ORIGIN_BYTES_MAX)
		return FAIL(why, E_INVALID, "the log's name is too long");
	memcpy(writer->origin, options->origin.len ? options->origin.ptr : "", options->origin.len);
	writer->origin_length = options->origin.len;
	/* Two frames fit into any segment but the first. */
	size_t body_max = (size_t)writer->segment_bytes / 2 - SEGMENT_HEAD_BYTES_MAX - SEGMENT_BLOCK_MAX;
	writer->body_bytes_max = body_max < FRAME_BODY_BYTES_MAX ? body_max : FRAME_BODY_BYTES_MAX;
	return E_OK;
}

static enum error take_memory(struct log_writer *writer, struct fault *why)
{
	size_t bytes = FRAME_HEAD_BYTES + writer->body_bytes_max + SEGMENT_BLOCK_MAX;
	writer->batch = log_io_aligned(bytes, &writer->batch_memory);
	if (!writer->batch)
		return FAIL(why, E_MEMORY, "no memory for the log's writer");
	return E_OK;
}

static enum error open_parts(struct log_writer *writer, const struct log_writer_options *options,
			     struct log_recovery *recovery, struct fault *why)
{
	TRY(take_options(writer, options, why));
	TRY(take_memory(writer, why));
	TRY(sha256_context_init(&writer->hasher, why));
	if (options->io)
		writer->io = *options->io;
	else
		TRY(open_directory(writer, options->directory, why));
	writer->walk.hasher = &writer->hasher;
	TRY(log_writer_recover(writer, recovery, why));
	recovery->created = writer->file < 0;
	if (recovery->created) {
		if (writer->origin_length == 0)
			return FAIL(why, E_INVALID, "a new log needs a name");
		/* The head's time is the first frame's: nobody told the time yet. */
		TRY(log_writer_roll(writer, 0, why));
	}
	recovery->count = writer->walk.tree.size;
	recovery->segment_count = writer->sequence;
	return E_OK;
}

enum error log_writer_open(const struct log_writer_options *options, struct log_writer **ret_writer,
			   struct log_recovery *ret_recovery, struct fault *why)
{
	*ret_writer = NULL;
	*ret_recovery = (struct log_recovery){.bad_index = UINT64_MAX};
	struct log_writer *writer = memory_alloc(sizeof(*writer));
	if (!writer)
		return FAIL(why, E_MEMORY, "no memory for the log's writer");
	writer->directory_fd = -1;
	writer->file = -1;
	writer->next.file = -1;
	writer->next.sequence = 1;
	pthread_mutex_init(&writer->next.lock, NULL);
	enum error code = open_parts(writer, options, ret_recovery, why);
	if (code != E_OK) {
		log_writer_close(writer);
		return code;
	}
	*ret_writer = writer;
	return E_OK;
}

void log_writer_close(struct log_writer *writer)
{
	if (!writer)
		return;
	if (writer->file >= 0)
		writer->io.close_file(writer->io.context, writer->file);
	if (writer->next.file >= 0)
		writer->io.close_file(writer->io.context, writer->next.file);
	if (writer->directory_fd >= 0)
		close(writer->directory_fd);
	pthread_mutex_destroy(&writer->next.lock);
	sha256_context_free(&writer->hasher);
	memory_free(writer->batch_memory);
	memory_free(writer->sealed);
	memory_free(writer);
}

enum error log_writer_write(struct log_writer *writer, int file, const char *bytes, size_t count, uint64_t offset,
			    struct fault *why)
{
	ssize_t written = writer->io.write_at(writer->io.context, file, bytes, count, offset);
	if (written >= 0 && (size_t)written == count)
		return E_OK;
	if (written >= 0)
		errno = ENOSPC;
	return FAIL(why, E_IO, "the log cannot be written: %s", strerror(errno));
}

bool log_writer_could_hold(const struct log_writer *writer, size_t count, size_t bytes)
{
	return count <= FRAME_RECORDS_MAX && bytes <= writer->body_bytes_max &&
	       bytes + count * FRAME_LENGTH_BYTES <= writer->body_bytes_max;
}

bool log_writer_has_room(const struct log_writer *writer, size_t count, size_t bytes)
{
	return log_writer_could_hold(writer, count, bytes) && writer->count + count <= FRAME_RECORDS_MAX &&
	       writer->body_bytes + bytes + count * FRAME_LENGTH_BYTES <= writer->body_bytes_max;
}

enum error log_writer_add(struct log_writer *writer, slice record, uint32_t kinds, struct fault *why)
{
	if (record.len == 0)
		return FAIL(why, E_INVALID, "an empty record");
	if (record.len > RECORD_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a record of %zu bytes, at most %u", record.len, RECORD_BYTES_MAX);
	TRY(log_writer_health(writer, why));
	if (!log_writer_has_room(writer, 1, record.len))
		return FAIL(why, E_AGAIN, "the batch is full");
	char *to = writer->batch + FRAME_HEAD_BYTES + writer->body_bytes;
	frame_put_length(to, record.len);
	memcpy(to + FRAME_LENGTH_BYTES, record.ptr, record.len);
	/* Judged by the copy: the original could change while it is looked at. */
	if (kinds != 0) {
		enum record_kind kind = record_peek_kind(slice_from(to + FRAME_LENGTH_BYTES, record.len));
		if (kind == RECORD_NONE || !(kinds & RECORD_IN(kind)))
			return FAIL(why, E_FORBIDDEN, "this source may not append a record of kind %s",
				    record_kind_name(kind));
	}
	writer->body_bytes += FRAME_LENGTH_BYTES + record.len;
	writer->count++;
	return E_OK;
}

size_t log_writer_pending(const struct log_writer *writer)
{
	return writer->count;
}

void log_writer_drop(struct log_writer *writer)
{
	writer->count = 0;
	writer->body_bytes = 0;
}

/* The tree with the batch in it. Our own bytes: their lengths fit. */
static void take_batch(struct log_writer *writer, struct merkle_tree *tree)
{
	slice rest = slice_from(writer->batch + FRAME_HEAD_BYTES, writer->body_bytes), record;
	while (frame_next_record(&rest, &record, NULL) == E_OK)
		merkle_append(&writer->hasher, tree, record);
}

static enum error write_frame(struct log_writer *writer, struct frame *frame, struct merkle_tree *tree,
			      struct fault *why)
{
	struct segment_walk *walk = &writer->walk;
	struct merkle_hash hash;
	frame->previous_frame = walk->last_frame;
	take_batch(writer, tree);
	merkle_root(&writer->hasher, tree, &frame->root);
	frame_seal(&writer->hasher, writer->batch, writer->body_bytes, writer->block_bytes, frame, &hash);
	writer->settled = false;
	TRY(log_writer_write(writer, writer->file, writer->batch, frame->total_bytes, writer->position, why));
	walk->tree = *tree;
	walk->last_frame = hash;
	walk->last_time_ns = frame->last_time_ns;
	writer->tail_offset = writer->position;
	writer->position += frame->total_bytes;
	return E_OK;
}

bool log_writer_is_settled(const struct log_writer *writer)
{
	return writer->settled || writer->file < 0;
}

enum error log_writer_settle(struct log_writer *writer, struct fault *why)
{
	struct fault reason = {0};
	TRY(log_writer_health(writer, why));
	if (log_writer_is_settled(writer))
		return E_OK;
	if (writer->io.state_of_file(writer->io.context, writer->file, &writer->left) == 0) {
		writer->settled = true;
		return E_OK;
	}
	enum error code = FAIL(&reason, E_IO, "the log's file cannot be looked at: %s", strerror(errno));
	if (why)
		*why = reason;
	return log_writer_fail(writer, code, &reason);
}

enum error log_writer_commit(struct log_writer *writer, uint64_t now_ns, struct fault *why)
{
	TRY(log_writer_health(writer, why));
	if (writer->count == 0)
		return E_OK;
	struct fault reason = {0};
	size_t total;
	while (total = segment_round_up(FRAME_HEAD_BYTES + writer->body_bytes, writer->block_bytes),
	       writer->position + total > writer->size_bytes)
		TRY(log_writer_roll(writer, now_ns, why));
	uint64_t last_ns = now_ns > writer->walk.last_time_ns ? now_ns : writer->walk.last_time_ns;
	struct frame frame = {.first_index = writer->walk.tree.size,
			      .count = writer->count,
			      .first_time_ns = now_ns,
			      .last_time_ns = last_ns};
	struct merkle_tree tree = writer->walk.tree;
	enum error code = write_frame(writer, &frame, &tree, &reason);
	log_writer_drop(writer);
	if (code == E_OK)
		return E_OK;
	if (why)
		*why = reason;
	return log_writer_fail(writer, code, &reason);
}

static enum error append_all(struct log_writer *writer, const slice *records, size_t count, uint64_t now_ns,
			     struct fault *why)
{
	for (size_t i = 0; i < count; i++) {
		enum error code = log_writer_add(writer, records[i], 0, why);
		if (code == E_AGAIN) {
			TRY(log_writer_commit(writer, now_ns, why));
			code = log_writer_add(writer, records[i], 0, why);
		}
		TRY(code);
	}
	return log_writer_commit(writer, now_ns, why);
}

enum error log_append_batch(struct log_writer *writer, const slice *records, size_t count, uint64_t now_ns,
			    uint64_t *ret_first_index, struct fault *why)
{
	assert(writer->count == 0);
	if (ret_first_index)
		*ret_first_index = writer->walk.tree.size;
	enum error code = append_all(writer, records, count, now_ns, why);
	log_writer_drop(writer);
	return code;
}

uint64_t log_writer_count(const struct log_writer *writer)
{
	return writer->walk.tree.size;
}

const struct merkle_tree *log_writer_tree(const struct log_writer *writer)
{
	return &writer->walk.tree;
}

void log_writer_head(struct log_writer *writer, uint64_t *ret_size, struct merkle_hash *ret_root)
{
	*ret_size = log_writer_count(writer);
	merkle_root(&writer->hasher, log_writer_tree(writer), ret_root);
}

slice log_writer_origin(const struct log_writer *writer)
{
	return slice_from(writer->origin, writer->origin_length);
}

uint64_t log_writer_bytes(const struct log_writer *writer)
{
	return writer->sealed_bytes + writer->position;
}
