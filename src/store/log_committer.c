#include "store/log_committer.h"

#include "base/memory.h"
#include "store/log_committer_parts.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>

#define RUNWAY_RETRY_S 1

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t log_committer_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t wall_clock_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

enum error log_status_health(struct log_status *status, uint64_t monotonic_ns, unsigned stale_ms, struct fault *why)
{
	uint32_t fault = atomic_load(&status->fault);
	uint64_t alive_ns = atomic_load(&status->alive_ns);
	if (fault != E_OK && fault < ERROR_COUNT)
		return FAIL(why, fault, "%.*s", (int)sizeof(status->fault_sentence), status->fault_sentence);
	if (fault != E_OK || monotonic_ns > alive_ns + (uint64_t)stale_ms * 1000000u)
		return FAIL(why, E_UNAVAILABLE, "the log's committer does not answer");
	return E_OK;
}

/* Readers see the code only after the sentence. */
static void publish_fault(char *sentence, _Atomic uint32_t *code, enum error fault, const struct fault *why)
{
	snprintf(sentence, LOG_FAULT_SENTENCE_BYTES, "%s", fault_sentence(why));
	atomic_store(code, (uint32_t)fault);
}

static void publish(struct log_committer *committer)
{
	struct log_status *status = committer->status;
	struct fault why = {0};
	enum error code = log_writer_health(committer->writer, &why);
	atomic_store(&status->durable_bytes, log_writer_bytes(committer->writer));
	atomic_store(&status->runway_bytes, log_writer_runway_bytes(committer->writer));
	atomic_store(&status->durable_count, log_writer_count(committer->writer));
	if (code == E_OK || committer->told_fault)
		return;
	committer->told_fault = true;
	publish_fault(status->fault_sentence, &status->fault, code, &why);
	if (committer->options.committed)
		committer->options.committed(committer->options.context, log_writer_count(committer->writer));
}

static void watch(struct log_committer *committer, uint64_t now_ns)
{
	if (now_ns - committer->watched_ns < LOG_COMMITTER_WATCH_MS * UINT64_C(1000000))
		return;
	committer->watched_ns = now_ns;
	pthread_mutex_lock(&committer->lock);
	if (committer->runway_code != E_OK)
		log_writer_set_faulty(committer->writer, committer->runway_code, &committer->runway_why);
	log_writer_head(committer->writer, &committer->head_size, &committer->head_root);
	pthread_mutex_unlock(&committer->lock);
	/* The writer keeps the reason itself. */
	(void)!log_check_alive(committer->writer, NULL);
	publish(committer);
}

/* Calls from this process go first: they are the changes that others wait for. */
static void gather_waiters(struct log_committer *committer)
{
	if (!atomic_load(&committer->has_waiters))
		return;
	pthread_mutex_lock(&committer->lock);
	for (struct waiter *waiter = committer->waiters; waiter; waiter = waiter->next) {
		waiter->code = log_writer_health(committer->writer, &waiter->why);
		if (waiter->code == E_OK && !log_writer_has_room(committer->writer, waiter->count, waiter->bytes))
			break;
		waiter->in_batch = true;
		waiter->index = log_writer_count(committer->writer) + log_writer_pending(committer->writer);
		for (size_t i = 0; i < waiter->count && waiter->code == E_OK; i++)
			waiter->code = log_writer_add(committer->writer, waiter->records[i], 0, &waiter->why);
	}
	pthread_mutex_unlock(&committer->lock);
}

static void answer_waiters(struct log_committer *committer, enum error code, const struct fault *why)
{
	if (!atomic_load(&committer->has_waiters))
		return;
	pthread_mutex_lock(&committer->lock);
	while (committer->waiters && committer->waiters->in_batch) {
		struct waiter *waiter = committer->waiters;
		committer->waiters = waiter->next;
		if (waiter->code == E_OK && code != E_OK) {
			waiter->code = code;
			waiter->why = *why;
		}
		waiter->done = true;
	}
	if (!committer->waiters) {
		committer->waiters_end = &committer->waiters;
		atomic_store(&committer->has_waiters, false);
	}
	pthread_cond_broadcast(&committer->changed);
	pthread_mutex_unlock(&committer->lock);
}

/* One round: everything that waits becomes durable by one write. False where nothing waited. */
static bool commit_round(struct log_committer *committer)
{
	struct fault why = {0};
	gather_waiters(committer);
	log_sources_gather(committer);
	bool has_records = log_writer_pending(committer->writer) > 0;
	if (!has_records && committer->staged_count == 0 && !atomic_load(&committer->has_waiters))
		return false;
	uint64_t now_ns = committer->options.now_ns ? committer->options.now_ns() : wall_clock_ns();
	enum error code = log_writer_commit(committer->writer, now_ns, &why);
	/* What could not be written is answered as such below, and not tried again. */
	if (code != E_OK)
		log_writer_drop(committer->writer);
	if (has_records && code == E_OK)
		atomic_fetch_add_explicit(&committer->status->commits, 1, memory_order_relaxed);
	/* The count first: whoever learns of its record may read it at once. */
	publish(committer);
	log_sources_answer(committer, code);
	answer_waiters(committer, code, &why);
	if (has_records && code == E_OK && committer->options.committed)
		committer->options.committed(committer->options.context, log_writer_count(committer->writer));
	if (log_writer_wants_runway(committer->writer)) {
		pthread_mutex_lock(&committer->lock);
		pthread_cond_signal(&committer->runway);
		pthread_mutex_unlock(&committer->lock);
	}
	return true;
}

static bool has_work(struct log_committer *committer)
{
	return atomic_load(&committer->has_waiters) || atomic_load(&committer->stopping) ||
	       log_sources_have_work(committer);
}

/* Has work come within this time? */
static bool spin(struct log_committer *committer, unsigned spin_us)
{
	uint64_t until_ns = log_committer_monotonic_ns() + spin_us * 1000u;
	do {
		if (has_work(committer))
			return true;
		__builtin_ia32_pause();
	} while (log_committer_monotonic_ns() < until_ns);
	return false;
}

static void idle(struct log_committer *committer)
{
	struct doorbell *bell = committer->options.bell;
	bool is_short = committer->short_spins > 0;
	if (spin(committer, is_short ? LOG_COMMITTER_SPIN_SHORT_US : LOG_COMMITTER_SPIN_US))
		return;
	committer->short_spins = is_short ? committer->short_spins - 1 : LOG_COMMITTER_SHORT_SPINS;
	doorbell_doze(bell);
	uint32_t seen = doorbell_seen(bell);
	bool settled = log_writer_is_settled(committer->writer);
	if (!has_work(committer))
		doorbell_wait(bell, seen, settled ? LOG_COMMITTER_SLEEP_MS : LOG_COMMITTER_SETTLE_MS);
	doorbell_awake(bell);
	/* The writer keeps the reason itself; the watch tells it. */
	if (!settled && !has_work(committer))
		(void)!log_writer_settle(committer->writer, NULL);
}

static void *committer_main(void *context)
{
	struct log_committer *committer = context;
	/* What decides the tail of the latency on a busy machine; without the right to it things go on more slowly. */
	struct sched_param priority = {.sched_priority = 1};
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	for (;;) {
		uint64_t now_ns = log_committer_monotonic_ns();
		atomic_store(&committer->status->alive_ns, now_ns);
		log_sources_sweep(committer);
		watch(committer, now_ns);
		/* Looked at first: what was accepted before the stop is still committed. */
		bool stopping = atomic_load(&committer->stopping);
		bool worked = commit_round(committer);
		if (stopping && !atomic_load(&committer->has_waiters))
			return NULL;
		if (!worked)
			idle(committer);
	}
}

void log_committer_head(struct log_committer *committer, uint64_t *ret_size, struct merkle_hash *ret_root)
{
	pthread_mutex_lock(&committer->lock);
	*ret_size = committer->head_size;
	*ret_root = committer->head_root;
	pthread_mutex_unlock(&committer->lock);
}

static void wait_for_runway(struct log_committer *committer, unsigned seconds)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&committer->lock);
	if (!atomic_load(&committer->stopping) && (seconds > 0 || !log_writer_wants_runway(committer->writer))) {
		if (seconds > 0)
			pthread_cond_timedwait(&committer->runway, &committer->lock, &until);
		else
			pthread_cond_wait(&committer->runway, &committer->lock);
	}
	pthread_mutex_unlock(&committer->lock);
}

static void *runway_main(void *context)
{
	struct log_committer *committer = context;
	struct log_status *status = committer->status;
	unsigned pause_s = 0;
	while (!atomic_load(&committer->stopping)) {
		struct fault why = {0};
		enum error code = log_writer_prepare_next(committer->writer, &why);
		pause_s = code == E_OK ? 0 : RUNWAY_RETRY_S;
		if (code != E_OK)
			publish_fault(status->runway_sentence, &status->runway_fault, code, &why);
		else
			atomic_store(&status->runway_fault, E_OK);
		if (code == E_CORRUPT) {
			pthread_mutex_lock(&committer->lock);
			committer->runway_code = code;
			committer->runway_why = why;
			pthread_mutex_unlock(&committer->lock);
		}
		wait_for_runway(committer, pause_s);
	}
	return NULL;
}

static void ask_to_stop(struct log_committer *committer)
{
	pthread_mutex_lock(&committer->lock);
	atomic_store(&committer->stopping, true);
	pthread_cond_broadcast(&committer->runway);
	pthread_mutex_unlock(&committer->lock);
	doorbell_ring(committer->options.bell);
}

static void release(struct log_committer *committer)
{
	pthread_mutex_destroy(&committer->lock);
	pthread_cond_destroy(&committer->changed);
	pthread_cond_destroy(&committer->runway);
	memory_free(committer->staged);
	memory_free(committer);
}

enum error log_committer_start(const struct log_committer_options *options, struct log_committer **ret_committer,
			       struct fault *why)
{
	struct log_committer *committer = memory_alloc(sizeof(*committer));
	struct staged *staged = memory_alloc_array(STAGED_MAX, sizeof(*staged));
	if (!committer || !staged) {
		memory_free(committer);
		memory_free(staged);
		return FAIL(why, E_MEMORY, "no memory for the log's committer");
	}
	committer->options = *options;
	committer->writer = options->writer;
	committer->status = options->status;
	committer->staged = staged;
	committer->waiters_end = &committer->waiters;
	committer->watched_ns = log_committer_monotonic_ns();
	pthread_mutex_init(&committer->lock, NULL);
	pthread_cond_init(&committer->changed, NULL);
	pthread_cond_init(&committer->runway, NULL);
	atomic_store(&committer->status->alive_ns, committer->watched_ns);
	publish(committer);
	if (pthread_create(&committer->runway_thread, NULL, runway_main, committer) != 0) {
		release(committer);
		return FAIL(why, E_UNAVAILABLE, "no thread for the log's runway");
	}
	if (pthread_create(&committer->thread, NULL, committer_main, committer) != 0) {
		ask_to_stop(committer);
		pthread_join(committer->runway_thread, NULL);
		release(committer);
		return FAIL(why, E_UNAVAILABLE, "no thread for the log's committer");
	}
	*ret_committer = committer;
	return E_OK;
}

void log_committer_stop(struct log_committer *committer)
{
	if (!committer)
		return;
	ask_to_stop(committer);
	pthread_join(committer->thread, NULL);
	pthread_join(committer->runway_thread, NULL);
	release(committer);
}

static enum error check_records(const struct log_committer *committer, const slice *records, size_t count,
				size_t *ret_bytes, struct fault *why)
{
	*ret_bytes = 0;
	for (size_t i = 0; i < count; i++) {
		if (records[i].len == 0)
			return FAIL(why, E_INVALID, "an empty record");
		if (records[i].len > RECORD_BYTES_MAX)
			return FAIL(why, E_LIMIT, "a record of %zu bytes, at most %u", records[i].len,
				    RECORD_BYTES_MAX);
		*ret_bytes += records[i].len;
	}
	if (!log_writer_could_hold(committer->writer, count, *ret_bytes))
		return FAIL(why, E_LIMIT, "%zu records of %zu bytes do not fit into one write", count, *ret_bytes);
	return E_OK;
}

enum error log_committer_append_wait(struct log_committer *committer, const slice *records, size_t count,
				     uint64_t *ret_index, struct fault *why)
{
	struct waiter waiter = {.records = records, .count = count};
	TRY(check_records(committer, records, count, &waiter.bytes, why));
	pthread_mutex_lock(&committer->lock);
	if (atomic_load(&committer->stopping)) {
		pthread_mutex_unlock(&committer->lock);
		return FAIL(why, E_CLOSED, "the log is being closed");
	}
	*committer->waiters_end = &waiter;
	committer->waiters_end = &waiter.next;
	atomic_store(&committer->has_waiters, true);
	pthread_mutex_unlock(&committer->lock);
	doorbell_ring(committer->options.bell);
	pthread_mutex_lock(&committer->lock);
	while (!waiter.done)
		pthread_cond_wait(&committer->changed, &committer->lock);
	pthread_mutex_unlock(&committer->lock);
	if (waiter.code == E_OK && ret_index)
		*ret_index = waiter.index;
	if (waiter.code != E_OK && why)
		*why = waiter.why;
	return waiter.code;
}
