/*
 * Policy sets: policies read from text, indexed by their scope, immutable once built.
 *
 * A set may be shared by threads. What this engine does not know is refused when it is read, with its place.
 */
#ifndef TIPSTAFF_CEDAR_POLICYSET_H
#define TIPSTAFF_CEDAR_POLICYSET_H

#include "cedar/problem.h"
#include "cedar/value.h"

struct cedar_policyset;

/* One named text with policies. Nothing of it is kept. */
struct cedar_source {
	slice name; /* a file name or the like, for messages */
	slice text;
	/* Empty: the policies are policy0, policy1, ... in order over all such sources; else `<id_prefix>0`, ... */
	slice id_prefix;
	/* The text holds exactly one policy, and its id is `id_prefix`. */
	bool has_one;
	/*
	 * The text is policy JSON: one policy, or a set with `staticPolicies`, `templates` and `templateLinks`, whose own
	 * ids count then. Policies inside may be text themselves.
	 */
	bool is_json;
};

/* A policy made from a template. The slots that the template has, and only these, must be given. */
struct cedar_link {
	slice template_id;
	slice id;
	const struct cedar_uid *principal; /* for ?principal; NULL: not given */
	const struct cedar_uid *resource;
};

/*
 * E_SYNTAX: not Cedar.  E_UNSUPPORTED: Cedar, but not of this engine.  E_CONFLICT: an id twice.
 * E_LIMIT: CEDAR_TEXT_BYTES_MAX and others of limits.h.  E_MEMORY.
 * On failure `*problem` (may be NULL) tells the place where there is one, and `*ret_set` is NULL.
 */
MUST_USE enum error cedar_policyset_parse(const struct hash_key *key, const struct cedar_source *sources, size_t count,
					  struct cedar_policyset **ret_set, struct cedar_problem *problem,
					  struct fault *why);
/*
 * As cedar_policyset_parse, and templates may stand among the policies: they decide only through their links.
 * Templates are numbered together with the policies. E_NOT_FOUND: no template of this id.  E_INVALID: a slot is
 * missing or too much.
 */
MUST_USE enum error cedar_policyset_build(const struct hash_key *key, const struct cedar_source *sources, size_t count,
					  const struct cedar_link *links, size_t link_count,
					  struct cedar_policyset **ret_set, struct cedar_problem *problem,
					  struct fault *why);
/* NULL is fine. */
void cedar_policyset_free(struct cedar_policyset *set);

enum cedar_effect { CEDAR_FORBID = 0, CEDAR_PERMIT };

struct cedar_annotation {
	slice key;
	slice value;    /* empty where none was written */
	bool has_value; /* false: `@key` alone, and null in JSON */
};

/* Borrowed from the set. */
struct cedar_policy_info {
	slice id;
	slice source; /* name of its text */
	uint32_t line;
	enum cedar_effect effect;
	const struct cedar_annotation *annotations;
	size_t annotation_count;
	slice text; /* as it was written, without surrounding space */
};

size_t cedar_policyset_count(const struct cedar_policyset *set);
/* `index` is below the count, and in the order of the texts. */
struct cedar_policy_info cedar_policyset_info(const struct cedar_policyset *set, size_t index);
/* Index of the policy with this id; SIZE_MAX where there is none. */
size_t cedar_policyset_find(const struct cedar_policyset *set, slice id);
/* Value of an annotation of the policy; ptr NULL where it is not there. */
slice cedar_policyset_annotation(const struct cedar_policyset *set, size_t index, slice key);
/* Conditions over a session's history in the set, equal ones counted once. */
size_t cedar_policyset_history_conditions(const struct cedar_policyset *set);
/*
 * Has the policy a history condition that no monitor answers? Its decisions look at the kept events again, up to
 * CEDAR_SCAN_STEPS_MAX. `*ret_line`, `*ret_column` (may be NULL): where it stands.
 */
bool cedar_policyset_scans_history(const struct cedar_policyset *set, size_t index, uint32_t *ret_line,
				   uint32_t *ret_column);
/* Templates, in the order of the texts; they are not counted among the policies. */
size_t cedar_policyset_template_count(const struct cedar_policyset *set);
struct cedar_policy_info cedar_policyset_template(const struct cedar_policyset *set, size_t index);
/* Appends the policy as JSON. */
void cedar_policy_write_json(const struct cedar_policyset *set, size_t index, struct buffer *out);
/* Appends the whole set as JSON, templates and links included. */
void cedar_policyset_write_json(const struct cedar_policyset *set, struct buffer *out);
/* Appends the policy as Cedar text on one line, whatever it was read from; comments are not kept. */
void cedar_policy_write_text(const struct cedar_policyset *set, size_t index, struct buffer *out);
/* All the text it was made from, for a digest of the set: independent of source names, not of order. */
void cedar_policyset_digest_input(const struct cedar_policyset *set, struct buffer *out);

#endif
