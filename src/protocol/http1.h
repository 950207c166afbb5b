/*
 * HTTP/1.1 heads and bodies, read so strictly that nobody behind us can read them differently (RFC 9110, RFC 9112).
 *
 * A head is parsed in place: all slices point into the caller's input. What is ambiguous is refused, never repaired:
 * whoever decides on one reading and forwards to someone with another has been bypassed (DESIGN D2). The writers
 * refuse what would let a value end its line.
 */
#ifndef TIPSTAFF_PROTOCOL_HTTP1_H
#define TIPSTAFF_PROTOCOL_HTTP1_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

/* The limits of everything a stranger can make long. */
#define HTTP1_HEAD_BYTES_MAX    16384u /* request or status line and all header lines; 4 tokens of 3 KB fit well */
#define HTTP1_HEADERS_MAX       64u    /* browsers send 20, MCP clients 15, Mcp-Param-* adds some */
#define HTTP1_TARGET_BYTES_MAX  8192u  /* what nginx takes */
#define HTTP1_METHOD_BYTES_MAX  16u
#define HTTP1_BODY_BYTES_USUAL  (4u * 1024u * 1024u) /* of a route that says nothing else */
#define HTTP1_CHUNK_DIGITS_MAX  8u     /* 4 GiB in one chunk */
#define HTTP1_TRAILERS_MAX      16u
#define HTTP1_TRAILER_BYTES_MAX 4096u
#define HTTP1_INTERIM_MAX       8u     /* 1xx heads before the real one of an upstream */

#define HTTP1_METHOD_ROWS(ROW) ROW(GET) ROW(HEAD) ROW(POST) ROW(PUT) ROW(PATCH) ROW(DELETE) ROW(OPTIONS)

#define HTTP1_METHOD_ENUM(name) HTTP1_##name,
enum http1_method { HTTP1_METHOD_NONE = 0, HTTP1_METHOD_ROWS(HTTP1_METHOD_ENUM) HTTP1_METHOD_COUNT };
#undef HTTP1_METHOD_ENUM

/*
 * Headers with a place of their own. `single`: twice in one message is refused, also where the values are equal, and
 * so are bytes beyond ASCII in the value. The rows are in order of length, which the search relies on.
 */
#define HTTP1_NAME_ROWS(ROW) \
	ROW(HOST,                 "host",                 true) \
	ROW(DPOP,                 "dpop",                 true) \
	ROW(ACCEPT,               "accept",               false) \
	ROW(COOKIE,               "cookie",               false) \
	ROW(EXPECT,               "expect",               true) \
	ROW(ORIGIN,               "origin",               true) \
	ROW(UPGRADE,              "upgrade",              false) \
	ROW(IF_MATCH,             "if-match",             true) \
	ROW(LOCATION,             "location",             true) \
	ROW(MCP_NAME,             "mcp-name",             true) \
	ROW(CONNECTION,           "connection",           false) \
	ROW(MCP_METHOD,           "mcp-method",           true) \
	ROW(USER_AGENT,           "user-agent",           true) \
	ROW(TRACEPARENT,          "traceparent",          true) \
	ROW(CONTENT_TYPE,         "content-type",         true) \
	ROW(AUTHORIZATION,        "authorization",        true) \
	ROW(LAST_EVENT_ID,        "last-event-id",        true) \
	ROW(CONTENT_LENGTH,       "content-length",       true) \
	ROW(MCP_SESSION_ID,       "mcp-session-id",       true) \
	ROW(IDEMPOTENCY_KEY,      "idempotency-key",      true) \
	ROW(CONTENT_ENCODING,     "content-encoding",     true) \
	ROW(WWW_AUTHENTICATE,     "www-authenticate",     false) \
	ROW(TRANSFER_ENCODING,    "transfer-encoding",    true) \
	ROW(MCP_PROTOCOL_VERSION, "mcp-protocol-version", true)

#define HTTP1_NAME_ENUM(id, text, single) HTTP1_NAME_##id,
enum http1_name { HTTP1_NAME_OTHER = 0, HTTP1_NAME_ROWS(HTTP1_NAME_ENUM) HTTP1_NAME_COUNT };
#undef HTTP1_NAME_ENUM

struct http1_header {
	slice name;  /* as sent; compare with slice_equal_fold */
	slice value; /* without spaces and tabs around it */
	enum http1_name id;
};

/* The header lines of one message. */
struct http1_headers {
	unsigned count;
	unsigned char place[HTTP1_NAME_COUNT]; /* 1 + index of the first line of that name; 0: absent */
	struct http1_header line[HTTP1_HEADERS_MAX];
};

/* How the body is delimited. */
enum http1_framing {
	HTTP1_NO_BODY = 0,
	HTTP1_LENGTH,
	HTTP1_CHUNKED,
	HTTP1_UNTIL_CLOSE, /* responses only, and only where the connection ends with them */
};

/* One request head. Everything points into the input, which must stay where it is. */
struct http1_request {
	enum http1_method method;
	slice target;      /* as sent */
	slice path;        /* starts with '/', or is "*" of OPTIONS; percent-encoding checked, not decoded */
	slice query;       /* what follows the first '?'; ptr NULL where there is none */
	slice host;        /* never empty; equals the authority of an absolute-form target */
	unsigned minor;    /* HTTP/1.`minor`: 0 or 1 */
	bool keep_alive;   /* false for HTTP/1.0 */
	bool expects_continue;
	enum http1_framing framing;
	uint64_t length;   /* of the body where framing is HTTP1_LENGTH (never 0 then) */
	struct http1_headers headers;

	size_t head_bytes; /* once complete: the body starts here */
	int refusal_status; /* once refused: what to answer before closing */

	size_t line_start; /* private: progress of the reader */
	size_t scanned;
};

/* One response head. */
struct http1_response {
	int status;        /* 200..599 */
	slice reason;
	unsigned minor;
	bool keep_alive;
	enum http1_framing framing;
	uint64_t length;
	struct http1_headers headers;

	size_t head_bytes; /* once complete: the body starts here; interim heads are counted */

	bool to_head_request; /* private: set by http1_response_init */
	unsigned interim;
	size_t head_start;
	size_t line_start;
	size_t scanned;
};

slice http1_method_text(enum http1_method method);
/* HTTP1_METHOD_NONE where it is not one of ours. */
enum http1_method http1_method_of(slice text);
/* "Not Found"; "Status" where it has no name here. */
slice http1_reason(int status);

void http1_request_init(struct http1_request *request);
/*
 * Goes on reading the head at the start of `input`, which holds all that came so far at the same address as before.
 * E_OK: complete.  E_AGAIN: more input is needed.  All others: refused for good; answer `refusal_status` with the
 * sentence of `why` and close:
 * E_SYNTAX: malformed or ambiguous (400).  E_LIMIT: head, target or header count (431, 414).
 * E_UNSUPPORTED: method, transfer coding (501), version (505), expectation (417).
 */
MUST_USE enum error http1_request_read(struct http1_request *request, slice input, struct fault *why);

/* `to_head`: this answers a HEAD request, so there is no body whatever the head says. */
void http1_response_init(struct http1_response *response, bool to_head);
/*
 * As http1_request_read, for what an upstream answers; interim (1xx) heads are skipped.
 * E_AGAIN.  E_SYNTAX, E_LIMIT, E_UNSUPPORTED (101, unknown transfer coding or version): close the connection.
 */
MUST_USE enum error http1_response_read(struct http1_response *response, slice input, struct fault *why);

/* The value of the first line of that name; ptr NULL where there is none (an empty value has ptr set). */
slice http1_header(const struct http1_headers *headers, enum http1_name name);
/* As http1_header by any name, case folded. */
slice http1_header_named(const struct http1_headers *headers, slice name);
/* Does some line of that name hold `token` in its comma-separated list (case folded, parameters cut off)? */
bool http1_header_has_token(const struct http1_headers *headers, enum http1_name name, slice token);
/* The media type without parameters ("application/json") of Content-Type; empty where absent. Compare folded. */
slice http1_media_type(const struct http1_headers *headers);

/* Takes a body apart. Zeroed, it reads no body. */
struct http1_body {
	enum http1_framing framing;
	bool done;
	uint64_t left;  /* of the declared length or of the chunk */
	int state;      /* private */
	unsigned digits;
	unsigned trailers;
	unsigned trailer_bytes;
	unsigned line_bytes;
	char line[256]; /* a trailer line that came in pieces */
};

void http1_body_init(struct http1_body *body, enum http1_framing framing, uint64_t length);
/*
 * Takes the next piece off the front of `*input`. E_OK: `*ret_piece` holds bytes of the body (pointing into input),
 * or is empty and `done` is set.  E_AGAIN: input is used up.  E_SYNTAX: bad chunk size, extension, line end or
 * trailer.  E_LIMIT: chunk size or trailers.  Trailers are checked and thrown away; one that frames or names
 * (Content-Length, Transfer-Encoding, Host, Authorization, ...) is refused.
 */
MUST_USE enum error http1_body_read(struct http1_body *body, slice *input, slice *ret_piece, struct fault *why);
/* The input ended. E_OK where the body was complete (or runs until then), else E_CLOSED. */
MUST_USE enum error http1_body_end(struct http1_body *body, struct fault *why);

/* A header to be written. The writers add Host, Content-Length, Transfer-Encoding and Connection themselves. */
struct http1_field {
	slice name;
	slice value;
};

/*
 * "POST /mcp HTTP/1.1" with its headers. `length` counts for HTTP1_LENGTH (0 is written as "Content-Length: 0").
 * On failure `out` is as it was.
 * E_INVALID: a name that is no token or belongs to the writer, a control byte in a value, a bad target or host.
 * E_LIMIT, E_MEMORY: out.
 */
MUST_USE enum error http1_request_write(struct buffer *out, slice method, slice target, slice host,
					enum http1_framing framing, uint64_t length, const struct http1_field *fields,
					size_t count, struct fault *why);
/*
 * "HTTP/1.1 200 OK" with its headers. `date` is an IMF-fixdate or empty. HTTP1_NO_BODY writes no length (204, 304);
 * HTTP1_UNTIL_CLOSE needs `close`. Errors as http1_request_write.
 */
MUST_USE enum error http1_response_write(struct buffer *out, int status, slice date, enum http1_framing framing,
					 uint64_t length, bool close, const struct http1_field *fields, size_t count,
					 struct fault *why);
/* "1a2b\r\n"; the bytes and "\r\n" follow. At most 18 bytes into `out`. */
size_t http1_chunk_head(char out[18], uint64_t length);
#define HTTP1_CHUNK_TAIL SLICE("\r\n")
#define HTTP1_LAST_CHUNK SLICE("0\r\n\r\n")

/* May these bytes be a header value: no control byte but tab (RFC 9110 5.5)? */
bool http1_value_is_valid(slice value);
/* A token (RFC 9110 5.6.2): methods, header names. */
bool http1_token_is_valid(slice token);

#endif
