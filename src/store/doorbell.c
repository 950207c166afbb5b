#include "store/doorbell.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void futex(struct doorbell *bell, int operation, uint32_t value, const struct timespec *timeout)
{
	/* Without FUTEX_PRIVATE_FLAG: the word is shared between processes. Every outcome leads back to looking. */
	syscall(SYS_futex, &bell->rings, operation, value, timeout, NULL, 0);
}

uint32_t doorbell_seen(struct doorbell *bell)
{
	return atomic_load(&bell->rings);
}

void doorbell_wait(struct doorbell *bell, uint32_t seen, unsigned timeout_ms)
{
	struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
	futex(bell, FUTEX_WAIT, seen, &timeout);
}

void doorbell_ring(struct doorbell *bell)
{
	if (!atomic_load(&bell->sleeping))
		return;
	atomic_fetch_add(&bell->rings, 1);
	futex(bell, FUTEX_WAKE, 1, NULL);
}

void doorbell_doze(struct doorbell *bell)
{
	atomic_store(&bell->sleeping, 1);
}

void doorbell_awake(struct doorbell *bell)
{
	atomic_store(&bell->sleeping, 0);
}

void doorbell_ring_eventfd(struct doorbell *bell, int eventfd)
{
	if (eventfd < 0 || !atomic_load(&bell->sleeping))
		return;
	atomic_store(&bell->sleeping, 0);
	uint64_t one = 1;
	/* A full counter wakes all the same. */
	ssize_t written = write(eventfd, &one, sizeof(one));
	(void)written;
}
