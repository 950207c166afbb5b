#include "store/sqlite_registry.h"

#include "database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct hash_key key = {5, 6};

struct bench {
	struct database database;
	struct sqlite_registry *store;
	struct arena arena;
	struct fault why;
};

static void open_store(struct bench *bench)
{
	CHECK_OK(sqlite_registry_open(bench->database.file, SLICE("log-1"), &bench->store, &bench->why), bench->why);
}

static void bench_make(struct bench *bench)
{
	*bench = (struct bench){0};
	arena_init(&bench->arena, 16u << 20);
	database_make(&bench->database);
	open_store(bench);
}

static void bench_free(struct bench *bench)
{
	sqlite_registry_close(bench->store);
	arena_free(&bench->arena);
	database_remove(&bench->database);
}

static struct change put(struct bench *bench, const char *id, uint64_t revision)
{
	return (struct change){.op = CHANGE_PUT, .kind = KIND_PURPOSE, .id = slice_of(id), .revision = revision,
			       .object = arena_print(&bench->arena, "{\"id\":\"%s\",\"state\":\"active\"}", id)};
}

static enum error apply(struct bench *bench, const char *id, uint64_t revision, uint64_t applied)
{
	struct change change = put(bench, id, revision);
	return sqlite_registry_apply(bench->store, &change, 1, applied, NULL, 0, &bench->why);
}

static void load(struct bench *bench, struct registry **registry)
{
	CHECK_OK(registry_make(registry, &key, &bench->why), bench->why);
	CHECK_OK(sqlite_registry_load(bench->store, *registry, &bench->why), bench->why);
}

TEST(what_was_applied_is_there_after_opening_again)
{
	struct bench bench;
	struct registry *registry;
	struct stat found;
	bench_make(&bench);
	CHECK_OK(apply(&bench, "a", 1, 10), bench.why);
	CHECK_OK(apply(&bench, "b", 2, 11), bench.why);
	struct change gone = put(&bench, "b", 3);
	gone.op = CHANGE_DELETE;
	CHECK_OK(sqlite_registry_apply(bench.store, &gone, 1, 12, NULL, 0, &bench.why), bench.why);
	sqlite_registry_close(bench.store);
	open_store(&bench);
	CHECK_INT(sqlite_registry_applied(bench.store), 12);
	load(&bench, &registry);
	CHECK_INT(registry_count(registry, KIND_PURPOSE), 1);
	CHECK(registry_get(registry, KIND_PURPOSE, SLICE("a")) != NULL);
	CHECK_INT(registry_revision(registry), 3);
	CHECK(stat(bench.database.file, &found) == 0 && (found.st_mode & 0777) == 0600);
	registry_free(registry);
	bench_free(&bench);
}

TEST(a_second_process_is_turned_away)
{
	struct bench bench;
	bench_make(&bench);
	pid_t child = fork();
	if (child == 0) {
		struct sqlite_registry *second;
		enum error code = sqlite_registry_open(bench.database.file, SLICE("log-1"), &second, NULL);
		_exit(code == E_CONFLICT ? 0 : 1);
	}
	int status = -1;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_OK(apply(&bench, "a", 1, 1), bench.why);
	bench_free(&bench);
}

TEST(the_view_of_another_log_is_refused)
{
	struct bench bench;
	bench_make(&bench);
	sqlite_registry_close(bench.store);
	CHECK_ERROR(sqlite_registry_open(bench.database.file, SLICE("log-2"), &bench.store, &bench.why), E_CORRUPT);
	CHECK(bench.store == NULL);
	bench_free(&bench);
}

static void overwrite(const char *path, off_t from, size_t count)
{
	char junk[4096];
	memset(junk, 0x5a, sizeof(junk));
	int file = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(file >= 0);
	while (count) {
		size_t piece = count < sizeof(junk) ? count : sizeof(junk);
		CHECK(pwrite(file, junk, piece, from) == (ssize_t)piece);
		from += (off_t)piece;
		count -= piece;
	}
	close(file);
}

TEST(a_damaged_database_is_told_and_not_used)
{
	struct bench bench;
	bench_make(&bench);
	CHECK_OK(apply(&bench, "a", 1, 1), bench.why);
	sqlite_registry_close(bench.store);
	overwrite(bench.database.file, 4096, 8192);
	CHECK_ERROR(sqlite_registry_open(bench.database.file, SLICE("log-1"), &bench.store, &bench.why), E_CORRUPT);
	overwrite(bench.database.file, 0, 4096);
	CHECK_ERROR(sqlite_registry_open(bench.database.file, SLICE("log-1"), &bench.store, &bench.why), E_CORRUPT);
	CHECK(bench.why.sentence[0] != '\0');
	bench_free(&bench);
}

TEST(a_place_that_cannot_be_written_is_told)
{
	struct sqlite_registry *store;
	struct fault why;
	CHECK_ERROR(sqlite_registry_open("/nonexistent/registry.db", SLICE("l"), &store, &why), E_IO);
	CHECK_ERROR(sqlite_registry_open("/", SLICE("l"), &store, &why), E_IO);
	sqlite_registry_close(NULL);
}

TEST(a_removed_file_makes_the_store_faulty)
{
	struct bench bench;
	bench_make(&bench);
	CHECK_OK(sqlite_registry_health(bench.store, &bench.why), bench.why);
	CHECK(unlink(bench.database.file) == 0);
	CHECK_ERROR(sqlite_registry_health(bench.store, &bench.why), E_IO);
	CHECK_ERROR(apply(&bench, "a", 1, 1), E_IO);
	bench_free(&bench);
}

TEST(what_the_log_has_and_the_database_missed_is_replayed_once)
{
	struct bench bench;
	struct registry *registry;
	bench_make(&bench);
	CHECK_OK(apply(&bench, "a", 1, 5), bench.why);
	struct change old = put(&bench, "never", 1), new = put(&bench, "b", 2);
	CHECK_OK(sqlite_registry_replay_begin(bench.store, &bench.why), bench.why);
	CHECK_OK(sqlite_registry_replay(bench.store, &old, 4, &bench.why), bench.why);
	CHECK_OK(sqlite_registry_replay(bench.store, &new, 7, &bench.why), bench.why);
	CHECK_OK(sqlite_registry_replay_end(bench.store, 9, &bench.why), bench.why);
	CHECK_INT(sqlite_registry_applied(bench.store), 9);
	load(&bench, &registry);
	CHECK(registry_get(registry, KIND_PURPOSE, SLICE("never")) == NULL);
	CHECK(registry_get(registry, KIND_PURPOSE, SLICE("b")) != NULL);
	CHECK_INT(registry_revision(registry), 2);
	registry_free(registry);
	bench_free(&bench);
}

TEST(a_damaged_object_stops_the_load)
{
	struct bench bench;
	struct registry *registry;
	bench_make(&bench);
	struct change change = put(&bench, "a", 1);
	change.object = SLICE("[]");
	CHECK_OK(sqlite_registry_apply(bench.store, &change, 1, 1, NULL, 0, &bench.why), bench.why);
	CHECK_OK(registry_make(&registry, &key, &bench.why), bench.why);
	CHECK_ERROR(sqlite_registry_load(bench.store, registry, &bench.why), E_CORRUPT);
	registry_free(registry);
	bench_free(&bench);
}

TEST(text_that_is_no_json_does_not_enter_and_takes_nothing_else_with_it)
{
	struct bench bench;
	bench_make(&bench);
	struct change changes[2] = {put(&bench, "a", 1), put(&bench, "b", 2)};
	changes[1].object = SLICE("{");
	CHECK(sqlite_registry_apply(bench.store, changes, 2, 2, NULL, 0, &bench.why) != E_OK);
	CHECK_INT(sqlite_registry_applied(bench.store), 0);
	CHECK(sqlite_registry_health(bench.store, &bench.why) != E_OK);
	sqlite_registry_close(bench.store);
	open_store(&bench);
	struct registry *registry;
	load(&bench, &registry);
	CHECK_INT(registry_count(registry, KIND_PURPOSE), 0);
	registry_free(registry);
	bench_free(&bench);
}

TEST(a_reply_is_kept_for_a_day)
{
	struct bench bench;
	struct kept_reply found;
	bool is_found;
	bench_make(&bench);
	struct kept_reply reply = {.key = SLICE("k"), .body_sha256 = SLICE("aa"), .status = 201, .body = SLICE("{}")};
	CHECK_OK(sqlite_registry_apply(bench.store, NULL, 0, 0, &reply, 1000, &bench.why), bench.why);
	CHECK_OK(sqlite_registry_kept_reply(bench.store, SLICE("k"), 2000, &bench.arena, &found, &is_found, &bench.why),
		 bench.why);
	CHECK(is_found && found.status == 201);
	CHECK_SLICE(found.body, SLICE("{}"));
	CHECK_SLICE(found.body_sha256, SLICE("aa"));
	CHECK_OK(sqlite_registry_kept_reply(bench.store, SLICE("other"), 2000, &bench.arena, &found, &is_found, &bench.why),
		 bench.why);
	CHECK(!is_found);
	CHECK_OK(sqlite_registry_kept_reply(bench.store, SLICE("k"), 1000 + IDEMPOTENCY_TTL_MS, &bench.arena, &found,
					    &is_found, &bench.why),
		 bench.why);
	CHECK(!is_found);
	bench_free(&bench);
}
