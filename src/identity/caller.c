#include "identity/caller.h"

#include "registry/entity.h"
#include "text/ulid.h"
#include "token/jwt.h"

#include <string.h>

bool caller_scope_covers(const struct caller *caller, slice tool)
{
	for (unsigned i = 0; i < caller->scope_count; i++)
		if (slice_equal(caller->scope[i], SLICE(CALLER_SCOPE_ALL)) || tool_pattern_covers(caller->scope[i], tool))
			return true;
	return false;
}

static enum error text_of(const struct jwt *jwt, const char *name, slice *ret, struct fault *why)
{
	if (!json_string(json_get(&jwt->claims, json_root(&jwt->claims), slice_of(name)), ret) || ret->len == 0)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, name, "the token has no claim %s", name);
	return E_OK;
}

static enum error read_scope(struct caller *caller, slice scope, struct arena *arena, struct fault *why)
{
	slice *tools = ARENA_ARRAY(arena, CALLER_SCOPE_MAX, slice);
	if (!tools)
		return FAIL(why, E_MEMORY, "no memory for a scope");
	caller->scope = tools;
	while (scope.len) {
		slice tool = slice_cut(&scope, ' ');
		if (tool.len == 0)
			continue;
		if (caller->scope_count == CALLER_SCOPE_MAX)
			return FAIL(why, E_LIMIT, "a scope of more than %u tools", CALLER_SCOPE_MAX);
		tools[caller->scope_count++] = tool;
	}
	return E_OK;
}

/* The nested `act`, outermost newest (RFC 8693 4.1), as a chain from the root to the acting agent. */
static enum error read_chain(struct caller *caller, const struct jwt *jwt, slice *ret_actor, struct fault *why)
{
	slice actors[CALLER_CHAIN_MAX];
	unsigned count = 0;
	const struct json_doc *doc = &jwt->claims;
	for (const struct json_node *act = json_get(doc, json_root(doc), SLICE("act")); act;
	     act = json_get(doc, act, SLICE("act"))) {
		if (count == CALLER_CHAIN_MAX - 1)
			return FAIL(why, E_LIMIT, "a chain of more than %u actors", CALLER_CHAIN_MAX - 1);
		if (!json_string(json_get(doc, act, SLICE("sub")), &actors[count]) || actors[count].len == 0)
			return FAIL_FIELD(why, E_UNAUTHENTICATED, "act", "the token has an actor without a name");
		count++;
	}
	if (count == 0)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "act", "the token has no claim act");
	*ret_actor = actors[0];
	caller->chain[caller->chain_count++] = caller->subject;
	/* The actor of an autonomous agent is its own running copy: the same link. */
	unsigned own = caller->mode == CALLER_AUTONOMOUS ? 1 : 0;
	for (unsigned i = count; i > own; i--)
		caller->chain[caller->chain_count++] = actors[i - 1];
	caller->depth = caller->chain_count - 1;
	return E_OK;
}

static enum error read_mode(struct caller *caller, const struct jwt *jwt, struct fault *why)
{
	slice mode, actor;
	TRY(text_of(jwt, "mode", &mode, why));
	if (slice_equal(mode, SLICE("delegated")))
		caller->mode = CALLER_DELEGATED;
	else if (!slice_equal(mode, SLICE("autonomous")))
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "mode", "the token has an unknown mode");
	TRY(read_chain(caller, jwt, &actor, why));
	bool delegated = caller->mode == CALLER_DELEGATED;
	if (!slice_equal(delegated ? actor : caller->subject, caller->agent))
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "client_id", "the token was not issued to its actor");
	caller->instance = delegated ? SLICE("") : actor;
	slice instance;
	const struct json_node *act = json_get(&jwt->claims, json_root(&jwt->claims), SLICE("act"));
	if (delegated && json_string(json_get(&jwt->claims, act, SLICE("instance")), &instance))
		caller->instance = instance;
	return E_OK;
}

static enum error read_origin(struct caller *caller, struct fault *why)
{
	int64_t token_ms, chain_ms;
	if (ulid_parse(caller->token, SLICE("t"), &token_ms, NULL) != E_OK)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "jti", "the token's jti is not one of ours");
	if (ulid_parse(caller->transaction, SLICE("txn"), &chain_ms, NULL) != E_OK)
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "txn", "the token's txn is not one of ours");
	caller->original_issue_ms = token_ms < chain_ms ? token_ms : chain_ms;
	return E_OK;
}

static enum error read_claims(struct caller *caller, const struct jwt *jwt, struct arena *arena, struct fault *why)
{
	slice scope;
	caller->subject = jwt->subject;
	caller->issuer = jwt->issuer;
	caller->token = jwt->id;
	caller->issued_s = jwt->issued_s;
	caller->expires_s = jwt->expires_s;
	TRY(text_of(jwt, "client_id", &caller->agent, why));
	TRY(text_of(jwt, "req", &caller->requester, why));
	TRY(text_of(jwt, "purpose", &caller->purpose, why));
	TRY(text_of(jwt, "task_id", &caller->task, why));
	TRY(text_of(jwt, "txn", &caller->transaction, why));
	TRY(text_of(jwt, "scope", &scope, why));
	TRY(read_scope(caller, scope, arena, why));
	TRY(read_mode(caller, jwt, why));
	return read_origin(caller, why);
}

/* Whatever is wrong with a token beyond its signature and age: it is no credential. */
static enum error as_caller_error(enum error code, struct fault *why)
{
	switch ((int)code) {
	case E_OK:
	case E_SIGNATURE:
	case E_EXPIRED:
	case E_LIMIT:
	case E_MEMORY:
		return code;
	default:
		if (why)
			why->code = E_UNAUTHENTICATED;
		return E_UNAUTHENTICATED;
	}
}

enum error caller_verify(const struct caller_check *check, slice token, struct arena *arena, struct caller *ret_caller,
			 struct fault *why)
{
	struct jwt jwt;
	*ret_caller = (struct caller){.audience = check->audience};
	if (token.len > CALLER_TOKEN_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a token of more than %u bytes", CALLER_TOKEN_BYTES_MAX);
	if (!check->keys)
		return FAIL(why, E_UNAUTHENTICATED, "there is no key to verify tokens with");
	slice kept = arena_copy(arena, token);
	if (!kept.ptr)
		return FAIL(why, E_MEMORY, "no memory for a token");
	struct jwt_rules rules = {
		.algorithms = SIGNATURE_BIT(SIGNATURE_ES256),
		.type = SLICE("at+jwt"),
		.issuer = check->issuer,
		.audiences = &check->audience,
		.audience_count = 1,
		.needs = JWT_SUBJECT | JWT_ISSUED | JWT_ID,
		.now_s = check->now_s,
		.leeway_s = check->skew_s,
	};
	TRY(as_caller_error(jwt_parse(&jwt, kept, arena, why), why));
	TRY(as_caller_error(jwt_verify(&jwt, check->keys, &rules, why), why));
	struct caller caller = {.audience = check->audience};
	TRY(read_claims(&caller, &jwt, arena, why));
	*ret_caller = caller;
	return E_OK;
}
