#include "cli/remote.h"

#include "cli/printed.h"
#include "cli/screen.h"
#include "daemon/files.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES_MAX 4096u

slice remote_data_dir(struct arena *arena)
{
	const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	/* XDG Base Directory: a relative path is to be ignored. */
	if (base && base[0] == '/')
		return arena_print(arena, "%s/tipstaff", base);
	if (home && home[0])
		return arena_print(arena, "%s/.local/share/tipstaff", home);
	return (slice){NULL, 0};
}

static bool is_key(slice key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] <= ' ' || key.ptr[i] > '~')
			return false;
	return key.len > 0;
}

static enum error take_key(struct remote *remote, slice key, slice source, struct fault *why)
{
	while (key.len > 0 && (key.ptr[key.len - 1] == '\n' || key.ptr[key.len - 1] == '\r'))
		key.len--;
	if (!is_key(key))
		return FAIL(why, E_USAGE, "%.*s does not hold an admin key", SLICE_ARG(source));
	remote->key_source = source;
	remote->authorization = arena_print(&remote->arena, "Bearer %.*s", SLICE_ARG(key));
	return remote->authorization.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for the key");
}

static enum error find_key(struct remote *remote, struct fault *why)
{
	const char *key = getenv("TIPSTAFF_ADMIN_KEY");
	slice bytes;
	if (remote->key_file.len > 0) {
		TRY(files_read(remote->key_file, KEY_BYTES_MAX, &remote->arena, &bytes, why));
		return take_key(remote, bytes, remote->key_file, why);
	}
	if (key && key[0])
		return take_key(remote, slice_of(key), SLICE("TIPSTAFF_ADMIN_KEY"), why);
	slice folder = remote_data_dir(&remote->arena);
	slice path = folder.ptr ? files_join(&remote->arena, folder, "admin.key") : folder;
	if (!path.ptr || files_read(path, KEY_BYTES_MAX, &remote->arena, &bytes, NULL) != E_OK)
		return E_OK; /* the server will say that it wants one */
	return take_key(remote, bytes, path, why);
}

enum error remote_open_without_key(struct remote *remote, struct fault *why)
{
	const char *server = getenv("TIPSTAFF_SERVER");
	arena_init(&remote->arena, REMOTE_BYTES_MAX);
	if (remote->server.len == 0)
		remote->server = server && server[0] ? slice_of(server) : SLICE(REMOTE_SERVER_DEFAULT);
	return client_open(remote->server, &remote->client, why);
}

enum error remote_open(struct remote *remote, struct fault *why)
{
	TRY(remote_open_without_key(remote, why));
	return find_key(remote, why);
}

static enum error keep_reply(struct remote *remote, const struct client_reply *from, struct remote_reply *reply,
			     struct fault *why)
{
	static const struct json_limits limits = {CLIENT_BODY_BYTES_MAX, JSON_DEPTH_MAX, 4u << 20};
	reply->status = from->status;
	reply->location = arena_copy(&remote->arena, slice_of(from->location));
	reply->body = arena_copy(&remote->arena, buffer_slice(&from->body));
	reply->doc = (struct json_doc){.text = reply->body};
	if (from->body.len > 0 && !reply->body.ptr)
		return FAIL(why, E_MEMORY, "no memory for the answer");
	slice type = slice_of(from->media_type);
	if (from->body.len > 0 && (slice_ends_with(type, SLICE("/json")) || slice_ends_with(type, SLICE("+json"))) &&
	    json_parse(&reply->doc, reply->body, &limits, &remote->arena, why) != E_OK)
		return FAIL(why, E_UPSTREAM, "%.*s answered with JSON that cannot be read",
			    SLICE_ARG(client_url(remote->client)));
	return E_OK;
}

enum error remote_explain(struct remote *remote, enum error code, struct fault *why)
{
	char says[sizeof(why->sentence)];
	if (code != E_UPSTREAM)
		return code;
	memcpy(says, why->sentence, sizeof(says));
	if (strstr(says, "onnection refused"))
		return FAIL(why, E_UPSTREAM, "no server at %.*s; start one with: tipstaff up",
			    SLICE_ARG(client_url(remote->client)));
	return FAIL(why, E_UPSTREAM, "%s", says);
}

enum error remote_send(struct remote *remote, const struct client_request *request, struct remote_reply *ret_reply,
			struct fault *why)
{
	struct client_request full = *request;
	struct client_reply reply = {.status = 0};
	*ret_reply = (struct remote_reply){.status = 0};
	if (full.authorization.len == 0)
		full.authorization = remote->authorization;
	enum error code = client_call(remote->client, &full, &reply, why);
	if (code == E_OK)
		code = keep_reply(remote, &reply, ret_reply, why);
	client_reply_free(&reply);
	return remote_explain(remote, code, why);
}

static enum error code_of_status(int status)
{
	static const struct {
		int status;
		enum error code;
	} rows[] = {
		{400, E_REQUEST}, {401, E_UNAUTHENTICATED}, {403, E_FORBIDDEN}, {404, E_NOT_FOUND}, {405, E_METHOD},
		{409, E_CONFLICT}, {412, E_PRECONDITION}, {413, E_LIMIT}, {415, E_MEDIA_TYPE}, {422, E_INVALID},
		{429, E_RATE}, {501, E_UNSUPPORTED}, {502, E_UPSTREAM}, {503, E_UNAVAILABLE}, {504, E_TIMEOUT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return rows[i].code;
	return status >= 500 ? E_UPSTREAM : E_REQUEST;
}

/* RFC 9457 problem details, or an OAuth error. */
static slice problem_says(const struct remote_reply *reply)
{
	static const char *const names[] = {"detail", "error_description", "title", "error"};
	const struct json_node *root = json_root(&reply->doc);
	slice says = {NULL, 0};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && says.len == 0; i++)
		(void)json_string(json_get(&reply->doc, root, slice_of(names[i])), &says);
	return says;
}

enum error remote_check(struct remote *remote, const struct remote_reply *reply, struct fault *why)
{
	if (reply->status < 300)
		return E_OK;
	enum error code = code_of_status(reply->status);
	slice says = problem_says(reply), field = {NULL, 0};
	remote->failed_doc = reply->doc;
	remote->failed_tests = json_get(&remote->failed_doc, json_root(&reply->doc), SLICE("failed_tests"));
	(void)json_string(json_get(&reply->doc, json_root(&reply->doc), SLICE("field")), &field);
	if (reply->status == 401 && remote->authorization.len == 0)
		return FAIL(why, code, "the server wants its admin key: set TIPSTAFF_ADMIN_KEY or use --admin-key-file");
	if (reply->status == 401 && remote->key_source.len > 0)
		return FAIL(why, code, "%.*s does not accept the admin key from %.*s",
			    SLICE_ARG(client_url(remote->client)), SLICE_ARG(remote->key_source));
	if (says.len == 0)
		return FAIL(why, code, "the server answered %d", reply->status);
	char name[64];
	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(field));
	return FAIL_FIELD(why, code, name, "%.*s", SLICE_ARG(says));
}

enum error remote_call(struct remote *remote, const char *method, slice path, slice body,
			struct remote_reply *ret_reply, struct fault *why)
{
	struct client_request request = {.method = slice_of(method), .path = path, .body = body,
					 .content_type = SLICE("application/json")};
	TRY(remote_send(remote, &request, ret_reply, why));
	return remote_check(remote, ret_reply, why);
}

enum error remote_get(struct remote *remote, slice path, struct remote_reply *ret_reply, struct fault *why)
{
	return remote_call(remote, "GET", path, (slice){NULL, 0}, ret_reply, why);
}

slice remote_escape(struct remote *remote, slice text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(&remote->arena, text.len * 3 + 1);
	size_t length = 0;
	if (!out)
		return (slice){NULL, 0};
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
			     (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
		if (plain) {
			out[length++] = (char)byte;
			continue;
		}
		out[length++] = '%';
		out[length++] = digits[byte >> 4];
		out[length++] = digits[byte & 15];
	}
	return slice_from(out, length);
}

enum error remote_print_json(const struct json_doc *doc, const struct json_node *node, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	if (node)
		json_write_node(writer, doc, node);
	else
		json_write_null(writer);
	return printed_end(&printed, E_OK, why);
}

static void print_fault_json(const struct remote *remote, enum error code, const struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_COMPACT);
	json_begin_object(writer);
	json_put_text(writer, "error", error_name(code));
	json_put_text(writer, "detail", fault_sentence(why));
	if (why->field[0])
		json_put_text(writer, "field", why->field);
	if (remote->failed_tests) {
		json_write_key(writer, SLICE("failed_tests"));
		json_write_node(writer, &remote->failed_doc, remote->failed_tests);
	}
	json_end_object(writer);
	printed_end(&printed, E_OK, NULL);
}

/* Each policy test that stands against a change: its suite and name, then what was expected and what came out. */
static void print_failed_tests(const struct remote *remote)
{
	for (const struct json_node *node = json_first(remote->failed_tests); node; node = json_next(node)) {
		static const char *const names[] = {"suite", "test", "expected", "got"};
		slice texts[4] = {{NULL, 0}};
		for (size_t i = 0; i < 4; i++)
			(void)json_string(json_get(&remote->failed_doc, node, slice_of(names[i])), &texts[i]);
		screen_colour(stderr, SCREEN_RED);
		fputs("FAILED  ", stderr);
		screen_colour(stderr, SCREEN_PLAIN);
		screen_text(stderr, texts[0]);
		fputs(texts[1].len ? "  " : "", stderr);
		screen_text(stderr, texts[1]);
		fputs(texts[2].len ? "\n        expected " : "\n        ", stderr);
		screen_text(stderr, texts[2]);
		fputs(texts[2].len ? ", got " : "", stderr);
		screen_text(stderr, texts[3]);
		fputc('\n', stderr);
	}
}

void remote_close(struct remote *remote)
{
	client_free(remote->client);
	arena_free(&remote->arena);
	remote->client = NULL;
}

int remote_end(struct remote *remote, enum error code, const struct fault *why)
{
	if (code != E_OK) {
		if (remote->json)
			print_fault_json(remote, code, why);
		else
			print_failed_tests(remote);
		screen_fault(stderr, why);
	}
	remote_close(remote);
	return error_exit(code);
}

int remote_begin(struct remote *remote, const struct verb *verb, const struct option_row *rows, size_t row_count, int count,
		 char **words, size_t words_min, size_t words_max, struct option_words *ret_words)
{
	struct fault why;
	int go = options_begin(verb, rows, row_count, count, words, words_min, words_max, ret_words);
	if (go != OPTIONS_GO)
		return go;
	enum error code = remote_open(remote, &why);
	return code == E_OK ? OPTIONS_GO : remote_end(remote, code, &why);
}
