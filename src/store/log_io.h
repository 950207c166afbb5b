/*
 * The file operations that the log's writer needs, as a table: the real ones, or those of a test that lets the n-th
 * fail, tears a write or cuts the power.
 */
#ifndef TIPSTAFF_STORE_LOG_IO_H
#define TIPSTAFF_STORE_LOG_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
	void (*close_file)(void *context, int file);
	void *context;
};

/* The real table over an open directory. `*directory_fd` is owned by the caller and must outlive the table. */
struct log_io log_io_real(int *directory_fd);

#endif
