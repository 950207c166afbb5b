/* The clocks and the entropy of the machine: the only place where the shell asks for them. */
#ifndef TIPSTAFF_NET_CLOCK_H
#define TIPSTAFF_NET_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Wall clock, nanoseconds since 1970-01-01 UTC. */
int64_t clock_wall_ns(void);
/* Monotonic clock, nanoseconds since some start. Never goes back. */
int64_t clock_monotonic_ns(void);
/* Fills `bytes` with unpredictable bytes from the kernel; ends the process where the kernel gives none. */
void clock_entropy(void *bytes, size_t count);

/* Entropy drawn ahead, for a thread that needs a little often. Zeroed, it is empty. Not shared, nor used across a fork. */
struct clock_entropy_pool {
	unsigned char bytes[512];
	size_t left;
};

/* As clock_entropy. What was given out is wiped from the pool. */
void clock_entropy_take(struct clock_entropy_pool *pool, void *bytes, size_t count);

#endif
