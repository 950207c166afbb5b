/*
 * One event loop, driven by one thread (libuv): timers, watched descriptors, work posted by other threads, hooks that
 * run before it sleeps, and memory that is used again and again.
 *
 * Everything here belongs to the loop's thread but loop_post and loop_wake. Callbacks run on that thread, one at a
 * time, and may call anything here.
 */
#ifndef TIPSTAFF_NET_LOOP_H
#define TIPSTAFF_NET_LOOP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct loop;
struct uv_loop_s;

#define LOOP_SLAB_BYTES        32768u /* a whole head (16 KiB) and a usual body beside it */
#define LOOP_SLABS_KEPT        64u    /* 2 MiB of input buffers stay at hand */
#define LOOP_ARENAS_KEPT       64u
#define LOOP_ARENA_KEEP_BYTES  65536u /* an arena that grew beyond goes back to the heap */
#define LOOP_TIMER_TICK_MS     4u     /* a timer may be late by that much, never early */

/* E_MEMORY, E_IO. */
MUST_USE enum error loop_make(struct loop **ret_loop, struct fault *why);
/* Runs until loop_stop. Blocks SIGPIPE in this thread: a broken connection is an error, not a signal. */
void loop_run(struct loop *loop);
/* One round, without sleeping where `wait` is false. For tests. */
void loop_turn(struct loop *loop, bool wait);
/* loop_run returns after this round. */
void loop_stop(struct loop *loop);
/* After everything on it was closed. Runs what is still needed to close handles. NULL is fine. */
void loop_free(struct loop *loop);

/* Monotonic milliseconds and nanoseconds as of this round; cheap. */
uint64_t loop_now_ms(const struct loop *loop);
uint64_t loop_now_ns(const struct loop *loop);
/* "Sun, 06 Nov 1994 08:49:37 GMT" of now, for the Date header; made once a second. Valid until the next call. */
slice loop_date(struct loop *loop);

/* Embedded by its owner; zeroed, it is not running. Must be stopped before its memory goes. */
struct loop_timer {
	void (*run)(void *context); /* the timer is stopped before; it may be started again inside */
	void *context;
	uint64_t due_ms; /* private from here */
	uint64_t tick;
	struct loop_timer *next;
	struct loop_timer **back; /* NULL: not running */
};

/* Runs once, `delay_ms` from now. A running timer is moved; moving it later costs next to nothing. */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms);
/* A timer that does not run is fine. */
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Embedded by its owner; in use from loop_post until it runs. */
struct loop_task {
	void (*run)(void *context);
	void *context;
	struct loop_task *next; /* private */
};

/* From any thread: `task` runs on the loop's thread, in the order of posting of each thread. */
void loop_post(struct loop *loop, struct loop_task *task);
/* From any thread: the loop makes a round, so that its hooks run. */
void loop_wake(struct loop *loop);

/*
 * Called once per round before the loop sleeps; returns true where it must not sleep, because there is more to do.
 * This is where shared rings are polled. Hooks run in the order in which they were added.
 */
struct loop_hook {
	bool (*run)(void *context);
	void *context;
	struct loop_hook *next; /* private */
};

void loop_hook_add(struct loop *loop, struct loop_hook *hook);
void loop_hook_remove(struct loop *loop, struct loop_hook *hook);

/* The hooks run once more before the loop sleeps; cheaper than loop_wake, for the loop's own thread. */
void loop_again(struct loop *loop);

/*
 * Watches an eventfd of another process: `run` is called after it was rung (the counter has been read already).
 * `run` may be NULL: the bell then only ends the sleep, and the hooks do the work. The descriptor stays the caller's.
 * E_MEMORY, E_IO.
 */
struct loop_bell;
MUST_USE enum error loop_bell_watch(struct loop *loop, int eventfd, void (*run)(void *context), void *context,
				    struct loop_bell **ret_bell, struct fault *why);
void loop_bell_close(struct loop_bell *bell);

/* LOOP_SLAB_BYTES of memory, not zeroed. NULL: no memory. */
void *loop_slab_take(struct loop *loop);
void loop_slab_give(struct loop *loop, void *slab);
/* An arena that may have memory from earlier use. Give it back instead of freeing it. */
void loop_arena_take(struct loop *loop, struct arena *ret_arena, size_t bytes_max);
void loop_arena_give(struct loop *loop, struct arena *arena);

/* For the rest of net/. */
struct uv_loop_s *loop_uv(struct loop *loop);

#endif
