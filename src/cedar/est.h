/* Policies as JSON, both ways: one policy, or a set with `staticPolicies`, `templates` and `templateLinks`. */
#ifndef TIPSTAFF_CEDAR_EST_H
#define TIPSTAFF_CEDAR_EST_H

#include "cedar/json_value.h"
#include "cedar/policy.h"
#include "text/json_writer.h"

/* One policy or template. `*ret_policy` has no id and source yet. E_SYNTAX: not that form.  E_LIMIT, E_MEMORY. */
MUST_USE enum error est_read_policy(const struct json_reader *reader, const struct json_node *node,
				    struct policy *ret_policy);
void est_write_policy(struct json_writer *writer, const struct policy *policy);
void est_write_uid(struct json_writer *writer, const struct cedar_uid *uid);
/* The policy as Cedar text on one line. */
void policy_write(struct buffer *out, const struct policy *policy);

#endif
