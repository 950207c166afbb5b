/* The metadata of the decision point, signed where the signer has told its key. */
#include "api/authzen.h"

#include "api/reply.h"
#include "identity/issue.h"
#include "protocol/authzen.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)
/* It says of itself that it holds for a day. */
#define SIGNED_KEPT_S 3600
#define SIGNED_BYTES_MAX (16u * 1024u)

struct signing {
	struct services *services;
	struct http_exchange *exchange;
	struct buffer token;
};

static void answer(struct services *services, struct http_exchange *exchange, slice signed_metadata)
{
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	authzen_metadata_write(&body, services->config->issuer, signed_metadata);
	reply_buffer(exchange, 200, &body);
}

/* Unsigned it is as true: it came from where it speaks of. */
static void on_signed(void *context, enum error code, slice signature)
{
	struct signing *signing = context;
	struct signed_metadata *kept = &signing->services->metadata;
	slice token = SLICE("");
	if (code == E_OK && issue_complete(&signing->token, signature, NULL) == E_OK)
		token = buffer_slice(&signing->token);
	kept->length = 0;
	if (token.len && token.len <= sizeof(kept->token)) {
		memcpy(kept->token, token.ptr, token.len);
		kept->length = token.len;
		kept->made_s = services_now_ns(signing->services) / NS_PER_S;
	}
	answer(signing->services, signing->exchange, token);
	buffer_free(&signing->token);
}

void authzen_metadata_handle(struct services *services, struct http_exchange *exchange)
{
	const struct signed_metadata *kept = &services->metadata;
	int64_t now_s = services_now_ns(services) / NS_PER_S;
	if (kept->length && now_s >= kept->made_s && now_s < kept->made_s + SIGNED_KEPT_S) {
		answer(services, exchange, slice_from(kept->token, kept->length));
		return;
	}
	struct signing *signing = ARENA_NEW(&exchange->arena, struct signing);
	slice key_id = signer_token_key_id(services->signer);
	if (!signing || key_id.len == 0) {
		answer(services, exchange, SLICE(""));
		return;
	}
	signing->services = services;
	signing->exchange = exchange;
	buffer_init(&signing->token, SIGNED_BYTES_MAX);
	authzen_metadata_signing_input(&signing->token, services->config->issuer, key_id, now_s);
	signer_sign_token(services->signer, buffer_slice(&signing->token), on_signed, signing);
}
