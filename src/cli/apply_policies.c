/* `tipstaff apply`: policies and suites are sent together, since they hold only together. */
#include "cli/apply.h"

#include "text/json.h"

#include <string.h>

/* Of one request: what the server takes, with room for what surrounds it. */
#define TOGETHER_BYTES_MAX (440u * 1024u)

bool apply_is_policy(const struct manifest_object *object)
{
	return object->kind->kind == KIND_POLICY || object->kind->kind == KIND_SUITE;
}

/* Steps that go in one request. */
struct together {
	const struct step **steps;
	size_t count;
	struct buffer body;
	struct json_writer writer;
};

/* The object as it was given, and the revision that it was compared with. */
static void write_object(struct json_writer *writer, const struct step *step)
{
	json_begin_object(writer);
	for (const struct json_node *node = json_first(json_root(&step->should)); node; node = json_next(node)) {
		json_write_key(writer, json_key(node));
		json_write_node(writer, &step->should, node);
	}
	if (step->action == CHANGED) {
		json_write_key(writer, SLICE("revision"));
		json_write_raw(writer, json_span(&step->is.doc, json_get(&step->is.doc, json_root(&step->is.doc),
									SLICE("revision"))));
	}
	json_end_object(writer);
}

static void write_list(struct together *together, const char *name, enum kind kind)
{
	json_put_array(&together->writer, name);
	for (size_t i = 0; i < together->count; i++)
		if (together->steps[i]->object->kind->kind == kind)
			write_object(&together->writer, together->steps[i]);
	json_end_array(&together->writer);
}

/* "policies[3].text": the fourth policy of the request, and its field. */
static const struct step *step_of(const struct together *together, slice field, slice *ret_field)
{
	size_t open = slice_find_byte(field, '[', 0), close = slice_find_byte(field, ']', 0);
	enum kind kind = slice_starts_with(field, SLICE("policies[")) ? KIND_POLICY : KIND_SUITE;
	uint64_t number;
	if (open == SIZE_MAX || close == SIZE_MAX || !slice_to_u64(slice_sub(field, open + 1, close), &number))
		return NULL;
	*ret_field = slice_from_offset(field, close + 1);
	if (ret_field->len > 0)
		*ret_field = slice_from_offset(*ret_field, 1);
	for (size_t i = 0; i < together->count; i++)
		if (together->steps[i]->object->kind->kind == kind && number-- == 0)
			return together->steps[i];
	return NULL;
}

static enum error place_fault(const struct together *together, enum error code, struct fault *why)
{
	slice field = {NULL, 0};
	char name[sizeof(why->field)];
	const struct step *step = step_of(together, slice_of(why->field), &field);
	if (!step)
		return code;
	if (slice_equal(field, SLICE("revision")))
		return manifest_fail(step->object, field, E_PRECONDITION,
				     "somebody else has changed it meanwhile; apply again", why);
	memcpy(name, field.ptr, field.len);
	name[field.len] = '\0';
	memcpy(why->field, name, sizeof(name));
	return apply_place_fault(step, code, why);
}

static void take_answer(struct apply *apply, const struct remote_reply *reply)
{
	const struct json_node *root = json_root(&reply->doc);
	const struct json_node *version = json_get(&reply->doc, root, SLICE("policy_version"));
	if (version)
		apply->version = json_span(&reply->doc, version);
	(void)json_i64(json_get(&reply->doc, root, SLICE("tests_passed")), &apply->tests_passed);
}

static enum error send_together(struct apply *apply, struct together *together, struct fault *why)
{
	struct remote_reply reply;
	buffer_init(&together->body, 2 * TOGETHER_BYTES_MAX);
	json_writer_init(&together->writer, &together->body, JSON_COMPACT);
	json_begin_object(&together->writer);
	write_list(together, "policies", KIND_POLICY);
	write_list(together, "suites", KIND_SUITE);
	json_end_object(&together->writer);
	enum error code = json_writer_end(&together->writer, why);
	if (code == E_OK)
		code = remote_call(&apply->remote, "POST",
				   apply->dry_run ? SLICE("/v1/policy_sets?dry_run=true") : SLICE("/v1/policy_sets"),
				   buffer_slice(&together->body), &reply, why);
	buffer_free(&together->body);
	if (code != E_OK)
		return place_fault(together, code, why);
	take_answer(apply, &reply);
	return E_OK;
}

/* Policies come before suites, so that where there are several requests the tests come with the last. */
static enum error send_all(struct apply *apply, const struct step *steps, size_t count, struct fault *why)
{
	struct together together = {.steps = ARENA_ARRAY(&apply->remote.arena, count + 1, const struct step *)};
	size_t bytes = 0;
	if (!together.steps)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (size_t i = 0; i < count; i++) {
		if (steps[i].action == UNCHANGED)
			continue;
		if (together.count > 0 && bytes + steps[i].object->json.len > TOGETHER_BYTES_MAX) {
			TRY(send_together(apply, &together, why));
			together.count = bytes = 0;
		}
		together.steps[together.count++] = &steps[i];
		bytes += steps[i].object->json.len + 64;
	}
	return together.count > 0 ? send_together(apply, &together, why) : E_OK;
}

enum error apply_policies(struct apply *apply, const struct manifest_object *objects, size_t count, struct fault *why)
{
	struct step *steps = ARENA_ARRAY(&apply->remote.arena, count, struct step);
	if (!steps)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (size_t i = 0; i < count; i++) {
		steps[i].object = &objects[i];
		TRY(apply_look_up(apply, &steps[i], why));
	}
	TRY(send_all(apply, steps, count, why));
	for (size_t i = 0; i < count; i++)
		apply_tell(apply, &steps[i]);
	return E_OK;
}
