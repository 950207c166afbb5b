#include "store/log_committer.h"

#include "store/log_client.h"
#include "store/log_reader.h"

#include "folder.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES (256u * 1024u)
#define ACK_BYTES     (64u * 1024u)

struct recorder {
	struct folder folder;
	struct log_writer *writer;
	struct log_committer *committer;
	struct log_status *status;
	struct doorbell *bell;
};

static void *shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	return memory;
}

static struct recorder start(void)
{
	struct recorder recorder = {.folder = folder_make()};
	struct log_recovery recovery;
	struct fault why;
	CHECK_OK(log_writer_open(&(struct log_writer_options){.directory = folder_path(&recorder.folder),
							      .origin = SLICE("test")},
				 &recorder.writer, &recovery, &why),
		 why);
	recorder.status = shared(sizeof(*recorder.status));
	recorder.bell = shared(sizeof(*recorder.bell));
	CHECK_OK(log_committer_start(&(struct log_committer_options){.writer = recorder.writer,
								     .status = recorder.status,
								     .bell = recorder.bell},
				     &recorder.committer, &why),
		 why);
	return recorder;
}

static void stop(struct recorder *recorder)
{
	log_committer_stop(recorder->committer);
	log_writer_close(recorder->writer);
	munmap(recorder->status, sizeof(*recorder->status));
	munmap(recorder->bell, sizeof(*recorder->bell));
	folder_remove(&recorder->folder);
}

struct worker {
	struct log_channel *channel;
	struct log_client client;
	int eventfd;
	unsigned source;
};

static struct worker join(struct recorder *recorder, uint32_t kinds)
{
	struct worker worker = {.channel = shared(log_channel_memory_bytes(REQUEST_BYTES, ACK_BYTES)),
				.eventfd = eventfd(0, EFD_NONBLOCK)};
	struct fault why;
	CHECK_OK(log_committer_add_source(
			 recorder->committer,
			 &(struct log_source_options){worker.channel, REQUEST_BYTES, ACK_BYTES, worker.eventfd, kinds},
			 &worker.source, &why),
		 why);
	log_client_attach(&worker.client, worker.channel, REQUEST_BYTES, ACK_BYTES, recorder->bell);
	return worker;
}

static void leave(struct recorder *recorder, struct worker *worker)
{
	log_committer_remove_source(recorder->committer, worker->source);
	munmap(worker->channel, log_channel_memory_bytes(REQUEST_BYTES, ACK_BYTES));
	close(worker->eventfd);
}

/* As a loop does: dozes and polls on its eventfd. */
static struct log_ack wait_ack(struct worker *worker)
{
	struct log_ack ack;
	for (int patience = 0; patience < 100; patience++) {
		enum error code = log_client_take(&worker->client, &ack, NULL);
		if (code == E_OK)
			return ack;
		CHECK_INT(code, E_AGAIN);
		if (log_client_doze(&worker->client)) {
			struct pollfd polled = {.fd = worker->eventfd, .events = POLLIN};
			uint64_t count;
			if (poll(&polled, 1, 100) == 1)
				CHECK(read(worker->eventfd, &count, sizeof(count)) == sizeof(count));
			log_client_awake(&worker->client);
		}
	}
	fail_msg("no acknowledgement came");
	return ack;
}

static slice a_record(enum record_kind kind, unsigned number, struct buffer *bytes)
{
	char id[32];
	struct fault why;
	struct record record = {.kind = kind,
				.id = slice_from(id, (size_t)snprintf(id, sizeof(id), "x_%u", number)),
				.operation = SLICE("test"),
				.peer = SLICE("here")};
	buffer_clear(bytes);
	CHECK_OK(record_encode(&record, bytes, &why), why);
	return buffer_slice(bytes);
}

TEST(workers_and_calls_of_this_process_share_one_log)
{
	struct recorder recorder = start();
	struct worker workers[3];
	struct buffer bytes;
	struct fault why;
	uint64_t index, highest = 0;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	for (int w = 0; w < 3; w++)
		workers[w] = join(&recorder, RECORD_IN(RECORD_CALLER));
	for (unsigned round = 0; round < 30; round++) {
		for (uint64_t w = 0; w < 3; w++)
			for (uint64_t r = 0; r < 10; r++)
				CHECK_OK(log_client_send(&workers[w].client, round * 100 + w * 10 + r,
							 a_record(RECORD_CALLER, round, &bytes), &why),
					 why);
		for (int w = 0; w < 3; w++)
			log_client_flush(&workers[w].client);
		slice change = a_record(RECORD_SYSTEM, round, &bytes);
		CHECK_OK(log_committer_append_wait(recorder.committer, &change, 1, &index, &why), why);
		CHECK(index < atomic_load(&recorder.status->durable_count));
		for (uint64_t w = 0; w < 3; w++)
			for (uint64_t r = 0; r < 10; r++) {
				struct log_ack ack = wait_ack(&workers[w]);
				CHECK_INT(ack.code, E_OK);
				CHECK_INT(ack.tag, round * 100 + w * 10 + r);
				CHECK(ack.index < atomic_load(&recorder.status->durable_count));
				highest = ack.index > highest ? ack.index : highest;
			}
	}
	CHECK(highest <= 30 * 31 - 1);
	CHECK_INT(atomic_load(&recorder.status->durable_count), 30 * 31);
	for (int w = 0; w < 3; w++)
		leave(&recorder, &workers[w]);
	buffer_free(&bytes);
	stop(&recorder);
}

/* What a worker wrote before it ended is in front of what is appended afterwards. */
TEST(waiting_for_nothing_takes_in_what_the_rings_hold)
{
	struct recorder recorder = start();
	struct worker worker = join(&recorder, RECORD_IN(RECORD_CALLER));
	struct buffer bytes;
	struct fault why;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	for (uint64_t round = 0; round < 200; round++) {
		CHECK_OK(log_client_send(&worker.client, round, a_record(RECORD_CALLER, (unsigned)round, &bytes), &why), why);
		log_client_flush(&worker.client);
		CHECK_OK(log_committer_append_wait(recorder.committer, NULL, 0, NULL, &why), why);
		CHECK_INT(atomic_load(&recorder.status->durable_count), round + 1);
		CHECK_INT(wait_ack(&worker).index, round);
	}
	leave(&recorder, &worker);
	buffer_free(&bytes);
	stop(&recorder);
}

TEST(a_worker_cannot_forge_a_change_of_the_registry)
{
	struct recorder recorder = start();
	struct worker worker = join(&recorder, RECORD_IN(RECORD_DECISION) | RECORD_IN(RECORD_CALLER));
	struct buffer bytes;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	CHECK_ERROR(log_client_send(&worker.client, 1, a_record(RECORD_CHANGE, 1, &bytes), NULL), E_OK);
	CHECK_ERROR(log_client_send(&worker.client, 2, SLICE("no record at all"), NULL), E_OK);
	CHECK_ERROR(log_client_send(&worker.client, 3, a_record(RECORD_CALLER, 1, &bytes), NULL), E_OK);
	log_client_flush(&worker.client);
	CHECK_INT(wait_ack(&worker).code, E_FORBIDDEN);
	CHECK_INT(wait_ack(&worker).code, E_FORBIDDEN);
	struct log_ack ack = wait_ack(&worker);
	CHECK_INT(ack.code, E_OK);
	CHECK_INT(ack.index, 0);
	CHECK_INT(atomic_load(&recorder.status->refused), 2);
	leave(&recorder, &worker);
	buffer_free(&bytes);
	stop(&recorder);
}

TEST(a_worker_that_breaks_its_ring_is_dropped_and_the_others_go_on)
{
	struct recorder recorder = start();
	struct worker liar = join(&recorder, ~0u), honest = join(&recorder, ~0u);
	struct buffer bytes;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	memset(liar.client.requests.shared->data, 0xff, 64);
	atomic_store(&liar.client.requests.shared->written, 40);
	doorbell_ring(recorder.bell);
	for (int patience = 0; patience < 200 && atomic_load(&recorder.status->sources_dropped) == 0; patience++)
		usleep(1000);
	CHECK_INT(atomic_load(&recorder.status->sources_dropped), 1);
	/* A message too short to hold a tag is no request. */
	struct worker mute = join(&recorder, ~0u);
	CHECK_ERROR(ring_write(&mute.client.requests, SLICE("abc"), NULL), E_OK);
	ring_publish(&mute.client.requests);
	doorbell_ring(recorder.bell);
	CHECK_ERROR(log_client_send(&honest.client, 1, a_record(RECORD_CALLER, 1, &bytes), NULL), E_OK);
	log_client_flush(&honest.client);
	CHECK_INT(wait_ack(&honest).code, E_OK);
	for (int patience = 0; patience < 200 && atomic_load(&recorder.status->sources_dropped) == 1; patience++)
		usleep(1000);
	CHECK_INT(atomic_load(&recorder.status->sources_dropped), 2);
	leave(&recorder, &liar);
	leave(&recorder, &mute);
	leave(&recorder, &honest);
	buffer_free(&bytes);
	stop(&recorder);
}

TEST(a_worker_that_takes_no_answers_is_no_longer_asked_and_loses_nothing)
{
	struct recorder recorder = start();
	struct worker lazy = join(&recorder, ~0u), other = join(&recorder, ~0u);
	struct buffer bytes;
	unsigned sent = 0, limit = ACK_BYTES / 32 + 500;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	for (; sent < limit; sent++) {
		enum error code = log_client_send(&lazy.client, sent, a_record(RECORD_CALLER, sent, &bytes), NULL);
		if (code == E_AGAIN) {
			usleep(1000);
			sent--;
		}
		log_client_flush(&lazy.client);
	}
	CHECK_ERROR(log_client_send(&other.client, 1, a_record(RECORD_CALLER, 1, &bytes), NULL), E_OK);
	log_client_flush(&other.client);
	CHECK_INT(wait_ack(&other).code, E_OK);
	for (unsigned i = 0; i < sent; i++) {
		struct log_ack ack = wait_ack(&lazy);
		CHECK_INT(ack.code, E_OK);
		CHECK_INT(ack.tag, i);
	}
	leave(&recorder, &lazy);
	leave(&recorder, &other);
	buffer_free(&bytes);
	stop(&recorder);
}

TEST(a_removed_file_stops_everything_within_a_second)
{
	struct recorder recorder = start();
	struct worker worker = join(&recorder, ~0u);
	struct buffer bytes;
	struct fault why;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	CHECK_ERROR(log_client_send(&worker.client, 1, a_record(RECORD_CALLER, 1, &bytes), NULL), E_OK);
	CHECK_INT(wait_ack(&worker).code, E_OK);
	uint64_t now = atomic_load(&recorder.status->alive_ns);
	CHECK_OK(log_status_health(recorder.status, now, 1000, &why), why);
	unlink(folder_file(&recorder.folder, "segment-0000000001.log"));
	for (int patience = 0; patience < 1000 && atomic_load(&recorder.status->fault) == E_OK; patience += 10)
		usleep(10000);
	CHECK_ERROR(log_status_health(recorder.status, now, 1000, &why), E_UNAVAILABLE);
	CHECK(slice_find(slice_of(why.sentence), SLICE("removed")) != SIZE_MAX);
	CHECK_ERROR(log_client_send(&worker.client, 2, a_record(RECORD_CALLER, 2, &bytes), NULL), E_OK);
	CHECK_INT(wait_ack(&worker).code, E_UNAVAILABLE);
	slice change = a_record(RECORD_SYSTEM, 1, &bytes);
	CHECK_ERROR(log_committer_append_wait(recorder.committer, &change, 1, NULL, NULL), E_UNAVAILABLE);
	leave(&recorder, &worker);
	buffer_free(&bytes);
	stop(&recorder);
}

TEST(a_committer_that_stands_still_is_not_taken_for_well)
{
	struct log_status status = {0};
	struct fault why;
	atomic_store(&status.alive_ns, 1000000000);
	CHECK_OK(log_status_health(&status, 1500000000, 1000, &why), why);
	CHECK_ERROR(log_status_health(&status, 2500000000, 1000, NULL), E_UNAVAILABLE);
	atomic_store(&status.fault, E_IO);
	CHECK_ERROR(log_status_health(&status, 1500000000, 1000, NULL), E_IO);
	atomic_store(&status.fault, 9999);
	CHECK_ERROR(log_status_health(&status, 1500000000, 1000, NULL), E_UNAVAILABLE);
}

TEST(what_cannot_be_appended_is_refused_at_once)
{
	static char big[RECORD_BYTES_MAX + 1];
	static slice many[100];
	struct recorder recorder = start();
	struct worker worker = join(&recorder, ~0u);
	slice record = SLICE("");
	unsigned source;
	CHECK_ERROR(log_committer_append_wait(recorder.committer, &record, 1, NULL, NULL), E_INVALID);
	record = slice_from(big, sizeof(big));
	CHECK_ERROR(log_committer_append_wait(recorder.committer, &record, 1, NULL, NULL), E_LIMIT);
	for (int i = 0; i < 100; i++)
		many[i] = slice_from(big, RECORD_BYTES_MAX);
	CHECK_ERROR(log_committer_append_wait(recorder.committer, many, 100, NULL, NULL), E_LIMIT);
	CHECK_ERROR(log_client_send(&worker.client, 1, SLICE(""), NULL), E_INVALID);
	CHECK_ERROR(log_client_send(&worker.client, 1, record, NULL), E_LIMIT);
	for (enum error code = E_OK; code != E_AGAIN;) {
		code = log_client_send(&worker.client, 1, many[0], NULL);
		CHECK(code == E_OK || code == E_AGAIN);
	}
	CHECK_ERROR(log_committer_add_source(recorder.committer,
					     &(struct log_source_options){worker.channel, 1000, ACK_BYTES, -1, ~0u},
					     &source, NULL),
		    E_INVALID);
	leave(&recorder, &worker);
	stop(&recorder);
}

TEST(there_is_a_most_of_sources_and_a_place_is_given_again)
{
	struct recorder recorder = start();
	struct worker worker = join(&recorder, ~0u);
	struct log_source_options options = {worker.channel, REQUEST_BYTES, ACK_BYTES, -1, ~0u};
	unsigned sources[LOG_SOURCES_MAX], more;
	for (unsigned i = 1; i < LOG_SOURCES_MAX; i++) {
		options.channel = shared(log_channel_memory_bytes(REQUEST_BYTES, ACK_BYTES));
		CHECK_ERROR(log_committer_add_source(recorder.committer, &options, &sources[i], NULL), E_OK);
	}
	CHECK_ERROR(log_committer_add_source(recorder.committer, &options, &more, NULL), E_LIMIT);
	log_committer_remove_source(recorder.committer, sources[7]);
	CHECK_ERROR(log_committer_add_source(recorder.committer, &options, &more, NULL), E_OK);
	CHECK_INT(more, sources[7]);
	stop(&recorder);
}

static void *call_again_and_again(void *context)
{
	struct recorder *recorder = context;
	struct buffer bytes;
	uint64_t calls = 0;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	slice record = a_record(RECORD_SYSTEM, 1, &bytes);
	enum error code = E_OK;
	for (; code == E_OK && calls < 50; calls++)
		code = log_committer_append_wait(recorder->committer, &record, 1, NULL, NULL);
	buffer_free(&bytes);
	return code == E_OK ? recorder : NULL;
}

TEST(many_threads_wait_for_one_write_together)
{
	struct recorder recorder = start();
	pthread_t threads[8];
	void *result;
	for (int i = 0; i < 8; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_again_and_again, &recorder), 0);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &result);
		CHECK(result == &recorder);
	}
	CHECK_INT(atomic_load(&recorder.status->durable_count), 400);
	CHECK(atomic_load(&recorder.status->commits) <= 400);
	stop(&recorder);
}

static bool count_entries(void *context, const struct log_entry *entry)
{
	uint64_t *next = context;
	return entry->index == (*next)++;
}

TEST(a_reader_beside_the_committer_sees_every_durable_record_at_once)
{
	struct recorder recorder = start();
	struct log_reader *reader;
	pthread_t threads[4];
	struct fault why;
	void *result;
	uint64_t next = 0;
	CHECK_OK(log_reader_open(folder_path(&recorder.folder), &reader, &why), why);
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_again_and_again, &recorder), 0);
	while (next < 4 * 50) {
		uint64_t end = atomic_load(&recorder.status->durable_count);
		CHECK_OK(log_reader_each(reader, next, end, count_entries, &next, &why), why);
		CHECK_INT(next, end);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], &result);
	log_reader_close(reader);
	stop(&recorder);
}

TEST(the_next_segment_is_made_ahead)
{
	struct recorder recorder = start();
	for (int patience = 0; patience < 2000 && log_writer_wants_runway(recorder.writer); patience++)
		usleep(1000);
	CHECK(!log_writer_wants_runway(recorder.writer));
	CHECK(access(folder_file(&recorder.folder, "segment-0000000002.log"), F_OK) == 0);
	CHECK_INT(atomic_load(&recorder.status->runway_fault), E_OK);
	stop(&recorder);
}

static struct log_io real_io;
static _Atomic bool disk_is_full;

static int open_unless_full(void *context, const char *name, bool create, uint32_t *ret_block_bytes)
{
	if (create && atomic_load(&disk_is_full)) {
		errno = ENOSPC;
		return -1;
	}
	return real_io.open_file(context, name, create, ret_block_bytes);
}

static void wait_for(_Atomic uint32_t *value, uint32_t wanted)
{
	for (int patience = 0; patience < 5000 && atomic_load(value) != wanted; patience += 5)
		usleep(5000);
	CHECK_INT(atomic_load(value), wanted);
}

TEST(a_full_disk_shows_before_it_hurts_and_stops_permits_when_it_does)
{
	static char text[60000];
	struct folder folder = folder_make();
	struct log_writer *writer;
	struct log_recovery recovery;
	struct log_committer *committer;
	struct log_status *status = shared(sizeof(*status));
	struct doorbell *bell = shared(sizeof(*bell));
	struct fault why;
	slice record = slice_from(text, sizeof(text));
	CHECK_INT(mkdir(folder.path, 0700), 0);
	int directory = open(folder.path, O_RDONLY | O_DIRECTORY);
	real_io = log_io_real(&directory);
	struct log_io io = real_io;
	io.open_file = open_unless_full;
	atomic_store(&disk_is_full, false);
	CHECK_OK(log_writer_open(
			 &(struct log_writer_options){.origin = SLICE("test"), .segment_bytes = 256 * 1024, .io = &io},
			 &writer, &recovery, &why),
		 why);
	atomic_store(&disk_is_full, true);
	const struct log_committer_options options = {.writer = writer, .status = status, .bell = bell};
	CHECK_OK(log_committer_start(&options, &committer, &why), why);
	/* The warning comes while there is still room, and goes when there is room again. */
	wait_for(&status->runway_fault, E_IO);
	CHECK_INT(atomic_load(&status->fault), E_OK);
	CHECK_OK(log_committer_append_wait(committer, &record, 1, NULL, &why), why);
	atomic_store(&disk_is_full, false);
	wait_for(&status->runway_fault, E_OK);
	atomic_store(&disk_is_full, true);
	enum error code = E_OK;
	unsigned appended = 0;
	for (; code == E_OK && appended < 100; appended++)
		code = log_committer_append_wait(committer, &record, 1, NULL, &why);
	CHECK_INT(code, E_IO);
	CHECK(appended > 4);
	CHECK_INT(atomic_load(&status->fault), E_UNAVAILABLE);
	uint64_t durable = atomic_load(&status->durable_count);
	/* A faulty log is not written to again and again. */
	uint64_t commits = atomic_load(&status->commits);
	usleep(20000);
	CHECK_INT(atomic_load(&status->commits), commits);
	log_committer_stop(committer);
	log_writer_close(writer);
	/* Nothing is lost, and with room again the log goes on. */
	atomic_store(&disk_is_full, false);
	CHECK_OK(log_writer_open(&(struct log_writer_options){.segment_bytes = 256 * 1024, .io = &io}, &writer,
				 &recovery, &why),
		 why);
	CHECK_INT(recovery.count, durable);
	CHECK_OK(log_append_batch(writer, &record, 1, 1, NULL, &why), why);
	log_writer_close(writer);
	close(directory);
	munmap(status, sizeof(*status));
	munmap(bell, sizeof(*bell));
	folder_remove(&folder);
}
