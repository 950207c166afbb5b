#include "net/loop_inside.h"

#include "base/memory.h"
#include "net/clock.h"
#include "text/time.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DATE_STALE_MS 100u /* the Date header may lag by that much */

static void busy_run(uv_idle_t *idle)
{
	(void)idle;
}

static void hooks_run(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;
	bool more = false;
	for (struct loop_hook *hook = loop->hooks, *next; hook; hook = next) {
		next = hook->next;
		more |= hook->run(hook->context);
	}
	if (more || loop->again)
		uv_idle_start(&loop->busy, busy_run);
	else
		uv_idle_stop(&loop->busy);
	loop->again = false;
}

void loop_again(struct loop *loop)
{
	loop->again = true;
}

static void tasks_run(uv_async_t *async)
{
	struct loop *loop = async->data;
	pthread_mutex_lock(&loop->tasks_lock);
	struct loop_task *task = loop->tasks;
	loop->tasks = NULL;
	loop->tasks_end = &loop->tasks;
	pthread_mutex_unlock(&loop->tasks_lock);
	while (task) {
		struct loop_task *next = task->next;
		task->next = NULL;
		task->run(task->context);
		task = next;
	}
}

enum error loop_make(struct loop **ret_loop, struct fault *why)
{
	struct loop *loop = memory_alloc(sizeof(*loop));
	if (!loop)
		return FAIL(why, E_MEMORY, "no memory for a loop");
	int failed = uv_loop_init(&loop->uv);
	if (failed) {
		memory_free(loop);
		return FAIL(why, E_IO, "no event loop: %s", uv_strerror(failed));
	}
	uv_prepare_init(&loop->uv, &loop->before_sleep);
	uv_idle_init(&loop->uv, &loop->busy);
	failed = uv_async_init(&loop->uv, &loop->posted, tasks_run);
	if (failed) {
		uv_close((uv_handle_t *)&loop->before_sleep, NULL);
		uv_close((uv_handle_t *)&loop->busy, NULL);
		uv_run(&loop->uv, UV_RUN_DEFAULT);
		uv_loop_close(&loop->uv);
		memory_free(loop);
		return FAIL(why, E_IO, "no way to wake a loop: %s", uv_strerror(failed));
	}
	loop->before_sleep.data = loop->posted.data = loop;
	pthread_mutex_init(&loop->tasks_lock, NULL);
	loop->tasks_end = &loop->tasks;
	wheel_start(loop);
	uv_prepare_start(&loop->before_sleep, hooks_run);
	*ret_loop = loop;
	return E_OK;
}

/* TLS writes by write(2), which knows no MSG_NOSIGNAL. */
static void sigpipe_block(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void loop_run(struct loop *loop)
{
	sigpipe_block();
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_turn(struct loop *loop, bool wait)
{
	sigpipe_block();
	uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	uv_close((uv_handle_t *)&loop->before_sleep, NULL);
	uv_close((uv_handle_t *)&loop->busy, NULL);
	uv_close((uv_handle_t *)&loop->posted, NULL);
	uv_close((uv_handle_t *)&loop->wheel.alarm, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_loop_close(&loop->uv);
	pthread_mutex_destroy(&loop->tasks_lock);
	while (loop->slabs) {
		struct slab *slab = loop->slabs;
		loop->slabs = slab->next;
		memory_free(slab);
	}
	while (loop->arena_count > 0)
		arena_free(&loop->arenas[--loop->arena_count]);
	memory_free(loop);
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

uint64_t loop_now_ns(const struct loop *loop)
{
	return uv_now(&loop->uv) * 1000000u;
}

/* RFC 9110 5.6.7. */
static void date_make(char date[32], int64_t time_s)
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t day = time_s / 86400, second = time_s % 86400;
	struct time_date civil = time_date_of(day);
	snprintf(date, 32, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * (day % 7), civil.day % 32u,
		 months + 3 * ((civil.month - 1) % 12), (unsigned)(civil.year % 10000), (unsigned)(second / 3600),
		 (unsigned)(second / 60 % 60), (unsigned)(second % 60));
}

slice loop_date(struct loop *loop)
{
	uint64_t now_ms = uv_now(&loop->uv);
	if (loop->date_s != 0 && now_ms - loop->date_asked_ms < DATE_STALE_MS)
		return slice_from(loop->date, strlen(loop->date));
	loop->date_asked_ms = now_ms;
	int64_t now_s = clock_wall_ns() / 1000000000;
	if (now_s != loop->date_s) {
		loop->date_s = now_s;
		date_make(loop->date, now_s);
	}
	return slice_from(loop->date, strlen(loop->date));
}

void loop_post(struct loop *loop, struct loop_task *task)
{
	task->next = NULL;
	pthread_mutex_lock(&loop->tasks_lock);
	*loop->tasks_end = task;
	loop->tasks_end = &task->next;
	pthread_mutex_unlock(&loop->tasks_lock);
	uv_async_send(&loop->posted);
}

void loop_wake(struct loop *loop)
{
	uv_async_send(&loop->posted);
}

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
	struct loop_hook **end = &loop->hooks;
	while (*end)
		end = &(*end)->next;
	hook->next = NULL;
	*end = hook;
}

void loop_hook_remove(struct loop *loop, struct loop_hook *hook)
{
	for (struct loop_hook **at = &loop->hooks; *at; at = &(*at)->next)
		if (*at == hook) {
			*at = hook->next;
			return;
		}
}

struct loop_bell {
	uv_poll_t poll;
	int fd;
	void (*run)(void *context);
	void *context;
};

static void bell_rung(uv_poll_t *poll, int status, int events)
{
	struct loop_bell *bell = poll->data;
	uint64_t count;
	(void)events;
	if (status < 0 || read(bell->fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return;
	if (bell->run)
		bell->run(bell->context);
}

static void bell_free(uv_handle_t *handle)
{
	memory_free(handle->data);
}

enum error loop_bell_watch(struct loop *loop, int eventfd, void (*run)(void *context), void *context,
			   struct loop_bell **ret_bell, struct fault *why)
{
	struct loop_bell *bell = memory_alloc(sizeof(*bell));
	if (!bell)
		return FAIL(why, E_MEMORY, "no memory for a bell");
	*bell = (struct loop_bell){.fd = eventfd, .run = run, .context = context};
	int failed = uv_poll_init(&loop->uv, &bell->poll, eventfd);
	if (failed) {
		memory_free(bell);
		return FAIL(why, E_IO, "cannot watch a bell: %s", uv_strerror(failed));
	}
	bell->poll.data = bell;
	uv_poll_start(&bell->poll, UV_READABLE, bell_rung);
	*ret_bell = bell;
	return E_OK;
}

void loop_bell_close(struct loop_bell *bell)
{
	if (bell)
		uv_close((uv_handle_t *)&bell->poll, bell_free);
}

void *loop_slab_take(struct loop *loop)
{
	struct slab *slab = loop->slabs;
	if (!slab)
		return memory_alloc(LOOP_SLAB_BYTES);
	loop->slabs = slab->next;
	loop->slab_count--;
	return slab;
}

void loop_slab_give(struct loop *loop, void *memory)
{
	struct slab *slab = memory;
	if (!slab)
		return;
	if (loop->slab_count >= LOOP_SLABS_KEPT) {
		memory_free(slab);
		return;
	}
	slab->next = loop->slabs;
	loop->slabs = slab;
	loop->slab_count++;
}

void loop_arena_take(struct loop *loop, struct arena *ret_arena, size_t bytes_max)
{
	if (loop->arena_count == 0) {
		arena_init(ret_arena, bytes_max);
		return;
	}
	*ret_arena = loop->arenas[--loop->arena_count];
	ret_arena->bytes_max = bytes_max;
}

void loop_arena_give(struct loop *loop, struct arena *arena)
{
	arena_reset(arena);
	if (arena->chunk && arena->total_bytes <= LOOP_ARENA_KEEP_BYTES && loop->arena_count < LOOP_ARENAS_KEPT)
		loop->arenas[loop->arena_count++] = *arena;
	else
		arena_free(arena);
	*arena = (struct arena){0};
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
	return &loop->uv;
}
