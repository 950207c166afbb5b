/* What the files of `tipstaff apply` share. */
#ifndef TIPSTAFF_CLI_APPLY_H
#define TIPSTAFF_CLI_APPLY_H

#include "cli/difference.h"
#include "cli/folder.h"
#include "cli/manifest.h"
#include "cli/remote.h"
#include "text/json_writer.h"

enum action { UNCHANGED = 0, CREATED, CHANGED, ACTION_COUNT };

/* One object while it is applied. */
struct step {
	const struct manifest_object *object;
	struct json_doc should;
	struct remote_reply is; /* what the server has */
	enum action action;
	struct difference differences[KIND_FIELDS_MAX];
	size_t difference_count;
	bool unchecked; /* a dry run could not ask: it refers to what would be created first */
};

struct apply {
	struct remote remote;
	struct option_list paths;
	bool dry_run;
	struct manifest manifest;
	const struct manifest_object **pending; /* what a dry run would have created */
	size_t pending_count;
	size_t counts[ACTION_COUNT];
	slice *left;         /* suites that no test file makes any more: see apply_find_left */
	size_t left_count;
	slice version;       /* of the policy set afterwards: JSON; empty: as it was */
	int64_t tests_passed;
	struct buffer json;
	struct json_writer writer;
};

/* What the server has of the object, and what is to be done about it. */
MUST_USE enum error apply_look_up(struct apply *apply, struct step *step, struct fault *why);
/* Counts and shows the step. */
void apply_tell(struct apply *apply, const struct step *step);
/* Puts the answer's complaint at the place in the file that it is about. */
MUST_USE enum error apply_place_fault(const struct step *step, enum error code, struct fault *why);

/* The object is sent together with the others of its sort, since they hold only together. */
bool apply_is_policy(const struct manifest_object *object);
/* Sends all policies and suites that differ in one step, or as few as their size allows. */
MUST_USE enum error apply_policies(struct apply *apply, const struct manifest_object *objects, size_t count,
				   struct fault *why);
/*
 * Adds the test files of the folder to the manifest, as suites over its policies. What the server cannot keep is told on
 * standard error: those tests run here only.
 */
MUST_USE enum error apply_add_suites(struct apply *apply, slice folder, struct fault *why);
/*
 * Finds the suites that the server keeps of policies of the manifest though no test file in the folders makes them; none
 * where no folder was given. Errors of objects_list.
 */
MUST_USE enum error apply_find_left(struct apply *apply, struct fault *why);
/* Tells people of each, and what to do about it. */
void apply_print_left(const struct apply *apply);

#endif
