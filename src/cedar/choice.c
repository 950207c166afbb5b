#include "cedar/choice.h"

#include "cedar/bytes.h"

#define MIX 0x9e3779b97f4a7c15u

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * MIX;
	return hash ^ hash >> 32;
}

/* No stranger chooses what is in the table, so that the hash needs no key. */
static uint64_t hash_text(slice text)
{
	uint64_t hash = text.len, word = 0;
	if (text.len >= 8) {
		for (size_t i = 0; i + 8 < text.len; i += 8)
			hash = mix(hash, bytes_load(text.ptr + i));
		return mix(hash, bytes_load(text.ptr + text.len - 8));
	}
	for (size_t i = 0; i < text.len; i++)
		word = word << 8 | (unsigned char)text.ptr[i];
	return mix(hash, word);
}

/* Values that are equal have the same hash. False: no case is such a value. */
static bool hash_value(struct cedar_value value, uint32_t *ret_hash)
{
	uint64_t hash;
	switch ((int)value.kind) {
	case CEDAR_STRING:
		hash = hash_text(cedar_text(value));
		break;
	case CEDAR_ENTITY:
		hash = value.as.uid->hash;
		break;
	case CEDAR_BOOL:
		hash = mix(value.kind, value.as.boolean);
		break;
	case CEDAR_LONG:
	case CEDAR_DECIMAL:
	case CEDAR_DATETIME:
	case CEDAR_DURATION:
		hash = mix(value.kind, (uint64_t)value.as.integer);
		break;
	default:
		return false;
	}
	*ret_hash = (uint32_t)hash;
	return true;
}

const struct node *choice_operand(const struct node *node, struct cedar_value *ret_constant)
{
	uint32_t hash;
	if (node->kind != NODE_EQUAL || node->left->is_constant == node->right->is_constant)
		return NULL;
	bool is_left = node->left->is_constant;
	*ret_constant = is_left ? node->left->value : node->right->value;
	if (!hash_value(*ret_constant, &hash))
		return NULL;
	return is_left ? node->right : node->left;
}

struct choice *choice_new(struct arena *arena, const struct node *operand, size_t count)
{
	size_t slots = 4;
	while (slots < 2 * count)
		slots *= 2;
	struct choice *choice = arena_alloc(arena, sizeof(*choice) + slots * sizeof(choice->cases[0]));
	if (!choice)
		return NULL;
	choice->operand = operand;
	choice->mask = (uint32_t)slots - 1;
	return choice;
}

/* The case with the value, or the free place where it would go. */
static uint32_t find_case(const struct choice *choice, struct cedar_value value, uint32_t hash)
{
	uint32_t i = hash & choice->mask;
	while (choice->cases[i].step &&
	       !(choice->cases[i].hash == hash && cedar_value_equal(choice->cases[i].value, value)))
		i = (i + 1) & choice->mask;
	return i;
}

bool choice_add(struct choice *choice, struct cedar_value constant, uint32_t step)
{
	uint32_t hash = 0;
	(void)hash_value(constant, &hash);
	struct choice_case *found = &choice->cases[find_case(choice, constant, hash)];
	if (found->step)
		return false;
	*found = (struct choice_case){constant, hash, step};
	return true;
}

uint32_t choice_find(const struct choice *choice, struct cedar_value value)
{
	uint32_t hash;
	return hash_value(value, &hash) ? choice->cases[find_case(choice, value, hash)].step : 0;
}
