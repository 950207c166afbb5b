/*
 * libtipstaff: the Cedar policy language (version 4.5) as a library: policies, entities and a request in, a decision out.
 *
 * Text is a pointer and a length, UTF-8, never NUL-terminated; NUL is a legal byte inside. What goes in is copied and
 * need not outlive the call. What comes out of a handle is borrowed from it and valid until that handle is freed.
 *
 * Handles are made by one function and freed by their `_free`, for which NULL is fine. They never change once made: any
 * number of threads may use one at the same time, as long as none frees it. A result depends on no other handle.
 * The library keeps no state of its own, starts no thread, does no input or output and never ends the process: that
 * memory has run out is an error like others.
 *
 * Functions that can fail return a tip_code and fill the caller's `struct tip_error` (NULL: not wanted). On failure
 * `*ret_...` is NULL. Any failure must be taken as a denial; tip_result_decision(NULL) is TIP_DENY.
 *
 * Structs that may grow begin with `size`, which the caller sets to sizeof: TIP_REQUEST_INIT and the like do so and zero
 * the rest. A program built against an older header goes on working with a newer library. A `size` smaller than the
 * first version of the struct is TIP_USAGE. Functions, fields and codes are added, never changed or taken away, within
 * one soname.
 *
 * Limits (TIP_LIMIT beyond them): a text 64 MiB, a context 4 MiB, 2,000,000 policies, 16,000,000 entities, nesting of
 * expressions 400, of values 128 (of a context 64), 10,000 ancestors of an entity, 100,000,000 steps of one decision.
 */
#ifndef TIPSTAFF_TIPSTAFF_H
#define TIPSTAFF_TIPSTAFF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TIP_API __attribute__((visibility("default")))
#define TIP_MUST_USE __attribute__((warn_unused_result))
#else
#define TIP_API
#define TIP_MUST_USE
#endif

/* The version of the library, such as "0.1.0". Static, NUL-terminated. */
TIP_API const char *tip_version(void);

enum tip_code {
	TIP_OK = 0,
	TIP_INTERNAL = 1,    /* a defect of the library or of the system below it */
	TIP_MEMORY = 2,
	TIP_LIMIT = 3,       /* one of the limits above */
	TIP_SYNTAX = 4,      /* not the language, or not JSON */
	TIP_INVALID = 5,     /* well-formed, but not acceptable: an unknown name, a wrong type, no UTF-8 in a request */
	TIP_NOT_FOUND = 6,   /* an index beyond the end, or a link to a template that is not there */
	TIP_CONFLICT = 7,    /* an id twice, an entity that is its own ancestor */
	TIP_UNSUPPORTED = 8, /* of the language, but not of this library */
	TIP_USAGE = 9        /* the caller's mistake: a NULL, a `size` or an enum that cannot be */
};

/* "TIP_SYNTAX" and the like; "?" for a number that is no code. Static. */
TIP_API const char *tip_code_name(int code);

struct tip_text {
	const char *ptr; /* may be NULL where `len` is 0 */
	size_t len;
};

/* What went wrong, for the person who wrote the text. Texts are NUL-terminated, and cut where they are too long. */
struct tip_error {
	size_t size;
	int code;            /* enum tip_code */
	uint32_t line;       /* from 1; 0: there is no place */
	uint32_t column;     /* from 1, in bytes; 0: there is no place */
	uint32_t caret;      /* position of the place inside the excerpt, from 0 */
	char source[128];    /* the name given to the text */
	char excerpt[128];   /* the line at fault, or the part of it around the place; may be empty */
	char sentence[256];
};
#define TIP_ERROR_INIT {.size = sizeof(struct tip_error)}

struct tip_policyset;
struct tip_entities;
struct tip_schema;
struct tip_result;
struct tip_validation;
struct tip_partial;
struct tip_string;
struct tip_remedy;
struct tip_found;
struct tip_analysis;
struct tip_comparison;

enum tip_format {
	TIP_CEDAR = 0, /* text of the language */
	TIP_JSON = 1   /* its JSON form */
};

/*
 * A policy made from a template of the text that it is read with. The slots that the template has, and only these, are
 * given; a slot whose type is empty is not. This struct never grows.
 */
struct tip_link {
	struct tip_text template_id;
	struct tip_text id;             /* of the policy that is made */
	struct tip_text principal_type; /* for ?principal */
	struct tip_text principal_id;
	struct tip_text resource_type;  /* for ?resource */
	struct tip_text resource_id;
};

/* How a text is read. NULL stands for all zeros. */
struct tip_parse_options {
	size_t size;
	struct tip_text name;            /* of the text, for messages */
	int format;                      /* enum tip_format; entities are always JSON, whatever stands here */
	const struct tip_schema *schema; /* for entities: says where text means an entity or an extension value */
	struct tip_text id_prefix;       /* for policies: ids are this and a number from 0; empty: policy0, policy1, ... */
	const struct tip_link *links;    /* for policies: made besides those of the text */
	size_t link_count;
};
#define TIP_PARSE_OPTIONS_INIT {.size = sizeof(struct tip_parse_options)}

/*
 * Reads policies. As JSON: one policy, or a set with `staticPolicies`, `templates` and `templateLinks` and ids of its own.
 * Templates decide only through links. No policy at all is a set too, which denies everything.
 * TIP_SYNTAX, TIP_CONFLICT, TIP_NOT_FOUND, TIP_INVALID (links), TIP_UNSUPPORTED, TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_policyset_parse(const char *text, size_t len, const struct tip_parse_options *options,
					     struct tip_policyset **ret_set, struct tip_error *error);
TIP_API void tip_policyset_free(struct tip_policyset *set);
/* Policies without templates; 0 for NULL. */
TIP_API size_t tip_policyset_count(const struct tip_policyset *set);

enum tip_effect { TIP_FORBID = 0, TIP_PERMIT = 1 };

struct tip_policy {
	size_t size;
	struct tip_text id;
	struct tip_text text; /* as it was written */
	int effect;           /* enum tip_effect */
	uint32_t line;        /* where it begins */
	size_t annotation_count;
};
#define TIP_POLICY_INIT {.size = sizeof(struct tip_policy)}

/* The policy at `index`, in the order of the text. TIP_NOT_FOUND: `index` is not below the count.  TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_policyset_policy(const struct tip_policyset *set, size_t index, struct tip_policy *policy);
/* Templates, which are not counted among the policies. */
TIP_API size_t tip_policyset_template_count(const struct tip_policyset *set);
/* As tip_policyset_policy, of the template at `index`. */
TIP_API TIP_MUST_USE int tip_policyset_template(const struct tip_policyset *set, size_t index, struct tip_policy *policy);
/* Its index by its id; SIZE_MAX where there is none. */
TIP_API size_t tip_policyset_find(const struct tip_policyset *set, const char *id, size_t len);
/* The n-th annotation of the policy at `index`. TIP_NOT_FOUND: there is none.  TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_policyset_annotation(const struct tip_policyset *set, size_t index, size_t nth,
						  struct tip_text *ret_key, struct tip_text *ret_value);

/*
 * Reads a schema, in either format.
 * TIP_SYNTAX, TIP_INVALID (undeclared names, cycles), TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_schema_parse(const char *text, size_t len, const struct tip_parse_options *options,
					  struct tip_schema **ret_schema, struct tip_error *error);
TIP_API void tip_schema_free(struct tip_schema *schema);

/*
 * Reads entities: an array of `{"uid": {"type","id"}, "attrs": {}, "parents": [], "tags": {}}`. That they conform to the
 * schema of the options is not checked.
 * TIP_SYNTAX, TIP_INVALID, TIP_CONFLICT, TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_entities_parse_json(const char *text, size_t len, const struct tip_parse_options *options,
						 struct tip_entities **ret_entities, struct tip_error *error);
/*
 * The entities of the text, in the form above, put in: each in the place of a former one of its name. All or none, as new
 * entities that share with the former ones what did not change. Costs what is put in and what stands below it, not what
 * is there (but the first change of entities looks at all of them once). Both stay valid until freed, in any order.
 *
 * Only the newest may be changed: TIP_CONFLICT where another change was made of these already. Changes of one store are
 * for one thread at a time; others may read meanwhile. Else as tip_entities_parse_json.
 */
TIP_API TIP_MUST_USE int tip_entities_upsert(struct tip_entities *entities, const char *text, size_t len,
					     const struct tip_parse_options *options, struct tip_entities **ret_entities,
					     struct tip_error *error);
/* The same without one entity; that it is not there is no failure. What has it as a parent keeps it as one. */
TIP_API TIP_MUST_USE int tip_entities_remove(struct tip_entities *entities, struct tip_text type, struct tip_text id,
					     struct tip_entities **ret_entities, struct tip_error *error);
TIP_API void tip_entities_free(struct tip_entities *entities);
/* 0 for NULL. */
TIP_API size_t tip_entities_count(const struct tip_entities *entities);

enum tip_decision { TIP_DENY = 0, TIP_ALLOW = 1 };

#define TIP_WITH_FACTS 1u /* list what was read on the way; costs time and memory */
/* Only of tip_partial_authorize: nothing is known but the type, or not even that where it is empty; the id is empty. */
#define TIP_UNKNOWN_PRINCIPAL 2u
#define TIP_UNKNOWN_ACTION 4u
#define TIP_UNKNOWN_RESOURCE 8u

struct tip_request {
	size_t size;
	struct tip_text principal_type; /* such as Library::User */
	struct tip_text principal_id;   /* any text */
	struct tip_text action_type;    /* such as Action */
	struct tip_text action_id;
	struct tip_text resource_type;
	struct tip_text resource_id;
	struct tip_text context;         /* a JSON object, `__entity` and `__extn` as in entities; empty: no fields */
	const struct tip_schema *schema; /* may be NULL: gives the context its types, and the actions their groups */
	uint32_t flags;                  /* TIP_WITH_FACTS, ... */
	uint32_t reserved;               /* zero */
};
#define TIP_REQUEST_INIT {.size = sizeof(struct tip_request)}

/* What a decision is made from: several policy sets as if they were one, and stores of entities, looked up in order. */
struct tip_world {
	size_t size;
	const struct tip_policyset *const *sets;
	size_t set_count;   /* at most 64; none: everything is denied */
	const struct tip_entities *const *stores;
	size_t store_count; /* at most 15; an entity that several have is that of the first, and parents may be in any */
};
#define TIP_WORLD_INIT {.size = sizeof(struct tip_world)}

/*
 * Decides: a satisfied forbid denies; else a satisfied permit allows; else it is a denial. A policy that errs is skipped
 * and listed. `entities` may be NULL. That the request conforms to the schema is not checked:
 * tip_check_request.
 * TIP_SYNTAX: the context is not JSON.  TIP_INVALID: it is no record of Cedar values, a type is no name, an id no UTF-8.
 * TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_authorize(const struct tip_policyset *set, const struct tip_entities *entities,
				       const struct tip_request *request, struct tip_result **ret_result,
				       struct tip_error *error);
/* The same from several sets and stores, each of which may be in use elsewhere. Errors as above. */
TIP_API TIP_MUST_USE int tip_authorize_world(const struct tip_world *world, const struct tip_request *request,
					     struct tip_result **ret_result, struct tip_error *error);
TIP_API void tip_result_free(struct tip_result *result);
/* TIP_DENY for NULL. */
TIP_API int tip_result_decision(const struct tip_result *result);
/* The policies that determined it: satisfied forbids of a denial, else satisfied permits; none where nothing applied. */
TIP_API size_t tip_result_reason_count(const struct tip_result *result);
/* The id; `ptr` NULL beyond the end. As the two below, in the order of the set. */
TIP_API struct tip_text tip_result_reason(const struct tip_result *result, size_t nth);
/* Which of the world's sets it is of; SIZE_MAX beyond the end. The same for policies that erred. */
TIP_API size_t tip_result_reason_set(const struct tip_result *result, size_t nth);
TIP_API size_t tip_result_error_set(const struct tip_result *result, size_t nth);
/* Policies that erred: id, and a sentence that names no value of the context. TIP_NOT_FOUND: beyond the end.  TIP_USAGE. */
TIP_API size_t tip_result_error_count(const struct tip_result *result);
TIP_API TIP_MUST_USE int tip_result_error(const struct tip_result *result, size_t nth, struct tip_text *ret_id,
					  struct tip_text *ret_sentence);
/*
 * Facts, where they were asked for: what was read (`principal.team`) and its value as Cedar (`"x"`; empty: it was not
 * there), each once. At most 256 are kept. TIP_NOT_FOUND: beyond the end.  TIP_USAGE.
 */
TIP_API size_t tip_result_fact_count(const struct tip_result *result);
TIP_API TIP_MUST_USE int tip_result_fact(const struct tip_result *result, size_t nth, struct tip_text *ret_subject,
					 struct tip_text *ret_value);

/* --- requests that are not complete yet --- */

enum tip_possibility {
	TIP_NEVER = 0, /* denied, whatever the unknowns are */
	TIP_MAYBE = 1,
	TIP_ALWAYS = 2 /* allowed, whatever they are */
};

/*
 * What a request with unknowns leaves of the policies. Unknown are the parts that its flags say, and the fields of the
 * context that are named, which the context must not have; with a schema they have the type that it declares. TIP_NEVER
 * and TIP_ALWAYS are certain. TIP_WITH_FACTS is not known here. Errors as tip_authorize; TIP_NOT_FOUND: the schema declares
 * no such field.
 */
TIP_API TIP_MUST_USE int tip_partial_authorize(const struct tip_world *world, const struct tip_request *request,
					       const struct tip_text *unknown_fields, size_t unknown_count,
					       struct tip_partial **ret_partial, struct tip_error *error);
TIP_API void tip_partial_free(struct tip_partial *partial);
/* enum tip_possibility; TIP_NEVER for NULL. */
TIP_API int tip_partial_possibility(const struct tip_partial *partial);
/* Policies of which it depends: id, and what is left of the policy, as Cedar. TIP_NOT_FOUND: beyond the end.  TIP_USAGE. */
TIP_API size_t tip_partial_residual_count(const struct tip_partial *partial);
TIP_API TIP_MUST_USE int tip_partial_residual(const struct tip_partial *partial, size_t nth, struct tip_text *ret_id,
					      struct tip_text *ret_text);

enum tip_validation_mode {
	TIP_STRICT = 0,    /* what the language promises soundness for */
	TIP_PERMISSIVE = 1 /* accepts mixed types in ==, empty sets and computed arguments of constructors too */
};

/*
 * Do the policies fit the schema, for every request that it allows? That they do not is no failure: TIP_OK with findings.
 * TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_validate(const struct tip_policyset *set, const struct tip_schema *schema, int mode,
				      struct tip_validation **ret_validation, struct tip_error *error);
/*
 * As tip_validate, and each policy looks into entities no more than `level` steps from the request (RFC 76 of Cedar): 0 not
 * at all, 1 into the principal, action, resource and the entities of the context, 2 also into those that these name. So it
 * is known which entities a decision needs. Errors as tip_validate; TIP_USAGE: a level above 600.
 */
TIP_API TIP_MUST_USE int tip_validate_level(const struct tip_policyset *set, const struct tip_schema *schema, int mode,
					    uint32_t level, struct tip_validation **ret_validation,
					    struct tip_error *error);
/*
 * Does the request conform to the schema in it; do all entities conform to the schema? That they do not is no failure:
 * TIP_OK with findings, each an error without id and place. At most 1000 are listed, and all are counted.
 * TIP_USAGE: there is no schema.  Else as tip_authorize.
 */
TIP_API TIP_MUST_USE int tip_check_request(const struct tip_request *request, struct tip_validation **ret_validation,
					   struct tip_error *error);
TIP_API TIP_MUST_USE int tip_check_entities(const struct tip_schema *schema, const struct tip_entities *entities,
					    struct tip_validation **ret_validation, struct tip_error *error);
TIP_API void tip_validation_free(struct tip_validation *validation);

struct tip_finding {
	size_t size;
	struct tip_text id;       /* of the policy */
	struct tip_text sentence;
	int is_warning;           /* 0: the set is not valid */
	uint32_t line;            /* 0: there is no place */
	uint32_t column;
	uint32_t reserved;
};
#define TIP_FINDING_INIT {.size = sizeof(struct tip_finding)}

/* Errors only: 0 says that the set is valid. SIZE_MAX for NULL, since nothing was shown. */
TIP_API size_t tip_validation_error_count(const struct tip_validation *validation);
/* Errors and warnings; 0 for NULL. */
TIP_API size_t tip_validation_count(const struct tip_validation *validation);
/* TIP_NOT_FOUND: beyond the end.  TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_validation_finding(const struct tip_validation *validation, size_t nth,
						struct tip_finding *finding);

/* --- what would permit --- */

/*
 * The least change of a denied request that would permit it: conditions on facts of the context that policies declare
 * changeable, as in @remedy("context.approval, context.amount"). A permit may be made to hold by its own facts, a forbid not
 * to; the request with the change was decided and allowed. Conditions are in the words of the policies, and what entities
 * say is not told. That there is none is no failure. Errors as tip_authorize_world.
 */
TIP_API TIP_MUST_USE int tip_remedy_find(const struct tip_world *world, const struct tip_request *request,
					 struct tip_remedy **ret_remedy, struct tip_error *error);
TIP_API void tip_remedy_free(struct tip_remedy *remedy);
/* Conditions, all of which must come to hold; 0: the request is allowed as it is, or nothing would permit it. */
TIP_API size_t tip_remedy_count(const struct tip_remedy *remedy);
/* `context.amount`, and as Cedar what must hold: `context.amount <= 100`. TIP_NOT_FOUND: beyond the end.  TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_remedy_condition(const struct tip_remedy *remedy, size_t nth, struct tip_text *ret_fact,
					      struct tip_text *ret_must);
/* The id of a policy that would permit then, and its set; `ptr` NULL and SIZE_MAX where there is no remedy. */
TIP_API struct tip_text tip_remedy_permit(const struct tip_remedy *remedy);
TIP_API size_t tip_remedy_permit_set(const struct tip_remedy *remedy);

/* --- who, what, which --- */

/* What a search goes through. NULL stands for all zeros. */
struct tip_search {
	size_t size;
	const struct tip_text *candidates; /* ids; NULL: every entity of the type in the stores, actions of the schema */
	size_t candidate_count;
	struct tip_text after;             /* only ids behind this one, in byte order, for pages; `ptr` NULL: from the first */
	size_t limit;                      /* of what is found; 0: all */
};
#define TIP_SEARCH_INIT {.size = sizeof(struct tip_search)}

/*
 * Which principals, actions or resources are allowed in a request that leaves open exactly one of the three: its flag
 * (TIP_UNKNOWN_PRINCIPAL, ...) is set and its type given. What is found is what tip_authorize_world would allow.
 * Errors as tip_authorize_world; TIP_INVALID: not one unknown, or no type of it.
 */
TIP_API TIP_MUST_USE int tip_search(const struct tip_world *world, const struct tip_request *request,
				    const struct tip_search *search, struct tip_found **ret_found,
				    struct tip_error *error);
TIP_API void tip_found_free(struct tip_found *found);
/* 0 for NULL. */
TIP_API size_t tip_found_count(const struct tip_found *found);
/* An id, in byte order; `ptr` NULL beyond the end. */
TIP_API struct tip_text tip_found_id(const struct tip_found *found, size_t nth);
/* 1: beyond the limit there is at least one more. */
TIP_API int tip_found_has_more(const struct tip_found *found);

/* --- texts written back --- */

/* NUL-terminated behind its length; `ptr` NULL for NULL. */
TIP_API struct tip_text tip_string_text(const struct tip_string *string);
TIP_API void tip_string_free(struct tip_string *string);

/*
 * Policy text in the one layout, with all its comments; what is formatted stays as it is. Of the options only the name
 * counts. TIP_SYNTAX, TIP_LIMIT, TIP_MEMORY; TIP_USAGE: a format that is not TIP_CEDAR.
 */
TIP_API TIP_MUST_USE int tip_format(const char *text, size_t len, const struct tip_parse_options *options,
				    struct tip_string **ret_string, struct tip_error *error);
/* One policy as text without comments, or as JSON, whatever it was read from. TIP_NOT_FOUND: there is none.  TIP_USAGE, TIP_LIMIT. */
TIP_API TIP_MUST_USE int tip_policy_write(const struct tip_policyset *set, size_t index, int format,
					  struct tip_string **ret_string, struct tip_error *error);
/* The whole set as JSON, with ids, templates and links, as tip_policyset_parse reads it. TIP_USAGE, TIP_LIMIT. */
TIP_API TIP_MUST_USE int tip_policyset_write_json(const struct tip_policyset *set, struct tip_string **ret_string,
						  struct tip_error *error);
/*
 * The schema in either format, whatever it was read from; annotations are kept, comments are not.
 * TIP_UNSUPPORTED: as text, where an entity type has the name of a common type.  TIP_USAGE, TIP_LIMIT.
 */
TIP_API TIP_MUST_USE int tip_schema_write(const struct tip_schema *schema, int format, struct tip_string **ret_string,
					  struct tip_error *error);

/* --- what can be said without a request --- */

/*
 * With a schema, all requests and entities that conform to it are meant, and that the entities which are looked at are
 * there; without one (NULL) anything goes. What is claimed is certain; where it could not be told, that is told. A call may
 * take minutes for large sets, and up to some hundred MiB.
 */
enum tip_rule {
	TIP_RULE_UNKNOWN = 0,   /* it could not be told */
	TIP_RULE_NEVER = 1,     /* the policy matches no request */
	TIP_RULE_FORBIDDEN = 2, /* whatever it permits, others forbid */
	TIP_RULE_REDUNDANT = 3, /* without it all would be decided the same, because of others */
	TIP_RULE_DUPLICATE = 4, /* it means the same as another before it */
	TIP_RULE_ERROR = 5,     /* there are requests in which it errs and so does nothing */
	TIP_RULE_WIDE = 6       /* a permit that asks for nothing, or for next to nothing */
};
/* "never-matches" and the like; "?" for a number that is no rule. Static. */
TIP_API const char *tip_rule_name(int rule);

struct tip_remark {
	size_t size;
	struct tip_text id;       /* of the policy */
	struct tip_text sentence;
	int rule;                 /* enum tip_rule */
	int is_note;              /* 1: worth knowing, but no defect */
	uint32_t line;            /* of the policy, or of the expression at fault */
	uint32_t column;
	size_t other_count;       /* policies because of which it is so */
};
#define TIP_REMARK_INIT {.size = sizeof(struct tip_remark)}

/* A request, as tip_request has it, with the entities that it needs, as tip_entities_parse_json reads them. */
struct tip_example {
	size_t size;
	struct tip_text principal_type;
	struct tip_text principal_id;
	struct tip_text action_type;
	struct tip_text action_id;
	struct tip_text resource_type;
	struct tip_text resource_id;
	struct tip_text context;
	struct tip_text entities;
};
#define TIP_EXAMPLE_INIT {.size = sizeof(struct tip_example)}

/* Which policies never match, are covered by others, can err. TIP_LIMIT, TIP_MEMORY, TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_analyze(const struct tip_policyset *set, const struct tip_schema *schema,
				     struct tip_analysis **ret_analysis, struct tip_error *error);
TIP_API void tip_analysis_free(struct tip_analysis *analysis);
/* In the order of the policies; 0 for NULL. */
TIP_API size_t tip_analysis_count(const struct tip_analysis *analysis);
/* TIP_NOT_FOUND: beyond the end; of an example also: there is none.  TIP_USAGE. */
TIP_API TIP_MUST_USE int tip_analysis_remark(const struct tip_analysis *analysis, size_t nth, struct tip_remark *remark);
TIP_API TIP_MUST_USE int tip_analysis_example(const struct tip_analysis *analysis, size_t nth,
					      struct tip_example *example);
/* The id of one of the others; `ptr` NULL beyond the end. */
TIP_API struct tip_text tip_analysis_other(const struct tip_analysis *analysis, size_t nth, size_t other);

/*
 * Which requests one set allows and the other denies: at least one for each permit of `allowing`, and for each forbid of
 * `denying`, that makes such a difference. None, and none unknown: whatever `allowing` allows, `denying` allows too. Two
 * sets mean the same where that holds both ways. The schema may be NULL. TIP_LIMIT, TIP_MEMORY, TIP_USAGE.
 */
TIP_API TIP_MUST_USE int tip_compare(const struct tip_policyset *allowing, const struct tip_policyset *denying,
				     const struct tip_schema *schema, struct tip_comparison **ret_comparison,
				     struct tip_error *error);
/* Which requests both allow, one for each permit of `a` where there is one. None, and none unknown: they are disjoint. */
TIP_API TIP_MUST_USE int tip_compare_both(const struct tip_policyset *a, const struct tip_policyset *b,
					  const struct tip_schema *schema, struct tip_comparison **ret_comparison,
					  struct tip_error *error);
TIP_API void tip_comparison_free(struct tip_comparison *comparison);
/* With what is unknown; 0 for NULL. */
TIP_API size_t tip_comparison_count(const struct tip_comparison *comparison);
/* What could not be told. SIZE_MAX for NULL, since nothing was shown. */
TIP_API size_t tip_comparison_unknown_count(const struct tip_comparison *comparison);

struct tip_difference {
	size_t size;
	struct tip_text id;       /* of the policy at work */
	struct tip_text sentence; /* where it is unknown: why */
	int is_unknown;           /* 1: it could not be told, and there is no example */
	int is_of_permit;         /* 1: the policy is a permit of the set that allows; 0: a forbid of the one that denies */
};
#define TIP_DIFFERENCE_INIT {.size = sizeof(struct tip_difference)}

/* As tip_analysis_remark and tip_analysis_example. */
TIP_API TIP_MUST_USE int tip_comparison_difference(const struct tip_comparison *comparison, size_t nth,
						   struct tip_difference *difference);
TIP_API TIP_MUST_USE int tip_comparison_example(const struct tip_comparison *comparison, size_t nth,
						struct tip_example *example);

#ifdef __cplusplus
}
#endif

#endif
