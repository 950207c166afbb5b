/*
 * Goal: whatever was acknowledged is there after any loss of power and any failed call, byte for byte, and the log can
 * go on. What was not acknowledged is there as a whole batch or not at all.
 */
#include "store/log_writer.h"

#include "disk.h"

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUTS_USUAL   2000u
#define RECORDS_MAX  40u
#define RECORD_MAX   1500u
#define SEGMENTS_MAX 12u

/* What must be there, and what may be. */
struct model {
	struct sha256_context hasher;
	struct merkle_tree acknowledged;
	struct merkle_tree pending;
	uint64_t records;
};

struct world {
	struct disk disk;
	struct model model;
	uint64_t seed;
};

static const struct log_io *io_of(struct world *world)
{
	static struct log_io io;
	io = disk_io(&world->disk);
	return &io;
}

static enum error open_writer(struct world *world, struct log_writer **writer, struct log_recovery *recovery,
			      struct fault *why)
{
	return log_writer_open(&(struct log_writer_options){.origin = SLICE("cut"),
							    .segment_bytes = 512 * 1024,
							    .first_segment_bytes = LOG_SEGMENT_BYTES_MIN,
							    .io = io_of(world)},
			       writer, recovery, why);
}

static void fail_world(const struct world *world, const char *what, const struct fault *why)
{
	fail_msg("seed %llu: %s (%s)", (unsigned long long)world->seed, what, why ? why->sentence : "");
}

static bool same(struct model *model, const struct merkle_tree *a, const struct merkle_tree *b)
{
	struct merkle_hash root_a, root_b;
	merkle_root(&model->hasher, a, &root_a);
	merkle_root(&model->hasher, b, &root_b);
	return a->size == b->size && merkle_hash_equal(&root_a, &root_b);
}

/* Opens after a fault and holds what is there against the model, which then takes it over. */
static struct log_writer *recover(struct world *world)
{
	struct model *model = &world->model;
	struct log_writer *writer;
	struct log_recovery recovery;
	struct fault why = {0};
	disk_power_on(&world->disk);
	if (open_writer(world, &writer, &recovery, &why) != E_OK)
		fail_world(world, "the log cannot be opened", &why);
	const struct merkle_tree *tree = log_writer_tree(writer);
	if (same(model, tree, &model->pending))
		model->acknowledged = model->pending;
	else if (!same(model, tree, &model->acknowledged))
		fail_world(world, "an acknowledged record is lost", NULL);
	model->pending = model->acknowledged;
	return writer;
}

/* One batch of random records. */
static enum error append(struct world *world, struct log_writer *writer)
{
	static char bytes[RECORDS_MAX][RECORD_MAX];
	slice records[RECORDS_MAX];
	struct model *model = &world->model;
	size_t count = 1 + disk_random(&world->disk, disk_random(&world->disk, 4) ? 3 : RECORDS_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t length = 1 + disk_random(&world->disk, RECORD_MAX);
		memset(bytes[i], (int)(model->records & 0xff), length);
		memcpy(bytes[i], &model->records, length < 8 ? length : 8);
		model->records++;
		records[i] = slice_from(bytes[i], length);
	}
	model->pending = model->acknowledged;
	merkle_append_batch(&model->hasher, &model->pending, records, count, NULL);
	enum error code = log_append_batch(writer, records, count, 1000 + model->records, NULL, NULL);
	if (code == E_OK)
		model->acknowledged = model->pending;
	return code;
}

static void begin(struct world *world, uint64_t seed)
{
	struct fault why;
	world->seed = seed;
	disk_init(&world->disk, seed);
	world->model = (struct model){0};
	CHECK_OK(sha256_context_init(&world->model.hasher, &why), why);
}

static void end(struct world *world)
{
	disk_free(&world->disk);
	sha256_context_free(&world->model.hasher);
}

/* Lives until the fault that was planted; sometimes prepares the next segment ahead, as the runway thread does. */
static void live(struct world *world, struct log_writer *writer)
{
	for (;;) {
		if (disk_random(&world->disk, 8) == 0 && log_writer_prepare_next(writer, NULL) != E_OK &&
		    world->disk.off)
			break;
		if (append(world, writer) != E_OK)
			break;
	}
	CHECK(log_writer_health(writer, NULL) == E_UNAVAILABLE || world->disk.off);
	log_writer_close(writer);
}

static uint64_t cuts_wanted(void)
{
	const char *text = getenv("TIPSTAFF_CUTS");
	return text ? strtoull(text, NULL, 10) : CUTS_USUAL;
}

TEST(no_loss_of_power_loses_an_acknowledged_record)
{
	static struct world world;
	uint64_t cuts = 0, wanted = cuts_wanted(), records = 0;
	for (uint64_t seed = 1; cuts < wanted; seed++) {
		begin(&world, seed);
		/* The very first start can be cut too. */
		world.disk.cut_write = 1 + disk_random(&world.disk, 3);
		struct log_writer *writer;
		struct log_recovery recovery;
		if (open_writer(&world, &writer, &recovery, NULL) == E_OK)
			live(&world, writer);
		for (unsigned life = 0; life < 60 && cuts < wanted; life++, cuts++) {
			writer = recover(&world);
			world.disk.cut_write = world.disk.writes + 1 + disk_random(&world.disk, 12);
			live(&world, writer);
		}
		log_writer_close(recover(&world));
		records += world.model.acknowledged.size;
		end(&world);
	}
	print_message("# %llu cuts, %llu records acknowledged, 0 lost\n", (unsigned long long)cuts,
		      (unsigned long long)records);
}

/* A cut while the repair of the last cut is written must not hurt either. */
TEST(power_lost_again_during_recovery_does_no_harm)
{
	static struct world world;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		begin(&world, seed + 7777);
		log_writer_close(recover(&world));
		for (unsigned life = 0; life < 10; life++) {
			struct log_writer *writer = recover(&world);
			world.disk.cut_write = world.disk.writes + 1 + disk_random(&world.disk, 10);
			live(&world, writer);
			disk_power_on(&world.disk);
			world.disk.cut_write = 1;
			struct log_recovery recovery;
			if (open_writer(&world, &writer, &recovery, NULL) == E_OK)
				log_writer_close(writer);
		}
		log_writer_close(recover(&world));
		end(&world);
	}
}

TEST(every_call_fails_once_and_nothing_acknowledged_is_lost)
{
	static struct world world;
	static const int errors[] = {EIO, ENOSPC, EACCES};
	for (uint64_t nth = 1; nth <= 150; nth++) {
		begin(&world, nth);
		world.disk.fail_errno = errors[nth % 3];
		world.disk.fail_call = nth;
		struct log_writer *writer;
		struct log_recovery recovery;
		if (open_writer(&world, &writer, &recovery, NULL) == E_OK) {
			for (unsigned i = 0; i < 60 && append(&world, writer) == E_OK; i++)
				(void)!log_check_alive(writer, NULL);
			/* A writer that failed once never acknowledges again. */
			slice record = SLICE("late");
			if (log_writer_health(writer, NULL) != E_OK)
				CHECK_ERROR(log_append_batch(writer, &record, 1, 1, NULL, NULL), E_UNAVAILABLE);
			log_writer_close(writer);
		}
		log_writer_close(recover(&world));
		end(&world);
	}
}
