#include "cli/remote.h"

#include "check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fault why;

/* A server that gives one answer to one connection and keeps what it was asked. */
struct once {
	int fd;
	char url[64];
	const char *answer;
	char asked[4096];
	pthread_t thread;
};

static void *serve(void *context)
{
	struct once *once = context;
	size_t have = 0;
	int fd = accept(once->fd, NULL, NULL);
	while (have < sizeof(once->asked) - 1 && !strstr(once->asked, "\r\n\r\n")) {
		ssize_t more = read(fd, once->asked + have, sizeof(once->asked) - 1 - have);
		if (more <= 0)
			break;
		have += (size_t)more;
	}
	if (write(fd, once->answer, strlen(once->answer)) < 0)
		once->asked[0] = '\0';
	close(fd);
	return NULL;
}

/* Asks for /v1/x with this admin key ("" for none) and gives the error. */
static enum error ask(struct once *once, struct remote *remote, const char *key, const char *answer)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(at);
	struct remote_reply reply;
	memset(once, 0, sizeof(*once));
	once->answer = answer;
	once->fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(once->fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(once->fd, 1) == 0);
	getsockname(once->fd, (struct sockaddr *)&at, &length);
	snprintf(once->url, sizeof(once->url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	CHECK(pthread_create(&once->thread, NULL, serve, once) == 0);
	setenv("TIPSTAFF_ADMIN_KEY", key, 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	*remote = (struct remote){.server = slice_of(once->url)};
	CHECK_OK(remote_open(remote, &why), why);
	enum error code = remote_get(remote, SLICE("/v1/x"), &reply, &why);
	pthread_join(once->thread, NULL);
	close(once->fd);
	return code;
}

static void done(struct remote *remote)
{
	client_free(remote->client);
	arena_free(&remote->arena);
}

#define PROBLEM "Content-Type: application/problem+json\r\nConnection: close\r\n\r\n"

TEST(a_problem_becomes_its_sentence_and_field)
{
	struct once once;
	struct remote remote;
	CHECK_ERROR(ask(&once, &remote, "k1", "HTTP/1.1 422 x\r\n" PROBLEM
					       "{\"detail\":\"owner is missing\",\"field\":\"owner\" }  "), E_INVALID);
	CHECK(strcmp(why.sentence, "owner is missing") == 0 && strcmp(why.field, "owner") == 0);
	CHECK(strstr(once.asked, "GET /v1/x HTTP/1.1\r\n") && strstr(once.asked, "Authorization: Bearer k1\r\n"));
	done(&remote);
	CHECK_ERROR(ask(&once, &remote, "k1", "HTTP/1.1 404 x\r\n" PROBLEM "{\"title\":\"gone\"}"), E_NOT_FOUND);
	CHECK(strcmp(why.sentence, "gone") == 0);
	done(&remote);
	CHECK_ERROR(ask(&once, &remote, "k1", "HTTP/1.1 503 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), E_UNAVAILABLE);
	CHECK(strcmp(why.sentence, "the server answered 503") == 0);
	done(&remote);
}

TEST(a_missing_and_a_wrong_key_are_told_apart)
{
	static const char refusal[] = "HTTP/1.1 401 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
	struct once once;
	struct remote remote;
	CHECK_ERROR(ask(&once, &remote, "", refusal), E_UNAUTHENTICATED);
	CHECK(strstr(why.sentence, "wants its admin key") && !strstr(once.asked, "Authorization"));
	done(&remote);
	CHECK_ERROR(ask(&once, &remote, "k1", refusal), E_UNAUTHENTICATED);
	CHECK(strstr(why.sentence, "does not accept the admin key from TIPSTAFF_ADMIN_KEY"));
	CHECK(!strstr(why.sentence, "k1"));
	done(&remote);
}

TEST(an_answer_that_is_no_json_is_told)
{
	struct once once;
	struct remote remote;
	CHECK_ERROR(ask(&once, &remote, "k1", "HTTP/1.1 200 x\r\nContent-Type: application/json\r\nConnection: close\r\n"
					       "Content-Length: 13\r\n\r\n{\"a\":1,\"a\":2}"), E_UPSTREAM);
	CHECK(strstr(why.sentence, "JSON that cannot be read"));
	done(&remote);
}

TEST(nobody_there_says_how_to_start_one)
{
	struct remote remote = {.server = SLICE("http://127.0.0.1:1")};
	struct remote_reply reply;
	setenv("TIPSTAFF_ADMIN_KEY", "k", 1);
	CHECK_OK(remote_open(&remote, &why), why);
	CHECK_ERROR(remote_get(&remote, SLICE("/"), &reply, &why), E_UPSTREAM);
	CHECK(strcmp(why.sentence, "no server at http://127.0.0.1:1; start one with: tipstaff up") == 0);
	CHECK_SLICE(remote_escape(&remote, SLICE("a b/\xC3\xA9~")), SLICE("a%20b%2F%C3%A9~"));
	done(&remote);
}

TEST(a_key_must_look_like_one_and_a_named_file_must_be_there)
{
	struct remote remote = {.server = SLICE("http://127.0.0.1:1")};
	setenv("TIPSTAFF_ADMIN_KEY", "two words", 1);
	CHECK_ERROR(remote_open(&remote, &why), E_USAGE);
	CHECK(!strstr(why.sentence, "two words"));
	done(&remote);
	remote = (struct remote){.server = SLICE("http://127.0.0.1:1"), .key_file = SLICE("/nonexistent/key")};
	CHECK_ERROR(remote_open(&remote, &why), E_NOT_FOUND);
	done(&remote);
	remote = (struct remote){.server = SLICE("not a url")};
	CHECK_ERROR(remote_open(&remote, &why), E_USAGE);
	done(&remote);
}
