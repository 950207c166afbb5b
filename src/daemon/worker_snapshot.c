/* From changes of the registry to the snapshot that all loops decide on. */
#include "daemon/worker.h"

#include "base/memory.h"
#include "net/journal.h"

#include <stdlib.h>
#include <urcu-qsbr.h>

/* Rows that only former snapshots hold, on their way to the heap. */
struct reclaim {
	struct rcu_head head;
	struct retire_list retired;
};

static void reclaim_run(struct rcu_head *head)
{
	struct reclaim *reclaim = (struct reclaim *)(void *)head;
	retire_release(&reclaim->retired);
	memory_free(reclaim);
}

/*
 * A change that cannot be followed would leave this worker deciding on a past that the registry has left: it ends, and
 * the supervisor starts it anew from the whole registry.
 */
static void give_up(const char *what, const struct fault *why)
{
	journal_event("worker.cannot_follow", "what", what, "reason", fault_sentence(why), NULL);
	abort();
}

void worker_take_change(struct worker *worker, slice change)
{
	struct fault why = {0};
	if (snapshot_builder_apply(worker->builder, change, &why) != E_OK)
		give_up("change", &why);
	worker->dirty = true;
}

bool worker_publish(struct worker *worker)
{
	struct fault why = {0};
	const struct snapshot *next;
	if (!worker->dirty || !worker->synced)
		return false;
	struct reclaim *reclaim = memory_alloc(sizeof(*reclaim));
	if (!reclaim || snapshot_publish(worker->builder, &next, &reclaim->retired, &why) != E_OK)
		give_up("publish", &why);
	worker->dirty = false;
	/* What rcu_assign_pointer does, which does not know of constant things. */
	__atomic_store_n(&worker->current, next, __ATOMIC_RELEASE);
	call_rcu(&reclaim->head, reclaim_run);
	/* Others may hold replies back until they see this revision. */
	for (unsigned i = 1; i < worker->daemon->layout.loops; i++)
		loop_wake(worker->loops[i].services.loop);
	if (next->broken)
		journal_event("policies.broken", "reason", next->broken_sentence, NULL);
	return true;
}
