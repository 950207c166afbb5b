/*
 * Requests for task tokens, each with an assertion of its own, signed with a fresh key, for `load --once`.
 * usage: assertions --agent ID --purpose ID --count N --requests FILE
 *   Prints the public JWK; then reads the port of the server, writes the file, and prints a last line.
 */
#include "bench.h"

#include "text/json_writer.h"
#include "token/jwk.h"
#include "token/jwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FORM                                                                                                           \
	"grant_type=client_credentials&client_assertion_type="                                                         \
	"urn%%3Aietf%%3Aparams%%3Aoauth%%3Aclient-assertion-type%%3Ajwt-bearer&purpose=%s&scope=fs.read_file"              \
	"&client_assertion=%.*s"
#define REQUEST                                                                                                        \
	"POST /token HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/x-www-form-urlencoded\r\n"              \
	"Content-Length: %zu\r\n\r\n"

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "assertions: %s\n", fault_sentence(why));
	exit(1);
}

struct order {
	const char *agent;
	const char *purpose;
	const char *path;
	char port[16];
	uint64_t count;
	struct key *key;
	struct jwk_thumbprint_text name;
};

static void print_key(const struct order *order)
{
	struct buffer text;
	struct json_writer writer;
	struct fault why = {0};
	buffer_init(&text, 4096);
	json_writer_init(&writer, &text, JSON_COMPACT);
	need(jwk_write_public(&writer, order->key, jwk_thumbprint_slice(&order->name), &why), &why);
	need(json_writer_end(&writer, &why), &why);
	printf("%.*s\n", (int)text.len, text.ptr);
	fflush(stdout);
	buffer_free(&text);
}

static void write_request(const struct order *order, FILE *file, uint64_t number)
{
	struct buffer claims, assertion, form, request;
	struct fault why = {0};
	long long now = (long long)time(NULL);
	buffer_init(&claims, 4096);
	buffer_init(&assertion, JWT_BYTES_MAX);
	buffer_init(&form, 65536);
	buffer_init(&request, 65536);
	buffer_print(&claims,
		     "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"http://127.0.0.1:%s\",\"jti\":\"bench-%llu-%llu\",\"iat\":%lld,\"exp\":%lld}",
		     order->agent, order->agent, order->port, (unsigned long long)bench_now_ns(),
		     (unsigned long long)number, now, now + 60);
	need(jwt_sign(&assertion, order->key, SLICE("JWT"), jwk_thumbprint_slice(&order->name), buffer_slice(&claims), &why),
	     &why);
	buffer_print(&form, FORM, order->purpose, SLICE_ARG(buffer_slice(&assertion)));
	buffer_print(&request, REQUEST, order->port, form.len);
	buffer_add(&request, buffer_slice(&form));
	fprintf(file, "%zu\n", request.len);
	fwrite(request.ptr, 1, request.len, file);
	buffer_free(&claims);
	buffer_free(&assertion);
	buffer_free(&form);
	buffer_free(&request);
}

int main(int count, char **arguments)
{
	struct order order = {.agent = bench_argument(count, arguments, "--agent"),
			      .purpose = bench_argument(count, arguments, "--purpose"),
			      .path = bench_argument(count, arguments, "--requests")};
	const char *number = bench_argument(count, arguments, "--count");
	struct fault why = {0};
	if (!order.agent || !order.purpose || !order.path || !number || !slice_to_u64(slice_of(number), &order.count)) {
		fprintf(stderr, "usage: assertions --agent ID --purpose ID --count N --requests FILE\n");
		return 64;
	}
	need(key_generate(&order.key, KEY_P256, &why), &why);
	need(jwk_thumbprint_text(&order.name, order.key, &why), &why);
	print_key(&order);
	if (fscanf(stdin, "%15s", order.port) != 1)
		return 1;
	FILE *file = fopen(order.path, "wb");
	if (!file) {
		perror("assertions");
		return 1;
	}
	for (uint64_t i = 0; i < order.count; i++)
		write_request(&order, file, i);
	fclose(file);
	key_free(order.key);
	printf("done\n");
	return 0;
}
