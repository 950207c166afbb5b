#include "api/client.h"

#include "api/credential.h"
#include "decision/decide.h"
#include "identity/jti_set.h"
#include "protocol/oauth.h"

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000

static struct assertion_check check_of(const struct services *services, struct arena *arena)
{
	const struct config *config = services->config;
	int64_t skew_s = config->clock_skew_s;
	int64_t lifetime_max_s = config->assertion_lifetime_max_s;
	/* Longer ones could be forgotten before they expire. */
	if (lifetime_max_s > JTI_SET_WINDOW_S - 2 * skew_s)
		lifetime_max_s = JTI_SET_WINDOW_S - 2 * skew_s;
	return (struct assertion_check){
		.issuer = config->issuer,
		.token_endpoint = arena_print(arena, "%.*s/token", SLICE_ARG(config->issuer)),
		.accept_token_endpoint = config->accept_token_endpoint_audience,
		.now_s = services_now_ns(services) / NS_PER_S,
		.skew_s = skew_s,
		.lifetime_max_s = lifetime_max_s,
	};
}

/* A stranger is only counted under a key that really signed. */
static enum error check_shown_key(const struct assertion *assertion, const struct assertion_check *check,
				  struct arena *arena, struct fault *why)
{
	struct jwk_set keys = {.count = 0};
	if (assertion->jwk.len == 0)
		return E_OK;
	struct jwt_rules rules = {.algorithms = SIGNATURE_ASYMMETRIC, .any_issuer = true, .any_audience = true,
				  .now_s = check->now_s, .leeway_s = check->skew_s};
	enum error code = jwk_set_parse(&keys, assertion->jwk, JWK_PUBLIC, arena, why);
	if (code == E_OK && keys.count == 0)
		code = FAIL(why, E_UNAUTHENTICATED, "the key in the header is not one that can sign");
	if (code == E_OK)
		code = jwt_verify_with(&assertion->jwt, keys.keys[0].key, &rules, why);
	jwk_set_free(&keys);
	if (code == E_OK || code == E_SIGNATURE || code == E_MEMORY)
		return code;
	why->code = E_UNAUTHENTICATED;
	return E_UNAUTHENTICATED;
}

enum error client_authenticate(struct services *services, slice assertion, struct arena *arena,
			       struct assertion *ret_assertion, const struct agent_row **ret_agent, struct fault *why)
{
	struct assertion_check check = check_of(services, arena);
	*ret_agent = NULL;
	*ret_assertion = (struct assertion){.expires_s = 0};
	if (assertion.len == 0)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "client_assertion", "client authentication is missing");
	const struct snapshot *snapshot = services_snapshot(services);
	if (!snapshot)
		return FAIL(why, E_UNAVAILABLE, "not ready: the registry has not been received yet");
	TRY(assertion_read(&check, assertion, arena, ret_assertion, why));
	*ret_agent = snapshot_agent(snapshot, ret_assertion->client_id);
	if (!*ret_agent) {
		TRY(check_shown_key(ret_assertion, &check, arena, why));
		return FAIL(why, E_NOT_FOUND, "agent.unregistered: %.*s is not known here; ask an operator to register it",
			    SLICE_ARG(ret_assertion->client_id));
	}
	TRY(assertion_verify(ret_assertion, &check, &(*ret_agent)->keys, why));
	/* With the skew it may be accepted a little after `exp`. */
	return jti_set_take(services->jtis, ret_assertion->client_id, ret_assertion->jti,
			    ret_assertion->expires_s + check.skew_s, check.now_s, why);
}

static enum error verify(struct services *services, slice token, struct arena *arena, struct caller *ret_caller,
			 struct fault *why)
{
	struct jwk_set keys = {.count = 0};
	slice audience = arena_print(arena, "%.*s/mcp", SLICE_ARG(services->config->issuer));
	if (!audience.ptr)
		return FAIL(why, E_MEMORY, "no memory for a token");
	if (signer_jwks(services->signer).len == 0)
		return FAIL(why, E_UNAVAILABLE, "not ready: the signing keys are not known yet");
	TRY(jwk_set_parse(&keys, signer_jwks(services->signer), JWK_PUBLIC, arena, why));
	struct caller_check check = {.keys = &keys, .issuer = services->config->issuer, .audience = audience,
				     .now_s = services_now_ns(services) / NS_PER_S};
	enum error code = caller_verify(&check, token, arena, ret_caller, why);
	jwk_set_free(&keys);
	return code;
}

enum error client_token_read(struct services *services, slice token, struct arena *arena, struct caller *ret_caller,
			     struct fault *why)
{
	struct caller caller;
	*ret_caller = (struct caller){.depth = 0};
	const struct snapshot *snapshot = services_snapshot(services);
	if (!snapshot)
		return FAIL(why, E_UNAVAILABLE, "not ready: the registry has not been received yet");
	TRY(verify(services, token, arena, &caller, why));
	enum reason reason = decide_caller(snapshot, &caller, services_now_ns(services) / NS_PER_MS);
	if (reason != REASON_PERMITTED)
		return FAIL(why, E_GRANT, "%.*s", SLICE_ARG(reason_code(reason)));
	*ret_caller = caller;
	return E_OK;
}

enum error client_or_admin(struct services *services, struct http_exchange *exchange, const struct form *form,
			   slice *ret_client, struct fault *why)
{
	slice assertion;
	struct assertion read;
	const struct agent_row *agent;
	*ret_client = SLICE("");
	if (credential_is_admin(services, exchange->request))
		return E_OK;
	TRY(oauth_assertion_read(form, &assertion, why));
	enum error code = client_authenticate(services, assertion, &exchange->arena, &read, &agent, why);
	if (code == E_OK)
		*ret_client = read.client_id;
	if (code == E_OK || code == E_RATE || code == E_UNAVAILABLE || code == E_MEMORY)
		return code;
	why->code = E_UNAUTHENTICATED;
	return E_UNAUTHENTICATED;
}
