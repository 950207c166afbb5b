/*
 * The histories over a restart, as a sequence of CBOR items:
 *
 *	head    = ["tipstaff histories", version]
 *	session = [name (bytes), history (cedar/history_write.c)]      the one used last comes first
 *	end     = [lost]                                               of sessions that are not here nothing is known up to then
 */
#include "decision/histories_parts.h"

#include "base/memory.h"
#include "text/cbor.h"

#define NAME SLICE("tipstaff histories")
#define VERSION 1u
enum { END_FIELDS = 1, PAIR_FIELDS = 2 };

/* One session: its segments hold at most 1 MiB. */
#define SESSION_BYTES_MAX (4u * 1024u * 1024u)
/* Handed on when so much has been gathered. */
#define GATHERED_BYTES (256u * 1024u)
/* The end, which must always have room. */
#define END_BYTES_MAX 16u
/* The values of one event while it is being read. */
#define SCRATCH_BYTES_MAX (4u * 1024u * 1024u)

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* --- writing --- */

struct writing {
	struct buffer buffer;
	histories_sink *sink;
	void *context;
	size_t bytes_left;
	int64_t lost_ms;
	struct histories_kept kept;
};

/* Takes the one of all shards that was used last. Within a shard they are in order; between shards their last events tell. */
static struct session_history *take_newest(struct session_history *next[HISTORIES_SHARDS])
{
	struct session_history **newest = NULL;
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++)
		if (next[i] && (!newest || cedar_history_last_ms(next[i]->history) >
						   cedar_history_last_ms((*newest)->history)))
			newest = &next[i];
	if (!newest)
		return NULL;
	struct session_history *session = *newest;
	*newest = session->older;
	return session;
}

static enum error hand_on(struct writing *writing, size_t least, struct fault *why)
{
	if (writing->buffer.len < least)
		return E_OK;
	TRY(writing->sink(writing->context, buffer_slice(&writing->buffer), why));
	buffer_clear(&writing->buffer);
	return E_OK;
}

/* E_LIMIT: it does not fit.  E_INVALID: it cannot be written. Then nothing of it is there. */
static enum error put_session(struct writing *writing, const struct session_history *session)
{
	struct cbor_writer cbor;
	size_t before = writing->buffer.len;
	cbor_writer_init(&cbor, &writing->buffer);
	cbor_put_array(&cbor, PAIR_FIELDS);
	cbor_put_bytes(&cbor, session_name(session));
	cedar_history_write(session->history, &cbor);
	size_t bytes = writing->buffer.len - before;
	enum error error = cbor_writer_end(&cbor, NULL) != E_OK		       ? E_INVALID
			   : bytes + END_BYTES_MAX > writing->bytes_left ? E_LIMIT
									 : E_OK;
	if (error == E_OK) {
		writing->bytes_left -= bytes;
		return E_OK;
	}
	writing->buffer.failed = false;
	writing->buffer.len = before;
	return error;
}

static enum error put_sessions(struct writing *writing, struct histories *histories, struct fault *why)
{
	struct session_history *next[HISTORIES_SHARDS], *session;
	enum error error = E_OK;
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++) {
		next[i] = histories->shards[i].newest;
		writing->lost_ms = later(writing->lost_ms, histories->shards[i].lost_ms);
	}
	while ((session = take_newest(next)) != NULL) {
		/* After the first that has no place, none has: those that were used last are kept. */
		if (error != E_LIMIT)
			error = put_session(writing, session);
		if (error == E_OK) {
			writing->kept.sessions++;
			TRY(hand_on(writing, GATHERED_BYTES, why));
			continue;
		}
		writing->kept.left_out++;
		writing->lost_ms = later(writing->lost_ms, cedar_history_lost_ms(session->history));
	}
	return E_OK;
}

static enum error put_all(struct writing *writing, struct histories *histories, struct fault *why)
{
	struct cbor_writer cbor;
	cbor_writer_init(&cbor, &writing->buffer);
	cbor_put_array(&cbor, PAIR_FIELDS);
	cbor_put_text(&cbor, NAME);
	cbor_put_u64(&cbor, VERSION);
	TRY(cbor_writer_end(&cbor, why));
	if (writing->buffer.len + END_BYTES_MAX > writing->bytes_left)
		return FAIL(why, E_LIMIT, "no room for histories in %zu bytes", writing->bytes_left);
	writing->bytes_left -= writing->buffer.len;
	TRY(put_sessions(writing, histories, why));
	cbor_writer_init(&cbor, &writing->buffer);
	cbor_put_array(&cbor, END_FIELDS);
	cbor_put_i64(&cbor, writing->lost_ms);
	TRY(cbor_writer_end(&cbor, why));
	return hand_on(writing, 0, why);
}

enum error histories_write(struct histories *histories, size_t bytes_max, histories_sink *sink, void *context,
			   struct histories_kept *ret_kept, struct fault *why)
{
	struct writing writing = {.sink = sink, .context = context, .bytes_left = bytes_max, .lost_ms = INT64_MIN};
	buffer_init(&writing.buffer, GATHERED_BYTES + SESSION_BYTES_MAX);
	enum error error = put_all(&writing, histories, why);
	buffer_free(&writing.buffer);
	*ret_kept = writing.kept;
	return error;
}

/* --- reading --- */

struct reading {
	struct histories *histories;
	struct cbor_reader cbor;
	struct arena scratch;
	int64_t lost_ms;
	struct histories_kept kept;
	struct fault *why;
};

/* The item that comes next in the sequence. */
static enum error next_item(struct reading *reading, uint64_t *ret_fields)
{
	slice rest = slice_from(reading->cbor.at, (size_t)(reading->cbor.end - reading->cbor.at));
	cbor_reader_init(&reading->cbor, rest);
	return cbor_read_array(&reading->cbor, ret_fields, reading->why);
}

static enum error read_head(struct reading *reading)
{
	uint64_t fields, version;
	slice name;
	TRY(next_item(reading, &fields));
	if (fields != PAIR_FIELDS)
		return FAIL(reading->why, E_INVALID, "it does not begin like histories");
	TRY(cbor_read_text(&reading->cbor, &name, reading->why));
	if (!slice_equal(name, NAME))
		return FAIL(reading->why, E_INVALID, "it does not begin like histories");
	TRY(cbor_read_u64(&reading->cbor, &version, reading->why));
	if (version != VERSION)
		return FAIL(reading->why, E_UNSUPPORTED, "histories of version %llu; this program reads version %u",
			    (unsigned long long)version, VERSION);
	return E_OK;
}

/* The sessions come in the order of their use, the last one first. */
static void link_oldest(struct shard *shard, struct session_history *session)
{
	session->older = NULL;
	session->newer = shard->oldest;
	*(shard->oldest ? &shard->oldest->older : &shard->newest) = session;
	shard->oldest = session;
}

/* Other names share a shard than before, so that it may be full of those that were used later. */
static bool has_room(const struct shard *shard, size_t bytes)
{
	return shard->by_name.count < HISTORIES_MAX / HISTORIES_SHARDS &&
	       shard->bytes + bytes <= HISTORIES_BYTES_MAX / HISTORIES_SHARDS;
}

static enum error take_session(struct reading *reading, struct shard *shard, slice name, struct cedar_history *history)
{
	size_t bytes = cedar_history_bytes(history);
	if (map_get(&shard->by_name, name)) {
		cedar_history_free(history);
		return FAIL(reading->why, E_INVALID, "a session that is there twice");
	}
	if (!has_room(shard, bytes)) {
		reading->kept.left_out++;
		reading->lost_ms = later(reading->lost_ms, cedar_history_lost_ms(history));
		cedar_history_free(history);
		return E_OK;
	}
	struct session_history *session = histories_session_new(shard, name, history);
	if (!session)
		return FAIL(reading->why, E_MEMORY, "no memory for the history of a session");
	link_oldest(shard, session);
	session->bytes = bytes;
	shard->bytes += bytes;
	reading->kept.sessions++;
	return E_OK;
}

static enum error read_session(struct reading *reading)
{
	slice name;
	struct cedar_history *history;
	TRY(cbor_read_bytes(&reading->cbor, &name, reading->why));
	TRY(cedar_history_read(&reading->cbor, &reading->histories->key, &reading->scratch, &history, reading->why));
	struct shard *shard = histories_shard(reading->histories, name);
	pthread_mutex_lock(&shard->lock);
	enum error error = take_session(reading, shard, name, history);
	pthread_mutex_unlock(&shard->lock);
	return error;
}

static enum error read_all(struct reading *reading)
{
	int64_t lost_ms;
	TRY(read_head(reading));
	for (;;) {
		uint64_t fields;
		TRY(next_item(reading, &fields));
		if (fields == END_FIELDS)
			break;
		if (fields != PAIR_FIELDS)
			return FAIL(reading->why, E_INVALID, "neither a session nor the end");
		TRY(read_session(reading));
	}
	TRY(cbor_read_i64(&reading->cbor, &lost_ms, reading->why));
	reading->lost_ms = later(reading->lost_ms, lost_ms);
	return cbor_end(&reading->cbor, reading->why);
}

enum error histories_read(struct histories *histories, slice bytes, struct histories_kept *ret_kept, struct fault *why)
{
	struct reading reading = {.histories = histories, .lost_ms = INT64_MIN, .why = why};
	arena_init(&reading.scratch, SCRATCH_BYTES_MAX);
	cbor_reader_init(&reading.cbor, bytes);
	enum error error = read_all(&reading);
	arena_free(&reading.scratch);
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++) {
		struct shard *shard = &histories->shards[i];
		pthread_mutex_lock(&shard->lock);
		if (error == E_OK)
			shard->lost_ms = reading.lost_ms;
		else
			histories_shard_clear(shard);
		pthread_mutex_unlock(&shard->lock);
	}
	if (error != E_OK)
		reading.kept = (struct histories_kept){0};
	*ret_kept = reading.kept;
	return error;
}
