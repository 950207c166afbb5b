#include "registry/kind.h"

#include "base/nearest.h"

#include <assert.h>

#define REQUIRED FIELD_REQUIRED
#define READ_ONLY FIELD_READ_ONLY
#define KEPT FIELD_KEPT
#define FIXED FIELD_FIXED
#define FILTER FIELD_FILTER
#define COLUMN FIELD_COLUMN

#define NAME_BYTES_MAX 256u          /* what fits a line of a table */
#define PROSE_BYTES_MAX 4096u        /* what a person writes into a form */
#define LIST_COUNT_MAX 256u          /* a grant with more tools is no least privilege */
#define PATTERN_BYTES_MAX 1024u      /* longest path or URL pattern */
#define POLICY_BYTES_MAX (48u * 1024u) /* below OBJECT_BYTES_MAX with its line ends escaped */
#define POLICIES_COUNT_MAX 1024u     /* ids that fit an object beside what else a suite holds */
#define SUITE_ITEMS_MAX 1000u        /* tests or entities: more would not fit an object */
#define DEFINITION_BYTES_MAX (28u * 1024u) /* two of them, pinned and offered, fit one object */

#define ID_FIELD(more, words)                                                                                          \
	{.name = SLICE_INIT("id"), .type = FIELD_ID, .flags = FIXED | COLUMN | (more), .bytes_max = OBJECT_ID_BYTES_MAX, \
	 .says = words}
#define COMMON_FIELDS                                                                                                  \
	{.name = SLICE_INIT("kind"), .type = FIELD_TEXT, .flags = READ_ONLY, .bytes_max = 32, .says = "What it is"},     \
	{.name = SLICE_INIT("revision"), .type = FIELD_INTEGER, .flags = READ_ONLY,                                      \
	 .says = "The registry's revision when this object last changed"},                                              \
	{.name = SLICE_INIT("created_at"), .type = FIELD_TIME, .flags = READ_ONLY, .bytes_max = 32,                      \
	 .says = "When it was first stored"},                                                                           \
	{.name = SLICE_INIT("updated_at"), .type = FIELD_TIME, .flags = READ_ONLY, .bytes_max = 32,                      \
	 .says = "When it last changed"}
#define TEXT_FIELD(field_name, more, words)                                                                            \
	{.name = SLICE_INIT(field_name), .type = FIELD_TEXT, .flags = (more), .bytes_max = NAME_BYTES_MAX, .says = words}
#define PROSE_FIELD(field_name, words)                                                                                 \
	{.name = SLICE_INIT(field_name), .type = FIELD_TEXT, .bytes_max = PROSE_BYTES_MAX, .says = words}
#define CHOICE_FIELD(field_name, more, all, otherwise, words)                                                          \
	{.name = SLICE_INIT(field_name), .type = FIELD_CHOICE, .flags = (more), .choices = all,                          \
	 .fallback = SLICE_INIT(otherwise), .says = words}
#define REFERENCE_FIELD(field_name, to, more, words)                                                                   \
	{.name = SLICE_INIT(field_name), .type = FIELD_ID, .refers = to, .flags = (more),                                \
	 .bytes_max = OBJECT_ID_BYTES_MAX, .says = words}
#define TIME_FIELD(field_name, more, words)                                                                            \
	{.name = SLICE_INIT(field_name), .type = FIELD_TIME, .flags = (more), .bytes_max = 40, .says = words}
#define TOOLS_FIELD(more, words)                                                                                       \
	{.name = SLICE_INIT("tools"), .type = FIELD_TEXTS, .shape = SHAPE_TOOL_PATTERNS, .flags = (more),                \
	 .bytes_max = 256, .count_max = LIST_COUNT_MAX, .says = words}
#define TARGETS_FIELD                                                                                                  \
	{.name = SLICE_INIT("targets"), .type = FIELD_TEXTS, .bytes_max = PATTERN_BYTES_MAX, .count_max = LIST_COUNT_MAX, \
	 .says = "Patterns of the targets that may be touched; none means any"}

static const struct field principal_fields[] = {
	ID_FIELD(REQUIRED, "Who it is, for example alice@corp"),
	CHOICE_FIELD("type", REQUIRED | FILTER | COLUMN, "human service", "", "A person, or a service with an account"),
	TEXT_FIELD("name", COLUMN, "Name for people"),
	TEXT_FIELD("email", COLUMN, "Where to reach this principal"),
	CHOICE_FIELD("state", KEPT | FILTER | COLUMN, "active disabled", "\"active\"", "May act, or may not"),
	COMMON_FIELDS,
};

static const struct field purpose_fields[] = {
	ID_FIELD(REQUIRED, "The name of the business function, for example support-refund"),
	TEXT_FIELD("name", COLUMN, "Name for people"),
	PROSE_FIELD("description", "What the purpose covers"),
	REFERENCE_FIELD("owner", KIND_PRINCIPAL, FIELD_MAKES | FILTER | COLUMN, "Who answers for the purpose"),
	CHOICE_FIELD("state", READ_ONLY | FILTER | COLUMN, "active retired", "\"active\"",
		     "Retired: all its grants stopped working"),
	COMMON_FIELDS,
};

static const struct field agent_fields[] = {
	ID_FIELD(0, "Who it is; generated where absent"),
	TEXT_FIELD("name", COLUMN, "Name for people"),
	REFERENCE_FIELD("owner", KIND_PRINCIPAL, REQUIRED | FIELD_MAKES | FILTER | COLUMN, "The accountable human"),
	REFERENCE_FIELD("deputy", KIND_PRINCIPAL, FIELD_MAKES | FILTER, "Who answers when the owner does not"),
	REFERENCE_FIELD("purpose", KIND_PURPOSE, REQUIRED | FIELD_MAKES | FILTER | COLUMN,
			"The business function it serves"),
	{.name = SLICE_INIT("environment"), .type = FIELD_ID, .flags = FILTER | COLUMN, .fallback = SLICE_INIT("\"dev\""),
	 .bytes_max = OBJECT_ID_BYTES_MAX, .says = "dev, staging, prod, or a name of your own"},
	{.name = SLICE_INIT("model"), .type = FIELD_TEXT, .flags = FILTER, .fallback = SLICE_INIT("\"unknown\""),
	 .bytes_max = NAME_BYTES_MAX, .says = "The language model that it runs on"},
	CHOICE_FIELD("class", FILTER | COLUMN, "causal predictive generative automation copilot agentic",
		     "\"generative\"", "What kind of AI system it is"),
	CHOICE_FIELD("state", READ_ONLY | FILTER | COLUMN, "registered approved suspended quarantined decommissioned",
		     "\"registered\"", "Where it stands in its life; only approved agents may act"),
	TEXT_FIELD("state_reason", READ_ONLY, "The reason given for the last change of state"),
	TIME_FIELD("cutoff_at", READ_ONLY, "Tokens issued at this moment or before are refused"),
	CHOICE_FIELD("enforcement", KEPT | FILTER | COLUMN, "enforce observe", "\"enforce\"",
		     "enforce: a denied call is stopped; observe: it is recorded and let through"),
	TEXT_FIELD("team", FILTER, "The team it belongs to"),
	TEXT_FIELD("domain", FILTER, "The segment it lives in"),
	PROSE_FIELD("description", "What the agent does"),
	{.name = SLICE_INIT("jwks"), .type = FIELD_OBJECT, .shape = SHAPE_JWKS, .flags = FIELD_NULLABLE,
	 .bytes_max = 16384, .says = "The public keys with which it authenticates, as a JWK set (RFC 7517)"},
	COMMON_FIELDS,
};

static const struct field server_fields[] = {
	{.name = SLICE_INIT("id"), .type = FIELD_ID, .shape = SHAPE_SERVER_ID, .flags = REQUIRED | FIXED | COLUMN,
	 .bytes_max = 32, .says = "Short name; the first part of its tools' ids"},
	{.name = SLICE_INIT("url"), .type = FIELD_URL, .flags = REQUIRED | COLUMN, .bytes_max = 2048,
	 .says = "Where its MCP endpoint is"},
	CHOICE_FIELD("protocol_version", COLUMN, "auto 2025-11-25 2026-07-28", "\"auto\"",
		     "The revision of MCP that it speaks"),
	CHOICE_FIELD("state", KEPT | FILTER | COLUMN, "active disabled", "\"active\"", "Disabled: no call reaches it"),
	PROSE_FIELD("description", "What the server offers"),
	{.name = SLICE_INIT("authorization"), .type = FIELD_SECRET, .flags = KEPT | FIELD_NULLABLE, .bytes_max = 8192,
	 .says = "Value of the Authorization header sent to it; stored sealed, never shown"},
	{.name = SLICE_INIT("authorization_set"), .type = FIELD_BOOL, .flags = READ_ONLY | FIELD_SHOWN_ONLY,
	 .says = "Whether an authorization is stored"},
	COMMON_FIELDS,
};

static const struct field tool_fields[] = {
	{.name = SLICE_INIT("id"), .type = FIELD_ID, .shape = SHAPE_TOOL_ID, .flags = FIXED | COLUMN, .bytes_max = 161,
	 .says = "server.name; follows from the two"},
	REFERENCE_FIELD("server", KIND_SERVER, REQUIRED | FIXED | FILTER | COLUMN, "The server that offers it"),
	{.name = SLICE_INIT("name"), .type = FIELD_TEXT, .shape = SHAPE_TOOL_NAME, .flags = REQUIRED | FIXED,
	 .bytes_max = 128, .says = "Its name on that server"},
	CHOICE_FIELD("effect", REQUIRED | FILTER | COLUMN,
		     "read internal-write external destructive exec money control-plane", "", "What a call can do"),
	{.name = SLICE_INIT("target"), .type = FIELD_OBJECT, .shape = SHAPE_TARGET, .flags = KEPT | FIELD_NULLABLE,
	 .bytes_max = 1024, .says = "Which argument names the object that a call touches"},
	{.name = SLICE_INIT("definition"), .type = FIELD_OBJECT, .flags = KEPT, .bytes_max = DEFINITION_BYTES_MAX,
	 .says = "The whole tool object as the server published it, pinned"},
	{.name = SLICE_INIT("definition_sha256"), .type = FIELD_TEXT, .shape = SHAPE_SHA256, .flags = READ_ONLY,
	 .bytes_max = 64, .says = "SHA-256 of the pinned definition (over RFC 8785)"},
	{.name = SLICE_INIT("offered"), .type = FIELD_OBJECT, .flags = READ_ONLY, .bytes_max = DEFINITION_BYTES_MAX,
	 .says = "What the server publishes now, where that differs from the pinned definition"},
	{.name = SLICE_INIT("offered_sha256"), .type = FIELD_TEXT, .shape = SHAPE_SHA256, .flags = READ_ONLY,
	 .bytes_max = 64, .says = "SHA-256 of what is offered"},
	CHOICE_FIELD("state", READ_ONLY | FILTER | COLUMN, "pinned changed gone", "\"pinned\"",
		     "changed or gone: withheld from every agent"),
	COMMON_FIELDS,
};

static const struct field grant_fields[] = {
	ID_FIELD(0, "Generated where absent"),
	REFERENCE_FIELD("agent", KIND_AGENT, REQUIRED | FIXED | FILTER | COLUMN, "Who may"),
	TOOLS_FIELD(REQUIRED | COLUMN, "What may be called: server.tool, or server.* for all of a server"),
	TARGETS_FIELD,
	REFERENCE_FIELD("purpose_id", KIND_PURPOSE, REQUIRED | FILTER | COLUMN, "What for; no grant exists without one"),
	TIME_FIELD("expires_at", COLUMN, "When it stops; never where absent"),
	PROSE_FIELD("justification", "Why it was given"),
	CHOICE_FIELD("state", READ_ONLY | FILTER | COLUMN, "active revoked", "\"active\"", "Revoked is final"),
	COMMON_FIELDS,
};

static const struct field task_fields[] = {
	ID_FIELD(0, "Generated where absent"),
	REFERENCE_FIELD("agent", KIND_AGENT, REQUIRED | FIXED | FILTER | COLUMN, "Who does it"),
	REFERENCE_FIELD("purpose", KIND_PURPOSE, REQUIRED | FILTER | COLUMN, "What for"),
	TOOLS_FIELD(COLUMN, "What may be called in this task; all that is granted where absent"),
	TARGETS_FIELD,
	REFERENCE_FIELD("on_behalf_of", KIND_PRINCIPAL, FILTER, "The human for whom it is done"),
	TEXT_FIELD("requester", KEPT | FILTER, "Who asked for it; the caller where absent"),
	TIME_FIELD("expires_at", COLUMN, "When it ends at the latest"),
	PROSE_FIELD("description", "What is to be done"),
	CHOICE_FIELD("state", READ_ONLY | FILTER | COLUMN, "open complete cancelled", "\"open\"",
		     "A task that is not open admits nothing"),
	COMMON_FIELDS,
};

static const struct field policy_fields[] = {
	ID_FIELD(REQUIRED, "Name of the policy set"),
	{.name = SLICE_INIT("text"), .type = FIELD_TEXT, .flags = REQUIRED, .bytes_max = POLICY_BYTES_MAX,
	 .says = "Cedar; several policies may stand in one text"},
	TEXT_FIELD("source", COLUMN, "The file it came from"),
	COMMON_FIELDS,
};

static const struct field suite_fields[] = {
	ID_FIELD(REQUIRED, "Name of the suite"),
	{.name = SLICE_INIT("policies"), .type = FIELD_TEXTS, .flags = COLUMN, .bytes_max = OBJECT_ID_BYTES_MAX,
	 .count_max = POLICIES_COUNT_MAX, .says = "Ids of the policies it is about; none means all"},
	{.name = SLICE_INIT("schema"), .type = FIELD_TEXT, .bytes_max = POLICY_BYTES_MAX,
	 .says = "A schema that the policies must fit, in Cedar's schema language or in JSON"},
	{.name = SLICE_INIT("entities"), .type = FIELD_LIST, .bytes_max = POLICY_BYTES_MAX, .count_max = SUITE_ITEMS_MAX,
	 .says = "Entities of the tests, in Cedar's JSON form"},
	{.name = SLICE_INIT("tests"), .type = FIELD_LIST, .bytes_max = POLICY_BYTES_MAX, .count_max = SUITE_ITEMS_MAX,
	 .says = "Tests: name, principal, action, resource, expect (permit or deny); context, reasons, errors"},
	TEXT_FIELD("source", COLUMN, "The file it came from"),
	COMMON_FIELDS,
};

static const struct field policy_version_fields[] = {
	ID_FIELD(READ_ONLY, "Its number after a v"),
	{.name = SLICE_INIT("number"), .type = FIELD_INTEGER, .flags = READ_ONLY | COLUMN, .says = "Counts up from 1"},
	{.name = SLICE_INIT("digest"), .type = FIELD_TEXT, .shape = SHAPE_SHA256, .flags = READ_ONLY | FILTER | COLUMN,
	 .bytes_max = 64, .says = "SHA-256 of the policy set, as decisions name it"},
	{.name = SLICE_INIT("previous"), .type = FIELD_TEXT, .flags = READ_ONLY | COLUMN, .bytes_max = 32,
	 .says = "The version before"},
	{.name = SLICE_INIT("policies"), .type = FIELD_INTEGER, .flags = READ_ONLY | COLUMN, .says = "How many policy objects"},
	{.name = SLICE_INIT("suites"), .type = FIELD_INTEGER, .flags = READ_ONLY, .says = "How many suites held then"},
	{.name = SLICE_INIT("tests"), .type = FIELD_INTEGER, .flags = READ_ONLY | COLUMN,
	 .says = "How many tests were passed by this change"},
	TEXT_FIELD("actor", READ_ONLY | COLUMN, "Who made the change"),
	TEXT_FIELD("reason", READ_ONLY | COLUMN, "Why, in the words of whoever made it"),
	COMMON_FIELDS,
};

static const struct field entities_fields[] = {
	ID_FIELD(REQUIRED, "Name of this set of entities"),
	{.name = SLICE_INIT("text"), .type = FIELD_TEXT, .flags = REQUIRED, .bytes_max = POLICY_BYTES_MAX,
	 .says = "Entities with attributes and parents, in Cedar's entities JSON"},
	TEXT_FIELD("source", COLUMN, "The file it came from"),
	COMMON_FIELDS,
};

static const struct field pep_fields[] = {
	ID_FIELD(REQUIRED, "Who it is; its key is sent as <id>~<secret>"),
	TEXT_FIELD("name", COLUMN, "Name for people"),
	{.name = SLICE_INIT("key_sha256"), .type = FIELD_TEXT, .shape = SHAPE_SHA256, .flags = REQUIRED, .bytes_max = 64,
	 .says = "SHA-256 of the whole key <id>~<secret>; the key itself is never stored"},
	{.name = SLICE_INIT("asserts"), .type = FIELD_TEXTS, .shape = SHAPE_PROPERTIES, .flags = KEPT | COLUMN,
	 .bytes_max = NAME_BYTES_MAX, .count_max = LIST_COUNT_MAX,
	 .says = "Properties that are believed when it sends them: subject.role, resource.*; none where absent"},
	{.name = SLICE_INIT("may_search"), .type = FIELD_BOOL, .flags = KEPT | COLUMN, .fallback = SLICE_INIT("false"),
	 .says = "May ask who may do what to which, not only whether"},
	CHOICE_FIELD("state", KEPT | FILTER | COLUMN, "active disabled", "\"active\"", "Disabled: it is answered nothing"),
	COMMON_FIELDS,
};

static const struct field revocation_fields[] = {
	ID_FIELD(REQUIRED, "The jti of a token, the txn of a chain of tokens, or the id of a task"),
	CHOICE_FIELD("what", FILTER | COLUMN, "token chain task", "\"token\"", "What the id is of"),
	TEXT_FIELD("agent", FILTER | COLUMN, "Whose it was"),
	TEXT_FIELD("reason", COLUMN, "Why it was revoked"),
	TIME_FIELD("expires_at", COLUMN, "When it would have ended by itself; afterwards the revocation may be deleted"),
	COMMON_FIELDS,
};

#define ROW(number, one, many, prefix, table, words)                                                                   \
	[number] = {number, SLICE_INIT(one), SLICE_INIT(many), prefix, words, table, sizeof(table) / sizeof((table)[0])}

static const struct kind_row rows[KIND_COUNT] = {
	ROW(KIND_PRINCIPAL, "principal", "principals", NULL, principal_fields, "A human or a service that agents act for"),
	ROW(KIND_PURPOSE, "purpose", "purposes", NULL, purpose_fields, "A named business function"),
	ROW(KIND_AGENT, "agent", "agents", "agent", agent_fields, "An AI system in the inventory"),
	ROW(KIND_SERVER, "server", "servers", NULL, server_fields, "An MCP server behind the gateway"),
	ROW(KIND_TOOL, "tool", "tools", NULL, tool_fields, "An operation that a server offers"),
	ROW(KIND_GRANT, "grant", "grants", "grant", grant_fields, "Who may use which tools for which purpose until when"),
	ROW(KIND_TASK, "task", "tasks", "task", task_fields, "A declared, bounded piece of work"),
	ROW(KIND_POLICY, "policy", "policies", NULL, policy_fields, "Cedar policies"),
	ROW(KIND_SUITE, "suite", "suites", NULL, suite_fields, "Tests and a schema that policies must pass to take effect"),
	ROW(KIND_POLICY_VERSION, "policy_version", "policy_versions", NULL, policy_version_fields,
	    "A policy set that was in force; made by each change of policies"),
	ROW(KIND_ENTITIES, "entities", "entities", NULL, entities_fields, "Users, records and other entities that policies read"),
	ROW(KIND_PEP, "pep", "peps", NULL, pep_fields, "A policy enforcement point that asks over AuthZEN"),
	ROW(KIND_REVOCATION, "revocation", "revocations", NULL, revocation_fields,
	    "A token, chain or task that was revoked on its own"),
};

const struct kind_row *kind_row(enum kind kind)
{
	assert(kind > KIND_UNKNOWN && kind < KIND_COUNT);
	return &rows[kind];
}

enum kind kind_of_name(slice name)
{
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++)
		if (slice_equal(rows[kind].name, name))
			return kind;
	return KIND_UNKNOWN;
}

enum kind kind_of_plural(slice plural)
{
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++)
		if (slice_equal(rows[kind].plural, plural))
			return kind;
	return KIND_UNKNOWN;
}

const struct field *kind_field(const struct kind_row *row, slice name, size_t *ret_number)
{
	for (size_t i = 0; i < row->field_count; i++)
		if (slice_equal(row->fields[i].name, name)) {
			if (ret_number)
				*ret_number = i;
			return &row->fields[i];
		}
	return NULL;
}

slice kind_suggest_field(const struct kind_row *row, slice name)
{
	const char *names[KIND_FIELDS_MAX];
	assert(row->field_count <= KIND_FIELDS_MAX);
	for (size_t i = 0; i < row->field_count; i++)
		names[i] = row->fields[i].name.ptr;
	return slice_of(nearest_name(name, names, row->field_count));
}

slice field_next_choice(slice *rest)
{
	return slice_cut(rest, ' ');
}

bool field_has_choice(const struct field *field, slice choice)
{
	slice rest = slice_of(field->choices);
	while (rest.len)
		if (slice_equal(field_next_choice(&rest), choice))
			return true;
	return false;
}

static bool is_alphanumeric(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

bool kind_id_valid(slice id)
{
	if (id.len == 0 || id.len > OBJECT_ID_BYTES_MAX || !is_alphanumeric(id.ptr[0]))
		return false;
	for (size_t i = 1; i < id.len; i++) {
		char byte = id.ptr[i];
		if (!is_alphanumeric(byte) && byte != '.' && byte != '_' && byte != '@' && byte != '-')
			return false;
	}
	return true;
}

bool kind_tool_id_split(slice id, slice *ret_server, slice *ret_name)
{
	size_t dot = slice_find_byte(id, '.', 0);
	if (dot == SIZE_MAX || dot == 0 || dot + 1 == id.len)
		return false;
	*ret_server = slice_sub(id, 0, dot);
	*ret_name = slice_from_offset(id, dot + 1);
	return true;
}
