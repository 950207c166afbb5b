#include "api/reply.h"

#include "protocol/oauth.h"
#include "registry/problem.h"

#define FIELDS_MAX 4u
/* What is echoed: longer ones are dropped. */
#define REQUEST_ID_BYTES_MAX 256u

struct fields {
	struct http1_field list[FIELDS_MAX];
	size_t count;
};

static void add(struct fields *fields, const char *name, slice value)
{
	if (fields->count < FIELDS_MAX)
		fields->list[fields->count++] = (struct http1_field){slice_of(name), value};
}

slice reply_request_id(const struct http_exchange *exchange)
{
	slice id = http1_header_named(&exchange->request->headers, SLICE("x-request-id"));
	return id.len <= REQUEST_ID_BYTES_MAX ? id : SLICE("");
}

static void respond(struct http_exchange *exchange, int status, const char *media_type, slice challenge, slice body)
{
	struct fields fields = {.count = 0};
	add(&fields, "content-type", slice_of(media_type));
	add(&fields, "cache-control", SLICE("no-store"));
	slice request_id = reply_request_id(exchange);
	if (request_id.len)
		add(&fields, "x-request-id", request_id);
	if (challenge.len)
		add(&fields, "www-authenticate", challenge);
	http_respond(exchange, status, fields.list, fields.count, body);
}

void reply_json(struct http_exchange *exchange, int status, slice json)
{
	respond(exchange, status, "application/json", SLICE(""), json);
}

void reply_buffer(struct http_exchange *exchange, int status, struct buffer *json)
{
	if (json->failed)
		reply_problem(exchange, E_INTERNAL, NULL);
	else
		reply_json(exchange, status, buffer_slice(json));
	buffer_free(json);
}

void reply_problem(struct http_exchange *exchange, enum error code, const struct fault *why)
{
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	problem_write(&body, code, why);
	respond(exchange, problem_status(code, why), "application/problem+json", SLICE(""), buffer_slice(&body));
	buffer_free(&body);
}

void reply_oauth_error(struct http_exchange *exchange, int status, const char *code, slice description)
{
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	oauth_error_write(&body, code, description);
	respond(exchange, status, "application/json", SLICE(""), buffer_slice(&body));
	buffer_free(&body);
}

void reply_oauth_fault(struct http_exchange *exchange, enum error code, const struct fault *why)
{
	int status = error_http_status(code);
	/* RFC 6749 5.2: 400 for whatever is wrong with the request, whatever HTTP would say. */
	if (status > 400 && status < 500 && code != E_UNAUTHENTICATED && code != E_SIGNATURE && code != E_FORBIDDEN &&
	    code != E_RATE)
		status = 400;
	slice description = why && why->code == code ? slice_of(fault_sentence(why)) : slice_of(error_sentence(code));
	reply_oauth_error(exchange, status, error_oauth(code), description);
}

void reply_unauthenticated(struct http_exchange *exchange, slice issuer, const char *sentence)
{
	struct buffer body;
	struct fault why = {.code = E_OK};
	slice challenge = arena_print(&exchange->arena,
				      "Bearer resource_metadata=\"%.*s/.well-known/oauth-protected-resource/mcp\"",
				      SLICE_ARG(issuer));
	enum error code = FAIL(&why, E_UNAUTHENTICATED, "%s", sentence);
	buffer_init(&body, REPLY_BYTES_MAX);
	problem_write(&body, code, &why);
	respond(exchange, 401, "application/problem+json", challenge, buffer_slice(&body));
	buffer_free(&body);
}
