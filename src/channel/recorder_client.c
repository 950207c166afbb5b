#include "channel/recorder_link.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "channel/waiters.h"
#include "channel/wire.h"
#include "store/log_client.h"

#include <string.h>

/* What may wait for room in a ring before the sender is told to try later. */
#define BACKLOG_BYTES_MAX (8u << 20)
#define SWEEP_EVERY_NS 50000000
/* The committer goes round every 100 ms at least; a second without a sign, and it is not there. */
#define STALE_MS_MAX 1000u
/* Messages taken in one poll, so that one busy ring does not starve the sockets. */
#define POLL_MESSAGES_MAX 4096u

/* A reply that waits until the snapshot has its revision. */
struct held_reply {
	struct held_reply *next;
	uint64_t tag;
	uint64_t revision;
	int status;
	size_t length;
	char bytes[];
};

struct recorder_client {
	struct layout layout;
	struct recorder_link_settings settings;
	struct log_client log;
	struct ring call, reply;
	struct buffer append_backlog, call_backlog; /* u32 length and message, again and again */
	struct waiters appends, calls;
	struct held_reply *held, **held_end;
	int64_t now_ns;
	int64_t sweep_ns;
	bool broken; /* the other side broke a ring: nothing is believed any more */
};

enum error recorder_link_make(struct recorder_client **ret_client, const struct layout *layout, unsigned loop,
			      const struct recorder_link_settings *settings, struct fault *why)
{
	struct recorder_client *client = memory_alloc(sizeof(*client));
	if (!client)
		return FAIL(why, E_MEMORY, "no memory for the recorder client");
	client->layout = *layout;
	client->settings = *settings;
	client->held_end = &client->held;
	log_client_attach(&client->log, layout_log_channel(layout, loop), LOG_CHANNEL_REQUEST_BYTES_USUAL,
			  LOG_CHANNEL_ACK_BYTES_USUAL, &layout->shared->committer_bell);
	layout_ring(layout, loop, LAYOUT_CALL, &client->call);
	layout_ring(layout, loop, LAYOUT_REPLY, &client->reply);
	buffer_init(&client->append_backlog, BACKLOG_BYTES_MAX);
	buffer_init(&client->call_backlog, BACKLOG_BYTES_MAX);
	enum error code = waiters_make(&client->appends, why);
	if (code == E_OK)
		code = waiters_make(&client->calls, why);
	if (code != E_OK) {
		recorder_link_free(client);
		return code;
	}
	*ret_client = client;
	return E_OK;
}

static void finish_append(struct waiter *waiter, enum error code, uint64_t index)
{
	((recorder_appended *)waiter->done)(waiter->context, code, index);
}

static void finish_call(struct waiter *waiter, int status, slice reply)
{
	((recorder_answered *)waiter->done)(waiter->context, status, reply);
}

static slice unavailable_body(void)
{
	return SLICE("{\"title\":\"not available now\",\"detail\":\"the recorder did not answer\"}");
}

static void sweep(struct recorder_client *client, bool all)
{
	struct waiter waiter;
	for (uint32_t at = 0; waiters_overdue(&client->appends, client->now_ns, all, &at, &waiter);)
		finish_append(&waiter, waiter.failed, 0);
	for (uint32_t at = 0; waiters_overdue(&client->calls, client->now_ns, all, &at, &waiter);)
		finish_call(&waiter, error_http_status(waiter.failed), unavailable_body());
}

void recorder_link_free(struct recorder_client *client)
{
	if (!client)
		return;
	if (client->appends.slots && client->calls.slots)
		sweep(client, true);
	while (client->held) {
		struct held_reply *held = client->held;
		client->held = held->next;
		memory_free(held);
	}
	waiters_free(&client->appends);
	waiters_free(&client->calls);
	buffer_free(&client->append_backlog);
	buffer_free(&client->call_backlog);
	memory_free(client);
}

/* Behind what waits for room already: u32 length, then the two parts. */
static enum error put_off(struct buffer *backlog, slice head, slice body)
{
	uint32_t length = (uint32_t)(head.len + body.len);
	enum error code = buffer_reserve(backlog, sizeof(length) + length, NULL);
	/* Full now is not full for ever: the next one may find room again. */
	backlog->failed = false;
	if (code != E_OK)
		return E_UNAVAILABLE;
	buffer_add(backlog, slice_from(&length, sizeof(length)));
	buffer_add(backlog, head);
	buffer_add(backlog, body);
	return E_OK;
}

/* Sends what waits, in order, through `send_one`, until there is no room again. */
static bool send_backlog(struct recorder_client *client, struct buffer *backlog,
			 enum error (*send_one)(struct recorder_client *, slice message))
{
	size_t sent = 0;
	while (backlog->len - sent > 0) {
		uint32_t length;
		memcpy(&length, backlog->ptr + sent, sizeof(length));
		if (send_one(client, slice_from(backlog->ptr + sent + sizeof(length), length)) == E_AGAIN)
			break;
		sent += sizeof(length) + length;
	}
	buffer_drop(backlog, sent);
	return sent > 0;
}

static enum error send_record(struct recorder_client *client, slice message)
{
	uint64_t tag;
	memcpy(&tag, message.ptr, sizeof(tag));
	return log_client_send(&client->log, tag, slice_from_offset(message, sizeof(tag)), NULL);
}

static enum error send_call(struct recorder_client *client, slice message)
{
	TRY(ring_write(&client->call, message, NULL));
	ring_publish(&client->call);
	doorbell_ring(&client->layout.shared->registry_bell);
	return E_OK;
}

static int64_t deadline(const struct recorder_client *client, unsigned timeout_ms)
{
	return client->now_ns + (int64_t)timeout_ms * 1000000;
}

static enum error append_now(struct recorder_client *client, slice record, uint64_t tag)
{
	if (client->broken)
		return E_UNAVAILABLE;
	enum error code = E_AGAIN;
	if (client->append_backlog.len == 0)
		code = log_client_send(&client->log, tag, record, NULL);
	return code == E_AGAIN ? put_off(&client->append_backlog, slice_from(&tag, sizeof(tag)), record) : code;
}

static void append(struct recorder_client *client, slice record, uint64_t tag)
{
	enum error code = append_now(client, record, tag);
	if (code != E_OK && tag != 0)
		waiters_fail(&client->appends, tag, code);
}

void recorder_append(struct recorder_client *client, slice record, recorder_appended *done, void *context)
{
	int64_t until = deadline(client, client->settings.append_timeout_ms);
	append(client, record, waiters_add(&client->appends, (waiter_call *)done, context, until));
}

void recorder_append_forget(struct recorder_client *client, slice record)
{
	append(client, record, 0);
}

static enum error call_now(struct recorder_client *client, const struct wire_call *head, slice request)
{
	if (request.len > RECORDER_CALL_BYTES_MAX)
		return E_LIMIT;
	if (client->broken)
		return E_UNAVAILABLE;
	const slice parts[2] = {slice_from(head, sizeof(*head)), request};
	enum error code = E_AGAIN;
	if (client->call_backlog.len == 0)
		code = ring_write_parts(&client->call, parts, 2, NULL);
	if (code == E_AGAIN)
		return put_off(&client->call_backlog, parts[0], request);
	if (code == E_OK) {
		ring_publish(&client->call);
		doorbell_ring(&client->layout.shared->registry_bell);
	}
	return code;
}

void recorder_call(struct recorder_client *client, enum recorder_op op, slice request, recorder_answered *done,
		   void *context)
{
	int64_t until = deadline(client, client->settings.call_timeout_ms);
	struct wire_call head = {.tag = waiters_add(&client->calls, (waiter_call *)done, context, until), .op = op};
	enum error code = call_now(client, &head, request);
	if (code != E_OK)
		waiters_fail(&client->calls, head.tag, code);
}

enum error recorder_health(const struct recorder_client *client, struct fault *why)
{
	struct layout_shared *shared = client->layout.shared;
	if (client->broken)
		return FAIL(why, E_UNAVAILABLE, "the recorder broke the protocol");
	TRY(layout_fault_check(&shared->registry, why));
	TRY(layout_fault_check(&shared->policies, why));
	TRY(layout_fault_check(&shared->keys, why));
	return log_status_health(&shared->log, (uint64_t)client->now_ns, STALE_MS_MAX, why);
}

uint64_t recorder_durable_count(const struct recorder_client *client)
{
	return atomic_load_explicit(&client->layout.shared->log.durable_count, memory_order_acquire);
}

static bool take_appended(struct recorder_client *client)
{
	bool any = false;
	for (unsigned i = 0; i < POLL_MESSAGES_MAX; i++) {
		struct log_ack ack;
		struct waiter waiter;
		enum error code = log_client_take(&client->log, &ack, NULL);
		if (code == E_CORRUPT)
			client->broken = true;
		if (code != E_OK)
			return any;
		any = true;
		/* A code from beyond the table is no reason to let anything pass. */
		code = ack.code < ERROR_COUNT ? (enum error)ack.code : E_UNAVAILABLE;
		if (waiters_take(&client->appends, ack.tag, &waiter))
			finish_append(&waiter, code, ack.index);
	}
	return any;
}

static void answer(struct recorder_client *client, uint64_t tag, int status, slice body)
{
	struct waiter waiter;
	if (waiters_take(&client->calls, tag, &waiter))
		finish_call(&waiter, status, body);
}

static void hold(struct recorder_client *client, const struct wire_reply *head, slice body)
{
	struct held_reply *held = memory_alloc(sizeof(*held) + body.len);
	if (!held) {
		/* The change was made; only the news of it is late: better an early answer than none. */
		answer(client, head->tag, (int)head->status, body);
		return;
	}
	held->tag = head->tag;
	held->revision = head->revision;
	held->status = (int)head->status;
	held->length = body.len;
	if (body.len)
		memcpy(held->bytes, body.ptr, body.len);
	*client->held_end = held;
	client->held_end = &held->next;
}

static void take_reply(struct recorder_client *client, slice message)
{
	struct wire_reply head;
	if (message.len < sizeof(head))
		return;
	memcpy(&head, message.ptr, sizeof(head));
	slice body = slice_from_offset(message, sizeof(head));
	const struct recorder_link_settings *settings = &client->settings;
	if (head.kind == WIRE_DELTA && settings->on_delta)
		settings->on_delta(settings->context, body);
	else if (head.kind == WIRE_SYNCED && settings->on_synced)
		settings->on_synced(settings->context, head.revision);
	else if (head.kind == WIRE_REPLY && head.revision > settings->snapshot_revision(settings->context))
		hold(client, &head, body);
	else if (head.kind == WIRE_REPLY)
		answer(client, head.tag, (int)head.status, body);
}

/* Replies wait in the order they came, and revisions only grow. */
static bool release_held(struct recorder_client *client)
{
	bool any = false;
	while (client->held && client->held->revision <= client->settings.snapshot_revision(client->settings.context)) {
		struct held_reply *held = client->held;
		client->held = held->next;
		if (!client->held)
			client->held_end = &client->held;
		answer(client, held->tag, held->status, slice_from(held->bytes, held->length));
		memory_free(held);
		any = true;
	}
	return any;
}

static bool take_replies(struct recorder_client *client)
{
	bool any = false;
	for (unsigned i = 0; i < POLL_MESSAGES_MAX; i++) {
		slice message;
		enum error code = ring_peek(&client->reply, &message, NULL);
		if (code == E_CORRUPT)
			client->broken = true;
		if (code != E_OK)
			return any;
		take_reply(client, message);
		ring_release(&client->reply);
		any = true;
	}
	return any;
}

bool recorder_link_poll(struct recorder_client *client, int64_t monotonic_ns)
{
	client->now_ns = monotonic_ns;
	bool any = false;
	if (!client->broken) {
		any |= take_appended(client);
		any |= take_replies(client);
		any |= release_held(client);
		any |= send_backlog(client, &client->append_backlog, send_record);
		any |= send_backlog(client, &client->call_backlog, send_call);
		log_client_flush(&client->log);
	}
	if (client->appends.any_failed || client->calls.any_failed || monotonic_ns >= client->sweep_ns) {
		client->sweep_ns = monotonic_ns + SWEEP_EVERY_NS;
		sweep(client, client->broken);
	}
	return any;
}

bool recorder_link_has_message(struct recorder_client *client)
{
	return !client->broken && (ring_has_message(&client->log.acks) || ring_has_message(&client->reply));
}
