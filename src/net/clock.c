#include "net/clock.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t now(clockid_t clock)
{
	struct timespec time;
	if (clock_gettime(clock, &time) != 0)
		abort();
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t clock_wall_ns(void)
{
	return now(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

void clock_entropy(void *bytes, size_t count)
{
	char *to = bytes;
	while (count > 0) {
		ssize_t got = getrandom(to, count, 0);
		if (got < 0 && errno == EINTR)
			continue;
		/* Without entropy every identifier could be guessed: no service is better. */
		if (got <= 0)
			abort();
		to += got;
		count -= (size_t)got;
	}
}

void clock_entropy_take(struct clock_entropy_pool *pool, void *bytes, size_t count)
{
	if (count > sizeof(pool->bytes)) {
		clock_entropy(bytes, count);
		return;
	}
	if (count > pool->left) {
		clock_entropy(pool->bytes, sizeof(pool->bytes));
		pool->left = sizeof(pool->bytes);
	}
	unsigned char *from = pool->bytes + pool->left - count;
	memcpy(bytes, from, count);
	memory_wipe(from, count);
	pool->left -= count;
}
