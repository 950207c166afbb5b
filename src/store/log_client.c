#include "store/log_client.h"

#include <string.h>

void log_client_attach(struct log_client *client, struct log_channel *channel, size_t request_bytes, size_t ack_bytes,
		       struct doorbell *committer_bell)
{
	*client = (struct log_client){.channel = channel, .committer_bell = committer_bell};
	ring_attach(&client->requests, channel->rings, request_bytes);
	ring_attach(&client->acks, channel->rings + ring_memory_bytes(request_bytes), ack_bytes);
}

enum error log_client_send(struct log_client *client, uint64_t tag, slice record, struct fault *why)
{
	if (record.len == 0)
		return FAIL(why, E_INVALID, "an empty record");
	if (record.len > RECORD_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a record of %zu bytes, at most %u", record.len, RECORD_BYTES_MAX);
	const slice parts[2] = {slice_from(&tag, sizeof(tag)), record};
	TRY(ring_write_parts(&client->requests, parts, 2, why));
	client->sent++;
	client->unpublished = true;
	return E_OK;
}

void log_client_flush(struct log_client *client)
{
	if (!client->unpublished)
		return;
	client->unpublished = false;
	ring_publish(&client->requests);
	doorbell_ring(client->committer_bell);
}

enum error log_client_take(struct log_client *client, struct log_ack *ret_ack, struct fault *why)
{
	slice message;
	TRY(ring_peek(&client->acks, &message, why));
	if (message.len != sizeof(*ret_ack))
		return FAIL(why, E_CORRUPT, "an acknowledgement of %zu bytes", message.len);
	memcpy(ret_ack, message.ptr, sizeof(*ret_ack));
	ring_release(&client->acks);
	if (ret_ack->code >= ERROR_COUNT)
		return FAIL(why, E_CORRUPT, "an acknowledgement with code %u", ret_ack->code);
	client->acknowledged++;
	return E_OK;
}

bool log_client_doze(struct log_client *client)
{
	log_client_flush(client);
	doorbell_doze(&client->channel->loop_bell);
	if (!ring_has_message(&client->acks))
		return true;
	doorbell_awake(&client->channel->loop_bell);
	return false;
}

void log_client_awake(struct log_client *client)
{
	doorbell_awake(&client->channel->loop_bell);
}
