/* Values for the classes of a model. */
#include "analysis/model.h"

#include "analysis/like.h"
#include "cedar/extension.h"
#include "cedar/schema.h"

#define TRIES 1000u

static bool is_known(const struct model *model, const struct term *term, struct cedar_value *ret_value)
{
	uint32_t number = theory_find(model->theory, term);
	const struct value_class *class = &model->theory->classes[number];
	*ret_value = class->has_constant ? class->constant : model->values[number];
	return class->has_constant || model->states[number] == MODEL_DONE;
}

bool model_excludes(const struct model *model, uint32_t number, struct cedar_value value)
{
	const struct theory *theory = model->theory;
	struct cedar_value other;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct atom *atom = theory->trail[i].atom;
		if (atom->kind != ATOM_EQUAL || theory->trail[i].is_true)
			continue;
		if (theory_find(theory, atom->left) == number && is_known(model, atom->right, &other) &&
		    cedar_value_equal(other, value))
			return true;
		if (theory_find(theory, atom->right) == number && is_known(model, atom->left, &other) &&
		    cedar_value_equal(other, value))
			return true;
	}
	return false;
}

static void settle(struct model *model, uint32_t number, struct cedar_value value)
{
	model->values[number] = value;
	model->states[number] = MODEL_DONE;
}

/* Numbers that the question names; further ones are left out. */
#define NAMED_MAX 24u

struct numbers {
	int64_t items[NAMED_MAX];
	unsigned count;
};

static void add_number(struct numbers *numbers, int64_t number)
{
	for (unsigned i = 0; i < numbers->count; i++)
		if (numbers->items[i] == number)
			return;
	if (numbers->count < NAMED_MAX)
		numbers->items[numbers->count++] = number;
}

/* It, and a little below its opposite. */
static void add_literals(struct numbers *numbers, const struct node *node)
{
	const struct node *child;
	if (node->kind == NODE_LITERAL && node->value.kind == CEDAR_LONG) {
		add_number(numbers, node->value.as.integer);
		add_number(numbers, ~node->value.as.integer);
	}
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		add_literals(numbers, child);
}

int64_t model_number_start(const struct model *model, uint32_t number)
{
	static const int64_t usual[] = {1, INT64_MAX, 2, -1, 10, INT64_MIN, 1000, INT64_MAX / 2};
	const struct space *space = model->theory->space;
	struct numbers pool = {.count = 0};
	if (model->variant == 0)
		return 0;
	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		add_number(&pool, usual[i]);
	for (uint32_t i = 0; i < space->term_count; i++)
		if (space->terms[i]->kind == TERM_OPAQUE)
			add_literals(&pool, space->terms[i]->node);
	for (uint32_t i = 0; i < space->atom_count; i++)
		if (space->atoms[i]->kind == ATOM_AT_MOST) {
			add_number(&pool, space->atoms[i]->bound);
			add_number(&pool, ~space->atoms[i]->bound);
		}
	/* First the same for all, then one thing and another. */
	unsigned turn = model->variant - 1;
	return turn < pool.count ? pool.items[turn] : pool.items[(turn * 5 + number * 3 + turn / pool.count) % pool.count];
}

/* The number nearest to where the choice begins that is not excluded. */
static bool choose_number(struct model *model, uint32_t number, unsigned char kind)
{
	struct value_class *class = &model->theory->classes[number];
	int64_t start = model_number_start(model, number);
	start = class->low > start ? class->low : class->high < start ? class->high : start;
	for (int64_t step = 0; step < TRIES; step++)
		for (int sign = 1; sign >= -1; sign -= 2) {
			struct cedar_value value = {.kind = kind};
			if (__builtin_add_overflow(start, sign * step, &value.as.integer) ||
			    value.as.integer < class->low || value.as.integer > class->high ||
			    model_excludes(model, number, value))
				continue;
			class->low = class->high = value.as.integer;
			settle(model, number, value);
			return true;
		}
	return model_fail(model, MODEL_UNKNOWN, "no number was found");
}

static unsigned char kind_of(const struct value_class *class)
{
	unsigned char kind = 0;
	while (!(class->kinds & KIND_BIT(kind)))
		kind++;
	return kind;
}

bool model_numbers(struct model *model)
{
	struct theory *theory = model->theory;
	bool related = false;
	for (uint32_t i = 0; i < theory->trail_count; i++)
		related = related || theory->trail[i].atom->kind == ATOM_LESS;
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		struct value_class *class = &theory->classes[i];
		if (theory->parents[i] != i || !class->is_number)
			continue;
		if (class->has_constant)
			settle(model, i, class->constant);
		else if (!choose_number(model, i, kind_of(class)))
			return false;
		/* The bounds of the others follow. */
		if (related && !theory_numbers(theory))
			return model_fail(model, MODEL_UNKNOWN, "no numbers fit together");
	}
	return true;
}

static bool choose_text(struct model *model, uint32_t number)
{
	struct theory *theory = model->theory;
	struct like_wish *wishes = ARENA_ARRAY(model->arena, theory->trail_count + 1, struct like_wish);
	size_t count = 0, patterns = 0;
	bool certain = model->is_forced[number];
	struct cedar_value value;
	if (!wishes)
		return model_fail(model, MODEL_UNKNOWN, "no memory");
	for (uint32_t i = theory->classes[number].first; i != THEORY_NONE; i = theory->trail[i].next) {
		const struct literal *literal = &theory->trail[i];
		if (literal->atom->kind == ATOM_LIKE) {
			wishes[count++] = (struct like_wish){.pattern = literal->atom->pattern, .is_wanted = literal->is_true};
			patterns++;
		} else if (literal->atom->kind == ATOM_EQUAL && !literal->is_true &&
			   is_known(model, literal->atom->right, &value) && value.kind == CEDAR_STRING) {
			wishes[count++] = (struct like_wish){.text = cedar_text(value)};
			/* What was chosen for another value could have been something else. */
			certain = certain && theory_class(theory, literal->atom->right)->has_constant;
		}
	}
	if (patterns > 0) {
		slice text;
		enum like_answer answer = like_find(model->arena, wishes, count, &text);
		if (answer != LIKE_FOUND)
			return model_fail(model, answer == LIKE_NONE && certain ? MODEL_NONE : MODEL_UNKNOWN,
					  "the patterns of `like` are too large");
		settle(model, number, cedar_string(text));
		return true;
	}
	for (unsigned i = 0; i < TRIES; i++) {
		slice text = i ? arena_print(model->arena, "x%u", i) : SLICE("x");
		if (!text.ptr || model_excludes(model, number, cedar_string(text)))
			continue;
		settle(model, number, cedar_string(text));
		return true;
	}
	return model_fail(model, MODEL_UNKNOWN, "no text was found");
}

static bool fits_ip(struct model *model, uint32_t number, const struct cedar_ip *ip)
{
	const struct theory *theory = model->theory;
	struct cedar_value arguments[2] = {{.kind = CEDAR_IP, .as.ip = ip}}, result;
	for (uint32_t i = theory->classes[number].first; i != THEORY_NONE; i = theory->trail[i].next) {
		const struct literal *literal = &theory->trail[i];
		const struct atom *atom = literal->atom;
		if (atom->kind != ATOM_TRUE || atom->node->kind != NODE_CALL)
			continue;
		if (atom->right && (!is_known(model, atom->right, &arguments[1]) || arguments[1].kind != CEDAR_IP)) {
			model->is_vague = true;
			continue;
		}
		model->is_vague = model->is_vague || (atom->right && atom->right->kind != TERM_CONSTANT);
		if (function_call(model->arena, (enum cedar_function)atom->node->detail, arguments, &result, NULL) != E_OK ||
		    result.as.boolean != literal->is_true)
			return false;
	}
	return !model_excludes(model, number, arguments[0]);
}

/* Is it said that it is not some value? */
static bool has_exclusions(const struct model *model, uint32_t number)
{
	const struct theory *theory = model->theory;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *literal = &theory->trail[i];
		if (literal->atom->kind == ATOM_EQUAL && !literal->is_true &&
		    (theory_find(theory, literal->atom->left) == number || theory_find(theory, literal->atom->right) == number))
			return true;
	}
	return false;
}

static bool take_ip(struct model *model, uint32_t number, const struct cedar_ip *ip)
{
	struct cedar_ip *kept = ARENA_NEW(model->arena, struct cedar_ip);
	if (!kept)
		return model_fail(model, MODEL_UNKNOWN, "no memory");
	*kept = *ip;
	settle(model, number, (struct cedar_value){.kind = CEDAR_IP, .as.ip = kept});
	return true;
}

/*
 * Usual addresses, then the ranges that the predicates mean and those that the question names. Of two ranges one holds
 * the other or they have nothing in common, so the smallest one it must be in is an example if there is any.
 */
static bool choose_ip(struct model *model, uint32_t number)
{
	static const slice usual[] = {SLICE_INIT("203.0.113.1"), SLICE_INIT("127.0.0.1"), SLICE_INIT("224.0.0.1"),
				      SLICE_INIT("2001:db8::1"), SLICE_INIT("ff02::1"), SLICE_INIT("0.0.0.0/0"),
				      SLICE_INIT("::/0"), SLICE_INIT("127.0.0.0/8"), SLICE_INIT("::1"),
				      SLICE_INIT("224.0.0.0/4"), SLICE_INIT("ff00::/8"), SLICE_INIT("198.51.100.7")};
	const struct space *space = model->theory->space;
	struct cedar_ip ip;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (ip_parse(usual[i], &ip, NULL) == E_OK && fits_ip(model, number, &ip))
			return take_ip(model, number, &ip);
	for (uint32_t i = 0; i < space->term_count; i++)
		if (space->terms[i]->kind == TERM_CONSTANT && space->terms[i]->value.kind == CEDAR_IP &&
		    fits_ip(model, number, space->terms[i]->value.as.ip))
			return take_ip(model, number, space->terms[i]->value.as.ip);
	bool certain = model->is_forced[number] && !model->is_vague && !has_exclusions(model, number);
	return model_fail(model, certain ? MODEL_NONE : MODEL_UNKNOWN, "no address was found");
}

/* False: given up. */
static bool add_items(struct model *model, uint32_t number, struct cedar_value *items, uint32_t *count)
{
	const struct theory *theory = model->theory;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *literal = &theory->trail[i];
		const struct atom *atom = literal->atom;
		const struct term *item = NULL;
		if (!literal->is_true)
			continue;
		if (atom->kind == ATOM_CONTAINS && theory_find(theory, atom->left) == number)
			item = atom->right;
		if (model->elements[i] && theory_find(theory, atom->right) == number)
			items[(*count)++] = cedar_entity(model->elements[i]);
		if (!item)
			continue;
		if (!model_value(model, theory_find(theory, item), &items[(*count)++]))
			return false;
	}
	return true;
}

/* Is it said that the set does not contain this, or does it already? */
static bool is_unwanted(const struct model *model, uint32_t number, struct cedar_value item,
			const struct cedar_value *items, uint32_t count)
{
	const struct theory *theory = model->theory;
	struct cedar_value other;
	for (uint32_t i = 0; i < count; i++)
		if (cedar_value_equal(items[i], item))
			return true;
	for (uint32_t i = theory->classes[number].first; i != THEORY_NONE; i = theory->trail[i].next) {
		const struct literal *literal = &theory->trail[i];
		if (literal->atom->kind == ATOM_CONTAINS && !literal->is_true &&
		    is_known(model, literal->atom->right, &other) && cedar_value_equal(other, item))
			return true;
	}
	return false;
}

static bool choose_set(struct model *model, uint32_t number)
{
	static const struct type text = {.kind = TYPE_STRING};
	const struct theory *theory = model->theory;
	const struct type *type = theory->classes[number].type;
	const struct type *element = type && type->kind == TYPE_SET ? type->element : &text;
	struct cedar_value *items = ARENA_ARRAY(model->arena, theory->trail_count + 20, struct cedar_value);
	struct cedar_value set;
	uint32_t count = 0;
	bool needs_more = false;
	if (!items || !add_items(model, number, items, &count))
		return items ? false : model_fail(model, MODEL_UNKNOWN, "no memory");
	for (uint32_t i = theory->classes[number].first; i != THEORY_NONE; i = theory->trail[i].next)
		needs_more = needs_more || (count == 0 && theory->trail[i].atom->kind == ATOM_EMPTY && !theory->trail[i].is_true);
	for (unsigned salt = 0; salt < 16; salt++) {
		if (!needs_more) {
			if (cedar_set(model->arena, items, count, &set, NULL) != E_OK)
				return model_fail(model, MODEL_UNKNOWN, "a set cannot be built");
			settle(model, number, set);
			if (!model_excludes(model, number, set))
				return true;
		}
		if (!model_any_value(model, element, salt, &items[count]))
			return false;
		if (!is_unwanted(model, number, items[count], items, count)) {
			count++;
			needs_more = false;
		}
	}
	return model_fail(model, MODEL_UNKNOWN, "no set was found");
}

static bool choose(struct model *model, uint32_t number, struct value_class *class)
{
	struct cedar_value value = cedar_bool(false);
	switch (kind_of(class)) {
	case CEDAR_BOOL:
		value.as.boolean = model_excludes(model, number, value);
		settle(model, number, value);
		return true;
	case CEDAR_STRING:
		return choose_text(model, number);
	case CEDAR_SET:
		return choose_set(model, number);
	case CEDAR_IP:
		return choose_ip(model, number);
	case CEDAR_RECORD:
		if (!model_fields(model, number, TERM_ATTRIBUTE,
				  class->type && class->type->kind == TYPE_RECORD ? class->type : NULL, &value))
			return false;
		settle(model, number, value);
		return true;
	default:
		return model_fail(model, MODEL_UNKNOWN, "a value is needed where there is an error");
	}
}

bool model_value(struct model *model, uint32_t number, struct cedar_value *ret_value)
{
	struct value_class *class = &model->theory->classes[number];
	if (model->states[number] == MODEL_BUSY)
		return model_fail(model, MODEL_UNKNOWN, "a value would contain itself");
	if (model->states[number] == MODEL_OPEN) {
		model->states[number] = MODEL_BUSY;
		if (class->has_constant)
			settle(model, number, class->constant);
		else if (!choose(model, number, class))
			return false;
	}
	*ret_value = model->values[number];
	return true;
}
