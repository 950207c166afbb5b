/* A question as it usually stands: the members that AuthZEN names, each once, and no other; read without a tree. */
#ifndef TIPSTAFF_PROTOCOL_AUTHZEN_PLAIN_H
#define TIPSTAFF_PROTOCOL_AUTHZEN_PLAIN_H

#include "protocol/authzen.h"

/*
 * Reads the body of a single evaluation: properties and context are trees, and what they stand in is none, so
 * `doc->root` is NULL. False: it has to be read with json_parse, which is as strict, knows the rest and tells what is
 * wrong; `*doc` and `*ret` mean nothing then.
 */
bool authzen_plain_read(struct authzen_evaluation *ret, struct json_doc *doc, slice body, struct arena *arena);

#endif
