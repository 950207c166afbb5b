/* The policy folder: its .cedar files become policies of the registry, in one step, or nothing changes. */
#include "daemon/recorder.h"

#include "cedar/cedar.h"
#include "daemon/files.h"
#include "net/journal.h"
#include "registry/entity.h"
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

static enum error read_one(struct folder *folder, slice dir, const char *name, struct fault *why)
{
	struct policy_file *file = &folder->files[folder->count];
	if (folder->count == POLICY_FILES_MAX)
		return FAIL(why, E_LIMIT, "more than %u policy files", POLICY_FILES_MAX);
	file->id = arena_copy(&folder->arena, slice_of(name));
	file->source = files_join(&folder->arena, dir, name);
	TRY(files_read(file->source, POLICY_FILE_BYTES_MAX, &folder->arena, &file->text, why));
	TRY(recorder_check_policy(folder->recorder, file->source, file->text, why));
	folder->count++;
	return E_OK;
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
	while (code == E_OK && (entry = readdir(entries)) != NULL) {
		slice name = slice_of(entry->d_name);
		if (slice_ends_with(name, SLICE(".cedar")) && name.ptr[0] != '.')
			code = read_one(folder, dir, entry->d_name, why);
	}
	closedir(entries);
	return code;
}

/* {"op","kind":"policy","id","object":{...},"actor"} */
static slice command(struct folder *folder, const char *op, const struct policy_file *file)
{
	struct json_writer writer;
	struct buffer out;
	buffer_init(&out, COMMAND_BYTES_MAX);
	json_writer_init(&writer, &out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "op", slice_of(op));
	json_put_string(&writer, "kind", SLICE("policy"));
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
		return FAIL(why, E_MEMORY, "no memory for policy %.*s", SLICE_ARG(file->id));
	struct service_reply reply = registry_service_command(folder->recorder->service, request);
	if (reply.status >= 400)
		return FAIL(why, E_INVALID, "policy %.*s: %.*s", SLICE_ARG(file->source), SLICE_ARG(reply.body));
	return E_OK;
}

struct gone {
	struct folder *folder;
	slice dir;
	struct policy_file files[64];
	size_t count;
};

/* A policy that came from the folder and whose file is no longer there. */
static bool look_for_gone(void *context, const struct registry_entry *entry)
{
	struct gone *gone = context;
	struct policy policy;
	if (policy_read(&policy, entry->json, &gone->folder->arena, NULL) != E_OK ||
	    !slice_starts_with(policy.source, gone->dir))
		return true;
	for (size_t i = 0; i < gone->folder->count; i++)
		if (slice_equal(gone->folder->files[i].id, entry->id))
			return true;
	struct policy_file *file = &gone->files[gone->count++];
	file->id = arena_copy(&gone->folder->arena, entry->id);
	file->source = file->id;
	return gone->count < sizeof(gone->files) / sizeof(gone->files[0]);
}

static enum error take_over(struct folder *folder, slice dir, struct fault *why)
{
	for (size_t i = 0; i < folder->count; i++)
		TRY(order(folder, "put", &folder->files[i], why));
	struct gone gone = {.folder = folder, .dir = arena_print(&folder->arena, "%.*s/", SLICE_ARG(dir))};
	do {
		gone.count = 0;
		registry_each(folder->recorder->registry, KIND_POLICY, look_for_gone, &gone);
		for (size_t i = 0; i < gone.count; i++)
			TRY(order(folder, "delete", &gone.files[i], why));
	} while (gone.count > 0);
	return E_OK;
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
