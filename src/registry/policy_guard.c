/* What a plan would make of the policies: suites that concern it must hold, and the set gets its version. */
#include "registry/plan_work.h"

#include "registry/entity.h"
#include "registry/suite.h"
#include "text/base64.h"
#include "text/json_writer.h"

#include <stdio.h>

/* Only operators hand in policies, so that nobody gains by colliding keys. */
static const struct hash_key guard_key = {0x7469707374616666, 0x67756172640a};

#define SAYS_BYTES_MAX (128u * 1024u)

/* Policies and suites as they would be. */
struct after {
	struct plan_work *work;
	struct policy_text *texts;
	size_t text_count;
	struct suite *suites;
	size_t suite_count;
	enum error code;
	struct fault *why;
};

static bool touches(const struct plan_work *work, enum kind kind)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->changes[i].kind == kind)
			return true;
	return false;
}

static bool concerns_policies(enum kind kind)
{
	return kind == KIND_POLICY || kind == KIND_SUITE;
}

static const struct change *change_of(const struct plan_work *work, enum kind kind, slice id)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->changes[i].kind == kind && slice_equal(work->changes[i].id, id))
			return &work->changes[i];
	return NULL;
}

static enum error take(struct after *after, enum kind kind, slice json)
{
	struct policy policy;
	struct plan_work *work = after->work;
	if (kind == KIND_SUITE)
		return suite_read(&after->suites[after->suite_count++], json, work->arena, after->why);
	TRY(policy_read(&policy, json, work->arena, after->why));
	after->texts[after->text_count++] = (struct policy_text){policy.id, policy.source, policy.text};
	return E_OK;
}

static bool take_kept(void *context, const struct registry_entry *entry)
{
	struct after *after = context;
	if (!change_of(after->work, entry->kind, entry->id))
		after->code = take(after, entry->kind, entry->json);
	return after->code == E_OK;
}

static enum error look_after(struct after *after, struct fault *why)
{
	struct plan_work *work = after->work;
	size_t count = work->count + 1;
	after->texts = ARENA_ARRAY(work->arena, registry_count(work->registry, KIND_POLICY) + count, struct policy_text);
	after->suites = ARENA_ARRAY(work->arena, registry_count(work->registry, KIND_SUITE) + count, struct suite);
	if (!after->texts || !after->suites)
		return plan_no_memory(why);
	registry_each(work->registry, KIND_POLICY, take_kept, after);
	if (after->code == E_OK)
		registry_each(work->registry, KIND_SUITE, take_kept, after);
	TRY(after->code);
	for (size_t i = 0; i < work->count; i++)
		if (concerns_policies(work->changes[i].kind) && work->changes[i].op == CHANGE_PUT)
			TRY(take(after, work->changes[i].kind, work->changes[i].object));
	policy_texts_sort(after->texts, after->text_count);
	return E_OK;
}

/* Each text was tried alone; together they could still be too many. */
static enum error check_whole(const struct after *after, struct fault *why)
{
	struct cedar_policyset *set = NULL;
	struct fault inner;
	enum error code = policy_set_compile(&guard_key, after->texts, after->text_count, &set, NULL, &inner);
	cedar_policyset_free(set);
	if (code == E_MEMORY)
		return plan_no_memory(why);
	return code == E_OK ? E_OK : FAIL_FIELD(why, E_INVALID, "text", "%s", fault_sentence(&inner));
}

static bool is_concerned(const struct plan_work *work, const struct suite *suite)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct change *change = &work->changes[i];
		if (change->kind == KIND_SUITE && slice_equal(change->id, suite->id))
			return true;
		if (change->kind == KIND_POLICY && suite_names(suite, change->id))
			return true;
	}
	return false;
}

static enum error refuse(struct plan_work *work, const struct suite_report *report, struct fault *why)
{
	struct buffer says, list;
	buffer_init(&says, SAYS_BYTES_MAX);
	buffer_init(&list, SAYS_BYTES_MAX);
	suite_report_say(report, &says);
	suite_report_write(report, &list);
	buffer_add_byte(&says, '\0');
	if (!list.failed)
		work->failed_tests = arena_copy(work->arena, buffer_slice(&list));
	enum error code = FAIL_FIELD(why, E_INVALID, "tests", "%s", says.failed ? "policy tests failed" : says.ptr);
	buffer_free(&says);
	buffer_free(&list);
	return code;
}

static enum error run_suites(const struct after *after, struct fault *why)
{
	struct suite_report report = {0};
	struct plan_work *work = after->work;
	for (size_t i = 0; i < after->suite_count; i++)
		if (is_concerned(work, &after->suites[i]))
			TRY(suite_run(&after->suites[i], after->texts, after->text_count, work->arena, &report, why));
	work->tests_passed = report.passed;
	return report.failed ? refuse(work, &report, why) : E_OK;
}

/* --- the version --- */

static slice version_id(struct plan_work *work, uint64_t number)
{
	return arena_print(work->arena, "v%llu", (unsigned long long)number);
}

static enum error fill_version(const struct after *after, struct object *version, uint64_t number, slice hex,
			       struct fault *why)
{
	struct plan_work *work = after->work;
	TRY(object_set_u64(version, SLICE("number"), number, work->arena, why));
	TRY(object_set_text(version, SLICE("digest"), hex, work->arena, why));
	TRY(object_set_u64(version, SLICE("policies"), after->text_count, work->arena, why));
	TRY(object_set_u64(version, SLICE("suites"), after->suite_count, work->arena, why));
	TRY(object_set_u64(version, SLICE("tests"), work->tests_passed, work->arena, why));
	TRY(object_set_text(version, SLICE("actor"), slice_sub(work->command->actor, 0, 256), work->arena, why));
	if (work->command->reason.len)
		TRY(object_set_text(version, SLICE("reason"), work->command->reason, work->arena, why));
	if (number > 1)
		TRY(object_set_text(version, SLICE("previous"), version_id(work, number - 1), work->arena, why));
	return E_OK;
}

static enum error add_version(const struct after *after, struct fault *why)
{
	struct plan_work *work = after->work;
	struct object version = {.row = kind_row(KIND_POLICY_VERSION)};
	unsigned char digest[POLICY_SET_DIGEST_BYTES];
	char hex[2 * POLICY_SET_DIGEST_BYTES];
	/* Versions are never removed, so that their count is the last number. */
	uint64_t number = registry_count(work->registry, KIND_POLICY_VERSION);
	const struct registry_entry *last =
		number ? registry_get(work->registry, KIND_POLICY_VERSION, version_id(work, number)) : NULL;
	TRY(policy_set_digest(after->texts, after->text_count, digest, why));
	hex_write(hex, slice_from(digest, sizeof(digest)));
	slice now = slice_from(hex, sizeof(hex));
	bool same = last ? slice_equal(plan_text(work, &last->object, SLICE("digest")), now) : after->text_count == 0;
	if (same && !touches(work, KIND_SUITE))
		return E_OK;
	slice id = version_id(work, number + 1);
	TRY(fill_version(after, &version, number + 1, now, why));
	TRY(plan_add_put(work, &version, id, NULL, SLICE("create"), work->command->reason, NULL, why));
	work->version = arena_print(work->arena, "{\"id\":\"%.*s\",\"digest\":\"%.*s\"}", SLICE_ARG(id), SLICE_ARG(now));
	return work->version.ptr ? E_OK : plan_no_memory(why);
}

/* {"dry_run","changes":[{"op","kind","id"}],"policy_version":{},"tests_passed"} */
static enum error write_report(struct plan_work *work, struct fault *why)
{
	struct buffer out;
	struct json_writer writer;
	buffer_init(&out, COMMAND_BYTES_MAX);
	json_writer_init(&writer, &out, JSON_COMPACT);
	json_begin_object(&writer);
	if (work->command->dry_run)
		json_put_bool(&writer, "dry_run", true);
	json_put_array(&writer, "changes");
	for (size_t i = 0; i < work->count; i++) {
		const struct change *change = &work->changes[i];
		if (!concerns_policies(change->kind))
			continue;
		json_begin_object(&writer);
		json_put_text(&writer, "op", change->op == CHANGE_DELETE ? "delete" : work->before[i] ? "update" : "create");
		json_put_string(&writer, "kind", kind_row(change->kind)->name);
		json_put_string(&writer, "id", change->id);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	if (work->version.len) {
		json_write_key(&writer, SLICE("policy_version"));
		json_write_raw(&writer, work->version);
	}
	json_put_u64(&writer, "tests_passed", work->tests_passed);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK)
		work->report = arena_copy(work->arena, buffer_slice(&out));
	buffer_free(&out);
	return code == E_OK && !work->report.ptr ? plan_no_memory(why) : code;
}

static enum error guard(struct plan_work *work, struct fault *why)
{
	struct after after = {.work = work, .why = why};
	TRY(look_after(&after, why));
	TRY(check_whole(&after, why));
	TRY(run_suites(&after, why));
	return add_version(&after, why);
}

enum error plan_guard_policies(struct plan_work *work, struct fault *why)
{
	if (touches(work, KIND_POLICY) || touches(work, KIND_SUITE))
		TRY(guard(work, why));
	return work->brief ? write_report(work, why) : E_OK;
}
