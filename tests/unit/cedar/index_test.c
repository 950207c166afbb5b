#include "check.h"
#include "unit/cedar/world.h"

#include "cedar/index.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SETS 5u
#define NAMES 12u
#define REASONS 40u

static const char *const types[] = {"A", "B", "C"};

struct answer {
	enum cedar_decision decision;
	size_t count;
	uint32_t policies[REASONS];
};

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static void write_name(struct buffer *out, uint64_t *seed, uint32_t names)
{
	unsigned number = draw(seed, names);
	buffer_print(out, "%s::\"n%u\"", types[number % 3], number);
}

static void write_scope(struct buffer *out, const char *variable, uint64_t *seed, uint32_t names)
{
	buffer_print(out, "%s", variable);
	switch (draw(seed, 5)) {
	case 0:
		buffer_print(out, " == ");
		write_name(out, seed, names);
		break;
	case 1:
		buffer_print(out, " in ");
		write_name(out, seed, names);
		break;
	case 2:
		buffer_print(out, " is %s", types[draw(seed, 3)]);
		break;
	case 3:
		buffer_print(out, " is %s in ", types[draw(seed, 3)]);
		write_name(out, seed, names);
		break;
	default:
		break;
	}
}

/* The same number makes the same policies. One set in three names so few that most ancestors are not named. */
static struct cedar_policyset *make_set(uint64_t number)
{
	struct buffer text;
	uint64_t seed = number;
	uint32_t names = number % 3 ? NAMES : 2;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i < REASONS; i++) {
		buffer_print(&text, i % 4 ? "permit(" : "forbid(");
		write_scope(&text, "principal", &seed, names);
		buffer_print(&text, ", action %s Action::\"a%u\", ", i % 2 ? "==" : "in", draw(&seed, 4));
		write_scope(&text, "resource", &seed, names);
		buffer_print(&text, ");\n");
	}
	struct cedar_policyset *set = world_policies(buffer_slice(&text));
	buffer_free(&text);
	return set;
}

/* Some names are entities, some only parents, some not there at all. */
static struct cedar_entities *make_store(uint64_t number)
{
	struct buffer text;
	uint64_t seed = number;
	buffer_init(&text, 1 << 20);
	buffer_print(&text, "[{\"uid\":{\"type\":\"Action\",\"id\":\"a0\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":\"a1\"}]}");
	for (unsigned i = 0; i < NAMES - 2; i++) {
		if (i % 4 == 3)
			continue;
		buffer_print(&text, ",{\"uid\":{\"type\":\"%s\",\"id\":\"n%u\"},\"attrs\":{},\"parents\":[", types[i % 3], i);
		unsigned parents = draw(&seed, 3), first = i + 1 + draw(&seed, 3);
		for (unsigned j = 0; j < parents && first + j < NAMES; j++)
			buffer_print(&text, "%s{\"type\":\"%s\",\"id\":\"n%u\"}", j ? "," : "", types[(first + j) % 3], first + j);
		buffer_print(&text, "]}");
	}
	buffer_add_byte(&text, ']');
	struct cedar_entities *store = world_entities(buffer_slice(&text));
	buffer_free(&text);
	return store;
}

/* The name as the store has it, where it does and the question has an odd number: half of the requests are interned. */
static const struct cedar_uid *name_in(const struct cedar_entities *store, const struct cedar_uid *uid, unsigned number)
{
	struct cedar_entity_info info;
	return number % 2 && cedar_entities_find(store, uid, &info) ? info.uid : uid;
}

static struct answer ask(const struct cedar_policyset *set, const struct cedar_entities *store, unsigned number)
{
	struct arena arena;
	struct cedar_result result;
	struct answer answer = {0};
	char names[2][8], action[8];
	unsigned one = number % NAMES, other = number / NAMES % NAMES;
	arena_init(&arena, 1 << 20);
	snprintf(names[0], sizeof(names[0]), "n%u", one);
	snprintf(names[1], sizeof(names[1]), "n%u", other);
	snprintf(action, sizeof(action), "a%u", number / NAMES / NAMES % 4);
	struct cedar_uid principal = cedar_uid_make(&world_key, slice_of(types[one % 3]), slice_of(names[0]));
	struct cedar_uid resource = cedar_uid_make(&world_key, slice_of(types[other % 3]), slice_of(names[1]));
	struct cedar_uid does = cedar_uid_make(&world_key, SLICE("Action"), slice_of(action));
	struct cedar_request request = {.principal = name_in(store, &principal, number),
					.action = name_in(store, &does, number),
					.resource = name_in(store, &resource, number)};
	struct cedar_world world = {&store, 1, &set, 1};
	answer.decision = cedar_authorize(&request, &world, &arena, &result);
	answer.count = result.reason_count;
	for (size_t i = 0; i < result.reason_count && i < REASONS; i++)
		answer.policies[i] = result.reasons[i].policy;
	arena_free(&arena);
	return answer;
}

static bool is_same(struct answer a, struct answer b)
{
	return a.decision == b.decision && a.count == b.count && memcmp(a.policies, b.policies, sizeof(a.policies)) == 0;
}

/* Nobody has asked these before: nothing is kept in them. */
static struct answer ask_afresh(uint64_t set_number, uint64_t store_number, unsigned question)
{
	struct cedar_policyset *set = make_set(set_number);
	struct cedar_entities *store = make_store(store_number);
	struct answer answer = ask(set, store, question);
	cedar_policyset_free(set);
	cedar_entities_free(store);
	return answer;
}

TEST(sets_that_ask_one_store_in_turn_do_not_mix_up_their_numbers)
{
	struct cedar_policyset *sets[SETS];
	uint64_t numbers[SETS], seed = 5, next = 1;
	size_t allowed = 0, wrong = 0;
	struct cedar_entities *store = make_store(99);
	for (unsigned i = 0; i < SETS; i++)
		sets[i] = make_set(numbers[i] = next++);
	for (unsigned i = 0; i < 1500; i++) {
		unsigned one = draw(&seed, SETS), question = draw(&seed, NAMES * NAMES * 4);
		/* A set that takes the place of another in memory is not taken for it. */
		if (draw(&seed, 20) == 0) {
			cedar_policyset_free(sets[one]);
			sets[one] = make_set(numbers[one] = next++);
		}
		struct answer answer = ask(sets[one], store, question);
		allowed += answer.decision == CEDAR_ALLOW;
		wrong += !is_same(answer, ask_afresh(numbers[one], 99, question));
	}
	CHECK_INT(wrong, 0);
	CHECK(allowed > 100);
	for (unsigned i = 0; i < SETS; i++)
		cedar_policyset_free(sets[i]);
	cedar_entities_free(store);
}

TEST(a_changed_store_keeps_no_number_that_is_not_its_own)
{
	struct cedar_policyset *set = make_set(7), *newer = make_set(8);
	struct cedar_entities *store = make_store(1);
	size_t wrong = 0;
	for (uint64_t i = 2; i < 40; i++) {
		struct cedar_entities *incoming = make_store(i), *version;
		struct fault why = {0};
		for (unsigned question = 0; question < NAMES * NAMES * 4; question += 7)
			(void)ask(question % 2 ? set : newer, store, question);
		CHECK_OK(cedar_entities_merge(store, incoming, &version, &why), why);
		cedar_entities_free(store);
		cedar_entities_free(incoming);
		store = version;
		for (unsigned question = 0; question < NAMES * NAMES * 4; question += 11)
			wrong += !is_same(ask(i % 2 ? set : newer, store, question),
					  ask_afresh(i % 2 ? 7 : 8, i, question));
	}
	CHECK_INT(wrong, 0);
	cedar_entities_free(store);
	cedar_policyset_free(set);
	cedar_policyset_free(newer);
}

static enum cedar_decision ask_in(const struct cedar_policyset *set, const struct cedar_entities *one,
				  const struct cedar_entities *other, const struct cedar_uid *principal)
{
	struct arena arena;
	struct cedar_result result;
	const struct cedar_entities *layers[] = {one, other};
	struct cedar_world world = {layers, other ? 2 : 1, &set, 1};
	arena_init(&arena, 1 << 20);
	struct cedar_request request = {.principal = principal, .action = world_uid(&arena, SLICE("Action::\"a\"")),
					.resource = world_uid(&arena, SLICE("R::\"r\""))};
	enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &result);
	arena_free(&arena);
	return decision;
}

static const struct cedar_uid *first_name(const struct cedar_entities *store, slice text)
{
	struct arena arena;
	struct cedar_entity_info info = {0};
	arena_init(&arena, 1 << 12);
	CHECK(cedar_entities_find(store, world_uid(&arena, text), &info));
	arena_free(&arena);
	return info.uid;
}

/* That no policy names an ancestor of the entity is remembered with it, and is no more than it had then and there. */
TEST(ancestors_that_come_later_are_found_where_there_were_none_that_a_policy_names)
{
	struct cedar_policyset *set = world_policies(SLICE("permit(principal in Org::\"o\", action, resource);"));
	struct cedar_policyset *other = world_policies(SLICE("permit(principal in Team::\"t\", action, resource);"));
	struct cedar_entities *store = world_entities(
		SLICE("[{\"uid\":{\"type\":\"User\",\"id\":\"u\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]}]"));
	struct cedar_entities *above = world_entities(
		SLICE("[{\"uid\":{\"type\":\"Team\",\"id\":\"t\"},\"attrs\":{},\"parents\":[{\"type\":\"Org\",\"id\":\"o\"}]}]"));
	const struct cedar_uid *user = first_name(store, SLICE("User::\"u\""));
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(ask_in(set, store, NULL, user), CEDAR_DENY);
		CHECK_INT(ask_in(set, store, above, user), CEDAR_ALLOW);
		CHECK_INT(ask_in(set, above, store, user), CEDAR_ALLOW);
		CHECK_INT(ask_in(other, store, NULL, user), CEDAR_ALLOW);
	}
	struct cedar_entities *whole, *version;
	struct fault why = {0};
	whole = world_entities(
		SLICE("[{\"uid\":{\"type\":\"User\",\"id\":\"u\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
		      "{\"uid\":{\"type\":\"Team\",\"id\":\"t\"},\"attrs\":{},\"parents\":[{\"type\":\"Org\",\"id\":\"o\"}]}]"));
	CHECK_OK(cedar_entities_merge(store, whole, &version, &why), why);
	CHECK_INT(ask_in(set, version, NULL, user), CEDAR_ALLOW);
	CHECK_INT(ask_in(set, store, NULL, user), CEDAR_DENY);
	CHECK_INT(ask_in(set, version, NULL, first_name(version, SLICE("User::\"u\""))), CEDAR_ALLOW);
	cedar_entities_free(store);
	cedar_entities_free(version);
	cedar_entities_free(above);
	cedar_entities_free(whole);
	cedar_policyset_free(set);
	cedar_policyset_free(other);
}

/* A name that a store has is no proof that another one has the entity. */
TEST(a_name_of_one_store_finds_nothing_in_another_that_does_not_have_it)
{
	struct cedar_policyset *set = world_policies(SLICE("permit(principal, action, resource) when { principal has level };"));
	struct cedar_entities *with = world_entities(SLICE("[{\"uid\":{\"type\":\"User\",\"id\":\"u\"},\"attrs\":{\"level\":1},\"parents\":[]}]"));
	struct cedar_entities *without = world_entities(SLICE("[{\"uid\":{\"type\":\"User\",\"id\":\"v\"},\"attrs\":{\"level\":1},\"parents\":[]}]"));
	const struct cedar_uid *user = first_name(with, SLICE("User::\"u\""));
	struct cedar_entity_change removal = {.is_removal = true, .entity = {.type = SLICE("User"), .id = SLICE("u")}};
	struct cedar_entities *version;
	struct fault why = {0};
	CHECK_INT(ask_in(set, with, NULL, user), CEDAR_ALLOW);
	CHECK_INT(ask_in(set, without, NULL, user), CEDAR_DENY);
	CHECK_OK(cedar_entities_change(with, &removal, 1, &version, &why), why);
	CHECK_INT(ask_in(set, version, NULL, user), CEDAR_DENY);
	CHECK_INT(ask_in(set, with, NULL, user), CEDAR_ALLOW);
	cedar_entities_free(version);
	cedar_entities_free(with);
	cedar_entities_free(without);
	cedar_policyset_free(set);
}

TEST(more_types_than_a_word_can_number_are_still_told_apart)
{
	struct buffer text;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i <= NUMBER_TYPES_MAX; i++)
		buffer_print(&text, "permit(principal is T%u, action, resource);\n", i);
	buffer_print(&text, "permit(principal is B, action, resource);\nforbid(principal == B::\"n1\", action, resource);\n");
	struct cedar_policyset *many = world_policies(buffer_slice(&text)), *few = make_set(3);
	struct cedar_entities *store = make_store(4);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(ask(many, store, 1).decision, CEDAR_DENY);
		CHECK_INT(ask(many, store, 4).decision, CEDAR_ALLOW);
		CHECK_INT(ask(many, store, 4).policies[0], NUMBER_TYPES_MAX + 1);
		CHECK_INT(ask(many, store, 5).decision, CEDAR_DENY);
		(void)ask(few, store, 4);
	}
	buffer_free(&text);
	cedar_policyset_free(many);
	cedar_policyset_free(few);
	cedar_entities_free(store);
}

struct shared {
	const struct cedar_policyset *sets[2];
	const struct cedar_entities *store;
	struct answer expected[2][NAMES * NAMES];
};

static void *read_shared(void *context)
{
	const struct shared *shared = context;
	size_t wrong = 0;
	for (unsigned round = 0; round < 3; round++)
		for (unsigned question = 0; question < NAMES * NAMES; question++)
			for (unsigned set = 0; set < 2; set++)
				wrong += !is_same(ask(shared->sets[set], shared->store, question), shared->expected[set][question]);
	return (void *)(uintptr_t)wrong;
}

TEST(threads_that_read_one_store_learn_the_same_numbers)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	struct cedar_policyset *sets[] = {make_set(21), make_set(22)};
	struct cedar_entities *stores[] = {make_store(5), make_store(5)};
	pthread_t threads[4];
	CHECK(shared != NULL);
	for (unsigned set = 0; set < 2; set++)
		for (unsigned question = 0; question < NAMES * NAMES; question++)
			shared->expected[set][question] = ask(sets[set], stores[0], question);
	shared->sets[0] = sets[0];
	shared->sets[1] = sets[1];
	shared->store = stores[1];
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, read_shared, shared), 0);
	for (unsigned i = 0; i < 4; i++) {
		void *wrong;
		CHECK_INT(pthread_join(threads[i], &wrong), 0);
		CHECK_INT((uintptr_t)wrong, 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		cedar_policyset_free(sets[i]);
		cedar_entities_free(stores[i]);
	}
	free(shared);
}
