#include "store/log_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_USUAL 512u
#define BLOCK_MAX   4096u

static int directory_of(void *context)
{
	return *(const int *)context;
}

/* What the file system asks of direct writes; 0 where it does not say or asks for more than we give. */
static uint32_t direct_block(int file)
{
	struct statx state;
	if (statx(file, "", AT_EMPTY_PATH, STATX_DIOALIGN, &state) != 0 || !(state.stx_mask & STATX_DIOALIGN))
		return BLOCK_MAX;
	uint32_t block = state.stx_dio_offset_align > state.stx_dio_mem_align ? state.stx_dio_offset_align
									      : state.stx_dio_mem_align;
	if (state.stx_dio_offset_align == 0 || block > BLOCK_MAX)
		return 0;
	return block < BLOCK_USUAL ? BLOCK_USUAL : block;
}

static int real_open(void *context, const char *name, bool create, uint32_t *ret_block_bytes)
{
	int flags = O_RDWR | O_DSYNC | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT | O_EXCL : 0);
	int file = openat(directory_of(context), name, flags | O_DIRECT, 0600);
	if (file >= 0) {
		*ret_block_bytes = direct_block(file);
		if (*ret_block_bytes != 0)
			return file;
		close(file);
		flags &= ~(O_CREAT | O_EXCL);
	} else if (errno != EINVAL) {
		return -1;
	} else if (faccessat(directory_of(context), name, F_OK, 0) == 0) {
		/* open(2): a file may be there although O_DIRECT was refused, as on tmpfs of older kernels. */
		flags &= ~(O_CREAT | O_EXCL);
	}
	*ret_block_bytes = BLOCK_USUAL;
	return openat(directory_of(context), name, flags, 0600);
}

static ssize_t real_read(void *context, int file, void *bytes, size_t count, uint64_t offset)
{
	(void)context;
	ssize_t got;
	do
		got = pread(file, bytes, count, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

static ssize_t real_write(void *context, int file, const void *bytes, size_t count, uint64_t offset)
{
	(void)context;
	return pwrite(file, bytes, count, (off_t)offset);
}

static void fill(struct log_file_state *state, const struct stat *from)
{
	*state = (struct log_file_state){.device = from->st_dev,
					 .inode = from->st_ino,
					 .links = from->st_nlink,
					 .size_bytes = (uint64_t)from->st_size,
					 .modified_ns =
						 from->st_mtim.tv_sec * INT64_C(1000000000) + from->st_mtim.tv_nsec};
}

static int real_state_of_file(void *context, int file, struct log_file_state *ret_state)
{
	(void)context;
	struct stat state;
	if (fstat(file, &state) != 0)
		return -1;
	fill(ret_state, &state);
	return 0;
}

static int real_state_of_name(void *context, const char *name, struct log_file_state *ret_state)
{
	struct stat state;
	if (fstatat(directory_of(context), name, &state, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	fill(ret_state, &state);
	return 0;
}

static int real_sync_directory(void *context)
{
	return fsync(directory_of(context));
}

static int real_remove(void *context, const char *name)
{
	return unlinkat(directory_of(context), name, 0);
}

static int real_each_name(void *context, void (*visit)(void *visitor, const char *name), void *visitor)
{
	int copy = openat(directory_of(context), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = copy < 0 ? NULL : fdopendir(copy);
	if (!names) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(names));)
		visit(visitor, entry->d_name);
	closedir(names);
	return 0;
}

static void real_close(void *context, int file)
{
	(void)context;
	close(file);
}

struct log_io log_io_real(int *directory_fd)
{
	return (struct log_io){.open_file = real_open,
			       .read_at = real_read,
			       .write_at = real_write,
			       .state_of_file = real_state_of_file,
			       .state_of_name = real_state_of_name,
			       .sync_directory = real_sync_directory,
			       .remove_file = real_remove,
			       .each_name = real_each_name,
			       .close_file = real_close,
			       .context = directory_fd};
}
