/*
 * Goal: SIGKILL at any moment loses no acknowledged record. A child with the real committer appends from several
 * threads and tells through a pipe what was acknowledged; it is killed; the log is recovered and must hold all of it.
 * TIPSTAFF_KILLS says how often (200).
 */
#include "store/log_committer.h"
#include "store/log_reader.h"
#include "store/log_verify.h"

#include "folder.h"

#include "check.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS     3u
#define BATCH_MAX   20u
#define TEXT_BYTES  700u
#define LIFE_MS_MAX 25u
#define ACKS_MAX    200000u

/* The record with this number has the index. */
struct ack {
	uint64_t number;
	uint64_t index;
};

static slice text_of(uint64_t number, char text[TEXT_BYTES])
{
	int length = snprintf(text, TEXT_BYTES, "record %" PRIu64 " ", number);
	memset(text + length, 'a' + (int)(number % 26), TEXT_BYTES - (size_t)length);
	return slice_from(text, (size_t)length + number * 31 % (TEXT_BYTES - 100));
}

struct child {
	struct log_committer *committer;
	_Atomic uint64_t number;
	int acks;
};

static void *append_for_ever(void *context)
{
	struct child *child = context;
	for (;;) {
		static __thread char texts[BATCH_MAX][TEXT_BYTES];
		slice records[BATCH_MAX];
		struct ack acks[BATCH_MAX];
		uint64_t index, first = atomic_fetch_add(&child->number, BATCH_MAX);
		size_t count = 1 + first / BATCH_MAX % BATCH_MAX;
		for (size_t i = 0; i < count; i++)
			records[i] = text_of(first + i, texts[i]);
		if (log_committer_append_wait(child->committer, records, count, &index, NULL) != E_OK)
			_exit(3);
		for (size_t i = 0; i < count; i++)
			acks[i] = (struct ack){first + i, index + i};
		/* Shorter than PIPE_BUF: written whole or not at all. */
		if (write(child->acks, acks, count * sizeof(acks[0])) < 0)
			_exit(4);
	}
	return NULL;
}

static void run_child(const struct folder *folder, int acks)
{
	static struct log_status status;
	static struct doorbell bell;
	static struct child child;
	struct log_writer *writer;
	struct log_recovery recovery;
	pthread_t thread;
	if (log_writer_open(&(struct log_writer_options){.directory = folder_path(folder),
							 .origin = SLICE("kill"),
							 .segment_bytes = 1024 * 1024,
							 .first_segment_bytes = 256 * 1024},
			    &writer, &recovery, NULL) != E_OK)
		_exit(1);
	child.acks = acks;
	child.number = recovery.count * 1000;
	if (log_committer_start(&(struct log_committer_options){.writer = writer, .status = &status, .bell = &bell},
				&child.committer, NULL) != E_OK)
		_exit(2);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, append_for_ever, &child);
	append_for_ever(&child);
}

static uint64_t milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/*
 * Reads acknowledgements until the child has lived long enough, kills it, reads what is still in the pipe. Counted from
 * the start it may die in its recovery; counted from the first acknowledgement it dies at work.
 */
static size_t live_and_die(pid_t child, int pipe_end, struct ack *acks, unsigned life_ms, bool from_start)
{
	size_t bytes = 0, max = ACKS_MAX * sizeof(*acks);
	uint64_t until = from_start ? milliseconds() + life_ms : 0;
	bool killed = false;
	for (;;) {
		struct pollfd polled = {.fd = pipe_end, .events = POLLIN};
		if (!killed && until != 0 && milliseconds() >= until) {
			kill(child, SIGKILL);
			killed = true;
		}
		if (poll(&polled, 1, 1) <= 0)
			continue;
		ssize_t got = read(pipe_end, (char *)acks + bytes, max - bytes);
		if (got <= 0)
			return bytes / sizeof(*acks);
		if (until == 0)
			until = milliseconds() + life_ms;
		bytes += (size_t)got;
	}
}

struct looking {
	const struct ack *acks;
	size_t count;
	size_t next;
	bool fine;
};

static int by_index(const void *a, const void *b)
{
	uint64_t left = ((const struct ack *)a)->index, right = ((const struct ack *)b)->index;
	return (left > right) - (left < right);
}

static bool look(void *context, const struct log_entry *entry)
{
	struct looking *looking = context;
	char text[TEXT_BYTES];
	if (looking->next < looking->count && looking->acks[looking->next].index == entry->index) {
		looking->fine &= slice_equal(entry->bytes, text_of(looking->acks[looking->next].number, text));
		looking->next++;
	}
	return looking->next < looking->count;
}

/* Recovers the log and looks for everything that this life acknowledged. */
static void check_life(const struct folder *folder, struct ack *acks, size_t count)
{
	struct log_writer *writer;
	struct log_recovery recovery;
	struct log_reader *reader;
	struct fault why;
	CHECK_OK(
		log_writer_open(&(struct log_writer_options){.directory = folder_path(folder), .origin = SLICE("kill")},
				&writer, &recovery, &why),
		why);
	log_writer_close(writer);
	if (count == 0)
		return;
	qsort(acks, count, sizeof(*acks), by_index);
	CHECK(acks[count - 1].index < recovery.count);
	struct looking looking = {.acks = acks, .count = count, .fine = true};
	CHECK_OK(log_reader_open(folder_path(folder), &reader, &why), why);
	CHECK_OK(log_reader_each(reader, acks[0].index, recovery.count, look, &looking, &why), why);
	log_reader_close(reader);
	CHECK(looking.fine);
	CHECK_INT(looking.next, count);
}

TEST(no_kill_loses_an_acknowledged_record)
{
	static struct ack acks[ACKS_MAX];
	const char *text = getenv("TIPSTAFF_KILLS");
	unsigned long kills = text ? strtoul(text, NULL, 10) : 200;
	struct folder folder = folder_make();
	struct log_verify_report report;
	struct fault why;
	uint64_t acknowledged = 0;
	srandom(1);
	for (unsigned long i = 0; i < kills; i++) {
		int ends[2], status;
		CHECK_INT(pipe(ends), 0);
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			close(ends[0]);
			run_child(&folder, ends[1]);
			_exit(0);
		}
		close(ends[1]);
		size_t count = live_and_die(child, ends[0], acks, (unsigned)random() % LIFE_MS_MAX, i % 3 == 0);
		close(ends[0]);
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		check_life(&folder, acks, count);
		acknowledged += count;
		/* A long log makes every start longer. */
		if (i % 50 == 49) {
			CHECK_OK(log_verify(&(struct log_verify_options){.directory = folder_path(&folder)}, &report,
					    &why),
				 why);
			folder_remove(&folder);
			folder = folder_make();
		}
	}
	print_message("# %lu kills, %" PRIu64 " records acknowledged, 0 lost\n", kills, acknowledged);
	folder_remove(&folder);
}
