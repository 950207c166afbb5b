/* The parser of Cedar's schema language; for schema_parse*.c. */
#ifndef TIPSTAFF_CEDAR_SCHEMA_PARSER_H
#define TIPSTAFF_CEDAR_SCHEMA_PARSER_H

#include "cedar/schema_raw.h"

struct schema_parser {
	struct parser parser;
	struct raw_schema *raw;
	slice space; /* the namespace that is open; empty: none */
};

/* An identifier; here `__cedar` is one too. */
MUST_USE enum error schema_parse_word(struct schema_parser *schema, slice *ret_word);
MUST_USE enum error schema_parse_record(struct schema_parser *schema, const struct raw_type **ret_type);
/* E_LIMIT: nested deeper than CEDAR_VALUE_DEPTH_MAX. */
MUST_USE enum error schema_parse_type(struct schema_parser *schema, const struct raw_type **ret_type);

#endif
