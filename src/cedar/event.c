/* Events: their fields, and the comparisons of history conditions. */
#include "cedar/history_data.h"

enum event_root { ROOT_INPUT = 0, ROOT_OUTPUT, ROOT_PRINCIPAL, ROOT_RESOURCE, ROOT_REQUEST_ID, ROOT_DECISION,
		  ROOT_OUTCOME, ROOT_COUNT };

static const slice roots[ROOT_COUNT] = {
	SLICE_INIT("input"),	 SLICE_INIT("output"),	 SLICE_INIT("callerPrincipal"), SLICE_INIT("callerResource"),
	SLICE_INIT("requestId"), SLICE_INIT("decision"), SLICE_INIT("outcome"),
};

static enum event_root root_of(slice name)
{
	unsigned root = 0;
	while (root < ROOT_COUNT && !slice_equal(roots[root], name))
		root++;
	return (enum event_root)root;
}

bool event_field_exists(const slice *path, size_t count)
{
	enum event_root root = root_of(path[0]);
	return root == ROOT_INPUT || root == ROOT_OUTPUT ? count > 1 : root != ROOT_COUNT && count == 1;
}

static struct cedar_value text_or_none(slice text)
{
	return text.len ? cedar_string(text) : (struct cedar_value){0};
}

struct cedar_value event_field(const struct cedar_event *event, const slice *path, size_t count, bool *ret_is_cut)
{
	struct cedar_value value = {0};
	*ret_is_cut = false;
	switch (root_of(path[0])) {
	case ROOT_INPUT:
		value = event->input;
		break;
	case ROOT_OUTPUT:
		value = event->output;
		break;
	case ROOT_PRINCIPAL:
		return cedar_entity(event->principal);
	case ROOT_RESOURCE:
		return cedar_entity(event->resource);
	case ROOT_REQUEST_ID:
		return text_or_none(event->request_id);
	case ROOT_DECISION:
		return text_or_none(event->decision);
	case ROOT_OUTCOME:
		return text_or_none(event->outcome);
	case ROOT_COUNT:
		break;
	}
	for (size_t i = 1; i < count; i++) {
		const struct cedar_value *next = value.kind == CEDAR_RECORD ? cedar_record_get(value, path[i]) : NULL;
		if (!next) {
			*ret_is_cut = event->is_cut && i == 1;
			return (struct cedar_value){0};
		}
		value = *next;
	}
	return value;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t history_hash(const struct hash_key *key, uint64_t seed, struct cedar_value value)
{
	uint64_t hash = mix(seed, value.kind);
	switch ((int)value.kind) {
	case CEDAR_STRING:
		return mix(hash, hash_slice(key, cedar_text(value)));
	case CEDAR_ENTITY:
		return mix(hash, value.as.uid->hash);
	case CEDAR_BOOL:
		return mix(hash, value.as.boolean);
	case CEDAR_SET:
	case CEDAR_RECORD:
	case CEDAR_IP:
		/* Rare as a key: what is inside is compared, not hashed. */
		return mix(hash, value.length);
	default:
		return mix(hash, (uint64_t)value.as.integer);
	}
}

bool temporal_compare_wide(enum node_kind relation, temporal_total left, temporal_total right)
{
	switch ((int)relation) {
	case NODE_EQUAL:
		return left == right;
	case NODE_NOT_EQUAL:
		return left != right;
	case NODE_LESS:
		return left < right;
	case NODE_LESS_EQUAL:
		return left <= right;
	case NODE_GREATER:
		return left > right;
	case NODE_GREATER_EQUAL:
		return left >= right;
	default:
		return false;
	}
}

bool temporal_compare(enum node_kind relation, struct cedar_value left, struct cedar_value right)
{
	if (left.kind == CEDAR_NONE || right.kind == CEDAR_NONE)
		return false;
	if (relation == NODE_EQUAL || relation == NODE_NOT_EQUAL)
		return cedar_value_equal(left, right) == (relation == NODE_EQUAL);
	return left.kind == CEDAR_LONG && right.kind == CEDAR_LONG &&
	       temporal_compare_wide(relation, left.as.integer, right.as.integer);
}
