/* Lists of what is known to be there. */
#include "cedar/typecheck_parts.h"

/* Puts the items of `more` in front of `list`. */
const struct capability *capability_join(struct checker *checker, const struct capability *list,
					 const struct capability *more)
{
	if (!list)
		return more;
	for (; more; more = more->next) {
		struct capability *copy = ARENA_NEW(checker->arena, struct capability);
		if (!copy) {
			checker_no_memory(checker);
			return list;
		}
		*copy = *more;
		copy->next = list;
		list = copy;
	}
	return list;
}

bool capability_knows(const struct capability *known, const struct node *expression, slice attribute,
		      const struct node *tag)
{
	for (; known; known = known->next) {
		if (!known->tag != !tag || !node_equal(known->expression, expression))
			continue;
		if (tag ? node_equal(known->tag, tag) : slice_equal(known->attribute, attribute))
			return true;
	}
	return false;
}

const struct capability *capability_common(struct checker *checker, const struct capability *a, const struct capability *b)
{
	const struct capability *list = NULL;
	for (; a; a = a->next) {
		if (!capability_knows(b, a->expression, a->attribute, a->tag))
			continue;
		struct capability *copy = ARENA_NEW(checker->arena, struct capability);
		if (!copy) {
			checker_no_memory(checker);
			return NULL;
		}
		*copy = *a;
		copy->next = list;
		list = copy;
	}
	return list;
}

const struct capability *capability_learn(struct checker *checker, const struct node *expression, slice attribute,
					  const struct node *tag)
{
	struct capability *made = ARENA_NEW(checker->arena, struct capability);
	if (!made) {
		checker_no_memory(checker);
		return NULL;
	}
	*made = (struct capability){.expression = expression, .attribute = attribute, .tag = tag};
	return made;
}
