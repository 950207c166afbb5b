/* The entities of the policy model (DESIGN D5): what Cedar sees of an agent, a tool and the target of one call. */
#ifndef TIPSTAFF_DECISION_LAYER_H
#define TIPSTAFF_DECISION_LAYER_H

#include "decision/snapshot.h"

/*
 * The agent with its attributes, in its Owner, Team, Class, Environment, Lifecycle and Domain; into row->layer.
 * E_INVALID, E_LIMIT: a text that is no value.  E_MEMORY.
 */
MUST_USE enum error layer_of_agent(const struct hash_key *key, struct agent_row *row, struct fault *why);
/* The action, in its server, effect and CallTool; and the Tool in its Server; into row->layer. Errors as above. */
MUST_USE enum error layer_of_tool(const struct hash_key *key, struct tool_row *row, struct fault *why);
/*
 * All of the tool's layer, and `Tipstaff::Target::"<target>"` in the tool; in the arena, borrowing the tool and the text.
 * Attributes: id, type (path, url, string), and of a URL scheme, host and path. Errors as above.
 */
MUST_USE enum error layer_of_target(const struct hash_key *key, const struct tool_row *tool, slice target,
				    struct arena *arena, struct cedar_uid *ret_uid, struct cedar_entities **ret_layer,
				    struct fault *why);
/* Puts another target of the same tool into a layer that the caller has to himself; what is in the arena must outlive its use. */
MUST_USE enum error layer_change_target(const struct hash_key *key, const struct tool_row *tool, slice target,
					struct arena *arena, struct cedar_uid *ret_uid, struct cedar_entities *layer,
					struct fault *why);
/* The action of a method that is no tool call: `mcp:<method>` in `server:<server>`. Errors as above. */
MUST_USE enum error layer_of_method(const struct hash_key *key, slice server, slice method, struct arena *arena,
				    struct cedar_uid *ret_action, struct cedar_uid *ret_resource,
				    struct cedar_entities **ret_layer, struct fault *why);
/*
 * A tool of which only the name is believed: its action in `server:<server>` and CallTool, itself in its server. What
 * Cedar says about it is what it says whether or not there is such a tool. Errors as above.
 */
MUST_USE enum error layer_of_name(const struct hash_key *key, slice server, slice tool, struct arena *arena,
				  struct cedar_uid *ret_action, struct cedar_uid *ret_resource,
				  struct cedar_entities **ret_layer, struct fault *why);

#endif
