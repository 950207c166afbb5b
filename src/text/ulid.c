#include "text/ulid.h"

#include <assert.h>
#include <string.h>

static const char letters[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* `count` letters of the lowest bits of `value`, most significant first. */
static void write_letters(char *to, uint64_t value, unsigned count)
{
	for (unsigned i = count; i-- > 0; value >>= 5)
		to[i] = letters[value & 31];
}

static uint64_t forty_bits(const unsigned char *bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < 5; i++)
		value = value << 8 | bytes[i];
	return value;
}

struct ulid ulid_make(slice prefix, int64_t time_ms, const unsigned char random[ULID_RANDOM_BYTES])
{
	struct ulid ulid = {0};
	assert(prefix.len <= ULID_PREFIX_MAX);
	if (time_ms < 0)
		time_ms = 0;
	if (time_ms > ULID_TIME_MS_MAX)
		time_ms = ULID_TIME_MS_MAX;
	size_t length = prefix.len;
	if (length > 0) {
		memcpy(ulid.bytes, prefix.ptr, length);
		ulid.bytes[length++] = '_';
	}
	write_letters(ulid.bytes + length, (uint64_t)time_ms, 10);
	write_letters(ulid.bytes + length + 10, forty_bits(random), 8);
	write_letters(ulid.bytes + length + 18, forty_bits(random + 5), 8);
	ulid.len = (unsigned char)(length + ULID_LENGTH);
	return ulid;
}

enum error ulid_parse(slice text, slice prefix, int64_t *ret_time_ms, struct fault *why)
{
	size_t lead = prefix.len ? prefix.len + 1 : 0;
	if (text.len != lead + ULID_LENGTH || !slice_starts_with(text, prefix) || (lead && text.ptr[prefix.len] != '_'))
		return FAIL(why, E_SYNTAX, "not a name of the form %.*s%s and 26 letters", SLICE_ARG(prefix), lead ? "_" : "");
	uint64_t time = 0;
	for (size_t i = 0; i < ULID_LENGTH; i++) {
		const char *letter = memchr(letters, text.ptr[lead + i], 32);
		if (!letter)
			return FAIL(why, E_SYNTAX, "character %zu of the name is not a letter of base32", lead + i + 1);
		if (i < 10)
			time = time << 5 | (uint64_t)(letter - letters);
	}
	if (time > (uint64_t)ULID_TIME_MS_MAX)
		return FAIL(why, E_SYNTAX, "the time in the name is beyond 48 bits");
	if (ret_time_ms)
		*ret_time_ms = (int64_t)time;
	return E_OK;
}
