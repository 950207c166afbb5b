/* A decision that was only asked for: its record, and how it is told as JSON. */
#ifndef TIPSTAFF_API_ASKED_H
#define TIPSTAFF_API_ASKED_H

#include "api/evaluate.h"
#include "gateway/services.h"
#include "net/http_server.h"
#include "text/json_writer.h"
#include "text/ulid.h"

/* A new decision id. */
struct ulid asked_name(const struct services *services);
/* The record's bytes. `trigger` says who asked: authzen, check. Errors as decision_record and record_encode. */
MUST_USE enum error asked_record(const struct services *services, struct http_exchange *exchange,
				 const struct evaluated *evaluated, const struct ulid *id, slice trigger,
				 struct buffer *out, struct fault *why);
/* One decision in AuthZEN's terms: an object. `told_all`: to the operator, with all grounds. */
void asked_write_decision(struct json_writer *writer, const struct evaluated *evaluated, slice id, bool told_all);
/* Members "policies", "facts" and "errors" of the object that is open. */
void asked_write_grounds(struct json_writer *writer, const struct decision *decision);
/* Member "properties_not_believed", where there are any. */
void asked_write_left_out(struct json_writer *writer, const struct asserted_left_out *left_out);
/* Counts it in the metrics. */
void asked_count(const struct services *services, const struct decision *decision);

#endif
