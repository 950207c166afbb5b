/*
 * A target that costs next to nothing: answers any request with a fixed JSON-RPC result, for benchmarks of what stands
 * before it. It takes the "id" of the request over where it is a number, and knows enough of both eras of MCP to be
 * discovered: server/discover, initialize, tools/list.
 * usage: stub_upstream [--port PORT]; prints its URL
 */
#include "bench.h"

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

#include <stdio.h>
#include <string.h>

/* Digits after the first `"id":` of the body; "1" where there are none. */
static slice id_of(slice body)
{
	size_t at = slice_find(body, SLICE("\"id\":"));
	slice rest = at == SIZE_MAX ? (slice){NULL, 0} : slice_trim(slice_from_offset(body, at + 5));
	size_t digits = 0;
	while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
		digits++;
	return digits ? slice_sub(rest, 0, digits) : SLICE("1");
}

#define READ_FILE                                                         \
	"{\"name\":\"read_file\",\"description\":\"Reads a "              \
	"file\",\"annotations\":{\"readOnlyHint\":true},\"inputSchema\":" \
	"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}},\"required\":[\"path\"]}}"
#define DELETE_FILE                                                                                                    \
	"{\"name\":\"delete_file\",\"description\":\"Deletes a file\",\"annotations\":{\"destructiveHint\":true},"     \
	"\"inputSchema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}},\"required\":[\"path\"]" \
	"}}"

static const struct {
	slice method;
	slice result;
} results[] = {
	{SLICE_INIT("tools/call"),
	 SLICE_INIT(
		 "{\"content\":[{\"type\":\"text\",\"text\":\"hello from the stub\"}],\"resultType\":\"complete\"}")},
	{SLICE_INIT("tools/list"),
	 SLICE_INIT("{\"tools\":[" READ_FILE "," DELETE_FILE "],\"resultType\":\"complete\",\"ttlMs\":0,"
		    "\"cacheScope\":\"private\"}")},
	{SLICE_INIT("server/discover"),
	 SLICE_INIT("{\"supportedVersions\":[\"2026-07-28\",\"2025-11-25\"],\"capabilities\":{\"tools\":{}},"
		    "\"serverInfo\":{\"name\":\"stub\",\"version\":\"1\"},\"resultType\":\"complete\",\"ttlMs\":0,"
		    "\"cacheScope\":\"private\"}")},
	{SLICE_INIT("initialize"), SLICE_INIT("{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
					      "\"serverInfo\":{\"name\":\"stub\",\"version\":\"1\"}}")},
};

/* What is asked for, by the quoted text behind "method"; a tools/call where nothing else is found. */
static slice result_of(slice body)
{
	size_t at = slice_find(body, SLICE("\"method\":\""));
	slice method = at == SIZE_MAX ? (slice){NULL, 0} : slice_from_offset(body, at + 10);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (slice_starts_with(method, results[i].method))
			return results[i].result;
	return results[0].result;
}

static void answer(struct http_exchange *exchange, void *context)
{
	static const struct http1_field fields[] = {
		{SLICE_INIT("Content-Type"), SLICE_INIT("application/json")},
		{SLICE_INIT("Mcp-Session-Id"), SLICE_INIT("stub")},
	};
	char text[1024];
	slice result = result_of(exchange->body);
	bool opens = slice_equal(result, results[3].result);
	(void)context;
	if (slice_find(exchange->body, SLICE("\"id\":")) == SIZE_MAX) {
		http_respond(exchange, 202, NULL, 0, SLICE(""));
		return;
	}
	int length = snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":%.*s}",
			      SLICE_ARG(id_of(exchange->body)), SLICE_ARG(result));
	http_respond(exchange, 200, fields, opens ? 2 : 1, slice_from(text, (size_t)length));
}

int main(int count, char **arguments)
{
	const char *port = bench_argument(count, arguments, "--port");
	struct http_server_config config;
	struct http_server *server;
	struct loop *loop;
	struct fault why = {0};
	uint64_t number = 0;
	int fd;
	http_server_config_default(&config);
	config.handler = answer;
	if ((port && !slice_to_u64(slice_of(port), &number)) || number > 65535 ||
	    listener_open(SLICE("127.0.0.1"), (uint16_t)number, false, &fd, &why) != E_OK ||
	    loop_make(&loop, &why) != E_OK || http_server_start(loop, fd, &config, &server, &why) != E_OK) {
		fprintf(stderr, "stub_upstream: %s\n", fault_sentence(&why));
		return 1;
	}
	printf("http://127.0.0.1:%u\n", listener_port(fd));
	fflush(stdout);
	loop_run(loop);
	return 0;
}
