/* Items of files longer than a block, in each form; and what is none of them. */
#include "cli/record_file.h"

#include "base/buffer.h"

#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK_BYTES (256u << 10) /* of the reader */

/* The items of the text are {"n":0}, {"n":1}, ...; how many there are. */
static enum error count_items(slice text, uint64_t *ret_count, struct fault *why)
{
	struct record_file *file;
	const struct json_node *item;
	enum error code;
	char path[64];
	int memory = memfd_create("records", 0);
	CHECK(memory >= 0 && write(memory, text.ptr, text.len) == (ssize_t)text.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	*ret_count = 0;
	CHECK_OK(record_file_open(&file, slice_of(path), why), *why);
	while ((code = record_file_next(file, &item, why)) == E_OK && item) {
		int64_t number;
		CHECK(json_i64(json_first(item), &number));
		CHECK_INT(number, *ret_count);
		CHECK_INT(record_file_number(file), ++*ret_count);
	}
	record_file_close(file);
	close(memory);
	return code;
}

static void check_count(slice text, uint64_t expected)
{
	struct fault why = {0};
	uint64_t count;
	CHECK_OK(count_items(text, &count, &why), why);
	CHECK_INT(count, expected);
}

static void refuse(slice text, const char *sentence)
{
	struct fault why = {0};
	uint64_t count;
	CHECK_ERROR(count_items(text, &count, &why), E_SYNTAX);
	if (!strstr(fault_sentence(&why), sentence))
		fail_msg("\"%s\" does not say \"%s\"", fault_sentence(&why), sentence);
}

TEST(items_come_from_every_form_that_is_printed)
{
	check_count(SLICE("{\"items\":[{\"n\":0},{\"n\":1}],\"next\":7}\n"), 2);
	check_count(SLICE("{\"next\":7,\"items\":[{\"n\":0},{\"n\":1}]}"), 2);
	check_count(SLICE(" [ {\"n\":0} , {\"n\":1} ] "), 2);
	check_count(SLICE("{\"n\":0}"), 1);
	check_count(SLICE("{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n"), 3);
	check_count(SLICE("{\"items\":[{\"n\":0}]}{\"items\":[],\"next\":0}[]{\"next\":1,\"items\":[]}[{\"n\":1}]{\"n\":2}"), 3);
	check_count(SLICE("{\"items\":[],\"next\":0}"), 0);
	check_count(SLICE("{\n  \"items\" : [\n {\"n\":0}\n ],\n \"next\" : {\"a\":[1,2]} , \"x\":null\n}"), 1);
	/* It is a member of the record, and no list. */
	check_count(SLICE("{\"n\":0,\"items\":3}"), 1);
}

static void put_item(struct buffer *text, unsigned number, unsigned padding)
{
	buffer_print(text, "{\"n\":%u,\"text\":\"%*s\"}", number, (int)padding, "");
}

TEST(no_length_of_an_item_is_cut_where_a_block_ends)
{
	static const struct { const char *begin, *between, *end; } forms[] = {
		{"{\"items\":[", ",", "],\"next\":4711}"}, {"[", ",\n", "]"}, {"", "\n", "\n"}, {"{\"next\":4711,\"items\":[", ",", "]}"}};
	struct buffer text;
	buffer_init(&text, 64u << 20);
	for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		unsigned count = 0;
		buffer_clear(&text);
		buffer_add_text(&text, forms[form].begin);
		while (text.len < 5 * BLOCK_BYTES + 100) {
			if (count > 0)
				buffer_add_text(&text, forms[form].between);
			/* One in a hundred is longer than a block. */
			put_item(&text, count, count % 100 == 99 ? BLOCK_BYTES + count : count * 7919 % 5000);
			count++;
		}
		buffer_add_text(&text, forms[form].end);
		check_count(buffer_slice(&text), count);
	}
	buffer_free(&text);
}

TEST(no_byte_of_what_stands_around_items_is_lost_where_a_block_ends)
{
	static const char around[] = "{\"items\":[{\"n\":0}],\"next\":4711}{\"n\":1}";
	struct buffer text;
	buffer_init(&text, 2 * BLOCK_BYTES);
	for (size_t cut = 0; cut <= sizeof(around); cut++) {
		buffer_clear(&text);
		buffer_print(&text, "%*s%s", (int)(BLOCK_BYTES - cut), "", around);
		check_count(buffer_slice(&text), 2);
	}
	buffer_free(&text);
}

TEST(what_is_no_file_of_records_is_refused_with_the_number_of_the_record)
{
	refuse(SLICE(""), "there are no records in it");
	refuse(SLICE(" \n"), "there are no records in it");
	refuse(SLICE("hello"), "record 1: ");
	refuse(SLICE("\0"), "record 1: ");
	refuse(SLICE("{\"n\":0}\n{\"n\":"), "record 2: ");
	refuse(SLICE("[{\"n\":0}"), "after record 1: ");
	refuse(SLICE("["), "record 1: ");
	refuse(SLICE("[{\"n\":0} {\"n\":1}]"), "after record 1: ");
	refuse(SLICE("[{\"n\":0},]"), "record 2: ");
	refuse(SLICE("[{\"n\":0}}"), "after record 1: ");
	refuse(SLICE("[{\"n\":0}]]"), "record 2: ");
	refuse(SLICE("{\"items\":[{\"n\":0}]"), "after record 1: ");
	refuse(SLICE("{\"items\":[{\"n\":0}]]"), "after record 1: ");
	refuse(SLICE("{\"items\":[{\"n\":0}],"), "record 2: ");
	refuse(SLICE("{\"items\":[{\"n\":0}],\"next\"}"), "after record 1: ");
	refuse(SLICE("{\"items\":[{\"n\":0}],\"next\":}"), "record 2: ");
	refuse(SLICE("{\"items\":[{\"n\":0}],7:7}"), "no name");
	refuse(SLICE("{\"items\":[{\"n\":0}],\"items\":[]}"), "a second list");
	refuse(SLICE("{\"items\":[],\"next\":7,\"items\":[]}"), "a second list");
	refuse(SLICE("{\"n\":0,\"n\":1}"), "two members have the same name");
	refuse(SLICE("{\"items\":[{\"n\":0}],\"next\":\"\xff\"}"), "record 2: ");
}

TEST(a_value_longer_than_any_record_is_refused)
{
	struct buffer text;
	buffer_init(&text, 2 * RECORD_FILE_VALUE_BYTES_MAX);
	put_item(&text, 0, RECORD_FILE_VALUE_BYTES_MAX - 100);
	buffer_add_byte(&text, '\n');
	check_count(buffer_slice(&text), 1);
	buffer_clear(&text);
	put_item(&text, 0, RECORD_FILE_VALUE_BYTES_MAX + 1);
	refuse(buffer_slice(&text), "record 1: ");
	buffer_free(&text);
}

TEST(what_cannot_be_opened_or_read_is_told)
{
	struct record_file *file;
	const struct json_node *item;
	struct fault why;
	CHECK_ERROR(record_file_open(&file, SLICE("/nowhere/records"), &why), E_NOT_FOUND);
	CHECK_ERROR(record_file_open(&file, SLICE("/dev/null/records"), &why), E_IO);
	CHECK_ERROR(record_file_open(&file, SLICE(""), &why), E_INVALID);
	CHECK_ERROR(record_file_open(&file, SLICE("/dev\0/null"), &why), E_INVALID);
	CHECK(file == NULL);
	CHECK_OK(record_file_open(&file, SLICE("/proc"), &why), why);
	CHECK_ERROR(record_file_next(file, &item, &why), E_IO);
	record_file_close(file);
	record_file_close(NULL);
}
