/* The checkpoints that lie beside a log: read, held against the key, put in order; and how one is stored. */
#include "base/memory.h"
#include "store/log_files.h"
#include "store/log_verify_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loading {
	struct verify_checkpoints *checkpoints;
	int directory_fd;
	slice origin;
	const struct note_key *key;
	struct log_verify_report *report;
};

static enum error keep(struct verify_checkpoints *checkpoints, const struct checkpoint *checkpoint, const char *name,
		       struct fault *why)
{
	if (checkpoints->count == checkpoints->room) {
		size_t room = checkpoints->room ? checkpoints->room * 2 : 64;
		struct verify_checkpoint *grown = memory_resize(checkpoints->items, room * sizeof(*grown));
		if (!grown)
			return FAIL(why, E_MEMORY, "no memory for %zu checkpoints", room);
		checkpoints->items = grown;
		checkpoints->room = room;
	}
	struct verify_checkpoint *item = &checkpoints->items[checkpoints->count++];
	*item = (struct verify_checkpoint){.size = checkpoint->size, .root = checkpoint->root};
	snprintf(item->name, sizeof(item->name), "%s", name);
	return E_OK;
}

static enum error judge(struct loading *loading, slice note, const char *name, struct fault *why)
{
	struct checkpoint checkpoint;
	slice body;
	if (loading->key) {
		TRY(checkpoint_verify(note, loading->key, &checkpoint, why));
	} else {
		TRY(note_body(note, &body, why));
		TRY(checkpoint_parse(body, &checkpoint, why));
	}
	if (!slice_equal(checkpoint.origin, loading->origin))
		return FAIL(why, E_SIGNATURE, "a checkpoint of the log %.*s", SLICE_ARG(checkpoint.origin));
	return keep(loading->checkpoints, &checkpoint, name, why);
}

static enum error load_file(struct loading *loading, const char *name, struct fault *why)
{
	char note[4096];
	int file = openat(loading->directory_fd, name, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return errno == ENOENT ? E_OK : FAIL(why, E_IO, "%s: %s", name, strerror(errno));
	ssize_t length = read(file, note, sizeof(note));
	close(file);
	if (length < 0)
		return FAIL(why, E_IO, "%s: %s", name, strerror(errno));
	struct fault reason = {0};
	enum error code = judge(loading, slice_from(note, (size_t)length), name, &reason);
	if (code == E_OK)
		return E_OK;
	snprintf(loading->report->bad_file, sizeof(loading->report->bad_file), "%.63s", name);
	return FAIL(why, code == E_SYNTAX ? E_CORRUPT : code, "%s: %s", name, fault_sentence(&reason));
}

static enum error load_folder(struct loading *loading, struct fault *why)
{
	int folder = openat(loading->directory_fd, "checkpoints", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = folder < 0 ? NULL : fdopendir(folder);
	if (!names)
		return errno == ENOENT ? E_OK : FAIL(why, E_IO, "the folder of checkpoints: %s", strerror(errno));
	enum error code = E_OK;
	for (struct dirent *entry; code == E_OK && (entry = readdir(names));) {
		char name[VERIFY_NAME_BYTES];
		uint64_t size;
		if (!slice_to_u64(slice_of(entry->d_name), &size))
			continue;
		snprintf(name, sizeof(name), "checkpoints/%" PRIu64, size);
		code = load_file(loading, name, why);
	}
	closedir(names);
	return code;
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = ((const struct verify_checkpoint *)a)->size;
	uint64_t right = ((const struct verify_checkpoint *)b)->size;
	return (left > right) - (left < right);
}

enum error verify_checkpoints_load(struct verify_checkpoints *checkpoints, int directory_fd, slice origin,
				   const struct note_key *key, struct log_verify_report *report, struct fault *why)
{
	struct loading loading = {checkpoints, directory_fd, origin, key, report};
	TRY(load_file(&loading, "checkpoint", why));
	TRY(load_folder(&loading, why));
	if (checkpoints->count > 0)
		qsort(checkpoints->items, checkpoints->count, sizeof(*checkpoints->items), by_size);
	report->checkpoint_count = checkpoints->count;
	return E_OK;
}

void verify_checkpoints_free(struct verify_checkpoints *checkpoints)
{
	memory_free(checkpoints->items);
	*checkpoints = (struct verify_checkpoints){0};
}

static enum error store_as(int directory_fd, const char *name, slice note, struct fault *why)
{
	static const char *const draft = "checkpoint.new";
	int file = openat(directory_fd, draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return FAIL(why, E_IO, "%s: %s", draft, strerror(errno));
	bool fine = write(file, note.ptr, note.len) == (ssize_t)note.len && fsync(file) == 0;
	close(file);
	if (!fine || renameat(directory_fd, draft, directory_fd, name) != 0)
		return FAIL(why, E_IO, "%s cannot be written: %s", name, strerror(errno));
	return E_OK;
}

static enum error keep_for_good(int directory_fd, slice note, uint64_t size, struct fault *why)
{
	char name[VERIFY_NAME_BYTES];
	if (mkdirat(directory_fd, "checkpoints", 0700) != 0 && errno != EEXIST)
		return FAIL(why, E_IO, "the folder of checkpoints: %s", strerror(errno));
	snprintf(name, sizeof(name), "checkpoints/%" PRIu64, size);
	return store_as(directory_fd, name, note, why);
}

enum error log_checkpoint_store(slice directory, slice note, uint64_t keep_as, struct fault *why)
{
	int directory_fd;
	TRY(log_files_open(directory, &directory_fd, why));
	enum error code = keep_as ? keep_for_good(directory_fd, note, keep_as, why) : E_OK;
	if (code == E_OK)
		code = store_as(directory_fd, "checkpoint", note, why);
	if (code == E_OK && fsync(directory_fd) != 0)
		code = FAIL(why, E_IO, "the log's directory: %s", strerror(errno));
	close(directory_fd);
	return code;
}
