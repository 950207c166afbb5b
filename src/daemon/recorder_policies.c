/* The policy folder: its .cedar files become policies of the registry, in one step, or nothing changes. */
#include "daemon/recorder.h"

#include "cedar/cedar.h"
#include "daemon/files.h"
#include "daemon/suite_file.h"
#include "decision/entity_data.h"
#include "net/journal.h"
#include "text/json_writer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POLICY_FILE_BYTES_MAX (256u * 1024u)
#define POLICY_FILES_MAX 4096u

/* How the registry tells policies of the folder from those that came over the API. */
#define ACTOR "folder:policies"

struct policy_file {
	enum kind kind;
	slice id;     /* the file name */
	slice source; /* the path, shown by `why` */
	slice text;   /* of a policy or of entities */
	slice suite;  /* of a test file: the object, JSON */
};

struct folder {
	struct recorder *recorder;
	struct arena arena;
	struct policy_file *files;
	size_t count;
};

/* KIND_UNKNOWN: it is none of ours. */
static enum kind kind_of_file(slice name)
{
	if (name.ptr[0] == '.')
		return KIND_UNKNOWN;
	if (suite_file_is(name))
		return KIND_SUITE;
	if (slice_ends_with(name, SLICE(".entities.json")))
		return KIND_ENTITIES;
	return slice_ends_with(name, SLICE(".cedar")) ? KIND_POLICY : KIND_UNKNOWN;
}

/* Files that are wanted, with nothing read yet. */
static enum error list_folder(struct folder *folder, slice dir, struct fault *why)
{
	char path[4096];
	snprintf(path, sizeof(path), "%.*s", SLICE_ARG(dir));
	DIR *entries = opendir(path);
	if (!entries)
		return FAIL(why, E_IO, "cannot read the policy folder %s: %s", path, strerror(errno));
	folder->files = ARENA_ARRAY(&folder->arena, POLICY_FILES_MAX, struct policy_file);
	enum error code = folder->files ? E_OK : FAIL(why, E_MEMORY, "no memory for the policy folder");
	struct dirent *entry;
	while (code == E_OK && (entry = readdir(entries)) != NULL) {
		enum kind kind = kind_of_file(slice_of(entry->d_name));
		if (kind == KIND_UNKNOWN)
			continue;
		if (folder->count == POLICY_FILES_MAX)
			code = FAIL(why, E_LIMIT, "more than %u policy files", POLICY_FILES_MAX);
		else
			folder->files[folder->count++] = (struct policy_file){
				.kind = kind, .id = arena_copy(&folder->arena, slice_of(entry->d_name)),
				.source = files_join(&folder->arena, dir, entry->d_name)};
	}
	closedir(entries);
	return code;
}

/* The policies that the test file is about: those it names, or all of the folder. */
static enum error choose(const struct folder *folder, const struct suite_file *suite, struct suite_policy *chosen,
			 size_t *ret_count, struct fault *why)
{
	size_t named = 0;
	*ret_count = 0;
	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->files[i];
		bool wanted = file->kind == KIND_POLICY && !suite->names_policies;
		for (size_t j = 0; j < suite->policy_count && !wanted; j++)
			wanted = file->kind == KIND_POLICY && slice_equal(suite->policies[j], file->source);
		if (!wanted)
			continue;
		named++;
		chosen[(*ret_count)++] = (struct suite_policy){file->id, file->id};
	}
	if (suite->names_policies && named < suite->policy_count)
		return FAIL(why, E_INVALID, "%s: it names a policy that is not in the policy folder", suite->path);
	return E_OK;
}

static enum error read_suite(struct folder *folder, struct policy_file *file, struct fault *why)
{
	struct suite_file suite;
	struct buffer json;
	size_t count;
	struct suite_policy *chosen = ARENA_ARRAY(&folder->arena, folder->count + 1, struct suite_policy);
	if (!chosen)
		return FAIL(why, E_MEMORY, "no memory for the policy folder");
	TRY(suite_file_read(&suite, file->source.ptr, &folder->arena, why));
	TRY(choose(folder, &suite, chosen, &count, why));
	buffer_init(&json, OBJECT_BYTES_MAX);
	enum error code = suite_file_write(&suite, file->id, file->source, chosen, count, &json, why);
	if (code == E_OK)
		file->suite = arena_copy(&folder->arena, buffer_slice(&json));
	buffer_free(&json);
	return code == E_OK && !file->suite.ptr ? FAIL(why, E_MEMORY, "no memory for the policy folder") : code;
}

static enum error check_entities(struct folder *folder, struct fault *why)
{
	struct plan_source *sources = ARENA_ARRAY(&folder->arena, folder->count, struct plan_source);
	size_t count = 0;
	if (!sources)
		return FAIL(why, E_MEMORY, "no memory for the policy folder");
	for (size_t i = 0; i < folder->count; i++)
		if (folder->files[i].kind == KIND_ENTITIES)
			sources[count++] = (struct plan_source){folder->files[i].source, folder->files[i].text};
	return entity_data_check(&folder->recorder->key, sources, count, why);
}

static enum error read_file(struct folder *folder, struct policy_file *file, struct fault *why)
{
	if (!file->id.ptr || !file->source.ptr)
		return FAIL(why, E_MEMORY, "no memory for the policy folder");
	if (file->kind == KIND_SUITE)
		return read_suite(folder, file, why);
	TRY(files_read(file->source, POLICY_FILE_BYTES_MAX, &folder->arena, &file->text, why));
	return file->kind == KIND_POLICY ? recorder_check_policy(folder->recorder, file->source, file->text, why) : E_OK;
}

/* Every file is read and checked before the first one takes effect. */
static enum error read_folder(struct folder *folder, slice dir, struct fault *why)
{
	TRY(list_folder(folder, dir, why));
	for (size_t i = 0; i < folder->count; i++)
		TRY(read_file(folder, &folder->files[i], why));
	return check_entities(folder, why);
}

/* --- entities: each on its own --- */

/* {"op","kind","id","object":{...},"actor"} */
static slice command(struct folder *folder, const char *op, const struct policy_file *file)
{
	struct json_writer writer;
	struct buffer out;
	buffer_init(&out, COMMAND_BYTES_MAX);
	json_writer_init(&writer, &out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "op", slice_of(op));
	json_put_string(&writer, "kind", kind_row(file->kind)->name);
	json_put_string(&writer, "id", file->id);
	json_put_string(&writer, "actor", SLICE(ACTOR));
	if (file->text.ptr) {
		json_put_object(&writer, "object");
		json_put_string(&writer, "id", file->id);
		json_put_string(&writer, "text", file->text);
		json_put_string(&writer, "source", file->source);
		json_end_object(&writer);
	}
	json_end_object(&writer);
	slice copy = arena_copy(&folder->arena, buffer_slice(&out));
	buffer_free(&out);
	return copy;
}

static enum error order(struct folder *folder, const char *op, const struct policy_file *file, struct fault *why)
{
	slice request = command(folder, op, file);
	if (!request.ptr)
		return FAIL(why, E_MEMORY, "no memory for %.*s", SLICE_ARG(file->id));
	struct service_reply reply = registry_service_command(folder->recorder->service, request);
	if (reply.status >= 400)
		return FAIL(why, E_INVALID, "%.*s: %.*s", SLICE_ARG(file->source), SLICE_ARG(reply.body));
	return E_OK;
}

struct lost {
	struct folder *folder;
	slice dir;
	struct policy_file files[64];
	size_t count;
};

/* An object that came from the folder and whose file is no longer there. */
static bool look_for_gone(void *context, const struct registry_entry *entry)
{
	struct lost *gone = context;
	slice source = {NULL, 0};
	struct json_doc doc;
	if (json_parse(&doc, entry->json, NULL, &gone->folder->arena, NULL) != E_OK ||
	    !json_string(json_get(&doc, json_root(&doc), SLICE("source")), &source) ||
	    !slice_starts_with(source, gone->dir))
		return true;
	for (size_t i = 0; i < gone->folder->count; i++)
		if (gone->folder->files[i].kind == entry->kind && slice_equal(gone->folder->files[i].id, entry->id))
			return true;
	struct policy_file *file = &gone->files[gone->count++];
	file->kind = entry->kind;
	file->id = arena_copy(&gone->folder->arena, entry->id);
	file->source = file->id;
	return gone->count < sizeof(gone->files) / sizeof(gone->files[0]);
}

static enum error drop_entities(struct folder *folder, slice dir, struct fault *why)
{
	struct lost gone = {.folder = folder, .dir = arena_print(&folder->arena, "%.*s/", SLICE_ARG(dir))};
	do {
		gone.count = 0;
		registry_each(folder->recorder->registry, KIND_ENTITIES, look_for_gone, &gone);
		for (size_t i = 0; i < gone.count; i++)
			TRY(order(folder, "delete", &gone.files[i], why));
	} while (gone.count > 0);
	return E_OK;
}

/* What is gone goes first: an entity may have moved to another file. */
static enum error put_entities(struct folder *folder, slice dir, struct fault *why)
{
	TRY(drop_entities(folder, dir, why));
	for (size_t i = 0; i < folder->count; i++)
		if (folder->files[i].kind == KIND_ENTITIES)
			TRY(order(folder, "put", &folder->files[i], why));
	return E_OK;
}

/* --- policies and their tests: all or nothing --- */

struct gone {
	struct folder *folder;
	slice dir;
	struct json_writer *writer;
};

/* What came from the folder and whose file is no longer there. */
static bool write_gone(void *context, const struct registry_entry *entry)
{
	struct gone *gone = context;
	if (!slice_starts_with(object_text(&entry->object, SLICE("source"), &gone->folder->arena), gone->dir))
		return true;
	for (size_t i = 0; i < gone->folder->count; i++)
		if (gone->folder->files[i].kind == entry->kind && slice_equal(gone->folder->files[i].id, entry->id))
			return true;
	json_write_string(gone->writer, entry->id);
	return true;
}

static void write_files(const struct folder *folder, struct json_writer *writer)
{
	json_put_array(writer, "policies");
	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->files[i];
		if (file->kind != KIND_POLICY)
			continue;
		json_begin_object(writer);
		json_put_string(writer, "id", file->id);
		json_put_string(writer, "text", file->text);
		json_put_string(writer, "source", file->source);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_put_array(writer, "suites");
	for (size_t i = 0; i < folder->count; i++)
		if (folder->files[i].kind == KIND_SUITE)
			json_write_raw(writer, folder->files[i].suite);
	json_end_array(writer);
}

/* {"op":"policies","kind":"policy","actor","object":{policies, suites, and what is to go}} */
static void write_command(struct folder *folder, slice dir, struct json_writer *writer)
{
	struct gone gone = {folder, arena_print(&folder->arena, "%.*s/", SLICE_ARG(dir)), writer};
	json_begin_object(writer);
	json_put_string(writer, "op", SLICE("policies"));
	json_put_string(writer, "kind", SLICE("policy"));
	json_put_string(writer, "actor", SLICE(ACTOR));
	json_put_object(writer, "object");
	write_files(folder, writer);
	json_put_array(writer, "delete_policies");
	registry_each(folder->recorder->registry, KIND_POLICY, write_gone, &gone);
	json_end_array(writer);
	json_put_array(writer, "delete_suites");
	registry_each(folder->recorder->registry, KIND_SUITE, write_gone, &gone);
	json_end_array(writer);
	json_end_object(writer);
	json_end_object(writer);
}

/* The sentence of a problem. */
static enum error refused(struct folder *folder, slice problem, struct fault *why)
{
	struct json_doc doc;
	slice says = problem;
	if (json_parse(&doc, problem, NULL, &folder->arena, NULL) == E_OK)
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("detail")), &says);
	return FAIL(why, E_INVALID, "the policy folder: %.*s", SLICE_ARG(says));
}

/* In one command: policies that forbid and those that permit hold together or not at all. */
static enum error put_policies(struct folder *folder, slice dir, struct fault *why)
{
	struct json_writer writer;
	struct buffer command;
	buffer_init(&command, COMMAND_OWN_BYTES_MAX);
	json_writer_init(&writer, &command, JSON_COMPACT);
	write_command(folder, dir, &writer);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK) {
		struct service_reply reply = registry_service_command(folder->recorder->service, buffer_slice(&command));
		code = reply.status >= 400 ? refused(folder, reply.body, why) : E_OK;
	}
	buffer_free(&command);
	return code;
}

void recorder_read_policies(struct recorder *recorder)
{
	struct layout_fault *fault = &recorder->daemon->layout.shared->policies;
	slice dir = recorder->daemon->config.policy_dir;
	struct folder folder = {.recorder = recorder};
	struct fault why = {0};
	if (dir.len == 0 || !recorder->service)
		return;
	arena_init(&folder.arena, 512u << 20);
	enum error code = read_folder(&folder, dir, &why);
	if (code == E_OK)
		code = put_entities(&folder, dir, &why);
	if (code == E_OK)
		code = put_policies(&folder, dir, &why);
	if (code == E_OK) {
		layout_fault_clear(fault);
		journal_event("policies.read", "folder", "policies", NULL);
	} else {
		/* Deciding by half of what was meant would be worse than not deciding. */
		layout_fault_set(fault, &why);
		journal_event("policies.refused", "reason", fault_sentence(&why), NULL);
	}
	arena_free(&folder.arena);
}
