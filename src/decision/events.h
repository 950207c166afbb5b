/* What a decision asked policies about, as the events of a session's history. */
#ifndef TIPSTAFF_DECISION_EVENTS_H
#define TIPSTAFF_DECISION_EVENTS_H

#include "decision/decide.h"

/*
 * Notes one request. `is_cut`: its input is not all there, which is then not known to those who look for it later.
 * False: no memory, and then nothing may be permitted.
 */
bool events_note(struct decision *decision, const struct cedar_request *request, struct cedar_value input, bool is_cut,
		 struct arena *arena);

#endif
