/* Orders that move an object: approve, suspend, revoke, complete, ... one table for all kinds. */
#ifndef TIPSTAFF_CLI_MOVES_H
#define TIPSTAFF_CLI_MOVES_H

#include "cli/options.h"
#include "base/arena.h"
#include "registry/kind.h"

/* One order: POST /v1/<plural>/<id>/<word>. */
struct move {
	enum kind kind;
	const char *word; /* "suspend" */
	const char *done; /* "suspended" */
	const char *says; /* one line for help */
};

/* NULL where the kind knows no such order. */
const struct move *move_find(enum kind kind, slice word);
/* The n-th of all; NULL behind the last. */
const struct move *move_row(size_t n);
/* {"reason":...}, or {} where there is none. */
slice move_reason_body(slice reason, struct arena *arena);
/* Gives the order; `words` are those behind it (ID [--reason TEXT]). The exit code. */
int move_run(const struct verb *verb, const struct move *move, int count, char **words);

#endif
