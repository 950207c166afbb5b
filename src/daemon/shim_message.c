/* Messages between client and process: ids are exchanged, everything else is written anew as it was parsed. */
#include "daemon/shim.h"

#include "text/json_writer.h"

const struct json_node *shim_param(const struct json_doc *doc, slice name)
{
	return json_get(doc, json_get(doc, json_root(doc), SLICE("params")), name);
}

const struct json_node *shim_meta(const struct json_doc *doc, slice name)
{
	return json_get(doc, shim_param(doc, SLICE("_meta")), name);
}

/* The replacement of this member, or an empty text. */
static slice replacement(const struct shim_rewrite *rewrite, slice key, bool in_meta)
{
	if (slice_equal(key, SLICE("progressToken")))
		return rewrite->progress;
	if (in_meta && slice_equal(key, SHIM_SUBSCRIPTION))
		return rewrite->subscription;
	if (!in_meta && slice_equal(key, SLICE("requestId")))
		return rewrite->request;
	return SLICE("");
}

static void write_object(struct json_writer *writer, const struct json_doc *doc, const struct json_node *object,
			 const struct shim_rewrite *rewrite, bool in_meta)
{
	json_begin_object(writer);
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		slice other = replacement(rewrite, json_key(member), in_meta);
		json_write_key(writer, json_key(member));
		if (other.len > 0)
			json_write_raw(writer, other);
		else if (!in_meta && slice_equal(json_key(member), SLICE("_meta")) && json_is(member, JSON_OBJECT))
			write_object(writer, doc, member, rewrite, true);
		else
			json_write_node(writer, doc, member);
	}
	json_end_object(writer);
}

enum error shim_write(const struct json_doc *doc, const struct shim_rewrite *rewrite, struct buffer *to,
		      struct fault *why)
{
	struct json_writer writer;
	json_writer_init(&writer, to, JSON_COMPACT);
	json_begin_object(&writer);
	for (const struct json_node *member = json_first(json_root(doc)); member; member = json_next(member)) {
		json_write_key(&writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("id")) && rewrite->id.len > 0)
			json_write_raw(&writer, rewrite->id);
		else if (slice_equal(json_key(member), SLICE("params")) && json_is(member, JSON_OBJECT))
			write_object(&writer, doc, member, rewrite, false);
		else
			json_write_node(&writer, doc, member);
	}
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}
