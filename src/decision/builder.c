/* Follows the changes of the registry and publishes snapshots. */
#include "base/memory.h"
#include "decision/directory.h"
#include "decision/entity_data.h"
#include "decision/grant.h"
#include "decision/holders.h"
#include "decision/policies.h"
#include "decision/row.h"
#include "decision/snapshot.h"
#include "text/json.h"
#include "text/time.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define CHANGE_ARENA_BYTES_MAX (8u * 1024u * 1024u)

struct snapshot_builder {
	struct snapshot next;         /* what has been taken in; its tries are the writer's */
	struct snapshot *current;     /* last published; NULL: none */
	struct policies *policies;
	struct entity_data *entities;
	struct directory *directory;  /* NULL: to be made anew */
	struct holders holders;
	struct retire_list retired;   /* since the last publish */
	struct arena scratch;
	bool policies_changed;
	bool entities_changed;  /* in a way that needs all of them read again */
	bool directory_changed;
};

/* Everything that decisions read. */
struct table {
	slice kind;
	size_t offset; /* of its trie in struct snapshot */
	row_make *make;
	void (*release)(struct retired *item);
};

#define TABLE(name, member, make, release) {SLICE_INIT(name), offsetof(struct snapshot, member), make, release}

static const struct table tables[] = {
	TABLE("agent", agents, agent_row_make, agent_row_release),
	TABLE("tool", tools, tool_row_make, tool_row_release),
	TABLE("server", servers, server_row_make, row_release),
	TABLE("purpose", purposes, purpose_row_make, row_release),
	TABLE("grant", grants, grant_row_make, row_release),
	TABLE("task", tasks, task_row_make, row_release),
	TABLE("principal", principals, principal_row_make, row_release),
	TABLE("policy", policies, policy_row_make, row_release),
	TABLE("entities", entity_sets, entities_row_make, row_release),
	TABLE("pep", peps, pep_row_make, row_release),
	TABLE("revocation", revocations, revocation_row_make, row_release),
};
#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))
/* Not of the registry: follows from the grants. */
static const struct table authority_table = TABLE("authority", authorities, NULL, authority_row_release);

static struct trie *trie_of(struct snapshot *snapshot, const struct table *table)
{
	return (struct trie *)(void *)((char *)snapshot + table->offset);
}

struct snapshot_builder *snapshot_builder_new(const struct hash_key *key)
{
	struct snapshot_builder *builder = memory_alloc(sizeof(*builder));
	if (!builder)
		return NULL;
	builder->next.key = *key;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		trie_init(trie_of(&builder->next, &tables[i]), key, SNAPSHOT_ROWS_MAX);
	trie_init(&builder->next.authorities, key, SNAPSHOT_ROWS_MAX);
	holders_init(&builder->holders, key);
	arena_init(&builder->scratch, CHANGE_ARENA_BYTES_MAX);
	builder->policies_changed = builder->entities_changed = true;
	return builder;
}

struct retire_rows {
	struct retire_list *retired;
	void (*release)(struct retired *item);
};

static bool retire_row(void *context, slice key, void *value)
{
	struct retire_rows *rows = context;
	(void)key;
	retire_add(rows->retired, &((struct row *)value)->retired, rows->release);
	return true;
}

static void clear_table(struct snapshot_builder *builder, const struct table *table)
{
	struct trie *trie = trie_of(&builder->next, table);
	struct retire_rows rows = {&builder->retired, table->release};
	trie_each(trie, retire_row, &rows);
	trie_clear(trie, &builder->retired);
}

void snapshot_builder_free(struct snapshot_builder *builder)
{
	if (!builder)
		return;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		clear_table(builder, &tables[i]);
	clear_table(builder, &authority_table);
	holders_free(&builder->holders);
	if (builder->directory)
		directory_release(&builder->directory->retired);
	if (builder->entities)
		entity_data_release(&builder->entities->retired);
	if (builder->policies)
		policies_release(&builder->policies->retired);
	memory_free(builder->current);
	retire_release(&builder->retired);
	arena_free(&builder->scratch);
	memory_free(builder);
}

/*
 * One text of entities instead of another: where it can be told what that changes, the others are not read again. A text
 * that is not acceptable is found so when all are read together.
 */
static enum error follow_entities(struct snapshot_builder *builder, const struct entities_row *old,
				  const struct entities_row *new, struct fault *why)
{
	struct entity_data *data = NULL;
	slice none = {NULL, 0};
	if (builder->entities && !builder->entities_changed && builder->next.entity_sets.count)
		TRY(entity_data_change(&builder->next.key, builder->entities, old ? old->text : none,
				       new ? new->text : none, &data, why));
	if (!data) {
		builder->entities_changed = true;
		return E_OK;
	}
	retire_add(&builder->retired, &builder->entities->retired, entity_data_release);
	builder->entities = data;
	builder->next.entities = data->store;
	builder->directory_changed = true;
	return E_OK;
}

static enum error take_out(struct snapshot_builder *builder, const struct table *table, slice id, struct fault *why)
{
	void *old;
	TRY(trie_remove(trie_of(&builder->next, table), id, &old, &builder->retired, why));
	if (!old)
		return E_OK;
	if (table->make == entities_row_make)
		TRY(follow_entities(builder, old, NULL, why));
	if (table->make == grant_row_make)
		holders_drop(&builder->holders, old);
	retire_add(&builder->retired, &((struct row *)old)->retired, table->release);
	return E_OK;
}

static enum error put_in(struct snapshot_builder *builder, const struct table *table, const struct row_input *input,
			 struct fault *why)
{
	struct row *row;
	struct trie *trie = trie_of(&builder->next, table);
	TRY(table->make(input, trie_get(trie, input->id), &row, why));
	void *old = NULL;
	enum error code = E_OK;
	if (table->make == grant_row_make)
		code = holders_add(&builder->holders, (struct grant_row *)(void *)row, why);
	if (code == E_OK) {
		code = trie_put(trie, row->id, row, &old, &builder->retired, why);
		if (code != E_OK && table->make == grant_row_make)
			holders_drop(&builder->holders, (struct grant_row *)(void *)row);
	}
	if (code != E_OK) {
		table->release(&row->retired);
		return code;
	}
	if (old && table->make == grant_row_make)
		holders_drop(&builder->holders, old);
	if (table->make == entities_row_make)
		code = follow_entities(builder, old, (struct entities_row *)(void *)row, why);
	if (old)
		retire_add(&builder->retired, &((struct row *)old)->retired, table->release);
	return code;
}

static const struct table *table_of(slice kind)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (slice_equal(tables[i].kind, kind))
			return &tables[i];
	return NULL;
}

static enum error apply(struct snapshot_builder *builder, slice change, struct fault *why)
{
	struct json_doc doc;
	struct row_input input = {.key = &builder->next.key};
	slice op, kind, time = {NULL, 0};
	int64_t revision = 0;
	TRY(json_parse(&doc, change, NULL, &builder->scratch, why));
	const struct json_node *root = json_root(&doc);
	TRY(json_need_string(&doc, root, "op", &op, why));
	TRY(json_need_string(&doc, root, "kind", &kind, why));
	TRY(json_need_string(&doc, root, "id", &input.id, why));
	TRY(json_opt_i64(&doc, root, "revision", &revision, why));
	TRY(json_opt_string(&doc, root, "time", &time, why));
	if (time.len)
		TRY(time_parse_ms(&input.time_ms, time, why));
	if (input.id.len == 0 || revision < 0)
		return FAIL(why, E_INVALID, "a change without an id or with a negative revision");
	input.revision = (uint64_t)revision;
	const struct table *table = table_of(kind);
	if (table && slice_equal(op, SLICE("delete"))) {
		TRY(take_out(builder, table, input.id, why));
	} else if (table && slice_equal(op, SLICE("put"))) {
		TRY(json_need_node(&doc, root, "object", JSON_OBJECT, &input.node, why));
		input.doc = &doc;
		input.object = json_span(&doc, input.node);
		TRY(put_in(builder, table, &input, why));
	} else if (table) {
		return FAIL_FIELD(why, E_INVALID, "op", "a change is put or delete");
	}
	if (table && table->make == policy_row_make)
		builder->policies_changed = true;
	if (input.revision > builder->next.revision)
		builder->next.revision = input.revision;
	return E_OK;
}

enum error snapshot_builder_apply(struct snapshot_builder *builder, slice change, struct fault *why)
{
	enum error code = apply(builder, change, why);
	arena_reset(&builder->scratch);
	return code;
}

static enum error refresh_authority(struct snapshot_builder *builder, const struct holder *holder, struct fault *why)
{
	struct row_input input = {.id = {holder->agent, holder->agent_len}, .object = SLICE("{}"),
				  .revision = builder->next.revision, .key = &builder->next.key};
	struct authority_row *row = row_new(&input, sizeof(*row));
	if (!row)
		return FAIL(why, E_MEMORY, "no memory for a row");
	const struct grant_row **grants = arena_alloc_array(&row->row.arena, holder->count, sizeof(*grants));
	enum error code = grants ? E_OK : FAIL(why, E_MEMORY, "no memory for a row");
	if (code == E_OK) {
		if (holder->count)
			memcpy(grants, holder->grants, holder->count * sizeof(*grants));
		row->grants = grants;
		row->grant_count = holder->count;
		code = grant_compile(&builder->next.key, row, why);
		row->broken = code != E_OK;
		if (code != E_MEMORY)
			code = E_OK;
	}
	void *old = NULL;
	if (code == E_OK)
		code = trie_put(&builder->next.authorities, row->row.id, row, &old, &builder->retired, why);
	if (code != E_OK)
		authority_row_release(&row->row.retired);
	else if (old)
		retire_add(&builder->retired, &((struct row *)old)->retired, authority_row_release);
	return code;
}

static enum error refresh_authorities(struct snapshot_builder *builder, struct fault *why)
{
	while (builder->holders.dirty) {
		struct holder *holder = builder->holders.dirty;
		TRY(refresh_authority(builder, holder, why));
		holder->dirty = false;
		builder->holders.dirty = holder->next_dirty;
	}
	return E_OK;
}

static enum error refresh_policies(struct snapshot_builder *builder, struct fault *why)
{
	if (!builder->policies_changed)
		return E_OK;
	struct policies *policies;
	TRY(policies_make(&builder->next.key, &builder->next.policies, &policies, why));
	if (builder->policies)
		retire_add(&builder->retired, &builder->policies->retired, policies_release);
	builder->policies = policies;
	builder->policies_changed = false;
	builder->next.policyset = policies->set;
	memcpy(builder->next.policy_digest, policies->digest, sizeof(policies->digest));
	return E_OK;
}

static enum error refresh_entities(struct snapshot_builder *builder, struct fault *why)
{
	if (!builder->entities_changed)
		return E_OK;
	struct entity_data *entities;
	TRY(entity_data_make(&builder->next.key, &builder->next.entity_sets, &entities, why));
	if (builder->entities)
		retire_add(&builder->retired, &builder->entities->retired, entity_data_release);
	builder->entities = entities;
	builder->entities_changed = false;
	builder->next.entities = entities->store;
	return E_OK;
}

/* Policies and entities, and the directory that borrows from both. */
static enum error refresh_world(struct snapshot_builder *builder, struct fault *why)
{
	bool changed = builder->policies_changed || builder->entities_changed || builder->directory_changed;
	if (builder->directory && changed) {
		retire_add(&builder->retired, &builder->directory->retired, directory_release);
		builder->directory = NULL;
	}
	TRY(refresh_policies(builder, why));
	TRY(refresh_entities(builder, why));
	if (builder->directory)
		return E_OK;
	const struct policies *policies = builder->policies;
	const struct entity_data *entities = builder->entities;
	TRY(directory_make(entities->store, policies->set, &builder->directory, why));
	builder->next.directory = builder->directory;
	builder->directory_changed = false;
	builder->next.broken = policies->broken || entities->broken;
	snprintf(builder->next.broken_sentence, sizeof(builder->next.broken_sentence), "%s",
		 policies->broken ? policies->sentence : entities->sentence);
	return E_OK;
}

static void release_snapshot(struct retired *item)
{
	memory_free(item); /* `retired` is the first member */
}

enum error snapshot_publish(struct snapshot_builder *builder, const struct snapshot **ret_snapshot,
			    struct retire_list *retired, struct fault *why)
{
	TRY(refresh_authorities(builder, why));
	TRY(refresh_world(builder, why));
	struct snapshot *snapshot = memory_alloc(sizeof(*snapshot));
	if (!snapshot)
		return FAIL(why, E_MEMORY, "no memory for a snapshot");
	*snapshot = builder->next;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		trie_mark_published(trie_of(&builder->next, &tables[i]));
	trie_mark_published(&builder->next.authorities);
	if (builder->current)
		retire_add(&builder->retired, &builder->current->retired, release_snapshot);
	builder->current = snapshot;
	retire_move(retired, &builder->retired);
	*ret_snapshot = snapshot;
	return E_OK;
}
