#include "net/loop.h"

#include "base/memory.h"
#include "bench.h"

#include <pthread.h>
#include <sys/eventfd.h>

struct alarm {
	struct loop *loop;
	struct loop_timer timer;
	uint64_t ran_ms;
	int times;
	bool again;
};

static void alarm_run(void *context)
{
	struct alarm *alarm = context;
	alarm->ran_ms = loop_now_ms(alarm->loop);
	alarm->times++;
	if (alarm->again && alarm->times < 3)
		loop_timer_start(alarm->loop, &alarm->timer, 0);
}

static struct alarm alarm_of(struct loop *loop)
{
	return (struct alarm){.loop = loop, .timer = {.run = alarm_run}};
}

static void turn_for(struct loop *loop, uint64_t ms)
{
	uint64_t until = bench_now_ms() + ms;
	while (bench_now_ms() < until)
		loop_turn(loop, false);
}

TEST(timers_run_once_in_order_and_never_early)
{
	struct loop *loop = bench_loop();
	struct alarm early = alarm_of(loop), late = alarm_of(loop), stopped = alarm_of(loop), moved = alarm_of(loop);
	early.timer.context = &early;
	late.timer.context = &late;
	stopped.timer.context = &stopped;
	moved.timer.context = &moved;
	uint64_t start_ms = loop_now_ms(loop);
	loop_timer_start(loop, &late.timer, 60);
	loop_timer_start(loop, &early.timer, 20);
	loop_timer_start(loop, &stopped.timer, 20);
	loop_timer_start(loop, &moved.timer, 10);
	loop_timer_start(loop, &moved.timer, 90);
	loop_timer_stop(loop, &stopped.timer);
	loop_timer_stop(loop, &stopped.timer);
	turn_for(loop, 200);
	CHECK_INT(early.times, 1);
	CHECK_INT(late.times, 1);
	CHECK_INT(stopped.times, 0);
	CHECK_INT(moved.times, 1);
	CHECK(early.ran_ms >= start_ms + 20 && early.ran_ms <= late.ran_ms);
	CHECK(late.ran_ms >= start_ms + 60);
	CHECK(moved.ran_ms >= start_ms + 90);
	loop_free(loop);
}

TEST(a_timer_may_be_started_again_and_moved_earlier)
{
	struct loop *loop = bench_loop();
	struct alarm alarm = alarm_of(loop), far = alarm_of(loop);
	alarm.timer.context = &alarm;
	far.timer.context = &far;
	alarm.again = true;
	loop_timer_start(loop, &far.timer, 3600000);
	loop_timer_start(loop, &alarm.timer, 5000);
	loop_timer_start(loop, &alarm.timer, 10);
	turn_for(loop, 100);
	CHECK_INT(alarm.times, 3);
	CHECK_INT(far.times, 0);
	loop_timer_stop(loop, &far.timer);
	loop_free(loop);
}

struct post {
	struct loop *loop;
	struct loop_task task;
	int ran;
};

static void post_run(void *context)
{
	((struct post *)context)->ran++;
}

static void *post_from_thread(void *context)
{
	struct post *post = context;
	for (int i = 0; i < 3; i++)
		loop_post(post[i].loop, &post[i].task);
	return NULL;
}

TEST(other_threads_may_post_work)
{
	struct loop *loop = bench_loop();
	struct post post[3];
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		post[i] = (struct post){.loop = loop, .task = {.run = post_run, .context = &post[i]}};
	CHECK_INT(pthread_create(&thread, NULL, post_from_thread, post), 0);
	turn_for(loop, 50);
	pthread_join(thread, NULL);
	turn_for(loop, 5);
	for (int i = 0; i < 3; i++)
		CHECK_INT(post[i].ran, 1);
	loop_free(loop);
}

struct watched {
	struct loop *loop;
	int runs;
	int rung;
	bool more;
};

static bool hook_run(void *context)
{
	struct watched *watched = context;
	watched->runs++;
	return watched->more;
}

static void bell_run(void *context)
{
	((struct watched *)context)->rung++;
}

TEST(hooks_run_before_the_loop_sleeps_and_may_keep_it_awake)
{
	struct loop *loop = bench_loop();
	struct watched watched = {.loop = loop, .more = true};
	struct loop_hook hook = {.run = hook_run, .context = &watched};
	loop_hook_add(loop, &hook);
	/* Were it to sleep, nothing would ever wake it. */
	for (int i = 0; i < 10; i++)
		loop_turn(loop, true);
	CHECK_INT(watched.runs, 10);
	loop_hook_remove(loop, &hook);
	loop_turn(loop, false);
	CHECK_INT(watched.runs, 10);
	loop_free(loop);
}

TEST(a_bell_of_another_process_ends_the_sleep)
{
	struct loop *loop = bench_loop();
	struct watched watched = {.loop = loop};
	struct loop_bell *bell;
	struct fault why = {0};
	uint64_t one = 1;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK_OK(loop_bell_watch(loop, fd, bell_run, &watched, &bell, &why), why);
	CHECK_INT(write(fd, &one, sizeof(one)), (int)sizeof(one));
	loop_turn(loop, true);
	CHECK_INT(watched.rung, 1);
	loop_turn(loop, false);
	CHECK_INT(watched.rung, 1);
	loop_bell_close(bell);
	loop_free(loop);
	close(fd);
}

TEST(slabs_and_arenas_are_used_again)
{
	struct loop *loop = bench_loop();
	struct arena arena;
	void *slab = loop_slab_take(loop);
	loop_slab_give(loop, slab);
	CHECK(loop_slab_take(loop) == slab);
	loop_slab_give(loop, slab);
	loop_slab_give(loop, NULL);
	loop_arena_take(loop, &arena, 100000);
	CHECK(arena_alloc(&arena, 100) != NULL);
	loop_arena_give(loop, &arena);
	uint64_t before = memory_count();
	loop_arena_take(loop, &arena, 100000);
	CHECK(arena_alloc(&arena, 100) != NULL);
	CHECK_INT(memory_count(), before);
	loop_arena_give(loop, &arena);
	loop_free(loop);
}

TEST(the_date_is_written_as_http_wants_it)
{
	struct loop *loop = bench_loop();
	slice date = loop_date(loop);
	CHECK_INT(date.len, 29);
	CHECK(slice_ends_with(date, SLICE(" GMT")));
	loop_free(loop);
}

TEST(an_empty_heap_is_told)
{
	struct loop *loop;
	memory_fail_at(1);
	CHECK_ERROR(loop_make(&loop, NULL), E_MEMORY);
	loop = bench_loop();
	struct loop_bell *bell;
	memory_fail_at(1);
	CHECK_ERROR(loop_bell_watch(loop, 0, NULL, NULL, &bell, NULL), E_MEMORY);
	CHECK_ERROR(loop_bell_watch(loop, -1, NULL, NULL, &bell, NULL), E_IO);
	loop_free(loop);
	loop_free(NULL);
}
