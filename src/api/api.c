#include "api/api.h"

#include "api/authzen.h"
#include "api/call.h"
#include "api/check.h"
#include "api/credential.h"
#include "api/oauth_metadata.h"
#include "api/token.h"
#include "text/url.h"
#include "text/utf8.h"

/* Handlers of our own take a call; those of the standards take the exchange. */
static void (*const call_handlers[ROUTE_ACTION_COUNT])(struct api_call *call) = {
	[ROUTE_LIST] = objects_handle,	     [ROUTE_CREATE] = objects_handle, [ROUTE_READ] = objects_handle,
	[ROUTE_PUT] = objects_handle,	     [ROUTE_PATCH] = objects_handle,  [ROUTE_DELETE] = objects_handle,
	[ROUTE_VERB] = objects_handle,	     [ROUTE_POLICIES] = objects_handle, [ROUTE_POLICY_SET] = policy_set_handle,
	[ROUTE_REFRESH] = refresh_handle,    [ROUTE_OPENAPI] = openapi_handle,
	[ROUTE_STATUS] = status_handle,	     [ROUTE_DECISIONS] = decisions_handle, [ROUTE_DECISION] = decision_handle,
	[ROUTE_TRACE] = trace_handle,	     [ROUTE_WATCH] = watch_handle,    [ROUTE_CALLERS] = callers_handle,
	[ROUTE_HEALTHZ] = healthz_handle,    [ROUTE_READYZ] = readyz_handle,  [ROUTE_METRICS] = metrics_handle,
};

static void (*const exchange_handlers[ROUTE_ACTION_COUNT])(struct services *services,
							   struct http_exchange *exchange) = {
	[ROUTE_TOKEN] = token_handle,
	[ROUTE_INTROSPECT] = introspect_handle,
	[ROUTE_REVOKE] = revoke_handle,
	[ROUTE_METADATA] = oauth_metadata_handle,
	[ROUTE_EVALUATION] = authzen_evaluation_handle,
	[ROUTE_EVALUATIONS] = authzen_evaluations_handle,
	[ROUTE_SEARCH_SUBJECT] = authzen_search_subject_handle,
	[ROUTE_SEARCH_RESOURCE] = authzen_search_resource_handle,
	[ROUTE_SEARCH_ACTION] = authzen_search_action_handle,
	[ROUTE_AUTHZEN_METADATA] = authzen_metadata_handle,
	[ROUTE_CHECK] = check_handle,
};

/* A page in a browser that was led here sends its own origin; nobody else sends any. */
static enum error check_origin(const struct services *services, const struct http1_request *request, struct fault *why)
{
	slice origin = http1_header(&request->headers, HTTP1_NAME_ORIGIN);
	if (!origin.ptr || slice_equal(origin, services->config->issuer))
		return E_OK;
	return FAIL(why, E_FORBIDDEN, "pages of another origin may not call this server");
}

static void refuse_method(struct api_call *call, unsigned methods, const struct fault *why)
{
	struct buffer allowed;
	buffer_init(&allowed, 128);
	for (enum http1_method method = HTTP1_GET; method < HTTP1_METHOD_COUNT; method++)
		if (methods & (1u << method)) {
			buffer_add_text(&allowed, allowed.len ? ", " : "");
			buffer_add(&allowed, http1_method_text(method));
		}
	struct http1_field allow = {SLICE("Allow"), buffer_slice(&allowed)};
	(void)why;
	api_call_answer_fields(call, 405, &allow, 1,
			   SLICE("{\"type\":\"/problems/method\",\"title\":\"method not allowed here\",\"status\":405}"));
	buffer_free(&allowed);
}

static enum error admit(struct api_call *call, struct fault *why)
{
	const struct http1_request *request = call->exchange->request;
	if (call->route.guard == GUARD_ADMIN && !credential_is_admin(call->services, request))
		return FAIL(why, E_UNAUTHENTICATED, "the admin key is needed: Authorization: Bearer <admin key>");
	TRY(percent_decode(&call->id, call->route.id, &call->exchange->arena, why));
	if (!utf8_valid(call->id))
		return FAIL(why, E_SYNTAX, "the path is not UTF-8");
	/* The standards' endpoints read their own parameters. */
	if (call->route.guard != GUARD_OWN)
		TRY(form_parse(&call->query, request->query, &call->exchange->arena, why));
	return E_OK;
}

void api_handle(struct services *services, struct http_exchange *exchange)
{
	struct fault why = {0};
	unsigned methods = 0;
	struct api_call *call = ARENA_NEW(&exchange->arena, struct api_call);
	if (!call) {
		http_respond(exchange, 503, NULL, 0, SLICE(""));
		return;
	}
	call->services = services;
	call->exchange = exchange;
	enum error code = check_origin(services, exchange->request, &why);
	if (code == E_OK)
		code = route_find(exchange->request->method, exchange->request->path, &call->route, &methods, &why);
	if (code == E_METHOD) {
		refuse_method(call, methods, &why);
		return;
	}
	if (code == E_OK)
		code = admit(call, &why);
	if (code != E_OK)
		api_call_refuse(call, code, &why);
	else if (call_handlers[call->route.action])
		call_handlers[call->route.action](call);
	else
		exchange_handlers[call->route.action](services, exchange);
}
