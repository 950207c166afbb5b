/* `tipstaff demo`: the story that sells the system, in a minute, with a real MCP server and a real MCP client. */
#include "cli/demo_agent.h"
#include "cli/line.h"
#include "cli/screen.h"
#include "cli/stage.h"
#include "cli/verb.h"
#include "daemon/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AGENT "notes-bot"
#define PURPOSE "tidy-notes"
#define LOG_FILE_BYTES_MAX (1u << 30)

/* What the agent told of its run. */
struct told {
	struct arena arena;
	struct json_doc lines[8];
	size_t count;
};

static void show_intro(const struct stage *stage)
{
	printf("The whole story with real parts; everything runs on this machine and nothing leaves it.\n"
	       "  MCP server  @modelcontextprotocol/server-filesystem, behind tipstaff shim\n"
	       "  agent       an MCP client on @modelcontextprotocol/sdk that knows nothing of Tipstaff\n"
	       "  data        %s%s\n", stage->folder, stage->keep ? "" : " (removed at the end)");
}

static bool start_server(struct stage *stage)
{
	stage_step(stage, "A server starts: empty registry, new keys, nobody may do anything.");
	/* Everything below finds the data and the admin key where `up` keeps them for this user. */
	setenv("XDG_DATA_HOME", stage->folder, 1);
	unsetenv("TIPSTAFF_ADMIN_KEY");
	printf("   $ tipstaff up --listen 127.0.0.1:0\n");
	if (!stage_promise(stage, stage_start(stage, WORDS("up", "--listen", "127.0.0.1:0"), &stage->server, &stage->url),
			   "it listens"))
		return false;
	setenv("TIPSTAFF_SERVER", stage->url.ptr, 1);
	return stage_promise(stage, stage_tipstaff(stage, 0, WORDS("status")), "its evidence log is writable");
}

static bool add_files_server(struct stage *stage)
{
	slice url;
	slice script = arena_print(&stage->arena, "%.*s/demo/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
				   SLICE_ARG(stage->cache));
	stage_step(stage, "A real MCP server goes behind it; its tools are discovered and their definitions pinned.");
	if (!stage_write(stage, "files/welcome.txt", SLICE("Buy milk. Call Alice.\n")) || !script.ptr)
		return stage_promise(stage, false, "the folder can be set up");
	printf("   $ tipstaff shim --listen 127.0.0.1:0 --token-file fs.token -- node server-filesystem files/\n");
	if (!stage_promise(stage, stage_start(stage, WORDS("shim", "--listen", "127.0.0.1:0", "--token-file", "fs.token", "--", stage->node.ptr,
							   script.ptr, stage_path(stage, "files")),
					      &stage->files, &url),
			   "it listens"))
		return false;
	return stage_promise(stage, stage_tipstaff(stage, 0, WORDS("servers", "add", "fs", url.ptr, "--bearer-file", "fs.token")) &&
			     stage_quietly(stage, 0, WORDS("servers", "refresh", "fs")) &&
			     stage_tipstaff(stage, 0, WORDS("tools", "ls", "--from", "fs")) &&
			     stage_saw(stage, "fs.read_text_file") && stage_saw(stage, "fs.write_file"),
			     "its tools are in the inventory");
}

static const char *const token_words[] = {"token", "--agent", AGENT, "--key", "bot.key", "--purpose", PURPOSE, NULL};

static bool register_agent(struct stage *stage)
{
	stage_step(stage, "An agent is registered: with an owner, a purpose and its public key. That alone admits nothing.");
	if (!stage_promise(stage, stage_quietly(stage, 0, WORDS("keygen", "bot.key")) &&
			   stage_write(stage, "bot.pub", buffer_slice(&stage->output)), "it has a key pair"))
		return false;
	if (!stage_promise(stage, stage_tipstaff(stage, 0, WORDS("agents", "add", AGENT, "--owner", "you@example.com",
								"--purpose", PURPOSE, "--class", "agentic", "--key", "bot.pub")),
			   "it is known"))
		return false;
	return stage_promise(stage, stage_tipstaff(stage, 10, token_words), "and gets no token before it is approved");
}

static bool approve_agent(struct stage *stage)
{
	stage_step(stage, "It is approved and granted two tools for its purpose, for one hour.");
	return stage_promise(stage, stage_tipstaff(stage, 0, WORDS("agents", "approve", AGENT)) &&
			     stage_tipstaff(stage, 0, WORDS("grants", "add", "--agent", AGENT, "--tool", "fs.read_text_file",
							    "--tool", "fs.list_directory", "--purpose", PURPOSE, "--for", "1h")),
			     "no grant exists without a purpose");
}

static bool write_agent(struct stage *stage)
{
	struct buffer script;
	buffer_init(&script, 1u << 20);
	for (size_t i = 0; i < sizeof(demo_agent_lines) / sizeof(demo_agent_lines[0]); i++)
		buffer_add_text(&script, demo_agent_lines[i]);
	bool done = stage_write(stage, "agent.mjs", buffer_slice(&script));
	buffer_free(&script);
	return done;
}

/* Runs the agent and takes apart what it tells, a line of JSON for each step. */
static bool run_agent(struct stage *stage, struct told *told)
{
	arena_free(&told->arena);
	*told = (struct told){.count = 0};
	arena_init(&told->arena, 4u << 20);
	if (!stage_run(stage, WORDS(stage->node.ptr, "agent.mjs")))
		return false;
	slice rest = arena_copy(&told->arena, buffer_slice(&stage->output));
	while (rest.len > 0 && told->count < sizeof(told->lines) / sizeof(told->lines[0])) {
		slice line = slice_cut(&rest, '\n');
		if (slice_starts_with(line, SLICE("{")) &&
		    json_parse(&told->lines[told->count], line, NULL, &told->arena, NULL) == E_OK)
			told->count++;
	}
	return true;
}

static const struct json_doc *told_step(const struct told *told, const char *step)
{
	static const struct json_doc nothing;
	for (size_t i = 0; i < told->count; i++)
		if (slice_equal(line_text(&told->lines[i], json_root(&told->lines[i]), "step"), slice_of(step)))
			return &told->lines[i];
	return &nothing;
}

static slice told_text(const struct told *told, const char *step, const char *name)
{
	const struct json_doc *doc = told_step(told, step);
	return line_text(doc, json_root(doc), name);
}

static bool told_ok(const struct told *told, const char *step)
{
	bool ok = false;
	const struct json_doc *doc = told_step(told, step);
	(void)json_bool(json_get(doc, json_root(doc), SLICE("ok")), &ok);
	return ok;
}

static bool listed(const struct told *told, slice ending)
{
	const struct json_doc *doc = told_step(told, "list");
	slice name;
	for (const struct json_node *tool = json_first(json_get(doc, json_root(doc), SLICE("tools"))); tool;
	     tool = json_next(tool))
		if (json_string(tool, &name) && slice_ends_with(name, ending))
			return true;
	return false;
}

static uint32_t listed_count(const struct told *told)
{
	const struct json_doc *doc = told_step(told, "list");
	const struct json_node *tools = json_get(doc, json_root(doc), SLICE("tools"));
	return tools ? tools->count : 0;
}

static void show_told(const struct told *told, const char *step)
{
	slice error = told_text(told, step, "error"), text = told_text(told, step, "text");
	printf("   agent: %s: %s", step, told_ok(told, step) ? "" : "refused: ");
	screen_text(stdout, slice_trim(error.len > 0 ? error : text));
	printf("\n");
}

static bool get_token(struct stage *stage)
{
	if (!stage_quietly(stage, 0, token_words))
		return stage_promise(stage, false, "the agent gets a task token");
	slice token = buffer_slice(&stage->output);
	while (token.len > 0 && token.ptr[token.len - 1] == '\n')
		token.len--;
	slice copy = arena_print(&stage->arena, "%.*s", SLICE_ARG(token));
	slice url = arena_print(&stage->arena, "%.*s/mcp", SLICE_ARG(stage->url));
	if (!copy.ptr || !url.ptr)
		return stage_promise(stage, false, "there is memory");
	setenv("MCP_TOKEN", copy.ptr, 1);
	setenv("MCP_URL", url.ptr, 1);
	setenv("FOLDER", stage_path(stage, "files"), 1);
	return true;
}

static bool let_agent_work(struct stage *stage, struct told *told)
{
	stage_step(stage, "The agent takes a task token (five minutes at most) and works, through the gateway.");
	if (!get_token(stage) ||
	    !stage_promise(stage, write_agent(stage) && run_agent(stage, told) && told_ok(told, "connect"), "it is connected"))
		return false;
	bool filtered = listed_count(told) == 2 && listed(told, SLICE("read_text_file")) &&
			listed(told, SLICE("list_directory"));
	printf("   agent: list: %u tools\n", listed_count(told));
	if (!stage_promise(stage, filtered, "it sees the two tools that it may use, and no other"))
		return false;
	show_told(told, "read");
	if (!stage_promise(stage, told_ok(told, "read") &&
			   slice_find(told_text(told, "read", "text"), SLICE("Buy milk")) != SIZE_MAX,
			   "the permitted read reached the real server"))
		return false;
	show_told(told, "write");
	return stage_promise(stage, !told_ok(told, "write") && told_text(told, "write", "decision").len > 0 &&
			     access(stage_path(stage, "files/stolen.txt"), F_OK) != 0,
			     "the write was denied, with a decision id, and never reached the server");
}

static bool ask_why(struct stage *stage, const struct told *told)
{
	slice id = arena_print(&stage->arena, "%.*s", SLICE_ARG(told_text(told, "write", "decision")));
	stage_step(stage, "Why? One screen.");
	return stage_promise(stage, id.ptr && stage_tipstaff(stage, 0, WORDS("why", id.ptr)) && stage_saw(stage, "DENY") &&
			     stage_saw(stage, "fs.write_file") && stage_saw(stage, "nothing was sent to fs"),
			     "who, what, by which rule, and what is missing");
}

static bool suspend_agent(struct stage *stage, struct told *told)
{
	stage_step(stage, "The agent is suspended. Its token is still good for minutes, its authority is gone now.");
	if (!stage_promise(stage, stage_tipstaff(stage, 0, WORDS("suspend", AGENT, "--reason", "it tried to write")),
			   "one command"))
		return false;
	if (!stage_promise(stage, run_agent(stage, told), "the agent tries again with the same token"))
		return false;
	show_told(told, told_ok(told, "connect") ? "read" : "connect");
	bool refused = !told_ok(told, "read") && !told_ok(told, "write");
	if (!stage_promise(stage, refused, "and the read that was permitted a second ago is refused"))
		return false;
	return stage_promise(stage, stage_tipstaff(stage, 10, token_words) && stage_saw(stage, "suspended"),
			     "nor does it get another token");
}

static bool verify_log(struct stage *stage)
{
	stage_step(stage, "Evidence: the server stops, the log is verified offline.");
	stage_quietly(stage, -1, WORDS("decisions", "--limit", "20"));
	process_stop(&stage->server);
	return stage_promise(stage, stage_tipstaff(stage, 0, WORDS("log", "verify")) && stage_saw(stage, "verified"),
			     "every record is there, in order, under one root");
}

/* Flips one bit in the middle of what was written of the first segment. */
static bool flip_byte(struct stage *stage, const char *path)
{
	slice bytes;
	struct fault why;
	size_t end;
	FILE *file = fopen(path, "r+b");
	if (!file)
		return false;
	bool done = files_read(slice_of(path), LOG_FILE_BYTES_MAX, &stage->arena, &bytes, &why) == E_OK;
	for (end = done ? bytes.len : 0; end > 0 && bytes.ptr[end - 1] == '\0'; end--)
		;
	size_t at = end / 2;
	done = done && end > 0 && fseek(file, (long)at, SEEK_SET) == 0 && fputc(bytes.ptr[at] ^ 1, file) != EOF;
	return fclose(file) == 0 && done;
}

static bool find_flipped_byte(struct stage *stage)
{
	stage_step(stage, "A copy of the log in which one bit is flipped.");
	if (!stage_promise(stage, stage_run(stage, WORDS("cp", "-r", "tipstaff/log", "copy")) &&
			   stage_run(stage, WORDS("/bin/sh", "-c", "find copy -type f -size +0 -name '*seg*' | sort | head -n 1 | "
						  "tr -d '\\n'")) && stage->output.len > 0, "it is made"))
		return false;
	slice name = arena_print(&stage->arena, "%s/%.*s", stage->folder, SLICE_ARG(buffer_slice(&stage->output)));
	if (!stage_promise(stage, name.ptr && flip_byte(stage, name.ptr), "somebody changed history"))
		return false;
	return stage_promise(stage, stage_tipstaff(stage, -1, WORDS("log", "verify", "--dir", "copy")) &&
			     stage->exit_code >= 64 && stage_saw(stage, "DAMAGED"), "and it is found");
}

static void show_log(const struct stage *stage)
{
	char line[512];
	char path[sizeof(stage->folder) + 16];
	snprintf(path, sizeof(path), "%s/programs.log", stage->folder);
	FILE *file = fopen(path, "r");
	if (!file)
		return;
	fprintf(stderr, "what the started programs said:\n");
	while (fgets(line, sizeof(line), file))
		fprintf(stderr, "  %s", line);
	fclose(file);
}

static void play(struct stage *stage)
{
	struct told told = {.count = 0};
	bool done = start_server(stage) && add_files_server(stage) && register_agent(stage) && approve_agent(stage) &&
		    let_agent_work(stage, &told) && ask_why(stage, &told) && suspend_agent(stage, &told) &&
		    verify_log(stage) && find_flipped_byte(stage);
	arena_free(&told.arena);
	if (done) {
		printf("\n%u steps, all as promised\n", stage->steps);
		printf("next: tipstaff up, then tipstaff --help\n");
		return;
	}
	stage->failed = true;
	if (stage->output.len > 0 && !stage->output.failed)
		fprintf(stderr, "last output:\n%.*s\n", SLICE_ARG(buffer_slice(&stage->output)));
	show_log(stage);
	printf("\nstep %u was not as promised\n", stage->steps);
}

int verb_demo(const struct verb *verb, int count, char **words)
{
	struct stage stage = {.keep = false};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"keep", OPTION_FLAG, &stage.keep, NULL, "keep the temporary folder and say where it is"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	enum error code = stage_open(&stage, &why);
	if (code == E_OK) {
		show_intro(&stage);
		play(&stage);
	} else {
		fprintf(stderr, "tipstaff demo: %s\n", fault_sentence(&why));
	}
	bool failed = stage.failed;
	stage_close(&stage);
	return code == E_OK ? (failed ? error_exit(E_INTERNAL) : 0) : error_exit(code);
}
