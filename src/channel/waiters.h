/* Who waits for an answer from another process: a fixed table of callbacks, found again by the tag of a message. */
#ifndef TIPSTAFF_CHANNEL_WAITERS_H
#define TIPSTAFF_CHANNEL_WAITERS_H

#include "base/error.h"

#include <stdbool.h>

/*
 * More than the connections of one loop (net/http_server.h) and its streams together can ever wait for, so that the
 * table cannot run full by what a stranger does. All of it is reserved at the start; untouched pages cost nothing.
 */
#define WAITERS_MAX 65536u

/* The true type is known to whoever added the waiter. */
typedef void waiter_call(void);

struct waiter {
	waiter_call *done; /* NULL: free */
	void *context;
	int64_t deadline_ns;
	uint32_t generation; /* so that an answer that came too late does not meet the next waiter */
	uint32_t next_free;
	enum error failed;   /* E_OK: still waiting */
};

struct waiters {
	struct waiter *slots;
	uint32_t used;       /* slots ever used */
	uint32_t first_free; /* UINT32_MAX: none among the used */
	uint32_t count;
	bool any_failed;
};

MUST_USE enum error waiters_make(struct waiters *waiters, struct fault *why);
void waiters_free(struct waiters *waiters);
/* The tag to send. There is always room (see WAITERS_MAX). */
uint64_t waiters_add(struct waiters *waiters, waiter_call *done, void *context, int64_t deadline_ns);
/* Takes the waiter out; false where nobody waits under that tag (any more). */
bool waiters_take(struct waiters *waiters, uint64_t tag, struct waiter *ret_waiter);
/* The waiter will be handed out by waiters_overdue with this code; for failures inside the call that added it. */
void waiters_fail(struct waiters *waiters, uint64_t tag, enum error code);
/*
 * Takes out one waiter that failed, or whose deadline has passed (`failed` is then E_TIMEOUT), or, with `all`, any
 * (E_UNAVAILABLE). Start with `*position` 0; false at the end.
 */
bool waiters_overdue(struct waiters *waiters, int64_t now_ns, bool all, uint32_t *position, struct waiter *ret_waiter);

#endif
