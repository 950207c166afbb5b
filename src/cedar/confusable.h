/*
 * Text in policies that may deceive the eye of a reviewer: characters that turn the direction of text, letters of
 * scripts that are not written together (a Cyrillic a in a Latin word), and in names of entities and attributes such
 * characters as no identifier should have.
 *
 * These are the reference engine's warnings (its own difference: in patterns it does not see characters that it shows
 * escaped). The tables are those of Unicode 14: what came later counts as of no script, and is warned of.
 */
#ifndef TIPSTAFF_CEDAR_CONFUSABLE_H
#define TIPSTAFF_CEDAR_CONFUSABLE_H

#include "cedar/validate.h"

/* All findings are warnings: policies first, then templates; links are not looked at. Lives in the arena. E_MEMORY. */
MUST_USE enum error cedar_confusables(const struct cedar_policyset *set, struct arena *arena,
				      struct cedar_validation *ret_validation, struct fault *why);

#endif
