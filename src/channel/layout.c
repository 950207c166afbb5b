#include "channel/layout.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t ring_sizes[LAYOUT_RING_COUNT] = {
	[LAYOUT_CALL] = LAYOUT_CALL_BYTES,
	[LAYOUT_REPLY] = LAYOUT_REPLY_BYTES,
	[LAYOUT_SIGN] = LAYOUT_SIGN_BYTES,
	[LAYOUT_SIGNED] = LAYOUT_SIGN_BYTES,
};

static size_t rounded(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

static size_t channel_bytes(void)
{
	return rounded(log_channel_memory_bytes(LOG_CHANNEL_REQUEST_BYTES_USUAL, LOG_CHANNEL_ACK_BYTES_USUAL));
}

/* The log channel lies first, the rings behind it. */
static size_t client_bytes(void)
{
	size_t bytes = channel_bytes();
	for (unsigned i = 0; i < LAYOUT_RING_COUNT; i++)
		bytes += rounded(ring_memory_bytes(ring_sizes[i]));
	return bytes;
}

enum error layout_make(struct layout *layout, unsigned loops, struct fault *why)
{
	assert(loops > 0 && loops <= LAYOUT_LOOPS_MAX);
	*layout = (struct layout){.loops = loops};
	size_t head = rounded(sizeof(struct layout_shared));
	layout->bytes = head + (loops + 1) * client_bytes();
	/* Pages are taken only when touched, so that idle rings cost nothing. */
	char *memory = mmap(NULL, layout->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return FAIL(why, E_MEMORY, "cannot map %zu bytes of shared memory: %s", layout->bytes, strerror(errno));
	layout->shared = (struct layout_shared *)memory;
	layout->rings = memory + head;
	for (unsigned i = 0; i < loops; i++)
		layout->wake_fds[i] = -1;
	for (unsigned i = 0; i < loops; i++) {
		layout->wake_fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (layout->wake_fds[i] < 0) {
			int problem = errno;
			layout_drop(layout);
			return FAIL(why, E_IO, "cannot make an eventfd: %s", strerror(problem));
		}
	}
	return E_OK;
}

void layout_drop(struct layout *layout)
{
	if (!layout->shared)
		return;
	for (unsigned i = 0; i < layout->loops; i++)
		if (layout->wake_fds[i] >= 0)
			close(layout->wake_fds[i]);
	munmap(layout->shared, layout->bytes);
	*layout = (struct layout){0};
}

void layout_ring(const struct layout *layout, unsigned client, enum layout_ring which, struct ring *ring)
{
	assert(client <= layout->loops);
	char *memory = layout->rings + client * client_bytes() + channel_bytes();
	for (unsigned i = 0; i < (unsigned)which; i++)
		memory += rounded(ring_memory_bytes(ring_sizes[i]));
	ring_attach(ring, memory, ring_sizes[which]);
}

struct log_channel *layout_log_channel(const struct layout *layout, unsigned loop)
{
	assert(loop < layout->loops);
	return (struct log_channel *)(layout->rings + loop * client_bytes());
}

void layout_wake_loop(const struct layout *layout, unsigned loop)
{
	doorbell_ring_eventfd(&layout_log_channel(layout, loop)->loop_bell, layout->wake_fds[loop]);
}

void layout_fault_set(struct layout_fault *fault, const struct fault *why)
{
	/* The code goes away first, so that nobody reads half a sentence as the reason. */
	bool changed = strncmp(fault->sentence, fault_sentence(why), sizeof(fault->sentence) - 1) != 0;
	if (changed) {
		atomic_store(&fault->code, (uint32_t)E_INTERNAL);
		snprintf(fault->sentence, sizeof(fault->sentence), "%s", fault_sentence(why));
	}
	atomic_store(&fault->code, (uint32_t)why->code);
}

void layout_fault_clear(struct layout_fault *fault)
{
	atomic_store(&fault->code, (uint32_t)E_OK);
}

enum error layout_fault_check(struct layout_fault *fault, struct fault *why)
{
	if (atomic_load_explicit(&fault->code, memory_order_acquire) == E_OK)
		return E_OK;
	return FAIL(why, E_UNAVAILABLE, "%.*s", (int)strnlen(fault->sentence, sizeof(fault->sentence)), fault->sentence);
}

void layout_past_set(struct layout_past *past, const void *sha256, uint64_t sessions)
{
	memcpy(past->sha256, sha256, sizeof(past->sha256));
	past->sessions = sessions;
	atomic_store_explicit(&past->is_there, 1, memory_order_release);
}

void layout_past_forget(struct layout_past *past)
{
	atomic_store_explicit(&past->is_there, 0, memory_order_release);
}

bool layout_past_is_there(const struct layout_past *past)
{
	return atomic_load_explicit(&past->is_there, memory_order_acquire) != 0;
}
