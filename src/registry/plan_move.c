/* The verbs: moves of an agent through its life, and the ends of purposes, grants and tasks. */
#include "registry/plan_work.h"

#include "registry/lifecycle.h"
#include "text/json_writer.h"

#define FROM(state) (1u << LIFECYCLE_##state)

struct verb_row {
	enum kind kind;
	const char *verb;
	const char *says;
	slice field;  /* that it sets */
	slice from;   /* the value that the field must have; empty: any */
	slice to;
	unsigned from_states; /* of an agent's lifecycle: or-ed FROM */
	enum lifecycle next;
};

#define AGENT_MOVE(name, states, to_state, words)                                                                      \
	{.kind = KIND_AGENT, .verb = name, .says = words, .field = SLICE_INIT("state"), .from_states = states,           \
	 .next = LIFECYCLE_##to_state}
#define SETS(of_kind, name, in_field, from_value, to_value, words)                                                     \
	{.kind = of_kind, .verb = name, .says = words, .field = SLICE_INIT(in_field), .from = SLICE_INIT(from_value),    \
	 .to = SLICE_INIT(to_value)}

static const struct verb_row verbs[] = {
	AGENT_MOVE("approve", FROM(REGISTERED) | FROM(QUARANTINED), APPROVED,
		   "Lets an agent that is new, or was in quarantine, act within its grants"),
	AGENT_MOVE("suspend", FROM(APPROVED), SUSPENDED, "Stops an agent; its grants are kept"),
	AGENT_MOVE("resume", FROM(SUSPENDED) | FROM(QUARANTINED), APPROVED, "Lets a stopped agent act again"),
	AGENT_MOVE("quarantine", FROM(APPROVED) | FROM(SUSPENDED), QUARANTINED,
		   "Stops an agent that behaves wrongly; someone other than its owner looks at it"),
	AGENT_MOVE("retire", FROM(REGISTERED) | FROM(APPROVED) | FROM(SUSPENDED) | FROM(QUARANTINED), DECOMMISSIONED,
		   "Ends an agent for good; its grants are revoked and its tasks cancelled"),
	SETS(KIND_AGENT, "enforce", "enforcement", "", "enforce", "Denied calls of this agent are stopped"),
	SETS(KIND_AGENT, "observe", "enforcement", "", "observe", "Denied calls of this agent are recorded and let through"),
	SETS(KIND_PURPOSE, "retire", "state", "active", "retired", "Ends a purpose; all its grants stop working at once"),
	SETS(KIND_GRANT, "revoke", "state", "active", "revoked", "Takes a grant back for good"),
	SETS(KIND_TASK, "complete", "state", "open", "complete", "Ends a task that is done"),
	SETS(KIND_TASK, "cancel", "state", "open", "cancelled", "Ends a task that is not done"),
	SETS(KIND_TOOL, "accept", "state", "changed", "pinned", "Pins the definition that the server offers now"),
	{.kind = KIND_POLICY_VERSION, .verb = "rollback",
	 .says = "Brings the policies and suites of this version back, as a new version"},
};

const char *plan_verb(enum kind kind, size_t index, const char **ret_says)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].kind == kind && index-- == 0) {
			if (ret_says)
				*ret_says = verbs[i].says;
			return verbs[i].verb;
		}
	return NULL;
}

static const struct verb_row *find_verb(enum kind kind, slice verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].kind == kind && slice_equal(verb, slice_of(verbs[i].verb)))
			return &verbs[i];
	return NULL;
}

struct dependants {
	struct plan_work *work;
	slice field;
	slice id;      /* of the agent or purpose whose end this is */
	slice from;    /* state of those concerned */
	slice to;      /* state they get; empty: they are only named */
	struct json_writer *writer;
	enum error code;
	struct fault *why;
};

static bool end_dependant(void *context, const struct registry_entry *entry)
{
	struct dependants *all = context;
	struct plan_work *work = all->work;
	if (!slice_equal(plan_text(work, &entry->object, all->field), all->id) ||
	    !slice_equal(plan_text(work, &entry->object, SLICE("state")), all->from))
		return true;
	json_begin_object(all->writer);
	json_put_string(all->writer, "kind", kind_row(entry->kind)->name);
	json_put_string(all->writer, "id", entry->id);
	json_end_object(all->writer);
	if (!all->to.len)
		return true;
	struct object after = entry->object;
	all->code = object_set_text(&after, SLICE("state"), all->to, work->arena, all->why);
	if (all->code == E_OK)
		all->code = plan_add_put(work, &after, entry->id, entry, all->to, work->command->reason, NULL, all->why);
	return all->code == E_OK;
}

/* Grants and tasks that end, or stop working, with their agent or purpose. */
static enum error end_dependants(struct plan_work *work, const struct registry_entry *entry, struct fault *why)
{
	bool is_agent = entry->kind == KIND_AGENT;
	struct buffer list;
	struct json_writer writer;
	buffer_init(&list, COMMAND_BYTES_MAX / 2);
	json_writer_init(&writer, &list, JSON_COMPACT);
	json_begin_array(&writer);
	struct dependants grants = {.work = work, .field = is_agent ? SLICE("agent") : SLICE("purpose_id"),
				    .id = entry->id, .from = SLICE("active"), .to = is_agent ? SLICE("revoked") : SLICE(""),
				    .writer = &writer, .why = why};
	registry_each(work->registry, KIND_GRANT, end_dependant, &grants);
	struct dependants tasks = grants;
	tasks.field = is_agent ? SLICE("agent") : SLICE("purpose");
	tasks.from = SLICE("open");
	tasks.to = is_agent ? SLICE("cancelled") : SLICE("");
	if (grants.code == E_OK)
		registry_each(work->registry, KIND_TASK, end_dependant, &tasks);
	json_end_array(&writer);
	enum error code = tasks.code != E_OK ? tasks.code : json_writer_end(&writer, why);
	if (code == E_OK && list.len > 2) {
		work->affects = arena_copy(work->arena, buffer_slice(&list));
		code = work->affects.ptr ? E_OK : plan_no_memory(why);
	}
	buffer_free(&list);
	return code;
}

static enum error still_active(struct plan_work *work, const struct object *agent, enum kind kind, slice field,
			       struct fault *why)
{
	slice id = plan_text(work, agent, field);
	const struct registry_entry *entry = registry_get(work->registry, kind, id);
	slice state = entry ? plan_text(work, &entry->object, SLICE("state")) : SLICE("gone");
	if (slice_equal(state, SLICE("active")))
		return E_OK;
	return FAIL_FIELD(why, E_CONFLICT, field.ptr, "its %.*s `%.*s` is %.*s", SLICE_ARG(field), SLICE_ARG(id),
			  SLICE_ARG(state));
}

static enum error move_agent(struct plan_work *work, const struct verb_row *row, struct object *agent,
			     struct fault *why)
{
	enum lifecycle state;
	if (!lifecycle_of_name(plan_text(work, agent, SLICE("state")), &state))
		return FAIL(why, E_CORRUPT, "the stored agent has no state");
	if (!(row->from_states & (1u << state)))
		return FAIL_FIELD(why, E_CONFLICT, "state", "cannot %s an agent that is %s", row->verb,
				  lifecycle_name(state));
	TRY(lifecycle_move(&state, row->next, mover_of_actor(work->command->actor), why));
	if (lifecycle_may_act(state)) {
		TRY(still_active(work, agent, KIND_PRINCIPAL, SLICE("owner"), why));
		TRY(still_active(work, agent, KIND_PURPOSE, SLICE("purpose"), why));
	}
	TRY(object_set_text(agent, SLICE("state"), slice_of(lifecycle_name(state)), work->arena, why));
	TRY(object_set_text(agent, SLICE("cutoff_at"), work->now, work->arena, why));
	object_set(agent, SLICE("state_reason"), (slice){NULL, 0});
	return work->command->reason.len ? object_set_text(agent, SLICE("state_reason"), work->command->reason,
							   work->arena, why)
					 : E_OK;
}

/* What is withheld was looked at by a person: the definition on offer becomes the pinned one. */
static void accept_offer(struct object *tool)
{
	object_set(tool, SLICE("definition"), object_value(tool, SLICE("offered")));
	object_set(tool, SLICE("definition_sha256"), object_value(tool, SLICE("offered_sha256")));
	object_set(tool, SLICE("offered"), (slice){NULL, 0});
	object_set(tool, SLICE("offered_sha256"), (slice){NULL, 0});
}

static enum error set_value(struct plan_work *work, const struct verb_row *row, struct object *object,
			    struct fault *why)
{
	slice value = plan_text(work, object, row->field);
	if (row->from.len && !slice_equal(value, row->from))
		return FAIL_FIELD(why, E_CONFLICT, row->field.ptr, "cannot %s a %.*s that is %.*s", row->verb,
				  SLICE_ARG(object->row->name), SLICE_ARG(value));
	if (mover_of_actor(work->command->actor) < MOVER_OWNER)
		return FAIL(why, E_FORBIDDEN, "%.*s may not %s", SLICE_ARG(work->command->actor), row->verb);
	if (row->kind == KIND_AGENT &&
	    slice_equal(plan_text(work, object, SLICE("state")), SLICE("decommissioned")))
		return FAIL_FIELD(why, E_CONFLICT, "state", "cannot %s an agent that is decommissioned", row->verb);
	if (row->kind == KIND_TOOL)
		accept_offer(object);
	return object_set_text(object, row->field, row->to, work->arena, why);
}

enum error plan_move(struct plan_work *work, struct fault *why)
{
	const struct command *command = work->command;
	const struct verb_row *row = find_verb(command->kind, command->verb);
	if (!row)
		return FAIL_FIELD(why, E_NOT_FOUND, "verb", "%.*s has no verb `%.*s`",
				  SLICE_ARG(kind_row(command->kind)->name), SLICE_ARG(command->verb));
	const struct registry_entry *before = registry_get(work->registry, command->kind, command->id);
	if (!before)
		return FAIL(why, E_NOT_FOUND, "no %.*s `%.*s`", SLICE_ARG(kind_row(command->kind)->name),
			    SLICE_ARG(command->id));
	if (command->if_match && before->revision != command->if_match)
		return FAIL(why, E_PRECONDITION, "%.*s has revision %llu, not %llu", SLICE_ARG(command->id),
			    (unsigned long long)before->revision, (unsigned long long)command->if_match);
	if (row->kind == KIND_POLICY_VERSION)
		return plan_rollback(work, before, why);
	struct object after = before->object;
	if (row->from_states)
		TRY(move_agent(work, row, &after, why));
	else
		TRY(set_value(work, row, &after, why));
	bool ends = (row->from_states && row->next == LIFECYCLE_DECOMMISSIONED) || row->kind == KIND_PURPOSE;
	if (ends)
		TRY(end_dependants(work, before, why));
	return plan_add_put(work, &after, before->id, before, slice_of(row->verb), command->reason, &work->result, why);
}
