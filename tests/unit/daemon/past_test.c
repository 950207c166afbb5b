#include "daemon/past.h"

#include "check.h"
#include "net/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct hash_key key = {17, 18};
static const struct hash_key later_key = {19, 20};
static char folder[] = "/tmp/tipstaff-past-XXXXXX";
static int standard_error;

#define START 1000000
#define AGAIN 2000000

static const char *inside(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* What the journal says goes into a file meanwhile. */
static void begin(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	standard_error = dup(STDERR_FILENO);
	int journal = open(inside("journal"), O_RDWR | O_CREAT | O_APPEND, 0600);
	CHECK(standard_error >= 0 && journal >= 0 && dup2(journal, STDERR_FILENO) == STDERR_FILENO);
	close(journal);
}

static void end(void)
{
	dup2(standard_error, STDERR_FILENO);
	close(standard_error);
	unlink(inside("journal"));
	unlink(inside("histories"));
	rmdir(folder);
}

/* Since the last time. */
static bool journal_has(const char *words)
{
	char text[8192];
	FILE *file = fopen(inside("journal"), "r");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	if (file)
		fclose(file);
	text[length] = '\0';
	CHECK(truncate(inside("journal"), 0) == 0);
	return strstr(text, words) != NULL;
}

static struct histories *histories_of_one(void)
{
	struct histories *histories = histories_new(&key, START);
	struct cedar_uid agent = cedar_uid_make(&key, SLICE("Agent"), SLICE("a"));
	struct cedar_event event = {.time_ms = START + 1, .principal = &agent, .action = &agent, .resource = &agent,
				    .request_id = SLICE("d_1"), .decision = SLICE("permit")};
	struct history_hold hold;
	struct fault why = {0};
	CHECK_OK(histories_hold(histories, SLICE("one"), START + 1, START + 1, &hold, &why), why);
	CHECK_OK(cedar_history_add(hold.history, &event, NULL, &why), why);
	histories_let_go(&hold);
	return histories;
}

/* What the recorder found in the log; by_log NULL: no such stop. */
static size_t take(const struct layout_past *by_log)
{
	struct layout_past found = {0};
	struct histories *histories = histories_new(&later_key, AGAIN);
	int file = past_open(slice_of(folder));
	if (by_log && layout_past_is_there(by_log))
		layout_past_set(&found, by_log->sha256, by_log->sessions);
	past_take(file, &found, false, histories);
	CHECK(!layout_past_is_there(&found));
	size_t count = histories_count(histories);
	if (file != PAST_NONE)
		close(file);
	histories_free(histories);
	return count;
}

static bool leave(struct layout_past *ret_left)
{
	struct histories *histories = histories_of_one();
	int file = past_open(slice_of(folder));
	*ret_left = (struct layout_past){0};
	past_leave(file, histories, ret_left);
	if (file != PAST_NONE)
		close(file);
	histories_free(histories);
	return layout_past_is_there(ret_left);
}

static size_t read_file(char *bytes, size_t size)
{
	FILE *file = fopen(inside("histories"), "r");
	CHECK(file != NULL);
	size_t length = fread(bytes, 1, size, file);
	fclose(file);
	return length;
}

static void write_file(const char *bytes, size_t length)
{
	FILE *file = fopen(inside("histories"), "w");
	CHECK(file != NULL && fwrite(bytes, 1, length, file) == length);
	CHECK(fclose(file) == 0);
}

TEST(what_a_stop_leaves_is_taken_once)
{
	struct layout_past left;
	struct stat facts;
	begin();
	CHECK(leave(&left));
	CHECK_INT(left.sessions, 1);
	CHECK(journal_has("histories.kept"));
	CHECK(stat(inside("histories"), &facts) == 0 && (facts.st_mode & 0777) == 0600 && facts.st_size > 0);
	CHECK_INT(take(&left), 1);
	CHECK(journal_has("histories.taken"));
	CHECK(stat(inside("histories"), &facts) == 0 && facts.st_size == 0);
	CHECK_INT(take(&left), 0);
	CHECK(journal_has("not the one that the last stop left"));
	end();
}

TEST(what_the_log_does_not_name_is_not_taken)
{
	struct layout_past left, other;
	begin();
	CHECK(leave(&left));
	CHECK_INT(take(NULL), 0);
	CHECK(journal_has("histories.unknown"));
	CHECK(leave(&left));
	other = left;
	other.sha256[31] ^= 1;
	CHECK_INT(take(&other), 0);
	CHECK(journal_has("not the one that the last stop left"));
	end();
}

TEST(a_file_that_is_cut_or_changed_anywhere_is_not_taken)
{
	char bytes[4096];
	struct layout_past left;
	begin();
	CHECK(leave(&left));
	size_t length = read_file(bytes, sizeof(bytes));
	CHECK(length > 50 && length < sizeof(bytes));
	for (size_t i = 0; i <= length; i++) {
		write_file(bytes, i);
		CHECK_INT(take(&left), i == length);
	}
	for (size_t i = 0; i < length; i++) {
		bytes[i] ^= 0x20;
		write_file(bytes, length);
		CHECK_INT(take(&left), 0);
		bytes[i] ^= 0x20;
	}
	end();
}

TEST(a_file_that_is_too_large_is_not_read)
{
	struct layout_past left;
	begin();
	CHECK(leave(&left));
	CHECK(truncate(inside("histories"), HISTORIES_KEPT_BYTES_MAX + 1ll) == 0);
	CHECK_INT(take(&left), 0);
	CHECK(journal_has("longer than"));
	end();
}

TEST(a_file_that_others_can_read_and_a_link_are_not_opened)
{
	struct layout_past left;
	begin();
	CHECK(leave(&left));
	CHECK(chmod(inside("histories"), 0640) == 0);
	CHECK_INT(take(&left), 0);
	CHECK(journal_has("chmod 600"));
	CHECK(!leave(&left));
	CHECK(journal_has("histories.not_kept"));
	CHECK(unlink(inside("histories")) == 0 && symlink("journal", inside("histories")) == 0);
	CHECK_INT(take(&left), 0);
	CHECK(journal_has("histories.no_file"));
	end();
}

/* A limit of the process stands in for a full disk. */
TEST(a_full_disk_leaves_nothing)
{
	struct layout_past left;
	struct stat facts;
	struct rlimit usual, tight;
	begin();
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &usual) == 0);
	tight = usual;
	tight.rlim_cur = 20;
	CHECK(setrlimit(RLIMIT_FSIZE, &tight) == 0);
	bool is_left = leave(&left);
	CHECK(setrlimit(RLIMIT_FSIZE, &usual) == 0);
	CHECK(!is_left);
	CHECK(stat(inside("histories"), &facts) == 0 && facts.st_size == 0);
	end();
}
