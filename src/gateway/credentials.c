#include "gateway/target.h"

#include "base/map.h"
#include "base/memory.h"

#include <string.h>

/* As many servers as one registry is made for; beyond, credentials are opened for each call anew. */
#define CREDENTIALS_MAX 1024u

struct credential {
	slice server;
	slice sealed;
	slice plain;
};

struct credentials {
	struct map by_server; /* of struct credential */
};

/* One question to the signer. */
struct opening {
	struct credentials *credentials;
	struct credential *credential;
	credentials_done *done;
	void *context;
	enum error code;
};

static slice keep(slice text)
{
	char *copy = memory_alloc(text.len);
	if (!copy)
		return (slice){NULL, 0};
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	return (slice){copy, text.len};
}

static void drop(slice text)
{
	void *bytes = (void *)(uintptr_t)text.ptr;
	if (bytes)
		memory_wipe(bytes, text.len);
	memory_free(bytes);
}

static void credential_free(struct credential *credential)
{
	if (!credential)
		return;
	drop(credential->server);
	drop(credential->sealed);
	drop(credential->plain);
	memory_free(credential);
}

struct credentials *credentials_new(const struct hash_key *key)
{
	struct credentials *credentials = memory_alloc(sizeof(*credentials));
	if (credentials)
		map_init(&credentials->by_server, key, CREDENTIALS_MAX);
	return credentials;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	size_t position = 0;
	const struct map_entry *entry;
	while ((entry = map_next(&credentials->by_server, &position)))
		credential_free(entry->value);
	map_free(&credentials->by_server);
	memory_free(credentials);
}

bool credentials_get(const struct credentials *credentials, const struct target *target, slice *ret_plain)
{
	*ret_plain = SLICE("");
	if (target->sealed.len == 0)
		return true;
	const struct credential *credential = map_get(&credentials->by_server, target->server);
	if (!credential || !slice_equal(credential->sealed, target->sealed))
		return false;
	*ret_plain = credential->plain;
	return true;
}

static enum error put(struct credentials *credentials, struct credential *credential)
{
	void *old = NULL;
	enum error error = map_put(&credentials->by_server, credential->server, credential, &old, NULL);
	if (error == E_OK)
		credential_free(old);
	return error;
}

static void finish(void *context)
{
	struct opening *opening = context;
	credential_free(opening->credential);
	opening->done(opening->context, opening->code);
	memory_free(opening);
}

/* A header value must not be able to end its line. */
static void opened(void *context, enum error code, slice plain)
{
	struct opening *opening = context;
	opening->code = code;
	if (code == E_OK && !http1_value_is_valid(plain))
		opening->code = E_CORRUPT;
	if (opening->code == E_OK) {
		opening->credential->plain = keep(plain);
		opening->code = opening->credential->plain.ptr ? put(opening->credentials, opening->credential) : E_MEMORY;
	}
	if (opening->code == E_OK)
		opening->credential = NULL;
	finish(opening);
}

void credentials_open(struct credentials *credentials, struct services *services, const struct target *target,
		      credentials_done *done, void *context)
{
	char label[64 + 8];
	struct opening *opening = memory_alloc(sizeof(*opening));
	struct credential *credential = memory_alloc(sizeof(*credential));
	if (credential) {
		credential->server = keep(target->server);
		credential->sealed = keep(target->sealed);
	}
	if (!opening || !credential || !credential->server.ptr || !credential->sealed.ptr ||
	    target->server.len > 64) {
		credential_free(credential);
		memory_free(opening);
		done(context, E_MEMORY);
		return;
	}
	*opening = (struct opening){.credentials = credentials, .credential = credential, .done = done,
				    .context = context};
	memcpy(label, "server:", 7);
	memcpy(label + 7, target->server.ptr, target->server.len);
	signer_open(services->signer, slice_from(label, 7 + target->server.len), target->sealed, opened, opening);
}
