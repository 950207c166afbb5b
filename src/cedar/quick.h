/* What conditions do most, without a call: looking for a field, and comparing it. */
#ifndef TIPSTAFF_CEDAR_QUICK_H
#define TIPSTAFF_CEDAR_QUICK_H

#include "cedar/evaluate.h"
#include "cedar/uid.h"

/* Few fields need no search. */
#define QUICK_FIELDS_MAX 8u

static inline const struct cedar_value *quick_get(struct cedar_value record, slice key)
{
	const struct cedar_field *field = record.as.fields;
	if (record.length > QUICK_FIELDS_MAX)
		return cedar_record_get(record, key);
	for (uint32_t i = 0; i < record.length; i++)
		if (bytes_equal(field[i].key, key))
			return &field[i].value;
	return NULL;
}

static inline bool quick_equal(struct cedar_value a, struct cedar_value b)
{
	if (a.kind != b.kind)
		return false;
	switch ((int)a.kind) {
	case CEDAR_BOOL:
		return a.as.boolean == b.as.boolean;
	case CEDAR_LONG:
		return a.as.integer == b.as.integer;
	case CEDAR_STRING:
		return bytes_equal(cedar_text(a), cedar_text(b));
	case CEDAR_ENTITY:
		return uid_equal(a.as.uid, b.as.uid);
	default:
		return cedar_value_equal(a, b);
	}
}

/* A field of the context or an attribute of a subject; NULL where it is not there, or it is something else. */
static inline const struct cedar_value *quick_field(const struct evaluation *evaluation, const struct node *holder,
						    slice name)
{
	if (holder->kind != NODE_VARIABLE)
		return NULL;
	if (holder->detail == VARIABLE_CONTEXT)
		return quick_get(evaluation->variables[VARIABLE_CONTEXT], name);
	const struct vertex *vertex = evaluation->subjects[holder->detail].vertex;
	return vertex ? quick_get(vertex->attributes, name) : NULL;
}

/* A constant or such a field; else NULL. */
static inline const struct cedar_value *quick_operand(const struct evaluation *evaluation, const struct node *node)
{
	if (node->is_constant)
		return &node->value;
	return node->kind == NODE_ATTRIBUTE ? quick_field(evaluation, node->left, node->name) : NULL;
}

static inline bool quick_is_ordered(enum node_kind kind, int64_t left, int64_t right)
{
	if (kind == NODE_LESS)
		return left < right;
	if (kind == NODE_GREATER)
		return left > right;
	return kind == NODE_LESS_EQUAL ? left <= right : left >= right;
}

/* `context has a`, `principal has a`. False: as quick_test. */
static inline bool quick_has(const struct evaluation *evaluation, const struct node *node, bool *ret_outcome)
{
	if (node->count != 1 || node->left->kind != NODE_VARIABLE)
		return false;
	*ret_outcome = quick_field(evaluation, node->left, node->names[0]) != NULL;
	return true;
}

/* Does such a field, a set, contain another or a constant? False: as quick_test. */
static inline bool quick_contains(const struct evaluation *evaluation, const struct node *node, bool *ret_outcome)
{
	const struct cedar_value *set = quick_operand(evaluation, node->left);
	const struct cedar_value *item = quick_operand(evaluation, node->right);
	if (!set || !item || set->kind != CEDAR_SET)
		return false;
	*ret_outcome = cedar_set_contains(*set, *item);
	return true;
}

/*
 * Compares constants and such fields, or asks what they have. False: it must be evaluated in full, as it must where facts
 * are wanted.
 */
static inline bool quick_test(const struct evaluation *evaluation, const struct node *node, bool *ret_outcome)
{
	enum node_kind kind = (enum node_kind)node->kind;
	if (evaluation->facts)
		return false;
	if (kind == NODE_HAS)
		return quick_has(evaluation, node, ret_outcome);
	if (kind == NODE_CONTAINS)
		return quick_contains(evaluation, node, ret_outcome);
	if (kind < NODE_EQUAL || kind > NODE_GREATER_EQUAL)
		return false;
	const struct cedar_value *left = quick_operand(evaluation, node->left);
	const struct cedar_value *right = quick_operand(evaluation, node->right);
	if (!left || !right)
		return false;
	if (kind <= NODE_NOT_EQUAL) {
		*ret_outcome = quick_equal(*left, *right) == (kind == NODE_EQUAL);
		return true;
	}
	*ret_outcome = quick_is_ordered(kind, left->as.integer, right->as.integer);
	return left->kind == CEDAR_LONG && right->kind == CEDAR_LONG;
}

#endif
