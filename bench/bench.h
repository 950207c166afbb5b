/* What the programs of bench/ share: arguments, clocks, JSON lines, and clients that keep a server busy. */
#ifndef TIPSTAFF_BENCH_BENCH_H
#define TIPSTAFF_BENCH_BENCH_H

#include "base/slice.h"

#include <pthread.h>

/* `--quick` is among the arguments. */
bool bench_is_quick(int count, char **arguments);
/* The text after `name` ("--port"), or NULL. */
const char *bench_argument(int count, char **arguments, const char *name);
uint64_t bench_now_ns(void);
/* CPU time that the calling thread has used. */
uint64_t bench_cpu_ns(void);
/* User and system time that the calling thread, or `thread` of this process, has used. */
struct bench_cpu {
	double user_us;
	double system_us;
};
struct bench_cpu bench_cpu_of_thread(void);
/* One JSON object on a line. `floor` 0: there is none, and no ratio. */
void bench_print(const char *name, double value, const char *unit, double floor);
/* The same with the most that it should be, and how many times that it is; `bar` 0: there is none. */
void bench_print_bar(const char *name, double value, const char *unit, double floor, double bar);

/* One thread with `connections` sockets, each with one request in flight, until `until_ns`. */
struct bench_load {
	uint16_t port;
	unsigned connections;
	slice request;
	slice answer_end; /* the answer is complete when it ends so */
	uint64_t until_ns;
	uint64_t answers; /* result */
	bool failed;      /* result */
	uint32_t *latency_ns; /* result: sorted, `latency_count` of them; free with free(3) */
	size_t latency_count;
};
/* Runs in the calling thread. */
void bench_load_run(struct bench_load *load);
/* The latency below which `share` (0..1) of the answers came. */
double bench_load_percentile_us(const struct bench_load *load, double share);

#endif
