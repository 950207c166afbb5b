#include "net/loop_inside.h"

#include <assert.h>

/* Never early: a timer runs in the first tick that begins at or after its time. */
static uint64_t tick_of(uint64_t due_ms)
{
	return (due_ms + LOOP_TIMER_TICK_MS - 1) / LOOP_TIMER_TICK_MS;
}

static struct loop_timer **slot_of(struct wheel *wheel, uint64_t tick)
{
	return &wheel->slots[tick & (WHEEL_SLOTS - 1)];
}

static void timer_link(struct loop_timer **head, struct loop_timer *timer)
{
	timer->next = *head;
	timer->back = head;
	if (*head)
		(*head)->back = &timer->next;
	*head = timer;
}

static void timer_unlink(struct loop_timer *timer)
{
	*timer->back = timer->next;
	if (timer->next)
		timer->next->back = timer->back;
	timer->next = NULL;
	timer->back = NULL;
}

static void wheel_ring(uv_timer_t *alarm);

static void alarm_set(struct loop *loop, uint64_t tick)
{
	struct wheel *wheel = &loop->wheel;
	uint64_t now_ms = uv_now(&loop->uv), due_ms = tick * LOOP_TIMER_TICK_MS;
	wheel->alarm_tick = tick;
	uv_timer_start(&wheel->alarm, wheel_ring, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* The alarm goes to the next slot that holds something. */
static void alarm_update(struct loop *loop)
{
	struct wheel *wheel = &loop->wheel;
	wheel->alarm_tick = UINT64_MAX;
	if (wheel->count == 0) {
		uv_timer_stop(&wheel->alarm);
		return;
	}
	for (uint64_t tick = wheel->tick + 1; tick <= wheel->tick + WHEEL_SLOTS; tick++) {
		size_t slot = tick & (WHEEL_SLOTS - 1);
		uint64_t rest = wheel->taken[slot / 64] >> (slot % 64);
		if (rest == 0) {
			tick += 63 - slot % 64;
		} else if (rest & 1) {
			alarm_set(loop, tick);
			return;
		}
	}
}

static void wheel_add(struct loop *loop, struct loop_timer *timer)
{
	struct wheel *wheel = &loop->wheel;
	timer->tick = tick_of(timer->due_ms);
	if (timer->tick <= wheel->tick)
		timer->tick = wheel->tick + 1;
	size_t slot = timer->tick & (WHEEL_SLOTS - 1);
	timer_link(slot_of(wheel, timer->tick), timer);
	wheel->taken[slot / 64] |= (uint64_t)1 << (slot % 64);
	wheel->count++;
}

/* Looks at one slot: what is due runs, what is not yet due goes where it belongs. */
static void slot_run(struct loop *loop, uint64_t tick, uint64_t now_tick)
{
	struct wheel *wheel = &loop->wheel;
	size_t slot = tick & (WHEEL_SLOTS - 1);
	struct loop_timer *detached = wheel->slots[slot];
	wheel->slots[slot] = NULL;
	wheel->taken[slot / 64] &= ~((uint64_t)1 << (slot % 64));
	if (detached)
		detached->back = &detached;
	while (detached) {
		struct loop_timer *timer = detached;
		timer_unlink(timer);
		wheel->count--;
		if (tick_of(timer->due_ms) <= now_tick)
			timer->run(timer->context);
		else
			wheel_add(loop, timer);
	}
}

static void wheel_ring(uv_timer_t *alarm)
{
	struct loop *loop = alarm->data;
	struct wheel *wheel = &loop->wheel;
	uint64_t now_tick = uv_now(&loop->uv) / LOOP_TIMER_TICK_MS;
	uint64_t from = wheel->tick + 1;
	if (now_tick > wheel->tick + WHEEL_SLOTS)
		from = now_tick - WHEEL_SLOTS + 1;
	wheel->tick = now_tick;
	for (uint64_t tick = from; tick <= now_tick; tick++)
		slot_run(loop, tick, now_tick);
	alarm_update(loop);
}

void wheel_start(struct loop *loop)
{
	uv_timer_init(&loop->uv, &loop->wheel.alarm);
	loop->wheel.alarm.data = loop;
	loop->wheel.alarm_tick = UINT64_MAX;
	loop->wheel.tick = uv_now(&loop->uv) / LOOP_TIMER_TICK_MS;
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms)
{
	struct wheel *wheel = &loop->wheel;
	assert(timer->run);
	timer->due_ms = uv_now(&loop->uv) + delay_ms;
	if (timer->back) {
		if (tick_of(timer->due_ms) >= timer->tick)
			return;
		loop_timer_stop(loop, timer);
	}
	if (wheel->count == 0)
		wheel->tick = uv_now(&loop->uv) / LOOP_TIMER_TICK_MS;
	wheel_add(loop, timer);
	if (timer->tick < wheel->alarm_tick)
		alarm_set(loop, timer->tick);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	if (!timer->back)
		return;
	timer_unlink(timer);
	loop->wheel.count--;
}
