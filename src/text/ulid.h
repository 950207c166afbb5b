/* Names that sort by time: a short prefix that says what is named, and a ULID ("d_01JK4ZB0XWQ8R2N5T7V9Y3C6FA"). */
#ifndef TIPSTAFF_TEXT_ULID_H
#define TIPSTAFF_TEXT_ULID_H

#include "base/error.h"
#include "base/slice.h"

#define ULID_LENGTH       26u
#define ULID_PREFIX_MAX   12u
#define ULID_RANDOM_BYTES 10u
#define ULID_TIME_MS_MAX  ((INT64_C(1) << 48) - 1)

struct ulid {
	char bytes[ULID_PREFIX_MAX + 1 + ULID_LENGTH];
	unsigned char len;
};

static inline slice ulid_slice(const struct ulid *ulid)
{
	return (slice){ulid->bytes, ulid->len};
}

/*
 * `prefix` has at most ULID_PREFIX_MAX characters and is followed by '_'; empty gives the ULID alone. `time_ms` since
 * 1970, clamped to 0 .. ULID_TIME_MS_MAX. The randomness is the caller's.
 */
struct ulid ulid_make(slice prefix, int64_t time_ms, const unsigned char random[ULID_RANDOM_BYTES]);

/*
 * Checks that `text` is `prefix`, '_' and 26 upper case letters of Crockford's base32, and gives the time (NULL is
 * fine). There is one spelling only: no lower case, no I L O U.
 * E_SYNTAX: anything else.
 */
MUST_USE enum error ulid_parse(slice text, slice prefix, int64_t *ret_time_ms, struct fault *why);

#endif
