/* `tipstaff apply -f FILE|DIR`: makes the registry what files in git say, and shows the difference. */
#include "cli/apply.h"

#include "cli/policy_tests.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "text/json_writer.h"

#include <string.h>

enum error apply_look_up(struct apply *apply, struct step *step, struct fault *why)
{
	const struct manifest_object *object = step->object;
	slice path = arena_print(&apply->remote.arena, "/v1/%.*s/%.*s", SLICE_ARG(object->kind->plural),
				 SLICE_ARG(remote_escape(&apply->remote, object->id)));
	TRY(json_parse(&step->should, object->json, NULL, &apply->remote.arena, why));
	enum error code = remote_get(&apply->remote, path, &step->is, why);
	if (code == E_NOT_FOUND) {
		step->action = CREATED;
		return E_OK;
	}
	TRY(code);
	step->difference_count = difference_find(object->kind, &step->is.doc, json_root(&step->is.doc), &step->should,
						 json_root(&step->should), step->differences);
	step->action = step->difference_count > 0 ? CHANGED : UNCHANGED;
	return E_OK;
}

static bool is_pending(const struct apply *apply, enum kind kind, slice id)
{
	for (size_t i = 0; i < apply->pending_count; i++)
		if (apply->pending[i]->kind->kind == kind && slice_equal(apply->pending[i]->id, id))
			return true;
	return false;
}

/* Does it name something that a dry run has not really created? */
static bool refers_to_pending(const struct apply *apply, const struct step *step)
{
	const struct kind_row *kind = step->object->kind;
	slice id;
	for (size_t i = 0; i < kind->field_count; i++)
		if (kind->fields[i].refers != KIND_UNKNOWN &&
		    json_string(json_get(&step->should, json_root(&step->should), kind->fields[i].name), &id) &&
		    is_pending(apply, kind->fields[i].refers, id))
			return true;
	return false;
}

enum error apply_place_fault(const struct step *step, enum error code, struct fault *why)
{
	char says[sizeof(why->sentence)];
	slice field = slice_of(why->field);
	if (code == E_UPSTREAM || code == E_UNAUTHENTICATED || code == E_MEMORY)
		return code;
	memcpy(says, why->sentence, sizeof(says));
	/* "tools[3]" and "target.type" are inside of the field. */
	for (size_t i = 0; i < field.len; i++)
		if (field.ptr[i] == '[' || field.ptr[i] == '.')
			field.len = i;
	return manifest_fail(step->object, field, code, says, why);
}

static enum error send_step(struct apply *apply, const struct step *step, struct fault *why)
{
	const struct manifest_object *object = step->object;
	struct arena *arena = &apply->remote.arena;
	bool create = step->action == CREATED;
	struct remote_reply reply;
	int64_t revision = 0;
	(void)json_i64(json_get(&step->is.doc, json_root(&step->is.doc), SLICE("revision")), &revision);
	struct client_request request = {
		.method = create ? SLICE("POST") : SLICE("PUT"),
		.path = arena_print(arena, "/v1/%.*s%s%.*s%s", SLICE_ARG(object->kind->plural), create ? "" : "/",
				    SLICE_ARG(create ? SLICE("") : remote_escape(&apply->remote, object->id)),
				    apply->dry_run ? "?dry_run=true" : ""),
		.body = object->json,
		.content_type = SLICE("application/json"),
		/* Somebody else may have changed it since it was looked up. */
		.if_match = create ? SLICE("") : arena_print(arena, "\"%lld\"", (long long)revision),
	};
	enum error code = remote_send(&apply->remote, &request, &reply, why);
	if (code == E_OK)
		code = remote_check(&apply->remote, &reply, why);
	return code == E_OK ? E_OK : apply_place_fault(step, code, why);
}

static void print_value(slice label, slice text)
{
	printf("%.*s", SLICE_ARG(label));
	if (text.len == 0) {
		printf("(none)");
	} else if (text.len > 60) {
		screen_text(stdout, slice_sub(text, 0, 60));
		printf("...");
	} else {
		screen_text(stdout, text);
	}
}

static void print_step(const struct step *step)
{
	static const struct {
		char sign;
		enum screen_colour colour;
	} looks[ACTION_COUNT] = {{'=', SCREEN_DIM}, {'+', SCREEN_GREEN}, {'~', SCREEN_YELLOW}};
	const struct manifest_object *object = step->object;
	screen_colour(stdout, looks[step->action].colour);
	printf("%c %.*s %.*s", looks[step->action].sign, SLICE_ARG(object->kind->name), SLICE_ARG(object->id));
	screen_colour(stdout, SCREEN_PLAIN);
	printf("%s\n", step->unchecked ? "  (not checked by the server: it refers to something not created yet)" : "");
	for (size_t i = 0; i < step->difference_count; i++) {
		const struct difference *difference = &step->differences[i];
		printf("    %.*s: ", SLICE_ARG(difference->field->name));
		print_value(SLICE(""), difference->was ? json_span(&step->is.doc, difference->was) : SLICE(""));
		print_value(SLICE(" -> "), difference->will_text);
		printf("\n");
	}
}

static void write_step(struct apply *apply, const struct step *step)
{
	static const char *const words[ACTION_COUNT] = {"unchanged", "created", "changed"};
	struct json_writer *writer = &apply->writer;
	json_begin_object(writer);
	json_put_string(writer, "kind", step->object->kind->name);
	json_put_string(writer, "id", step->object->id);
	json_put_text(writer, "action", words[step->action]);
	if (step->unchecked)
		json_put_bool(writer, "checked", false);
	json_put_array(writer, "changes");
	for (size_t i = 0; i < step->difference_count; i++) {
		const struct difference *difference = &step->differences[i];
		json_begin_object(writer);
		json_put_string(writer, "field", difference->field->name);
		json_write_key(writer, SLICE("was"));
		json_write_raw(writer, difference->was ? json_span(&step->is.doc, difference->was) : SLICE("null"));
		json_write_key(writer, SLICE("will"));
		json_write_raw(writer, difference->will_text.len ? difference->will_text : SLICE("null"));
		json_end_object(writer);
	}
	json_end_array(writer);
	json_end_object(writer);
}

void apply_tell(struct apply *apply, const struct step *step)
{
	apply->counts[step->action]++;
	if (apply->remote.json)
		write_step(apply, step);
	else
		print_step(step);
}

static enum error apply_one(struct apply *apply, const struct manifest_object *object, struct fault *why)
{
	struct step step = {.object = object};
	TRY(apply_look_up(apply, &step, why));
	step.unchecked = apply->dry_run && step.action != UNCHANGED && refers_to_pending(apply, &step);
	if (step.action != UNCHANGED && !step.unchecked)
		TRY(send_step(apply, &step, why));
	if (step.action == CREATED)
		apply->pending[apply->pending_count++] = object;
	apply_tell(apply, &step);
	return E_OK;
}

/* Policies that fail their own tests do not go live. */
static enum error run_tests(struct apply *apply, struct fault *why)
{
	struct policy_tests tests = {.arena = &apply->remote.arena, .failures = stderr};
	for (size_t i = 0; i < apply->paths.count; i++)
		if (folder_is(apply->paths.items[i], tests.arena))
			TRY(policy_tests_run(&tests, apply->paths.items[i], why));
	if (tests.failed == 0)
		return E_OK;
	return FAIL(why, E_INVALID, "%zu of %zu policy tests failed; nothing was applied", tests.failed,
		    tests.passed + tests.failed);
}

static enum error apply_all(struct apply *apply, struct fault *why)
{
	struct manifest *manifest = &apply->manifest;
	TRY(run_tests(apply, why));
	for (size_t i = 0; i < apply->paths.count; i++)
		TRY(manifest_add(manifest, apply->paths.items[i], why));
	for (size_t i = 0; i < apply->paths.count; i++)
		if (folder_is(apply->paths.items[i], manifest->arena))
			TRY(apply_add_suites(apply, apply->paths.items[i], why));
	if (manifest->count == 0)
		return FAIL(why, E_INVALID, "no objects there; files end in .yaml, .yml, .cedar or .entities.json");
	TRY(apply_find_left(apply, why));
	manifest_order(manifest);
	apply->pending = ARENA_ARRAY(&apply->remote.arena, manifest->count, const struct manifest_object *);
	if (!apply->pending)
		return FAIL(why, E_MEMORY, "no memory for the objects");
	for (size_t i = 0; i < manifest->count;) {
		size_t together = i;
		while (together < manifest->count && apply_is_policy(&manifest->objects[together]))
			together++;
		if (together > i)
			TRY(apply_policies(apply, &manifest->objects[i], together - i, why));
		else
			TRY(apply_one(apply, &manifest->objects[together++], why));
		i = together;
	}
	return E_OK;
}

static void print_version(const struct apply *apply)
{
	struct json_doc doc;
	struct arena arena;
	slice id = {NULL, 0}, digest = {NULL, 0};
	arena_init(&arena, 65536);
	if (apply->version.len && json_parse(&doc, apply->version, NULL, &arena, NULL) == E_OK) {
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("id")), &id);
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("digest")), &digest);
		printf("policy set ");
		screen_text(stdout, id);
		printf(" ");
		screen_text(stdout, slice_sub(digest, 0, 12));
		printf("  %lld test%s passed\n", (long long)apply->tests_passed, apply->tests_passed == 1 ? "" : "s");
	}
	arena_free(&arena);
}

static enum error report(struct apply *apply, struct fault *why)
{
	if (!apply->remote.json) {
		print_version(apply);
		printf("%s%zu created, %zu changed, %zu unchanged\n", apply->dry_run ? "nothing was stored; would be: " : "",
		       apply->counts[CREATED], apply->counts[CHANGED], apply->counts[UNCHANGED]);
		apply_print_left(apply);
		return E_OK;
	}
	json_end_array(&apply->writer);
	json_put_u64(&apply->writer, "created", apply->counts[CREATED]);
	json_put_u64(&apply->writer, "changed", apply->counts[CHANGED]);
	json_put_u64(&apply->writer, "unchanged", apply->counts[UNCHANGED]);
	if (apply->version.len) {
		json_write_key(&apply->writer, SLICE("policy_version"));
		json_write_raw(&apply->writer, apply->version);
		json_put_i64(&apply->writer, "tests_passed", apply->tests_passed);
	}
	if (apply->left_count > 0) {
		json_put_array(&apply->writer, "suites_without_file");
		for (size_t i = 0; i < apply->left_count; i++)
			json_write_string(&apply->writer, apply->left[i]);
		json_end_array(&apply->writer);
	}
	json_end_object(&apply->writer);
	TRY(json_writer_end(&apply->writer, why));
	printf("%.*s\n", SLICE_ARG(buffer_slice(&apply->json)));
	return E_OK;
}

int verb_apply(const struct verb *verb, int count, char **words)
{
	struct apply apply = {.dry_run = false};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		REMOTE_OPTIONS(&apply.remote),
		{"f", OPTION_LIST, &apply.paths, "FILE|DIR", "what to apply: .yaml, .yml, .cedar, .entities.json"},
		{"dry-run", OPTION_FLAG, &apply.dry_run, NULL, "show what would change and store nothing"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (apply.paths.count == 0)
		return options_usage(verb, "what is to be applied? use -f FILE or -f DIR");
	enum error code = remote_open(&apply.remote, &why);
	apply.manifest.arena = &apply.remote.arena;
	buffer_init(&apply.json, CLIENT_BODY_BYTES_MAX);
	json_writer_init(&apply.writer, &apply.json, JSON_PRETTY);
	json_begin_object(&apply.writer);
	json_put_bool(&apply.writer, "dry_run", apply.dry_run);
	json_put_array(&apply.writer, "objects");
	if (code == E_OK)
		code = apply_all(&apply, &why);
	if (code == E_OK)
		code = report(&apply, &why);
	else if (apply.counts[CREATED] + apply.counts[CHANGED] > 0 && !apply.dry_run)
		fprintf(stderr, "stopped after %zu created, %zu changed; mend it and apply again\n", apply.counts[CREATED],
			apply.counts[CHANGED]);
	buffer_free(&apply.json);
	return remote_end(&apply.remote, code, &why);
}
