/* Opening the recorder's stores, and what a start owes to the one before: missed changes, open effects. */
#include "daemon/recorder.h"

#include "base/map.h"
#include "cedar/cedar.h"
#include "daemon/files.h"
#include "decision/entity_data.h"
#include "net/clock.h"
#include "net/journal.h"
#include "registry/change.h"
#include "text/ulid.h"
#include "token/jwk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Permits whose outcome is not known yet at one moment: more calls than that are not in flight at once. */
#define OPEN_EFFECTS_MAX (1u << 20)
#define LOCK_WAIT_MS 3000

static uint64_t committer_clock(void)
{
	return (uint64_t)clock_wall_ns();
}

static slice make_id(struct recorder *recorder, char letter)
{
	unsigned char random[ULID_RANDOM_BYTES];
	clock_entropy(random, sizeof(random));
	struct ulid id = ulid_make(slice_from(&letter, 1), clock_wall_ns() / 1000000, random);
	return arena_copy(&recorder->arena, ulid_slice(&id));
}

static enum error append_records(void *context, const slice *records, size_t count, uint64_t *ret_index,
				 struct fault *why)
{
	struct recorder *recorder = context;
	if (!recorder->committer)
		return FAIL(why, E_UNAVAILABLE, "the log is not open");
	return log_committer_append_wait(recorder->committer, records, count, ret_index, why);
}

static enum error append_one(struct recorder *recorder, const struct record *record, struct fault *why)
{
	buffer_clear(&recorder->scratch);
	TRY(record_encode(record, &recorder->scratch, why));
	slice bytes = buffer_slice(&recorder->scratch);
	return append_records(recorder, &bytes, 1, NULL, why);
}

void recorder_note_record(struct recorder *recorder, const char *operation, struct record *record)
{
	struct fault why;
	record->kind = RECORD_SYSTEM;
	record->id = make_id(recorder, 's');
	record->time_ns = (uint64_t)clock_wall_ns();
	record->node = recorder->daemon->config.node;
	record->operation = slice_of(operation);
	if (append_one(recorder, record, &why) != E_OK)
		journal_event("log.refused", "operation", operation, "reason", fault_sentence(&why), NULL);
}

void recorder_note(struct recorder *recorder, const char *operation, slice detail, uint64_t count)
{
	struct record record = {.detail = detail, .count = count};
	recorder_note_record(recorder, operation, &record);
}

static void publish(void *context, slice change)
{
	struct recorder *recorder = context;
	struct wire_reply head = {.kind = WIRE_DELTA};
	recorder_send(recorder, 0, &head, change);
}

static int64_t now_ns(void *context)
{
	(void)context;
	return clock_wall_ns();
}

static void fill_random(void *context, void *bytes, size_t count)
{
	(void)context;
	clock_entropy(bytes, count);
}

/* --- the database follows the log --- */

struct replay {
	struct recorder *recorder;
	struct arena arena;
	struct fault why;
	enum error code;
	uint64_t applied;
};

static bool replay_entry(void *context, const struct log_entry *entry)
{
	struct replay *replay = context;
	struct record record;
	struct change change;
	if (record_peek_kind(entry->bytes) != RECORD_CHANGE)
		return true;
	arena_reset(&replay->arena);
	replay->code = record_decode(entry->bytes, &record, &replay->arena, &replay->why);
	if (replay->code == E_OK)
		replay->code = registry_service_change_of(&record, &replay->arena, &change, &replay->why);
	if (replay->code == E_OK)
		replay->code = sqlite_registry_replay(replay->recorder->store, &change, entry->index, &replay->why);
	if (replay->code == E_OK)
		replay->applied++;
	return replay->code == E_OK;
}

/* What the log has and the database missed: a crash between the two, or a database that was lost. */
static enum error replay_log(struct recorder *recorder, uint64_t end, struct fault *why)
{
	uint64_t from = sqlite_registry_applied(recorder->store);
	if (from > end)
		return FAIL(why, E_CORRUPT, "the registry has followed %llu records, the log holds %llu: it was cut",
			    (unsigned long long)from, (unsigned long long)end);
	if (from == end)
		return E_OK;
	struct replay replay = {.recorder = recorder};
	arena_init(&replay.arena, 4u << 20);
	enum error code = sqlite_registry_replay_begin(recorder->store, why);
	if (code == E_OK)
		code = log_reader_each(recorder->reader, from, end, replay_entry, &replay, why);
	if (code == E_OK && replay.code != E_OK) {
		code = replay.code;
		*why = replay.why;
	}
	if (code == E_OK)
		code = sqlite_registry_replay_end(recorder->store, end, why);
	arena_free(&replay.arena);
	if (code == E_OK && replay.applied > 0) {
		char count[24];
		snprintf(count, sizeof(count), "%llu", (unsigned long long)replay.applied);
		journal_event("registry.replayed", "changes", count, NULL);
	}
	return code;
}

/* --- effects that a crash left open --- */

struct effects {
	struct recorder *recorder;
	struct arena arena;   /* ids of decisions whose effect is in the log */
	struct arena scratch;
	struct map closed;
	uint64_t open_count;
};

static void close_effect(struct recorder *recorder, slice decision_id)
{
	struct fault why;
	struct record record = {.kind = RECORD_EFFECT,
				.id = make_id(recorder, 'e'),
				.time_ns = (uint64_t)clock_wall_ns(),
				.node = recorder->daemon->config.node,
				.decision_id = decision_id,
				.outcome = RECORD_UNKNOWN,
				.detail = SLICE("the server ended before the outcome was known")};
	if (append_one(recorder, &record, &why) != E_OK)
		journal_event("log.refused", "operation", "effect", "reason", fault_sentence(&why), NULL);
}

/* Backwards from the newest: an effect is met before its decision. Ends at the start of the run that crashed. */
static bool look_for_open(void *context, const struct log_entry *entry)
{
	struct effects *effects = context;
	struct record record;
	enum record_kind kind = record_peek_kind(entry->bytes);
	if (kind != RECORD_DECISION && kind != RECORD_EFFECT && kind != RECORD_SYSTEM)
		return true;
	arena_reset(&effects->scratch);
	if (record_decode(entry->bytes, &record, &effects->scratch, NULL) != E_OK)
		return true;
	if (kind == RECORD_SYSTEM) {
		bool start = slice_equal(record.operation, SLICE("start"));
		return !start && !slice_equal(record.operation, SLICE("stop"));
	}
	if (kind == RECORD_EFFECT) {
		slice id = arena_copy(&effects->arena, record.decision_id);
		return id.ptr && map_put(&effects->closed, id, effects, NULL, NULL) == E_OK;
	}
	bool released = record.decision == RECORD_PERMIT || record.enforcement == RECORD_OBSERVED;
	/* Only calls that were sent to a target have an outcome. */
	if (!released || record.server.len == 0 || slice_equal(record.trigger, SLICE("authzen")) ||
	    slice_equal(record.trigger, SLICE("check")) || map_get(&effects->closed, record.id))
		return true;
	/* What is appended now lies beyond the end of this walk. */
	close_effect(effects->recorder, record.id);
	arena_reset(&effects->recorder->arena);
	effects->open_count++;
	return true;
}

static void close_effects(struct recorder *recorder, uint64_t end)
{
	struct effects effects = {.recorder = recorder};
	struct fault why;
	arena_init(&effects.arena, 128u << 20);
	arena_init(&effects.scratch, 1u << 20);
	map_init(&effects.closed, &recorder->key, OPEN_EFFECTS_MAX);
	if (log_reader_each_back(recorder->reader, 0, end, look_for_open, &effects, &why) != E_OK)
		journal_event("log.not_read", "reason", fault_sentence(&why), NULL);
	if (effects.open_count > 0)
		recorder_note(recorder, "recovered", SLICE("outcomes that a crash left open are unknown"),
			      effects.open_count);
	map_free(&effects.closed);
	arena_free(&effects.arena);
	arena_free(&effects.scratch);
}

/* --- opening --- */

static enum error add_sources(struct recorder *recorder, struct fault *why)
{
	const struct layout *layout = &recorder->daemon->layout;
	for (unsigned i = 0; i < layout->loops; i++) {
		struct log_source_options source = {
			.channel = layout_log_channel(layout, i),
			.request_bytes = LOG_CHANNEL_REQUEST_BYTES_USUAL,
			.ack_bytes = LOG_CHANNEL_ACK_BYTES_USUAL,
			.eventfd = layout->wake_fds[i],
			/* A worker must not be able to forge a change of the registry or a word of the server. */
			.kinds = RECORD_IN(RECORD_DECISION) | RECORD_IN(RECORD_EFFECT) | RECORD_IN(RECORD_TOKEN),
		};
		unsigned number;
		TRY(log_committer_add_source(recorder->committer, &source, &number, why));
	}
	return E_OK;
}

static enum error open_log(struct recorder *recorder, struct log_recovery *ret_recovery, struct fault *why)
{
	const struct config *config = &recorder->daemon->config;
	struct log_writer_options options = {.directory = recorder->log_dir,
					     .origin = arena_print(&recorder->boot, "tipstaff/%.*s", SLICE_ARG(config->node)),
					     .segment_bytes = config->log_segment_bytes};
	/* The recorder of a server that was just killed may hold the lock for a moment longer. */
	enum error code;
	for (int waited_ms = 0; (code = log_writer_open(&options, &recorder->writer, ret_recovery, why)) == E_CONFLICT &&
				waited_ms < LOCK_WAIT_MS; waited_ms += 20)
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	TRY(code);
	TRY(log_reader_open(recorder->log_dir, &recorder->reader, why));
	struct log_committer_options committer = {.writer = recorder->writer,
						  .status = &recorder->daemon->layout.shared->log,
						  .bell = &recorder->daemon->layout.shared->committer_bell,
						  .now_ns = committer_clock};
	TRY(log_committer_start(&committer, &recorder->committer, why));
	return add_sources(recorder, why);
}

enum error recorder_check_policy(struct recorder *recorder, slice id, slice text, struct fault *why)
{
	struct cedar_policyset *set = NULL;
	const struct cedar_source source = {.name = id, .text = text, .id_prefix = id};
	enum error code = cedar_policyset_parse(&recorder->key, &source, 1, &set, NULL, why);
	cedar_policyset_free(set);
	return code;
}

static enum error check_policy(void *context, slice id, slice text, struct fault *why)
{
	return recorder_check_policy(context, id, text, why);
}

static enum error check_entities(void *context, const struct plan_source *sources, size_t count, struct fault *why)
{
	const struct recorder *recorder = context;
	return entity_data_check(&recorder->key, sources, count, why);
}

static enum error check_jwks(void *context, slice jwks, struct fault *why)
{
	struct recorder *recorder = context;
	struct jwk_set set = {0};
	TRY(jwk_set_parse(&set, jwks, JWK_PUBLIC, &recorder->arena, why));
	enum error code = E_OK;
	if (set.count == 0)
		code = FAIL_FIELD(why, E_INVALID, "jwks", "no key of a kind that can be used (ES256, EdDSA, RS256, PS256)");
	jwk_set_free(&set);
	return code;
}

static enum error open_registry(struct recorder *recorder, uint64_t end, struct fault *why)
{
	const struct config *config = &recorder->daemon->config;
	slice path = files_join(&recorder->boot, config->data_dir, "registry.db");
	if (!path.ptr)
		return FAIL(why, E_MEMORY, "no memory");
	TRY(sqlite_registry_open(path.ptr, log_writer_origin(recorder->writer), &recorder->store, why));
	TRY(replay_log(recorder, end, why));
	TRY(registry_make(&recorder->registry, &recorder->key, why));
	TRY(sqlite_registry_load(recorder->store, recorder->registry, why));
	struct registry_service_options options = {.store = recorder->store,
						   .registry = recorder->registry,
						   .node = config->node,
						   .append = append_records,
						   .publish = publish,
						   .now_ns = now_ns,
						   .random = fill_random,
						   .check_policy = check_policy,
						   .check_entities = check_entities,
						   .check_jwks = check_jwks,
						   .context = recorder};
	return registry_service_make(&recorder->service, &options, why);
}

enum error recorder_open(struct recorder *recorder, struct fault *why)
{
	struct layout_fault *fault = &recorder->daemon->layout.shared->registry;
	struct log_recovery recovery = {0};
	struct fault reason = {0};
	slice log_dir = files_join(&recorder->boot, recorder->daemon->config.data_dir, "log");
	if (!log_dir.ptr)
		return FAIL(why, E_MEMORY, "no memory");
	recorder->log_dir = log_dir;
	if (open_log(recorder, &recovery, &reason) != E_OK || open_registry(recorder, recovery.count, &reason) != E_OK ||
	    log_query_make(&recorder->query, recorder->reader, &reason) != E_OK) {
		layout_fault_set(fault, &reason);
		journal_event("recorder.faulty", "reason", fault_sentence(&reason), NULL);
	}
	if (!recorder->committer)
		return E_OK;
	if (recovery.torn_bytes > 0)
		journal_event("log.recovered", "reason", "the torn end of an unacknowledged write was cut off", NULL);
	if (recorder->reader) {
		recorder_find_past(recorder, recovery.count);
		close_effects(recorder, recovery.count);
	}
	recorder_note(recorder, "start", SLICE("tipstaff " TIPSTAFF_VERSION), recovery.count);
	return E_OK;
}

void recorder_close(struct recorder *recorder)
{
	recorder_note_stop(recorder);
	log_committer_stop(recorder->committer);
	recorder->committer = NULL;
	recorder_last_checkpoint(recorder);
	registry_service_free(recorder->service);
	registry_free(recorder->registry);
	log_query_free(recorder->query);
	log_reader_close(recorder->reader);
	log_writer_close(recorder->writer);
	sqlite_registry_close(recorder->store);
}
