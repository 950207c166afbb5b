/* Questions about the log, asked and answered as JSON: one record, a list, a trace, the tail. */
#ifndef TIPSTAFF_STORE_LOG_QUERY_H
#define TIPSTAFF_STORE_LOG_QUERY_H

#include "store/log_reader.h"
#include "store/registry_service.h"

struct log_query;

#define QUERY_RECORDS_MAX 500u
#define QUERY_RECORDS_USUAL 50u
/* A list without a match does not read the whole log at once: it ends here and says where to go on. */
#define QUERY_SCAN_MAX 200000u
#define QUERY_REPLY_BYTES_MAX (480u * 1024u)

/* `reader` is lent. E_MEMORY. */
MUST_USE enum error log_query_make(struct log_query **ret_query, struct log_reader *reader, struct fault *why);
/* NULL is fine. */
void log_query_free(struct log_query *query);

/*
 * RECORDER_QUERY. `end` is the number of durable records; valid until the next call.
 *
 * {"op":"find","id":"d_.."}: the record as JSON with "index", and for a decision its "effect" where there is one.
 * {"op":"list","kind":"decision","agent","task","tool","decision":"permit|deny|gate","mode":"delegated|autonomous",
 *   "since":RFC 3339 or "10m","until","limit":n,"before":index}: {"items":[..],"next":index}, the newest first; "next"
 *   is 0 at the beginning of the log, else the `before` of the next question. Decisions where no kind is given.
 * {"op":"trace","id":".."}: {"root","items":[..]}: all records of the chain to which the record belongs (or with that
 *   chain root or task), the oldest first.
 * {"op":"tail","from":index,"max":n}: {"items":[..],"next":index}: upwards; "next" is where to go on.
 */
struct service_reply log_query_answer(struct log_query *query, slice request, uint64_t end);

#endif
