/*
 * One record of the evidence log: what happened, by whose authority, and why; it stands alone (EVD-1).
 *
 * Stored as deterministic CBOR (RFC 8949 4.2.1): one map from small unsigned keys to values. RECORD_FIELD_ROWS is the
 * key registry; docs/design/record.md tells it in prose. A key is never used again for something else.
 *
 * A field that is zero or empty is absent from the bytes, except where the kind of record requires it: a decision
 * without a purpose says so with an empty text, it does not stay silent. Everything is borrowed: slices of a record
 * that was decoded point into its bytes.
 */
#ifndef TIPSTAFF_EVIDENCE_RECORD_H
#define TIPSTAFF_EVIDENCE_RECORD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "text/json.h"

struct json_writer;

#define RECORD_VERSION 1u
/* An entry of a tlog-tiles bundle carries a 16-bit length. */
#define RECORD_BYTES_MAX 65535u
/* Items of one list (chain, facts, ...): more is a mistake of the writer, and a reader must not be flooded. */
#define RECORD_TEXTS_MAX 256u
/* Bytes of a fingerprint field (SHA-256). */
#define RECORD_DIGEST_BYTES 32u

enum record_kind {
	RECORD_NONE = 0,   /* not a record */
	RECORD_DECISION,   /* d_: an action was decided */
	RECORD_EFFECT,     /* e_: what became of a permitted action */
	RECORD_CHANGE,     /* c_: the registry changed */
	RECORD_TOKEN,      /* t_: a credential was issued or refused */
	RECORD_CALLER,     /* u_: somebody unregistered knocked */
	RECORD_SYSTEM,     /* s_: start, stop, fault, recovery */
	RECORD_POLICY,     /* p_: a policy set was published; its text, so that a digest resolves inside the log */
	RECORD_KIND_COUNT
};

/* Zero carries no authority. */
enum record_decision { RECORD_DENY = 0, RECORD_PERMIT, RECORD_GATE, RECORD_DECISION_COUNT };
/* Observed: decided and recorded, but nothing was stopped. */
enum record_enforcement { RECORD_OBSERVED = 0, RECORD_ENFORCED, RECORD_ENFORCEMENT_COUNT };
enum record_mode { RECORD_AUTONOMOUS = 0, RECORD_DELEGATED, RECORD_MODE_COUNT };
/* Zero claims nothing: an effect nobody saw is unknown, never ok (EVD-8). */
enum record_outcome { RECORD_UNKNOWN = 0, RECORD_SUCCEEDED, RECORD_FAILED, RECORD_OUTCOME_COUNT };

struct record_texts {
	const slice *items;
	size_t count;
};

struct record {
	enum record_kind kind;
	slice id;          /* kind letter, '_', ULID: its time is when the thing happened */
	uint64_t time_ns;  /* since 1970, UTC */
	slice node;

	/* decision */
	enum record_decision decision;
	enum record_enforcement enforcement;
	enum record_mode mode;
	slice reason;            /* stable code: no_purpose, policy_forbid, ... */
	slice missing;           /* what would change the decision, one sentence */
	struct record_texts determining_policies; /* "id  source:line  annotation sentence" */
	struct record_texts facts;                /* "name = value", as they were read */
	struct record_texts errors;               /* evaluation errors */
	struct record_texts obligations;
	slice policy_set;        /* digest (32 bytes) of the set in force */
	uint64_t registry_revision;
	uint64_t lease_age_ms;   /* age of the freshness lease it was decided under */
	uint64_t risk;           /* 0-100 */
	uint64_t trust;          /* 0-100 */
	uint64_t latency_us;

	/* who */
	slice agent;
	slice instance;
	slice owner;
	slice on_behalf_of;      /* the human; set exactly where mode is delegated */
	struct record_texts chain; /* principals from the human or root agent to the acting agent */
	uint64_t depth;          /* hops of delegation */
	slice token;             /* jti */
	slice approval;          /* ticket */
	slice session;
	slice peer;              /* network address or name the caller came with */

	/* what for */
	slice purpose;
	slice task;
	slice task_title;
	slice chain_root;        /* id of the record that began the whole chain */
	slice parent;            /* id of the record that caused this one */
	slice trigger;           /* JSON-RPC method, HTTP, authzen, ... */
	slice trace;
	slice span;

	/* what */
	slice server;
	slice tool;
	slice action;
	slice target;
	slice effect_class;
	slice data_class;
	slice arguments_sha256;        /* 32 bytes over JCS of the arguments; empty where there were none */
	slice tool_definition_sha256;  /* 32 bytes */

	/* effect */
	slice decision_id;
	enum record_outcome outcome;
	uint64_t status;         /* of the protocol: HTTP status or JSON-RPC code without its sign */
	uint64_t duration_us;
	slice result_sha256;     /* 32 bytes; of a stop: of the histories that it left */
	uint64_t bytes;          /* of the result */

	/* change, token, caller, system, policy */
	slice operation;         /* change: create update delete; token: issue refuse; system: start stop fault recovered */
	slice object_kind;
	slice object_id;
	uint64_t object_revision;
	slice actor;             /* who ordered it */
	slice object;            /* canonical JSON of the object after the change */
	slice detail;            /* a sentence for a person */
	uint64_t count;          /* attempts of a caller, records recovered, sessions left by a stop */
	struct record_texts scopes;
	uint64_t expires_s;      /* since 1970 */
	slice text;              /* policy text, or one part of it */
	uint64_t part;           /* 0 .. parts - 1 */
	uint64_t parts;
};

/* How a field is held in `struct record` and in CBOR. */
enum record_type {
	RECORD_TEXT,   /* slice, UTF-8; CBOR text */
	RECORD_TEXTS,  /* struct record_texts; CBOR array of text */
	RECORD_DIGEST, /* slice of 0 or 32 bytes; CBOR byte string; hex in JSON */
	RECORD_NUMBER, /* uint64_t; CBOR unsigned */
	RECORD_TIME,   /* uint64_t nanoseconds; CBOR unsigned; RFC 3339 in JSON */
	RECORD_ENUM    /* an enum above; CBOR unsigned; its word in JSON */
};

/* Sets of kinds, for `required`. */
#define RECORD_IN(kind)  (1u << (kind))
#define RECORD_IN_ALL    (~0u)
#define RECORD_IN_CALLS  (RECORD_IN(RECORD_DECISION) | RECORD_IN(RECORD_TOKEN))

/*
 * CBOR key, member of struct record and name in JSON, type, kinds that require it. Key 0 is RECORD_VERSION.
 * Ascending by key: that is the order in the bytes.
 */
#define RECORD_FIELD_ROWS(ROW) \
	ROW(1,  kind,                   ENUM,   RECORD_IN_ALL) \
	ROW(2,  id,                     TEXT,   RECORD_IN_ALL) \
	ROW(3,  time_ns,                TIME,   RECORD_IN_ALL) \
	ROW(4,  node,                   TEXT,   RECORD_IN_ALL) \
	ROW(5,  decision,               ENUM,   RECORD_IN_CALLS) \
	ROW(6,  reason,                 TEXT,   RECORD_IN_CALLS) \
	ROW(7,  enforcement,            ENUM,   RECORD_IN(RECORD_DECISION)) \
	ROW(8,  mode,                   ENUM,   RECORD_IN_CALLS) \
	ROW(9,  depth,                  NUMBER, RECORD_IN(RECORD_DECISION)) \
	ROW(10, agent,                  TEXT,   RECORD_IN_CALLS) \
	ROW(11, instance,               TEXT,   0) \
	ROW(12, owner,                  TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(13, on_behalf_of,           TEXT,   0) \
	ROW(14, chain,                  TEXTS,  RECORD_IN(RECORD_DECISION)) \
	ROW(15, task,                   TEXT,   0) \
	ROW(16, chain_root,             TEXT,   0) \
	ROW(17, parent,                 TEXT,   0) \
	ROW(18, purpose,                TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(19, trigger,                TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(20, server,                 TEXT,   0) \
	ROW(21, tool,                   TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(22, action,                 TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(23, target,                 TEXT,   RECORD_IN(RECORD_DECISION)) \
	ROW(24, effect_class,           TEXT,   0) \
	ROW(25, arguments_sha256,       DIGEST, RECORD_IN(RECORD_DECISION)) \
	ROW(26, tool_definition_sha256, DIGEST, 0) \
	ROW(27, policy_set,             DIGEST, RECORD_IN(RECORD_DECISION) | RECORD_IN(RECORD_POLICY)) \
	ROW(28, determining_policies,   TEXTS,  RECORD_IN(RECORD_DECISION)) \
	ROW(29, facts,                  TEXTS,  RECORD_IN(RECORD_DECISION)) \
	ROW(30, errors,                 TEXTS,  0) \
	ROW(31, missing,                TEXT,   0) \
	ROW(32, registry_revision,      NUMBER, RECORD_IN(RECORD_DECISION)) \
	ROW(33, risk,                   NUMBER, RECORD_IN(RECORD_DECISION)) \
	ROW(34, trust,                  NUMBER, RECORD_IN(RECORD_DECISION)) \
	ROW(35, token,                  TEXT,   RECORD_IN(RECORD_TOKEN)) \
	ROW(36, approval,               TEXT,   0) \
	ROW(37, trace,                  TEXT,   0) \
	ROW(38, span,                   TEXT,   0) \
	ROW(39, latency_us,             NUMBER, 0) \
	ROW(40, decision_id,            TEXT,   RECORD_IN(RECORD_EFFECT)) \
	ROW(41, outcome,                ENUM,   RECORD_IN(RECORD_EFFECT)) \
	ROW(42, status,                 NUMBER, RECORD_IN(RECORD_EFFECT)) \
	ROW(43, duration_us,            NUMBER, RECORD_IN(RECORD_EFFECT)) \
	ROW(44, result_sha256,          DIGEST, 0) \
	ROW(45, bytes,                  NUMBER, 0) \
	ROW(46, operation,              TEXT,   RECORD_IN(RECORD_CHANGE) | RECORD_IN(RECORD_TOKEN) | \
	                                        RECORD_IN(RECORD_SYSTEM)) \
	ROW(47, object_kind,            TEXT,   RECORD_IN(RECORD_CHANGE)) \
	ROW(48, object_id,              TEXT,   RECORD_IN(RECORD_CHANGE)) \
	ROW(49, object_revision,        NUMBER, RECORD_IN(RECORD_CHANGE)) \
	ROW(50, actor,                  TEXT,   RECORD_IN(RECORD_CHANGE)) \
	ROW(51, object,                 TEXT,   RECORD_IN(RECORD_CHANGE)) \
	ROW(52, detail,                 TEXT,   RECORD_IN(RECORD_SYSTEM)) \
	ROW(53, count,                  NUMBER, RECORD_IN(RECORD_CALLER)) \
	ROW(54, peer,                   TEXT,   RECORD_IN(RECORD_CALLER)) \
	ROW(55, text,                   TEXT,   RECORD_IN(RECORD_POLICY)) \
	ROW(56, part,                   NUMBER, RECORD_IN(RECORD_POLICY)) \
	ROW(57, parts,                  NUMBER, RECORD_IN(RECORD_POLICY)) \
	ROW(58, task_title,             TEXT,   0) \
	ROW(59, expires_s,              NUMBER, 0) \
	ROW(60, scopes,                 TEXTS,  0) \
	ROW(61, session,                TEXT,   0) \
	ROW(62, data_class,             TEXT,   0) \
	ROW(63, obligations,            TEXTS,  0) \
	ROW(64, lease_age_ms,           NUMBER, 0)

/* The keys by name: RECORD_KEY_kind, ... */
#define RECORD_KEY_VERSION 0
#define RECORD_KEY(key, member, type, required) RECORD_KEY_##member = key,
enum record_key { RECORD_FIELD_ROWS(RECORD_KEY) };
#undef RECORD_KEY

struct record_field {
	const char *name;
	uint32_t key;
	uint32_t required; /* RECORD_IN of each kind that requires it */
	enum record_type type;
	uint32_t offset;   /* in struct record */
};

/* All fields in key order, for checks of completeness and for tables on screen. */
const struct record_field *record_fields(size_t *ret_count);
/* Is the field in the record's bytes: required by its kind, or not empty? */
bool record_has(const struct record *record, const struct record_field *field);
/* The word for a value of a RECORD_ENUM field; NULL where there is none. */
const char *record_enum_name(const struct record_field *field, unsigned value);
/* "decision", "effect", ...; NULL beyond the last. */
const char *record_kind_name(enum record_kind kind);
/* "DENY", "PERMIT", "GATE". */
const char *record_decision_name(enum record_decision decision);
const char *record_enforcement_name(enum record_enforcement enforcement);
const char *record_mode_name(enum record_mode mode);
const char *record_outcome_name(enum record_outcome outcome);

/*
 * Appends the record's bytes. On failure nothing is left behind in `ret_bytes`.
 * E_INVALID: no kind, no id, an enum beyond its last, a digest that is not 32 bytes, text that is not UTF-8.
 * E_LIMIT: more than RECORD_BYTES_MAX or RECORD_TEXTS_MAX, or the buffer's own maximum.
 */
MUST_USE enum error record_encode(const struct record *record, struct buffer *ret_bytes, struct fault *why);
/*
 * Strict: deterministic encoding only, keys ascending, known keys only, required fields present.
 * Slices of `*ret_record` point into `bytes`, lists are in the arena.
 * E_CORRUPT: not such a record.  E_UNSUPPORTED: a later version.  E_MEMORY.
 */
MUST_USE enum error record_decode(slice bytes, struct record *ret_record, struct arena *arena, struct fault *why);
/* The kind without decoding the rest; RECORD_NONE where the bytes do not begin like a record. */
enum record_kind record_peek_kind(slice bytes);
/* The id without decoding the rest; empty where the bytes do not begin like a record. */
slice record_peek_id(slice bytes);
/* One JSON object; absent fields are absent there too. `time_ns` is written as "time". */
void record_to_json(const struct record *record, struct json_writer *writer);

/*
 * The record of a JSON object that record_to_json wrote; other members are passed over, and what is absent stays zero.
 * Slices lie in the document or the arena. E_INVALID, the field named.  E_MEMORY.
 */
MUST_USE enum error record_of_json(const struct json_node *node, struct arena *arena, struct record *ret_record,
				   struct fault *why);

/* What a list of records is narrowed to. Zeroed, everything matches. */
struct record_filter {
	uint32_t kinds;          /* RECORD_IN of each wanted kind; 0: all */
	slice agent;             /* the acting agent, or any in the chain; empty: all */
	slice task;
	slice chain_root;
	slice tool;
	uint64_t since_ns;       /* at or after */
	uint64_t until_ns;       /* before; 0: no end */
	bool by_decision;
	bool by_mode;
	enum record_decision decision;
	enum record_mode mode;
};

bool record_filter_matches(const struct record_filter *filter, const struct record *record);

#endif
