#include "store/sqlite_registry.h"

#include "database.h"

static struct database database;
static struct sqlite_registry *store;
static struct fault why;

static uint64_t saw(const char *client, const char *thumbprint, int64_t time_ms)
{
	uint64_t attempts = 0;
	struct caller_sighting sighting = {.client_id = slice_of(client), .thumbprint = slice_of(thumbprint),
					   .address = SLICE("127.0.0.1:1"), .jwk = SLICE("{\"kty\":\"EC\"}"), .time_ms = time_ms};
	CHECK_OK(sqlite_registry_saw_caller(store, &sighting, &attempts, &why), why);
	return attempts;
}

TEST(a_stranger_is_shown_once_however_often_it_knocks)
{
	struct buffer out;
	buffer_init(&out, 1u << 20);
	database_make(&database);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
	CHECK_INT(saw("x", "t1", 1000), 1);
	CHECK_INT(saw("x", "t1", 2000), 2);
	CHECK_INT(saw("x", "t2", 3000), 1);
	CHECK_OK(sqlite_registry_callers(store, &out, &why), why);
	CHECK_SLICE(buffer_slice(&out),
		    SLICE("{\"items\":[{\"client_id\":\"x\",\"thumbprint\":\"t2\",\"address\":\"127.0.0.1:1\",\"jwk\":{\"kty\":\"EC\"},"
			  "\"first_seen\":\"1970-01-01T00:00:03.000Z\",\"last_seen\":\"1970-01-01T00:00:03.000Z\",\"attempts\":1},"
			  "{\"client_id\":\"x\",\"thumbprint\":\"t1\",\"address\":\"127.0.0.1:1\",\"jwk\":{\"kty\":\"EC\"},"
			  "\"first_seen\":\"1970-01-01T00:00:01.000Z\",\"last_seen\":\"1970-01-01T00:00:02.000Z\",\"attempts\":2}]}"));
	CHECK_OK(sqlite_registry_forget_caller(store, SLICE("x"), &why), why);
	CHECK_INT(saw("x", "t1", 4000), 1);
	sqlite_registry_close(store);
	buffer_free(&out);
	database_remove(&database);
}

TEST(strangers_cannot_fill_the_database)
{
	char name[32];
	database_make(&database);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
	for (int i = 0; i < (int)CALLERS_MAX + 5; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		CHECK_INT(saw(name, "", i), 1);
	}
	CHECK_INT(saw("c0", "", 5000), 1);
	CHECK_INT(saw("c1004", "", 5000), 2);
	sqlite_registry_close(store);
	database_remove(&database);
}
