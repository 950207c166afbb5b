/* One request to the interface on its way: what was asked, and the means to answer. For the files of this folder. */
#ifndef TIPSTAFF_API_CALL_H
#define TIPSTAFF_API_CALL_H

#include "api/route.h"
#include "gateway/services.h"
#include "net/http_server.h"
#include "text/form.h"
#include "text/json.h"

/* Who changes something with the admin key, in records. */
#define CALL_ADMIN SLICE("operator:admin")
/* An object has at most 60 KB; escapes may make it longer on the wire. */
#define CALL_BODY_BYTES_MAX (256u * 1024u)
/* Policies that are changed together: what one call to the recorder can carry, with its envelope. */
#define CALL_POLICIES_BYTES_MAX (480u * 1024u)

/* Lives in the exchange's arena, so until the exchange is finished. */
struct api_call {
	struct services *services;
	struct http_exchange *exchange;
	struct route route;
	slice id;           /* of the path, decoded */
	struct form query;
	struct json_doc doc; /* of the body, once call_read_body has read it */
	const struct json_node *body; /* NULL: none */
};

/* Answers with JSON and finishes the exchange. */
void api_call_answer(struct api_call *call, int status, slice json);
void api_call_answer_fields(struct api_call *call, int status, const struct http1_field *fields, size_t count, slice json);
void api_call_answer_media(struct api_call *call, int status, slice media_type, slice body);
/* Answers with a problem and finishes the exchange. */
void api_call_refuse(struct api_call *call, enum error code, const struct fault *why);

/*
 * Reads the JSON object in the body. E_MEDIA_TYPE, E_LIMIT, E_SYNTAX; E_REQUEST: it is absent or no object.
 * `optional`: an empty body is fine.
 */
MUST_USE enum error api_call_read_body(struct api_call *call, bool optional, struct fault *why);
/* E_INVALID (field named): a query parameter that is not among the `count` names, or comes twice. */
MUST_USE enum error api_call_check_query(const struct api_call *call, const char *const *names, size_t count,
				     struct fault *why);

/* Sends `request` to the recorder and answers with what it says, as it is. The bytes are copied. */
void api_call_forward(struct api_call *call, enum recorder_op op, slice request);

/* Handlers; each finishes the exchange. */
void objects_handle(struct api_call *call);   /* list, create, read, put, patch, delete, verbs */
void policy_set_handle(struct api_call *call);
void refresh_handle(struct api_call *call);
void decisions_handle(struct api_call *call);
void decision_handle(struct api_call *call);
void trace_handle(struct api_call *call);
void callers_handle(struct api_call *call);
void status_handle(struct api_call *call);
void watch_handle(struct api_call *call);
void healthz_handle(struct api_call *call);
void readyz_handle(struct api_call *call);
void metrics_handle(struct api_call *call);
void openapi_handle(struct api_call *call);

/*
 * Seals the secrets in the body of a server, so that they never reach recorder, log or database in the clear, and calls
 * `done` with the sealed text; with an empty one where there is no secret. A secret that equals the stored one keeps its
 * sealed text, so that nothing changes.
 */
typedef void secret_sealed(struct api_call *call, slice sealed);
void secret_seal(struct api_call *call, secret_sealed *done);
/* The member of the body that is a secret; NULL where there is none to seal. */
const struct json_node *secret_find(const struct api_call *call);

#endif
