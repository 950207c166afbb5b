#include "daemon/past.h"

#include "crypt/digest.h"
#include "daemon/files.h"
#include "net/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As it is told in sentences. */
#define NAME "histories"

static enum error open_private(slice data_dir, struct arena *arena, int *ret_file, struct fault *why)
{
	struct stat facts;
	slice path = files_join(arena, data_dir, NAME);
	if (!path.ptr)
		return FAIL(why, E_MEMORY, "no memory");
	/* What is written goes to the end, which is the beginning after it was emptied. */
	int file = open(path.ptr, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return FAIL(why, E_IO, "cannot open %s: %s", path.ptr, strerror(errno));
	if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || (facts.st_mode & 077)) {
		close(file);
		return FAIL(why, E_FORBIDDEN, "%s must be a file that nobody else can read: chmod 600 it", path.ptr);
	}
	*ret_file = file;
	return E_OK;
}

int past_open(slice data_dir)
{
	struct arena arena;
	struct fault why;
	int file = PAST_NONE;
	arena_init(&arena, 1u << 16);
	if (open_private(data_dir, &arena, &file, &why) != E_OK)
		journal_event("histories.no_file", "reason", fault_sentence(&why), NULL);
	arena_free(&arena);
	return file;
}

static void tell(const char *event, const struct histories_kept *kept)
{
	char sessions[24], left_out[24];
	/* As whoever tries the server for the first time sees it: nothing happened. */
	if (kept->sessions == 0 && kept->left_out == 0)
		return;
	snprintf(sessions, sizeof(sessions), "%zu", kept->sessions);
	snprintf(left_out, sizeof(left_out), "%zu", kept->left_out);
	journal_event(event, "sessions", sessions, "left_out", left_out, NULL);
}

static enum error empty(int file, struct fault *why)
{
	if (ftruncate(file, 0) != 0)
		return FAIL(why, E_IO, "cannot empty " NAME ": %s", strerror(errno));
	return E_OK;
}

/* --- at the start --- */

static enum error take(int file, const struct layout_past *found, struct arena *arena, struct histories *histories,
		       struct histories_kept *ret_kept, struct fault *why)
{
	slice bytes;
	struct sha256 digest;
	if (file == PAST_NONE)
		return FAIL(why, E_NOT_FOUND, "there is no file of them");
	if (!layout_past_is_there(found))
		return FAIL(why, E_NOT_FOUND, "the log does not end with a stop that left them");
	TRY(files_read_open(file, NAME, HISTORIES_KEPT_BYTES_MAX, arena, &bytes, why));
	TRY(sha256_once(&digest, bytes, why));
	if (memcmp(digest.bytes, found->sha256, sizeof(digest.bytes)) != 0)
		return FAIL(why, E_CORRUPT, "the file is not the one that the last stop left");
	return histories_read(histories, bytes, ret_kept, why);
}

void past_take(int file, struct layout_past *found, bool is_fresh, struct histories *histories)
{
	struct arena arena;
	struct fault why;
	struct histories_kept kept;
	arena_init(&arena, HISTORIES_KEPT_BYTES_MAX + 4096u);
	if (take(file, found, &arena, histories, &kept, &why) == E_OK)
		tell("histories.taken", &kept);
	else if (!is_fresh)
		journal_event("histories.unknown", "reason", fault_sentence(&why), NULL);
	arena_free(&arena);
	layout_past_forget(found);
	/* Decided once, the log binds it no longer; nor does anybody need what is in it. */
	if (file != PAST_NONE && empty(file, &why) != E_OK)
		journal_event("histories.not_emptied", "reason", fault_sentence(&why), NULL);
}

/* --- at the end --- */

struct leaving {
	int file;
	struct sha256_context digest;
};

static enum error add(void *context, slice bytes, struct fault *why)
{
	struct leaving *leaving = context;
	sha256_add(&leaving->digest, bytes);
	return files_write_open(leaving->file, NAME, bytes, why);
}

/* Not synced: what does not reach the disk has another digest, and is not believed. */
static enum error leave(struct leaving *leaving, struct histories *histories, struct histories_kept *ret_kept,
			struct fault *why)
{
	if (leaving->file == PAST_NONE)
		return FAIL(why, E_NOT_FOUND, "there is no file for them");
	TRY(sha256_context_init(&leaving->digest, why));
	sha256_begin(&leaving->digest);
	TRY(empty(leaving->file, why));
	return histories_write(histories, HISTORIES_KEPT_BYTES_MAX, add, leaving, ret_kept, why);
}

void past_leave(int file, struct histories *histories, struct layout_past *left)
{
	struct leaving leaving = {.file = file};
	struct histories_kept kept;
	struct fault why;
	if (leave(&leaving, histories, &kept, &why) == E_OK) {
		struct sha256 digest = sha256_end(&leaving.digest);
		layout_past_set(left, digest.bytes, kept.sessions);
		tell("histories.kept", &kept);
	} else {
		journal_event("histories.not_kept", "reason", fault_sentence(&why), NULL);
		/* A part of it is of no use to anybody. */
		if (file != PAST_NONE)
			(void)!empty(file, NULL);
	}
	sha256_context_free(&leaving.digest);
}
