#include "cli/folder.h"

#include "check.h"
#include "cli/diagnostics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct fault why;
static struct arena arena;

static bool is_text(slice name)
{
	return slice_ends_with(name, SLICE(".txt"));
}

static void make_file(const char *path)
{
	FILE *file = fopen(path, "w");
	CHECK(file != NULL);
	fclose(file);
}

TEST(wanted_files_come_in_order_and_folders_too_deep_are_refused)
{
	char path[512] = "/tmp/folder-XXXXXX", name[600], command[600];
	struct folder folder = {.arena = &arena, .wants = is_text};
	arena_init(&arena, 64u << 20);
	CHECK(mkdtemp(path) != NULL);
	snprintf(command, sizeof(command), "rm -rf %s", path);
	snprintf(name, sizeof(name), "%s/b.txt", path);
	make_file(name);
	snprintf(name, sizeof(name), "%s/c.md", path);
	make_file(name);
	CHECK(folder_is(slice_of(path), &arena) && !folder_is(slice_of(name), &arena));
	CHECK_OK(folder_add(&folder, slice_of(name), &why), why); /* named, so it is wanted */
	size_t top = strlen(path);
	strcat(path, "/a");
	CHECK(mkdir(path, 0700) == 0);
	snprintf(name, sizeof(name), "%s/z.txt", path);
	make_file(name);
	path[top] = '\0';
	CHECK_OK(folder_add(&folder, slice_of(path), &why), why);
	CHECK_INT(folder.count, 3);
	CHECK_SLICE(folder.files[0].name, SLICE("c.md"));
	CHECK_SLICE(folder.files[1].name, SLICE("a/z.txt"));
	CHECK_SLICE(folder.files[2].name, SLICE("b.txt"));
	for (unsigned depth = 0; depth < FOLDER_DEPTH_MAX; depth++) {
		strcat(path, "/d");
		CHECK(mkdir(path, 0700) == 0);
	}
	path[top] = '\0';
	CHECK_ERROR(folder_add(&folder, slice_of(path), &why), E_LIMIT);
	CHECK_ERROR(folder_add(&folder, SLICE("/tmp/no-such-folder"), &why), E_NOT_FOUND);
	CHECK_INT(system(command), 0);
	arena_free(&arena);
}

TEST(the_folder_of_a_file_is_what_stands_before_its_name)
{
	CHECK_SLICE(folder_of(SLICE("a/b.c")), SLICE("a"));
	CHECK_SLICE(folder_of(SLICE("b.c")), SLICE("."));
	CHECK_SLICE(folder_of(SLICE("/b.c")), SLICE("/"));
}

TEST(mistakes_are_counted_up_to_a_limit)
{
	struct diagnostics list = {.arena = &arena};
	struct diagnostic one = {.message = SLICE("m"), .source = SLICE("s")};
	arena_init(&arena, 64u << 20);
	for (unsigned i = 0; i < DIAGNOSTICS_MAX; i++) {
		one.is_warning = i == 0;
		CHECK_OK(diagnostics_add(&list, &one, &why), why);
	}
	CHECK_ERROR(diagnostics_add(&list, &one, &why), E_LIMIT);
	CHECK_INT(list.errors, DIAGNOSTICS_MAX - 1);
	CHECK_INT(list.warnings, 1);
	arena_free(&arena);
	arena_init(&arena, 64);
	list = (struct diagnostics){.arena = &arena};
	CHECK_ERROR(diagnostics_add(&list, &one, &why), E_MEMORY);
	arena_free(&arena);
}
