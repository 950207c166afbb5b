#include "gateway/services.h"

#include "net/clock.h"
#include "net/journal.h"

#include <stdarg.h>
#include <urcu-qsbr.h>

int64_t services_now_ns(const struct services *services)
{
	(void)services;
	return clock_wall_ns();
}

int64_t services_monotonic_ns(const struct services *services)
{
	(void)services;
	return clock_monotonic_ns();
}

void services_random(const struct services *services, void *bytes, size_t count)
{
	if (services->entropy)
		clock_entropy_take(services->entropy, bytes, count);
	else
		clock_entropy(bytes, count);
}

/* A thread counts as a reader only from here to the end of its round, so that a sleeping loop holds nobody up. */
const struct snapshot *services_snapshot(struct services *services)
{
	if (!services->reading) {
		rcu_thread_online();
		services->reading = true;
	}
	return rcu_dereference(*services->current);
}

void services_quiescent(struct services *services)
{
	if (!services->reading)
		return;
	services->reading = false;
	rcu_thread_offline();
}

void services_log(const struct services *services, const char *event, ...)
{
	(void)services;
	va_list fields;
	va_start(fields, event);
	journal_event_list(event, fields);
	va_end(fields);
}
