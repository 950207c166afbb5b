/* What was found wrong, with its texts: of policies, requests and entities. Internal to the library. */
#ifndef TIPSTAFF_LIB_VALIDATION_H
#define TIPSTAFF_LIB_VALIDATION_H

#include "lib/inside.h"

struct tip_validation {
	struct arena arena;
	const struct cedar_finding *findings;
	size_t count;
	size_t error_count;
};

/*
 * Starts the call and makes its validation. `ret_place` is the caller's, and NULL stands there until the end.
 * E_USAGE: there is no place for it.  E_MEMORY.  Else as lib_call_start.
 */
MUST_USE enum error lib_validation_start(struct lib_call *call, struct tip_validation **ret_place,
					 struct tip_validation **ret_validation);
/* Hands it out where all went well, else frees it; the public code of the call. */
MUST_USE int lib_validation_end(const struct lib_call *call, enum error code, struct tip_validation *validation,
				struct tip_validation **ret_validation, struct tip_error *error);

#endif
