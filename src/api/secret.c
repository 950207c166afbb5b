/* Credentials of targets on their way into the registry: sealed here, before anybody can write them down. */
#include "api/call.h"

#include "base/memory.h"
#include "decision/snapshot.h"

#include <stdio.h>

/* Sealed, it must still fit the field. */
#define SEALABLE_BYTES_MAX 4096u

struct sealing {
	struct api_call *call;
	secret_sealed *done;
	slice label;
	slice secret;
	slice stored; /* sealed text that the registry holds now; empty: none */
};

const struct json_node *secret_find(const struct api_call *call)
{
	if (call->route.kind == KIND_UNKNOWN || !call->body)
		return NULL;
	const struct kind_row *row = kind_row(call->route.kind);
	for (const struct json_node *member = json_first(call->body); member; member = json_next(member)) {
		const struct field *field = kind_field(row, json_key(member), NULL);
		/* What is no string is refused by its type, so it is none of a secret. */
		if (field && field->type == FIELD_SECRET && json_is(member, JSON_STRING))
			return member;
	}
	return NULL;
}

static void sealed(void *context, enum error code, slice result)
{
	struct sealing *sealing = context;
	if (code == E_OK && result.len)
		sealing->done(sealing->call, result);
	else
		api_call_refuse(sealing->call, code == E_OK ? E_CRYPTO : code, NULL);
}

static void seal_anew(struct sealing *sealing)
{
	signer_seal(sealing->call->services->signer, sealing->label, sealing->secret, sealed, sealing);
}

static void opened(void *context, enum error code, slice result)
{
	struct sealing *sealing = context;
	if (code == E_OK && slice_equal_constant_time(result, sealing->secret))
		sealing->done(sealing->call, sealing->stored);
	else
		seal_anew(sealing);
}

static enum error read_secret(struct sealing *sealing, struct fault *why)
{
	struct api_call *call = sealing->call;
	const struct json_node *member = secret_find(call);
	slice id = call->id;
	if (!id.len && !json_string(json_get(&call->doc, call->body, SLICE("id")), &id))
		return FAIL_FIELD(why, E_INVALID, "id", "id is required");
	if (!kind_id_valid(id) || id.len > 32)
		return FAIL_FIELD(why, E_INVALID, "id", "id must be up to 32 of a-z, 0-9 and -, not starting with -");
	char name[64];
	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(json_key(member)));
	if (!json_string(member, &sealing->secret) || sealing->secret.len == 0)
		return FAIL_FIELD(why, E_INVALID, name, "%s is empty; null takes it away", name);
	if (sealing->secret.len > SEALABLE_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, name, "%s is longer than %u bytes", name, SEALABLE_BYTES_MAX);
	if (!http1_value_is_valid(sealing->secret))
		return FAIL_FIELD(why, E_INVALID, name, "%s cannot be the value of a header", name);
	sealing->label = arena_print(&call->exchange->arena, "%s:%.*s", kind_row(call->route.kind)->name.ptr,
				     SLICE_ARG(id));
	const struct snapshot *snapshot = services_snapshot(call->services);
	const struct server_row *server = snapshot ? snapshot_server(snapshot, id) : NULL;
	if (server && server->authorization.len)
		sealing->stored = arena_copy(&call->exchange->arena, server->authorization);
	return sealing->label.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a request");
}

void secret_seal(struct api_call *call, secret_sealed *done)
{
	struct fault why = {0};
	struct sealing *sealing = ARENA_NEW(&call->exchange->arena, struct sealing);
	if (!sealing) {
		api_call_refuse(call, E_MEMORY, NULL);
		return;
	}
	*sealing = (struct sealing){.call = call, .done = done};
	enum error code = read_secret(sealing, &why);
	if (code != E_OK)
		api_call_refuse(call, code, &why);
	else if (sealing->stored.len)
		signer_open(call->services->signer, sealing->label, sealing->stored, opened, sealing);
	else
		seal_anew(sealing);
}
