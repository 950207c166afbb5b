#include "store/registry_service.h"

#include "database.h"
#include "evidence/record.h"
#include "text/json.h"

#include <signal.h>
#include <sys/resource.h>

#define RECORDS_MAX 64

/* What a recorder would be: an append that may fail, and ears for what is published. */
struct desk {
	struct database database;
	struct sqlite_registry *store;
	struct registry *registry;
	struct registry_service *service;
	struct arena arena;
	struct fault why;
	slice records[RECORDS_MAX];
	size_t record_count;
	size_t published;
	size_t sent;
	int64_t now_ns;
	enum error append_error;
	bool told_before_recorded;
};

static enum error append(void *context, const slice *records, size_t count, uint64_t *ret_index, struct fault *why)
{
	struct desk *desk = context;
	if (desk->append_error != E_OK)
		return FAIL(why, desk->append_error, "the disk is full");
	*ret_index = desk->record_count;
	for (size_t i = 0; i < count && desk->record_count < RECORDS_MAX; i++)
		desk->records[desk->record_count++] = arena_copy(&desk->arena, records[i]);
	return E_OK;
}

static void publish(void *context, slice text)
{
	struct desk *desk = context;
	struct change change;
	CHECK_OK(change_read(&change, text, &desk->arena, &desk->why), desk->why);
	desk->published++;
	desk->told_before_recorded |= desk->published > desk->record_count;
}

static int64_t now_ns(void *context)
{
	return ((struct desk *)context)->now_ns += 1000000;
}

static void random_bytes(void *context, void *bytes, size_t count)
{
	memset(bytes, (int)((struct desk *)context)->now_ns & 0xff, count);
}

static void desk_open(struct desk *desk)
{
	static const struct hash_key key = {7, 8};
	CHECK_OK(sqlite_registry_open(desk->database.file, SLICE("l"), &desk->store, &desk->why), desk->why);
	CHECK_OK(registry_make(&desk->registry, &key, &desk->why), desk->why);
	CHECK_OK(sqlite_registry_load(desk->store, desk->registry, &desk->why), desk->why);
	struct registry_service_options options = {.store = desk->store, .registry = desk->registry, .node = SLICE("n1"),
						   .append = append, .publish = publish, .now_ns = now_ns,
						   .random = random_bytes, .context = desk};
	CHECK_OK(registry_service_make(&desk->service, &options, &desk->why), desk->why);
}

static void desk_close(struct desk *desk)
{
	registry_service_free(desk->service);
	registry_free(desk->registry);
	sqlite_registry_close(desk->store);
}

static void desk_make(struct desk *desk)
{
	*desk = (struct desk){.now_ns = 1800000000000000000};
	arena_init(&desk->arena, 64u << 20);
	database_make(&desk->database);
	desk_open(desk);
}

static void desk_free(struct desk *desk)
{
	desk_close(desk);
	arena_free(&desk->arena);
	database_remove(&desk->database);
}

static int command(struct desk *desk, const char *text)
{
	return registry_service_command(desk->service, slice_of(text)).status;
}

static bool has(struct service_reply reply, const char *part)
{
	return slice_find(reply.body, slice_of(part)) != SIZE_MAX;
}

#define HEAD "{\"actor\":\"operator:admin\",\"op\":"
#define CREATE_BOT HEAD "\"create\",\"kind\":\"agent\",\"object\":{\"id\":\"bot\",\"owner\":\"al\",\"purpose\":\"p\"}}"
#define APPROVE_BOT HEAD "\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"approve\",\"reason\":\"checked\"}"

TEST(a_change_is_recorded_before_it_is_told)
{
	struct desk desk;
	struct record record;
	desk_make(&desk);
	struct service_reply reply = registry_service_command(desk.service, SLICE(CREATE_BOT));
	CHECK_INT(reply.status, 201);
	CHECK_INT(reply.revision, 3);
	CHECK_INT(desk.record_count, 3);
	CHECK_INT(desk.published, 3);
	CHECK(!desk.told_before_recorded);
	CHECK_INT(command(&desk, APPROVE_BOT), 200);
	CHECK_OK(record_decode(desk.records[3], &record, &desk.arena, &desk.why), desk.why);
	CHECK_INT(record.kind, RECORD_CHANGE);
	CHECK_SLICE(record.operation, SLICE("approve"));
	CHECK_SLICE(record.object_id, SLICE("bot"));
	CHECK_SLICE(record.detail, SLICE("checked"));
	CHECK_INT(record.object_revision, 4);
	CHECK_INT(sqlite_registry_applied(desk.store), 4);
	desk_free(&desk);
}

TEST(what_cannot_be_recorded_does_not_happen)
{
	struct desk desk;
	desk_make(&desk);
	desk.append_error = E_IO;
	struct service_reply reply = registry_service_command(desk.service, SLICE(CREATE_BOT));
	CHECK_INT(reply.status, 503);
	CHECK(has(reply, "the disk is full"));
	CHECK_INT(registry_revision(desk.registry), 0);
	CHECK_INT(desk.published, 0);
	desk.append_error = E_OK;
	CHECK_INT(registry_service_get(desk.service, SLICE("{\"kind\":\"agent\",\"id\":\"bot\"}")).status, 404);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	desk_free(&desk);
}

TEST(a_refused_command_is_a_problem_that_names_its_field)
{
	struct desk desk;
	desk_make(&desk);
	struct service_reply reply = registry_service_command(
		desk.service, SLICE(HEAD "\"create\",\"kind\":\"agent\",\"object\":{\"owner\":\"al\"}}"));
	CHECK_INT(reply.status, 422);
	CHECK(has(reply, "\"field\":\"purpose\"") && has(reply, "\"status\":422"));
	CHECK_INT(command(&desk, "not json"), 400);
	CHECK_INT(desk.record_count, 0);
	desk_free(&desk);
}

static void replay_all(struct desk *desk)
{
	struct sqlite_registry *store;
	CHECK_OK(sqlite_registry_open(desk->database.file, SLICE("l"), &store, &desk->why), desk->why);
	CHECK_OK(sqlite_registry_replay_begin(store, &desk->why), desk->why);
	for (size_t i = 0; i < desk->record_count; i++) {
		struct record record;
		struct change change;
		CHECK_OK(record_decode(desk->records[i], &record, &desk->arena, &desk->why), desk->why);
		CHECK_OK(registry_service_change_of(&record, &desk->arena, &change, &desk->why), desk->why);
		CHECK_OK(sqlite_registry_replay(store, &change, i, &desk->why), desk->why);
	}
	CHECK_OK(sqlite_registry_replay_end(store, desk->record_count, &desk->why), desk->why);
	sqlite_registry_close(store);
}

TEST(the_log_alone_makes_the_registry_again)
{
	struct desk desk;
	desk_make(&desk);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	CHECK_INT(command(&desk, APPROVE_BOT), 200);
	CHECK_INT(command(&desk, HEAD "\"create\",\"kind\":\"purpose\",\"object\":{\"id\":\"x\"}}"), 201);
	CHECK_INT(command(&desk, HEAD "\"delete\",\"kind\":\"purpose\",\"id\":\"x\"}"), 204);
	slice bot = arena_copy(&desk.arena, registry_get(desk.registry, KIND_AGENT, SLICE("bot"))->json);
	desk_close(&desk);
	database_remove(&desk.database);
	database_make(&desk.database);
	replay_all(&desk);
	desk_open(&desk);
	CHECK_SLICE(registry_get(desk.registry, KIND_AGENT, SLICE("bot"))->json, bot);
	CHECK(registry_get(desk.registry, KIND_PURPOSE, SLICE("x")) == NULL);
	CHECK_INT(registry_revision(desk.registry), 6);
	desk_free(&desk);
}

TEST(what_was_recorded_but_could_not_be_stored_stops_all_and_is_there_after_a_restart)
{
	struct desk desk;
	struct rlimit before;
	desk_make(&desk);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	struct rlimit tiny = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
	CHECK(setrlimit(RLIMIT_FSIZE, &tiny) == 0);
	int refused = command(&desk, APPROVE_BOT);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
	CHECK_INT(refused, 503);
	CHECK_INT(desk.record_count, 4);
	CHECK_INT(desk.published, 3);
	/* The disk is fine again, but what the database holds is not known: nothing more until it is opened anew. */
	CHECK_ERROR(sqlite_registry_health(desk.store, &desk.why), E_IO);
	CHECK_INT(command(&desk, APPROVE_BOT), 503);
	CHECK_INT(desk.record_count, 4);
	desk_close(&desk);
	replay_all(&desk);
	desk_open(&desk);
	const struct registry_entry *bot = registry_get(desk.registry, KIND_AGENT, SLICE("bot"));
	CHECK_SLICE(object_value(&bot->object, SLICE("state")), SLICE("\"approved\""));
	CHECK_INT(command(&desk, APPROVE_BOT), 409);
	desk_free(&desk);
}

TEST(a_record_of_another_kind_is_no_change)
{
	struct record record = {.kind = RECORD_DECISION, .object_kind = SLICE("agent"), .object_id = SLICE("x")};
	struct change change;
	struct arena arena;
	arena_init(&arena, 4096);
	CHECK_ERROR(registry_service_change_of(&record, &arena, &change, NULL), E_INVALID);
	record.kind = RECORD_CHANGE;
	record.object_kind = SLICE("dragon");
	CHECK_ERROR(registry_service_change_of(&record, &arena, &change, NULL), E_INVALID);
	arena_free(&arena);
}

#define KEYED(object, digest)                                                                                          \
	HEAD "\"create\",\"kind\":\"grant\",\"idempotency_key\":\"k\",\"body_sha256\":\"" digest "\",\"object\":" object "}"
#define GRANT "{\"agent\":\"bot\",\"tools\":[\"fs.*\"],\"purpose_id\":\"p\"}"

TEST(the_same_request_twice_is_done_once)
{
	struct desk desk;
	desk_make(&desk);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	struct service_reply first = registry_service_command(desk.service, SLICE(KEYED(GRANT, "aa")));
	CHECK_INT(first.status, 201);
	slice body = arena_copy(&desk.arena, first.body);
	struct service_reply again = registry_service_command(desk.service, SLICE(KEYED(GRANT, "aa")));
	CHECK_INT(again.status, 201);
	CHECK_SLICE(again.body, body);
	CHECK_INT(registry_count(desk.registry, KIND_GRANT), 1);
	CHECK_INT(command(&desk, KEYED(GRANT, "bb")), 409);
	CHECK_INT(registry_count(desk.registry, KIND_GRANT), 1);
	desk.now_ns += 25 * 3600 * 1000000000LL;
	CHECK_INT(command(&desk, KEYED(GRANT, "bb")), 201);
	CHECK_INT(registry_count(desk.registry, KIND_GRANT), 2);
	desk_free(&desk);
}

TEST(a_refused_request_may_be_mended_under_the_same_key)
{
	struct desk desk;
	desk_make(&desk);
	CHECK_INT(command(&desk, KEYED(GRANT, "aa")), 422);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	CHECK_INT(command(&desk, KEYED(GRANT, "aa")), 201);
	desk_free(&desk);
}

TEST(objects_are_found_one_by_one_and_in_lists)
{
	struct desk desk;
	desk_make(&desk);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	struct service_reply reply = registry_service_get(desk.service, SLICE("{\"kind\":\"agent\",\"id\":\"bot\"}"));
	CHECK(reply.status == 200 && has(reply, "\"owner\":\"al\""));
	reply = registry_service_list(desk.service, SLICE("{\"kind\":\"agent\",\"filters\":{\"owner\":\"al\"},\"limit\":1}"));
	CHECK(reply.status == 200 && has(reply, "\"id\":\"bot\"") && has(reply, "\"next_page_token\":\"\""));
	CHECK_INT(registry_service_list(desk.service, SLICE("{\"kind\":\"agent\",\"limit\":0}")).status, 422);
	CHECK_INT(registry_service_list(desk.service, SLICE("{\"kind\":\"agent\",\"filters\":{\"x\":\"y\"}}")).status, 422);
	CHECK_INT(registry_service_list(desk.service, SLICE("{\"kind\":\"agents\"}")).status, 422);
	CHECK_INT(registry_service_get(desk.service, SLICE("{}")).status, 422);
	desk_free(&desk);
}

TEST(a_stranger_is_recorded_at_its_first_attempt_only)
{
	struct desk desk;
	struct record record;
	desk_make(&desk);
	static const slice sighting = SLICE_INIT("{\"client_id\":\"bot\",\"thumbprint\":\"t\",\"address\":\"127.0.0.1:9\"}");
	CHECK(has(registry_service_caller(desk.service, sighting), "\"attempts\":1"));
	CHECK(has(registry_service_caller(desk.service, sighting), "\"attempts\":2"));
	CHECK_INT(desk.record_count, 1);
	CHECK_OK(record_decode(desk.records[0], &record, &desk.arena, &desk.why), desk.why);
	CHECK_INT(record.kind, RECORD_CALLER);
	CHECK(has(registry_service_callers(desk.service), "\"attempts\":2"));
	CHECK_INT(registry_service_caller(desk.service, SLICE("{}")).status, 422);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	CHECK(has(registry_service_callers(desk.service), "\"items\":[]"));
	desk_free(&desk);
}

static void count_sent(void *context, slice text)
{
	struct desk *desk = context;
	struct change change;
	CHECK_OK(change_read(&change, text, &desk->arena, &desk->why), desk->why);
	/* Whatever an object refers to has been sent before. */
	CHECK_INT(change.kind, desk->sent == 0 ? KIND_PRINCIPAL : desk->sent == 1 ? KIND_PURPOSE : KIND_AGENT);
	desk->sent++;
}

TEST(a_new_worker_is_told_everything)
{
	struct desk desk;
	struct buffer out;
	desk_make(&desk);
	buffer_init(&out, 65536);
	CHECK_INT(command(&desk, CREATE_BOT), 201);
	CHECK_OK(registry_service_send_all(desk.service, count_sent, &desk, &desk.why), desk.why);
	CHECK_INT(desk.sent, 3);
	registry_service_status(desk.service, &out);
	CHECK(slice_find(buffer_slice(&out), SLICE("\"agents\":1")) != SIZE_MAX);
	CHECK(slice_find(buffer_slice(&out), SLICE("\"state\":\"ok\"")) != SIZE_MAX);
	buffer_free(&out);
	desk_free(&desk);
}

TEST(a_database_that_is_gone_stops_all_commands)
{
	struct desk desk;
	desk_make(&desk);
	CHECK(unlink(desk.database.file) == 0);
	CHECK_INT(command(&desk, CREATE_BOT), 503);
	CHECK_INT(registry_service_list(desk.service, SLICE("{\"kind\":\"agent\"}")).status, 503);
	CHECK_INT(desk.record_count, 0);
	desk_free(&desk);
}
