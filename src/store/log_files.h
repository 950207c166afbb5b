/* The files of a log, for reading: the directory, the segments in it, their bytes. */
#ifndef TIPSTAFF_STORE_LOG_FILES_H
#define TIPSTAFF_STORE_LOG_FILES_H

#include "store/log_io.h"
#include "store/log_writer.h"

/* The segments that are there, going by their names. */
struct log_names {
	uint64_t first;
	uint64_t last;
	uint64_t count; /* 0: none; last - first + 1 where none is missing */
};

/* E_NOT_FOUND: no such directory.  E_IO. The descriptor is the caller's. */
MUST_USE enum error log_files_open(slice directory, int *ret_directory_fd, struct fault *why);
MUST_USE enum error log_files_list(int directory_fd, struct log_names *ret_names, struct fault *why);
/* Opens a segment for reading and turns the window to it. E_NOT_FOUND, E_IO. */
MUST_USE enum error log_files_open_segment(int directory_fd, uint64_t sequence, struct log_window *window,
					   int *ret_file, struct fault *why);
/* For log_window_init. */
struct log_io log_files_io(void);

#endif
