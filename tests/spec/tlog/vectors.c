#include "vectors.h"

#include "text/base64.h"

#include "check.h"
#include "read_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *vectors_path(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	const char *place = check_conformance_dir();
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/tlog/%s", place ? place : "", name);
	return place ? path : NULL;
}

struct vectors vectors_open(const char *path)
{
	struct vectors vectors = {.text = read_file(path)};
	struct fault why;
	arena_init(&vectors.arena, 256u * 1024u * 1024u);
	if (!vectors.text.ptr)
		fail_msg("%s cannot be read", path);
	CHECK_OK(json_parse(&vectors.doc, vectors.text, NULL, &vectors.arena, &why), why);
	vectors.root = json_root(&vectors.doc);
	return vectors;
}

void vectors_close(struct vectors *vectors)
{
	arena_free(&vectors->arena);
	free((void *)(uintptr_t)vectors->text.ptr);
}

slice vectors_text(const struct vectors *vectors, const struct json_node *object, const char *name)
{
	slice text = SLICE("");
	(void)json_string(json_get(&vectors->doc, object, slice_of(name)), &text);
	return text;
}

/* Some vectors have numbers beyond what a signed 64-bit integer holds. */
uint64_t vectors_number(const struct vectors *vectors, const struct json_node *object, const char *name)
{
	const struct json_node *node = json_get(&vectors->doc, object, slice_of(name));
	uint64_t value = 0;
	CHECK(node != NULL);
	if (!slice_to_u64(json_span(&vectors->doc, node), &value))
		return UINT64_MAX;
	return value;
}

slice vectors_bytes(struct vectors *vectors, const struct json_node *object, const char *name)
{
	slice bytes = SLICE("");
	struct fault why;
	CHECK_OK(base64_read_arena(&bytes, vectors_text(vectors, object, name), &vectors->arena, &why), why);
	return bytes;
}

static bool to_hash(slice bytes, struct merkle_hash *ret)
{
	if (bytes.len != MERKLE_HASH_BYTES)
		return false;
	memcpy(ret->bytes, bytes.ptr, MERKLE_HASH_BYTES);
	return true;
}

bool vectors_hash(struct vectors *vectors, const struct json_node *object, const char *name, struct merkle_hash *ret)
{
	return to_hash(vectors_bytes(vectors, object, name), ret);
}

bool vectors_proof(struct vectors *vectors, const struct json_node *object, const char *name, struct merkle_proof *ret)
{
	const struct json_node *list = json_get(&vectors->doc, object, slice_of(name));
	ret->count = 0;
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		slice text, bytes;
		struct fault why;
		CHECK(json_string(node, &text));
		CHECK_OK(base64_read_arena(&bytes, text, &vectors->arena, &why), why);
		if (ret->count == MERKLE_PROOF_MAX || !to_hash(bytes, &ret->hashes[ret->count++]))
			return false;
	}
	return true;
}

unsigned vectors_each(const char *folder, void (*visit)(const char *path))
{
	unsigned count = 0;
	DIR *names = opendir(folder);
	CHECK(names != NULL);
	for (struct dirent *entry; (entry = readdir(names));) {
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		if (slice_ends_with(slice_of(entry->d_name), SLICE(".json"))) {
			visit(path);
			count++;
		} else {
			count += vectors_each(path, visit);
		}
	}
	closedir(names);
	return count;
}
