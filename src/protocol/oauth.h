/*
 * OAuth 2.0 on the wire: what a token request asks for (RFC 6749, 7523, 8693), how errors look, and the metadata
 * documents (RFC 8414, 9728).
 */
#ifndef TIPSTAFF_PROTOCOL_OAUTH_H
#define TIPSTAFF_PROTOCOL_OAUTH_H

#include "base/arena.h"
#include "base/buffer.h"
#include "text/form.h"

#define OAUTH_BODY_BYTES_MAX 65536u
#define OAUTH_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define OAUTH_GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define OAUTH_TYPE_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define OAUTH_TYPE_JWT "urn:ietf:params:oauth:token-type:jwt"

enum oauth_grant { OAUTH_NO_GRANT = 0, OAUTH_CLIENT_CREDENTIALS, OAUTH_TOKEN_EXCHANGE };
/* What the subject of an exchange is given as. */
enum oauth_subject { OAUTH_NO_SUBJECT = 0, OAUTH_SUBJECT_JWT, OAUTH_SUBJECT_ACCESS_TOKEN };

/* Empty where it was not asked. Borrowed from the arena. */
struct oauth_token_request {
	enum oauth_grant grant;
	enum oauth_subject subject;
	slice client_assertion;
	slice client_id;
	slice subject_token;
	slice scope;
	slice purpose;
	slice task_id;
	int64_t expires_in_s; /* 0: not asked */
};

/*
 * Reads the form of a request to any of the endpoints.
 * E_MEDIA_TYPE: not application/x-www-form-urlencoded.  E_LIMIT: OAUTH_BODY_BYTES_MAX, FORM_PAIRS_MAX.  E_SYNTAX.
 * E_INVALID with the field: a parameter came twice (`audience` and `resource` may).  E_MEMORY.
 */
MUST_USE enum error oauth_form_read(struct form *ret_form, slice media_type, slice body, struct arena *arena,
				    struct fault *why);
/*
 * The client's assertion; empty where there is none. E_INVALID with the field: another way of authentication is tried,
 * or half of this one.
 */
MUST_USE enum error oauth_assertion_read(const struct form *form, slice *ret_assertion, struct fault *why);
/*
 * E_GRANT_TYPE: another grant_type.  E_INVALID with the field: missing, malformed or unsupported.
 * E_TARGET: an audience or resource that is not the gateway of `issuer` (`<issuer>/mcp`, `<issuer>/mcp/<server>`).
 */
MUST_USE enum error oauth_token_request_read(const struct form *form, slice issuer, struct oauth_token_request *ret,
					     struct fault *why);

/* `{"error":...,"error_description":...}`: `code` as of RFC 6749 5.2. */
void oauth_error_write(struct buffer *out, const char *code, slice description);
/* The authorization server's metadata (RFC 8414 2). */
void oauth_server_metadata_write(struct buffer *out, slice issuer);
/* Of the protected resource at `<issuer><path>` (RFC 9728 2). */
void oauth_resource_metadata_write(struct buffer *out, slice issuer, slice path);

#endif
