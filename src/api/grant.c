#include "api/grant.h"

#include "decision/task.h"
#include "registry/entity.h"

#define MS_PER_S 1000

static slice keep(struct arena *arena, slice text)
{
	return arena_copy(arena, text);
}

/* One tool, all tools of a server, or everything. */
static bool is_pattern(slice pattern)
{
	slice server, name;
	return slice_equal(pattern, SLICE(CALLER_SCOPE_ALL)) || kind_tool_id_split(pattern, &server, &name);
}

/* Does `wide` cover all that `narrow` covers? */
static bool covers(slice wide, slice narrow)
{
	return slice_equal(wide, SLICE(CALLER_SCOPE_ALL)) || slice_equal(wide, narrow) ||
	       (!slice_equal(narrow, SLICE(CALLER_SCOPE_ALL)) && tool_pattern_covers(wide, narrow));
}

static bool some_covers(const slice *wide, size_t count, slice narrow)
{
	for (size_t i = 0; i < count; i++)
		if (covers(wide[i], narrow))
			return true;
	return false;
}

static enum error find_task(const struct grant_request *request, const struct task_row **ret_task, struct fault *why)
{
	slice id = request->parent ? request->parent->task : request->asked->task_id;
	*ret_task = NULL;
	if (request->parent && request->asked->task_id.len && !slice_equal(request->asked->task_id, id))
		return FAIL_FIELD(why, E_SCOPE, "task_id", "the token belongs to another task");
	if (id.len == 0)
		return E_OK;
	const struct task_row *task = snapshot_task(request->snapshot, id);
	*ret_task = task;
	if (!task && request->parent)
		return E_OK; /* its task was never registered */
	if (!task || !slice_equal(task->agent, request->agent->row.id))
		return FAIL_FIELD(why, E_INVALID, "task_id", "this agent has no such task");
	if (!task->open || (task->expires_ms && request->now_ms >= task->expires_ms))
		return FAIL_FIELD(why, E_GRANT, "task_id", "task.closed: the task is closed");
	return E_OK;
}

static enum error choose_purpose(const struct grant_request *request, const struct task_row *task, slice *ret_purpose,
				 struct fault *why)
{
	slice asked = request->asked->purpose;
	slice bound = task ? task->purpose : request->parent ? request->parent->purpose : SLICE("");
	if (bound.len && asked.len && !slice_equal(bound, asked))
		return FAIL_FIELD(why, E_INVALID, "purpose", "the task has another purpose");
	*ret_purpose = bound.len ? bound : asked;
	if (ret_purpose->len == 0)
		return FAIL_FIELD(why, E_INVALID, "purpose", "a purpose or a task is needed");
	const struct purpose_row *purpose = snapshot_purpose(request->snapshot, *ret_purpose);
	if (!purpose || !purpose->active)
		return FAIL_FIELD(why, E_INVALID, "purpose", "%.*s is no active purpose", SLICE_ARG(*ret_purpose));
	return E_OK;
}

struct scope {
	slice *items;
	size_t count;
};

static enum error add_scope(struct scope *scope, slice item, struct fault *why)
{
	for (size_t i = 0; i < scope->count; i++)
		if (slice_equal(scope->items[i], item))
			return E_OK;
	if (scope->count == CALLER_SCOPE_MAX)
		return FAIL_FIELD(why, E_LIMIT, "scope", "more than %u tools", CALLER_SCOPE_MAX);
	scope->items[scope->count++] = item;
	return E_OK;
}

/* Nothing outside the task and the parent: an error, never a silent narrowing. */
static enum error check_item(const struct grant_request *request, const struct task_row *task, slice item,
			     struct fault *why)
{
	if (!is_pattern(item))
		return FAIL_FIELD(why, E_SCOPE, "scope", "%.*s is not server.tool or server.*", SLICE_ARG(item));
	if (task && task->tool_count && !some_covers(task->tools, task->tool_count, item))
		return FAIL_FIELD(why, E_SCOPE, "scope", "scope.task: the task does not include %.*s", SLICE_ARG(item));
	if (request->parent && !some_covers(request->parent->scope, request->parent->scope_count, item))
		return FAIL_FIELD(why, E_SCOPE, "scope", "the token does not include %.*s", SLICE_ARG(item));
	return E_OK;
}

static enum error choose_scope(const struct grant_request *request, const struct task_row *task, struct arena *arena,
			       struct scope *scope, struct fault *why)
{
	scope->items = ARENA_ARRAY(arena, CALLER_SCOPE_MAX, slice);
	if (!scope->items)
		return FAIL(why, E_MEMORY, "no memory for a scope");
	slice rest = request->asked->scope;
	while (rest.len) {
		slice item = slice_cut(&rest, ' ');
		if (item.len == 0)
			continue;
		TRY(check_item(request, task, item, why));
		TRY(add_scope(scope, keep(arena, item), why));
	}
	if (scope->count)
		return E_OK;
	const slice all = SLICE(CALLER_SCOPE_ALL);
	const slice *from = &all;
	size_t count = 1;
	if (request->parent) {
		from = request->parent->scope;
		count = request->parent->scope_count;
	} else if (task && task->tool_count) {
		from = task->tools;
		count = task->tool_count;
	}
	for (size_t i = 0; i < count; i++)
		TRY(add_scope(scope, keep(arena, from[i]), why));
	return E_OK;
}

static enum error choose_human(const struct grant_request *request, const struct task_row *task, slice *ret_human,
			       struct fault *why)
{
	*ret_human = SLICE("");
	if (task)
		*ret_human = task->on_behalf_of;
	else if (request->parent && request->parent->mode == CALLER_DELEGATED)
		*ret_human = request->parent->subject;
	if (ret_human->len == 0)
		return E_OK;
	const struct principal_row *human = snapshot_principal(request->snapshot, *ret_human);
	if (!human || !human->human || !human->active)
		return FAIL_FIELD(why, E_GRANT, "on_behalf_of", "%.*s is no active human", SLICE_ARG(*ret_human));
	return E_OK;
}

enum error grant_decide(const struct grant_request *request, struct arena *arena, struct issue *ret_issue,
			slice *ret_title, struct fault *why)
{
	const struct task_row *task;
	struct scope scope = {.count = 0};
	slice purpose, human;
	const struct caller *parent = request->parent;
	TRY(find_task(request, &task, why));
	TRY(choose_purpose(request, task, &purpose, why));
	TRY(choose_scope(request, task, arena, &scope, why));
	TRY(choose_human(request, task, &human, why));
	int64_t now_s = request->now_ms / MS_PER_S, task_expires_s = task ? task->expires_ms / MS_PER_S : 0;
	TRY(issue_lifetime(request->asked->expires_in_s, request->lifetime_max_s, now_s, task_expires_s,
			   parent ? parent->expires_s : 0, &ret_issue->lifetime_s, why));
	slice requester = task && task->requester.len ? task->requester : parent ? parent->requester : request->agent->row.id;
	slice task_id = task ? task->row.id : parent ? parent->task : request->new_task_id;
	ret_issue->requester = keep(arena, requester);
	ret_issue->task = keep(arena, task_id);
	ret_issue->purpose = keep(arena, purpose);
	ret_issue->on_behalf_of = keep(arena, human);
	ret_issue->scope = scope.items;
	ret_issue->scope_count = scope.count;
	ret_issue->now_ms = request->now_ms;
	ret_issue->original_issue_s = parent ? parent->original_issue_ms / MS_PER_S : now_s;
	if (parent)
		ret_issue->transaction = keep(arena, parent->transaction);
	*ret_title = task ? keep(arena, task->description) : SLICE("");
	return E_OK;
}
