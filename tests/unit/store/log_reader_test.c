#include "store/log_reader.h"

#include "store/log_writer.h"
#include "text/ulid.h"

#include "folder.h"

#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDS 4000u
#define BATCH   7u
#define BEGIN_S UINT64_C(1700000000)

/* Record i happened at BEGIN_S + i seconds and is committed 100 ms later with the rest of its batch. */
static struct ulid id_of(uint64_t i)
{
	unsigned char random[ULID_RANDOM_BYTES] = {(unsigned char)(i >> 8), (unsigned char)i};
	return ulid_make(SLICE("d"), (int64_t)((BEGIN_S + i) * 1000), random);
}

static uint64_t commit_ns(uint64_t batch)
{
	return (BEGIN_S + batch * BATCH + BATCH - 1) * UINT64_C(1000000000) + UINT64_C(100000000);
}

static void append_batch(struct log_writer *writer, uint64_t batch)
{
	struct buffer bytes[BATCH];
	slice records[BATCH];
	struct fault why;
	for (uint64_t r = 0; r < BATCH; r++) {
		struct ulid id = id_of(batch * BATCH + r);
		char detail[300];
		int length = snprintf(detail, sizeof(detail), "%0200" PRIu64, batch * BATCH + r);
		struct record record = {.kind = RECORD_SYSTEM,
					.id = ulid_slice(&id),
					.operation = SLICE("test"),
					.detail = slice_from(detail, (size_t)length)};
		buffer_init(&bytes[r], RECORD_BYTES_MAX);
		CHECK_OK(record_encode(&record, &bytes[r], &why), why);
		records[r] = buffer_slice(&bytes[r]);
	}
	CHECK_OK(log_append_batch(writer, records, BATCH, commit_ns(batch), NULL, &why), why);
	for (uint64_t r = 0; r < BATCH; r++)
		buffer_free(&bytes[r]);
}

static struct log_writer *write_log(const struct folder *folder, uint64_t batches)
{
	struct log_writer *writer;
	struct log_recovery recovery;
	struct fault why;
	CHECK_OK(log_writer_open(&(struct log_writer_options){.directory = folder_path(folder),
							      .origin = SLICE("test"),
							      .segment_bytes = 256 * 1024},
				 &writer, &recovery, &why),
		 why);
	for (uint64_t batch = 0; batch < batches; batch++)
		append_batch(writer, batch);
	return writer;
}

static struct log_reader *open_reader(const struct folder *folder)
{
	struct log_reader *reader;
	struct fault why;
	CHECK_OK(log_reader_open(folder_path(folder), &reader, &why), why);
	return reader;
}

struct seen {
	uint64_t next;
	uint64_t count;
	uint64_t max;
	bool down;
	bool fine;
};

static bool see(void *context, const struct log_entry *entry)
{
	struct seen *seen = context;
	struct ulid id = id_of(entry->index);
	seen->fine &= entry->index == seen->next && slice_equal(record_peek_id(entry->bytes), ulid_slice(&id));
	seen->next += seen->down ? UINT64_MAX : 1;
	return ++seen->count < seen->max;
}

TEST(records_are_visited_upwards_and_downwards_from_any_place)
{
	struct folder folder = folder_make();
	log_writer_close(write_log(&folder, RECORDS / BATCH));
	struct log_reader *reader = open_reader(&folder);
	struct fault why;
	uint64_t count;
	CHECK_OK(log_reader_count(reader, &count, &why), why);
	CHECK_INT(count, RECORDS / BATCH * BATCH);
	for (uint64_t from = 0; from < count; from += 411) {
		struct seen up = {.next = from, .max = UINT64_MAX, .fine = true};
		CHECK_OK(log_reader_each(reader, from, count, see, &up, &why), why);
		CHECK(up.fine && up.count == count - from);
		struct seen down = {.next = count - 1, .max = UINT64_MAX, .down = true, .fine = true};
		CHECK_OK(log_reader_each_back(reader, from, count, see, &down, &why), why);
		CHECK(down.fine && down.count == count - from);
		struct seen few = {.next = count - 1, .max = 10, .down = true, .fine = true};
		CHECK_OK(log_reader_each_back(reader, 0, count, see, &few, &why), why);
		CHECK(few.fine && few.count == 10);
	}
	log_reader_close(reader);
	folder_remove(&folder);
}

TEST(one_record_is_found_by_index_by_time_and_by_id)
{
	struct folder folder = folder_make();
	log_writer_close(write_log(&folder, RECORDS / BATCH));
	struct log_reader *reader = open_reader(&folder);
	uint64_t count = RECORDS / BATCH * BATCH, index;
	struct arena arena;
	struct fault why;
	slice bytes;
	arena_init(&arena, 64u * 1024u * 1024u);
	for (uint64_t i = 0; i < count; i += 97) {
		struct ulid id = id_of(i);
		CHECK_OK(log_reader_get(reader, i, count, &arena, &bytes, &why), why);
		CHECK_SLICE(record_peek_id(bytes), ulid_slice(&id));
		CHECK_OK(log_find_by_id(reader, ulid_slice(&id), count, false, &arena, &bytes, &index, &why), why);
		CHECK_INT(index, i);
		CHECK_OK(log_reader_seek_time(reader, commit_ns(i / BATCH), count, &index, &why), why);
		CHECK_INT(index, i / BATCH * BATCH);
		CHECK_OK(log_reader_seek_time(reader, commit_ns(i / BATCH) + 1, count, &index, &why), why);
		CHECK_INT(index, i / BATCH * BATCH + BATCH);
	}
	CHECK_OK(log_reader_seek_time(reader, 0, count, &index, &why), why);
	CHECK_INT(index, 0);
	arena_free(&arena);
	log_reader_close(reader);
	folder_remove(&folder);
}

TEST(what_is_not_there_or_not_yet_durable_is_not_found)
{
	struct folder folder = folder_make();
	log_writer_close(write_log(&folder, 100));
	struct log_reader *reader = open_reader(&folder);
	struct arena arena;
	slice bytes;
	uint64_t index;
	struct ulid later = id_of(100000), inside = id_of(300);
	arena_init(&arena, 1u << 20);
	CHECK_ERROR(log_reader_get(reader, 700, 700, &arena, &bytes, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_reader_get(reader, 699, 600, &arena, &bytes, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_reader_get(reader, 700, 800, &arena, &bytes, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_find_by_id(reader, ulid_slice(&later), 700, true, &arena, &bytes, &index, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_find_by_id(reader, ulid_slice(&inside), 299, true, &arena, &bytes, &index, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_find_by_id(reader, SLICE("d_nonsense"), 700, true, &arena, &bytes, &index, NULL), E_INVALID);
	CHECK_ERROR(log_find_by_id(reader, SLICE(""), 700, true, &arena, &bytes, &index, NULL), E_INVALID);
	arena_free(&arena);
	log_reader_close(reader);
	folder_remove(&folder);
	CHECK_ERROR(log_reader_open(SLICE("/nowhere/at/all"), &reader, NULL), E_NOT_FOUND);
	CHECK_ERROR(log_reader_open(SLICE("/tmp"), &reader, NULL), E_NOT_FOUND);
}

TEST(an_id_whose_time_is_far_off_is_found_where_everything_is_searched)
{
	struct folder folder = folder_make();
	struct log_writer *writer = write_log(&folder, 1);
	struct fault why;
	/* Records 7 to 13 are committed an hour late. */
	struct log_reader *reader = open_reader(&folder);
	struct arena arena;
	slice bytes;
	uint64_t index;
	struct ulid id = id_of(8);
	append_batch(writer, 1);
	log_writer_close(writer);
	folder_remove(&folder);
	log_reader_close(reader);
	folder = folder_make();
	writer = write_log(&folder, 0);
	append_batch(writer, 2000);
	append_batch(writer, 1);
	log_writer_close(writer);
	reader = open_reader(&folder);
	arena_init(&arena, 1u << 20);
	CHECK_ERROR(log_find_by_id(reader, ulid_slice(&id), 14, false, &arena, &bytes, &index, NULL), E_NOT_FOUND);
	CHECK_OK(log_find_by_id(reader, ulid_slice(&id), 14, true, &arena, &bytes, &index, &why), why);
	CHECK_INT(index, 8);
	arena_free(&arena);
	log_reader_close(reader);
	folder_remove(&folder);
}

TEST(a_reader_follows_a_log_that_grows_through_segments)
{
	struct folder folder = folder_make();
	struct log_writer *writer = write_log(&folder, 0);
	struct log_reader *reader = open_reader(&folder);
	struct seen seen = {.next = 0, .max = UINT64_MAX, .fine = true};
	struct fault why;
	for (uint64_t batch = 0; batch < 400; batch++) {
		append_batch(writer, batch);
		if (batch % 5 == 2)
			CHECK_OK(log_writer_prepare_next(writer, &why), why);
		CHECK_OK(log_reader_each(reader, seen.next, log_writer_count(writer), see, &seen, &why), why);
		CHECK(seen.fine && seen.next == log_writer_count(writer));
	}
	log_writer_close(writer);
	log_reader_close(reader);
	folder_remove(&folder);
}

TEST(a_damaged_frame_is_not_shown)
{
	struct folder folder = folder_make();
	log_writer_close(write_log(&folder, 100));
	folder_flip(&folder, "segment-0000000001.log", 50000);
	struct log_reader *reader = open_reader(&folder);
	struct seen seen = {.next = 0, .max = UINT64_MAX, .fine = true};
	CHECK_ERROR(log_reader_each(reader, 0, 700, see, &seen, NULL), E_CORRUPT);
	CHECK(seen.fine && seen.count > 0 && seen.count < 700);
	log_reader_close(reader);
	folder_remove(&folder);
}

/* Where the record stands in the file. */
static long place_of(const struct folder *folder, const char *name, uint64_t record)
{
	static char bytes[256 * 1024];
	struct ulid id = id_of(record);
	FILE *file = fopen(folder_file(folder, name), "r");
	CHECK(file != NULL);
	size_t length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	size_t place = slice_find(slice_from(bytes, length), ulid_slice(&id));
	CHECK(place != SIZE_MAX);
	return (long)place;
}

TEST(a_last_frame_that_is_being_written_is_waited_for)
{
	static const char name[] = "segment-0000000001.log";
	struct folder folder = folder_make();
	uint64_t count = 0;
	struct fault why;
	log_writer_close(write_log(&folder, 50));
	long place = place_of(&folder, name, 50 * BATCH - 1);
	struct log_reader *reader = open_reader(&folder);
	CHECK_OK(log_reader_count_settled(reader, &count, &why), why);
	CHECK_INT(count, 50 * BATCH);
	/* It is whole before long ... */
	folder_flip(&folder, name, place);
	pid_t child = fork();
	if (child == 0) {
		usleep(100000);
		folder_flip(&folder, name, place);
		_exit(0);
	}
	CHECK_OK(log_reader_count_settled(reader, &count, &why), why);
	CHECK_INT(count, 50 * BATCH);
	CHECK_INT(waitpid(child, NULL, 0), child);
	/* ... or it never is. */
	folder_flip(&folder, name, place);
	CHECK_ERROR(log_reader_count_settled(reader, &count, &why), E_CORRUPT);
	log_reader_close(reader);
	folder_remove(&folder);
}

TEST(a_log_that_was_never_begun_or_whose_head_is_damaged_is_not_opened)
{
	struct folder folder = folder_make();
	struct log_reader *reader;
	log_writer_close(write_log(&folder, 1));
	folder_flip(&folder, "segment-0000000001.log", 30);
	CHECK_ERROR(log_reader_open(folder_path(&folder), &reader, NULL), E_CORRUPT);
	CHECK_INT(truncate(folder_file(&folder, "segment-0000000001.log"), 0), 0);
	CHECK_ERROR(log_reader_open(folder_path(&folder), &reader, NULL), E_NOT_FOUND);
	folder_remove(&folder);
}
