/*
 * The file operations that the log's writer needs, as a table: the real ones, or those of a test that lets the n-th
 * fail, tears a write or cuts the power.
 */
#ifndef TIPSTAFF_STORE_LOG_IO_H
#define TIPSTAFF_STORE_LOG_IO_H

#include "base/error.h"
#include "base/slice.h"

#include <sys/types.h>

/* What the watch compares: whose file this is and when it was last written. */
struct log_file_state {
	uint64_t device;
	uint64_t inode;
	uint64_t links;
	uint64_t size_bytes;
	int64_t modified_ns;
};

/* As the system calls of the like names: -1 and errno on failure. A name is that of a file in the log's directory. */
struct log_io {
	/* For reading and synchronous writing; `create` refuses a file that exists. Sets what a write must be aligned to. */
	int (*open_file)(void *context, const char *name, bool create, uint32_t *ret_block_bytes);
	ssize_t (*read_at)(void *context, int file, void *bytes, size_t count, uint64_t offset);
	/* Stable when it returns. Offset, count and address are multiples of the block size. */
	ssize_t (*write_at)(void *context, int file, const void *bytes, size_t count, uint64_t offset);
	int (*state_of_file)(void *context, int file, struct log_file_state *ret_state);
	int (*state_of_name)(void *context, const char *name, struct log_file_state *ret_state);
	/* Names become stable. */
	int (*sync_directory)(void *context);
	int (*remove_file)(void *context, const char *name);
	/* All names, in no order. */
	int (*each_name)(void *context, void (*visit)(void *visitor, const char *name), void *visitor);
	void (*close_file)(void *context, int file);
	void *context;
};

/* The real table over an open directory. `*directory_fd` is owned by the caller and must outlive the table. */
struct log_io log_io_real(int *directory_fd);

/*
 * A file read piece by piece, each byte once, through one piece of memory. Offsets given out are those of the file;
 * what was given out is valid until the next call.
 */
struct log_window {
	ssize_t (*read_at)(void *context, int file, void *bytes, size_t count, uint64_t offset);
	void *context;
	int file;
	uint64_t file_bytes;
	char *memory;      /* as it was allocated */
	char *bytes;       /* aligned */
	size_t size;
	uint64_t start;    /* what is in memory: [start, start + len) of the file */
	size_t len;
};

#define LOG_IO_ALIGNMENT 4096u
/* Aligned memory inside a bigger piece: `*ret_memory` is for memory_free. NULL: none. */
char *log_io_aligned(size_t size, char **ret_memory);

/* No memory is taken yet; it reads this many bytes at a time, or more where that is asked for. */
#define LOG_WINDOW_BYTES (256u * 1024u)
void log_window_init(struct log_window *window, const struct log_io *io);
/* Turns to another file. */
void log_window_open(struct log_window *window, int file, uint64_t file_bytes);
void log_window_free(struct log_window *window);
/*
 * The bytes from `offset` on, at least `least` of them or all up to the file's end. E_IO, E_MEMORY.
 */
MUST_USE enum error log_window_at(struct log_window *window, uint64_t offset, size_t least, slice *ret_bytes,
				  struct fault *why);
/* Are all bytes from `offset` to the file's end zero? E_IO, E_MEMORY. */
MUST_USE enum error log_window_is_zero(struct log_window *window, uint64_t offset, bool *ret_zero, struct fault *why);

#endif
