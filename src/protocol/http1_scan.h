/* Which bytes may stand where in an HTTP/1.1 head; shared by the reader and the writers of http1.h. */
#ifndef TIPSTAFF_PROTOCOL_HTTP1_SCAN_H
#define TIPSTAFF_PROTOCOL_HTTP1_SCAN_H

#include "protocol/http1.h"

enum http1_class {
	HTTP1_TOKEN = 1,  /* RFC 9110 5.6.2 */
	HTTP1_TARGET = 2, /* RFC 3986 pchar, '/', '?'; '%' is looked at on its own */
	HTTP1_HOST = 4,   /* of a name or IPv4 address */
	HTTP1_HEX = 8,
};

extern const unsigned char http1_classes[256];

static inline bool http1_is(unsigned char byte, enum http1_class class)
{
	return (http1_classes[byte] & class) != 0;
}

/* HTTP1_NAME_OTHER where the name has no place of its own. */
enum http1_name http1_name_of(slice name);
bool http1_name_is_single(enum http1_name name);
/* A control byte anywhere (tab is none), or a byte beyond ASCII where `ascii`? */
bool http1_value_is_clean(slice value, bool ascii);
/* The path and query part of a target: starts with '/', every byte allowed, percent-encoding complete, no "%00". */
bool http1_path_is_valid(slice path);
/* "name", "name:port", "192.0.2.1:80", "[2001:db8::1]:80". */
bool http1_host_is_valid(slice host);
/* Adds one header line (without its end) to `headers`. E_SYNTAX, E_LIMIT. */
MUST_USE enum error http1_header_read(struct http1_headers *headers, slice line, struct fault *why);
/*
 * The next line of `input` from `*line_start` on, without its end. E_AGAIN.  E_SYNTAX: LF without CR.
 * E_LIMIT: beyond HTTP1_HEAD_BYTES_MAX.
 */
MUST_USE enum error http1_line_next(slice input, size_t *line_start, size_t *scanned, slice *ret_line,
				    struct fault *why);
/* What the headers say of the body. `*ret_chunked` or `*ret_has_length`, never both. E_SYNTAX, E_UNSUPPORTED. */
MUST_USE enum error http1_framing_read(const struct http1_headers *headers, unsigned minor, bool *ret_chunked,
				       bool *ret_has_length, uint64_t *ret_length, struct fault *why);

#endif
