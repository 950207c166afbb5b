#include "store/log_io.h"

#include "base/memory.h"
#include "evidence/segment.h"

#include <errno.h>
#include <string.h>

char *log_io_aligned(size_t size, char **ret_memory)
{
	*ret_memory = memory_alloc(size + LOG_IO_ALIGNMENT);
	if (!*ret_memory)
		return NULL;
	size_t over = (uintptr_t)*ret_memory & (LOG_IO_ALIGNMENT - 1);
	return *ret_memory + (over ? LOG_IO_ALIGNMENT - over : 0);
}

void log_window_init(struct log_window *window, const struct log_io *io)
{
	*window = (struct log_window){.read_at = io->read_at, .context = io->context, .file = -1};
}

static enum error make_room(struct log_window *window, size_t least, struct fault *why)
{
	size_t size = least + LOG_IO_ALIGNMENT < LOG_WINDOW_BYTES
			      ? LOG_WINDOW_BYTES
			      : (least + 2 * LOG_IO_ALIGNMENT) & ~(size_t)(LOG_IO_ALIGNMENT - 1);
	if (size <= window->size)
		return E_OK;
	memory_free(window->memory);
	window->len = window->size = 0;
	window->bytes = log_io_aligned(size, &window->memory);
	if (!window->bytes)
		return FAIL(why, E_MEMORY, "no memory to read the log");
	window->size = size;
	return E_OK;
}

void log_window_open(struct log_window *window, int file, uint64_t file_bytes)
{
	window->file = file;
	window->file_bytes = file_bytes;
	window->start = 0;
	window->len = 0;
}

void log_window_free(struct log_window *window)
{
	memory_free(window->memory);
	*window = (struct log_window){.file = -1};
}

/* Aligned in file and memory, so that it also works on a file opened for direct input. */
static enum error refill(struct log_window *window, uint64_t offset, struct fault *why)
{
	window->start = offset & ~(uint64_t)(LOG_IO_ALIGNMENT - 1);
	window->len = 0;
	while (window->len < window->size && window->start + window->len < window->file_bytes) {
		ssize_t got = window->read_at(window->context, window->file, window->bytes + window->len,
					      window->size - window->len, window->start + window->len);
		if (got < 0)
			return FAIL(why, E_IO, "the log cannot be read: %s", strerror(errno));
		window->len += (size_t)got;
		/* A short read that does not end at a page is the end of the file. */
		if (got == 0 || (got & (LOG_IO_ALIGNMENT - 1)) != 0)
			break;
	}
	if (window->start + window->len > window->file_bytes)
		window->len = (size_t)(window->file_bytes - window->start);
	return E_OK;
}

enum error log_window_at(struct log_window *window, uint64_t offset, size_t least, slice *ret_bytes, struct fault *why)
{
	if (offset > window->file_bytes)
		offset = window->file_bytes;
	if (least > window->file_bytes - offset)
		least = (size_t)(window->file_bytes - offset);
	if (offset < window->start || offset + least > window->start + window->len) {
		TRY(make_room(window, least, why));
		TRY(refill(window, offset, why));
	}
	if (offset + least > window->start + window->len)
		return FAIL(why, E_IO, "the log's file is shorter than it was");
	*ret_bytes =
		slice_from(window->bytes + (offset - window->start), (size_t)(window->start + window->len - offset));
	return E_OK;
}

enum error log_window_is_zero(struct log_window *window, uint64_t offset, bool *ret_zero, struct fault *why)
{
	slice bytes;
	*ret_zero = true;
	for (; *ret_zero && offset < window->file_bytes; offset += bytes.len) {
		TRY(log_window_at(window, offset, 1, &bytes, why));
		*ret_zero = segment_is_zero(bytes);
	}
	return E_OK;
}
