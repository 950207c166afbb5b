#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void disk_init(struct disk *disk, uint64_t seed)
{
	*disk = (struct disk){.random = seed * 2 + 1, .block_bytes = DISK_SECTOR};
}

void disk_free(struct disk *disk)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		free(disk->files[i].bytes);
	*disk = (struct disk){0};
}

/* xorshift64*: a seed names a whole history. */
uint64_t disk_random(struct disk *disk, uint64_t below)
{
	disk->random ^= disk->random >> 12;
	disk->random ^= disk->random << 25;
	disk->random ^= disk->random >> 27;
	return (disk->random * 0x2545f4914f6cdd1du >> 16) % below;
}

struct disk_file *disk_find(struct disk *disk, const char *name)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		if (disk->files[i].linked && strcmp(disk->files[i].name, name) == 0)
			return &disk->files[i];
	return NULL;
}

void disk_power_on(struct disk *disk)
{
	for (int i = 0; i < DISK_FILES_MAX; i++) {
		struct disk_file *file = &disk->files[i];
		if (disk->off && file->linked && !file->synced && disk_random(disk, 2))
			file->linked = false;
		if (!file->linked)
			file->size = 0;
		file->synced = true;
	}
	disk->off = false;
	disk->calls = disk->writes = disk->fail_call = disk->cut_write = 0;
}

static bool fails(struct disk *disk)
{
	disk->calls++;
	if (disk->off)
		errno = EIO;
	else if (disk->calls == disk->fail_call)
		errno = disk->fail_errno;
	else
		return false;
	return true;
}

static int disk_open(void *context, const char *name, bool create, uint32_t *ret_block_bytes)
{
	struct disk *disk = context;
	if (fails(disk))
		return -1;
	struct disk_file *file = disk_find(disk, name);
	*ret_block_bytes = disk->block_bytes;
	if (!create || file) {
		errno = file ? EEXIST : ENOENT;
		return file && !create ? (int)(file - disk->files) : -1;
	}
	for (int i = 0; i < DISK_FILES_MAX; i++) {
		file = &disk->files[i];
		if (file->linked)
			continue;
		snprintf(file->name, sizeof(file->name), "%s", name);
		file->size = 0;
		file->linked = true;
		file->synced = false;
		file->inode = ++disk->inodes;
		return i;
	}
	errno = ENOSPC;
	return -1;
}

static ssize_t disk_read(void *context, int number, void *bytes, size_t count, uint64_t offset)
{
	struct disk *disk = context;
	struct disk_file *file = &disk->files[number];
	if (fails(disk))
		return -1;
	if (offset >= file->size)
		return 0;
	if (count > file->size - offset)
		count = file->size - offset;
	memcpy(bytes, file->bytes + offset, count);
	return (ssize_t)count;
}

static void grow(struct disk_file *file, size_t size)
{
	if (size > file->room) {
		file->bytes = realloc(file->bytes, size);
		if (!file->bytes)
			abort();
		file->room = size;
	}
	if (size > file->size)
		memset(file->bytes + file->size, 0, size - file->size);
	file->size = size > file->size ? size : file->size;
}

static void put(struct disk_file *file, const char *bytes, size_t count, size_t offset)
{
	grow(file, offset + count);
	memcpy(file->bytes + offset, bytes, count);
}

/* Power is lost: any part of the sectors arrives, often all but one or only one. */
static void tear(struct disk *disk, struct disk_file *file, const char *bytes, size_t count, size_t offset)
{
	uint64_t way = disk_random(disk, 4), one = disk_random(disk, count / DISK_SECTOR);
	for (size_t at = 0; at < count; at += DISK_SECTOR) {
		bool arrives = way == 0   ? at / DISK_SECTOR == one
			       : way == 1 ? at / DISK_SECTOR != one
			       : way == 2 ? at / DISK_SECTOR < one
					  : disk_random(disk, 2);
		if (arrives)
			put(file, bytes + at, DISK_SECTOR, offset + at);
	}
	disk->off = true;
	errno = EIO;
}

static ssize_t disk_write(void *context, int number, const void *bytes, size_t count, uint64_t offset)
{
	struct disk *disk = context;
	struct disk_file *file = &disk->files[number];
	if (offset % disk->block_bytes != 0 || count % disk->block_bytes != 0 ||
	    ((uintptr_t)bytes & (disk->block_bytes - 1)) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (fails(disk))
		return -1;
	file->modified_ns = ++disk->clock_ns;
	if (++disk->writes == disk->cut_write) {
		tear(disk, file, bytes, count, offset);
		return -1;
	}
	put(file, bytes, count, offset);
	return (ssize_t)count;
}

static int state(const struct disk_file *file, struct log_file_state *ret_state)
{
	*ret_state = (struct log_file_state){.device = 1,
					     .inode = file->inode,
					     .links = file->linked,
					     .size_bytes = file->size,
					     .modified_ns = file->modified_ns};
	return 0;
}

static int disk_state_of_file(void *context, int number, struct log_file_state *ret_state)
{
	struct disk *disk = context;
	return fails(disk) ? -1 : state(&disk->files[number], ret_state);
}

static int disk_state_of_name(void *context, const char *name, struct log_file_state *ret_state)
{
	struct disk *disk = context;
	if (fails(disk))
		return -1;
	struct disk_file *file = disk_find(disk, name);
	if (!file) {
		errno = ENOENT;
		return -1;
	}
	return state(file, ret_state);
}

static int disk_sync(void *context)
{
	struct disk *disk = context;
	if (fails(disk))
		return -1;
	for (int i = 0; i < DISK_FILES_MAX; i++)
		disk->files[i].synced = true;
	return 0;
}

static int disk_remove(void *context, const char *name)
{
	struct disk *disk = context;
	struct disk_file *file = disk_find(disk, name);
	if (fails(disk) || !file)
		return -1;
	file->linked = false;
	return 0;
}

static int disk_each(void *context, void (*visit)(void *visitor, const char *name), void *visitor)
{
	struct disk *disk = context;
	if (fails(disk))
		return -1;
	for (int i = 0; i < DISK_FILES_MAX; i++)
		if (disk->files[i].linked)
			visit(visitor, disk->files[i].name);
	return 0;
}

static void disk_close(void *context, int number)
{
	(void)context;
	(void)number;
}

struct log_io disk_io(struct disk *disk)
{
	return (struct log_io){.open_file = disk_open,
			       .read_at = disk_read,
			       .write_at = disk_write,
			       .state_of_file = disk_state_of_file,
			       .state_of_name = disk_state_of_name,
			       .sync_directory = disk_sync,
			       .remove_file = disk_remove,
			       .each_name = disk_each,
			       .close_file = disk_close,
			       .context = disk};
}
