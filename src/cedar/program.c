/* The conditions of the policies of one head become a tree, the tree becomes steps. */
#include "cedar/program.h"

#include "base/memory.h"
#include "cedar/sort.h"
#include "cedar/terms.h"

/* Beyond this many, the terms of a policy are no longer shared: bounds the stack of turning the tree into steps. */
#define SHARED_MAX 64u
/* For fewer comparisons of one expression, testing each is cheaper than a choice. */
#define CHOICE_MIN 3u

/* A place in the tree: what must hold here, after all that stands above. */
struct branch {
	struct term term;
	uint32_t parent;
	uint32_t child; /* the first; 0: none */
	uint32_t last_child;
	uint32_t next; /* of the same parent */
	uint32_t child_count;
	uint32_t leaf; /* the first; 0: none */
	uint32_t last_leaf;
};

/* A policy whose shared terms end at a branch. */
struct leaf {
	uint32_t policy;
	uint32_t effect;
	uint32_t rest; /* first of its further terms */
	uint32_t rest_count;
	uint32_t next;
};

struct program_builder {
	struct arena *arena;
	struct arena *scratch;
	struct atoms atoms;
	/* All on the heap: a set of one head makes them large, and a list that grows there need not be copied. */
	struct list steps;    /* struct step */
	struct list tested;   /* uint32_t: of each step the atom that it tests */
	struct list terms;    /* struct term: of the policy at hand */
	struct list rests;    /* struct term */
	struct list branches; /* struct branch: of the tree at hand; the first is its root */
	struct list leaves;   /* struct leaf; the first is none */
	/* Finds a branch by its parent and term: by `planted` and its number. What is not above `planted` is free. */
	uint32_t *slots;
	size_t slot_count;
	uint32_t planted; /* branches of earlier trees */
};

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for the steps of policies");
}

static struct branch *branch_at(struct program_builder *builder, uint32_t branch)
{
	return LIST_AT(&builder->branches, struct branch, branch);
}

static struct step *step_at(struct program_builder *builder, uint32_t step)
{
	return LIST_AT(&builder->steps, struct step, step);
}

static uint32_t step_count(const struct program_builder *builder)
{
	return (uint32_t)builder->steps.count;
}

struct program_builder *program_builder_new(struct arena *arena, struct arena *scratch)
{
	struct program_builder *builder = ARENA_NEW(scratch, struct program_builder);
	if (!builder)
		return NULL;
	builder->arena = arena;
	builder->scratch = scratch;
	return builder;
}

void program_builder_free(struct program_builder *builder)
{
	if (!builder)
		return;
	atoms_free(&builder->atoms);
	list_free(&builder->steps);
	list_free(&builder->tested);
	list_free(&builder->terms);
	list_free(&builder->rests);
	list_free(&builder->branches);
	list_free(&builder->leaves);
	memory_free(builder->slots);
}

/* The slot with this branch, or the free one where it belongs. */
static uint32_t *slot_of(struct program_builder *builder, uint32_t parent, struct term term)
{
	size_t mask = builder->slot_count - 1;
	uint64_t hash = ((uint64_t)parent << 32 | term.atom << 1 | term.wanted) * 0x9e3779b97f4a7c15u;
	for (size_t i = hash >> 32 & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &builder->slots[i];
		if (*slot <= builder->planted)
			return slot;
		const struct branch *branch = branch_at(builder, *slot - builder->planted);
		if (branch->parent == parent && branch->term.atom == term.atom && branch->term.wanted == term.wanted)
			return slot;
	}
}

static enum error grow_slots(struct program_builder *builder, struct fault *why)
{
	size_t slot_count = builder->slot_count ? 2 * builder->slot_count : 256;
	uint32_t *slots = memory_alloc_table(slot_count, sizeof(*slots));
	if (!slots)
		return no_memory(why);
	memory_free(builder->slots);
	builder->slots = slots;
	builder->slot_count = slot_count;
	for (uint32_t i = 1; i < builder->branches.count; i++) {
		const struct branch *branch = branch_at(builder, i);
		*slot_of(builder, branch->parent, branch->term) = builder->planted + i;
	}
	return E_OK;
}

static enum error take_branch(struct program_builder *builder, uint32_t *branch, struct term term, struct fault *why)
{
	uint32_t parent = *branch, number = (uint32_t)builder->branches.count;
	if (2 * (builder->branches.count + 1) > builder->slot_count)
		TRY(grow_slots(builder, why));
	uint32_t *slot = slot_of(builder, parent, term);
	if (*slot > builder->planted) {
		*branch = *slot - builder->planted;
		return E_OK;
	}
	struct branch *made = LIST_ADD(&builder->branches, NULL, struct branch);
	if (!made)
		return no_memory(why);
	made->term = term;
	made->parent = parent;
	struct branch *above = branch_at(builder, parent);
	if (above->child)
		branch_at(builder, above->last_child)->next = number;
	else
		above->child = number;
	above->last_child = number;
	above->child_count++;
	*slot = builder->planted + number;
	*branch = number;
	return E_OK;
}

static enum error add_leaf(struct program_builder *builder, uint32_t branch, const struct policy *policy,
			   uint32_t number, struct fault *why)
{
	uint32_t at = (uint32_t)builder->leaves.count;
	struct leaf *leaf = LIST_ADD(&builder->leaves, NULL, struct leaf);
	if (!leaf)
		return no_memory(why);
	leaf->policy = number;
	leaf->effect = policy->effect;
	leaf->rest = (uint32_t)builder->rests.count;
	for (size_t i = SHARED_MAX; i < builder->terms.count; i++) {
		struct term *term = LIST_ADD(&builder->rests, NULL, struct term);
		if (!term)
			return no_memory(why);
		*term = *LIST_AT(&builder->terms, struct term, i);
		leaf->rest_count++;
	}
	struct branch *where = branch_at(builder, branch);
	if (where->leaf)
		LIST_AT(&builder->leaves, struct leaf, where->last_leaf)->next = at;
	else
		where->leaf = at;
	where->last_leaf = at;
	return E_OK;
}

static enum error plant(struct program_builder *builder, const struct policy *policy, uint32_t number,
			struct fault *why)
{
	uint32_t branch = 0;
	builder->terms.count = 0;
	TRY(terms_read(&builder->terms, &builder->atoms, policy, why));
	for (size_t i = 0; i < builder->terms.count && i < SHARED_MAX; i++)
		TRY(take_branch(builder, &branch, *LIST_AT(&builder->terms, struct term, i), why));
	return add_leaf(builder, branch, policy, number, why);
}

static enum error add_step(struct program_builder *builder, struct step step, uint32_t atom, struct fault *why)
{
	struct step *made = LIST_ADD(&builder->steps, NULL, struct step);
	uint32_t *tested = LIST_ADD(&builder->tested, NULL, uint32_t);
	if (!made || !tested)
		return no_memory(why);
	if (builder->steps.count > UINT32_MAX / 2)
		return FAIL(why, E_LIMIT, "the policies have too many conditions");
	*made = step;
	*tested = atom;
	return E_OK;
}

static enum error add_test(struct program_builder *builder, struct term term, struct fault *why)
{
	struct atom *atom = LIST_AT(&builder->atoms.list, struct atom, term.atom);
	/* What a history condition came to is more than an outcome, so it is not kept. */
	bool is_history = atom->node->kind == NODE_TEMPORAL;
	struct step step = {.kind = is_history ? STEP_HISTORY : STEP_TEST, .wanted = term.wanted, .node = atom->node};
	atom->uses += !is_history;
	return add_step(builder, step, term.atom, why);
}

/* The tests from `first` on all end where the steps end now. */
static void close_tests(struct program_builder *builder, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++)
		step_at(builder, i)->skip = step_count(builder);
}

static enum error write_leaves(struct program_builder *builder, uint32_t branch, struct fault *why)
{
	for (uint32_t i = branch_at(builder, branch)->leaf; i;) {
		struct leaf leaf = *LIST_AT(&builder->leaves, struct leaf, i);
		uint32_t first = step_count(builder);
		for (uint32_t j = 0; j < leaf.rest_count; j++)
			TRY(add_test(builder, *LIST_AT(&builder->rests, struct term, leaf.rest + j), why));
		struct step step = {.kind = STEP_POLICY, .policy = leaf.policy, .effect = leaf.effect};
		TRY(add_step(builder, step, 0, why));
		close_tests(builder, first, leaf.rest_count);
		i = leaf.next;
	}
	return E_OK;
}

static enum error write_branch(struct program_builder *builder, uint32_t branch, struct fault *why);

static enum error write_test(struct program_builder *builder, uint32_t branch, struct fault *why)
{
	uint32_t first = step_count(builder);
	TRY(add_test(builder, branch_at(builder, branch)->term, why));
	TRY(write_branch(builder, branch, why));
	close_tests(builder, first, 1);
	return E_OK;
}

/* A child whose term compares an expression with a constant, by the number of that expression. */
struct comparison {
	uint32_t operand; /* 0: it is nothing of the kind */
	uint32_t branch;
	struct cedar_value constant;
};

static int compare_comparisons(const void *a, const void *b)
{
	const struct comparison *x = a, *y = b;
	if (x->operand != y->operand)
		return x->operand < y->operand ? -1 : 1;
	return (x->branch > y->branch) - (x->branch < y->branch);
}

/*
 * Each case ends with a jump behind them all; until that place is known, `skip` chains the jumps. The same constant may
 * be written in two ways: the second is tested behind the choice.
 */
static enum error write_choice(struct program_builder *builder, struct comparison *cases, uint32_t count,
			       struct fault *why)
{
	const struct node *operand = LIST_AT(&builder->atoms.list, struct atom, cases[0].operand)->node;
	struct choice *choice = choice_new(builder->arena, operand, count);
	uint32_t first = step_count(builder), jump = 0, again = 0;
	if (!choice)
		return no_memory(why);
	TRY(add_step(builder, (struct step){.kind = STEP_CHOICE, .choice = choice}, 0, why));
	for (uint32_t i = 0; i < count; i++) {
		if (!choice_add(choice, cases[i].constant, step_count(builder))) {
			cases[again++] = cases[i];
			continue;
		}
		TRY(write_branch(builder, cases[i].branch, why));
		TRY(add_step(builder, (struct step){.kind = STEP_JUMP, .skip = jump}, 0, why));
		jump = step_count(builder) - 1;
	}
	while (jump) {
		uint32_t before = step_at(builder, jump)->skip;
		step_at(builder, jump)->skip = step_count(builder);
		jump = before;
	}
	close_tests(builder, first, 1);
	for (uint32_t i = 0; i < again; i++)
		TRY(write_test(builder, cases[i].branch, why));
	return E_OK;
}

static enum error read_comparison(struct program_builder *builder, uint32_t branch, struct comparison *ret,
				  struct fault *why)
{
	struct term term = branch_at(builder, branch)->term;
	const struct node *node = LIST_AT(&builder->atoms.list, struct atom, term.atom)->node;
	const struct node *operand = term.wanted ? choice_operand(node, &ret->constant) : NULL;
	ret->branch = branch;
	return operand ? atoms_number(&builder->atoms, operand, &ret->operand, why) : E_OK;
}

/* Children in their order, but those that compare the same expression together. */
static enum error write_children(struct program_builder *builder, uint32_t branch, struct fault *why)
{
	uint32_t count = branch_at(builder, branch)->child_count, at = 0;
	struct comparison *all = ARENA_ARRAY(builder->scratch, count, struct comparison);
	if (!all)
		return no_memory(why);
	for (uint32_t i = branch_at(builder, branch)->child; i; i = branch_at(builder, i)->next)
		TRY(read_comparison(builder, i, &all[at++], why));
	sort_items(all, count, sizeof(*all), compare_comparisons);
	for (uint32_t i = 0, end; i < count; i = end) {
		for (end = i + 1; all[i].operand && end < count && all[end].operand == all[i].operand;)
			end++;
		if (end - i >= CHOICE_MIN) {
			TRY(write_choice(builder, all + i, end - i, why));
			continue;
		}
		for (uint32_t j = i; j < end; j++)
			TRY(write_test(builder, all[j].branch, why));
	}
	return E_OK;
}

static enum error write_branch(struct program_builder *builder, uint32_t branch, struct fault *why)
{
	TRY(write_leaves(builder, branch, why));
	uint32_t child = branch_at(builder, branch)->child;
	if (!child)
		return E_OK;
	return branch_at(builder, child)->next ? write_children(builder, branch, why) : write_test(builder, child, why);
}

enum error program_add(struct program_builder *builder, const struct policy *const *policies, const uint32_t *numbers,
		       size_t count, uint32_t *ret_first, struct fault *why)
{
	builder->planted += (uint32_t)builder->branches.count;
	builder->branches.count = 0;
	builder->leaves.count = 0;
	builder->rests.count = 0;
	if (!LIST_ADD(&builder->branches, NULL, struct branch) ||
	    !LIST_ADD(&builder->leaves, NULL, struct leaf))
		return no_memory(why);
	for (size_t i = 0; i < count; i++)
		TRY(plant(builder, policies[numbers[i]], numbers[i], why));
	/* The first step of all is an end, so that 0 is no step where something goes on. */
	if (!builder->steps.count)
		TRY(add_step(builder, (struct step){.kind = STEP_END}, 0, why));
	*ret_first = step_count(builder);
	TRY(write_branch(builder, 0, why));
	return add_step(builder, (struct step){.kind = STEP_END}, 0, why);
}

/* Numbers for the atoms that are tested most; more than once, or there is nothing to keep. */
static uint32_t number_memos(struct program_builder *builder)
{
	uint32_t least = 1, wanted, number = 1;
	struct list *atoms = &builder->atoms.list;
	do {
		wanted = 0;
		least *= 2;
		for (uint32_t i = 1; i < atoms->count; i++)
			wanted += LIST_AT(atoms, struct atom, i)->uses >= least;
	} while (wanted >= PROGRAM_MEMO_MAX);
	for (uint32_t i = 1; i < atoms->count; i++)
		if (LIST_AT(atoms, struct atom, i)->uses >= least)
			LIST_AT(atoms, struct atom, i)->memo = number++;
	return wanted ? number : 0;
}

enum error program_finish(struct program_builder *builder, struct program *ret_program, struct fault *why)
{
	struct step *steps = builder->steps.items;
	*ret_program = (struct program){
		.steps = steps, .count = step_count(builder), .memo_count = number_memos(builder)};
	builder->steps = (struct list){0};
	for (uint32_t i = 0; i < ret_program->count; i++) {
		uint32_t atom = *LIST_AT(&builder->tested, uint32_t, i);
		if (atom)
			steps[i].memo = (uint16_t)LIST_AT(&builder->atoms.list, struct atom, atom)->memo;
	}
	if (!steps)
		return E_OK;
	/* What the list had room for goes back. */
	steps = memory_resize(steps, ret_program->count * sizeof(*steps));
	if (!steps)
		return no_memory(why);
	ret_program->steps = steps;
	return E_OK;
}

void program_free(struct program *program)
{
	memory_free(program->steps);
	*program = (struct program){0};
}
