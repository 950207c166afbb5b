#include "gateway/target.h"

#include "decision/snapshot.h"
#include "text/url.h"

enum error target_parse(slice text, struct arena *arena, struct target *ret_target, struct fault *why)
{
	struct url url;
	*ret_target = (struct target){0};
	slice copy = arena_copy(arena, text);
	if (!copy.ptr)
		return FAIL(why, E_MEMORY, "no memory for a URL");
	if (url_parse(&url, copy, why) != E_OK)
		return FAIL_FIELD(why, E_INVALID, "url", "not a URL that a server can have");
	ret_target->secure = url.secure;
	ret_target->port = url.port;
	ret_target->host = url.host;
	ret_target->path = arena_print(arena, "%s%.*s%s%.*s", url.path.len > 0 ? "" : "/", SLICE_ARG(url.path),
				       url.query.ptr ? "?" : "", SLICE_ARG(url.query));
	return ret_target->path.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a URL");
}

enum error target_of(const struct server_row *row, struct arena *arena, struct target *ret_target, struct fault *why)
{
	if (!row || !row->active)
		return FAIL(why, E_UNAVAILABLE, "the server is not available");
	TRY(target_parse(row->url, arena, ret_target, why));
	ret_target->revision = mcp_revision_of(row->protocol_version);
	ret_target->server = arena_copy(arena, row->row.id);
	ret_target->sealed = arena_copy(arena, row->authorization);
	if (!ret_target->server.ptr || (row->authorization.len > 0 && !ret_target->sealed.ptr))
		return FAIL(why, E_MEMORY, "no memory for a target");
	return E_OK;
}

void target_field(struct target_fields *fields, slice name, slice value)
{
	if (value.len == 0 || fields->count == TARGET_FIELDS_MAX)
		return;
	fields->items[fields->count++] = (struct http1_field){name, value};
}
