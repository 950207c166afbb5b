/* `tipstaff up` and `tipstaff serve`: from words and files to a running server. */
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/files.h"

#include "crypt/digest.h"
#include "net/clock.h"
#include "net/journal.h"
#include "net/listener.h"
#include "text/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ADMIN_KEY_BYTES 32u
#define ADMIN_KEY_PREFIX "tsadm_"
#define ADDRESS_WAIT_MS 2000

struct start {
	struct daemon daemon;
	struct arena arena;
	bool production;
	bool only_check;
	bool new_admin_key;
	const char *config_path;
	const char *data;
	const char *listen;
	slice admin_key;     /* set where it was made just now */
	const char *home;
};

static int refuse(const struct fault *why)
{
	fprintf(stderr, "tipstaff: %s\n", fault_sentence(why));
	return error_exit(why->code);
}

/* --- words --- */

struct word {
	const char *name;
	bool production; /* of serve, else of up */
	bool takes_value;
	size_t offset;
};

static const struct word words[] = {
	{"--data", false, true, offsetof(struct start, data)},
	{"--listen", false, true, offsetof(struct start, listen)},
	{"--config", true, true, offsetof(struct start, config_path)},
	{"--check", true, false, offsetof(struct start, only_check)},
};

static const char up_help[] =
	"usage: tipstaff up [--data DIR] [--listen ADDR:PORT]\n\n"
	"Starts a single node on this machine. Data is kept between runs; nothing is asked.\n\n"
	"  --data DIR          where evidence, registry and keys live\n"
	"                      (default: $XDG_DATA_HOME/tipstaff or ~/.local/share/tipstaff)\n"
	"  --listen ADDR:PORT  loopback only; port 0 takes a free one (default: 127.0.0.1:7475)\n\n"
	"The last line printed, \"ready  URL\", says that it listens. Ctrl-C stops it.\n";

static void serve_help(void)
{
	printf("usage: tipstaff serve --config FILE [--check]\n\n"
	       "Starts a server for production. --check reads the file, says what is wrong with it, and stops.\n\n"
	       "Keys of the file (YAML; tipstaff-config(5)):\n");
	const struct config_key *key;
	for (unsigned i = 0; (key = config_key(i)) != NULL; i++)
		printf("  %-38s %-16s %s\n", key->path, key->preset, key->says);
}

/* -1: go on; else the exit code. */
static int read_words(struct start *start, int count, char **given)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(given[i], "--help") == 0 || strcmp(given[i], "-h") == 0) {
			if (start->production)
				serve_help();
			else
				fputs(up_help, stdout);
			return 0;
		}
		const struct word *word = NULL;
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (strcmp(words[k].name, given[i]) == 0 && words[k].production == start->production)
				word = &words[k];
		const char *verb = start->production ? "serve" : "up";
		if (!word || (word->takes_value && i + 1 == count)) {
			fprintf(stderr, "tipstaff %s: %s \"%s\"; see tipstaff %s --help\n", verb,
				word ? "a value is missing after" : "unknown option", given[i], verb);
			return error_exit(E_USAGE);
		}
		void *field = (char *)start + word->offset;
		if (word->takes_value)
			*(const char **)field = given[++i];
		else
			*(bool *)field = true;
	}
	return -1;
}

/* --- settings --- */

static enum error default_data_dir(struct start *start, struct fault *why)
{
	struct config *config = &start->daemon.config;
	const char *base = getenv("XDG_DATA_HOME");
	if (base && base[0] == '/')
		config->data_dir = arena_print(&start->arena, "%s/tipstaff", base);
	else if (start->home && start->home[0] == '/')
		config->data_dir = arena_print(&start->arena, "%s/.local/share/tipstaff", start->home);
	else
		return FAIL(why, E_USAGE, "neither HOME nor XDG_DATA_HOME is set: say where data lives with --data DIR");
	return E_OK;
}

static enum error absolute(struct start *start, slice *path, struct fault *why)
{
	if (path->len == 0 || path->ptr[0] == '/')
		return E_OK;
	char *here = getcwd(NULL, 0);
	if (!here)
		return FAIL(why, E_IO, "cannot tell the working folder");
	*path = arena_print(&start->arena, "%s/%.*s", here, SLICE_ARG(*path));
	free(here);
	return E_OK;
}

static enum error settle(struct start *start, struct fault *why)
{
	struct config *config = &start->daemon.config;
	config_init(config);
	if (start->production) {
		if (!start->config_path)
			return FAIL(why, E_USAGE, "serve needs --config FILE; for a first try: tipstaff up");
		TRY(config_read(config, start->config_path, &start->arena, why));
	} else if (start->data) {
		config->data_dir = slice_of(start->data);
	} else {
		TRY(default_data_dir(start, why));
	}
	if (start->listen)
		TRY(config_listen(config, slice_of(start->listen), &start->arena, why));
	TRY(absolute(start, &config->data_dir, why));
	TRY(absolute(start, &config->policy_dir, why));
	TRY(config_check(config, why));
	if (config->loops == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		config->loops = cores < 1 ? 1 : cores > 16 ? 16 : (unsigned)cores;
	}
	return E_OK;
}

/* --- the data folder --- */

static bool is_there(struct start *start, const char *name)
{
	slice path = files_join(&start->arena, start->daemon.config.data_dir, name);
	return path.ptr && access(path.ptr, F_OK) == 0;
}

static enum error make_admin_key(struct start *start, slice digest_path, struct fault *why)
{
	unsigned char random[ADMIN_KEY_BYTES];
	struct sha256 digest;
	struct buffer text;
	clock_entropy(random, sizeof(random));
	buffer_init(&text, 256);
	buffer_add(&text, SLICE(ADMIN_KEY_PREFIX));
	base64url_add(&text, slice_from(random, sizeof(random)));
	start->admin_key = arena_copy(&start->arena, buffer_slice(&text));
	enum error code = sha256_once(&digest, start->admin_key, why);
	buffer_clear(&text);
	hex_add(&text, sha256_slice(&digest));
	if (code == E_OK)
		code = files_write_private(digest_path, buffer_slice(&text), why);
	buffer_free(&text);
	if (code == E_OK && !start->production) {
		slice path = files_join(&start->arena, start->daemon.config.data_dir, "admin.key");
		unlink(path.ptr);
		code = files_write_private(path, start->admin_key, why);
	}
	return code;
}

/* The server keeps only the digest; without it nobody could tell an operator from a stranger. */
static enum error load_admin_key(struct start *start, struct fault *why)
{
	struct config *config = &start->daemon.config;
	slice path = files_join(&start->arena, config->data_dir, "admin.sha256");
	slice hex;
	enum error code = files_read_private(path, 128, &start->arena, &hex, why);
	if (code == E_NOT_FOUND) {
		TRY(make_admin_key(start, path, why));
		code = files_read_private(path, 128, &start->arena, &hex, why);
	}
	TRY(code);
	if (hex.len != 2 * sizeof(config->admin_key_sha256) ||
	    hex_read((char *)config->admin_key_sha256, hex, NULL) != E_OK)
		return FAIL(why, E_CORRUPT, "%.*s is not a SHA-256 in hexadecimal: remove it to get a new admin key",
			    SLICE_ARG(path));
	return E_OK;
}

static enum error prepare_data(struct start *start, struct fault *why)
{
	TRY(files_make_dir(start->daemon.config.data_dir, why));
	start->daemon.fresh = !is_there(start, "keys") && !is_there(start, "log");
	return load_admin_key(start, why);
}

/* --- sockets --- */

/*
 * The address must be ours alone: two servers on one port (which loops share) would each see half of the calls. The
 * loops of a server that was just killed may hold it for a moment longer.
 */
static enum error claim_address(const struct config *config, struct fault *why)
{
	for (int waited_ms = 0;; waited_ms += 20) {
		int probe;
		enum error code = listener_open(config->listen_address, config->listen_port, false, &probe, why);
		if (code == E_OK)
			listener_close(probe);
		if (code == E_OK || waited_ms >= ADDRESS_WAIT_MS)
			return code;
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
}

static enum error open_listeners(struct daemon *daemon, struct arena *arena, struct fault *why)
{
	struct config *config = &daemon->config;
	if (config->listen_port != 0)
		TRY(claim_address(config, why));
	for (unsigned i = 0; i < config->loops; i++) {
		TRY(listener_open(config->listen_address, config->listen_port, true, &daemon->listeners[i], why));
		if (config->listen_port == 0)
			config->listen_port = listener_port(daemon->listeners[0]);
	}
	if (config->issuer.len == 0) {
		bool six = slice_find_byte(config->listen_address, ':', 0) != SIZE_MAX;
		config->issuer = arena_print(arena, "%s://%s%.*s%s:%u", config->tls_certificate.len ? "https" : "http",
					     six ? "[" : "", SLICE_ARG(config->listen_address), six ? "]" : "",
					     config->listen_port);
	}
	return E_OK;
}

/* --- what a person sees --- */

static void announce_up(const struct daemon *daemon)
{
	const struct start *start = (const struct start *)(const void *)daemon;
	const struct config *config = &daemon->config;
	if (daemon->starts == 1) {
		slice data = config->data_dir;
		slice home = slice_of(start->home);
		bool under_home = home.len > 1 && slice_starts_with(data, home);
		printf("tipstaff %s  single node, data in %s%.*s (kept between runs)\n", TIPSTAFF_VERSION,
		       under_home ? "~" : "", SLICE_ARG(under_home ? slice_from_offset(data, home.len) : data));
		printf("  gateway    %.*s/mcp         decisions  %.*s/access/v1\n", SLICE_ARG(config->issuer),
		       SLICE_ARG(config->issuer));
		if (start->admin_key.len)
			printf("  admin key  %.*s   (shown once; kept in admin.key of the data folder)\n",
			       SLICE_ARG(start->admin_key));
		printf("  mode       ENFORCE: what no grant or policy permits is denied; every call is decided and recorded\n"
		       "  next       tipstaff demo         no agent at hand? a scripted one in 60 seconds\n"
		       "             tipstaff --help       all verbs\n");
	}
	printf("ready  %.*s\n", SLICE_ARG(config->issuer));
	fflush(stdout);
}

static void announce_serve(const struct daemon *daemon)
{
	const struct start *start = (const struct start *)(const void *)daemon;
	if (daemon->starts == 1 && start->admin_key.len)
		printf("admin key  %.*s   (shown once; only its digest is kept)\n", SLICE_ARG(start->admin_key));
	printf("ready  %.*s\n", SLICE_ARG(daemon->config.issuer));
	fflush(stdout);
}

static int run(struct start *start, int count, char **given)
{
	struct fault why = {0};
	int code = read_words(start, count, given);
	if (code >= 0)
		return code;
	start->home = getenv("HOME");
	arena_init(&start->arena, 16u << 20);
	if (settle(start, &why) != E_OK)
		return refuse(&why);
	if (start->only_check) {
		printf("%s: ok\n", start->config_path);
		return 0;
	}
	if (!start->production && !config_is_loopback(&start->daemon.config)) {
		fprintf(stderr, "tipstaff up: listens on loopback only; for %s use tipstaff serve with TLS\n", start->listen);
		return error_exit(E_USAGE);
	}
	journal_init("supervisor", start->daemon.config.log_json);
	if (prepare_data(start, &why) != E_OK || open_listeners(&start->daemon, &start->arena, &why) != E_OK)
		return refuse(&why);
	return supervisor_run(&start->daemon, start->production ? announce_serve : announce_up);
}

int daemon_up(int count, char **arguments)
{
	static struct start start;
	return run(&start, count, arguments);
}

int daemon_serve(int count, char **arguments)
{
	static struct start start;
	start.production = true;
	return run(&start, count, arguments);
}
