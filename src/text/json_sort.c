#include "text/json_sort.h"

static void sift_down(const struct json_node **heap, size_t at, size_t count, json_order *order)
{
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && order(heap[child], heap[child + 1]) < 0)
			child++;
		if (order(heap[at], heap[child]) >= 0)
			return;
		const struct json_node *moved = heap[at];
		heap[at] = heap[child];
		heap[child] = moved;
	}
}

const struct json_node **json_sorted_members(const struct json_node *object, json_order *order, struct arena *arena)
{
	const struct json_node **nodes = ARENA_ARRAY(arena, object->count, const struct json_node *);
	if (!nodes)
		return NULL;
	size_t count = 0;
	for (const struct json_node *node = json_first(object); node; node = json_next(node))
		nodes[count++] = node;
	for (size_t i = count / 2; i-- > 0;)
		sift_down(nodes, i, count, order);
	for (size_t last = count; last-- > 1;) {
		const struct json_node *largest = nodes[0];
		nodes[0] = nodes[last];
		nodes[last] = largest;
		sift_down(nodes, 0, last, order);
	}
	return nodes;
}
