#include "daemon/keyring.h"

#include "base/memory.h"
#include "crypt/seal.h"
#include "daemon/files.h"
#include "net/clock.h"
#include "text/base64.h"
#include "token/jwk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_FILE_BYTES_MAX 4096u
#define SEALED_PREFIX "sealed:"

static slice key_place(struct arena *arena, const char *name)
{
	return arena_print(arena, "tipstaff key %s", name);
}

static enum error seal_bytes(const struct secret *file_key, slice place, slice plain, struct buffer *out,
			     struct fault *why)
{
	unsigned char nonce[SEAL_NONCE_BYTES];
	clock_entropy(nonce, sizeof(nonce));
	return seal_close(secret_slice(file_key), nonce, place, plain, out, why);
}

/* A key file is a sealed private JWK. */
static enum error read_key(slice json, enum key_type type, struct arena *arena, struct key **ret_key, struct fault *why)
{
	struct json_doc doc;
	struct jwk jwk = {0};
	TRY(json_parse(&doc, json, NULL, arena, why));
	TRY(jwk_parse(&jwk, &doc, json_root(&doc), JWK_PRIVATE, arena, why));
	if (key_type(jwk.key) != type) {
		key_free(jwk.key);
		return FAIL(why, E_CORRUPT, "a key file holds another kind of key");
	}
	*ret_key = jwk.key;
	return E_OK;
}

static enum error load_key(const struct keyring *keyring, slice dir, const char *name, enum key_type type,
			   struct key **ret_key, struct arena *arena, struct fault *why)
{
	slice sealed;
	struct secret plain = {0};
	TRY(files_read_private(files_join(arena, dir, name), KEY_FILE_BYTES_MAX, arena, &sealed, why));
	TRY(seal_open(secret_slice(&keyring->file_key), key_place(arena, name), sealed, &plain, why));
	/* The reader may copy parts of the text: what it used is wiped with it. */
	struct arena text;
	arena_init(&text, 1u << 16);
	enum error code = read_key(secret_slice(&plain), type, &text, ret_key, why);
	arena_wipe(&text);
	arena_free(&text);
	secret_wipe(&plain);
	return code;
}

static enum error make_key(const struct keyring *keyring, slice dir, const char *name, enum key_type type,
			   struct key **ret_key, struct arena *arena, struct fault *why)
{
	struct secret plain = {0};
	struct buffer sealed;
	TRY(key_generate(ret_key, type, why));
	TRY(jwk_export_private(&plain, *ret_key, (slice){NULL, 0}, why));
	buffer_init(&sealed, KEY_FILE_BYTES_MAX);
	enum error code = seal_bytes(&keyring->file_key, key_place(arena, name), secret_slice(&plain), &sealed, why);
	secret_wipe(&plain);
	if (code == E_OK)
		code = files_write_private(files_join(arena, dir, name), buffer_slice(&sealed), why);
	buffer_free(&sealed);
	return code;
}

static enum error read_file_key(struct keyring *keyring, slice path, struct arena *arena, struct fault *why)
{
	slice bytes;
	TRY(files_read_private(path, SEAL_KEY_BYTES, arena, &bytes, why));
	if (bytes.len != SEAL_KEY_BYTES)
		return FAIL(why, E_CORRUPT, "%.*s has not %u bytes", SLICE_ARG(path), SEAL_KEY_BYTES);
	enum error code = secret_set(&keyring->file_key, bytes, why);
	/* The arena would keep a copy. */
	memory_wipe((void *)(uintptr_t)bytes.ptr, bytes.len);
	return code;
}

static enum error make_file_key(struct keyring *keyring, slice path, struct fault *why)
{
	unsigned char bytes[SEAL_KEY_BYTES];
	clock_entropy(bytes, sizeof(bytes));
	enum error code = files_write_private(path, slice_from(bytes, sizeof(bytes)), why);
	if (code == E_OK)
		code = secret_set(&keyring->file_key, slice_from(bytes, sizeof(bytes)), why);
	memory_wipe(bytes, sizeof(bytes));
	return code;
}

static enum error load_all(struct keyring *keyring, slice dir, struct arena *arena, struct fault *why)
{
	TRY(load_key(keyring, dir, "token.key", KEY_P256, &keyring->token, arena, why));
	return load_key(keyring, dir, "log.key", KEY_ED25519, &keyring->log, arena, why);
}

/* Into keys.new, which becomes keys when it is complete: a crash in between leaves nothing half made. */
static enum error make_all(struct keyring *keyring, slice data_dir, slice dir, struct arena *arena, struct fault *why)
{
	slice draft = files_join(arena, data_dir, "keys.new");
	slice names[2] = {files_join(arena, draft, "token.key"), files_join(arena, draft, "log.key")};
	TRY(files_make_dir(draft, why));
	for (size_t i = 0; i < 2; i++)
		unlink(names[i].ptr);
	TRY(make_key(keyring, draft, "token.key", KEY_P256, &keyring->token, arena, why));
	TRY(make_key(keyring, draft, "log.key", KEY_ED25519, &keyring->log, arena, why));
	if (rename(draft.ptr, dir.ptr) != 0)
		return FAIL(why, E_IO, "cannot make %s", dir.ptr);
	return E_OK;
}

static enum error open_in(struct keyring *keyring, slice data_dir, bool may_make, struct arena *arena,
			  struct fault *why)
{
	slice path = files_join(arena, data_dir, "file.key");
	slice dir = files_join(arena, data_dir, "keys");
	if (!path.ptr || !dir.ptr)
		return FAIL(why, E_MEMORY, "no memory");
	enum error code = read_file_key(keyring, path, arena, why);
	if (code == E_NOT_FOUND && may_make)
		code = make_file_key(keyring, path, why);
	TRY(code);
	if (may_make && access(dir.ptr, F_OK) != 0)
		return make_all(keyring, data_dir, dir, arena, why);
	return load_all(keyring, dir, arena, why);
}

enum error keyring_open(struct keyring *keyring, slice data_dir, bool may_make, struct fault *why)
{
	struct arena arena;
	*keyring = (struct keyring){0};
	arena_init(&arena, 1u << 20);
	enum error code = open_in(keyring, data_dir, may_make, &arena, why);
	arena_free(&arena);
	if (code != E_OK)
		keyring_close(keyring);
	return code;
}

void keyring_close(struct keyring *keyring)
{
	secret_wipe(&keyring->file_key);
	key_free(keyring->token);
	key_free(keyring->log);
	*keyring = (struct keyring){0};
}

enum error keyring_seal(const struct keyring *keyring, slice label, slice secret, struct buffer *out, struct fault *why)
{
	struct buffer sealed;
	buffer_init(&sealed, SECRET_BYTES_MAX + SEAL_EXTRA_BYTES);
	enum error code = seal_bytes(&keyring->file_key, label, secret, &sealed, why);
	if (code == E_OK) {
		buffer_add(out, SLICE(SEALED_PREFIX));
		base64url_add(out, buffer_slice(&sealed));
		code = buffer_check(out, why);
	}
	buffer_free(&sealed);
	return code;
}

enum error keyring_unseal(const struct keyring *keyring, slice label, slice sealed, struct secret *ret_secret,
			  struct fault *why)
{
	struct arena arena;
	slice bytes;
	if (!slice_starts_with(sealed, SLICE(SEALED_PREFIX)))
		return FAIL(why, E_CORRUPT, "not a sealed secret");
	arena_init(&arena, 2 * SECRET_BYTES_MAX);
	slice text = slice_from_offset(sealed, sizeof(SEALED_PREFIX) - 1);
	enum error code = base64url_read_arena(&bytes, text, &arena, NULL);
	if (code == E_OK)
		code = seal_open(secret_slice(&keyring->file_key), label, bytes, ret_secret, why);
	else
		code = FAIL(why, E_CORRUPT, "not a sealed secret");
	arena_free(&arena);
	return code;
}
