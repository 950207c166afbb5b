#include "decision/events.h"

#include <string.h>

bool events_note(struct decision *decision, const struct cedar_request *request, struct cedar_value input, bool is_cut,
		 struct arena *arena)
{
	/* Few calls have more than one target. */
	struct cedar_event *events = ARENA_ARRAY(arena, decision->event_count + 1, struct cedar_event);
	const struct cedar_uid *resource = cedar_uid_copy(arena, request->resource);
	const struct cedar_uid *action = cedar_uid_copy(arena, request->action);
	if (!events || !resource || !action)
		return false;
	if (decision->event_count)
		memcpy(events, decision->events, decision->event_count * sizeof(*events));
	events[decision->event_count++] = (struct cedar_event){.kind = CEDAR_EVENT_REQUEST, .principal = request->principal,
							       .action = action, .resource = resource, .input = input, .is_cut = is_cut};
	decision->events = events;
	return true;
}
