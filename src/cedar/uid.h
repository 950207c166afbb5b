/* cedar_uid_equal without a call: what decisions do most. */
#ifndef TIPSTAFF_CEDAR_UID_H
#define TIPSTAFF_CEDAR_UID_H

#include "cedar/bytes.h"
#include "cedar/value.h"

static inline bool uid_equal(const struct cedar_uid *a, const struct cedar_uid *b)
{
	return a == b || (a->hash == b->hash && bytes_equal(a->id, b->id) && bytes_equal(a->type, b->type));
}

#endif
