/* A fault as the body of an HTTP answer: problem details (RFC 9457). */
#ifndef TIPSTAFF_REGISTRY_PROBLEM_H
#define TIPSTAFF_REGISTRY_PROBLEM_H

#include "base/buffer.h"
#include "base/error.h"

/* The HTTP status of a fault: that of its code, but 422 where a field is at fault for being too long. */
int problem_status(enum error code, const struct fault *why);
/*
 * {"type":"/problems/not_found","title":"no such object","status":404,"detail":"...","field":"..."}. `why` may be of
 * another code or empty; then only the title is told.
 */
/* The same with one more member, `json` as it is; nothing more where it is empty. */
void problem_write_with(struct buffer *out, enum error code, const struct fault *why, const char *member, slice json);
void problem_write(struct buffer *out, enum error code, const struct fault *why);

#endif
