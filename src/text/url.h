/* Absolute http and https URLs (RFC 3986), percent encoding, forms and paths: one reading, or refused. */
#ifndef TIPSTAFF_TEXT_URL_H
#define TIPSTAFF_TEXT_URL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#define URL_BYTES_MAX 8192u

/* All slices are views of the text, as it came. */
struct url {
	bool secure;       /* https */
	bool host_is_ipv6; /* `host` is then without its brackets */
	uint16_t port;     /* the usual one of the scheme where none is given */
	slice origin;      /* up to the path */
	slice host;
	slice path;        /* empty or begins with '/' */
	slice query;       /* without '?'; ptr NULL where there is none */
	slice fragment;    /* without '#'; ptr NULL where there is none */
};

/*
 * Strict, because URLs that two readers read differently are how guards are passed: no user name, no backslash, no
 * spaces, nothing beyond ASCII, no percent signs in the host, ports 1 to 65535 without leading zeros, and a host whose
 * last label is a number must be four plain decimal numbers.
 * E_LIMIT: longer than URL_BYTES_MAX.  E_SYNTAX: all else.
 */
MUST_USE enum error url_parse(struct url *ret_url, slice text, struct fault *why);
/* Same scheme, host (without regard to case) and port. */
bool url_same_origin(const struct url *a, const struct url *b);

/* Bytes for %XX. A '+' stays a '+'. E_SYNTAX: a '%' without two hex digits.  E_MEMORY. */
MUST_USE enum error percent_decode(slice *ret_bytes, slice text, struct arena *arena, struct fault *why);
/* Escapes all but the unreserved characters (RFC 3986 2.3). */
void percent_encode(struct buffer *to, slice bytes);

/*
 * Takes "." and ".." out of a path without looking at any file; repeated '/' become one, a '/' at the end stays. An
 * absolute path stays absolute, a relative one relative ("." where nothing is left). Decode percent signs before.
 * E_INVALID: climbs above where it began, or holds a NUL.  E_MEMORY.
 */
MUST_USE enum error path_normalise(slice *ret_path, slice path, struct arena *arena, struct fault *why);

#endif
