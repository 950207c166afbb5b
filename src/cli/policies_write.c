/* `tipstaff policies add|set ... --tests FILE`: a policy and the tests that it comes with, both or nothing. */
#include "cli/policies.h"

#include "daemon/suite_file.h"
#include "text/json_writer.h"

struct both {
	struct remote *remote;
	const struct given *given;
	slice id;
	bool dry_run;
	struct fault why;
};

/* "policies/base.cedar" is "base.cedar" in its tests. */
static slice local_name(const struct both *both)
{
	slice name = both->given->file;
	for (size_t slash; (slash = slice_find_byte(name, '/', 0)) != SIZE_MAX;)
		name = slice_from_offset(name, slash + 1);
	return name.len ? name : both->id;
}

/* The test file as a suite over this one policy. */
static enum error write_suite(struct both *both, struct json_writer *writer)
{
	struct suite_file file;
	struct buffer json;
	struct arena *arena = &both->remote->arena;
	slice path = arena_print(arena, "%.*s", SLICE_ARG(both->given->tests));
	slice suite = arena_print(arena, "%.*s.test", SLICE_ARG(both->id));
	const struct suite_policy policy = {.local = local_name(both), .id = both->id};
	if (!path.ptr || !suite.ptr)
		return FAIL(&both->why, E_MEMORY, "no memory for a suite");
	TRY(suite_file_read(&file, path.ptr, arena, &both->why));
	if (file.policy_count > 1)
		return FAIL(&both->why, E_USAGE, "%.*s is about several policies; apply them together: tipstaff apply -f DIR",
			    SLICE_ARG(path));
	buffer_init(&json, OBJECT_BYTES_MAX);
	enum error code = suite_file_write(&file, suite, path, &policy, 1, &json, &both->why);
	slice copy = code == E_OK ? arena_copy(arena, buffer_slice(&json)) : SLICE("{}");
	buffer_free(&json);
	json_write_raw(writer, copy);
	return code;
}

static enum error write_body(struct both *both, struct buffer *body)
{
	struct json_writer writer;
	enum error code = E_OK;
	json_writer_init(&writer, body, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "policies");
	/* Without a text only the tests are new. */
	if (both->given->file.len > 0 || given_any_field(both->given))
		code = given_write(both->given, both->id, 0, &both->remote->arena, &writer, &both->why);
	TRY(code);
	json_end_array(&writer);
	json_put_array(&writer, "suites");
	TRY(write_suite(both, &writer));
	json_end_array(&writer);
	json_end_object(&writer);
	return json_writer_end(&writer, &both->why);
}

int policies_write(struct remote *remote, const struct given *given, slice id, bool dry_run)
{
	struct both both = {.remote = remote, .given = given, .id = id, .dry_run = dry_run};
	struct remote_reply reply;
	struct buffer body;
	buffer_init(&body, OBJECT_BYTES_MAX * 4u);
	enum error code = remote_open(remote, &both.why);
	if (code == E_OK)
		code = write_body(&both, &body);
	if (code == E_OK)
		code = remote_call(remote, "POST",
				   dry_run ? SLICE("/v1/policy_sets?dry_run=true") : SLICE("/v1/policy_sets"),
				   buffer_slice(&body), &reply, &both.why);
	buffer_free(&body);
	if (code == E_OK && remote->json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &both.why);
	else if (code == E_OK)
		policies_print_changes(&reply, dry_run);
	return remote_end(remote, code, &both.why);
}
