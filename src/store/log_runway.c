/* Room for frames, made ahead: the segment after the active one, full of written zeros. */
#include "base/memory.h"
#include "store/log_writer_parts.h"

#include <errno.h>
#include <string.h>

/* Never written: it costs no memory. */
static _Alignas(LOG_IO_ALIGNMENT) char zeros[LOG_ZEROS_BYTES];

/* first, 4 x first, 16 x first, ... up to the usual length. */
uint64_t log_writer_size_of_segment(const struct log_writer *writer, uint64_t sequence)
{
	uint64_t size = writer->first_segment_bytes;
	for (uint64_t i = 1; i < sequence && size < writer->segment_bytes; i++)
		size *= 4;
	return size < writer->segment_bytes ? size : writer->segment_bytes;
}

enum error log_writer_write_zeros(struct log_writer *writer, int file, uint64_t offset, uint64_t end, struct fault *why)
{
	while (offset < end) {
		size_t count = end - offset < LOG_ZEROS_BYTES ? (size_t)(end - offset) : LOG_ZEROS_BYTES;
		TRY(log_writer_write(writer, file, zeros, count, offset, why));
		offset += count;
	}
	return E_OK;
}

/* What is already in the file must be zeros: frames will stand there, and a torn one is told by what it leaves zero. */
static enum error check_zeros(struct log_writer *writer, int file, uint64_t size_bytes, struct fault *why)
{
	struct log_window window;
	bool zero = false;
	log_window_init(&window, &writer->io);
	log_window_open(&window, file, size_bytes);
	enum error code = log_window_is_zero(&window, 0, &zero, why);
	log_window_free(&window);
	if (code == E_OK && !zero)
		return FAIL(why, E_CORRUPT, "a segment without a head is not empty");
	return code;
}

static enum error fill_file(struct log_writer *writer, const char *name, int file, bool created, struct fault *why)
{
	struct log_file_state state;
	uint64_t from = 0;
	if (writer->io.state_of_file(writer->io.context, file, &state) != 0)
		return FAIL(why, E_IO, "%s: %s", name, strerror(errno));
	if (!created) {
		TRY(check_zeros(writer, file, state.size_bytes, why));
		from = state.size_bytes & ~(uint64_t)(LOG_IO_ALIGNMENT - 1);
	}
	TRY(log_writer_write_zeros(writer, file, from, writer->next.size_bytes, why));
	/* A file that an earlier configuration made longer is used as it is. */
	if (from > writer->next.size_bytes)
		writer->next.size_bytes = from;
	if (writer->io.sync_directory(writer->io.context) != 0)
		return FAIL(why, E_IO, "the log's directory: %s", strerror(errno));
	return E_OK;
}

/* Under the lock. */
static enum error prepare(struct log_writer *writer, struct fault *why)
{
	struct log_next *next = &writer->next;
	char name[LOG_SEGMENT_NAME_BYTES];
	if (atomic_load(&next->ready))
		return E_OK;
	log_segment_name(next->sequence, name);
	next->size_bytes = log_writer_size_of_segment(writer, next->sequence);
	bool created = true;
	int file = writer->io.open_file(writer->io.context, name, true, &next->block_bytes);
	if (file < 0 && errno == EEXIST) {
		created = false;
		file = writer->io.open_file(writer->io.context, name, false, &next->block_bytes);
	}
	if (file < 0)
		return FAIL(why, E_IO, "%s cannot be made: %s", name, strerror(errno));
	enum error code = fill_file(writer, name, file, created, why);
	if (code == E_OK) {
		next->file = file;
		atomic_store(&next->ready, true);
		return E_OK;
	}
	writer->io.close_file(writer->io.context, file);
	/* Room given back, so that others can work; damage is left to be looked at. */
	if (code == E_IO)
		writer->io.remove_file(writer->io.context, name);
	return code;
}

bool log_writer_wants_runway(struct log_writer *writer)
{
	return !atomic_load(&writer->next.ready);
}

enum error log_writer_prepare_next(struct log_writer *writer, struct fault *why)
{
	pthread_mutex_lock(&writer->next.lock);
	enum error code = prepare(writer, why);
	pthread_mutex_unlock(&writer->next.lock);
	return code;
}

uint64_t log_writer_runway_bytes(struct log_writer *writer)
{
	uint64_t ahead = writer->size_bytes - writer->position;
	if (atomic_load(&writer->next.ready)) {
		pthread_mutex_lock(&writer->next.lock);
		if (atomic_load(&writer->next.ready))
			ahead += writer->next.size_bytes;
		pthread_mutex_unlock(&writer->next.lock);
	}
	return ahead;
}

enum error log_writer_keep_sealed(struct log_writer *writer, uint64_t sequence, const struct log_file_state *state,
				  struct fault *why)
{
	if (writer->sealed_count == writer->sealed_size) {
		size_t size = writer->sealed_size ? writer->sealed_size * 2 : 16;
		struct log_sealed *grown = memory_resize(writer->sealed, size * sizeof(*grown));
		if (!grown)
			return FAIL(why, E_MEMORY, "no memory for %zu segments", size);
		writer->sealed = grown;
		writer->sealed_size = size;
	}
	writer->sealed[writer->sealed_count++] = (struct log_sealed){sequence, *state};
	writer->sealed_bytes += state->size_bytes;
	return E_OK;
}

/* The next segment becomes the active one; its head is on disk before any frame. */
static enum error begin(struct log_writer *writer, uint64_t now_ns, struct fault *why)
{
	struct log_next *next = &writer->next;
	struct segment_walk *walk = &writer->walk;
	TRY(prepare(writer, why));
	struct segment_head head = {.block_bytes = next->block_bytes,
				    .sequence = next->sequence,
				    .tree = walk->tree,
				    .time_ns = now_ns > walk->last_time_ns ? now_ns : walk->last_time_ns,
				    .previous_frame = walk->last_frame,
				    .origin = log_writer_origin(writer)};
	char *memory, *aligned = log_io_aligned(SEGMENT_HEAD_BYTES_MAX, &memory);
	if (!aligned)
		return FAIL(why, E_MEMORY, "no memory for a segment's head");
	struct buffer bytes;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	enum error code = segment_head_encode(&writer->hasher, &head, &bytes, why);
	if (code == E_OK) {
		memcpy(aligned, bytes.ptr, bytes.len);
		code = log_writer_write(writer, next->file, aligned, bytes.len, 0, why);
	}
	if (code == E_OK && writer->io.state_of_file(writer->io.context, next->file, &writer->left) != 0)
		code = FAIL(why, E_IO, "the log's file cannot be looked at: %s", strerror(errno));
	if (code == E_OK) {
		writer->file = next->file;
		writer->settled = true;
		writer->sequence = next->sequence;
		writer->size_bytes = next->size_bytes;
		writer->block_bytes = walk->block_bytes = next->block_bytes;
		writer->position = bytes.len;
		writer->tail_offset = 0;
		walk->last_time_ns = head.time_ns;
		next->file = -1;
		next->sequence++;
		atomic_store(&next->ready, false);
	}
	memory_free(memory);
	buffer_free(&bytes);
	return code;
}

enum error log_writer_roll(struct log_writer *writer, uint64_t now_ns, struct fault *why)
{
	struct fault reason = {0};
	enum error code = E_OK;
	if (writer->file >= 0) {
		code = log_writer_settle(writer, &reason);
		if (code == E_OK)
			code = log_writer_keep_sealed(writer, writer->sequence, &writer->left, &reason);
		if (code == E_OK) {
			writer->io.close_file(writer->io.context, writer->file);
			writer->file = -1;
		}
	}
	pthread_mutex_lock(&writer->next.lock);
	if (code == E_OK)
		code = begin(writer, now_ns, &reason);
	pthread_mutex_unlock(&writer->next.lock);
	if (code == E_OK)
		return E_OK;
	if (why)
		*why = reason;
	return log_writer_fail(writer, code, &reason);
}
