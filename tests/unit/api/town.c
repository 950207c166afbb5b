#include "town.h"

#include "crypt/digest.h"
#include "decision/snapshot.h"
#include "gateway/watch.h"

#include <stdio.h>

struct town town;

#define ADMIN_KEY "the-admin-key"

static const struct hash_key key = {21, 22};
static struct services services;
static struct config config;
static struct metrics metrics;
static struct loop *loop;
static struct http_server *server;
static uint16_t port;
static char path_of_database[128];
static struct sqlite_registry *store;
static struct registry *registry;
static struct registry_service *desk;
static struct snapshot_builder *builder;
static const struct snapshot *snapshot;
static char *last_answer;

/* --- the recorder --- */

static enum error append(void *context, const slice *records, size_t count, uint64_t *ret_index, struct fault *why)
{
	(void)context;
	(void)records;
	(void)why;
	*ret_index = town.durable;
	town.durable += count;
	return E_OK;
}

static void publish(void *context, slice change)
{
	struct fault why;
	struct retire_list retired = {NULL};
	(void)context;
	CHECK_OK(snapshot_builder_apply(builder, change, &why), why);
	CHECK_OK(snapshot_publish(builder, &snapshot, &retired, &why), why);
	retire_release(&retired);
}

static int64_t now_ns(void *context)
{
	static int64_t now = 1800000000000000000;
	(void)context;
	return now += 1000000;
}

static void random_bytes(void *context, void *bytes, size_t count)
{
	static unsigned char seed;
	(void)context;
	memset(bytes, ++seed, count);
}

/* Callbacks come later, never inside the call. */
struct errand {
	struct loop_task task;
	void (*recorded)(void *context, int status, slice reply);
	void (*signed_)(void *context, enum error code, slice result);
	void *context;
	int status;
	size_t length;
	char bytes[];
};

static void run_errand(void *context)
{
	struct errand *errand = context;
	slice bytes = slice_from(errand->bytes, errand->length);
	if (errand->recorded)
		errand->recorded(errand->context, errand->status, bytes);
	else
		errand->signed_(errand->context, E_OK, bytes);
	free(errand);
}

static struct errand *errand_make(void *context, int status, slice bytes)
{
	struct errand *errand = malloc(sizeof(*errand) + bytes.len);
	*errand = (struct errand){.task = {.run = run_errand, .context = errand}, .context = context, .status = status,
				  .length = bytes.len};
	if (bytes.len)
		memcpy(errand->bytes, bytes.ptr, bytes.len);
	return errand;
}

static struct service_reply query(slice request)
{
	static char body[256];
	snprintf(town.last_query, sizeof(town.last_query), "%.*s", SLICE_ARG(request));
	if (!town_has(request, "\"tail\""))
		return (struct service_reply){.status = 200, .body = SLICE("{\"items\":[],\"next\":0}")};
	unsigned long long from = 0;
	const char *at = strstr(town.last_query, "\"from\":");
	for (at += 7; *at >= '0' && *at <= '9'; at++)
		from = from * 10 + (unsigned)(*at - '0');
	int length = snprintf(body, sizeof(body),
			      "{\"items\":[{\"index\":%llu,\"kind\":\"decision\",\"id\":\"d_%llu\"}],\"next\":%llu}", from, from,
			      from + 1);
	return (struct service_reply){.status = 200, .body = slice_from(body, (size_t)length)};
}

static struct service_reply recorder(enum recorder_op op, slice request)
{
	switch (op) {
	case RECORDER_COMMAND:
		town.commands++;
		return registry_service_command(desk, request);
	case RECORDER_GET:
		return registry_service_get(desk, request);
	case RECORDER_LIST:
		return registry_service_list(desk, request);
	case RECORDER_POLICY_SET:
		return registry_service_policy_set(desk, request);
	case RECORDER_CALLERS:
		return registry_service_callers(desk);
	case RECORDER_QUERY:
		return query(request);
	case RECORDER_STATUS:
		return (struct service_reply){.status = 200, .body = SLICE("{\"log\":{\"state\":\"ok\",\"records\":7}}")};
	case RECORDER_NONE:
	case RECORDER_CALLER:
	case RECORDER_REFRESH:
	case RECORDER_OP_COUNT:
		break;
	}
	return (struct service_reply){.status = 400};
}

void recorder_call(struct recorder_client *client, enum recorder_op op, slice request, recorder_answered *done,
		   void *context)
{
	(void)client;
	town.saw_secret |= town_has(request, "hush");
	struct service_reply reply = {.status = 503, .body = SLICE("{\"title\":\"not available now\"}")};
	if (!town.recorder_is_gone)
		reply = recorder(op, request);
	struct errand *errand = errand_make(context, reply.status, reply.body);
	errand->recorded = done;
	loop_post(loop, &errand->task);
}

enum error recorder_health(const struct recorder_client *client, struct fault *why)
{
	(void)client;
	return town.recorder_is_gone ? FAIL(why, E_UNAVAILABLE, "the recorder is gone") : E_OK;
}

uint64_t recorder_durable_count(const struct recorder_client *client)
{
	(void)client;
	return town.durable;
}

/* --- the signer: what it seals is the text backwards, with a number that differs each time --- */

static void seal_later(slice text, bool numbered, signer_done *done, void *context)
{
	char bytes[256];
	size_t length = 0;
	if (numbered)
		length = (size_t)snprintf(bytes, sizeof(bytes), "s%03zu.", ++town.sealed % 1000);
	for (size_t i = text.len; i > 0 && length < sizeof(bytes); i--)
		bytes[length++] = text.ptr[i - 1];
	struct errand *errand = errand_make(context, 0, slice_from(bytes, length));
	errand->signed_ = done;
	loop_post(loop, &errand->task);
}

void signer_seal(struct signer_client *client, slice label, slice secret, signer_done *done, void *context)
{
	(void)client;
	CHECK_SLICE(label, SLICE("server:fs"));
	seal_later(secret, true, done, context);
}

void signer_open(struct signer_client *client, slice label, slice sealed, signer_done *done, void *context)
{
	(void)client;
	CHECK_SLICE(label, SLICE("server:fs"));
	seal_later(slice_from_offset(sealed, 5), false, done, context);
}

slice signer_jwks(const struct signer_client *client)
{
	(void)client;
	return SLICE("{\"keys\":[]}");
}

/* --- what belongs to others --- */

const struct snapshot *services_snapshot(struct services *of)
{
	(void)of;
	return town.not_ready ? NULL : snapshot;
}

int64_t services_now_ns(const struct services *of)
{
	(void)of;
	return now_ns(NULL);
}

static void answer_played(struct http_exchange *exchange)
{
	http_respond(exchange, 200, NULL, 0, SLICE("played"));
}

#define PLAYED(name)                                                                                                   \
	void name(struct services *of, struct http_exchange *exchange);                                                \
	void name(struct services *of, struct http_exchange *exchange)                                                 \
	{                                                                                                              \
		(void)of;                                                                                              \
		answer_played(exchange);                                                                               \
	}
PLAYED(token_handle)
PLAYED(introspect_handle)
PLAYED(revoke_handle)
PLAYED(oauth_metadata_handle)
PLAYED(authzen_evaluation_handle)
PLAYED(authzen_evaluations_handle)
PLAYED(authzen_search_subject_handle)
PLAYED(authzen_search_resource_handle)
PLAYED(authzen_search_action_handle)
PLAYED(authzen_metadata_handle)
PLAYED(check_handle)

void discovery_refresh(struct services *of, slice id, recorder_answered *done, void *context);
void discovery_refresh(struct services *of, slice id, recorder_answered *done, void *context)
{
	(void)of;
	struct errand *errand = errand_make(context, 200, id);
	errand->recorded = done;
	loop_post(loop, &errand->task);
}

/* --- begin and end --- */

static void handle(struct http_exchange *exchange, void *context)
{
	api_handle(context, exchange);
}

static void open_desk(void)
{
	struct fault why;
	const char *base = getenv("TMPDIR");
	snprintf(path_of_database, sizeof(path_of_database), "%s/tipstaff-api-%d.db", base ? base : "/tmp", (int)getpid());
	CHECK_OK(sqlite_registry_open(path_of_database, SLICE("l"), &store, &why), why);
	CHECK_OK(registry_make(&registry, &key, &why), why);
	struct registry_service_options options = {.store = store, .registry = registry, .node = SLICE("n1"),
						   .append = append, .publish = publish, .now_ns = now_ns,
						   .random = random_bytes};
	CHECK_OK(registry_service_make(&desk, &options, &why), why);
}

void town_begin(void)
{
	struct sha256 digest;
	struct fault why;
	struct retire_list retired = {NULL};
	struct http_server_config settings;
	town = (struct town){0};
	open_desk();
	builder = snapshot_builder_new(&key);
	CHECK_OK(snapshot_publish(builder, &snapshot, &retired, &why), why);
	retire_release(&retired);
	CHECK_OK(sha256_once(&digest, SLICE(ADMIN_KEY), &why), why);
	memcpy(config.admin_key_sha256, digest.bytes, sizeof(digest.bytes));
	config.issuer = SLICE("http://127.0.0.1:7475");
	config.node = SLICE("n1");
	loop = bench_loop();
	services = (struct services){.loop = loop, .metrics = &metrics, .config = &config, .traffic = traffic_new(&key)};
	http_server_config_default(&settings);
	settings.handler = handle;
	settings.context = &services;
	server = bench_server(loop, &settings, &port);
}

void town_end(void)
{
	struct retire_list retired = {NULL};
	bench_end(loop, server);
	traffic_free(services.traffic);
	snapshot_builder_free(builder);
	retire_release(&retired);
	registry_service_free(desk);
	registry_free(registry);
	sqlite_registry_close(store);
	unlink(path_of_database);
	free(last_answer);
	last_answer = NULL;
}

uint64_t town_revision(void)
{
	return registry_revision(registry);
}

/* --- asking --- */

static int send_request(const char *method, const char *path, const char *lines, slice body)
{
	static char text[400000];
	int length = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n%s", method, path, lines);
	if (body.len)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "Content-Length: %zu\r\n", body.len);
	length += snprintf(text + length, sizeof(text) - (size_t)length, "\r\n%.*s", SLICE_ARG(body));
	int fd = bench_connect(port);
	bench_send(loop, fd, slice_from(text, (size_t)length));
	return fd;
}

static struct town_answer read_answer(int fd)
{
	slice all = bench_read(loop, fd, (slice){NULL, 0});
	close(fd);
	free(last_answer);
	last_answer = (char *)(uintptr_t)all.ptr;
	struct town_answer answer = {0};
	size_t split = slice_find(all, SLICE("\r\n\r\n"));
	CHECK(split != SIZE_MAX && slice_starts_with(all, SLICE("HTTP/1.1 ")));
	answer.head = slice_sub(all, 0, split + 2);
	answer.body = slice_from_offset(all, split + 4);
	for (size_t i = 9; i < 12; i++)
		answer.status = answer.status * 10 + (all.ptr[i] - '0');
	return answer;
}

struct town_answer town_ask(const char *method, const char *path, const char *more, const char *body)
{
	char lines[1024];
	bool has_type = more && strstr(more, "Content-Type");
	snprintf(lines, sizeof(lines), "Authorization: Bearer " ADMIN_KEY "\r\n%s%s", more ? more : "",
		 body && !has_type ? "Content-Type: application/json\r\n" : "");
	return read_answer(send_request(method, path, lines, slice_of(body)));
}

struct town_answer town_ask_plain(const char *method, const char *path, const char *more)
{
	return read_answer(send_request(method, path, more ? more : "", (slice){NULL, 0}));
}

int town_connect(const char *path, const char *more)
{
	char lines[1024];
	snprintf(lines, sizeof(lines), "Authorization: Bearer " ADMIN_KEY "\r\n%s", more ? more : "");
	return send_request("GET", path, lines, (slice){NULL, 0});
}

slice town_read_until(int fd, const char *end)
{
	return bench_read(loop, fd, slice_of(end));
}

bool town_has(slice text, const char *part)
{
	return slice_find(text, slice_of(part)) != SIZE_MAX;
}

slice town_header(const struct town_answer *answer, const char *name)
{
	slice rest = answer->head;
	while (rest.len) {
		slice line = slice_cut(&rest, '\n');
		slice title = slice_cut(&line, ':');
		if (slice_equal_fold(title, slice_of(name)))
			return slice_trim(slice_sub(line, 0, line.len && line.ptr[line.len - 1] == '\r' ? line.len - 1 : line.len));
	}
	return (slice){NULL, 0};
}
