/*
 * Durable records: how many a second, and how long each waits, through ring, committer and disk, at 1, 32, 128 and 512
 * waiting. The floor is one synchronous write of one block to the same device. `--dir DIR` says where (default: here).
 */
#include "bench.h"

#include "store/log_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define FLOOR_WRITES  2000u
#define SAMPLES_MAX   4000000u
#define RUN_NS        UINT64_C(2000000000)
#define RUN_QUICK_NS  UINT64_C(300000000)
#define TAGS_MAX      1024u
#define REQUEST_BYTES LOG_CHANNEL_REQUEST_BYTES_USUAL
#define ACK_BYTES     LOG_CHANNEL_ACK_BYTES_USUAL

static void must(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "records: %s: %s\n", what, strerror(errno));
	exit(71);
}

static int by_value(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return (left > right) - (left < right);
}

static double percentile_us(uint32_t *samples, size_t count, double share)
{
	return count ? samples[(size_t)((double)(count - 1) * share)] / 1000.0 : 0;
}

struct folder_path {
	char path[512];
};

/* One write after the other into written space, as the committer's, without anything else. */
static double measure_floor(const struct folder_path *place)
{
	static uint32_t samples[FLOOR_WRITES];
	char name[600];
	snprintf(name, sizeof(name), "%s.floor", place->path);
	char *block = aligned_alloc(4096, 1024 * 1024);
	must(block != NULL, "memory");
	memset(block, 0, 1024 * 1024);
	/* With the priority that the committer has, where it is allowed. */
	struct sched_param priority = {.sched_priority = 1}, usual = {0};
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	int flags = O_RDWR | O_CREAT | O_TRUNC | O_DSYNC;
	int file = open(name, flags | O_DIRECT, 0600);
	if (file < 0)
		file = open(name, flags, 0600);
	must(file >= 0, name);
	for (off_t at = 0; at < 16; at++)
		must(pwrite(file, block, 1024 * 1024, at * 1024 * 1024) == 1024 * 1024, name);
	memset(block, 1, 4096);
	for (unsigned i = 0; i < FLOOR_WRITES; i++) {
		uint64_t begin = bench_now_ns();
		must(pwrite(file, block, 4096, (off_t)i * 4096) == 4096, name);
		samples[i] = (uint32_t)(bench_now_ns() - begin);
	}
	(void)pthread_setschedparam(pthread_self(), SCHED_OTHER, &usual);
	close(file);
	unlink(name);
	free(block);
	qsort(samples, FLOOR_WRITES, sizeof(samples[0]), by_value);
	bench_print("one_dsync_write_p99", percentile_us(samples, FLOOR_WRITES, 0.99), "us", 0);
	return percentile_us(samples, FLOOR_WRITES, 0.5);
}

/* A decision with everything it must have. */
static slice make_record(struct buffer *bytes)
{
	static const slice chain[] = {SLICE_INIT("human:alice@corp.example"), SLICE_INIT("agent:support-bot")};
	static const slice policies[] = {SLICE_INIT("policy7  delete.cedar:14")};
	static const slice facts[] = {SLICE_INIT("risk = 12"), SLICE_INIT("trust = 81")};
	slice digest = SLICE("0123456789abcdef0123456789abcdef");
	struct record record = {.kind = RECORD_DECISION,
				.id = SLICE("d_01JK4ZB0XWQ8R2N5T7V9Y3C6FA"),
				.time_ns = 1700000000123456789u,
				.node = SLICE("n1"),
				.decision = RECORD_PERMIT,
				.mode = RECORD_DELEGATED,
				.reason = SLICE("policy_permit"),
				.agent = SLICE("agent:support-bot"),
				.on_behalf_of = SLICE("human:alice@corp.example"),
				.owner = SLICE("human:bob@corp.example"),
				.chain = {chain, 2},
				.purpose = SLICE("support-refund"),
				.trigger = SLICE("tools/call"),
				.tool = SLICE("crm.get_customer"),
				.action = SLICE("call"),
				.target = SLICE("customer:88"),
				.arguments_sha256 = digest,
				.policy_set = digest,
				.determining_policies = {policies, 1},
				.facts = {facts, 2},
				.registry_revision = 4711};
	struct fault why;
	buffer_init(bytes, RECORD_BYTES_MAX);
	if (record_encode(&record, bytes, &why) != E_OK) {
		fprintf(stderr, "records: %s\n", why.sentence);
		exit(70);
	}
	return buffer_slice(bytes);
}

static void *shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	must(memory != MAP_FAILED, "shared memory");
	return memory;
}

struct run {
	struct log_client client;
	int eventfd;
	uint64_t sent_ns[TAGS_MAX];
	uint32_t *samples;
	size_t sample_count;
	uint64_t answers;
};

static void send_one(struct run *run, uint64_t tag, slice record)
{
	run->sent_ns[tag] = bench_now_ns();
	if (log_client_send(&run->client, tag, record, NULL) != E_OK) {
		fprintf(stderr, "records: the ring is full\n");
		exit(70);
	}
}

/* As a loop does: looks for a moment, then sleeps in poll. */
static void wait_for_ack(struct run *run)
{
	uint64_t until_ns = bench_now_ns() + 20000;
	while (bench_now_ns() < until_ns)
		if (ring_has_message(&run->client.acks))
			return;
	if (log_client_doze(&run->client)) {
		struct pollfd polled = {.fd = run->eventfd, .events = POLLIN};
		uint64_t count;
		if (poll(&polled, 1, 1000) == 1)
			must(read(run->eventfd, &count, sizeof(count)) == sizeof(count), "eventfd");
		log_client_awake(&run->client);
	}
}

/* Each answer is followed by the next request, until the time is over. */
static void keep_waiting(struct run *run, unsigned waiting, slice record, uint64_t until_ns)
{
	unsigned outstanding = waiting;
	for (unsigned tag = 0; tag < waiting; tag++)
		send_one(run, tag, record);
	log_client_flush(&run->client);
	while (outstanding > 0) {
		struct log_ack ack;
		enum error code = log_client_take(&run->client, &ack, NULL);
		if (code == E_AGAIN) {
			log_client_flush(&run->client);
			wait_for_ack(run);
			continue;
		}
		if (code != E_OK || ack.code != E_OK) {
			fprintf(stderr, "records: %s\n", error_name(code != E_OK ? code : ack.code));
			exit(74);
		}
		uint64_t now_ns = bench_now_ns();
		if (run->sample_count < SAMPLES_MAX)
			run->samples[run->sample_count++] = (uint32_t)(now_ns - run->sent_ns[ack.tag]);
		run->answers++;
		if (now_ns < until_ns)
			send_one(run, ack.tag, record);
		else
			outstanding--;
	}
}

static void measure(struct log_committer *committer, struct doorbell *bell, unsigned waiting, slice record,
		    uint64_t run_ns, double floor_us)
{
	struct run run = {.eventfd = eventfd(0, EFD_NONBLOCK), .samples = malloc(SAMPLES_MAX * sizeof(uint32_t))};
	size_t bytes = log_channel_memory_bytes(REQUEST_BYTES, ACK_BYTES);
	struct log_channel *channel = shared(bytes);
	char name[64];
	unsigned source;
	must(run.samples && run.eventfd >= 0, "memory");
	const struct log_source_options options = {channel, REQUEST_BYTES, ACK_BYTES, run.eventfd,
						   RECORD_IN(RECORD_DECISION)};
	must(log_committer_add_source(committer, &options, &source, NULL) == E_OK, "source");
	log_client_attach(&run.client, channel, REQUEST_BYTES, ACK_BYTES, bell);
	keep_waiting(&run, waiting, record, bench_now_ns() + run_ns / 10);
	run.answers = run.sample_count = 0;
	uint64_t begin_ns = bench_now_ns();
	keep_waiting(&run, waiting, record, begin_ns + run_ns);
	double seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
	qsort(run.samples, run.sample_count, sizeof(run.samples[0]), by_value);
	snprintf(name, sizeof(name), "durable_records_%u", waiting);
	bench_print(name, (double)run.answers / seconds, "1/s", 1e6 / floor_us);
	snprintf(name, sizeof(name), "durable_record_%u_p50", waiting);
	bench_print(name, percentile_us(run.samples, run.sample_count, 0.5), "us", floor_us);
	snprintf(name, sizeof(name), "durable_record_%u_p99", waiting);
	bench_print(name, percentile_us(run.samples, run.sample_count, 0.99), "us", floor_us);
	log_committer_remove_source(committer, source);
	munmap(channel, bytes);
	close(run.eventfd);
	free(run.samples);
}

static void remove_log(const struct folder_path *place, uint64_t segments)
{
	for (uint64_t sequence = 1; sequence <= segments + 1; sequence++) {
		char name[LOG_SEGMENT_NAME_BYTES], path[600];
		log_segment_name(sequence, name);
		snprintf(path, sizeof(path), "%s/%s", place->path, name);
		unlink(path);
	}
	rmdir(place->path);
}

int main(int count, char **arguments)
{
	static const unsigned waiting[] = {1, 32, 128, 512};
	const char *where = bench_argument(count, arguments, "--dir");
	uint64_t run_ns = bench_is_quick(count, arguments) ? RUN_QUICK_NS : RUN_NS;
	struct folder_path place;
	struct log_writer *writer;
	struct log_recovery recovery;
	struct log_committer *committer;
	struct log_status *status = shared(sizeof(*status));
	struct doorbell *bell = shared(sizeof(*bell));
	struct buffer bytes;
	struct fault why = {0};
	snprintf(place.path, sizeof(place.path), "%s/bench-records-%ld", where ? where : ".", (long)getpid());
	double floor_us = measure_floor(&place);
	bench_print("one_dsync_write_p50", floor_us, "us", 0);
	uint64_t begin_ns = bench_now_ns();
	if (log_writer_open(&(struct log_writer_options){.directory = slice_of(place.path), .origin = SLICE("bench")},
			    &writer, &recovery, &why) != E_OK ||
	    log_committer_start(&(struct log_committer_options){.writer = writer, .status = status, .bell = bell},
				&committer, &why) != E_OK) {
		fprintf(stderr, "records: %s\n", why.sentence);
		return 74;
	}
	bench_print("log_first_start", (double)(bench_now_ns() - begin_ns) / 1e6, "ms", 0);
	slice record = make_record(&bytes);
	bench_print("record_size", (double)record.len, "bytes", 0);
	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		measure(committer, bell, waiting[i], record, run_ns, floor_us);
	log_committer_stop(committer);
	log_writer_close(writer);
	begin_ns = bench_now_ns();
	if (log_writer_open(&(struct log_writer_options){.directory = slice_of(place.path)}, &writer, &recovery,
			    &why) != E_OK) {
		fprintf(stderr, "records: %s\n", why.sentence);
		return 74;
	}
	bench_print("log_start_after_run", (double)(bench_now_ns() - begin_ns) / 1e6, "ms", 0);
	log_writer_close(writer);
	remove_log(&place, recovery.segment_count);
	buffer_free(&bytes);
	return 0;
}
