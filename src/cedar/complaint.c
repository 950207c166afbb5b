#include "cedar/complaint.h"

#include <string.h>

static bool is_known(const struct complaint_list *list, const struct text_place *place, slice message)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct cedar_finding *other = &list->items[i];
		if (other->policy != list->index || other->is_template != list->is_template)
			break;
		if (other->line == place->line && other->column == place->column && slice_equal(other->message, message))
			return true;
	}
	return false;
}

static enum error make_room(struct complaint_list *list)
{
	size_t size = list->size ? list->size * 2 : 8;
	struct cedar_finding *bigger = ARENA_ARRAY(list->arena, size, struct cedar_finding);
	if (!bigger)
		return FAIL(list->why, E_MEMORY, "no memory for findings");
	if (list->count)
		memcpy(bigger, list->items, list->count * sizeof(*bigger));
	list->items = bigger;
	list->size = size;
	return E_OK;
}

enum error complaint_add(struct complaint_list *list, uint32_t offset, bool is_warning, slice message)
{
	slice text = list->set->sources[list->policy->source].text;
	text_place_move(&list->place, text, list->policy->offset);
	/* The next one may stand before this, so this walk is not kept. */
	struct text_place place = list->place;
	text_place_move(&place, text, offset);
	if (is_known(list, &place, message))
		return E_OK;
	if (list->count == list->size)
		TRY(make_room(list));
	list->items[list->count++] = (struct cedar_finding){.id = list->policy->id, .policy = list->index,
							    .is_template = list->is_template,
							    .is_warning = is_warning, .line = place.line, .column = place.column,
							    .message = message};
	list->errors += !is_warning;
	return E_OK;
}
