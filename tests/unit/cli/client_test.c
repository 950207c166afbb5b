#include "cli/client.h"

#include "check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fault why;

TEST(only_urls_of_servers_are_taken)
{
	static const char *const good[] = {"http://127.0.0.1:7475", "http://localhost", "http://[::1]:80/", "https://a.example",
					   "https://a.example:8443/base/"};
	static const char *const bad[] = {"", "127.0.0.1:7475", "ftp://127.0.0.1", "http://", "http://127.0.0.1:0", "http://::1",
					  "http://127.0.0.1:99999", "http://me@127.0.0.1", "http://127.0.0.1/#x", "http://[::1",
					  "http://a.example", "http://10.0.0.1:7475", "http://127.0.0.1:7475/a b"};
	struct client *client;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_OK(client_open(slice_of(good[i]), &client, &why), why);
		CHECK(client_url(client).ptr[client_url(client).len - 1] != '/');
		client_free(client);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (client_open(slice_of(bad[i]), &client, &why) != E_USAGE)
			print_error("%s\n", bad[i]);
		CHECK_ERROR(client_open(slice_of(bad[i]), &client, &why), E_USAGE);
	}
}

/* A server for one test: takes connections one after the other, reads a head and writes the next answer. */
struct script {
	int fd;
	char url[64];
	const char *const *answers; /* NULL-terminated; "" closes without an answer, a leading '+' keeps the connection */
	pthread_t thread;
};

static bool read_head(int fd)
{
	char head[4096];
	size_t have = 0;
	while (have < sizeof(head) - 1) {
		ssize_t more = read(fd, head + have, sizeof(head) - 1 - have);
		if (more <= 0)
			return false;
		have += (size_t)more;
		head[have] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void *serve(void *context)
{
	struct script *script = context;
	int fd = -1;
	for (const char *const *answer = script->answers; *answer; answer++) {
		bool keep = (*answer)[0] == '+';
		const char *text = *answer + keep;
		if (fd < 0)
			fd = accept(script->fd, NULL, NULL);
		if (read_head(fd) && write(fd, text, strlen(text)) < 0)
			break;
		if (keep)
			continue;
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void start(struct script *script, const char *const *answers)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(at);
	script->answers = answers;
	script->fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(script->fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(script->fd, 4) == 0);
	getsockname(script->fd, (struct sockaddr *)&at, &length);
	snprintf(script->url, sizeof(script->url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	CHECK(pthread_create(&script->thread, NULL, serve, script) == 0);
}

static void stop(struct script *script)
{
	pthread_join(script->thread, NULL);
	close(script->fd);
}

static const struct client_request get = {.method = SLICE_INIT("GET"), .path = SLICE_INIT("/v1/status")};

TEST(answers_are_taken_whole_and_the_connection_is_kept)
{
	static const char *const answers[] = {
		"+HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
		"+HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\n{\"a\r\n5\r\n\":1}\n\r\n0\r\n\r\n",
		"+HTTP/1.1 204 No Content\r\nLocation: /x\r\n\r\n", NULL};
	struct script script;
	struct client *client;
	struct client_reply reply;
	start(&script, answers);
	CHECK_OK(client_open(slice_of(script.url), &client, &why), why);
	CHECK_OK(client_call(client, &get, &reply, &why), why);
	CHECK(reply.status == 200 && strcmp(reply.media_type, "application/json") == 0);
	CHECK_SLICE(buffer_slice(&reply.body), SLICE("{}"));
	client_reply_free(&reply);
	CHECK_OK(client_call(client, &get, &reply, &why), why);
	CHECK_INT(reply.status, 404);
	CHECK_SLICE(buffer_slice(&reply.body), SLICE("{\"a\":1}\n"));
	client_reply_free(&reply);
	CHECK_OK(client_call(client, &get, &reply, &why), why);
	CHECK(reply.status == 204 && strcmp(reply.location, "/x") == 0);
	client_reply_free(&reply);
	client_free(client);
	stop(&script);
}

TEST(a_connection_that_was_closed_meanwhile_is_opened_again)
{
	static const char *const answers[] = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
					      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", NULL};
	struct script script;
	struct client *client;
	struct client_reply reply;
	start(&script, answers);
	CHECK_OK(client_open(slice_of(script.url), &client, &why), why);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(client_call(client, &get, &reply, &why), why);
		CHECK_INT(reply.body.ptr[0], 'a' + i);
		client_reply_free(&reply);
	}
	client_free(client);
	stop(&script);
}

TEST(what_is_no_answer_is_told)
{
	static const char *const answers[] = {"", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", NULL};
	struct script script;
	struct client *client;
	struct client_reply reply;
	start(&script, answers);
	CHECK_OK(client_open(slice_of(script.url), &client, &why), why);
	CHECK_ERROR(client_call(client, &get, &reply, &why), E_UPSTREAM);
	CHECK(strstr(why.sentence, "closed the connection without an answer"));
	client_reply_free(&reply);
	CHECK_ERROR(client_call(client, &get, &reply, &why), E_UPSTREAM);
	CHECK(strstr(why.sentence, "does not answer as a Tipstaff server would"));
	client_reply_free(&reply);
	CHECK_ERROR(client_call(client, &get, &reply, &why), E_CLOSED);
	client_reply_free(&reply);
	stop(&script);
	CHECK_ERROR(client_call(client, &get, &reply, &why), E_UPSTREAM);
	CHECK(strstr(why.sentence, "onnection refused"));
	client_reply_free(&reply);
	client_free(client);
}

TEST(a_header_cannot_be_smuggled)
{
	struct client *client;
	struct client_reply reply;
	struct client_request evil = get;
	evil.if_match = SLICE("1\r\nX: y");
	CHECK_OK(client_open(SLICE("http://127.0.0.1:1"), &client, &why), why);
	CHECK_ERROR(client_call(client, &evil, &reply, &why), E_INVALID);
	client_reply_free(&reply);
	client_free(client);
}

static bool count_events(void *context, const struct sse_event *event)
{
	unsigned *seen = context;
	*seen += event->data.len == 2;
	return *seen < 2;
}

TEST(events_stream_until_enough_is_seen_or_the_server_ends)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
		"b\r\n: hi\n\ndata:\r\n8\r\n {}\nid: \r\n18\r\n7\n\ndata: {}\n\ndata: {}\n\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {}\n\n",
		"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", NULL};
	struct script script;
	struct client *client;
	struct client_reply reply;
	unsigned seen = 0;
	start(&script, answers);
	CHECK_OK(client_open(slice_of(script.url), &client, &why), why);
	CHECK_OK(client_stream(client, &get, count_events, &seen, &reply, &why), why);
	CHECK(seen == 2 && reply.status == 200);
	client_reply_free(&reply);
	seen = 0;
	CHECK_ERROR(client_stream(client, &get, count_events, &seen, &reply, &why), E_CLOSED);
	CHECK_INT(seen, 1);
	client_reply_free(&reply);
	CHECK_OK(client_stream(client, &get, count_events, &seen, &reply, &why), why);
	CHECK_INT(reply.status, 401);
	client_reply_free(&reply);
	client_free(client);
	stop(&script);
}
