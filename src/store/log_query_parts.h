/* While a question about the log is answered; for log_query*.c. */
#ifndef TIPSTAFF_STORE_LOG_QUERY_PARTS_H
#define TIPSTAFF_STORE_LOG_QUERY_PARTS_H

#include "base/map.h"
#include "evidence/record.h"
#include "store/log_query.h"
#include "text/json_writer.h"

struct log_query {
	struct log_reader *reader;
	struct arena arena;   /* of the question */
	struct arena scratch; /* of one record */
	struct buffer body;
	struct buffer item;
};

/* A walk through the log that writes what matches. */
struct walk {
	struct log_query *query;
	struct record_filter filter;
	uint64_t limit;
	uint64_t written;
	uint64_t scanned;
	uint64_t last;        /* index of the last record looked at */
	bool full;            /* ended before the end of the log */
	struct map decisions; /* of a trace: ids whose effects belong to it */
	slice root;
	slice task;
	enum error code;
	struct fault *why;
};

/* The record of these bytes, in the query's room for one. Errors as record_decode. */
MUST_USE enum error log_query_decode(struct log_query *query, slice bytes, struct record *ret_record, struct fault *why);
/* False where there is no room for another item. */
bool log_query_write_item(struct walk *walk, const struct record *record, uint64_t index);

/* The answer to what the document asks goes to the body: see log_query_answer. */
MUST_USE enum error log_query_list(struct log_query *query, const struct json_doc *doc, uint64_t end, struct fault *why);
MUST_USE enum error log_query_trace(struct log_query *query, const struct json_doc *doc, uint64_t end,
				    struct fault *why);

#endif
