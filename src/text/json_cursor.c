#include "text/json_cursor.h"

bool json_cursor_named_oddly(struct json_cursor *cursor, slice quoted)
{
	struct json_cursor inside = *cursor;
	slice name;
	bool is_it = json_cursor_name(&inside, &name) && slice_equal(name, slice_sub(quoted, 1, quoted.len - 2));
	cursor->no_memory = inside.no_memory;
	if (is_it)
		*cursor = inside;
	return is_it;
}
