#include "daemon/config.h"

#include "daemon/files.h"
#include "daemon/yaml.h"
#include "text/time.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 20)

enum type { TYPE_TEXT, TYPE_LISTEN, TYPE_FILE, TYPE_BOOLEAN, TYPE_COUNT, TYPE_SECONDS, TYPE_MILLISECONDS, TYPE_BYTES, TYPE_FORMAT };

struct row {
	struct config_key key;
	enum type type;
	size_t offset;
	uint64_t low, high; /* in the unit of the field */
};

#define FIELD(name) offsetof(struct config, name)

static const struct row rows[] = {
	{{"data", "", "Folder for evidence, registry and keys."}, TYPE_TEXT, FIELD(data_dir), 0, 0},
	{{"listen", "127.0.0.1:7475", "Address and port. Beyond loopback only with TLS."}, TYPE_LISTEN, 0, 0, 0},
	{{"issuer", "", "Base URL that agents see; default: http(s)://listen."}, TYPE_TEXT, FIELD(issuer), 0, 0},
	{{"node", "node1", "Name of this node in records."}, TYPE_TEXT, FIELD(node), 0, 0},
	{{"loops", "0", "Loop threads; 0: one per core."}, TYPE_COUNT, FIELD(loops), 0, 64},
	{{"policies", "", "Folder of .cedar and .entities.json files and of tests, read at start and on SIGHUP."}, TYPE_TEXT, FIELD(policy_dir), 0, 0},
	{{"tls.certificate", "", "PEM file with the certificate chain."}, TYPE_FILE, FIELD(tls_certificate), 0, 0},
	{{"tls.key", "", "PEM file with the private key."}, TYPE_FILE, FIELD(tls_key), 0, 0},
	{{"token.lifetime", "300s", "Life of a task token."}, TYPE_SECONDS, FIELD(token_lifetime_s), 60, 300},
	{{"token.assertion_lifetime_max", "60s", "How far ahead a client assertion may expire."}, TYPE_SECONDS,
	 FIELD(assertion_lifetime_max_s), 10, 300},
	{{"token.clock_skew", "10s", "Difference of clocks that is forgiven."}, TYPE_SECONDS, FIELD(clock_skew_s), 0, 60},
	{{"token.accept_token_endpoint_audience", "false", "Client assertions may name the token endpoint as audience."},
	 TYPE_BOOLEAN, FIELD(accept_token_endpoint_audience), 0, 0},
	{{"evidence.append_timeout", "2s", "A permit whose record is not durable by then is denied."}, TYPE_MILLISECONDS,
	 FIELD(append_timeout_ms), 50, 60000},
	{{"evidence.segment_size", "64MiB", "Size of a log segment."}, TYPE_BYTES, FIELD(log_segment_bytes), 1u << 20,
	 1u << 30},
	{{"request.body_max", "4MiB", "Longest request body."}, TYPE_BYTES, FIELD(request_body_bytes_max), 1024,
	 64u << 20},
	{{"upstream.timeout", "30s", "Until the first byte of a target's answer."}, TYPE_MILLISECONDS,
	 FIELD(upstream_timeout_ms), 100, 3600000},
	{{"upstream.stream_idle_timeout", "5m", "A stream without a byte for so long is closed."}, TYPE_MILLISECONDS,
	 FIELD(stream_idle_timeout_ms), 1000, 86400000},
	{{"upstream.response_max", "16MiB", "Longest answer of a target that is not a stream."}, TYPE_BYTES,
	 FIELD(response_body_bytes_max), 1024, 256u << 20},
	{{"upstream.ca", "", "PEM file of the authorities that targets are checked against; default: the system's."},
	 TYPE_FILE, FIELD(upstream_ca), 0, 0},
	{{"authzen.assert_properties", "false", "The admin key may assert subject.properties over AuthZEN."}, TYPE_BOOLEAN,
	 FIELD(authzen_assert_properties), 0, 0},
	{{"log.format", "logfmt", "Format of the operators' log: logfmt or json."}, TYPE_FORMAT, FIELD(log_json), 0, 0},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct config_key *config_key(unsigned n)
{
	return n < ROW_COUNT ? &rows[n].key : NULL;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit byte_units[] = {{"B", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}};

/* "64MiB": a whole number and its unit. */
static bool read_bytes(slice text, uint64_t *ret_value)
{
	size_t digits = 0;
	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	uint64_t value;
	if (!slice_to_u64(slice_sub(text, 0, digits), &value))
		return false;
	slice name = slice_from_offset(text, digits);
	for (size_t i = 0; i < sizeof(byte_units) / sizeof(byte_units[0]); i++)
		if (slice_equal(name, slice_of(byte_units[i].name)))
			return !__builtin_mul_overflow(value, byte_units[i].factor, ret_value);
	return false;
}

static enum error set_number(struct config *config, const struct row *row, uint64_t value,
			     const struct yaml_node *node, struct fault *why)
{
	if (value < row->low || value > row->high)
		return yaml_fail(node, why, E_INVALID, "%s is out of range", row->key.path);
	char *field = (char *)config + row->offset;
	if (row->type == TYPE_BYTES)
		*(size_t *)(void *)field = (size_t)value;
	else
		*(unsigned *)(void *)field = (unsigned)value;
	return E_OK;
}

static enum error set_quantity(struct config *config, const struct row *row, const struct yaml_node *node,
			       struct fault *why)
{
	uint64_t size;
	int64_t duration_ms;
	if (row->type == TYPE_BYTES) {
		if (!read_bytes(node->text, &size))
			return yaml_fail(node, why, E_TYPE, "%s: a whole number with a unit (B, KiB, MiB, GiB) is needed",
					 row->key.path);
		return set_number(config, row, size, node, why);
	}
	if (time_parse_duration_ms(&duration_ms, node->text, NULL) != E_OK || duration_ms < 0)
		return yaml_fail(node, why, E_TYPE, "%s: a duration such as 30s or 5m is needed", row->key.path);
	uint64_t value = (uint64_t)duration_ms;
	if (row->type == TYPE_SECONDS) {
		if (value % 1000)
			return yaml_fail(node, why, E_INVALID, "%s: whole seconds are needed", row->key.path);
		value /= 1000;
	}
	return set_number(config, row, value, node, why);
}

static enum error set_file(struct config *config, const struct row *row, const struct yaml_node *node,
			   struct arena *arena, struct fault *why)
{
	struct fault reason;
	slice path, bytes;
	TRY(yaml_read_text(node, &path, why));
	if (files_read(path, FILE_BYTES_MAX, arena, &bytes, &reason) != E_OK)
		return yaml_fail(node, why, E_IO, "%s", fault_sentence(&reason));
	*(slice *)(void *)((char *)config + row->offset) = bytes;
	return E_OK;
}

static enum error set(struct config *config, const struct row *row, const struct yaml_node *node, struct arena *arena,
		      struct fault *why)
{
	char *field = (char *)config + row->offset;
	int64_t number;
	slice text;
	struct fault reason;
	switch (row->type) {
	case TYPE_TEXT:
		return yaml_read_text(node, (slice *)(void *)field, why);
	case TYPE_FILE:
		return set_file(config, row, node, arena, why);
	case TYPE_BOOLEAN:
		return yaml_read_boolean(node, (bool *)(void *)field, why);
	case TYPE_COUNT:
		TRY(yaml_read_integer(node, (int64_t)row->low, (int64_t)row->high, &number, why));
		return set_number(config, row, (uint64_t)number, node, why);
	case TYPE_SECONDS:
	case TYPE_MILLISECONDS:
	case TYPE_BYTES:
		TRY(yaml_expect(node, YAML_SCALAR, why));
		return set_quantity(config, row, node, why);
	case TYPE_LISTEN:
		TRY(yaml_read_text(node, &text, why));
		if (config_listen(config, text, arena, &reason) != E_OK)
			return yaml_fail(node, why, E_INVALID, "%s", fault_sentence(&reason));
		return E_OK;
	case TYPE_FORMAT:
		TRY(yaml_read_text(node, &text, why));
		config->log_json = slice_equal(text, SLICE("json"));
		if (!config->log_json && !slice_equal(text, SLICE("logfmt")))
			return yaml_fail(node, why, E_INVALID, "log.format is logfmt or json");
		return E_OK;
	}
	return FAIL(why, E_INTERNAL, "no such type");
}

static const struct row *row_of(slice section, slice key)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		slice path = slice_of(rows[i].key.path);
		if (section.len) {
			slice head = slice_cut(&path, '.');
			if (!slice_equal(head, section) || path.ptr == NULL)
				continue;
		}
		if (slice_equal(path, key))
			return &rows[i];
	}
	return NULL;
}

static bool is_section(slice name)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		slice path = slice_of(rows[i].key.path);
		slice head = slice_cut(&path, '.');
		if (path.ptr && slice_equal(head, name))
			return true;
	}
	return false;
}

static enum error read_section(struct config *config, slice section, const struct yaml_node *mapping,
			       struct arena *arena, struct fault *why)
{
	TRY(yaml_expect(mapping, YAML_MAPPING, why));
	for (const struct yaml_node *node = mapping->first; node; node = node->next) {
		const struct row *row = row_of(section, node->key);
		if (row)
			TRY(set(config, row, node, arena, why));
		else if (section.len == 0 && is_section(node->key))
			TRY(read_section(config, node->key, node, arena, why));
		else
			return yaml_fail_key(node, why, E_INVALID, "unknown key '%.*s'", SLICE_ARG(node->key));
	}
	return E_OK;
}

void config_init(struct config *config)
{
	*config = (struct config){
		.listen_address = SLICE_INIT("127.0.0.1"),
		.listen_port = 7475,
		.node = SLICE_INIT("node1"),
		.token_lifetime_s = 300,
		.assertion_lifetime_max_s = 60,
		.clock_skew_s = 10,
		.append_timeout_ms = 2000,
		.upstream_timeout_ms = 30000,
		.stream_idle_timeout_ms = 300000,
		.request_body_bytes_max = 4u << 20,
		.response_body_bytes_max = 16u << 20,
		.log_segment_bytes = 64u << 20,
	};
}

enum error config_read(struct config *config, const char *path, struct arena *arena, struct fault *why)
{
	slice text;
	const struct yaml_node *root;
	TRY(files_read(slice_of(path), FILE_BYTES_MAX, arena, &text, why));
	TRY(yaml_parse(text, path, arena, &root, why));
	return root ? read_section(config, (slice){NULL, 0}, root, arena, why) : E_OK;
}

enum error config_listen(struct config *config, slice address, struct arena *arena, struct fault *why)
{
	size_t colon = address.len;
	while (colon > 0 && address.ptr[colon - 1] != ':')
		colon--;
	uint64_t port;
	if (colon == 0 || !slice_to_u64(slice_from_offset(address, colon), &port) || port > 65535)
		return FAIL_FIELD(why, E_INVALID, "listen", "'%.*s' is not ADDRESS:PORT", SLICE_ARG(address));
	slice host = slice_sub(address, 0, colon - 1);
	if (slice_starts_with(host, SLICE("[")) && slice_ends_with(host, SLICE("]")))
		host = slice_sub(host, 1, host.len - 1);
	if (slice_equal(host, SLICE("localhost")))
		host = SLICE("127.0.0.1");
	slice text = arena_print(arena, "%.*s", SLICE_ARG(host));
	unsigned char bytes[16];
	if (!text.ptr || (inet_pton(AF_INET, text.ptr, bytes) != 1 && inet_pton(AF_INET6, text.ptr, bytes) != 1))
		return FAIL_FIELD(why, E_INVALID, "listen", "'%.*s' is not a numeric address", SLICE_ARG(host));
	config->listen_address = text;
	config->listen_port = (uint16_t)port;
	return E_OK;
}

bool config_is_loopback(const struct config *config)
{
	return slice_starts_with(config->listen_address, SLICE("127.")) ||
	       slice_equal(config->listen_address, SLICE("::1"));
}

enum error config_check(const struct config *config, struct fault *why)
{
	if (config->data_dir.len == 0)
		return FAIL_FIELD(why, E_INVALID, "data", "'data' is missing: the folder for evidence, registry and keys");
	if ((config->tls_certificate.len == 0) != (config->tls_key.len == 0))
		return FAIL_FIELD(why, E_INVALID, "tls", "tls.certificate and tls.key go together");
	if (!config_is_loopback(config) && config->tls_certificate.len == 0)
		return FAIL_FIELD(why, E_INVALID, "listen",
				  "%.*s is not loopback: tls.certificate and tls.key are needed to listen there",
				  SLICE_ARG(config->listen_address));
	if (slice_ends_with(config->issuer, SLICE("/")))
		return FAIL_FIELD(why, E_INVALID, "issuer", "issuer must not end with a slash");
	return E_OK;
}
