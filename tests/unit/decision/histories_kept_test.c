#include "unit/decision/histories_ask.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static const struct hash_key key = {17, 18};
static const struct hash_key later_key = {19, 20};

#define ANSWERED "formerly within 10m Action::\"x\"::response{ outcome: \"ok\" }"

static void add(struct histories *histories, const char *name, int64_t now_ms)
{
	histories_add(histories, &key, slice_of(name), START + 1, now_ms);
}

/* In a session of what was read. */
static const char *ask(struct histories *histories, const char *name, int64_t begun_ms, int64_t now_ms,
		       const char *condition)
{
	return histories_ask(histories, &later_key, slice_of(name), begun_ms, now_ms, condition);
}

#define CHECK_ASKED(histories, name, begun_ms, now_ms, condition, wanted)                                               \
	CHECK_SLICE(slice_of(ask((histories), (name), (begun_ms), (now_ms), (condition))), slice_of(wanted))

/* --- writing and reading --- */

struct file {
	struct buffer bytes;
	size_t fail_at; /* the sink refuses this piece; 0: none */
	size_t pieces;
};

static enum error take(void *context, slice bytes, struct fault *why)
{
	struct file *file = context;
	if (++file->pieces == file->fail_at)
		return FAIL(why, E_IO, "the disk is full");
	buffer_add(&file->bytes, bytes);
	return E_OK;
}

static struct histories_kept write_all(struct histories *histories, size_t bytes_max, struct file *file)
{
	struct histories_kept kept;
	struct fault why = {0};
	*file = (struct file){0};
	buffer_init(&file->bytes, 1u << 28);
	CHECK_OK(histories_write(histories, bytes_max, take, file, &kept, &why), why);
	CHECK_INT(buffer_check(&file->bytes, NULL), E_OK);
	CHECK(file->bytes.len <= bytes_max);
	return kept;
}

/* As a later process has them, which started at START + 1000 s; nothing was decided in between. */
#define AGAIN (START + 1000000)

static struct histories *read_all(slice bytes, size_t sessions, size_t left_out)
{
	struct histories *again = histories_new(&later_key, AGAIN);
	struct histories_kept kept;
	struct fault why = {0};
	CHECK_OK(histories_read(again, bytes, &kept, &why), why);
	CHECK_INT(kept.sessions, sessions);
	CHECK_INT(kept.left_out, left_out);
	CHECK_INT(histories_count(again), sessions);
	return again;
}

static struct histories *reread(struct histories *histories)
{
	struct file file;
	struct histories_kept kept = write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file);
	CHECK_INT(kept.left_out, 0);
	struct histories *again = read_all(buffer_slice(&file.bytes), kept.sessions, 0);
	buffer_free(&file.bytes);
	return again;
}

TEST(after_a_restart_everything_is_known_as_before)
{
	struct histories *histories = histories_new(&key, START);
	add(histories, "one", START + 900000);
	add(histories, "long ago", START + 10);
	struct histories *again = reread(histories);
	CHECK_ASKED(again, "one", START + 1, AGAIN + 1, BEFORE, "deny");
	CHECK_ASKED(again, "long ago", START + 1, AGAIN + 1, BEFORE, "allow");
	/* Who did nothing is known to have done nothing, unless it was there before the first start. */
	CHECK_ASKED(again, "quiet", START + 1, AGAIN + 1, BEFORE, "allow");
	CHECK_ASKED(again, "older", START - 1, AGAIN + 1, "formerly within 1h Action::\"x\"::request{}", "unknown");
	CHECK_ASKED(again, "older", START - 1, AGAIN + 1, BEFORE, "allow");
	histories_free(histories);
	histories_free(again);
}

TEST(what_was_lost_before_stays_lost)
{
	struct histories *histories = histories_new(&key, START + 800000);
	add(histories, "one", START + 900000);
	struct histories *again = reread(histories), *third = reread(again);
	CHECK_ASKED(third, "quiet", START + 1, AGAIN + 1, BEFORE, "unknown");
	CHECK_ASKED(third, "one", START + 1, AGAIN + 1, "formerly within 10m Action::\"z\"::request{}", "unknown");
	CHECK_ASKED(third, "one", START + 1, AGAIN + 1, BEFORE, "deny");
	histories_free(histories);
	histories_free(again);
	histories_free(third);
}

TEST(an_outcome_after_the_restart_finds_its_request)
{
	struct histories *histories = histories_new(&key, START);
	add(histories, "one", START + 900000);
	struct histories *again = reread(histories);
	struct cedar_event outcome = {.time_ms = AGAIN + 1, .request_id = SLICE("d_1"), .outcome = SLICE("ok")};
	CHECK_ASKED(again, "one", 0, AGAIN + 1, ANSWERED, "allow");
	histories_add_outcome(again, NULL, SLICE("one"), &outcome);
	CHECK_ASKED(again, "one", 0, AGAIN + 2, ANSWERED, "deny");
	histories_free(histories);
	histories_free(again);
}

/* --- what has no place --- */

static void add_many(struct histories *histories, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char name[24];
		snprintf(name, sizeof(name), "s%u", i);
		add(histories, name, START + 900000 + i);
	}
}

TEST(those_that_were_used_last_are_kept_and_the_others_are_known_to_be_lost)
{
	struct histories *histories = histories_new(&key, START);
	struct file whole, part;
	add_many(histories, 1000);
	/* Used again: the order is that of use, not of beginning. */
	add(histories, "s3", START + 910000);
	struct histories_kept all = write_all(histories, HISTORIES_KEPT_BYTES_MAX, &whole);
	CHECK_INT(all.sessions, 1000);
	struct histories_kept kept = write_all(histories, whole.bytes.len / 2, &part);
	CHECK(kept.sessions > 400 && kept.sessions < 600);
	CHECK_INT(kept.left_out, 1000 - kept.sessions);
	struct histories *again = read_all(buffer_slice(&part.bytes), kept.sessions, 0);
	CHECK(histories_has(again, SLICE("s3")) && histories_has(again, SLICE("s999")));
	CHECK(!histories_has(again, SLICE("s0")) && !histories_has(again, SLICE("s4")));
	CHECK_ASKED(again, "s3", 0, AGAIN + 1, BEFORE, "deny");
	CHECK_ASKED(again, "s4", START + 1, AGAIN + 1, BEFORE, "unknown");
	CHECK_ASKED(again, "new", START + 905000, AGAIN + 1, BEFORE, "allow");
	/* Room for nothing but the end: everything is lost, and known to be. */
	struct file none;
	kept = write_all(histories, 64, &none);
	CHECK_INT(kept.left_out, 1000);
	struct histories *empty = read_all(buffer_slice(&none.bytes), 0, 0);
	CHECK_ASKED(empty, "s3", START + 1, AGAIN + 1, BEFORE, "unknown");
	buffer_free(&whole.bytes);
	buffer_free(&part.bytes);
	buffer_free(&none.bytes);
	histories_free(histories);
	histories_free(again);
	histories_free(empty);
}

#define CROWD 1500u

/* Names that share one shard later, but not before: more than have room in it. See histories_shard. */
static void name_in_crowd(unsigned number, char name[24])
{
	static unsigned tried[CROWD + 2], count;
	while (count <= number) {
		unsigned next = count ? tried[count - 1] + 1 : 0;
		for (;; next++) {
			int length = snprintf(name, 24, "s%u", next);
			if ((hash_slice(&later_key, slice_from(name, (size_t)length)) >> 32) % 64 == 7)
				break;
		}
		tried[count++] = next;
	}
	snprintf(name, 24, "s%u", tried[number]);
}

TEST(where_later_no_room_is_for_all_those_used_longest_ago_are_lost)
{
	struct histories *histories = histories_new(&key, START);
	struct file file;
	struct histories_kept kept;
	struct fault why = {0};
	char name[24];
	for (unsigned i = 0; i < CROWD; i++) {
		name_in_crowd(i, name);
		add(histories, name, START + 900000 + i);
	}
	CHECK_INT(write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file).sessions, CROWD);
	struct histories *again = histories_new(&later_key, AGAIN);
	CHECK_OK(histories_read(again, buffer_slice(&file.bytes), &kept, &why), why);
	CHECK(kept.sessions > 300 && kept.left_out > 100);
	CHECK_INT(kept.sessions + kept.left_out, CROWD);
	unsigned oldest = (unsigned)kept.left_out;
	for (unsigned i = 0; i < CROWD; i++) {
		name_in_crowd(i, name);
		CHECK(histories_has(again, slice_of(name)) == (i >= oldest));
	}
	/* What was lost just now is known to be. */
	name_in_crowd(oldest - 1, name);
	int64_t lost_ms = START + 900000 + (int64_t)oldest - 1;
	CHECK_ASKED(again, "quiet", lost_ms, AGAIN + 1, BEFORE, "unknown");
	CHECK_ASKED(again, "quieter", lost_ms + 1, AGAIN + 1, BEFORE, "allow");
	/* Two more: again the one used longest ago goes. */
	for (unsigned i = 0; i < 2; i++) {
		name_in_crowd(CROWD + i, name);
		histories_add(again, &later_key, slice_of(name), START + 1, AGAIN + 2);
	}
	name_in_crowd(oldest, name);
	CHECK(!histories_has(again, slice_of(name)));
	CHECK_ASKED(again, name, START + 1, AGAIN + 4, BEFORE, "unknown");
	name_in_crowd(CROWD - 1, name);
	CHECK_ASKED(again, name, START + 1, AGAIN + 4, BEFORE, "deny");
	buffer_free(&file.bytes);
	histories_free(histories);
	histories_free(again);
}

TEST(a_session_that_cannot_be_written_is_known_to_be_lost)
{
	struct histories *histories = histories_new(&key, START);
	struct history_hold hold;
	struct fault why = {0};
	struct file file;
	struct cedar_event event = event_at(&key, START + 900000);
	event.request_id = SLICE("\xff");
	CHECK_OK(histories_hold(histories, SLICE("odd"), START + 1, START + 900000, &hold, &why), why);
	CHECK_OK(cedar_history_add(hold.history, &event, NULL, &why), why);
	histories_let_go(&hold);
	add(histories, "one", START + 900001);
	struct histories_kept kept = write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file);
	CHECK_INT(kept.sessions, 1);
	CHECK_INT(kept.left_out, 1);
	struct histories *again = read_all(buffer_slice(&file.bytes), 1, 0);
	CHECK_ASKED(again, "odd", START + 1, AGAIN + 1, BEFORE, "unknown");
	CHECK_ASKED(again, "one", START + 1, AGAIN + 1, BEFORE, "deny");
	buffer_free(&file.bytes);
	histories_free(histories);
	histories_free(again);
}

/* --- what is not what was written --- */

static void check_refused(slice bytes, enum error code)
{
	struct histories *again = histories_new(&later_key, AGAIN);
	struct histories_kept kept;
	struct fault why = {0};
	enum error error = histories_read(again, bytes, &kept, &why);
	CHECK(code == E_OK ? error != E_OK : error == code);
	CHECK(strlen(why.sentence) > 0);
	/* As if there had been no file. */
	CHECK_INT(histories_count(again), 0);
	CHECK_INT(kept.sessions, 0);
	CHECK_ASKED(again, "one", START + 1, AGAIN + 1, BEFORE, "unknown");
	CHECK_ASKED(again, "new", AGAIN + 1, AGAIN + 2, BEFORE, "allow");
	histories_free(again);
}

TEST(what_is_not_whole_is_not_taken_in)
{
	struct histories *histories = histories_new(&key, START);
	struct file file;
	add(histories, "one", START + 900000);
	add(histories, "two", START + 900000);
	write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file);
	slice whole = buffer_slice(&file.bytes);
	for (size_t length = 0; length < whole.len; length++)
		check_refused(slice_sub(whole, 0, length), E_OK);
	buffer_add_byte(&file.bytes, 0);
	check_refused(buffer_slice(&file.bytes), E_SYNTAX);
	buffer_free(&file.bytes);
	histories_free(histories);
}

TEST(another_version_a_foreign_file_and_a_session_twice_are_refused)
{
	struct histories *histories = histories_new(&key, START);
	struct file file;
	struct buffer twice;
	add(histories, "one", START + 900000);
	write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file);
	const size_t head = 21, end = file.bytes.len - 6;
	slice whole = buffer_slice(&file.bytes);
	CHECK_INT(whole.ptr[head - 1], 1);
	CHECK_INT((unsigned char)whole.ptr[end], 0x81);
	file.bytes.ptr[head - 1] = 2;
	check_refused(whole, E_UNSUPPORTED);
	file.bytes.ptr[head - 1] = 1;
	file.bytes.ptr[5] ^= 1;
	check_refused(whole, E_INVALID);
	file.bytes.ptr[5] ^= 1;
	check_refused(SLICE("\x83\x01\x02\x03"), E_INVALID);
	check_refused(SLICE("not at all"), E_SYNTAX);
	buffer_init(&twice, 1u << 16);
	buffer_add(&twice, slice_sub(whole, 0, end));
	buffer_add(&twice, slice_sub(whole, head, whole.len));
	check_refused(buffer_slice(&twice), E_INVALID);
	buffer_free(&twice);
	buffer_free(&file.bytes);
	histories_free(histories);
}

/* --- failures --- */

TEST(a_sink_that_fails_ends_the_writing)
{
	struct histories *histories = histories_new(&key, START);
	struct histories_kept kept;
	struct fault why = {0};
	add_many(histories, 10000);
	for (size_t nth = 1; nth <= 2; nth++) {
		struct file file = {.fail_at = nth};
		buffer_init(&file.bytes, 1u << 26);
		CHECK_ERROR(histories_write(histories, HISTORIES_KEPT_BYTES_MAX, take, &file, &kept, &why), E_IO);
		CHECK_INT(file.pieces, nth);
		buffer_free(&file.bytes);
	}
	struct file file = {0};
	CHECK_ERROR(histories_write(histories, 20, take, &file, &kept, &why), E_LIMIT);
	histories_free(histories);
}

TEST(without_memory_nothing_is_taken_in)
{
	struct histories *histories = histories_new(&key, START);
	struct file file;
	unsigned failures = 0;
	add(histories, "one", START + 900000);
	add(histories, "two", START + 900000);
	write_all(histories, HISTORIES_KEPT_BYTES_MAX, &file);
	for (uint64_t nth = 1;; nth++, failures++) {
		struct histories *again = histories_new(&later_key, AGAIN);
		struct histories_kept kept;
		memory_fail_at(nth);
		enum error error = histories_read(again, buffer_slice(&file.bytes), &kept, NULL);
		memory_fail_at(0);
		size_t count = histories_count(again);
		histories_free(again);
		if (error == E_OK)
			break;
		CHECK_INT(error, E_MEMORY);
		CHECK_INT(count, 0);
	}
	CHECK(failures > 8);
	buffer_free(&file.bytes);
	histories_free(histories);
}

/* Written without memory: it fails, or what is missing is known to be lost. */
TEST(without_memory_nothing_is_written_as_if_it_were_all)
{
	struct histories *histories = histories_new(&key, START);
	add(histories, "one", START + 900000);
	for (uint64_t nth = 1; nth < 8; nth++) {
		struct file file = {0};
		struct histories_kept kept;
		buffer_init(&file.bytes, 1u << 20);
		CHECK_INT(buffer_reserve(&file.bytes, 1u << 16, NULL), E_OK);
		memory_fail_at(nth);
		enum error error = histories_write(histories, HISTORIES_KEPT_BYTES_MAX, take, &file, &kept, NULL);
		memory_fail_at(0);
		if (error == E_OK) {
			struct histories *again = read_all(buffer_slice(&file.bytes), kept.sessions, 0);
			CHECK_ASKED(again, "one", START + 1, AGAIN + 1, BEFORE, kept.sessions ? "deny" : "unknown");
			histories_free(again);
		}
		buffer_free(&file.bytes);
	}
	histories_free(histories);
}
