/* The signer: the only process that holds private keys. It has no network and reads no stranger's bytes but to sign. */
#include "daemon/daemon.h"

#include "base/memory.h"
#include "channel/signer_client.h"
#include "channel/wire.h"
#include "crypt/signature.h"
#include "daemon/files.h"
#include "daemon/keyring.h"
#include "daemon/sandbox.h"
#include "evidence/checkpoint.h"
#include "net/journal.h"
#include "text/json_writer.h"
#include "token/jwk.h"

#include <signal.h>
#include <string.h>

#define SLEEP_MS 1000u
#define RESULT_BYTES_MAX SIGNER_BYTES_MAX

struct signer {
	const struct daemon *daemon;
	struct keyring keyring;
	struct ring requests[LAYOUT_LOOPS_MAX + 1]; /* of the worker's loops, then of the recorder */
	struct ring answers[LAYOUT_LOOPS_MAX + 1];
	bool dropped[LAYOUT_LOOPS_MAX + 1];
	struct buffer result;
	bool usable; /* the keys are there */
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

static enum error public_keys(struct signer *signer, struct fault *why)
{
	struct buffer jwks;
	struct json_writer writer;
	struct jwk_thumbprint_text thumbprint;
	TRY(jwk_thumbprint_text(&thumbprint, signer->keyring.token, why));
	slice kid = jwk_thumbprint_slice(&thumbprint);
	buffer_init(&jwks, RESULT_BYTES_MAX);
	json_writer_init(&writer, &jwks, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "keys");
	enum error code = jwk_write_public(&writer, signer->keyring.token, kid, why);
	json_end_array(&writer);
	json_end_object(&writer);
	uint16_t length = (uint16_t)kid.len;
	buffer_add(&signer->result, slice_from(&length, sizeof(length)));
	buffer_add(&signer->result, kid);
	buffer_add(&signer->result, buffer_slice(&jwks));
	buffer_free(&jwks);
	return code;
}

static enum error sign_token(struct signer *signer, slice input, struct fault *why)
{
	struct signature signature;
	TRY(signature_sign(signer->keyring.token, SIGNATURE_ES256, input, &signature, why));
	buffer_add(&signer->result, signature_slice(&signature));
	return E_OK;
}

static enum error log_key(struct signer *signer, slice name, struct note_key *ret_key, struct fault *why)
{
	static struct key_room room;
	struct key_numbers numbers;
	TRY(key_export(signer->keyring.log, false, &numbers, &room, why));
	return note_key_make(name, (const unsigned char *)numbers.x.ptr, ret_key, why);
}

/* The first line of a checkpoint is its origin, which is the name of the key. */
static enum error sign_checkpoint(struct signer *signer, slice body, struct fault *why)
{
	struct checkpoint checkpoint;
	struct note_key key;
	struct signature signature;
	TRY(checkpoint_parse(body, &checkpoint, why));
	TRY(log_key(signer, checkpoint.origin, &key, why));
	TRY(signature_sign(signer->keyring.log, SIGNATURE_EDDSA, body, &signature, why));
	return note_encode(body, &key, signature.bytes, &signer->result, why);
}

static enum error verifier(struct signer *signer, slice name, struct fault *why)
{
	struct note_key key;
	TRY(log_key(signer, name, &key, why));
	note_key_format(&key, &signer->result);
	return E_OK;
}

static enum error labelled(struct signer *signer, enum wire_sign_op op, slice input, struct fault *why)
{
	uint16_t length;
	if (input.len < sizeof(length))
		return FAIL(why, E_INVALID, "no label");
	memcpy(&length, input.ptr, sizeof(length));
	slice label = slice_sub(input, sizeof(length), sizeof(length) + length);
	slice rest = slice_from_offset(input, sizeof(length) + length);
	/* Labels of the keyring itself have a space in them, those of others none: keys cannot be asked for. */
	if (label.len != length || length == 0 || slice_find_byte(label, ' ', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "not a label");
	if (op == WIRE_SIGN_SEAL)
		return keyring_seal(&signer->keyring, label, rest, &signer->result, why);
	struct secret secret = {0};
	TRY(keyring_unseal(&signer->keyring, label, rest, &secret, why));
	buffer_add(&signer->result, secret_slice(&secret));
	secret_wipe(&secret);
	return E_OK;
}

static enum error serve(struct signer *signer, bool is_recorder, uint32_t op, slice input, struct fault *why)
{
	if (!signer->usable)
		return FAIL(why, E_UNAVAILABLE, "there are no keys");
	switch (op) {
	case WIRE_SIGN_PUBLIC:
		return public_keys(signer, why);
	case WIRE_SIGN_TOKEN:
		return sign_token(signer, input, why);
	case WIRE_SIGN_SEAL:
	case WIRE_SIGN_OPEN:
		return labelled(signer, (enum wire_sign_op)op, input, why);
	case WIRE_SIGN_CHECKPOINT:
	case WIRE_SIGN_VERIFIER:
		/* A worker that could sign checkpoints could give a forged history a good name. */
		if (!is_recorder)
			return FAIL(why, E_FORBIDDEN, "only the recorder signs checkpoints");
		return op == WIRE_SIGN_VERIFIER ? verifier(signer, input, why) : sign_checkpoint(signer, input, why);
	default:
		return FAIL(why, E_UNSUPPORTED, "no such operation");
	}
}

static void answer(struct signer *signer, unsigned client, uint64_t tag, enum error code)
{
	struct wire_signed head = {.tag = tag, .code = code};
	if (code == E_OK && buffer_check(&signer->result, NULL) != E_OK)
		head.code = E_LIMIT;
	const slice parts[2] = {slice_from(&head, sizeof(head)), head.code == E_OK ? buffer_slice(&signer->result) : (slice){NULL, 0}};
	/* A client that takes no answers gets none: it denies when its deadline passes. */
	if (ring_write_parts(&signer->answers[client], parts, 2, NULL) != E_OK)
		return;
	ring_publish(&signer->answers[client]);
	if (client == signer->daemon->layout.loops)
		doorbell_ring(&signer->daemon->layout.shared->registry_bell);
	else
		layout_wake_loop(&signer->daemon->layout, client);
}

static bool serve_one(struct signer *signer, unsigned client)
{
	static char copy[SIGNER_BYTES_MAX + 512];
	struct wire_sign head;
	slice message;
	enum error code = ring_peek(&signer->requests[client], &message, NULL);
	if (code == E_AGAIN)
		return false;
	if (code != E_OK || message.len < sizeof(head) || message.len > sizeof(copy)) {
		journal_event("client.dropped", "reason", "it broke its ring", NULL);
		signer->dropped[client] = true;
		return false;
	}
	/* A copy: what is checked must be what is signed. */
	size_t length = message.len;
	memcpy(copy, message.ptr, length);
	ring_release(&signer->requests[client]);
	memcpy(&head, copy, sizeof(head));
	struct fault why;
	buffer_clear(&signer->result);
	code = serve(signer, client == signer->daemon->layout.loops, head.op,
		     slice_from(copy + sizeof(head), length - sizeof(head)), &why);
	answer(signer, client, head.tag, code);
	memory_wipe(copy, length);
	if (signer->result.ptr)
		memory_wipe(signer->result.ptr, signer->result.size);
	return true;
}

static void rounds(struct signer *signer)
{
	struct layout_shared *shared = signer->daemon->layout.shared;
	while (!stop_asked) {
		doorbell_doze(&shared->signer_bell);
		uint32_t seen = doorbell_seen(&shared->signer_bell);
		bool busy = false;
		for (unsigned client = 0; client <= signer->daemon->layout.loops; client++)
			if (!signer->dropped[client])
				busy |= serve_one(signer, client);
		if (!busy)
			doorbell_wait(&shared->signer_bell, seen, SLEEP_MS);
	}
}

int signer_main(const struct daemon *daemon)
{
	static struct signer signer;
	struct fault why = {0};
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(DAEMON_STOP_SIGNAL, &action, NULL);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signer.daemon = daemon;
	buffer_init(&signer.result, RESULT_BYTES_MAX);
	for (unsigned client = 0; client <= daemon->layout.loops; client++) {
		layout_ring(&daemon->layout, client, LAYOUT_SIGN, &signer.requests[client]);
		layout_ring(&daemon->layout, client, LAYOUT_SIGNED, &signer.answers[client]);
	}
	signer.usable = keyring_open(&signer.keyring, daemon->config.data_dir, daemon->fresh, &why) == E_OK;
	if (!signer.usable) {
		journal_event("keys.missing", "reason", fault_sentence(&why), NULL);
		layout_fault_set(&daemon->layout.shared->keys, &why);
	}
	if (sandbox_enter(SANDBOX_SIGNER, &daemon->config, &why) != E_OK) {
		journal_event("signer.not_started", "reason", fault_sentence(&why), NULL);
		return error_exit(why.code);
	}
	rounds(&signer);
	keyring_close(&signer.keyring);
	buffer_free(&signer.result);
	return 0;
}
