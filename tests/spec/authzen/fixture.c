#include "fixture.h"

#include "read_file.h"
#include <stdio.h>
#include <stdlib.h>

static const struct hash_key key = {21, 22};

static void put_policies(struct fixture *fixture, const char *policies)
{
	struct json_writer writer;
	struct buffer change;
	struct fault why = {0};
	buffer_init(&change, 1 << 20);
	json_writer_init(&writer, &change, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", "put");
	json_put_text(&writer, "kind", "policy");
	json_put_text(&writer, "id", "fixture");
	json_put_i64(&writer, "revision", 1);
	json_put_object(&writer, "object");
	json_put_text(&writer, "id", "fixture");
	json_put_text(&writer, "text", policies);
	json_end_object(&writer);
	json_end_object(&writer);
	CHECK_OK(json_writer_end(&writer, &why), why);
	CHECK_OK(snapshot_builder_apply(fixture->builder, buffer_slice(&change), &why), why);
	CHECK_OK(snapshot_publish(fixture->builder, &fixture->snapshot, &fixture->retired, &why), why);
	CHECK_SLICE(slice_of(fixture->snapshot->broken_sentence), SLICE(""));
	buffer_free(&change);
}

bool fixture_make(struct fixture *fixture, const char *file, const char *policies)
{
	char path[4096];
	struct fault why = {0};
	*fixture = (struct fixture){.snapshot = NULL};
	const char *place = check_conformance_dir();
	if (!place)
		return false;
	snprintf(path, sizeof(path), "%s/authzen/%s", place, file);
	fixture->file = read_file(path);
	if (!fixture->file.ptr)
		return false;
	fixture->builder = snapshot_builder_new(&key);
	arena_init(&fixture->arena, 1 << 28);
	put_policies(fixture, policies);
	CHECK_OK(json_parse(&fixture->doc, fixture->file, NULL, &fixture->arena, &why), why);
	return true;
}

void fixture_free(struct fixture *fixture)
{
	retire_release(&fixture->retired);
	snapshot_builder_free(fixture->builder);
	arena_free(&fixture->arena);
	free((void *)(uintptr_t)fixture->file.ptr);
}

static char decide_one(struct fixture *fixture, const struct authzen_request *request, size_t index, bool *ret_refused)
{
	struct evaluate_setting setting = {.snapshot = fixture->snapshot, .asker = {.kind = ASKER_OPERATOR,
						     .asserts_subject = fixture->believe_subject},
					   .evidence_ready = true, .now_ms = INT64_C(1795000000000)};
	const struct authzen_evaluation *asked = &request->evaluations[index];
	struct evaluated *evaluated = ARENA_NEW(&fixture->arena, struct evaluated);
	struct fault why = {0};
	if (asked->fault.code != E_OK)
		return 'f';
	if (evaluate_asked(&setting, &request->doc, asked, &fixture->arena, evaluated, &why) != E_OK) {
		*ret_refused = !request->is_batch;
		return 'f';
	}
	return evaluated->decision.verdict == PERMIT ? 't' : 'f';
}

slice fixture_answer(struct fixture *fixture, slice body, bool several)
{
	struct authzen_request request;
	bool refused = false;
	enum error code = several ? authzen_evaluations_read(&request, body, &fixture->arena, NULL)
				  : authzen_evaluation_read(&request, body, &fixture->arena, NULL);
	if (code != E_OK)
		return SLICE("400");
	char *answer = arena_alloc(&fixture->arena, request.count + 1);
	size_t count = 0;
	while (count < request.count) {
		answer[count] = decide_one(fixture, &request, count, &refused);
		if (authzen_stops(request.semantic, answer[count++] == 't'))
			break;
	}
	return refused ? SLICE("400") : slice_from(answer, count);
}

slice fixture_expected(struct fixture *fixture, const struct json_doc *doc, const struct json_node *node)
{
	bool decision = false;
	if (json_is(node, JSON_BOOL))
		return node->boolean ? SLICE("t") : SLICE("f");
	if (json_bool(json_get(doc, node, SLICE("decision")), &decision))
		return decision ? SLICE("t") : SLICE("f");
	if (json_is(node, JSON_OBJECT))
		node = json_get(doc, node, SLICE("evaluations"));
	char *expected = arena_alloc(&fixture->arena, (node ? node->count : 0) + 1);
	size_t count = 0;
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		expected[count++] = json_bool(json_get(doc, item, SLICE("decision")), &decision) && decision ? 't' : 'f';
	return slice_from(expected, count);
}
