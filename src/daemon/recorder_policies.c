/* The policy folder: its .cedar and .entities.json files become objects of the registry, or nothing changes. */
#include "daemon/recorder.h"

#include "cedar/cedar.h"
#include "daemon/files.h"
#include "decision/entity_data.h"
#include "net/journal.h"
#include "text/json_writer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POLICY_FILE_BYTES_MAX (256u * 1024u)
#define POLICY_FILES_MAX 4096u

/* How the registry tells what came from the folder from what came over the API. */
#define ACTOR "folder:policies"

struct policy_file {
	enum kind kind;
	slice id;     /* the file name */
	slice source; /* the path, shown by `why` */
	slice text;
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
	if (slice_ends_with(name, SLICE(".entities.json")))
		return KIND_ENTITIES;
	return slice_ends_with(name, SLICE(".cedar")) ? KIND_POLICY : KIND_UNKNOWN;
}

static enum error read_one(struct folder *folder, slice dir, const char *name, struct fault *why)
{
	struct policy_file *file = &folder->files[folder->count];
	if (folder->count == POLICY_FILES_MAX)
		return FAIL(why, E_LIMIT, "more than %u policy files", POLICY_FILES_MAX);
	file->kind = kind_of_file(slice_of(name));
	if (file->kind == KIND_UNKNOWN)
		return E_OK;
	file->id = arena_copy(&folder->arena, slice_of(name));
	file->source = files_join(&folder->arena, dir, name);
	TRY(files_read(file->source, POLICY_FILE_BYTES_MAX, &folder->arena, &file->text, why));
	if (file->kind == KIND_POLICY)
		TRY(recorder_check_policy(folder->recorder, file->source, file->text, why));
	folder->count++;
	return E_OK;
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

/* Every file is read and checked before the first one takes effect. */
static enum error read_folder(struct folder *folder, slice dir, struct fault *why)
{
	char path[4096];
	snprintf(path, sizeof(path), "%.*s", SLICE_ARG(dir));
	DIR *entries = opendir(path);
	if (!entries)
		return FAIL(why, E_IO, "cannot read the policy folder %s: %s", path, strerror(errno));
	folder->files = ARENA_ARRAY(&folder->arena, POLICY_FILES_MAX, struct policy_file);
	enum error code = folder->files ? E_OK : FAIL(why, E_MEMORY, "no memory for the policy folder");
	struct dirent *entry;
	while (code == E_OK && (entry = readdir(entries)) != NULL)
		code = read_one(folder, dir, entry->d_name, why);
	closedir(entries);
	return code == E_OK ? check_entities(folder, why) : code;
}

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

struct gone {
	struct folder *folder;
	slice dir;
	struct policy_file files[64];
	size_t count;
};

/* An object that came from the folder and whose file is no longer there. */
static bool look_for_gone(void *context, const struct registry_entry *entry)
{
	struct gone *gone = context;
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

static enum error drop_gone(struct folder *folder, enum kind kind, slice dir, struct fault *why)
{
	struct gone gone = {.folder = folder, .dir = arena_print(&folder->arena, "%.*s/", SLICE_ARG(dir))};
	do {
		gone.count = 0;
		registry_each(folder->recorder->registry, kind, look_for_gone, &gone);
		for (size_t i = 0; i < gone.count; i++)
			TRY(order(folder, "delete", &gone.files[i], why));
	} while (gone.count > 0);
	return E_OK;
}

static enum error take_over(struct folder *folder, slice dir, struct fault *why)
{
	/* What is gone goes first: an entity may have moved to another file. */
	TRY(drop_gone(folder, KIND_ENTITIES, dir, why));
	for (size_t i = 0; i < folder->count; i++)
		TRY(order(folder, "put", &folder->files[i], why));
	return drop_gone(folder, KIND_POLICY, dir, why);
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
		code = take_over(&folder, dir, &why);
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
