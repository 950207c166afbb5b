/* What a token request comes down to: the task, purpose, scope and lifetime of the token, narrowed at every step. */
#ifndef TIPSTAFF_API_GRANT_H
#define TIPSTAFF_API_GRANT_H

#include "decision/snapshot.h"
#include "identity/issue.h"
#include "protocol/oauth.h"

/* What it is decided from. Borrowed. */
struct grant_request {
	const struct snapshot *snapshot;
	const struct agent_row *agent;             /* authenticated, approved */
	const struct oauth_token_request *asked;
	const struct caller *parent;               /* the own token that is narrowed, or NULL */
	slice new_task_id;                         /* for a task that is not registered */
	int64_t now_ms;
	int64_t lifetime_max_s;
};

/*
 * Fills requester, purpose, task, scope, on_behalf_of, transaction, original issue and lifetime of `*ret_issue`; texts
 * are copied to the arena. `*ret_title` is the description of a registered task.
 * E_INVALID with the field: no registered and active purpose, no such task, a malformed scope.  E_GRANT: the task is
 * closed, of another agent or purpose, or its human is not active.  E_SCOPE: outside task or parent.  E_EXPIRED,
 * E_LIMIT, E_MEMORY.
 */
MUST_USE enum error grant_decide(const struct grant_request *request, struct arena *arena, struct issue *ret_issue,
				 slice *ret_title, struct fault *why);

#endif
