/* The log's checkpoint: its size and root, signed by the signer, kept beside the segments. */
#include "daemon/recorder.h"

#include "channel/wire.h"
#include "daemon/files.h"
#include "evidence/checkpoint.h"
#include "net/clock.h"
#include "net/journal.h"
#include "store/log_verify.h"

#define CHECKPOINT_WAIT_NS 2000000000
/* One in a minute is kept for good, and the last one; the others are replaced by the next. */
#define KEEP_EVERY_NS 60000000000

/* The public key lies beside the log, so that its checkpoints can be verified without asking anybody. */
static void verifier_came(void *context, enum error code, slice line)
{
	struct recorder *recorder = context;
	struct fault why;
	slice path = files_join(&recorder->arena, recorder->daemon->config.data_dir, "log.pub");
	if (code != E_OK || !path.ptr)
		return;
	code = files_write_private(path, line, &why);
	recorder->verifier_told = code == E_OK || code == E_CONFLICT;
	if (!recorder->verifier_told)
		journal_event("verifier.not_stored", "reason", fault_sentence(&why), NULL);
}

static void signed_note(void *context, enum error code, slice note)
{
	struct recorder *recorder = context;
	struct fault why;
	recorder->checkpoint_asked = false;
	if (code != E_OK) {
		journal_event("checkpoint.refused", "reason", error_sentence(code), NULL);
		return;
	}
	int64_t now_ns = clock_monotonic_ns();
	bool keep = now_ns - recorder->checkpoint_kept_ns >= KEEP_EVERY_NS || !recorder->committer;
	code = log_checkpoint_store(recorder->log_dir, note, keep ? recorder->checkpoint_wanted : 0, &why);
	if (code == E_OK && keep)
		recorder->checkpoint_kept_ns = now_ns;
	if (code == E_OK && !recorder->verifier_told)
		signer_link_ask(recorder->signer, WIRE_SIGN_VERIFIER, log_writer_origin(recorder->writer), verifier_came,
				recorder);
	if (code == E_OK)
		recorder->checkpoint_size = recorder->checkpoint_wanted;
	else
		journal_event("checkpoint.not_stored", "reason", fault_sentence(&why), NULL);
}

void recorder_checkpoint(struct recorder *recorder)
{
	struct checkpoint checkpoint;
	struct buffer body;
	if (!recorder->writer || recorder->checkpoint_asked)
		return;
	if (layout_fault_check(&recorder->daemon->layout.shared->keys, NULL) != E_OK)
		return;
	if (recorder->committer)
		log_committer_head(recorder->committer, &checkpoint.size, &checkpoint.root);
	else
		log_writer_head(recorder->writer, &checkpoint.size, &checkpoint.root);
	if (checkpoint.size == recorder->checkpoint_size || checkpoint.size == 0)
		return;
	checkpoint.origin = log_writer_origin(recorder->writer);
	buffer_init(&body, NOTE_BYTES_MAX);
	checkpoint_body(&checkpoint, &body);
	if (buffer_check(&body, NULL) == E_OK) {
		recorder->checkpoint_asked = true;
		recorder->checkpoint_wanted = checkpoint.size;
		signer_link_ask(recorder->signer, WIRE_SIGN_CHECKPOINT, buffer_slice(&body), signed_note, recorder);
	}
	buffer_free(&body);
}

void recorder_last_checkpoint(struct recorder *recorder)
{
	int64_t until = clock_monotonic_ns() + CHECKPOINT_WAIT_NS;
	recorder_checkpoint(recorder);
	doorbell_doze(&recorder->daemon->layout.shared->registry_bell);
	while (recorder->checkpoint_asked && clock_monotonic_ns() < until) {
		uint32_t seen = doorbell_seen(&recorder->daemon->layout.shared->registry_bell);
		if (!signer_link_poll(recorder->signer, clock_monotonic_ns()))
			doorbell_wait(&recorder->daemon->layout.shared->registry_bell, seen, 10);
	}
}
