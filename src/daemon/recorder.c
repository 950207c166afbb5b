/* The recorder's round: answer, watch, sign, sleep. */
#include "daemon/recorder.h"

#include "daemon/sandbox.h"
#include "net/clock.h"
#include "net/journal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define ARENA_BYTES_MAX (64u << 20)
#define SCRATCH_BYTES_MAX (8u << 20)
#define SLEEP_MS 100u
#define CHECKPOINT_EVERY_NS 1000000000

static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t reload_asked;

static void on_signal(int number)
{
	if (number == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(DAEMON_STOP_SIGNAL, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* What goes to the whole group is the supervisor's business; it tells each when it is its turn. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static void check_store(struct recorder *recorder)
{
	struct fault why;
	if (recorder->store && sqlite_registry_health(recorder->store, &why) != E_OK)
		layout_fault_set(&recorder->daemon->layout.shared->registry, &why);
}

static void rounds(struct recorder *recorder)
{
	struct layout_shared *shared = recorder->daemon->layout.shared;
	int64_t checkpoint_ns = 0;
	while (!stop_asked) {
		doorbell_doze(&shared->registry_bell);
		uint32_t seen = doorbell_seen(&shared->registry_bell);
		bool busy = recorder_answer_calls(recorder);
		int64_t now = clock_monotonic_ns();
		busy |= signer_link_poll(recorder->signer, now);
		if (now >= checkpoint_ns) {
			checkpoint_ns = now + CHECKPOINT_EVERY_NS;
			recorder_checkpoint(recorder);
			check_store(recorder);
		}
		if (reload_asked) {
			reload_asked = 0;
			recorder_read_policies(recorder);
		}
		arena_reset(&recorder->arena);
		if (!busy)
			doorbell_wait(&shared->registry_bell, seen, SLEEP_MS);
	}
}

int recorder_main(const struct daemon *daemon)
{
	static struct recorder recorder;
	struct fault why = {0};
	take_signals();
	recorder.daemon = daemon;
	arena_init(&recorder.boot, ARENA_BYTES_MAX);
	arena_init(&recorder.arena, ARENA_BYTES_MAX);
	buffer_init(&recorder.scratch, SCRATCH_BYTES_MAX);
	clock_entropy(&recorder.key, sizeof(recorder.key));
	for (unsigned i = 0; i < daemon->layout.loops; i++) {
		layout_ring(&daemon->layout, i, LAYOUT_CALL, &recorder.calls[i]);
		layout_ring(&daemon->layout, i, LAYOUT_REPLY, &recorder.replies[i]);
	}
	if (signer_link_make(&recorder.signer, &daemon->layout, daemon->layout.loops, &why) != E_OK ||
	    recorder_open(&recorder, &why) != E_OK || sandbox_enter(SANDBOX_RECORDER, &daemon->config, &why) != E_OK) {
		journal_event("recorder.not_started", "reason", fault_sentence(&why), NULL);
		return error_exit(why.code);
	}
	recorder_read_policies(&recorder);
	recorder_send_all(&recorder);
	rounds(&recorder);
	recorder_close(&recorder);
	signer_link_free(recorder.signer);
	buffer_free(&recorder.scratch);
	arena_free(&recorder.arena);
	arena_free(&recorder.boot);
	return 0;
}
