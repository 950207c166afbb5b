/* Every way something can go wrong: one table with what each wire says of it. */
#ifndef TIPSTAFF_BASE_ERROR_H
#define TIPSTAFF_BASE_ERROR_H

#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))

/*
 * code, sentence, HTTP status, OAuth error (RFC 6749 5.2 and extensions), JSON-RPC code, exit code (EXPERIENCE 2).
 * JSON-RPC: -32700 .. -32603 as JSON-RPC 2.0 says; a refusal of ours lies outside the reserved range and equals the
 * HTTP status. Exit: 10 deny, 12 no decision, from 64 on as sysexits(3).
 */
#define ERROR_ROWS(ROW) \
	ROW(E_OK,              "ok",                                200, "",                      0,      0)  \
	ROW(E_INTERNAL,        "internal error",                    500, "server_error",          -32603, 70) \
	ROW(E_MEMORY,          "out of memory",                     503, "temporarily_unavailable", -32603, 71) \
	ROW(E_LIMIT,           "a limit is exceeded",               413, "invalid_request",       -32600, 65) \
	ROW(E_SYNTAX,          "malformed input",                   400, "invalid_request",       -32700, 65) \
	ROW(E_INVALID,         "a value is not acceptable",         422, "invalid_request",       -32602, 65) \
	ROW(E_REQUEST,         "not a request that is understood",  400, "invalid_request",       -32600, 65) \
	ROW(E_MEDIA_TYPE,      "media type not supported",          415, "invalid_request",       -32600, 65) \
	ROW(E_METHOD,          "method not allowed here",           405, "invalid_request",       -32601, 65) \
	ROW(E_UNAUTHENTICATED, "no valid credential",               401, "invalid_client",        401,    77) \
	ROW(E_FORBIDDEN,       "not permitted",                     403, "access_denied",         403,    10) \
	ROW(E_NOT_FOUND,       "no such object",                    404, "invalid_request",       -32601, 66) \
	ROW(E_CONFLICT,        "conflicts with the current state",  409, "invalid_request",       409,    65) \
	ROW(E_PRECONDITION,    "a precondition does not hold",      412, "invalid_request",       412,    65) \
	ROW(E_RATE,            "too many requests",                 429, "slow_down",             429,    75) \
	ROW(E_GRANT,           "the grant is not valid",            400, "invalid_grant",         401,    77) \
	ROW(E_SCOPE,           "the scope is not valid",            400, "invalid_scope",         403,    77) \
	ROW(E_GRANT_TYPE,      "grant type not supported",          400, "unsupported_grant_type", -32602, 65) \
	ROW(E_TARGET,          "the audience or resource is refused", 400, "invalid_target",      403,    77) \
	ROW(E_EXPIRED,         "expired",                           401, "invalid_grant",         401,    77) \
	ROW(E_SIGNATURE,       "signature does not verify",         401, "invalid_client",        401,    77) \
	ROW(E_UNSUPPORTED,     "not supported",                     501, "invalid_request",       -32601, 69) \
	ROW(E_TYPE,            "type error",                        422, "invalid_request",       -32602, 65) \
	ROW(E_OVERFLOW,        "arithmetic overflow",               422, "invalid_request",       -32602, 65) \
	ROW(E_IO,              "input or output failed",            503, "temporarily_unavailable", 503,  74) \
	ROW(E_CORRUPT,         "stored data is damaged",            503, "server_error",          503,    74) \
	ROW(E_CRYPTO,          "a cryptographic operation failed",  500, "server_error",          -32603, 70) \
	ROW(E_UNAVAILABLE,     "not available now",                 503, "temporarily_unavailable", 503,  12) \
	ROW(E_TIMEOUT,         "took too long",                     504, "temporarily_unavailable", 504,  12) \
	ROW(E_UPSTREAM,        "the target did not answer properly", 502, "server_error",         502,    69) \
	ROW(E_AGAIN,           "not complete yet",                  503, "temporarily_unavailable", 503,  75) \
	ROW(E_CLOSED,          "closed by the other side",          502, "server_error",          502,    69) \
	ROW(E_USAGE,           "wrong usage",                       400, "invalid_request",       -32600, 64)

#define ERROR_ENUM(code, sentence, http, oauth, jsonrpc, exit) code,
enum error { ERROR_ROWS(ERROR_ENUM) ERROR_COUNT };
#undef ERROR_ENUM

/* What went wrong, for whoever called: made by the caller, filled by FAIL, never shared. No secrets in it. */
struct fault {
	enum error code;
	const char *file;
	int line;
	char sentence[224]; /* NUL-terminated; for a person; cut where it is too long */
	char field[64];     /* the field, header or argument at fault; empty where there is none */
};

const char *error_name(enum error code);
const char *error_sentence(enum error code);
int error_http_status(enum error code);
const char *error_oauth(enum error code);
int error_jsonrpc(enum error code);
int error_exit(enum error code);

/* Fills `*why` (NULL is fine) and returns `code`. Use FAIL. */
MUST_USE enum error fault_set(struct fault *why, enum error code, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* As fault_set, and names the field at fault. Use FAIL_FIELD. */
MUST_USE enum error fault_set_field(struct fault *why, enum error code, const char *file, int line, const char *field,
				    const char *format, ...) __attribute__((format(printf, 6, 7)));
/* The sentence of `*why`, or that of its code where none was set. */
const char *fault_sentence(const struct fault *why);

/* `return FAIL(why, E_LIMIT, "header of %zu bytes", size);` */
#define FAIL(why, code, ...) fault_set((why), (code), __FILE__, __LINE__, __VA_ARGS__)
#define FAIL_FIELD(why, code, field, ...) fault_set_field((why), (code), __FILE__, __LINE__, (field), __VA_ARGS__)

/* Passes an error on to the caller. */
#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		enum error try_error_ = (call);                                                                        \
		if (try_error_ != E_OK)                                                                                \
			return try_error_;                                                                             \
	} while (0)

#endif
