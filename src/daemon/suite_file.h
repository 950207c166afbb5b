/*
 * Tests of policies, in files beside them (.test.yaml, .test.yml, .test.json):
 *
 *	policies: [a.cedar, team]      # beside this file; without it: all .cedar files here and below
 *	schema: app.cedarschema        # may be left out; the policies must fit it, strictly
 *	entities: entities.json        # or a list of entities in Cedar's JSON form; may be left out
 *	tests:                         # may be left out where there is a schema
 *	  - name: alice may read
 *	    principal: User::"alice"
 *	    action: Action::"read"
 *	    resource: File::"a"
 *	    context: {purpose: support}  # may be left out
 *	    history:                     # what happened before in the session; may be left out: nothing
 *	      - {time: 0, id: d1, principal: User::"alice", action: Action::"list", resource: File::"a", decision: permit}
 *	      - {kind: response, time: 1, id: d1, outcome: ok, output: {count: 3}}
 *	    time: 60                     # of the question: seconds, or RFC 3339; left out: that of the last event
 *	    expect: permit               # or deny
 *	    reasons: [read]              # exactly these policies decide, by id or @id; left out: whichever
 *	    errors: []                   # exactly these policies err; left out: none
 *
 * Every other key is refused. "a.cedar#0" is the first policy of a.cedar.
 */
#ifndef TIPSTAFF_DAEMON_SUITE_FILE_H
#define TIPSTAFF_DAEMON_SUITE_FILE_H

#include "daemon/yaml.h"
#include "registry/policy_test.h"

struct suite_file_test {
	struct policy_test test;
	const struct yaml_node *node; /* where it stands */
};

/* Lives in the arena. */
struct suite_file {
	const char *path;
	struct arena *arena;
	bool names_policies;        /* else it is about all here and below */
	const slice *policies;      /* paths, as they are reached from here */
	size_t policy_count;
	slice schema;               /* path; empty: none */
	slice entities_path;        /* empty: none, or they stand in the file */
	slice entities;             /* JSON list, where they do */
	const struct yaml_node *entities_node;
	const struct suite_file_test *tests;
	size_t test_count;
};

bool suite_file_is(slice name);
/* Borrows `path`. E_SYNTAX, E_TYPE, E_INVALID: "file:line:column: sentence".  E_NOT_FOUND, E_IO, E_LIMIT, E_MEMORY. */
MUST_USE enum error suite_file_read(struct suite_file *ret_file, const char *path, struct arena *arena,
				    struct fault *why);

/* A policy that a suite file is about, as the file knows it and as the registry does. */
struct suite_policy {
	slice local; /* "base.cedar", so that base.cedar#0 is its first */
	slice id;    /* "team.base.cedar" */
};

/*
 * Appends it as an object of the registry (registry/suite.h), with everything that it refers to inside.
 * E_NOT_FOUND, E_IO: schema or entities.  E_LIMIT: longer than an object may be.
 */
MUST_USE enum error suite_file_write(const struct suite_file *file, slice id, slice source,
				     const struct suite_policy *policies, size_t count, struct buffer *out,
				     struct fault *why);

#endif
