#include "decision/replay_parts.h"

#include "base/memory.h"
#include "decision/grant.h"
#include "decision/layer.h"
#include "decision/reason.h"

#define REQUEST_BYTES_MAX (64u << 20)

struct replay {
	struct replay_settings settings;
	struct replay_reads reads;
	struct cedar_policyset *everything; /* one permit without conditions: stands for a grant that permitted */
	struct arena arena;                 /* of one record */
	struct replay_memo memo;
};

enum error replay_make(struct replay **ret_replay, const struct replay_settings *settings, struct fault *why)
{
	static const struct cedar_source all = {.name = SLICE_INIT("grant"), .id_prefix = SLICE_INIT("grant"), .has_one = true,
						.text = SLICE_INIT("permit (principal, action, resource);")};
	struct replay *replay = *ret_replay = memory_alloc(sizeof(*replay));
	if (!replay)
		return FAIL(why, E_MEMORY, "no memory for a replay");
	replay->settings = *settings;
	arena_init(&replay->arena, REQUEST_BYTES_MAX);
	replay_reads_find(&replay->reads, settings->set);
	replay_memo_init(&replay->memo, &settings->snapshot->key);
	enum error code = cedar_policyset_parse(&settings->snapshot->key, &all, 1, &replay->everything, NULL, why);
	if (code != E_OK) {
		replay_free(replay);
		*ret_replay = NULL;
	}
	return code;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	cedar_policyset_free(replay->everything);
	replay_memo_free(&replay->memo);
	arena_free(&replay->arena);
	memory_free(replay);
}

/* What is known of the grants that held then. */
enum grants { GRANTS_UNKNOWN = 0, GRANTS_SILENT, GRANTS_PERMIT };

/* "grant_01J  grant:1  ..." */
static bool is_grant(slice policy)
{
	slice source = slice_from_offset(policy, slice_find(policy, SLICE("  ")));
	return slice_starts_with(source, SLICE("  " GRANT_SOURCE ":"));
}

static enum grants grants_of(const struct record *record)
{
	if (record->decision == RECORD_PERMIT) {
		for (size_t i = 0; i < record->determining_policies.count; i++)
			if (is_grant(record->determining_policies.items[i]))
				return GRANTS_PERMIT;
		/* All permits that held are listed, up to the maximum of a list. */
		return record->determining_policies.count < RECORD_TEXTS_MAX ? GRANTS_SILENT : GRANTS_UNKNOWN;
	}
	return slice_equal(record->reason, reason_code(REASON_NO_MATCHING_PERMIT)) ? GRANTS_SILENT : GRANTS_UNKNOWN;
}

/* Was the decision that of the policies, so that others would have had a say? */
static bool was_by_policies(const struct record *record)
{
	static const enum reason reasons[] = {REASON_PERMITTED, REASON_FORBIDDEN, REASON_NO_MATCHING_PERMIT,
					      REASON_POLICY_ERROR, REASON_ARGUMENTS_INVALID};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (slice_equal(record->reason, reason_code(reasons[i])))
			return true;
	return record->decision != RECORD_DENY;
}

/* One request to the candidate. */
struct asking {
	struct replay *replay;
	const struct record *record;
	struct cedar_request request;
	struct cedar_uid action;
	struct cedar_uid resource;
	const struct cedar_entities *layers[4];
	size_t layer_count;
	bool open;
	uint64_t revision; /* of the youngest row that was read */
};

static const char *add_tool(struct asking *asking, const struct agent_row *agent)
{
	const struct replay *replay = asking->replay;
	const struct record *record = asking->record;
	const struct tool_row *tool = snapshot_tool(replay->settings.snapshot, record->tool);
	struct cedar_entities *layer;
	if (!tool || tool->row.revision > record->registry_revision)
		return "the tool has changed since";
	if (tool->row.revision > asking->revision)
		asking->revision = tool->row.revision;
	asking->request.action = &tool->action;
	asking->request.resource = &tool->resource;
	if (record->target.len > 0) {
		/* Of several targets the record does not tell where one ends. */
		if (slice_find(record->target, SLICE(", ")) != SIZE_MAX)
			return "the call had several targets";
		if (layer_of_target(&replay->settings.snapshot->key, tool, record->target, &asking->replay->arena,
				    &asking->resource, &layer, NULL) != E_OK)
			return "the target makes no entity";
		asking->request.resource = &asking->resource;
		asking->layers[asking->layer_count++] = layer;
	}
	asking->layers[asking->layer_count++] = agent->layer;
	asking->layers[asking->layer_count++] = tool->layer;
	return NULL;
}

static const char *add_method(struct asking *asking, const struct agent_row *agent)
{
	const struct record *record = asking->record;
	struct cedar_entities *layer;
	if (layer_of_method(&asking->replay->settings.snapshot->key, record->server, record->trigger,
			    &asking->replay->arena, &asking->action, &asking->resource, &layer, NULL) != E_OK)
		return "the method makes no entity";
	asking->request.action = &asking->action;
	asking->request.resource = &asking->resource;
	asking->layers[asking->layer_count++] = layer;
	asking->layers[asking->layer_count++] = agent->layer;
	return NULL;
}

/* NULL, or what is not known. */
static const char *prepare(struct asking *asking)
{
	const struct replay *replay = asking->replay;
	const struct record *record = asking->record;
	const struct snapshot *snapshot = replay->settings.snapshot;
	if (slice_equal(record->trigger, SLICE("authzen")))
		return "its entities came with the request and are not recorded";
	if (replay->settings.entities_revision > record->registry_revision)
		return "entities of the operator have changed since";
	if (replay->settings.set && cedar_policyset_history_conditions(replay->settings.set) > 0)
		return "the candidate looks at the history of the session";
	if (replay->reads.whole_context)
		return "the candidate looks at the context as a whole";
	const struct agent_row *agent = snapshot_agent(snapshot, record->agent);
	if (!agent || agent->row.revision > record->registry_revision)
		return "the agent has changed since";
	asking->request.principal = &agent->uid;
	asking->revision = agent->row.revision;
	if (replay->settings.entities_revision > asking->revision)
		asking->revision = replay->settings.entities_revision;
	const char *missing = record->tool.len > 0 ? add_tool(asking, agent) : add_method(asking, agent);
	if (missing)
		return missing;
	if (snapshot->entities)
		asking->layers[asking->layer_count++] = snapshot->entities;
	if (replay_context(&replay->reads, record, &asking->replay->arena, &asking->request.context, &asking->open, NULL) != E_OK)
		return "its context is beyond a limit";
	return NULL;
}

static enum cedar_possibility ask(struct asking *asking, bool grant_permits)
{
	struct replay *replay = asking->replay;
	const struct cedar_policyset *sets[2];
	struct cedar_world world = {.layers = asking->layers, .layer_count = asking->layer_count, .sets = sets};
	enum cedar_possibility possibility = CEDAR_MAYBE;
	struct cedar_result result;
	if (replay->settings.set)
		sets[world.set_count++] = replay->settings.set;
	if (grant_permits)
		sets[world.set_count++] = replay->everything;
	if (asking->open)
		return cedar_may_permit(&asking->request, &world, &replay->arena, &possibility, NULL) == E_OK ? possibility
													       : CEDAR_MAYBE;
	enum cedar_decision decision = cedar_authorize(&asking->request, &world, &replay->arena, &result);
	if (result.failure != E_OK)
		return CEDAR_MAYBE;
	return decision == CEDAR_ALLOW ? CEDAR_ALWAYS : CEDAR_NEVER;
}

static struct replay_result unknown(const char *why)
{
	return (struct replay_result){.verdict = REPLAY_UNKNOWN, .by_policies = true, .why = why};
}

static struct replay_result answer(struct asking *asking, enum grants grants)
{
	enum cedar_possibility possibility = ask(asking, grants == GRANTS_PERMIT);
	/* Nobody knows whether a grant would have permitted: then only what comes out either way is certain. */
	if (grants == GRANTS_UNKNOWN && possibility != CEDAR_ALWAYS && ask(asking, true) != CEDAR_NEVER)
		return unknown("whether a grant would have permitted is not recorded");
	if (possibility == CEDAR_MAYBE)
		return unknown("it depends on what is not recorded");
	return (struct replay_result){.verdict = possibility == CEDAR_ALWAYS ? REPLAY_PERMIT : REPLAY_DENY, .by_policies = true};
}

static struct replay_result decide_again(struct asking *asking)
{
	struct replay *replay = asking->replay;
	struct replay_result result;
	enum grants grants = grants_of(asking->record);
	/* Before anything else is looked at; an answer is kept only where nothing stood against it. */
	if (slice_equal(asking->record->reason, reason_code(REASON_ARGUMENTS_INVALID)))
		return unknown("its arguments could not be read");
	if (replay_memo_find(&replay->memo, &replay->reads, asking->record, grants, &result))
		return result;
	arena_reset(&replay->arena);
	const char *missing = prepare(asking);
	if (missing)
		return unknown(missing);
	result = answer(asking, grants);
	replay_memo_keep(&replay->memo, &result, asking->revision);
	return result;
}

struct replay_result replay_decide(struct replay *replay, const struct record *record)
{
	struct asking asking = {.replay = replay, .record = record};
	if (!was_by_policies(record))
		return (struct replay_result){.verdict = REPLAY_DENY};
	return decide_again(&asking);
}
