#include "daemon/worker.h"

#include "api/api.h"
#include "daemon/past.h"
#include "daemon/sandbox.h"
#include "decision/histories.h"
#include "gateway/discovery.h"
#include "gateway/gateway.h"
#include "gateway/sessions.h"
#include "gateway/watch.h"
#include "identity/jti_set.h"
#include "identity/token_cache.h"
#include "net/clock.h"
#include "net/journal.h"
#include "net/listener.h"
#include "net/tls.h"
#include "net/upstream.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#define CALL_TIMEOUT_MS 10000u
#define STOP_GRACE_MS 10000u

/* --- the loop's round --- */

static void on_delta(void *context, slice change)
{
	struct worker_loop *loop = context;
	worker_take_change(loop->worker, change);
	/* The whole registry at the start is nothing new. */
	if (loop->worker->synced)
		discovery_on_change(&loop->services, change);
}

static void on_synced(void *context, uint64_t revision)
{
	struct worker_loop *loop = context;
	struct worker *worker = loop->worker;
	(void)revision;
	/* Nobody decides before the first snapshot, which comes next. */
	if (!worker->synced)
		past_take(worker->past, &worker->daemon->layout.shared->past_found, worker->daemon->fresh,
			  loop->services.histories);
	worker->synced = true;
	worker->dirty = true;
}

static uint64_t snapshot_revision(void *context)
{
	struct worker_loop *loop = context;
	const struct snapshot *snapshot = services_snapshot(&loop->services);
	return snapshot ? snapshot->revision : 0;
}

/* Ready once it can decide, or once it is clear that it cannot and the status tells why. */
static void announce(struct worker_loop *loop)
{
	struct worker *worker = loop->worker;
	struct layout_shared *shared = worker->daemon->layout.shared;
	bool decides = worker->current && signer_jwks(loop->services.signer).len > 0;
	bool faulty = layout_fault_check(&shared->registry, NULL) != E_OK || layout_fault_check(&shared->keys, NULL) != E_OK;
	if (worker->announced || (!decides && !faulty))
		return;
	worker->announced = true;
	discovery_start(&loop->services);
	ssize_t written = write(worker->daemon->ready_fd, "r", 1);
	(void)written; /* the supervisor has gone, and takes this process with it */
	close(worker->daemon->ready_fd);
}

static bool round_ends(void *context)
{
	struct worker_loop *loop = context;
	struct services *services = &loop->services;
	struct doorbell *bell =
		&layout_log_channel(&loop->worker->daemon->layout, services->loop_index)->loop_bell;
	int64_t now = clock_monotonic_ns();
	doorbell_awake(bell);
	bool busy = recorder_link_poll(services->recorder, now);
	busy |= signer_link_poll(services->signer, now);
	if (services->loop_index == 0) {
		busy |= worker_publish(loop->worker);
		announce(loop);
	}
	services_quiescent(services);
	if (busy)
		return true;
	/* Whoever writes from now on rings; whoever wrote before is seen here. */
	doorbell_doze(bell);
	if (!recorder_link_has_message(services->recorder) && !signer_link_has_message(services->signer))
		return false;
	doorbell_awake(bell);
	return true;
}

/* A loop that sleeps must still look at deadlines now and then. */
struct tick {
	struct loop_timer timer;
	struct loop *loop;
};

#define TICK_MS 100u

static void tick(void *context)
{
	struct tick *self = context;
	loop_timer_start(self->loop, &self->timer, TICK_MS);
}

/* --- requests --- */

static void handle(struct http_exchange *exchange, void *context)
{
	struct worker_loop *loop = context;
	metrics_add(loop->services.metrics, METRIC_HTTP_REQUESTS);
	if (gateway_serves(exchange->request->path))
		gateway_handle(&loop->services, exchange);
	else
		api_handle(&loop->services, exchange);
}

/* --- making and running --- */

static enum error make_clients(struct worker_loop *loop, struct fault *why)
{
	struct worker *worker = loop->worker;
	struct services *services = &loop->services;
	struct recorder_link_settings link = {.append_timeout_ms = worker->daemon->config.append_timeout_ms,
					      .call_timeout_ms = CALL_TIMEOUT_MS,
					      .on_delta = services->loop_index == 0 ? on_delta : NULL,
					      .on_synced = services->loop_index == 0 ? on_synced : NULL,
					      .snapshot_revision = snapshot_revision,
					      .context = loop};
	TRY(recorder_link_make(&services->recorder, &worker->daemon->layout, services->loop_index, &link, why));
	TRY(signer_link_make(&services->signer, &worker->daemon->layout, services->loop_index, why));
	struct upstream_config upstream;
	upstream_config_default(&upstream);
	upstream.tls = worker->client_tls;
	TRY(upstream_pool_make(services->loop, &upstream, &services->upstreams, why));
	services->tokens = token_cache_new(&worker->key, TOKEN_CACHE_ENTRIES_MAX);
	if (!services->tokens)
		return FAIL(why, E_MEMORY, "no memory for the token cache");
	return gateway_make(services, why);
}

static enum error make_server(struct worker_loop *loop, struct fault *why)
{
	struct worker *worker = loop->worker;
	struct http_server_config config;
	http_server_config_default(&config);
	config.handler = handle;
	config.context = loop;
	config.tls = worker->server_tls;
	config.body_bytes_max = worker->daemon->config.request_body_bytes_max;
	int listener = worker->daemon->listeners[loop->services.loop_index];
	return http_server_start(loop->services.loop, listener, &config, &loop->server, why);
}

static enum error make_loop(struct worker *worker, unsigned index, struct fault *why)
{
	struct worker_loop *loop = &worker->loops[index];
	const struct worker_loop *first = &worker->loops[0];
	const struct layout *layout = &worker->daemon->layout;
	loop->worker = worker;
	loop->services = (struct services){.jtis = first->services.jtis,
					   .sessions = first->services.sessions,
					   .histories = first->services.histories,
					   .traffic = first->services.traffic,
					   .metrics = &worker->metrics,
					   .entropy = &loop->entropy,
					   .config = &worker->daemon->config,
					   .current = &worker->current,
					   .loop_index = index};
	if (index == 0) {
		loop->services.jtis = jti_set_new(&worker->key, JTI_SET_ENTRIES_MAX);
		loop->services.sessions = mcp_sessions_new(&worker->key);
		loop->services.histories = histories_new(&worker->key, clock_wall_ns() / 1000000);
		loop->services.traffic = traffic_new(&worker->key);
		worker->builder = snapshot_builder_new(&worker->key);
		if (!loop->services.jtis || !loop->services.sessions || !loop->services.traffic ||
		    !loop->services.histories || !worker->builder)
			return FAIL(why, E_MEMORY, "no memory for the worker");
	}
	TRY(loop_make(&loop->services.loop, why));
	TRY(make_clients(loop, why));
	loop->hook = (struct loop_hook){.run = round_ends, .context = loop};
	loop_hook_add(loop->services.loop, &loop->hook);
	TRY(loop_bell_watch(loop->services.loop, layout->wake_fds[index], NULL, NULL, &loop->bell, why));
	return make_server(loop, why);
}

static void *run_loop(void *context)
{
	struct worker_loop *loop = context;
	struct tick ticking = {.loop = loop->services.loop};
	ticking.timer = (struct loop_timer){.run = tick, .context = &ticking};
	rcu_register_thread();
	rcu_thread_offline();
	tick(&ticking);
	loop_run(loop->services.loop);
	loop_timer_stop(loop->services.loop, &ticking.timer);
	/* The last records go out; the recorder outlives the worker and commits them. */
	recorder_link_poll(loop->services.recorder, clock_monotonic_ns());
	services_quiescent(&loop->services);
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

static void server_stopped(void *context)
{
	struct worker_loop *loop = context;
	loop_stop(loop->services.loop);
}

static void stop_loop(void *context)
{
	struct worker_loop *loop = context;
	http_server_stop(loop->server, STOP_GRACE_MS, server_stopped, loop);
}

static void wait_for_stop(void)
{
	sigset_t awaited;
	sigemptyset(&awaited);
	sigaddset(&awaited, DAEMON_STOP_SIGNAL);
	int number;
	while (sigwait(&awaited, &number) != 0 || number != DAEMON_STOP_SIGNAL)
		;
}

/* All threads are started with the signals blocked; the first one waits for them. */
static void block_signals(void)
{
	sigset_t blocked;
	sigemptyset(&blocked);
	const int numbers[] = {DAEMON_STOP_SIGNAL, SIGTERM, SIGINT, SIGHUP, SIGPIPE};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&blocked, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

static enum error start(struct worker *worker, struct fault *why)
{
	const struct config *config = &worker->daemon->config;
	if (config->tls_certificate.len)
		TRY(tls_server_make(config->tls_certificate, config->tls_key, &worker->server_tls, why));
	/* Without the system's authorities plain targets still work; a secure one is refused when it is called. */
	struct fault no_tls;
	if (tls_client_make(config->upstream_ca, &worker->client_tls, &no_tls) != E_OK) {
		if (config->upstream_ca.len)
			return FAIL(why, no_tls.code, "upstream.ca: %s", fault_sentence(&no_tls));
		journal_event("tls.no_authorities", "reason", fault_sentence(&no_tls), NULL);
	}
	worker->past = past_open(config->data_dir);
	TRY(sandbox_enter(SANDBOX_WORKER, config, why));
	for (unsigned i = 0; i < config->loops; i++)
		TRY(make_loop(worker, i, why));
	for (unsigned i = 0; i < config->loops; i++) {
		struct worker_loop *loop = &worker->loops[i];
		int failed = pthread_create(&loop->thread, NULL, run_loop, loop);
		if (failed != 0)
			return FAIL(why, E_MEMORY, "cannot start a thread: %s", strerror(failed));
	}
	return E_OK;
}

static void finish(struct worker *worker)
{
	for (unsigned i = 0; i < worker->daemon->layout.loops; i++) {
		struct worker_loop *loop = &worker->loops[i];
		loop->stop = (struct loop_task){.run = stop_loop, .context = loop};
		loop_post(loop->services.loop, &loop->stop);
	}
	for (unsigned i = 0; i < worker->daemon->layout.loops; i++)
		pthread_join(worker->loops[i].thread, NULL);
	/* No record leaves any more, so that nothing more happens. What was not taken is still there for the next start. */
	if (worker->synced)
		past_leave(worker->past, worker->loops[0].services.histories, &worker->daemon->layout.shared->past_left);
	/* Nothing is freed: the process ends, and whoever still waits for an answer would be called into what is gone. */
}

int worker_main(const struct daemon *daemon)
{
	static struct worker worker;
	struct fault why = {0};
	worker.daemon = daemon;
	block_signals();
	clock_entropy(&worker.key, sizeof(worker.key));
	if (start(&worker, &why) != E_OK) {
		journal_event("worker.not_started", "reason", fault_sentence(&why), NULL);
		return error_exit(why.code);
	}
	wait_for_stop();
	finish(&worker);
	return 0;
}
