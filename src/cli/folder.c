#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum error add_file(struct folder *folder, slice path, slice name, struct fault *why)
{
	if (!folder->files)
		folder->files = ARENA_ARRAY(folder->arena, FOLDER_FILES_MAX, struct folder_file);
	if (!folder->files)
		return FAIL(why, E_MEMORY, "no memory for the files");
	if (folder->count == FOLDER_FILES_MAX)
		return FAIL(why, E_LIMIT, "more than %u files", FOLDER_FILES_MAX);
	folder->files[folder->count++] = (struct folder_file){path.ptr, name};
	return E_OK;
}

static int compare_names(const void *a, const void *b)
{
	return slice_compare(*(const slice *)a, *(const slice *)b);
}

static enum error list(struct arena *arena, const char *path, slice **ret_names, size_t *ret_count, struct fault *why)
{
	DIR *stream = opendir(path);
	if (!stream)
		return FAIL(why, E_IO, "cannot read folder %s: %s", path, strerror(errno));
	slice *names = ARENA_ARRAY(arena, FOLDER_FILES_MAX, slice);
	size_t count = 0;
	enum error code = names ? E_OK : FAIL(why, E_MEMORY, "no memory for folder %s", path);
	struct dirent *entry;
	while (code == E_OK && (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (count == FOLDER_FILES_MAX)
			code = FAIL(why, E_LIMIT, "more than %u entries in %s", FOLDER_FILES_MAX, path);
		else
			names[count++] = arena_copy(arena, slice_of(entry->d_name));
	}
	closedir(stream);
	TRY(code);
	qsort(names, count, sizeof(*names), compare_names);
	*ret_names = names;
	*ret_count = count;
	return E_OK;
}

/* `below` is the path inside the folder that was named, with a slash at its end, or empty. */
static enum error add_folder(struct folder *folder, slice path, slice below, unsigned depth, struct fault *why)
{
	slice *names;
	size_t count;
	if (depth > FOLDER_DEPTH_MAX)
		return FAIL(why, E_LIMIT, "%.*s: folders more than %u deep", SLICE_ARG(path), FOLDER_DEPTH_MAX);
	TRY(list(folder->arena, path.ptr, &names, &count, why));
	for (size_t i = 0; i < count; i++) {
		struct stat facts;
		slice inner = arena_print(folder->arena, "%.*s/%.*s", SLICE_ARG(path), SLICE_ARG(names[i]));
		slice name = arena_print(folder->arena, "%.*s%.*s", SLICE_ARG(below), SLICE_ARG(names[i]));
		slice next = arena_print(folder->arena, "%.*s/", SLICE_ARG(name));
		if (!inner.ptr || !name.ptr || !next.ptr)
			return FAIL(why, E_MEMORY, "no memory for the files");
		if (stat(inner.ptr, &facts) != 0)
			return FAIL(why, E_IO, "%s: %s", inner.ptr, strerror(errno));
		if (S_ISDIR(facts.st_mode))
			TRY(add_folder(folder, inner, next, depth + 1, why));
		else if (folder->wants(names[i]))
			TRY(add_file(folder, inner, name, why));
	}
	return E_OK;
}

enum error folder_add(struct folder *folder, slice path, struct fault *why)
{
	struct stat facts;
	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	path = arena_print(folder->arena, "%.*s", SLICE_ARG(path));
	if (!path.ptr)
		return FAIL(why, E_MEMORY, "no memory for the files");
	if (stat(path.ptr, &facts) != 0)
		return FAIL(why, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: %s", path.ptr, strerror(errno));
	if (S_ISDIR(facts.st_mode))
		return add_folder(folder, path, SLICE(""), 1, why);
	const char *slash = strrchr(path.ptr, '/');
	return add_file(folder, path, slice_of(slash ? slash + 1 : path.ptr), why);
}

bool folder_is(slice path, struct arena *arena)
{
	struct stat facts;
	slice name = arena_print(arena, "%.*s", SLICE_ARG(path));
	return name.ptr && stat(name.ptr, &facts) == 0 && S_ISDIR(facts.st_mode);
}

slice folder_of(slice path)
{
	while (path.len > 0 && path.ptr[path.len - 1] != '/')
		path.len--;
	if (path.len > 1)
		path.len--;
	return path.len > 0 ? path : SLICE(".");
}
