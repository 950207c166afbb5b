#include "daemon/shim.h"

#include "daemon/files.h"
#include "net/clock.h"
#include "net/journal.h"
#include "net/listener.h"
#include "text/base64.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_MS 60000u
#define STOP_GRACE_MS 3000u
#define TOKEN_BYTES 24u
#define TOKEN_TEXT_BYTES_MAX 512u
#define ARENA_BYTES_MAX (1u << 16)

static const char help[] =
	"usage: tipstaff shim [--listen ADDR:PORT] [--token-file FILE] -- COMMAND [ARGUMENT...]\n\n"
	"Offers a stdio MCP server as Streamable HTTP on loopback, to whoever holds the bearer token.\n\n"
	"  --listen ADDR:PORT  loopback only; port 0 takes a free one (default: 127.0.0.1:0)\n"
	"  --token-file FILE   holds the token; made where it is not there (default: a token printed at the start)\n\n"
	"The last line printed, \"ready  URL\", says that it listens. Ctrl-C stops it.\n\n"
	"example:\n"
	"  tipstaff shim --listen 127.0.0.1:7601 --token-file fs.token -- npx -y @modelcontextprotocol/server-filesystem /srv\n"
	"  tipstaff servers add fs http://127.0.0.1:7601/mcp --bearer-file fs.token\n";

struct options {
	slice listen;
	const char *token_file;
	const char *const *command;
};

static volatile sig_atomic_t stop_asked;
static struct loop *signalled_loop;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
	loop_wake(signalled_loop);
}

static int wrong_usage(const char *sentence, const char *word)
{
	fprintf(stderr, "tipstaff shim: %s %s; see tipstaff shim --help\n", sentence, word);
	return error_exit(E_USAGE);
}

/* -1: go on; else the exit code. */
static int read_options(struct options *options, int count, char **words)
{
	options->listen = SLICE("127.0.0.1:0");
	for (int i = 0; i < count; i++) {
		bool last = i + 1 == count;
		if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
			fputs(help, stdout);
			return 0;
		}
		if (strcmp(words[i], "--") == 0 && !last) {
			options->command = (const char *const *)&words[i + 1];
			return -1;
		}
		if (last)
			return wrong_usage("something is missing after", words[i]);
		if (strcmp(words[i], "--listen") == 0)
			options->listen = slice_of(words[++i]);
		else if (strcmp(words[i], "--token-file") == 0)
			options->token_file = words[++i];
		else
			return wrong_usage("unknown option", words[i]);
	}
	return wrong_usage("a command is missing after", "--");
}

static slice make_token(struct arena *arena)
{
	char random[TOKEN_BYTES];
	char text[BASE64URL_TEXT_BYTES(TOKEN_BYTES)];
	clock_entropy(random, sizeof(random));
	return arena_print(arena, "%.*s", SLICE_ARG(slice_from(text, base64url_write(text, slice_from(random, sizeof(random))))));
}

static enum error find_token(struct shim *shim, const char *path, struct arena *arena, struct fault *why)
{
	if (!path) {
		shim->token = make_token(arena);
		if (!shim->token.ptr)
			return FAIL(why, E_MEMORY, "no memory for a token");
		printf("token  %.*s\n", SLICE_ARG(shim->token));
		return E_OK;
	}
	enum error error = files_read_private(slice_of(path), TOKEN_TEXT_BYTES_MAX, arena, &shim->token, why);
	if (error == E_NOT_FOUND) {
		shim->token = make_token(arena);
		return shim->token.ptr ? files_write_private(slice_of(path), shim->token, why)
				       : FAIL(why, E_MEMORY, "no memory for a token");
	}
	TRY(error);
	while (shim->token.len > 0 && (unsigned char)shim->token.ptr[shim->token.len - 1] <= ' ')
		shim->token.len--;
	return shim->token.len >= 16 ? E_OK : FAIL(why, E_INVALID, "%s holds no token of at least 16 characters", path);
}

static enum error open_listener(slice listen, int *ret_fd, slice *ret_address, struct fault *why)
{
	uint64_t port;
	size_t colon = listen.len;
	while (colon > 0 && listen.ptr[colon - 1] != ':')
		colon--;
	if (colon < 2 || !slice_to_u64(slice_from_offset(listen, colon), &port) || port > 65535)
		return FAIL(why, E_USAGE, "--listen takes ADDR:PORT");
	*ret_address = slice_sub(listen, 0, colon - 1);
	if (!listener_is_loopback(*ret_address))
		return FAIL(why, E_USAGE, "the shim listens on loopback only");
	return listener_open(*ret_address, (uint16_t)port, false, ret_fd, why);
}

static void sweep(void *context)
{
	struct shim *shim = context;
	uint64_t now_ms = loop_now_ms(shim->loop);
	for (struct shim_peer *peer = shim->peers; peer; peer = peer->next)
		if (!peer->waits && !peer->stream && now_ms - peer->used_ms > SHIM_IDLE_MS)
			shim_peer_end(peer);
	loop_timer_start(shim->loop, &shim->sweep, SWEEP_MS);
}

static void server_stopped(void *context)
{
	struct shim *shim = context;
	shim->server = NULL;
}

/* Ends every process, then the loop. */
static bool look_for_end(void *context)
{
	struct shim *shim = context;
	if (stop_asked && !shim->stopping) {
		shim->stopping = true;
		for (struct shim_peer *peer = shim->peers; peer; peer = peer->next)
			shim_peer_end(peer);
		if (shim->stateless)
			shim_peer_end(shim->stateless);
		http_server_stop(shim->server, STOP_GRACE_MS, server_stopped, shim);
	}
	if (shim->stopping && !shim->server && shim->peer_count == 0)
		loop_stop(shim->loop);
	return false;
}

static enum error serve(struct shim *shim, slice listen, struct fault *why)
{
	int fd;
	slice address;
	struct http_server_config config;
	TRY(open_listener(listen, &fd, &address, why));
	unsigned port = listener_port(fd);
	http_server_config_default(&config);
	config.handler = shim_handle;
	config.context = shim;
	TRY(http_server_start(shim->loop, fd, &config, &shim->server, why));
	printf("ready  http://%.*s:%u/mcp\n", SLICE_ARG(address), port);
	fflush(stdout);
	return E_OK;
}

static void catch_signals(struct shim *shim)
{
	struct sigaction action = {.sa_handler = on_signal};
	signalled_loop = shim->loop;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static enum error run(struct shim *shim, const struct options *options, struct arena *arena, struct fault *why)
{
	struct loop_hook hook = {.run = look_for_end, .context = shim};
	TRY(find_token(shim, options->token_file, arena, why));
	TRY(loop_make(&shim->loop, why));
	catch_signals(shim);
	loop_hook_add(shim->loop, &hook);
	shim->sweep = (struct loop_timer){.run = sweep, .context = shim};
	loop_timer_start(shim->loop, &shim->sweep, SWEEP_MS);
	enum error error = serve(shim, options->listen, why);
	if (error == E_OK)
		loop_run(shim->loop);
	loop_timer_stop(shim->loop, &shim->sweep);
	loop_free(shim->loop);
	return error;
}

int daemon_shim(int count, char **arguments)
{
	struct options options = {0};
	struct shim shim = {0};
	struct arena arena;
	struct fault why = {0};
	int code = read_options(&options, count, arguments);
	if (code >= 0)
		return code;
	journal_init("shim", false);
	arena_init(&arena, ARENA_BYTES_MAX);
	shim.command = options.command;
	enum error error = run(&shim, &options, &arena, &why);
	if (error != E_OK)
		fprintf(stderr, "tipstaff shim: %s\n", fault_sentence(&why));
	arena_free(&arena);
	return error_exit(error);
}
