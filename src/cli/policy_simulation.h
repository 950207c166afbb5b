/* Recorded decisions under another policy set, gathered: what would flip, by agent and tool, and what cannot be told. */
#ifndef TIPSTAFF_CLI_POLICY_SIMULATION_H
#define TIPSTAFF_CLI_POLICY_SIMULATION_H

#include "base/map.h"
#include "cli/remote.h"
#include "decision/replay.h"
#include "registry/kind.h"

#define SIMULATION_FLIPS_MAX 10000u /* kept one by one; all are counted */
#define SIMULATION_REASONS_MAX 16u

struct simulation_flip {
	slice id, agent, tool, target;
	uint64_t time_ns;
	uint32_t policy; /* as in struct replay_result */
	bool to_permit;
};

/* What flips one way by one policy, and the first of it. */
struct simulation_change {
	uint64_t count;
	struct simulation_flip first;
};

/* Decisions about one tool by one agent. */
struct simulation_group {
	slice agent, tool;
	uint64_t decisions, to_deny, to_permit, unknown;
};

struct simulation {
	struct arena arena;  /* of what is kept */
	struct arena record; /* of one record */
	struct snapshot_builder *builder;
	struct retire_list retired;
	const struct snapshot *snapshot;
	const struct cedar_policyset *set; /* the candidate */
	struct replay *replay;
	uint64_t entities_revision;
	struct map groups;
	struct simulation_group *group; /* of the last record */
	uint64_t decisions, to_deny, to_permit, unknown;
	struct simulation_flip *flips;
	size_t flip_count;
	struct simulation_change *to_deny_by, *to_permit_by; /* by struct replay_result's policy */
	struct {
		const char *why;
		uint64_t count;
	} reasons[SIMULATION_REASONS_MAX];
};

/* Zeroed before; simulation_end in any case. */
MUST_USE enum error simulation_begin(struct simulation *simulation, const struct hash_key *key, struct fault *why);
/* An agent, tool, server or set of entities as the interface shows it. */
MUST_USE enum error simulation_add_object(struct simulation *simulation, enum kind kind, const struct json_doc *doc,
					  const struct json_node *object, struct fault *why);
/* A page of changes: those of entities count. Where the next page ends; UINT64_MAX: this was the last. */
uint64_t simulation_add_changes(struct simulation *simulation, const struct json_doc *page);
/* All objects are in; `set` is the candidate, read with the same key. */
MUST_USE enum error simulation_ready(struct simulation *simulation, const struct cedar_policyset *set, struct fault *why);
/* Decides a decision again; other records are passed over. Nothing is borrowed. E_MEMORY: too many agents and tools. */
MUST_USE enum error simulation_take(struct simulation *simulation, const struct record *record, struct fault *why);
/* The same of a record's bytes, if it matches. E_CORRUPT: they are none. */
MUST_USE enum error simulation_take_bytes(struct simulation *simulation, slice bytes, const struct record_filter *filter,
					  struct fault *why);
/* The same of a record as JSON. E_INVALID: it is none. */
MUST_USE enum error simulation_take_json(struct simulation *simulation, const struct json_node *node, struct fault *why);
/* A page of them, {"items":[..],"next"}; `*before` is as for changes. E_INVALID: no records. */
MUST_USE enum error simulation_take_page(struct simulation *simulation, const struct json_doc *page, uint64_t *before,
					 struct fault *why);
/* Would everything have come out as it did, and is that certain? */
bool simulation_is_same(const struct simulation *simulation);
MUST_USE enum error simulation_print(struct simulation *simulation, uint64_t show, struct fault *why);
MUST_USE enum error simulation_print_json(struct simulation *simulation, struct fault *why);
/*
 * A finding for each policy by which decisions flip, at its place; what flips by none, and what cannot be told, is about
 * `path`, where the policies were read.
 */
MUST_USE enum error simulation_print_sarif(struct simulation *simulation, slice path, struct fault *why);
/* The counts stay. */
void simulation_end(struct simulation *simulation);

#endif
