#include "cli/printed.h"

#include "check.h"

#include <stdio.h>
#include <unistd.h>

/* What standard output gets meanwhile. */
struct caught {
	FILE *file;
	int saved;
	char text[256];
};

static void catch_start(struct caught *caught)
{
	fflush(stdout);
	caught->saved = dup(STDOUT_FILENO);
	caught->file = tmpfile();
	CHECK(caught->file && caught->saved >= 0);
	CHECK(dup2(fileno(caught->file), STDOUT_FILENO) >= 0);
}

static slice catch_stop(struct caught *caught)
{
	fflush(stdout);
	CHECK(dup2(caught->saved, STDOUT_FILENO) >= 0);
	close(caught->saved);
	rewind(caught->file);
	size_t length = fread(caught->text, 1, sizeof(caught->text), caught->file);
	fclose(caught->file);
	return slice_from(caught->text, length);
}

TEST(json_is_printed_with_a_newline)
{
	struct caught caught;
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_COMPACT);
	json_begin_object(writer);
	json_put_u64(writer, "n", 1);
	json_end_object(writer);
	catch_start(&caught);
	enum error code = printed_end(&printed, E_OK, NULL);
	slice out = catch_stop(&caught);
	CHECK_INT(code, E_OK);
	CHECK_SLICE(out, SLICE("{\"n\":1}\n"));
}

TEST(what_went_wrong_midway_prints_nothing)
{
	struct caught caught;
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_array(writer, "begun");
	catch_start(&caught);
	enum error code = printed_end(&printed, E_IO, NULL);
	slice out = catch_stop(&caught);
	CHECK_INT(code, E_IO);
	CHECK_INT(out.len, 0);
}

TEST(what_is_no_text_prints_nothing)
{
	struct caught caught;
	struct printed printed;
	json_write_string(printed_begin(&printed, JSON_COMPACT), SLICE("\xff"));
	catch_start(&caught);
	enum error code = printed_end(&printed, E_OK, NULL);
	slice out = catch_stop(&caught);
	CHECK_INT(code, E_LIMIT);
	CHECK_INT(out.len, 0);
}
