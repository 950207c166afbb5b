/* On real files: locking, names and modes, what the watch notices, what recovery refuses. */
#include "store/log_writer.h"

#include "base/memory.h"
#include "store/log_reader.h"
#include "store/log_verify.h"

#include "folder.h"

#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH 30u
#define NOW   UINT64_C(1700000000000000000)

static struct log_writer *open_log(const struct folder *folder, struct log_recovery *recovery)
{
	struct log_writer *writer;
	struct fault why;
	CHECK_OK(log_writer_open(&(struct log_writer_options){.directory = folder_path(folder),
							      .origin = SLICE("test"),
							      .segment_bytes = 512 * 1024,
							      .first_segment_bytes = 256 * 1024},
				 &writer, recovery, &why),
		 why);
	return writer;
}

static enum error try_open(const struct folder *folder, struct log_recovery *recovery, struct fault *why)
{
	struct log_writer *writer;
	enum error code =
		log_writer_open(&(struct log_writer_options){.directory = folder_path(folder), .origin = SLICE("test")},
				&writer, recovery, why);
	log_writer_close(writer);
	return code;
}

/* `count` records of some hundred bytes, in batches of thirty. */
static void append_some(struct log_writer *writer, unsigned count)
{
	struct fault why;
	for (unsigned i = 0; i < count; i += BATCH) {
		static char text[BATCH][400];
		slice records[BATCH];
		for (unsigned r = 0; r < BATCH; r++)
			records[r] = slice_from(text[r], (size_t)snprintf(text[r], sizeof(text[r]), "%0300u", i + r));
		CHECK_OK(log_append_batch(writer, records, BATCH, NOW + i, NULL, &why), why);
	}
}

TEST(a_new_log_is_private_and_comes_back_as_it_was)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	struct stat state;
	CHECK(recovery.created);
	CHECK_INT(stat(folder_file(&folder, "segment-0000000001.log"), &state), 0);
	CHECK_INT(state.st_mode & 0777, 0600);
	CHECK_INT(stat(folder_file(&folder, "."), &state), 0);
	CHECK_INT(state.st_mode & 0777, 0700);
	append_some(writer, 3000);
	struct merkle_tree before = *log_writer_tree(writer);
	log_writer_close(writer);
	writer = open_log(&folder, &recovery);
	CHECK(!recovery.created);
	CHECK_INT(recovery.count, 3000);
	CHECK(recovery.segment_count > 1);
	CHECK_INT(recovery.torn_bytes, 0);
	CHECK(merkle_hash_equal(&before.peaks[0], &log_writer_tree(writer)->peaks[0]));
	log_writer_close(writer);
	folder_remove(&folder);
}

TEST(a_second_writer_is_refused)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	CHECK_ERROR(try_open(&folder, &recovery, NULL), E_CONFLICT);
	log_writer_close(writer);
	CHECK_ERROR(try_open(&folder, &recovery, NULL), E_OK);
	folder_remove(&folder);
}

TEST(options_that_make_no_log_are_refused)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer;
	struct log_writer_options options = {.directory = folder_path(&folder), .origin = SLICE("")};
	CHECK_ERROR(log_writer_open(&options, &writer, &recovery, NULL), E_INVALID);
	CHECK(writer == NULL);
	options.origin = SLICE("a");
	options.segment_bytes = 1000;
	CHECK_ERROR(log_writer_open(&options, &writer, &recovery, NULL), E_INVALID);
	options.segment_bytes = 0;
	options.directory = SLICE("/proc/nothing/here");
	CHECK_ERROR(log_writer_open(&options, &writer, &recovery, NULL), E_IO);
	log_writer_close(open_log(&folder, &recovery));
	options.directory = folder_path(&folder);
	options.origin = SLICE("another");
	CHECK_ERROR(log_writer_open(&options, &writer, &recovery, NULL), E_INVALID);
	folder_remove(&folder);
}

TEST(records_out_of_bounds_are_refused_and_the_writer_stays_well)
{
	static char big[RECORD_BYTES_MAX + 1];
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	CHECK_ERROR(log_writer_add(writer, SLICE(""), 0, NULL), E_INVALID);
	CHECK_ERROR(log_writer_add(writer, slice_from(big, sizeof(big)), 0, NULL), E_LIMIT);
	CHECK_ERROR(log_writer_add(writer, SLICE("junk"), RECORD_IN(RECORD_DECISION), NULL), E_FORBIDDEN);
	CHECK_ERROR(log_writer_add(writer, SLICE("\xa3\x00\x01\x01\x03......"), RECORD_IN(RECORD_DECISION), NULL),
		    E_FORBIDDEN);
	CHECK_ERROR(log_writer_add(writer, SLICE("\xa3\x00\x01\x01\x03......"), RECORD_IN(RECORD_CHANGE), NULL), E_OK);
	CHECK_INT(log_writer_pending(writer), 1);
	while (log_writer_add(writer, slice_from(big, RECORD_BYTES_MAX), 0, NULL) == E_OK)
		;
	CHECK_ERROR(log_writer_add(writer, slice_from(big, RECORD_BYTES_MAX), 0, NULL), E_AGAIN);
	CHECK_ERROR(log_writer_commit(writer, NOW, NULL), E_OK);
	CHECK_ERROR(log_writer_commit(writer, NOW, NULL), E_OK);
	CHECK_ERROR(log_check_alive(writer, NULL), E_OK);
	log_writer_close(writer);
	folder_remove(&folder);
}

typedef void harm(const struct folder *folder);

static void remove_it(const struct folder *folder)
{
	unlink(folder_file(folder, "segment-0000000003.log"));
}
static void remove_sealed(const struct folder *folder)
{
	unlink(folder_file(folder, "segment-0000000001.log"));
}
static void cut_it(const struct folder *folder)
{
	CHECK_INT(truncate(folder_file(folder, "segment-0000000003.log"), 8192), 0);
}
static void replace_it(const struct folder *folder)
{
	CHECK_INT(rename(folder_file(folder, "segment-0000000001.log"), folder_file(folder, "segment-0000000003.log")),
		  0);
}
static void alter_it(const struct folder *folder)
{
	folder_flip(folder, "segment-0000000003.log", 600);
}
static void alter_sealed(const struct folder *folder)
{
	folder_flip(folder, "segment-0000000001.log", 1000);
}

TEST(the_watch_notices_whatever_is_done_to_the_files)
{
	static harm *const harms[] = {remove_it, remove_sealed, cut_it, replace_it, alter_it, alter_sealed};
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		struct folder folder = folder_make();
		struct log_recovery recovery;
		struct log_writer *writer = open_log(&folder, &recovery);
		struct fault why;
		append_some(writer, 2700);
		CHECK_OK(log_check_alive(writer, &why), why);
		/* File times have a coarse clock. */
		usleep(20000);
		harms[i](&folder);
		CHECK_ERROR(log_check_alive(writer, NULL), E_CORRUPT);
		slice record = SLICE("after");
		CHECK_ERROR(log_append_batch(writer, &record, 1, NOW, NULL, &why), E_UNAVAILABLE);
		CHECK(slice_find(slice_of(why.sentence), SLICE("faulty")) != SIZE_MAX);
		log_writer_close(writer);
		folder_remove(&folder);
	}
}

TEST(a_flipped_byte_stops_the_start_and_names_the_first_bad_record)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct fault why;
	struct log_writer *writer = open_log(&folder, &recovery);
	append_some(writer, 300);
	log_writer_close(writer);
	/* The head has one block of 512 here or 4096 elsewhere; frames of thirty records have about ten thousand bytes. */
	folder_flip(&folder, "segment-0000000001.log", 60000);
	CHECK_ERROR(try_open(&folder, &recovery, &why), E_CORRUPT);
	CHECK(recovery.bad_index > 0 && recovery.bad_index < 300 && recovery.bad_index % BATCH == 0);
	CHECK_INT(recovery.bad_sequence, 1);
	CHECK(recovery.bad_offset <= 60000 && recovery.bad_offset + 16384 > 60000);
	folder_flip(&folder, "segment-0000000001.log", 60000);
	CHECK_ERROR(try_open(&folder, &recovery, &why), E_OK);
	CHECK_INT(recovery.count, 300);
	folder_remove(&folder);
}

TEST(a_missing_or_beheaded_segment_stops_the_start)
{
	static const char *const lost[] = {"segment-0000000001.log", "segment-0000000002.log"};
	for (int way = 0; way < 4; way++) {
		struct folder folder = folder_make();
		struct log_recovery recovery;
		struct fault why;
		struct log_writer *writer = open_log(&folder, &recovery);
		append_some(writer, 2700);
		log_writer_close(writer);
		if (way < 2)
			unlink(folder_file(&folder, lost[way]));
		else
			folder_flip(&folder, lost[way - 2], 20);
		CHECK_ERROR(try_open(&folder, &recovery, &why), E_CORRUPT);
		CHECK_INT(recovery.bad_sequence, way % 2 + 1);
		CHECK(way % 2 == 0 ? recovery.bad_index == 0 : recovery.bad_index > 300 && recovery.bad_index < 2700);
		folder_remove(&folder);
	}
}

TEST(a_prepared_segment_that_is_not_empty_is_never_used)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	struct fault why;
	CHECK(log_writer_wants_runway(writer));
	CHECK_OK(log_writer_prepare_next(writer, &why), why);
	CHECK(!log_writer_wants_runway(writer));
	CHECK(log_writer_runway_bytes(writer) > 512 * 1024);
	log_writer_close(writer);
	folder_flip(&folder, "segment-0000000002.log", 100000);
	writer = open_log(&folder, &recovery);
	CHECK_ERROR(log_writer_prepare_next(writer, NULL), E_CORRUPT);
	log_writer_close(writer);
	folder_remove(&folder);
}

TEST(time_that_runs_backwards_does_not_break_the_log)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	struct fault why;
	slice record = SLICE("x");
	CHECK_OK(log_append_batch(writer, &record, 1, NOW, NULL, &why), why);
	CHECK_OK(log_append_batch(writer, &record, 1, NOW - 1000000, NULL, &why), why);
	log_writer_close(writer);
	writer = open_log(&folder, &recovery);
	CHECK_INT(recovery.count, 2);
	log_writer_close(writer);
	folder_remove(&folder);
}

TEST(without_memory_nothing_is_opened_and_nothing_leaks)
{
	struct folder folder = folder_make();
	struct log_recovery recovery;
	struct log_writer *writer = open_log(&folder, &recovery);
	append_some(writer, 1200);
	log_writer_close(writer);
	enum error code = E_MEMORY;
	uint64_t nth = 1;
	for (; code != E_OK && nth < 100; nth++) {
		memory_fail_at(nth);
		code = try_open(&folder, &recovery, NULL);
		memory_fail_at(0);
		CHECK(code == E_OK || code == E_MEMORY);
	}
	CHECK(nth > 3 && nth < 100);
	struct log_reader *reader;
	for (code = E_MEMORY, nth = 1; code != E_OK && nth < 100; nth++) {
		memory_fail_at(nth);
		code = log_reader_open(folder_path(&folder), &reader, NULL);
		memory_fail_at(0);
		CHECK(code == E_OK || code == E_MEMORY);
	}
	log_reader_close(reader);
	struct log_verify_report report;
	for (code = E_MEMORY, nth = 1; code != E_OK && nth < 100; nth++) {
		memory_fail_at(nth);
		code = log_verify(&(struct log_verify_options){.directory = folder_path(&folder)}, &report, NULL);
		memory_fail_at(0);
		CHECK(code == E_OK || code == E_MEMORY);
	}
	folder_remove(&folder);
}
