#include "decision/row.h"

#include "base/memory.h"
#include "decision/layer.h"
#include "registry/entity.h"
#include "text/base64.h"
#include "text/json.h"
#include "text/time.h"

#include <assert.h>

#define NS_PER_MS 1000000

void *row_new(const struct row_input *input, size_t size)
{
	assert(size >= sizeof(struct row));
	struct row *row = memory_alloc(size);
	if (!row)
		return NULL;
	arena_init(&row->arena, SNAPSHOT_ROW_BYTES_MAX);
	row->id = arena_copy(&row->arena, input->id);
	row->object = arena_copy(&row->arena, input->object);
	row->revision = input->revision;
	if (!row->id.ptr || !row->object.ptr) {
		row_release(&row->retired);
		return NULL;
	}
	return row;
}

void row_release(struct retired *item)
{
	struct row *row = (struct row *)(void *)item;
	arena_free(&row->arena);
	memory_free(row);
}

void agent_row_release(struct retired *item)
{
	struct agent_row *row = (struct agent_row *)(void *)item;
	cedar_entities_free(row->layer);
	jwk_set_free(&row->keys);
	row_release(item);
}

void tool_row_release(struct retired *item)
{
	cedar_entities_free(((struct tool_row *)(void *)item)->layer);
	row_release(item);
}

void authority_row_release(struct retired *item)
{
	cedar_policyset_free(((struct authority_row *)(void *)item)->policies);
	row_release(item);
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for a row");
}

/* Whatever `code` is: on failure the row is gone. */
static enum error finish(enum error code, struct row *row, void (*release)(struct retired *), struct row **ret_row)
{
	if (code != E_OK)
		release(&row->retired);
	else
		*ret_row = row;
	return code;
}

/* Is some key of the old set no longer in the new one? Stored objects are canonical, so equal keys look equal. */
static bool lost_a_key(slice old, slice new)
{
	struct arena arena;
	struct json_doc doc;
	bool lost = false;
	if (old.len == 0 || slice_equal(old, new))
		return false;
	arena_init(&arena, SNAPSHOT_ROW_BYTES_MAX);
	if (json_parse(&doc, old, NULL, &arena, NULL) != E_OK)
		lost = true;
	else
		for (const struct json_node *key = json_first(json_get(&doc, json_root(&doc), SLICE("keys"))); key;
		     key = json_next(key))
			lost = lost || slice_find(new, json_span(&doc, key)) == SIZE_MAX;
	arena_free(&arena);
	return lost;
}

/*
 * When an agent leaves or regains the right to act, or loses a key, tokens from before must not live on or revive
 * (DESIGN D7). A first approval cuts nothing: there was no token.
 */
static int64_t cutoff_of(const struct row_input *input, const struct agent_row *old, const struct agent_row *new)
{
	int64_t cutoff_ms = old ? old->cutoff_ms : 0, stored_ms = 0;
	slice stored;
	if (json_string(json_get(input->doc, input->node, SLICE("cutoff_at")), &stored) &&
	    time_parse_ms(&stored_ms, stored, NULL) == E_OK && stored_ms > cutoff_ms)
		cutoff_ms = stored_ms;
	if (!old)
		return cutoff_ms;
	bool moved = old->may_act != new->may_act && !slice_equal(old->state, SLICE("registered"));
	if ((moved || lost_a_key(old->jwks, new->jwks)) && input->time_ms > cutoff_ms)
		cutoff_ms = input->time_ms;
	return cutoff_ms;
}

static enum error read_agent(struct agent_row *row, const struct row_input *input, const struct row *old,
			     struct fault *why)
{
	struct agent agent;
	TRY(agent_read(&agent, row->row.object, &row->row.arena, why));
	row->name = agent.name;
	row->owner = agent.owner;
	row->deputy = agent.deputy;
	row->purpose = agent.purpose;
	row->environment = agent.environment;
	row->model = agent.model;
	row->class = slice_of(agent_class_name(agent.class));
	row->state = slice_of(lifecycle_name(agent.state));
	row->team = agent.team;
	row->domain = agent.domain;
	row->may_act = lifecycle_may_act(agent.state);
	row->observed_only = !agent.enforced;
	row->jwks = agent.jwks;
	row->cutoff_ms = cutoff_of(input, (const struct agent_row *)(const void *)old, row);
	/* A key set that cannot be read is no key: the agent cannot authenticate, and says so. */
	if (row->jwks.len && jwk_set_parse(&row->keys, row->jwks, JWK_PUBLIC, &row->row.arena, NULL) == E_MEMORY)
		return no_memory(why);
	row->uid = cedar_uid_make(input->key, SLICE("Tipstaff::Agent"), row->row.id);
	return layer_of_agent(input->key, row, why);
}

enum error agent_row_make(const struct row_input *input, const struct row *old, struct row **ret_row, struct fault *why)
{
	struct agent_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	return finish(read_agent(row, input, old, why), &row->row, agent_row_release, ret_row);
}

static enum error read_tool(struct tool_row *row, const struct row_input *input, struct fault *why)
{
	struct tool tool;
	TRY(tool_read(&tool, row->row.object, &row->row.arena, why));
	row->server = tool.server;
	row->name = tool.name;
	row->effect = tool.effect;
	row->target_argument = tool.target_argument;
	if (tool.target_argument.len)
		row->target_type = tool.target_type == TARGET_PATH  ? TOOL_TARGET_PATH
				   : tool.target_type == TARGET_URL ? TOOL_TARGET_URL
								    : TOOL_TARGET_STRING;
	row->definition = tool.definition;
	if (tool.definition_sha256.len == 2 * (size_t)SNAPSHOT_DIGEST_BYTES)
		TRY(hex_read((char *)row->definition_sha256, tool.definition_sha256, why));
	row->pinned = tool.state == TOOL_PINNED;
	row->state = tool.state == TOOL_PINNED ? SLICE("pinned")
					       : tool.state == TOOL_CHANGED ? SLICE("changed") : SLICE("gone");
	row->action = cedar_uid_make(input->key, SLICE("Tipstaff::Action"), row->row.id);
	row->resource = cedar_uid_make(input->key, SLICE("Tipstaff::Tool"), row->row.id);
	return layer_of_tool(input->key, row, why);
}

enum error tool_row_make(const struct row_input *input, const struct row *old, struct row **ret_row, struct fault *why)
{
	(void)old;
	struct tool_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	return finish(read_tool(row, input, why), &row->row, tool_row_release, ret_row);
}

enum error server_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			   struct fault *why)
{
	(void)old;
	struct server server;
	struct server_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = server_read(&server, row->row.object, &row->row.arena, why);
	row->url = server.url;
	row->protocol_version = server.protocol_version;
	row->authorization = server.authorization;
	row->active = server.active;
	return finish(code, &row->row, row_release, ret_row);
}

enum error purpose_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			    struct fault *why)
{
	(void)old;
	struct purpose purpose;
	struct purpose_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = purpose_read(&purpose, row->row.object, &row->row.arena, why);
	row->name = purpose.name;
	row->owner = purpose.owner;
	row->active = purpose.active;
	return finish(code, &row->row, row_release, ret_row);
}

enum error grant_row_make(const struct row_input *input, const struct row *old, struct row **ret_row, struct fault *why)
{
	(void)old;
	struct grant grant;
	struct grant_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = grant_read(&grant, row->row.object, &row->row.arena, why);
	row->agent = grant.agent;
	row->purpose = grant.purpose_id;
	row->tools = grant.tools.items;
	row->tool_count = grant.tools.count;
	row->targets = grant.targets.items;
	row->target_count = grant.targets.count;
	row->expires_ms = grant.expires_ns / NS_PER_MS;
	row->active = grant.active;
	return finish(code, &row->row, row_release, ret_row);
}

enum error task_row_make(const struct row_input *input, const struct row *old, struct row **ret_row, struct fault *why)
{
	(void)old;
	struct task task;
	struct task_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = task_read(&task, row->row.object, &row->row.arena, why);
	row->agent = task.agent;
	row->purpose = task.purpose;
	row->on_behalf_of = task.on_behalf_of;
	row->requester = task.requester;
	row->description = task.description;
	row->tools = task.tools.items;
	row->tool_count = task.tools.count;
	row->targets = task.targets.items;
	row->target_count = task.targets.count;
	row->expires_ms = task.expires_ns / NS_PER_MS;
	row->open = task.state == TASK_OPEN;
	return finish(code, &row->row, row_release, ret_row);
}

enum error principal_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			      struct fault *why)
{
	(void)old;
	struct principal principal;
	struct principal_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = principal_read(&principal, row->row.object, &row->row.arena, why);
	row->name = principal.name;
	row->human = principal.type == PRINCIPAL_HUMAN;
	row->active = principal.active;
	return finish(code, &row->row, row_release, ret_row);
}

enum error policy_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			   struct fault *why)
{
	(void)old;
	struct policy policy;
	struct policy_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = policy_read(&policy, row->row.object, &row->row.arena, why);
	row->source = policy.source.len ? policy.source : row->row.id;
	row->text = policy.text;
	return finish(code, &row->row, row_release, ret_row);
}

enum error entities_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			     struct fault *why)
{
	(void)old;
	struct entities entities;
	struct entities_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	enum error code = entities_read(&entities, row->row.object, &row->row.arena, why);
	row->text = entities.text;
	return finish(code, &row->row, row_release, ret_row);
}

static enum error read_pep(struct pep_row *row, struct fault *why)
{
	struct pep pep;
	TRY(pep_read(&pep, row->row.object, &row->row.arena, why));
	if (pep.key_sha256.len != 2 * (size_t)SNAPSHOT_DIGEST_BYTES)
		return FAIL_FIELD(why, E_INVALID, "key_sha256", "key_sha256 is no digest");
	TRY(hex_read((char *)row->key_sha256, pep.key_sha256, why));
	row->asserts = pep.asserts.items;
	row->assert_count = pep.asserts.count;
	row->may_search = pep.may_search;
	row->active = pep.active;
	return E_OK;
}

enum error pep_row_make(const struct row_input *input, const struct row *old, struct row **ret_row, struct fault *why)
{
	(void)old;
	struct pep_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	return finish(read_pep(row, why), &row->row, row_release, ret_row);
}

enum error revocation_row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			       struct fault *why)
{
	(void)old;
	(void)why;
	struct revocation_row *row = row_new(input, sizeof(*row));
	if (!row)
		return no_memory(why);
	*ret_row = &row->row;
	return E_OK;
}
