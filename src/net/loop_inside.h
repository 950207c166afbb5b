/* The inside of struct loop, for the files loop*.c only. */
#ifndef TIPSTAFF_NET_LOOP_INSIDE_H
#define TIPSTAFF_NET_LOOP_INSIDE_H

#include "net/loop.h"

#include <pthread.h>
#include <uv.h>

#define WHEEL_SLOTS 1024u /* a power of two; one lap takes 4 s */

/*
 * Timers by the tick at which they are due, modulo the slots. Starting and stopping takes no time; a timer that is
 * moved later stays in its slot and is put right when its slot comes up.
 */
struct wheel {
	uv_timer_t alarm;
	uint64_t tick;      /* all slots up to this one were looked at */
	uint64_t alarm_tick; /* UINT64_MAX: the alarm is off */
	size_t count;
	uint64_t taken[WHEEL_SLOTS / 64]; /* may say so of an empty slot, never the other way round */
	struct loop_timer *slots[WHEEL_SLOTS];
};

struct slab {
	struct slab *next;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t before_sleep;
	uv_idle_t busy; /* while active, the loop does not sleep */
	uv_async_t posted;
	struct wheel wheel;
	struct loop_hook *hooks;
	bool again;
	pthread_mutex_t tasks_lock;
	struct loop_task *tasks;
	struct loop_task **tasks_end;
	struct slab *slabs;
	unsigned slab_count;
	unsigned arena_count;
	struct arena arenas[LOOP_ARENAS_KEPT];
	int64_t date_s;
	uint64_t date_asked_ms;
	char date[32];
};

void wheel_start(struct loop *loop);

#endif
