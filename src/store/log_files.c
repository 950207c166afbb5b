#include "store/log_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096u

enum error log_files_open(slice directory, int *ret_directory_fd, struct fault *why)
{
	char path[PATH_BYTES_MAX];
	if (directory.len == 0 || directory.len >= sizeof(path) || slice_find_byte(directory, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_NOT_FOUND, "no directory of a log");
	memcpy(path, directory.ptr, directory.len);
	path[directory.len] = '\0';
	*ret_directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_directory_fd < 0)
		return FAIL(why, errno == ENOENT || errno == ENOTDIR ? E_NOT_FOUND : E_IO, "the log %.*s: %s",
			    SLICE_ARG(directory), strerror(errno));
	return E_OK;
}

enum error log_files_list(int directory_fd, struct log_names *ret_names, struct fault *why)
{
	int copy = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = copy < 0 ? NULL : fdopendir(copy);
	*ret_names = (struct log_names){0};
	if (!names) {
		if (copy >= 0)
			close(copy);
		return FAIL(why, E_IO, "the log's directory: %s", strerror(errno));
	}
	uint64_t sequence;
	for (struct dirent *entry; (entry = readdir(names));) {
		if (!log_segment_sequence(slice_of(entry->d_name), &sequence))
			continue;
		if (ret_names->count++ == 0 || sequence < ret_names->first)
			ret_names->first = sequence;
		if (sequence > ret_names->last)
			ret_names->last = sequence;
	}
	closedir(names);
	return E_OK;
}

enum error log_files_open_segment(int directory_fd, uint64_t sequence, struct log_window *window, int *ret_file,
				  struct fault *why)
{
	char name[LOG_SEGMENT_NAME_BYTES];
	struct stat state;
	log_segment_name(sequence, name);
	*ret_file = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret_file < 0)
		return FAIL(why, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: %s", name, strerror(errno));
	if (fstat(*ret_file, &state) != 0 || !S_ISREG(state.st_mode)) {
		close(*ret_file);
		*ret_file = -1;
		return FAIL(why, E_IO, "%s is not a file that can be read", name);
	}
	log_window_open(window, *ret_file, (uint64_t)state.st_size);
	return E_OK;
}

static ssize_t read_at(void *context, int file, void *bytes, size_t count, uint64_t offset)
{
	(void)context;
	ssize_t got;
	do
		got = pread(file, bytes, count, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

struct log_io log_files_io(void)
{
	return (struct log_io){.read_at = read_at};
}
