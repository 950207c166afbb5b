#include "daemon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum error path_of(slice path, char text[PATH_MAX], struct fault *why)
{
	if (path.len == 0 || path.len >= PATH_MAX || slice_find_byte(path, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "'%.*s' is not a path", SLICE_ARG(path));
	memcpy(text, path.ptr, path.len);
	text[path.len] = '\0';
	return E_OK;
}

enum error files_read_open(int file, const char *path, size_t bytes_max, struct arena *arena, slice *ret_bytes,
			   struct fault *why)
{
	struct stat facts;
	if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))
		return FAIL(why, E_IO, "%s is not a regular file", path);
	if ((uint64_t)facts.st_size > bytes_max)
		return FAIL(why, E_LIMIT, "%s is longer than %zu bytes", path, bytes_max);
	size_t size = (size_t)facts.st_size;
	char *bytes = arena_alloc(arena, size + 1);
	if (!bytes)
		return FAIL(why, E_MEMORY, "no memory for %s", path);
	size_t got = 0;
	while (got < size) {
		ssize_t more = read(file, bytes + got, size - got);
		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return FAIL(why, E_IO, "cannot read %s: %s", path, strerror(errno));
		if (more == 0)
			break;
		got += (size_t)more;
	}
	*ret_bytes = slice_from(bytes, got);
	return E_OK;
}

static enum error read_file(slice name, bool is_private, size_t bytes_max, struct arena *arena, slice *ret_bytes,
			    struct fault *why)
{
	char path[PATH_MAX];
	TRY(path_of(name, path, why));
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return FAIL(why, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open %s: %s", path, strerror(errno));
	struct stat facts;
	enum error code;
	if (is_private && (fstat(file, &facts) != 0 || (facts.st_mode & 077)))
		code = FAIL(why, E_FORBIDDEN, "%s can be read by others: chmod 600 it", path);
	else
		code = files_read_open(file, path, bytes_max, arena, ret_bytes, why);
	close(file);
	return code;
}

enum error files_read(slice path, size_t bytes_max, struct arena *arena, slice *ret_bytes, struct fault *why)
{
	return read_file(path, false, bytes_max, arena, ret_bytes, why);
}

enum error files_read_private(slice path, size_t bytes_max, struct arena *arena, slice *ret_bytes, struct fault *why)
{
	return read_file(path, true, bytes_max, arena, ret_bytes, why);
}

enum error files_write_open(int file, const char *path, slice bytes, struct fault *why)
{
	while (bytes.len > 0) {
		ssize_t done = write(file, bytes.ptr, bytes.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return FAIL(why, E_IO, "cannot write %s: %s", path, strerror(errno));
		bytes = slice_from_offset(bytes, (size_t)done);
	}
	return E_OK;
}

static void sync_parent(char *path)
{
	char *slash = strrchr(path, '/');
	if (!slash)
		return;
	*slash = '\0';
	int dir = open(slash == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		fsync(dir);
		close(dir);
	}
}

enum error files_write_private(slice name, slice bytes, struct fault *why)
{
	char path[PATH_MAX], draft[PATH_MAX + 8];
	TRY(path_of(name, path, why));
	snprintf(draft, sizeof(draft), "%s.new", path);
	unlink(draft);
	int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return FAIL(why, E_IO, "cannot make %s: %s", draft, strerror(errno));
	enum error code = files_write_open(file, draft, bytes, why);
	if (code == E_OK && fsync(file) != 0)
		code = FAIL(why, E_IO, "cannot sync %s: %s", draft, strerror(errno));
	close(file);
	/* link(2) never replaces what is there, rename(2) would. */
	if (code == E_OK && link(draft, path) != 0)
		code = errno == EEXIST ? FAIL(why, E_CONFLICT, "%s is there already", path)
				       : FAIL(why, E_IO, "cannot make %s: %s", path, strerror(errno));
	unlink(draft);
	if (code == E_OK)
		sync_parent(path);
	return code;
}

enum error files_make_dir(slice name, struct fault *why)
{
	char path[PATH_MAX];
	TRY(path_of(name, path, why));
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = mkdir(path, 0700);
		if (made != 0 && errno != EEXIST)
			return FAIL(why, E_IO, "cannot make folder %s: %s", path, strerror(errno));
		*slash = '/';
	}
	struct stat facts;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return FAIL(why, E_IO, "cannot make folder %s: %s", path, strerror(errno));
	if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode))
		return FAIL(why, E_IO, "%s is not a folder", path);
	return E_OK;
}

slice files_join(struct arena *arena, slice dir, const char *name)
{
	return arena_print(arena, "%.*s/%s", SLICE_ARG(dir), name);
}
