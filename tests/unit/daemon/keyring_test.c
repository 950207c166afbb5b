#include "daemon/keyring.h"

#include "check.h"
#include "crypt/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/tipstaff-keyring-XXXXXX";

static slice fresh_folder(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	return slice_of(folder);
}

static const char *inside(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void remove_folder(void)
{
	const char *const names[] = {"keys/token.key", "keys/log.key", "file.key"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(inside(names[i]));
	rmdir(inside("keys"));
	rmdir(folder);
}

TEST(keys_are_made_once_and_found_again)
{
	struct keyring first, again;
	struct fault why = {0};
	struct signature signature;
	struct stat facts;
	slice dir = fresh_folder();
	CHECK_OK(keyring_open(&first, dir, true, &why), why);
	CHECK(stat(inside("file.key"), &facts) == 0 && (facts.st_mode & 0777) == 0600);
	CHECK(stat(inside("keys/token.key"), &facts) == 0 && (facts.st_mode & 0777) == 0600);
	CHECK_OK(keyring_open(&again, dir, false, &why), why);
	CHECK_OK(signature_sign(first.token, SIGNATURE_ES256, SLICE("m"), &signature, &why), why);
	CHECK_OK(signature_verify(again.token, SIGNATURE_ES256, SLICE("m"), signature_slice(&signature), &why), why);
	CHECK_OK(signature_sign(first.log, SIGNATURE_EDDSA, SLICE("m"), &signature, &why), why);
	CHECK_OK(signature_verify(again.log, SIGNATURE_EDDSA, SLICE("m"), signature_slice(&signature), &why), why);
	keyring_close(&first);
	keyring_close(&again);
	remove_folder();
}

TEST(a_missing_key_is_told_and_not_replaced)
{
	struct keyring keyring;
	struct fault why = {0};
	slice dir = fresh_folder();
	CHECK_ERROR(keyring_open(&keyring, dir, false, &why), E_NOT_FOUND);
	CHECK(access(inside("file.key"), F_OK) != 0);
	CHECK_OK(keyring_open(&keyring, dir, true, &why), why);
	keyring_close(&keyring);
	unlink(inside("keys/log.key"));
	CHECK_ERROR(keyring_open(&keyring, dir, true, &why), E_NOT_FOUND);
	CHECK(keyring.token == NULL && access(inside("keys/log.key"), F_OK) != 0);
	remove_folder();
}

TEST(a_key_that_others_may_read_or_that_was_altered_is_refused)
{
	struct keyring keyring;
	struct fault why = {0};
	slice dir = fresh_folder();
	CHECK_OK(keyring_open(&keyring, dir, true, &why), why);
	keyring_close(&keyring);
	chmod(inside("file.key"), 0640);
	CHECK_ERROR(keyring_open(&keyring, dir, false, &why), E_FORBIDDEN);
	chmod(inside("file.key"), 0600);
	/* One key's file in the place of the other: sealed for its own name only. */
	char other[256];
	snprintf(other, sizeof(other), "%s", inside("keys/log.key"));
	unlink(other);
	CHECK(link(inside("keys/token.key"), other) == 0);
	CHECK_ERROR(keyring_open(&keyring, dir, false, &why), E_CORRUPT);
	remove_folder();
}

TEST(a_sealed_secret_opens_in_its_place_only)
{
	struct keyring keyring;
	struct fault why = {0};
	struct secret secret = {0};
	struct buffer sealed;
	slice dir = fresh_folder();
	CHECK_OK(keyring_open(&keyring, dir, true, &why), why);
	buffer_init(&sealed, 4096);
	CHECK_OK(keyring_seal(&keyring, SLICE("server:fs"), SLICE("Bearer s3cret"), &sealed, &why), why);
	CHECK(slice_find(buffer_slice(&sealed), SLICE("s3cret")) == SIZE_MAX);
	CHECK_OK(keyring_unseal(&keyring, SLICE("server:fs"), buffer_slice(&sealed), &secret, &why), why);
	CHECK_SLICE(secret_slice(&secret), SLICE("Bearer s3cret"));
	secret_wipe(&secret);
	CHECK_ERROR(keyring_unseal(&keyring, SLICE("server:db"), buffer_slice(&sealed), &secret, &why), E_CORRUPT);
	sealed.ptr[sealed.len - 3] ^= 1;
	CHECK_ERROR(keyring_unseal(&keyring, SLICE("server:fs"), buffer_slice(&sealed), &secret, &why), E_CORRUPT);
	CHECK_ERROR(keyring_unseal(&keyring, SLICE("server:fs"), SLICE("plain"), &secret, &why), E_CORRUPT);
	buffer_free(&sealed);
	keyring_close(&keyring);
	remove_folder();
}
