#include "channel/signer_link.h"

#include "base/memory.h"
#include "channel/waiters.h"

#include <string.h>

#define TIMEOUT_NS 5000000000
#define SWEEP_EVERY_NS 50000000
#define KEY_ID_BYTES_MAX 128u
#define JWKS_BYTES_MAX 16384u

struct signer_client {
	struct layout layout;
	struct ring sign, answered;
	struct waiters waiters;
	int64_t now_ns;
	int64_t sweep_ns;
	bool broken;
	char key_id[KEY_ID_BYTES_MAX];
	size_t key_id_length;
	char jwks[JWKS_BYTES_MAX];
	size_t jwks_length;
};

static void take_public(void *context, enum error code, slice result)
{
	struct signer_client *client = context;
	uint16_t length;
	if (code != E_OK || result.len < sizeof(length))
		return;
	memcpy(&length, result.ptr, sizeof(length));
	slice key_id = slice_sub(result, sizeof(length), sizeof(length) + length);
	slice jwks = slice_from_offset(result, sizeof(length) + length);
	if (key_id.len != length || length > KEY_ID_BYTES_MAX || jwks.len > JWKS_BYTES_MAX)
		return;
	memcpy(client->key_id, key_id.ptr, key_id.len);
	client->key_id_length = key_id.len;
	memcpy(client->jwks, jwks.ptr, jwks.len);
	client->jwks_length = jwks.len;
}

enum error signer_link_make(struct signer_client **ret_client, const struct layout *layout, unsigned number,
			    struct fault *why)
{
	struct signer_client *client = memory_alloc(sizeof(*client));
	if (!client)
		return FAIL(why, E_MEMORY, "no memory for the signer client");
	client->layout = *layout;
	layout_ring(layout, number, LAYOUT_SIGN, &client->sign);
	layout_ring(layout, number, LAYOUT_SIGNED, &client->answered);
	enum error code = waiters_make(&client->waiters, why);
	if (code != E_OK) {
		memory_free(client);
		return code;
	}
	*ret_client = client;
	/* Deadlines count from the first poll: until then the clock of this client stands at 0. */
	client->now_ns = INT64_MAX / 2;
	signer_link_ask(client, WIRE_SIGN_PUBLIC, (slice){NULL, 0}, take_public, client);
	return E_OK;
}

static void finish(struct waiter *waiter, enum error code, slice result)
{
	((signer_done *)waiter->done)(waiter->context, code, result);
}

static void sweep(struct signer_client *client, bool all)
{
	struct waiter waiter;
	for (uint32_t at = 0; waiters_overdue(&client->waiters, client->now_ns, all, &at, &waiter);)
		finish(&waiter, waiter.failed, (slice){NULL, 0});
}

void signer_link_free(struct signer_client *client)
{
	if (!client)
		return;
	sweep(client, true);
	waiters_free(&client->waiters);
	memory_free(client);
}

static void ask_parts(struct signer_client *client, enum wire_sign_op op, slice first, slice second, signer_done *done,
		      void *context)
{
	struct wire_sign head = {.op = op};
	head.tag = waiters_add(&client->waiters, (waiter_call *)done, context, client->now_ns + TIMEOUT_NS);
	const slice parts[3] = {slice_from(&head, sizeof(head)), first, second};
	enum error code = E_UNAVAILABLE;
	if (first.len + second.len > SIGNER_BYTES_MAX)
		code = E_LIMIT;
	else if (!client->broken)
		code = ring_write_parts(&client->sign, parts, 3, NULL);
	if (code != E_OK) {
		waiters_fail(&client->waiters, head.tag, code == E_AGAIN ? E_UNAVAILABLE : code);
		return;
	}
	ring_publish(&client->sign);
	doorbell_ring(&client->layout.shared->signer_bell);
}

void signer_link_ask(struct signer_client *client, enum wire_sign_op op, slice input, signer_done *done, void *context)
{
	ask_parts(client, op, (slice){NULL, 0}, input, done, context);
}

void signer_sign_token(struct signer_client *client, slice input, signer_done *done, void *context)
{
	signer_link_ask(client, WIRE_SIGN_TOKEN, input, done, context);
}

#define LABEL_BYTES_MAX 255u

/* u16 length, label, then the input. A label that is too long is cut to nothing, which no sealed secret has. */
static void ask_labelled(struct signer_client *client, enum wire_sign_op op, slice label, slice input,
			 signer_done *done, void *context)
{
	char head[2 + LABEL_BYTES_MAX];
	uint16_t length = label.len <= LABEL_BYTES_MAX ? (uint16_t)label.len : 0;
	memcpy(head, &length, sizeof(length));
	if (length)
		memcpy(head + sizeof(length), label.ptr, length);
	ask_parts(client, op, slice_from(head, sizeof(length) + length), input, done, context);
	memory_wipe(head, sizeof(head));
}

void signer_seal(struct signer_client *client, slice label, slice secret, signer_done *done, void *context)
{
	ask_labelled(client, WIRE_SIGN_SEAL, label, secret, done, context);
}

void signer_open(struct signer_client *client, slice label, slice sealed, signer_done *done, void *context)
{
	ask_labelled(client, WIRE_SIGN_OPEN, label, sealed, done, context);
}

slice signer_jwks(const struct signer_client *client)
{
	return slice_from(client->jwks, client->jwks_length);
}

slice signer_token_key_id(const struct signer_client *client)
{
	return slice_from(client->key_id, client->key_id_length);
}

bool signer_link_poll(struct signer_client *client, int64_t monotonic_ns)
{
	client->now_ns = monotonic_ns;
	bool any = false;
	slice message;
	enum error code;
	while (!client->broken && (code = ring_peek(&client->answered, &message, NULL)) != E_AGAIN) {
		struct wire_signed head;
		struct waiter waiter;
		if (code != E_OK || message.len < sizeof(head)) {
			client->broken = true;
			break;
		}
		memcpy(&head, message.ptr, sizeof(head));
		enum error answer = head.code < ERROR_COUNT ? (enum error)head.code : E_INTERNAL;
		if (waiters_take(&client->waiters, head.tag, &waiter))
			finish(&waiter, answer, slice_from_offset(message, answer == E_OK ? sizeof(head) : message.len));
		ring_release(&client->answered);
		any = true;
	}
	if (client->waiters.any_failed || client->broken || monotonic_ns >= client->sweep_ns) {
		client->sweep_ns = monotonic_ns + SWEEP_EVERY_NS;
		sweep(client, client->broken);
	}
	return any;
}

bool signer_link_has_message(struct signer_client *client)
{
	return !client->broken && ring_has_message(&client->answered);
}
