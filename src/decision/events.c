#include "decision/events.h"

#include <string.h>

bool events_note(struct decision *decision, const struct cedar_request *request, struct cedar_value input, bool is_cut,
		 struct arena *arena)
{
	/* Few calls have more than one target. */
	struct cedar_event *events = ARENA_ARRAY(arena, decision->event_count + 1, struct cedar_event);
	/* The names may stand on the stack; their texts do not. */
	struct cedar_uid *names = ARENA_ARRAY(arena, 2, struct cedar_uid);
	if (!events || !names)
		return false;
	names[0] = *request->action;
	names[1] = *request->resource;
	if (decision->event_count)
		memcpy(events, decision->events, decision->event_count * sizeof(*events));
	events[decision->event_count++] = (struct cedar_event){.kind = CEDAR_EVENT_REQUEST, .principal = request->principal,
							       .action = &names[0], .resource = &names[1], .input = input, .is_cut = is_cut};
	decision->events = events;
	return true;
}
