#include "vectors.h"

#include "read_file.h"
#include "text/base64.h"

#include <stdio.h>
#include <stdlib.h>

bool vectors_open(struct vectors *vectors, const char *file)
{
	char path[1024];
	struct fault why;
	const char *place = check_conformance_dir();
	if (!place)
		return false;
	snprintf(path, sizeof(path), "%s/jose/%s", place, file);
	vectors->bytes = read_file(path);
	if (!vectors->bytes.ptr)
		fail_msg("%s cannot be read", path);
	arena_init(&vectors->arena, 256u << 20);
	CHECK_OK(json_parse(&vectors->doc, vectors->bytes, NULL, &vectors->arena, &why), why);
	return true;
}

void vectors_close(struct vectors *vectors)
{
	arena_free(&vectors->arena);
	free((void *)(uintptr_t)vectors->bytes.ptr);
}

slice vectors_text(const struct vectors *vectors, const struct json_node *object, const char *name)
{
	slice text;
	struct fault why;
	CHECK_OK(json_need_string(&vectors->doc, object, name, &text, &why), why);
	return text;
}

slice vectors_hex(struct vectors *vectors, const struct json_node *object, const char *name)
{
	slice text = vectors_text(vectors, object, name);
	struct fault why;
	char *bytes = arena_alloc(&vectors->arena, text.len / 2);
	CHECK_OK(hex_read(bytes, text, &why), why);
	return slice_from(bytes, text.len / 2);
}

enum error vectors_keys(struct vectors *vectors, const struct json_node *group, struct jwk_set *ret_set,
			struct fault *why)
{
	const struct json_node *public = json_get(&vectors->doc, group, SLICE("public"));
	const struct json_node *keys = public ? public : json_get(&vectors->doc, group, SLICE("private"));
	return jwk_set_parse(ret_set, json_span(&vectors->doc, keys), public ? JWK_PUBLIC : JWK_PRIVATE, &vectors->arena,
			     why);
}
