#include "decision/replay_parts.h"

#include "base/memory.h"
#include "decision/grant.h"
#include "decision/layer.h"
#include "decision/reason.h"

#include <string.h>

#define REQUEST_BYTES_MAX (64u << 20)

struct replay {
	struct replay_settings settings;
	struct replay_reads reads;
	const char *unknowable;             /* why nothing can be told whatever the record; NULL: something can */
	struct cedar_policyset *everything; /* one permit without conditions: stands for a grant that permitted */
	struct replay_rows rows;
	struct replay_facts facts;          /* of one record */
	struct arena arena;
	struct replay_memo memo;
};

static const char *find_unknowable(const struct replay *replay)
{
	if (replay->settings.set && cedar_policyset_history_conditions(replay->settings.set) > 0)
		return "the candidate looks at the history of the session";
	return replay->reads.whole_context ? "the candidate looks at the context as a whole" : NULL;
}

enum error replay_make(struct replay **ret_replay, const struct replay_settings *settings, struct fault *why)
{
	static const struct cedar_source all = {.name = SLICE_INIT("grant"), .id_prefix = SLICE_INIT("grant"), .has_one = true,
						.text = SLICE_INIT("permit (principal, action, resource);")};
	struct replay *replay = *ret_replay = memory_alloc(sizeof(*replay));
	if (!replay)
		return FAIL(why, E_MEMORY, "no memory for a replay");
	replay->settings = *settings;
	arena_init(&replay->arena, REQUEST_BYTES_MAX);
	replay->rows.snapshot = settings->snapshot;
	arena_init(&replay->rows.arena, REQUEST_BYTES_MAX);
	replay_reads_find(&replay->reads, settings->set);
	replay->unknowable = find_unknowable(replay);
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
	arena_free(&replay->rows.arena);
	arena_free(&replay->arena);
	memory_free(replay);
}

/* What is known of the grants that held then. */
enum grants { GRANTS_UNKNOWN = 0, GRANTS_SILENT, GRANTS_PERMIT };

/* "grant_01J  grant:1  ..." */
static bool is_grant(slice policy)
{
	static const char source[] = "  " GRANT_SOURCE ":";
	if (policy.len == 0)
		return false;
	const char *end = policy.ptr + policy.len;
	for (const char *at = policy.ptr; (at = memchr(at, ' ', (size_t)(end - at))); at++)
		if (end - at > 1 && at[1] == ' ')
			return (size_t)(end - at) >= sizeof(source) - 1 && memcmp(at, source, sizeof(source) - 1) == 0;
	return false;
}

static enum grants grants_of(const struct record *record, enum reason reason)
{
	if (record->decision == RECORD_PERMIT) {
		for (size_t i = 0; i < record->determining_policies.count; i++)
			if (is_grant(record->determining_policies.items[i]))
				return GRANTS_PERMIT;
		/* All permits that held are listed, up to the maximum of a list. */
		return record->determining_policies.count < RECORD_TEXTS_MAX ? GRANTS_SILENT : GRANTS_UNKNOWN;
	}
	return reason == REASON_NO_MATCHING_PERMIT ? GRANTS_SILENT : GRANTS_UNKNOWN;
}

/* The reason of a decision of the policies, where others would have had a say; else any other. */
static enum reason reason_of(const struct record *record)
{
	static const enum reason reasons[] = {REASON_PERMITTED, REASON_FORBIDDEN, REASON_NO_MATCHING_PERMIT,
					      REASON_POLICY_ERROR, REASON_ARGUMENTS_INVALID};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (slice_equal(record->reason, reason_code(reasons[i])))
			return reasons[i];
	return REASON_COUNT;
}

/* One request to the candidate. */
struct asking {
	struct replay *replay;
	struct replay_sight sight;
	struct cedar_request request;
	struct cedar_uid action;
	struct cedar_uid resource;
	const struct cedar_entities *layers[3];
	size_t layer_count;
	bool open;
};

/* Of several targets the record does not tell where one ends. */
static bool has_targets(slice target)
{
	return slice_find_byte(target, ',', 0) != SIZE_MAX && slice_find(target, SLICE(", ")) != SIZE_MAX;
}

/* Who asked for what: NULL, or what is not known. */
static const char *look(struct asking *asking, const struct record *record)
{
	struct replay *replay = asking->replay;
	if (slice_equal(record->trigger, SLICE("authzen")))
		return "its entities came with the request and are not recorded";
	if (replay->settings.entities_revision > record->registry_revision)
		return "entities of the operator have changed since";
	if (replay->unknowable)
		return replay->unknowable;
	asking->sight.agent = replay_agent(&replay->rows, record->agent);
	if (!asking->sight.agent || asking->sight.agent->row.revision > record->registry_revision)
		return "the agent has changed since";
	if (record->tool.len == 0)
		return NULL;
	asking->sight.tool = replay_tool(&replay->rows, record->tool);
	if (!asking->sight.tool || asking->sight.tool->row->row.revision > record->registry_revision)
		return "the tool has changed since";
	return has_targets(record->target) ? "the call had several targets" : NULL;
}

static const char *add_tool(struct asking *asking)
{
	struct replay *replay = asking->replay;
	const struct tool_row *tool = asking->sight.tool->row;
	slice target = asking->sight.record->target;
	struct cedar_entities *layer = tool->layer;
	asking->request.action = &tool->action;
	asking->request.resource = &tool->resource;
	if (target.len > 0) {
		if (replay_target(&replay->rows, asking->sight.tool, target, replay->reads.target, &replay->arena,
				  &asking->resource, &layer) != E_OK)
			return "the target makes no entity";
		asking->request.resource = &asking->resource;
	}
	asking->layers[asking->layer_count++] = layer;
	return NULL;
}

static const char *add_method(struct asking *asking)
{
	const struct record *record = asking->sight.record;
	struct cedar_entities *layer;
	if (layer_of_method(&asking->replay->settings.snapshot->key, record->server, record->trigger,
			    &asking->replay->arena, &asking->action, &asking->resource, &layer, NULL) != E_OK)
		return "the method makes no entity";
	asking->request.action = &asking->action;
	asking->request.resource = &asking->resource;
	asking->layers[asking->layer_count++] = layer;
	return NULL;
}

/* NULL, or what is not known. */
static const char *prepare(struct asking *asking)
{
	struct replay *replay = asking->replay;
	const struct snapshot *snapshot = replay->settings.snapshot;
	const char *missing = asking->sight.tool ? add_tool(asking) : add_method(asking);
	if (missing)
		return missing;
	asking->request.principal = &asking->sight.agent->uid;
	asking->layers[asking->layer_count++] = asking->sight.agent->layer;
	if (snapshot->entities)
		asking->layers[asking->layer_count++] = snapshot->entities;
	if (replay_context(&replay->reads, &replay->facts, asking->sight.record, &replay->arena, &asking->request.context,
			   &asking->open, NULL) != E_OK)
		return "its context is beyond a limit";
	return NULL;
}

/* What the candidate says by itself, and beside a grant that permits. */
struct verdicts {
	enum cedar_possibility alone;
	enum cedar_possibility granted;
	uint32_t policy; /* as in the result */
};

static enum cedar_possibility ask_open(struct asking *asking, bool grant_permits)
{
	struct replay *replay = asking->replay;
	const struct cedar_policyset *sets[2];
	struct cedar_world world = {.layers = asking->layers, .layer_count = asking->layer_count, .sets = sets};
	enum cedar_possibility possibility;
	if (replay->settings.set)
		sets[world.set_count++] = replay->settings.set;
	if (grant_permits)
		sets[world.set_count++] = replay->everything;
	if (cedar_may_permit(&asking->request, &world, &replay->arena, &possibility, NULL) != E_OK)
		return CEDAR_MAYBE;
	return possibility;
}

/* A grant permits whatever no policy forbids, so that one decision tells both. */
static struct verdicts ask(struct asking *asking)
{
	struct replay *replay = asking->replay;
	const struct cedar_world world = {.layers = asking->layers, .layer_count = asking->layer_count,
					  .sets = &replay->settings.set, .set_count = replay->settings.set ? 1 : 0};
	struct cedar_result result;
	if (asking->open)
		return (struct verdicts){asking->sight.grants == GRANTS_PERMIT ? CEDAR_MAYBE : ask_open(asking, false),
					 asking->sight.grants == GRANTS_SILENT ? CEDAR_MAYBE : ask_open(asking, true), 0};
	bool is_allowed = cedar_authorize(&asking->request, &world, &replay->arena, &result) == CEDAR_ALLOW;
	if (result.failure != E_OK)
		return (struct verdicts){CEDAR_MAYBE, CEDAR_MAYBE, 0};
	bool is_forbidden = !is_allowed && result.reason_count > 0;
	return (struct verdicts){is_allowed ? CEDAR_ALWAYS : CEDAR_NEVER, is_forbidden ? CEDAR_NEVER : CEDAR_ALWAYS,
				 result.reason_count > 0 ? result.reasons[0].policy + 1 : 0};
}

static struct replay_result unknown(const char *why)
{
	return (struct replay_result){.verdict = REPLAY_UNKNOWN, .by_policies = true, .why = why};
}

static struct replay_result answer(struct asking *asking)
{
	struct verdicts verdicts = ask(asking);
	unsigned grants = asking->sight.grants;
	enum cedar_possibility possibility = grants == GRANTS_PERMIT ? verdicts.granted : verdicts.alone;
	/* Nobody knows whether a grant would have permitted: then only what comes out either way is certain. */
	if (grants == GRANTS_UNKNOWN && possibility != CEDAR_ALWAYS && verdicts.granted != CEDAR_NEVER)
		return unknown("whether a grant would have permitted is not recorded");
	if (possibility == CEDAR_MAYBE)
		return unknown("it depends on what is not recorded");
	return (struct replay_result){.verdict = possibility == CEDAR_ALWAYS ? REPLAY_PERMIT : REPLAY_DENY, .by_policies = true,
				      .policy = verdicts.policy};
}

static struct replay_result decide_again(struct replay *replay, const struct record *record, enum reason reason)
{
	struct asking asking = {.replay = replay, .sight = {.record = record, .grants = grants_of(record, reason)}};
	/* Before anything else is looked at; an answer is kept only where nothing stood against it. */
	if (reason == REASON_ARGUMENTS_INVALID)
		return unknown("its arguments could not be read");
	const char *missing = look(&asking, record);
	if (missing)
		return unknown(missing);
	replay_facts_find(&replay->facts, &replay->reads, record);
	const struct replay_result *kept = replay_memo_find(&replay->memo, &replay->reads, &replay->facts, &asking.sight);
	if (kept)
		return *kept;
	arena_reset(&replay->arena);
	missing = prepare(&asking);
	if (missing)
		return unknown(missing);
	struct replay_result result = answer(&asking);
	replay_memo_keep(&replay->memo, &result);
	return result;
}

struct replay_result replay_decide(struct replay *replay, const struct record *record)
{
	enum reason reason = reason_of(record);
	if (reason == REASON_COUNT && record->decision == RECORD_DENY)
		return (struct replay_result){.verdict = REPLAY_DENY};
	return decide_again(replay, record, reason);
}
