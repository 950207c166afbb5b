#include "gateway/gateway.h"

#include "base/memory.h"
#include "gateway/call.h"
#include "gateway/discovery.h"
#include "identity/token_cache.h"

#include <string.h>

#define KEYS_ARENA_BYTES_MAX (1u << 20)

enum error gateway_make(struct services *services, struct fault *why)
{
	struct hash_key key;
	struct gateway *gateway = memory_alloc(sizeof(*gateway));
	if (!gateway)
		return FAIL(why, E_MEMORY, "no memory for the gateway");
	services_random(services, &key, sizeof(key));
	gateway->services = services;
	gateway->credentials = credentials_new(&key);
	gateway->discoveries = discoveries_new(services);
	arena_init(&gateway->keys_arena, KEYS_ARENA_BYTES_MAX);
	enum error error = gateway->credentials && gateway->discoveries ? sha256_context_init(&gateway->sha256, why) : E_MEMORY;
	if (error != E_OK) {
		gateway_free(gateway);
		return error == E_MEMORY ? FAIL(why, E_MEMORY, "no memory for the gateway") : error;
	}
	services->gateway = gateway;
	return E_OK;
}

void gateway_free(struct gateway *gateway)
{
	if (!gateway)
		return;
	credentials_free(gateway->credentials);
	discoveries_free(gateway->discoveries);
	sha256_context_free(&gateway->sha256);
	jwk_set_free(&gateway->keys);
	memory_free((void *)(uintptr_t)gateway->keys_json.ptr);
	arena_free(&gateway->keys_arena);
	memory_free(gateway);
}

#define ENDPOINT SLICE("/mcp")

bool gateway_serves(slice path)
{
	if (!slice_starts_with(path, ENDPOINT))
		return false;
	slice rest = slice_from_offset(path, ENDPOINT.len);
	return rest.len == 0 || rest.ptr[0] == '/';
}

/* The signer changes its keys rarely: the set is parsed again only when its text is another one. */
static enum error refresh_keys(struct gateway *gateway, struct fault *why)
{
	slice json = signer_jwks(gateway->services->signer);
	if (json.len == 0)
		return FAIL(why, E_UNAVAILABLE, "the signer has not told its keys yet");
	if (slice_equal(json, gateway->keys_json))
		return E_OK;
	char *copy = memory_alloc(json.len);
	if (!copy)
		return FAIL(why, E_MEMORY, "no memory for keys");
	memcpy(copy, json.ptr, json.len);
	jwk_set_free(&gateway->keys);
	memory_free((void *)(uintptr_t)gateway->keys_json.ptr);
	gateway->keys = (struct jwk_set){0};
	gateway->keys_json = (slice){NULL, 0};
	arena_reset(&gateway->keys_arena);
	token_cache_clear(gateway->services->tokens);
	enum error error = jwk_set_parse(&gateway->keys, slice_from(copy, json.len), JWK_PUBLIC, &gateway->keys_arena, why);
	if (error != E_OK) {
		memory_free(copy);
		return error;
	}
	gateway->keys_json = slice_from(copy, json.len);
	return E_OK;
}

/* RFC 6750 2.1; the scheme is compared without case (RFC 9110 11.1). */
static enum error bearer_token(const struct http1_request *request, slice *ret_token, struct fault *why)
{
	slice value = http1_header(&request->headers, HTTP1_NAME_AUTHORIZATION);
	if (!value.ptr)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "Authorization", "a task token is needed");
	slice rest = value;
	slice scheme = slice_cut(&rest, ' ');
	*ret_token = slice_trim(rest);
	if (!slice_equal_fold(scheme, SLICE("Bearer")) || ret_token->len == 0)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "Authorization", "the Authorization header is not a bearer token");
	return E_OK;
}

#define AUDIENCE_BYTES_MAX 512u

enum error gateway_bearer(struct services *services, const struct http1_request *request,
			  const struct caller **ret_caller, struct fault *why)
{
	char audience[AUDIENCE_BYTES_MAX];
	slice token;
	slice issuer = services->config->issuer;
	TRY(bearer_token(request, &token, why));
	TRY(refresh_keys(services->gateway, why));
	if (issuer.len + ENDPOINT.len > sizeof(audience))
		return FAIL(why, E_LIMIT, "an issuer of more than %u bytes", AUDIENCE_BYTES_MAX);
	memcpy(audience, issuer.ptr, issuer.len);
	memcpy(audience + issuer.len, ENDPOINT.ptr, ENDPOINT.len);
	struct caller_check check = {
		.keys = &services->gateway->keys,
		.issuer = issuer,
		.audience = slice_from(audience, issuer.len + ENDPOINT.len),
		.now_s = services_now_ns(services) / 1000000000,
		.skew_s = services->config->clock_skew_s,
	};
	return token_cache_caller(services->tokens, &check, token, ret_caller, why);
}

/* On loopback a browser may know us by any of our names. */
static bool is_own_loopback_origin(const struct config *config, slice origin)
{
	static const slice names[] = {SLICE_INIT("http://localhost:"), SLICE_INIT("http://127.0.0.1:"),
				      SLICE_INIT("http://[::1]:")};
	uint64_t port;
	if (!slice_equal(config->listen_address, SLICE("127.0.0.1")) && !slice_equal(config->listen_address, SLICE("::1")))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_starts_with(origin, names[i]) &&
		    slice_to_u64(slice_from_offset(origin, names[i].len), &port) && port == config->listen_port)
			return true;
	return false;
}

bool gateway_origin_allowed(const struct services *services, const struct http1_request *request)
{
	slice origin = http1_header(&request->headers, HTTP1_NAME_ORIGIN);
	return !origin.ptr || slice_equal(origin, services->config->issuer) ||
	       is_own_loopback_origin(services->config, origin);
}

static enum step (*const rooms[ROOM_COUNT])(struct call *call) = {
	[ROOM_ARRIVE] = call_arrive, [ROOM_IDENTIFY] = call_identify, [ROOM_FACTS] = call_facts,
	[ROOM_DECIDE] = call_decide, [ROOM_GATE] = call_gate,         [ROOM_RECORD] = call_record,
	[ROOM_RELEASE] = call_release,
};

/* Outcome and watch follow from what the target answers: see outcome.c. */
void call_walk(struct call *call)
{
	while (call->room < ROOM_COUNT) {
		if (rooms[call->room](call) != STEP_ON)
			return;
		call->room++;
	}
}

void call_go_on(struct call *call)
{
	call->room++;
	call_walk(call);
}

void gateway_handle(struct services *services, struct http_exchange *exchange)
{
	struct call *call = memory_alloc(sizeof(*call));
	if (!call) {
		http_respond(exchange, 503, NULL, 0, SLICE(""));
		return;
	}
	call->services = services;
	call->exchange = exchange;
	call->arena = &exchange->arena;
	call->begun_ns = services_monotonic_ns(services);
	buffer_init(&call->sent, services->config->request_body_bytes_max + 65536);
	buffer_init(&call->received, services->config->response_body_bytes_max);
	buffer_init(&call->written, services->config->response_body_bytes_max + 65536);
	exchange->user = call;
	exchange->on_close = call_client_closed;
	exchange->on_drain = call_client_drained;
	call_walk(call);
}

const struct caller *call_caller(struct call *call)
{
	const struct caller *caller = NULL;
	if (gateway_bearer(call->services, call->exchange->request, &caller, NULL) != E_OK)
		return NULL;
	return caller;
}

slice call_keep(struct call *call, slice text)
{
	slice copy = text.len > 0 ? arena_copy(call->arena, text) : SLICE("");
	return copy.ptr ? copy : SLICE("");
}

slice call_header(const struct call *call, enum http1_name name)
{
	return http1_header(&call->exchange->request->headers, name);
}
