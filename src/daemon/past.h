/*
 * The file that takes the histories over an orderly restart (decision/histories.h): `histories` in the data folder, mode 0600.
 *
 * Opened by the worker before it gives up its files, and the only one that it keeps. Written once, at the end, when nothing
 * is decided any more; its digest goes into the log with the record of the stop. Read once, before anything is decided, only
 * where the log says that it is this one and that nothing was decided since; then it is emptied. Whatever goes wrong is told
 * in the journal, and the past is not known then.
 */
#ifndef TIPSTAFF_DAEMON_PAST_H
#define TIPSTAFF_DAEMON_PAST_H

#include "channel/layout.h"
#include "decision/histories.h"

#define PAST_NONE (-1)

/* The descriptor, or PAST_NONE. */
int past_open(slice data_dir);
/*
 * Before the first decision. `is_fresh`: there was no past at all, so that nothing is said of it. What was found is
 * forgotten: a worker that follows this one has nothing to take, even where the file could not be emptied.
 */
void past_take(int file, struct layout_past *found, bool is_fresh, struct histories *histories);
/* After the last decision; sets `*left` where all went well. */
void past_leave(int file, struct histories *histories, struct layout_past *left);

#endif
