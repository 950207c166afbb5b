/* Which entities a policy set names: in the heads of its policies, in what fills their slots, and in their conditions. */
#ifndef TIPSTAFF_CEDAR_MENTIONS_H
#define TIPSTAFF_CEDAR_MENTIONS_H

#include "cedar/policyset.h"

/*
 * Calls `visit` for each, as often as it is named, in the order of writing; names borrow from the set. Templates are
 * looked at through their links only. False: `visit` has returned false, and the walk ended there.
 */
bool cedar_policyset_names(const struct cedar_policyset *set, bool (*visit)(void *context, const struct cedar_uid *uid),
			   void *context);

#endif
