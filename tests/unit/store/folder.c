#include "folder.h"

#include "check.h"
#include "read_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder folder_make(void)
{
	struct folder folder;
	const char *place = getenv("TMPDIR");
	snprintf(folder.path, sizeof(folder.path), "%s/tipstaff-test-XXXXXX", place ? place : "/tmp");
	CHECK(mkdtemp(folder.path) != NULL);
	CHECK_INT(rmdir(folder.path), 0);
	return folder;
}

slice folder_path(const struct folder *folder)
{
	return slice_of(folder->path);
}

const char *folder_file(const struct folder *folder, const char *name)
{
	static char paths[8][512];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", folder->path, name);
	return path;
}

void folder_flip(const struct folder *folder, const char *name, long offset)
{
	FILE *file = fopen(folder_file(folder, name), "r+b");
	CHECK(file != NULL);
	fseek(file, offset, SEEK_SET);
	int byte = fgetc(file);
	CHECK(byte != EOF);
	fseek(file, offset, SEEK_SET);
	fputc(byte ^ 0x10, file);
	CHECK_INT(fclose(file), 0);
}

static void each(const struct folder *folder,
		 void (*visit)(const struct folder *folder, const char *name, const struct folder *other),
		 const struct folder *other)
{
	DIR *names = opendir(folder->path);
	if (!names)
		return;
	for (struct dirent *entry; (entry = readdir(names));)
		if (entry->d_name[0] != '.' && entry->d_type == DT_REG)
			visit(folder, entry->d_name, other);
	closedir(names);
}

static void copy_one(const struct folder *folder, const char *name, const struct folder *other)
{
	slice bytes = read_file(folder_file(folder, name));
	FILE *file = fopen(folder_file(other, name), "wb");
	CHECK(file != NULL);
	CHECK_INT(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	fclose(file);
	free((void *)(uintptr_t)bytes.ptr);
}

struct folder folder_copy(const struct folder *folder)
{
	struct folder copy = folder_make();
	CHECK_INT(mkdir(copy.path, 0700), 0);
	each(folder, copy_one, &copy);
	return copy;
}

static void remove_one(const struct folder *folder, const char *name, const struct folder *other)
{
	(void)other;
	unlink(folder_file(folder, name));
}

void folder_remove(const struct folder *folder)
{
	struct folder checkpoints;
	snprintf(checkpoints.path, sizeof(checkpoints.path), "%.100s/checkpoints", folder->path);
	each(&checkpoints, remove_one, NULL);
	rmdir(checkpoints.path);
	each(folder, remove_one, NULL);
	rmdir(folder->path);
}
