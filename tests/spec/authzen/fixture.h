/* Decision points for the vectors of AuthZEN: policies in, answers out, by the path the endpoints take. */
#ifndef TIPSTAFF_TESTS_AUTHZEN_FIXTURE_H
#define TIPSTAFF_TESTS_AUTHZEN_FIXTURE_H

#include "api/evaluate.h"
#include "check.h"
#include "text/json_writer.h"

struct fixture {
	struct snapshot_builder *builder;
	const struct snapshot *snapshot;
	struct retire_list retired;
	struct arena arena;
	slice file;
	struct json_doc doc;
	bool believe_subject;
};

/* False (and the test is to be skipped): the vectors are not here. */
bool fixture_make(struct fixture *fixture, const char *file, const char *policies);
void fixture_free(struct fixture *fixture);
/*
 * What the endpoint would answer, as the decisions in order: 't' and 'f'; "400" where the request as a whole is
 * refused. Lives in the arena.
 */
slice fixture_answer(struct fixture *fixture, slice body, bool several);
/* The decisions of an expected answer: {"decision":b}, [{"decision":b},...] or {"evaluations":[...]}. */
slice fixture_expected(struct fixture *fixture, const struct json_doc *doc, const struct json_node *node);

#endif
