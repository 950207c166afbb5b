/* Every path of the HTTP interface: one table for the router, for 405 and for the description of the interface. */
#ifndef TIPSTAFF_API_ROUTE_H
#define TIPSTAFF_API_ROUTE_H

#include "protocol/http1.h"
#include "registry/kind.h"

enum route_action {
	ROUTE_NONE = 0,
	ROUTE_LIST,    /* objects of a kind */
	ROUTE_CREATE,
	ROUTE_READ,    /* one object */
	ROUTE_PUT,
	ROUTE_PATCH,
	ROUTE_DELETE,
	ROUTE_VERB,    /* approve, suspend, ... */
	ROUTE_POLICIES, /* many policies and suites in one step */
	ROUTE_POLICY_SET, /* the texts of one that was in force */
	ROUTE_REFRESH, /* a server is asked for its tools */
	ROUTE_OPENAPI,
	ROUTE_STATUS,
	ROUTE_DECISIONS,
	ROUTE_DECISION,
	ROUTE_TRACE,
	ROUTE_WATCH,
	ROUTE_CALLERS,
	ROUTE_CHECK,
	ROUTE_HEALTHZ,
	ROUTE_READYZ,
	ROUTE_METRICS,
	ROUTE_TOKEN,
	ROUTE_INTROSPECT,
	ROUTE_REVOKE,
	ROUTE_METADATA,
	ROUTE_EVALUATION,
	ROUTE_EVALUATIONS,
	ROUTE_SEARCH_SUBJECT,
	ROUTE_SEARCH_RESOURCE,
	ROUTE_SEARCH_ACTION,
	ROUTE_AUTHZEN_METADATA,
	ROUTE_ACTION_COUNT
};

/* Who may come in. Zero is the strictest. */
enum route_guard {
	GUARD_ADMIN = 0, /* the admin key */
	GUARD_OWN,       /* the handler looks itself */
	GUARD_OPEN       /* anybody */
};

struct route {
	enum route_action action;
	enum http1_method method;
	enum route_guard guard;
	enum kind kind;        /* of objects; KIND_UNKNOWN otherwise */
	slice id;              /* of a match: as it stands in the path, percent-encoded */
	const char *verb;      /* of ROUTE_VERB */
	const char *path;      /* of a fixed route: its template, "/v1/trace/{id}" */
	const char *says;      /* one line */
	const char *answers;   /* media type of the answer */
};

/*
 * The route of a request. E_NOT_FOUND: no such path.  E_METHOD: the path is there, but not with this method;
 * `*ret_methods` (a mask of 1 << enum http1_method) tells which.
 */
MUST_USE enum error route_find(enum http1_method method, slice path, struct route *ret_route, unsigned *ret_methods,
			       struct fault *why);
/* All routes in turn, from 0; false at the end. */
bool route_at(size_t index, struct route *ret_route);
/* Writes the template of the route's path: "/v1/agents/{id}/approve". Returns its length; `size` is at least 128. */
size_t route_template(const struct route *route, char *to, size_t size);

#endif
