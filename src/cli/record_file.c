#include "cli/record_file.h"

#include "base/memory.h"
#include "text/json_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define BLOCK_BYTES (256u << 10)
#define ARENA_BYTES_MAX (256u << 20)
/* `{"items":[`, however it is laid out. */
#define PAGE_HEAD_BYTES 4096u

struct record_file {
	int file;
	char path[PATH_MAX];
	char *block;
	size_t size;
	size_t start; /* what lies before was read */
	size_t length;
	bool at_end;  /* nothing comes behind the block */
	bool has_any; /* of values */
	enum place { BETWEEN_VALUES = 0, IN_LIST, IN_PAGE } place;
	bool is_begun; /* an item of this list was given */
	const struct json_node *items; /* still to be given, of an object that was read whole */
	uint64_t number;
	struct json_doc doc;
	struct arena arena;
};

enum error record_file_open(struct record_file **ret_file, slice path, struct fault *why)
{
	*ret_file = NULL;
	if (path.len == 0 || path.len >= PATH_MAX || slice_find_byte(path, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "'%.*s' is not a path", SLICE_ARG(path));
	struct record_file *file = memory_alloc(sizeof(*file));
	char *block = memory_alloc(BLOCK_BYTES);
	if (!file || !block) {
		memory_free(file);
		memory_free(block);
		return FAIL(why, E_MEMORY, "no memory for a file of records");
	}
	file->block = block;
	file->size = BLOCK_BYTES;
	memcpy(file->path, path.ptr, path.len);
	arena_init(&file->arena, ARENA_BYTES_MAX);
	file->file = open(file->path, O_RDONLY | O_CLOEXEC);
	if (file->file < 0) {
		enum error code = FAIL(why, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open %s: %s", file->path, strerror(errno));
		record_file_close(file);
		return code;
	}
	*ret_file = file;
	return E_OK;
}

void record_file_close(struct record_file *file)
{
	if (!file)
		return;
	if (file->file >= 0)
		close(file->file);
	arena_free(&file->arena);
	memory_free(file->block);
	memory_free(file);
}

uint64_t record_file_number(const struct record_file *file)
{
	return file->number;
}

static enum error grow(struct record_file *file, struct fault *why)
{
	char *block = memory_resize(file->block, file->size * 2);
	if (!block)
		return FAIL(why, E_MEMORY, "no memory for a record of %s", file->path);
	file->block = block;
	file->size *= 2;
	return E_OK;
}

/* Fills the block; less only where the file ends. */
static enum error fill(struct record_file *file, struct fault *why)
{
	while (file->length < file->size && !file->at_end) {
		ssize_t got = read(file->file, file->block + file->length, file->size - file->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FAIL(why, E_IO, "cannot read %s: %s", file->path, strerror(errno));
		file->length += (size_t)got;
		file->at_end = got == 0;
	}
	return E_OK;
}

/* Appends what follows; false: nothing does, or what is not read yet is as long as it may be. */
static enum error read_more(struct record_file *file, bool *ret_more, struct fault *why)
{
	*ret_more = false;
	if (file->start > 0) {
		memmove(file->block, file->block + file->start, file->length - file->start);
		file->length -= file->start;
		file->start = 0;
	}
	if (file->length >= RECORD_FILE_VALUE_BYTES_MAX || file->at_end)
		return E_OK;
	if (file->length == file->size)
		TRY(grow(file, why));
	size_t before = file->length;
	TRY(fill(file, why));
	*ret_more = file->length > before;
	return E_OK;
}

/* Over white space; false at the end of the file. */
static enum error peek(struct record_file *file, char *ret_byte, bool *ret_found, struct fault *why)
{
	*ret_byte = '\0';
	for (*ret_found = true; *ret_found; ) {
		struct json_cursor cursor = {.at = file->block + file->start, .end = file->block + file->length};
		*ret_byte = json_cursor_peek(&cursor);
		file->start = (size_t)(cursor.at - file->block);
		if (file->start < file->length)
			return E_OK;
		TRY(read_more(file, ret_found, why));
	}
	return E_OK;
}

/* The byte that must come now. */
static enum error take(struct record_file *file, char wanted, struct fault *why)
{
	char byte;
	bool found;
	TRY(peek(file, &byte, &found, why));
	if (!found || byte != wanted)
		return FAIL(why, E_SYNTAX, "%s: after record %llu: there is no %c", file->path,
			    (unsigned long long)file->number, wanted);
	file->start++;
	return E_OK;
}

/* One value, into file->doc. What ends with the block could go on behind it. */
static enum error read_value(struct record_file *file, struct fault *why)
{
	const struct json_limits limits = {.bytes_max = 2 * RECORD_FILE_VALUE_BYTES_MAX, .depth_max = 64, .nodes_max = 1u << 20};
	struct fault inner = {0};
	for (bool more = true; more;) {
		size_t at = 0;
		slice rest = slice_from(file->block + file->start, file->length - file->start);
		arena_reset(&file->arena);
		enum error code = json_parse_at(&file->doc, rest, &at, &limits, &file->arena, &inner);
		if (code == E_OK && (at < rest.len || file->at_end)) {
			file->start += at;
			return E_OK;
		}
		if (code != E_OK && code != E_SYNTAX)
			return FAIL(why, code, "%s: record %llu: %s", file->path, (unsigned long long)file->number + 1,
				    fault_sentence(&inner));
		TRY(read_more(file, &more, why));
		/* At the end of the file a value that ends there is whole. */
		more |= code == E_OK && file->at_end;
	}
	return FAIL(why, E_SYNTAX, "%s: record %llu: %s", file->path, (unsigned long long)file->number + 1,
		    inner.code == E_OK ? "it is too long" : fault_sentence(&inner));
}

/* Does an object with its items first begin here? Then it is passed over up to them. */
static enum error take_page_head(struct record_file *file, bool *ret_taken, struct fault *why)
{
	for (bool more = true; more;) {
		slice name;
		struct json_cursor cursor = {.at = file->block + file->start, .end = file->block + file->length,
					     .arena = &file->arena};
		*ret_taken = json_cursor_take(&cursor, '{') && json_cursor_name(&cursor, &name) &&
			     slice_equal(name, SLICE("items")) && json_cursor_take(&cursor, '[');
		if (*ret_taken)
			file->start = (size_t)(cursor.at - file->block);
		if (*ret_taken || file->length - file->start >= PAGE_HEAD_BYTES)
			return E_OK;
		TRY(read_more(file, &more, why));
	}
	return E_OK;
}

/* The other members of an object whose items were read. */
static enum error leave_page(struct record_file *file, struct fault *why)
{
	slice name;
	char byte;
	bool found;
	for (;;) {
		TRY(peek(file, &byte, &found, why));
		if (byte != ',')
			return take(file, '}', why);
		file->start++;
		TRY(read_value(file, why));
		if (!json_string(json_root(&file->doc), &name) || slice_equal(name, SLICE("items")))
			return FAIL(why, E_SYNTAX, "%s: after record %llu: no name, or a second list of items", file->path,
				    (unsigned long long)file->number);
		TRY(take(file, ':', why));
		TRY(read_value(file, why));
	}
}

/* Within a list: its next item, or NULL where it ends. */
static enum error next_of_list(struct record_file *file, const struct json_node **ret_item, struct fault *why)
{
	char byte;
	bool found;
	*ret_item = NULL;
	TRY(peek(file, &byte, &found, why));
	if (byte == ']') {
		bool is_page = file->place == IN_PAGE;
		file->start++;
		file->place = BETWEEN_VALUES;
		return is_page ? leave_page(file, why) : E_OK;
	}
	if (file->is_begun)
		TRY(take(file, ',', why));
	file->is_begun = true;
	TRY(read_value(file, why));
	*ret_item = json_root(&file->doc);
	return E_OK;
}

/* Between values: a list is begun, or the item is here, or (`*ret_end`) there is nothing. */
static enum error next_value(struct record_file *file, const struct json_node **ret_item, bool *ret_end, struct fault *why)
{
	char byte;
	bool found, is_page = false;
	*ret_item = NULL;
	file->is_begun = false;
	TRY(peek(file, &byte, &found, why));
	*ret_end = !found;
	if (!found)
		return file->has_any ? E_OK : FAIL(why, E_SYNTAX, "%s: there are no records in it", file->path);
	file->has_any = true;
	if (byte == '[') {
		file->start++;
		file->place = IN_LIST;
		return E_OK;
	}
	TRY(take_page_head(file, &is_page, why));
	if (is_page) {
		file->place = IN_PAGE;
		return E_OK;
	}
	TRY(read_value(file, why));
	const struct json_node *items = json_get(&file->doc, json_root(&file->doc), SLICE("items"));
	if (json_is(items, JSON_ARRAY))
		file->items = json_first(items);
	else
		*ret_item = json_root(&file->doc);
	return E_OK;
}

enum error record_file_next(struct record_file *file, const struct json_node **ret_item, struct fault *why)
{
	bool is_end = false;
	for (*ret_item = NULL; !*ret_item && !is_end;) {
		if (file->items) {
			*ret_item = file->items;
			file->items = json_next(file->items);
		} else if (file->place != BETWEEN_VALUES) {
			TRY(next_of_list(file, ret_item, why));
		} else {
			TRY(next_value(file, ret_item, &is_end, why));
		}
	}
	file->number += *ret_item != NULL;
	return E_OK;
}
