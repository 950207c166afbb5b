/*
 * A concrete request with entities in which the literals of a trail hold: built from what the theory knows, as small as
 * it goes. Whether it is what was asked for, only a real decision tells.
 */
#ifndef TIPSTAFF_ANALYSIS_MODEL_H
#define TIPSTAFF_ANALYSIS_MODEL_H

#include "analysis/theory.h"
#include "cedar/authorize.h"

struct example {
	struct cedar_request request;
	const struct cedar_entities *entities;
};

enum model_answer {
	MODEL_UNKNOWN = 0, /* none was found; `reason` says why */
	MODEL_FOUND,
	MODEL_NONE         /* there is none, for certain */
};

/* An entity that must be there although no class stands for it: a value of the schema's choice. */
struct spare_entity {
	const struct cedar_uid *uid;
	struct spare_entity *next;
};

struct model {
	struct theory *theory;
	struct arena *arena;
	enum model_answer answer;
	const char *reason;
	/* by class: */
	struct cedar_value *values;
	unsigned char *states; /* enum model_state */
	bool *is_chosen;       /* the kind is chosen */
	bool *is_forced;       /* ... because no other was possible */
	const struct cedar_uid **elements; /* by literal, of `x in set`: what of the set x is in */
	struct spare_entity *spare;
	unsigned fresh_count;
	unsigned variant;
	bool is_vague; /* an address is held against something that is not constant */
};

enum model_state { MODEL_OPEN = 0, MODEL_BUSY, MODEL_DONE };

/*
 * Builds in the arena of the space, and narrows the classes. Another variant chooses other numbers, where arithmetic that
 * is not understood may ask for them.
 */
enum model_answer model_build(struct theory *theory, unsigned variant, struct example *ret_example,
			      const char **ret_reason);

/* The parts: */
/* Gives up. Always false. */
bool model_fail(struct model *model, enum model_answer answer, const char *reason);
/* The value of a class that has one. False: given up. */
bool model_value(struct model *model, uint32_t number, struct cedar_value *ret_value);
/* Any value of the type; another one for another `salt`, where there are several. */
bool model_any_value(struct model *model, const struct type *type, unsigned salt, struct cedar_value *ret_value);
/* The fields that the terms name, and those that the shape (may be NULL) demands besides. */
bool model_fields(struct model *model, uint32_t number, enum term_kind kind, const struct type *shape,
		  struct cedar_value *ret_record);
/* Does some literal say that the class is not this value? */
bool model_excludes(const struct model *model, uint32_t number, struct cedar_value value);
/* Where the choice of a number begins, in this variant. */
int64_t model_number_start(const struct model *model, uint32_t number);
/* Chooses a number for each class that is one. */
bool model_numbers(struct model *model);
/* Chooses a name for each class that is an entity. */
bool model_names(struct model *model);
/* Chooses what of a set an entity is in, where it must be in one. */
bool model_elements(struct model *model);
/* An entity of the type that must be there. */
bool model_any_entity(struct model *model, const struct type *type, unsigned salt, struct cedar_value *ret_value);

#endif
