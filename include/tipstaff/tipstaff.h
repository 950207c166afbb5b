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

#ifdef __cplusplus
}
#endif

#endif
