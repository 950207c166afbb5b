#include "protocol/jsonrpc.h"

#include "text/json_writer.h"

static const slice message_names[] = {
	SLICE_INIT("jsonrpc"), SLICE_INIT("id"),     SLICE_INIT("method"),
	SLICE_INIT("params"),  SLICE_INIT("result"), SLICE_INIT("error"),
};
static const slice error_names[] = {SLICE_INIT("code"), SLICE_INIT("message"), SLICE_INIT("data")};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned char fold_ascii(unsigned char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

/* The next byte of `rest` in lower case; the two letters beyond ASCII that fold into it count as it. */
static int fold_next(slice *rest)
{
	unsigned char byte = (unsigned char)rest->ptr[0];
	size_t used = 1;
	int folded = fold_ascii(byte);
	if (slice_starts_with(*rest, SLICE("\xc5\xbf"))) { /* U+017F, long s */
		folded = 's';
		used = 2;
	} else if (slice_starts_with(*rest, SLICE("\xe2\x84\xaa"))) { /* U+212A, the Kelvin sign */
		folded = 'k';
		used = 3;
	}
	*rest = slice_from_offset(*rest, used);
	return folded;
}

bool jsonrpc_names_alike(slice a, slice b)
{
	while (a.len > 0 && b.len > 0) {
		unsigned char x = (unsigned char)a.ptr[0], y = (unsigned char)b.ptr[0];
		if ((x | y) >= 0x80) {
			if (fold_next(&a) != fold_next(&b))
				return false;
			continue;
		}
		/* Nearly every name takes this way: it is looked at in each message, beside each name it might be. */
		if (fold_ascii(x) != fold_ascii(y))
			return false;
		a = (slice){a.ptr + 1, a.len - 1};
		b = (slice){b.ptr + 1, b.len - 1};
	}
	return a.len == 0 && b.len == 0;
}

enum error jsonrpc_refuse_lookalikes(const struct json_node *object, const slice *names, size_t count,
				     struct fault *why)
{
	if (!object || object->type != JSON_OBJECT)
		return E_OK;
	for (const struct json_node *member = json_first(object); member; member = json_next(member))
		for (size_t i = 0; i < count; i++)
			if (!slice_equal(json_key(member), names[i]) && jsonrpc_names_alike(json_key(member), names[i]))
				return FAIL(why, E_REQUEST, "a member that looks like \"%.*s\" but is not", SLICE_ARG(names[i]));
	return E_OK;
}

static enum error only_known_members(const struct json_node *object, const slice *names, size_t count,
				     struct fault *why)
{
	TRY(jsonrpc_refuse_lookalikes(object, names, count, why));
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		size_t i = 0;
		while (i < count && !slice_equal(json_key(member), names[i]))
			i++;
		if (i == count)
			return FAIL(why, E_REQUEST, "a member \"%.*s\" that JSON-RPC does not know",
				    SLICE_ARG(slice_sub(json_key(member), 0, 40)));
	}
	return E_OK;
}

/* A null id is what answers a message whose id could not be read, so only errors may have it. */
static enum error read_id(const struct json_doc *doc, const struct json_node *id, bool null_is_fine,
			  struct jsonrpc_message *message, struct fault *why)
{
	if (!id || (null_is_fine && id->type == JSON_NULL))
		return E_OK;
	if (id->type != JSON_STRING && id->type != JSON_INT)
		return FAIL_FIELD(why, E_REQUEST, "id", "an id is a string or an integer");
	if (json_span(doc, id).len > JSONRPC_ID_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, "id", "an id of more than %u bytes", JSONRPC_ID_BYTES_MAX);
	message->id = id;
	return E_OK;
}

static enum error read_call(const struct json_doc *doc, const struct json_node *method, struct jsonrpc_message *message,
			    struct fault *why)
{
	const struct json_node *root = json_root(doc);
	if (json_get(doc, root, SLICE("result")) || json_get(doc, root, SLICE("error")))
		return FAIL(why, E_REQUEST, "both a call and an answer");
	if (!json_string(method, &message->method) || message->method.len == 0)
		return FAIL_FIELD(why, E_REQUEST, "method", "a method is a non-empty string");
	if (message->method.len > JSONRPC_METHOD_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, "method", "a method of more than %u bytes", JSONRPC_METHOD_BYTES_MAX);
	message->params = json_get(doc, root, SLICE("params"));
	if (message->params && message->params->type != JSON_OBJECT)
		return FAIL_FIELD(why, E_REQUEST, "params", "params must be an object");
	TRY(read_id(doc, json_get(doc, root, SLICE("id")), false, message, why));
	message->kind = message->id ? JSONRPC_REQUEST : JSONRPC_NOTIFICATION;
	return E_OK;
}

static enum error read_error(const struct json_doc *doc, const struct json_node *error, struct jsonrpc_message *message,
			     struct fault *why)
{
	if (error->type != JSON_OBJECT)
		return FAIL_FIELD(why, E_REQUEST, "error", "an error is an object");
	TRY(jsonrpc_refuse_lookalikes(error, error_names, COUNT(error_names), why));
	if (!json_i64(json_get(doc, error, SLICE("code")), &message->error_code) ||
	    !json_string(json_get(doc, error, SLICE("message")), &message->error_message))
		return FAIL_FIELD(why, E_REQUEST, "error", "an error has an integer code and a message");
	message->error = error;
	message->kind = JSONRPC_ERROR;
	return E_OK;
}

static enum error read_answer(const struct json_doc *doc, struct jsonrpc_message *message, struct fault *why)
{
	const struct json_node *root = json_root(doc);
	const struct json_node *result = json_get(doc, root, SLICE("result"));
	const struct json_node *error = json_get(doc, root, SLICE("error"));
	if (json_get(doc, root, SLICE("params")))
		return FAIL(why, E_REQUEST, "an answer has no params");
	if (!result == !error)
		return FAIL(why, E_REQUEST, "neither a method nor exactly one of result and error");
	TRY(read_id(doc, json_get(doc, root, SLICE("id")), error != NULL, message, why));
	if (error)
		return read_error(doc, error, message, why);
	if (!message->id)
		return FAIL_FIELD(why, E_REQUEST, "id", "a result has an id");
	if (result->type != JSON_OBJECT)
		return FAIL_FIELD(why, E_REQUEST, "result", "a result is an object");
	message->result = result;
	message->kind = JSONRPC_RESULT;
	return E_OK;
}

enum error jsonrpc_read(const struct json_doc *doc, struct jsonrpc_message *ret_message, struct fault *why)
{
	const struct json_node *root = json_root(doc);
	slice version;
	*ret_message = (struct jsonrpc_message){0};
	if (json_is(root, JSON_ARRAY))
		return FAIL(why, E_REQUEST, "batches are not accepted: send one message at a time");
	if (!json_is(root, JSON_OBJECT))
		return FAIL(why, E_REQUEST, "a message is a JSON object");
	TRY(only_known_members(root, message_names, COUNT(message_names), why));
	if (!json_string(json_get(doc, root, SLICE("jsonrpc")), &version) || !slice_equal(version, SLICE("2.0")))
		return FAIL_FIELD(why, E_REQUEST, "jsonrpc", "jsonrpc must be \"2.0\"");
	const struct json_node *method = json_get(doc, root, SLICE("method"));
	return method ? read_call(doc, method, ret_message, why) : read_answer(doc, ret_message, why);
}

slice jsonrpc_id_text(const struct json_doc *doc, const struct jsonrpc_message *message)
{
	return message->id ? json_span(doc, message->id) : SLICE("null");
}

static void begin_answer(struct buffer *to, slice id)
{
	buffer_add(to, SLICE("{\"jsonrpc\":\"2.0\",\"id\":"));
	buffer_add(to, id.len > 0 ? id : SLICE("null"));
}

void jsonrpc_write_error(struct buffer *to, slice id, int64_t code, slice message, slice data)
{
	begin_answer(to, id);
	buffer_add(to, SLICE(",\"error\":{\"code\":"));
	buffer_add_i64(to, code);
	buffer_add(to, SLICE(",\"message\":"));
	json_quote(to, message);
	if (data.len > 0) {
		buffer_add(to, SLICE(",\"data\":"));
		buffer_add(to, data);
	}
	buffer_add(to, SLICE("}}"));
}

void jsonrpc_write_result(struct buffer *to, slice id, slice result)
{
	begin_answer(to, id);
	buffer_add(to, SLICE(",\"result\":"));
	buffer_add(to, result);
	buffer_add_byte(to, '}');
}
