/* What a verb needs to speak to a server: where it is, the admin key, and answers as parsed JSON. */
#ifndef TIPSTAFF_CLI_REMOTE_H
#define TIPSTAFF_CLI_REMOTE_H

#include "cli/client.h"
#include "cli/options.h"
#include "text/json.h"

#define REMOTE_SERVER_DEFAULT "http://127.0.0.1:7475"
#define REMOTE_BYTES_MAX (256u << 20) /* of everything that one run of a verb holds */

/* Zero it, put REMOTE_OPTIONS into the verb's table, then remote_open; remote_end frees it. */
struct remote {
	slice server;
	slice key_file;
	bool json;
	struct client *client;
	slice authorization; /* "Bearer ..." */
	slice key_source;    /* where the key came from, for sentences */
	const struct json_node *failed_tests; /* of the last answer, where policies were refused for them */
	struct json_doc failed_doc;
	struct arena arena;  /* everything lives as long as the remote */
};

#define REMOTE_OPTIONS(remote)                                                                                       \
	{"server", OPTION_TEXT, &(remote)->server, "URL", "the server (TIPSTAFF_SERVER; " REMOTE_SERVER_DEFAULT ")"}, \
	{"admin-key-file", OPTION_TEXT, &(remote)->key_file, "FILE", "the admin key (TIPSTAFF_ADMIN_KEY; of `up`)"},  \
	{"json", OPTION_FLAG, &(remote)->json, NULL, "print JSON"}

/* An answer; lives as long as the remote. */
struct remote_reply {
	int status;
	slice body;
	slice location;
	struct json_doc doc; /* root NULL where the body is no JSON */
};

/* $XDG_DATA_HOME/tipstaff or ~/.local/share/tipstaff; ptr NULL where neither is known. */
slice remote_data_dir(struct arena *arena);

/* E_USAGE: the URL.  E_IO, E_NOT_FOUND: the key file that was named.  E_MEMORY. */
MUST_USE enum error remote_open(struct remote *remote, struct fault *why);
/*
 * options_begin with a table that has REMOTE_OPTIONS, then remote_open. OPTIONS_GO: go on, with remote_end at the end; else
 * all was said and freed, and this is the exit code.
 */
MUST_USE int remote_begin(struct remote *remote, const struct verb *verb, const struct option_row *rows, size_t row_count,
			  int count, char **words, size_t words_min, size_t words_max, struct option_words *ret_words);
/* As remote_open without looking for a key: for what needs none. */
MUST_USE enum error remote_open_without_key(struct remote *remote, struct fault *why);
/*
 * Sends the request with the admin key (unless it carries another authorization).
 * E_OK: the answer, whatever its status. E_UPSTREAM: no server there; the sentence says how to start one.
 */
MUST_USE enum error remote_send(struct remote *remote, const struct client_request *request,
				 struct remote_reply *ret_reply, struct fault *why);
/*
 * As remote_send, and an answer beyond 299 is an error that carries the problem's sentence and field:
 * E_NOT_FOUND, E_CONFLICT, E_PRECONDITION, E_INVALID, E_UNAUTHENTICATED, E_FORBIDDEN, E_RATE, E_REQUEST, E_UNAVAILABLE.
 * `*ret_reply` is filled in any case.
 */
MUST_USE enum error remote_call(struct remote *remote, const char *method, slice path, slice body,
				 struct remote_reply *ret_reply, struct fault *why);
MUST_USE enum error remote_get(struct remote *remote, slice path, struct remote_reply *ret_reply,
				struct fault *why);
/* The error that an answer stands for; E_OK below 300. */
MUST_USE enum error remote_check(struct remote *remote, const struct remote_reply *reply, struct fault *why);

/* Tells of a server that is not there how to start one; passes `code` on. For client_stream. */
MUST_USE enum error remote_explain(struct remote *remote, enum error code, struct fault *why);

/* `text` with all but unreserved bytes percent-encoded (RFC 3986 2.3). ptr NULL: no memory. */
slice remote_escape(struct remote *remote, slice text);
/* Prints the JSON of an answer, indented. */
MUST_USE enum error remote_print_json(const struct json_doc *doc, const struct json_node *node, struct fault *why);

/* Closes without a word. */
void remote_close(struct remote *remote);
/* Says on standard error what went wrong (in JSON on standard output with --json), frees, and gives the exit code. */
int remote_end(struct remote *remote, enum error code, const struct fault *why);

#endif
