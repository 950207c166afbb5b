#include "store/log_committer_parts.h"

#include <string.h>

#define ACK_RING_BYTES 32u /* length and struct log_ack */
_Static_assert(sizeof(struct log_ack) + 8 == ACK_RING_BYTES, "an acknowledgement takes a fixed room");

size_t log_channel_memory_bytes(size_t request_bytes, size_t ack_bytes)
{
	return sizeof(struct log_channel) + ring_memory_bytes(request_bytes) + ring_memory_bytes(ack_bytes);
}

static bool is_ring_size(size_t bytes, size_t least)
{
	return bytes >= least && (bytes & (bytes - 1)) == 0;
}

static enum error take_slot(struct log_committer *committer, unsigned *ret_source, struct fault *why)
{
	for (unsigned i = 0; i < LOG_SOURCES_MAX; i++) {
		unsigned expected = SOURCE_FREE;
		if (atomic_compare_exchange_strong(&committer->sources[i].state, &expected, SOURCE_TAKEN)) {
			*ret_source = i;
			return E_OK;
		}
	}
	return FAIL(why, E_LIMIT, "more than %u sources of the log", LOG_SOURCES_MAX);
}

enum error log_committer_add_source(struct log_committer *committer, const struct log_source_options *options,
				    unsigned *ret_source, struct fault *why)
{
	if (!is_ring_size(options->request_bytes, LOG_SEGMENT_BYTES_MIN) || !is_ring_size(options->ack_bytes, 4096))
		return FAIL(why, E_INVALID, "no channel with rings of %zu and %zu bytes", options->request_bytes,
			    options->ack_bytes);
	TRY(take_slot(committer, ret_source, why));
	struct source *source = &committer->sources[*ret_source];
	source->channel = options->channel;
	source->eventfd = options->eventfd;
	source->kinds = options->kinds;
	ring_attach(&source->requests, options->channel->rings, options->request_bytes);
	ring_attach(&source->acks, options->channel->rings + ring_memory_bytes(options->request_bytes),
		    options->ack_bytes);
	atomic_store(&source->state, SOURCE_ACTIVE);
	doorbell_ring(committer->options.bell);
	return E_OK;
}

void log_committer_remove_source(struct log_committer *committer, unsigned number)
{
	struct source *source = &committer->sources[number];
	atomic_store(&source->state, SOURCE_REMOVING);
	doorbell_ring(committer->options.bell);
	pthread_mutex_lock(&committer->lock);
	while (atomic_load(&source->state) == SOURCE_REMOVING)
		pthread_cond_wait(&committer->changed, &committer->lock);
	pthread_mutex_unlock(&committer->lock);
}

void log_sources_sweep(struct log_committer *committer)
{
	for (unsigned i = 0; i < LOG_SOURCES_MAX; i++) {
		if (atomic_load_explicit(&committer->sources[i].state, memory_order_relaxed) != SOURCE_REMOVING)
			continue;
		pthread_mutex_lock(&committer->lock);
		atomic_store(&committer->sources[i].state, SOURCE_FREE);
		pthread_cond_broadcast(&committer->changed);
		pthread_mutex_unlock(&committer->lock);
	}
}

/* Not if it is being removed meanwhile: then the remover waits for SOURCE_FREE. */
static void drop(struct log_committer *committer, struct source *source)
{
	unsigned expected = SOURCE_ACTIVE;
	if (atomic_compare_exchange_strong(&source->state, &expected, SOURCE_DROPPED))
		atomic_fetch_add(&committer->status->sources_dropped, 1);
}

static bool is_active(struct source *source)
{
	return atomic_load_explicit(&source->state, memory_order_acquire) == SOURCE_ACTIVE;
}

/* False where the batch has no more room. */
static bool take_request(struct log_committer *committer, unsigned number, slice message)
{
	struct source *source = &committer->sources[number];
	struct staged *staged = &committer->staged[committer->staged_count];
	uint64_t index = log_writer_count(committer->writer) + log_writer_pending(committer->writer);
	enum error code =
		log_writer_add(committer->writer, slice_from_offset(message, sizeof(staged->tag)), source->kinds, NULL);
	if (code == E_AGAIN)
		return false;
	if (code != E_OK && code != E_UNAVAILABLE)
		atomic_fetch_add_explicit(&committer->status->refused, 1, memory_order_relaxed);
	memcpy(&staged->tag, message.ptr, sizeof(staged->tag));
	staged->index = code == E_OK ? index : UINT64_MAX;
	staged->code = code;
	staged->source = number;
	committer->staged_count++;
	source->room--;
	return true;
}

/* False where the batch has no more room. */
static bool gather_from(struct log_committer *committer, unsigned number)
{
	struct source *source = &committer->sources[number];
	if (!is_active(source) || !ring_has_message(&source->requests))
		return true;
	source->room = ring_room_bytes(&source->acks) / ACK_RING_BYTES;
	while (source->room > 0) {
		slice message;
		if (committer->staged_count == STAGED_MAX)
			return false;
		enum error code = ring_peek(&source->requests, &message, NULL);
		if (code == E_AGAIN)
			return true;
		if (code != E_OK || message.len < sizeof(uint64_t)) {
			drop(committer, source);
			return true;
		}
		if (!take_request(committer, number, message))
			return false;
		ring_release(&source->requests);
	}
	return true;
}

void log_sources_gather(struct log_committer *committer)
{
	for (unsigned i = 0; i < LOG_SOURCES_MAX; i++)
		if (!gather_from(committer, (committer->turn + i) % LOG_SOURCES_MAX))
			break;
	committer->turn = (committer->turn + 1) % LOG_SOURCES_MAX;
}

bool log_sources_have_work(struct log_committer *committer)
{
	for (unsigned i = 0; i < LOG_SOURCES_MAX; i++) {
		struct source *source = &committer->sources[i];
		unsigned state = atomic_load_explicit(&source->state, memory_order_acquire);
		if (state == SOURCE_REMOVING)
			return true;
		if (state == SOURCE_ACTIVE && ring_has_message(&source->requests) &&
		    ring_room_bytes(&source->acks) >= ACK_RING_BYTES)
			return true;
	}
	return false;
}

void log_sources_answer(struct log_committer *committer, enum error code)
{
	for (size_t i = 0; i < committer->staged_count; i++) {
		const struct staged *staged = &committer->staged[i];
		struct source *source = &committer->sources[staged->source];
		struct log_ack ack = {.tag = staged->tag, .index = staged->index, .code = staged->code};
		if (ack.code == E_OK && code != E_OK) {
			ack.code = code;
			ack.index = UINT64_MAX;
		}
		if (!is_active(source))
			continue;
		if (ring_write(&source->acks, slice_from(&ack, sizeof(ack)), NULL) != E_OK)
			drop(committer, source);
		source->answered = true;
	}
	committer->staged_count = 0;
	for (unsigned i = 0; i < LOG_SOURCES_MAX; i++) {
		struct source *source = &committer->sources[i];
		if (!source->answered)
			continue;
		source->answered = false;
		if (!is_active(source))
			continue;
		ring_publish(&source->acks);
		doorbell_ring_eventfd(&source->channel->loop_bell, source->eventfd);
	}
}
