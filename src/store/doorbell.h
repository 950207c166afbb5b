/*
 * How one process tells another, over a word in shared memory, that there is something to do. It costs a system call
 * only where the other side sleeps.
 *
 * Waiting side:  doorbell_doze; seen = doorbell_seen; look for work; none: doorbell_wait(bell, seen, ...); doorbell_awake.
 * Ringing side:  publish the work (sequentially consistent, as ring_publish does), then doorbell_ring.
 * A side that lies in this memory can make the other wake in vain or sleep until its timeout, no worse.
 */
#ifndef TIPSTAFF_STORE_DOORBELL_H
#define TIPSTAFF_STORE_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed, nobody sleeps. One side waits, any number ring. */
struct doorbell {
	_Atomic uint32_t rings;
	_Atomic uint32_t sleeping;
};

uint32_t doorbell_seen(struct doorbell *bell);
/* Sleeps on the futex until rung after `seen`, or `timeout_ms` have passed. */
void doorbell_wait(struct doorbell *bell, uint32_t seen, unsigned timeout_ms);
void doorbell_ring(struct doorbell *bell);

/*
 * For a side that sleeps in a poll loop on an eventfd: it calls doorbell_doze before it looks for work a last time
 * and polls, doorbell_awake when it is back; the other side calls doorbell_ring_eventfd.
 */
void doorbell_doze(struct doorbell *bell);
void doorbell_awake(struct doorbell *bell);
void doorbell_ring_eventfd(struct doorbell *bell, int eventfd);

#endif
