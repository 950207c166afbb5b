/*
 * Writes every schema of a folder as JSON and as text, reads both again and sees that they mean the same:
 *
 *	cedar_schemas DIR
 *
 * Schemas are the files that end in .cedarschema. Prints each that fails and closes with `N passed, N failed`.
 */
#include "cedar/cedar.h"
#include "read_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const struct hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};

/* Written in one form, read again: the same schema. */
static enum error check_form(const struct cedar_schema *schema, bool is_json, struct buffer *out,
			     struct cedar_schema **ret_again, struct fault *why)
{
	buffer_clear(out);
	TRY(is_json ? cedar_schema_write_json(schema, out, why) : cedar_schema_write_text(schema, out, why));
	slice name = is_json ? SLICE("json") : SLICE("text"), text = buffer_slice(out);
	TRY(is_json ? cedar_schema_parse_json(&key, name, text, ret_again, NULL, why)
		    : cedar_schema_parse(&key, name, text, ret_again, NULL, why));
	if (cedar_schema_equal(schema, *ret_again))
		return E_OK;
	return FAIL(why, E_CONFLICT, "the %.*s means something else", SLICE_ARG(name));
}

static enum error check_schema(slice text, struct buffer *out, struct fault *why)
{
	struct cedar_schema *schema = NULL, *from_json = NULL, *from_text = NULL, *from_both = NULL;
	enum error error = cedar_schema_parse(&key, SLICE("schema"), text, &schema, NULL, why);
	if (error == E_OK)
		error = check_form(schema, true, out, &from_json, why);
	if (error == E_OK)
		error = check_form(schema, false, out, &from_text, why);
	if (error == E_OK)
		error = check_form(from_json, false, out, &from_both, why);
	cedar_schema_free(schema);
	cedar_schema_free(from_json);
	cedar_schema_free(from_text);
	cedar_schema_free(from_both);
	return error;
}

int main(int count, char **arguments)
{
	size_t passed = 0, failed = 0;
	struct buffer out;
	DIR *directory = count == 2 ? opendir(arguments[1]) : NULL;
	const struct dirent *entry;
	if (!directory) {
		fprintf(stderr, "usage: cedar_schemas DIR\n");
		return 64;
	}
	buffer_init(&out, CEDAR_TEXT_BYTES_MAX);
	while ((entry = readdir(directory)) != NULL) {
		char path[4096];
		struct fault why = {0};
		if (!slice_ends_with(slice_of(entry->d_name), SLICE(".cedarschema")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", arguments[1], entry->d_name);
		slice text = read_file(path);
		bool is_fine = text.ptr && check_schema(text, &out, &why) == E_OK;
		if (!is_fine)
			printf("%s: %s\n", path, fault_sentence(&why));
		passed += is_fine;
		failed += !is_fine;
		free((void *)(uintptr_t)text.ptr);
	}
	closedir(directory);
	buffer_free(&out);
	printf("%zu schemas: %zu passed, %zu failed\n", passed + failed, passed, failed);
	return failed || !passed;
}
