#include "api/asker.h"

/* Does `subject.role` or `subject.*` cover this property of this part? */
static bool covers(slice pattern, slice part, slice property)
{
	slice name = pattern;
	if (!slice_equal(slice_cut(&name, '.'), part))
		return false;
	return slice_equal(name, SLICE("*")) || slice_equal(name, property);
}

bool asker_may_assert(const struct asker *asker, const char *part, slice property)
{
	switch (asker->kind) {
	case ASKER_OPERATOR:
		return asker->asserts_subject || slice_equal(slice_of(part), SLICE("resource"));
	case ASKER_PEP:
		for (size_t i = 0; i < asker->pep->assert_count; i++)
			if (covers(asker->pep->asserts[i], slice_of(part), property))
				return true;
		return false;
	case ASKER_NOBODY:
	case ASKER_AGENT:
		break;
	}
	return false;
}

slice asker_name(const struct asker *asker, struct arena *arena)
{
	switch (asker->kind) {
	case ASKER_OPERATOR:
		return SLICE("operator:admin");
	case ASKER_PEP:
		return arena_print(arena, "pep:%.*s", SLICE_ARG(asker->pep->row.id));
	case ASKER_AGENT:
		return arena_print(arena, "agent:%.*s", SLICE_ARG(asker->caller->agent));
	case ASKER_NOBODY:
		break;
	}
	return SLICE("nobody");
}
