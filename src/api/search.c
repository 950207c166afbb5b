#include "api/search.h"

#include "decision/directory.h"

/* In byte order of their ids, no two alike; one of the three. */
struct candidates {
	const struct agent_row *const *agents;
	const struct tool_row *const *tools;
	const struct cedar_uid *const *names;
	size_t count;
};

static slice id_at(const struct candidates *candidates, size_t index)
{
	if (candidates->agents)
		return candidates->agents[index]->row.id;
	return candidates->tools ? candidates->tools[index]->row.id : candidates->names[index]->id;
}

static enum error list(const struct snapshot *snapshot, const struct authzen_search *search, struct arena *arena,
		       struct candidates *ret, struct fault *why)
{
	const struct authzen_evaluation *asked = &search->asked;
	bool of_agent = slice_equal(asked->subject.type, SLICE("agent"));
	slice type = SLICE("Action");
	*ret = (struct candidates){.count = 0};
	if (search->kind == AUTHZEN_SEARCH_SUBJECT) {
		if (of_agent)
			return snapshot_agents(snapshot, arena, &ret->agents, &ret->count, why);
		type = asked->subject.type;
	} else if (search->kind == AUTHZEN_SEARCH_RESOURCE) {
		type = asked->resource.type;
		of_agent = of_agent && slice_equal(type, SLICE("tool"));
	}
	if (of_agent)
		return snapshot_tools(snapshot, SLICE(""), arena, &ret->tools, &ret->count, why);
	ret->names = directory_of_type(snapshot->directory, type, &ret->count);
	return E_OK;
}

/* Who may ask at all, before anything is looked at. */
static enum error check_asker(const struct asker *asker, const struct authzen_search *search, struct fault *why)
{
	bool of_agent = slice_equal(search->asked.subject.type, SLICE("agent"));
	switch (asker->kind) {
	case ASKER_OPERATOR:
		return E_OK;
	case ASKER_PEP:
		if (!asker->pep->may_search)
			return FAIL(why, E_FORBIDDEN, "this enforcement point may not search");
		return of_agent ? FAIL_FIELD(why, E_FORBIDDEN, "subject", "agents ask with their own token") : E_OK;
	case ASKER_AGENT:
		if (search->kind == AUTHZEN_SEARCH_SUBJECT || !of_agent ||
		    !slice_equal(search->asked.subject.id, asker->caller->agent))
			return FAIL_FIELD(why, E_FORBIDDEN, "subject", "an agent may ask about itself only");
		return E_OK;
	case ASKER_NOBODY:
		break;
	}
	return FAIL(why, E_FORBIDDEN, "nobody may search");
}

/* One search under way. */
struct run {
	const struct search_setting *setting;
	const struct authzen_search *search;
	struct candidates candidates;
	struct arena scratch;              /* of some candidates */
	struct evaluate_entities entities; /* the question, where it is not about an agent */
	bool of_agent;
	bool is_askable;                   /* nothing in the question stands against it, whoever the candidate is */
	bool permitted[SEARCH_DECISIONS_STEP]; /* of the candidates from `told` on */
	size_t told;
	size_t told_count;
};

static enum error prepare(struct run *run, struct arena *arena, struct fault *why)
{
	struct fault inner = {0};
	const struct authzen_search *search = run->search;
	run->of_agent = slice_equal(search->asked.subject.type, SLICE("agent"));
	run->is_askable = true;
	if (run->of_agent)
		return E_OK;
	enum error code = evaluate_prepare(&run->setting->evaluate, &search->doc, &search->asked, arena, &run->entities, &inner);
	run->is_askable = code == E_OK;
	return code == E_MEMORY ? FAIL(why, E_MEMORY, "no memory for a search") : E_OK;
}

/* As the gateway would decide about the agent. */
static enum error ask_about_agent(struct run *run, slice id, bool *ret_permitted, struct fault *why)
{
	struct authzen_evaluation asked = run->search->asked;
	struct authzen_entity *const parts[] = {&asked.subject, &asked.resource, &asked.action};
	struct evaluated evaluated;
	struct fault inner = {0};
	parts[run->search->kind]->id = id;
	arena_reset(&run->scratch);
	enum error code = evaluate_asked(&run->setting->evaluate, &run->search->doc, &asked, &run->scratch, &evaluated, &inner);
	*ret_permitted = code == E_OK && evaluated.decision.verdict == PERMIT;
	return code == E_MEMORY ? FAIL(why, E_MEMORY, "no memory for a search") : E_OK;
}

/* Decides about the next candidates from `index` on. */
static enum error ask_on(struct run *run, size_t index, struct fault *why)
{
	static const enum decision_place places[] = {[AUTHZEN_SEARCH_SUBJECT] = DECISION_PRINCIPAL,
						     [AUTHZEN_SEARCH_RESOURCE] = DECISION_RESOURCE,
						     [AUTHZEN_SEARCH_ACTION] = DECISION_ACTION};
	size_t left = run->candidates.count - index;
	run->told = index;
	run->told_count = left < SEARCH_DECISIONS_STEP ? left : SEARCH_DECISIONS_STEP;
	arena_reset(&run->scratch);
	if (!run->of_agent)
		return decide_direct_each(&run->entities.direct, places[run->search->kind], run->candidates.names + index,
					  run->told_count, run->permitted, &run->scratch, why);
	for (size_t i = 0; i < run->told_count; i++)
		TRY(ask_about_agent(run, id_at(&run->candidates, index + i), &run->permitted[i], why));
	return E_OK;
}

static enum error is_permitted(struct run *run, size_t index, bool *ret_permitted, struct fault *why)
{
	*ret_permitted = false;
	if (!run->is_askable)
		return E_OK;
	if (run->told_count == 0 || index >= run->told + run->told_count)
		TRY(ask_on(run, index, why));
	*ret_permitted = run->permitted[index - run->told];
	return E_OK;
}

/* The first candidate behind `after`. */
static size_t begin_at(const struct candidates *candidates, const struct authzen_page *page)
{
	size_t low = 0, high = page->is_first ? 0 : candidates->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_compare(id_at(candidates, middle), page->after) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_enough(const struct search_setting *setting, size_t decided)
{
	if (decided >= SEARCH_DECISIONS_MAX)
		return true;
	return setting->is_enough && decided > 0 && decided % SEARCH_DECISIONS_STEP == 0 &&
	       setting->is_enough(setting->context);
}

/* Fills the page, and goes on behind it: to the next result, or from the first page to the end, so that all are counted. */
static enum error decide_all(struct run *run, const struct authzen_page *page, slice *ids, struct search_results *ret,
			     struct fault *why)
{
	const struct candidates *candidates = &run->candidates;
	size_t limit = page->limit < SEARCH_RESULTS_MAX ? (size_t)page->limit : SEARCH_RESULTS_MAX;
	uint64_t matching = 0;
	size_t i = begin_at(candidates, page);
	ret->next = *page;
	for (; i < candidates->count && !is_enough(run->setting, ret->decided); i++, ret->decided++) {
		bool permitted;
		if (matching > limit && !page->is_first)
			break;
		slice id = id_at(candidates, i);
		TRY(is_permitted(run, i, &permitted, why));
		matching += permitted;
		if (permitted && ret->count < limit)
			ids[ret->count++] = id;
		if (ret->count < limit || (permitted && matching == limit)) {
			ret->next.after = id;
			ret->next.is_first = false;
		}
	}
	bool all = i == candidates->count;
	ret->has_more = !all || matching > limit;
	if (page->is_first)
		ret->next.total = all ? matching : AUTHZEN_TOTAL_UNKNOWN;
	ret->total = ret->next.total;
	ret->ids = ids;
	return E_OK;
}

enum error search_run(const struct search_setting *setting, const struct authzen_search *search,
		      const struct authzen_page *page, struct arena *arena, struct search_results *ret,
		      struct fault *why)
{
	struct run run = {.setting = setting, .search = search};
	*ret = (struct search_results){.count = 0};
	TRY(check_asker(&setting->evaluate.asker, search, why));
	TRY(list(setting->evaluate.snapshot, search, arena, &run.candidates, why));
	TRY(prepare(&run, arena, why));
	slice *ids = ARENA_ARRAY(arena, SEARCH_RESULTS_MAX, slice);
	if (!ids)
		return FAIL(why, E_MEMORY, "no memory for a search");
	arena_init(&run.scratch, SEARCH_ARENA_BYTES_MAX);
	ret->left_out = run.entities.left_out;
	enum error code = decide_all(&run, page, ids, ret, why);
	arena_free(&run.scratch);
	return code;
}
