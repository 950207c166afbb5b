#include "gateway/watch.h"

#include "base/map.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

/* One row; the text behind it is agent, NUL, server, which is also its key. */
struct route {
	struct traffic_row row;
	size_t key_bytes;
	char key[];
};

struct traffic {
	pthread_mutex_t lock;
	struct map routes;
};

/* Ids have at most 128 bytes each; what is longer is cut and may share a row. */
#define PART_BYTES_MAX 128u
#define KEY_BYTES_MAX (2 * PART_BYTES_MAX + 1)

struct traffic *traffic_new(const struct hash_key *key)
{
	struct traffic *traffic = memory_alloc(sizeof(*traffic));
	if (!traffic)
		return NULL;
	pthread_mutex_init(&traffic->lock, NULL);
	map_init(&traffic->routes, key, TRAFFIC_ROUTES_MAX);
	return traffic;
}

void traffic_free(struct traffic *traffic)
{
	if (!traffic)
		return;
	size_t position = 0;
	const struct map_entry *entry;
	while ((entry = map_next(&traffic->routes, &position)))
		memory_free(entry->value);
	map_free(&traffic->routes);
	pthread_mutex_destroy(&traffic->lock);
	memory_free(traffic);
}

static slice key_make(char to[KEY_BYTES_MAX], slice agent, slice server)
{
	agent = slice_sub(agent, 0, PART_BYTES_MAX);
	server = slice_sub(server, 0, PART_BYTES_MAX);
	if (agent.len > 0)
		memcpy(to, agent.ptr, agent.len);
	to[agent.len] = '\0';
	if (server.len > 0)
		memcpy(to + agent.len + 1, server.ptr, server.len);
	return slice_from(to, agent.len + 1 + server.len);
}

static struct route *route_add(struct traffic *traffic, slice key, size_t agent_bytes)
{
	struct route *route = memory_alloc(sizeof(*route) + key.len);
	if (!route)
		return NULL;
	memcpy(route->key, key.ptr, key.len);
	route->key_bytes = key.len;
	route->row.agent = slice_from(route->key, agent_bytes);
	route->row.server = slice_from(route->key + agent_bytes + 1, key.len - agent_bytes - 1);
	if (map_put(&traffic->routes, slice_from(route->key, key.len), route, NULL, NULL) == E_OK)
		return route;
	memory_free(route);
	return NULL;
}

void traffic_count(struct traffic *traffic, slice agent, slice server, enum traffic_event event, bool enforced,
		   int64_t now_ns)
{
	char bytes[KEY_BYTES_MAX];
	slice key = key_make(bytes, agent, server);
	pthread_mutex_lock(&traffic->lock);
	struct route *route = map_get(&traffic->routes, key);
	if (!route)
		route = route_add(traffic, key, agent.len < PART_BYTES_MAX ? agent.len : PART_BYTES_MAX);
	if (route) {
		route->row.counts[event]++;
		route->row.enforced = enforced;
		route->row.last_ns = now_ns;
	}
	pthread_mutex_unlock(&traffic->lock);
}

void traffic_each(struct traffic *traffic, bool (*visit)(void *context, const struct traffic_row *row), void *context)
{
	size_t position = 0;
	const struct map_entry *entry;
	pthread_mutex_lock(&traffic->lock);
	while ((entry = map_next(&traffic->routes, &position)))
		if (!visit(context, &((const struct route *)entry->value)->row))
			break;
	pthread_mutex_unlock(&traffic->lock);
}

enum route_mode traffic_row_mode(const struct traffic_row *row, int64_t now_ns)
{
	if (row->last_ns == 0 || now_ns - row->last_ns > TRAFFIC_WINDOW_NS)
		return ROUTE_NOT_IN_PATH;
	return row->enforced ? ROUTE_ENFORCING : ROUTE_OBSERVING;
}

enum route_mode traffic_mode(struct traffic *traffic, slice agent, slice server, int64_t now_ns,
			     struct traffic_row *ret_row)
{
	char bytes[KEY_BYTES_MAX];
	struct traffic_row row = {0};
	pthread_mutex_lock(&traffic->lock);
	const struct route *route = map_get(&traffic->routes, key_make(bytes, agent, server));
	if (route)
		row = route->row;
	pthread_mutex_unlock(&traffic->lock);
	row.agent = agent;
	row.server = server;
	if (ret_row)
		*ret_row = row;
	return traffic_row_mode(&row, now_ns);
}

const char *route_mode_name(enum route_mode mode)
{
	switch (mode) {
	case ROUTE_ENFORCING:
		return "ENFORCING";
	case ROUTE_OBSERVING:
		return "OBSERVING";
	case ROUTE_NOT_IN_PATH:
		break;
	}
	return "NOT IN PATH";
}
