/* Where calls go: each target with its connections and the calls that wait for one. */
#include "net/upstream_inside.h"

#include "base/memory.h"

#include <string.h>

void upstream_target_free(struct upstream_target *target)
{
	while (target->idle)
		upstream_connection_close(target->idle, true);
	memory_free(target);
}

/* Makes room by forgetting a target that nobody uses. */
static bool target_forget_one(struct upstream_pool *pool)
{
	for (struct upstream_target **at = &pool->targets; *at; at = &(*at)->next) {
		struct upstream_target *target = *at;
		unsigned idle = 0;
		for (struct upstream_connection *connection = target->idle; connection;
		     connection = connection->next_idle)
			idle++;
		if (target->waiting == 0 && idle == target->connections) {
			*at = target->next;
			pool->target_count--;
			upstream_target_free(target);
			return true;
		}
	}
	return false;
}

enum error upstream_target_of(struct upstream_pool *pool, const struct upstream_request *request,
			      struct upstream_target **ret_target, struct fault *why)
{
	slice host = request->host;
	for (struct upstream_target *target = pool->targets; target; target = target->next)
		if (target->port == request->port && target->secure == request->secure &&
		    slice_equal(slice_from(target->host, target->host_bytes), host)) {
			*ret_target = target;
			return E_OK;
		}
	if (host.len == 0 || host.len > UPSTREAM_HOST_BYTES_MAX || slice_find_byte(host, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "the host of a target is not a name");
	if (pool->target_count >= UPSTREAM_TARGETS_MAX && !target_forget_one(pool))
		return FAIL(why, E_LIMIT, "more than %u targets", UPSTREAM_TARGETS_MAX);
	struct upstream_target *target = memory_alloc(sizeof(*target));
	if (!target)
		return FAIL(why, E_MEMORY, "no memory for a target");
	target->pool = pool;
	memcpy(target->host, host.ptr, host.len);
	target->host_bytes = host.len;
	target->port = request->port;
	target->secure = request->secure;
	target->next = pool->targets;
	pool->targets = target;
	pool->target_count++;
	*ret_target = target;
	return E_OK;
}

void upstream_waiting_add(struct upstream_call *call)
{
	struct upstream_target *target = call->target;
	call->next_waiting = NULL;
	if (target->last_waiting)
		target->last_waiting->next_waiting = call;
	else
		target->first_waiting = call;
	target->last_waiting = call;
	target->waiting++;
}

void upstream_waiting_remove(struct upstream_call *call)
{
	struct upstream_target *target = call->target;
	struct upstream_call *before = NULL;
	for (struct upstream_call *at = target->first_waiting; at; before = at, at = at->next_waiting) {
		if (at != call)
			continue;
		if (before)
			before->next_waiting = call->next_waiting;
		else
			target->first_waiting = call->next_waiting;
		if (target->last_waiting == call)
			target->last_waiting = before;
		target->waiting--;
		return;
	}
}
