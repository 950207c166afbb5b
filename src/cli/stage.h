/* The stage of the demo: a temporary folder, real programs in it, and the narration. */
#ifndef TIPSTAFF_CLI_STAGE_H
#define TIPSTAFF_CLI_STAGE_H

#include "base/arena.h"
#include "cli/process.h"

#define STAGE_WORDS_MAX 32u

struct stage {
	struct arena arena;
	char program[512];     /* this binary */
	char folder[64];       /* /tmp/tipstaff-demo-XXXXXX */
	slice cache;           /* where quickstart put the npm packages */
	slice node;            /* the node that runs them */
	struct process server; /* tipstaff up */
	struct process files;  /* tipstaff shim -- server-filesystem */
	slice url;             /* of the server */
	unsigned steps;
	bool failed;
	bool keep;             /* the folder stays */
	struct buffer output;  /* of the last command */
	int exit_code;         /* of the last command */
};

/*
 * Makes the folder, finds node and the packages, and points TIPSTAFF_SERVER and XDG_DATA_HOME into the folder later.
 * E_NOT_FOUND: packages or node are missing; the sentence says which command brings them.  E_IO, E_MEMORY.
 */
MUST_USE enum error stage_open(struct stage *stage, struct fault *why);
/* Stops what was started and removes the folder. */
void stage_close(struct stage *stage);

/* "3  What happens now." */
void stage_step(struct stage *stage, const char *says);
/* Prints "ok" or "NOT AS PROMISED" and the sentence; gives `kept` back. After a failure the demo ends. */
bool stage_promise(struct stage *stage, bool kept, const char *says);
/*
 * Shows and runs `tipstaff WORDS...` (NULL-terminated) and shows what it prints. False where it cannot be run or ends
 * with another exit code than `expected` (-1: any).
 */
bool stage_tipstaff(struct stage *stage, int expected, const char *const *words);
/* As above without showing anything. */
bool stage_quietly(struct stage *stage, int expected, const char *const *words);
/* Runs another program in the folder without showing it. */
bool stage_run(struct stage *stage, const char *const *words);
/* Does the last output contain it? */
bool stage_saw(const struct stage *stage, const char *text);
/* "folder/name" as a C string of the arena; "" where there is no memory. */
const char *stage_path(struct stage *stage, const char *name);
/* Starts a program whose first line of interest is "ready  URL"; the URL goes into `ret_url`. */
bool stage_start(struct stage *stage, const char *const *words, struct process *process, slice *ret_url);
/* Writes a file in the folder. */
bool stage_write(struct stage *stage, const char *name, slice text);

#endif
