#include "cli/manifest.h"

#include "base/nearest.h"
#include "cli/folder.h"
#include "daemon/files.h"
#include "text/json_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What forbids comes before what permits, so that nothing is open in between. */
static const enum kind order_of_kinds[] = {KIND_PRINCIPAL, KIND_PURPOSE, KIND_SERVER, KIND_AGENT,
					   KIND_TOOL,      KIND_ENTITIES, KIND_POLICY, KIND_SUITE,
					   KIND_PEP,       KIND_GRANT,   KIND_TASK};

static unsigned rank(enum kind kind)
{
	unsigned place = 0;
	while (place < sizeof(order_of_kinds) / sizeof(order_of_kinds[0]) && order_of_kinds[place] != kind)
		place++;
	return place;
}

enum error manifest_fail(const struct manifest_object *object, slice field, enum error code, const char *says,
			 struct fault *why)
{
	const struct yaml_node *node = yaml_get(object->node, field);
	if (node)
		return yaml_fail(node, why, code, "%s", says);
	if (object->node)
		return yaml_fail(object->node, why, code, "%s", says);
	return FAIL(why, code, "%s: %s", object->source, says);
}

enum error manifest_add_object(struct manifest *manifest, const struct manifest_object *object, struct fault *why)
{
	for (size_t i = 0; i < manifest->count; i++) {
		const struct manifest_object *other = &manifest->objects[i];
		char says[160];
		if (other->kind != object->kind || !slice_equal(other->id, object->id))
			continue;
		snprintf(says, sizeof(says), "%.*s %.*s is given twice, first in %s", SLICE_ARG(object->kind->name),
			 SLICE_ARG(object->id), other->source);
		return manifest_fail(object, SLICE("id"), E_CONFLICT, says, why);
	}
	if (!manifest->objects)
		manifest->objects = ARENA_ARRAY(manifest->arena, MANIFEST_OBJECTS_MAX, struct manifest_object);
	if (!manifest->objects)
		return FAIL(why, E_MEMORY, "no memory for the objects");
	if (manifest->count == MANIFEST_OBJECTS_MAX)
		return FAIL(why, E_LIMIT, "%s: more than %u objects", object->source, MANIFEST_OBJECTS_MAX);
	manifest->objects[manifest->count++] = *object;
	return E_OK;
}

static enum error check_choice(const struct field *field, const struct yaml_node *node, struct fault *why)
{
	const char *names[16];
	char copy[256];
	size_t count = 0;
	if (field_has_choice(field, node->text))
		return E_OK;
	snprintf(copy, sizeof(copy), "%s", field->choices);
	for (char *at = copy; *at && count < 16;) {
		names[count++] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	const char *meant = nearest_name(node->text, names, count);
	if (meant)
		return yaml_fail(node, why, E_INVALID, "`%.*s` cannot be `%.*s`; did you mean `%s`?",
				 SLICE_ARG(field->name), SLICE_ARG(node->text), meant);
	return yaml_fail(node, why, E_INVALID, "`%.*s` cannot be `%.*s`; one of: %s", SLICE_ARG(field->name),
			 SLICE_ARG(node->text), field->choices);
}

static enum error check_texts(const struct yaml_node *node, struct fault *why)
{
	slice text;
	TRY(yaml_expect(node, YAML_SEQUENCE, why));
	for (const struct yaml_node *item = node->first; item; item = item->next)
		if (item->type != YAML_SCALAR || yaml_read_text(item, &text, why) != E_OK)
			return yaml_fail(item, why, E_TYPE, "`%.*s` is a list of texts, and this is %s",
					 SLICE_ARG(node->key), yaml_says(item));
	return E_OK;
}

static enum error check_value(const struct field *field, const struct yaml_node *node, struct fault *why)
{
	slice text;
	bool boolean;
	int64_t integer;
	if ((field->flags & FIELD_NULLABLE) && node->type == YAML_SCALAR && yaml_sort(node) == YAML_NULL)
		return E_OK;
	switch (field->type) {
	case FIELD_TEXTS:
		return check_texts(node, why);
	case FIELD_OBJECT:
		return yaml_expect(node, YAML_MAPPING, why);
	case FIELD_LIST:
		return yaml_expect(node, YAML_SEQUENCE, why);
	case FIELD_BOOL:
		return yaml_read_boolean(node, &boolean, why);
	case FIELD_INTEGER:
		return yaml_read_integer(node, 0, INT64_MAX, &integer, why);
	case FIELD_SECRET:
		return yaml_fail(node, why, E_INVALID, "a secret does not belong into a file; set it with: tipstaff servers "
				 "set ID --authorization-file FILE");
	case FIELD_CHOICE:
		TRY(yaml_read_text(node, &text, why));
		return check_choice(field, node, why);
	case FIELD_TEXT:
	case FIELD_ID:
	case FIELD_URL:
	case FIELD_TIME:
	case FIELD_TYPE_COUNT:
		break;
	}
	return yaml_read_text(node, &text, why);
}

static enum error check_key(const struct kind_row *kind, const struct yaml_node *child, struct fault *why)
{
	const struct field *field = kind_field(kind, child->key, NULL);
	if (slice_equal(child->key, SLICE("kind")))
		return E_OK;
	if (!field) {
		slice meant = kind_suggest_field(kind, child->key);
		return yaml_fail_key(child, why, E_INVALID, "%.*s has no field `%.*s`%s%.*s%s", SLICE_ARG(kind->name),
				     SLICE_ARG(child->key), meant.len ? "; did you mean `" : "", SLICE_ARG(meant),
				     meant.len ? "`?" : "");
	}
	if (field->flags & FIELD_READ_ONLY)
		return yaml_fail_key(child, why, E_INVALID, "`%.*s` is set by Tipstaff", SLICE_ARG(child->key));
	return check_value(field, child, why);
}

static enum error check_needed(const struct kind_row *kind, const struct yaml_node *root, struct fault *why)
{
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		bool is_id = slice_equal(field->name, SLICE("id"));
		/* Without an id a second `apply` would make a second object. */
		if (!is_id && !(field->flags & FIELD_REQUIRED))
			continue;
		if (!yaml_get(root, field->name))
			return yaml_fail(root, why, E_INVALID, "this %.*s has no `%.*s`", SLICE_ARG(kind->name),
					 SLICE_ARG(field->name));
	}
	return E_OK;
}

static enum error kind_of(const struct yaml_node *root, const struct kind_row **ret_kind, struct fault *why)
{
	const char *names[KIND_COUNT];
	const struct yaml_node *node = yaml_get(root, SLICE("kind"));
	slice name;
	TRY(yaml_expect(root, YAML_MAPPING, why));
	if (!node)
		return yaml_fail(root, why, E_INVALID, "this document has no `kind`");
	TRY(yaml_read_text(node, &name, why));
	enum kind kind = kind_of_name(name);
	if (kind != KIND_UNKNOWN) {
		*ret_kind = kind_row(kind);
		return E_OK;
	}
	for (enum kind i = KIND_PRINCIPAL; i < KIND_COUNT; i++)
		names[i - 1] = kind_row(i)->name.ptr;
	struct nearest meant = nearest_among(name, names, KIND_COUNT - 1);
	char hint[NEAREST_HINT_BYTES];
	return yaml_fail(node, why, E_INVALID, "no kind `%.*s`%s", SLICE_ARG(name), nearest_hint(&meant, hint));
}

static enum error write_object(struct manifest *manifest, const struct yaml_node *root, slice *ret_json,
			       struct fault *why)
{
	struct buffer text;
	struct json_writer writer;
	enum error code = E_OK;
	buffer_init(&text, OBJECT_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	json_begin_object(&writer);
	for (const struct yaml_node *child = root->first; child && code == E_OK; child = child->next) {
		if (slice_equal(child->key, SLICE("kind")))
			continue;
		json_write_key(&writer, child->key);
		code = yaml_write_json(&writer, child, why);
	}
	if (code == E_OK) {
		json_end_object(&writer);
		if (json_writer_end(&writer, NULL) != E_OK)
			code = yaml_fail(root, why, E_LIMIT, "this object is longer than %u bytes", OBJECT_BYTES_MAX);
	}
	if (code == E_OK)
		*ret_json = arena_copy(manifest->arena, buffer_slice(&text));
	buffer_free(&text);
	return code;
}

static enum error read_document(struct manifest *manifest, const struct yaml_node *root, const char *source,
				struct fault *why)
{
	struct manifest_object object = {.source = source, .node = root};
	TRY(kind_of(root, &object.kind, why));
	for (const struct yaml_node *child = root->first; child; child = child->next)
		TRY(check_key(object.kind, child, why));
	TRY(check_needed(object.kind, root, why));
	object.id = yaml_get(root, SLICE("id"))->text;
	/* A tool's id is its server's, a dot, and its own name, which may hold more than other ids. */
	if (object.kind->kind != KIND_TOOL && !kind_id_valid(object.id))
		return yaml_fail(yaml_get(root, SLICE("id")), why, E_INVALID,
				 "`%.*s` is no id; letters, digits and . _ @ - are, up to %u of them", SLICE_ARG(object.id),
				 OBJECT_ID_BYTES_MAX);
	TRY(write_object(manifest, root, &object.json, why));
	return manifest_add_object(manifest, &object, why);
}

enum error manifest_add_yaml(struct manifest *manifest, slice text, const char *source, struct fault *why)
{
	const struct yaml_node *document;
	TRY(yaml_parse_all(text, source, manifest->arena, &document, why));
	for (; document; document = document->next)
		TRY(read_document(manifest, document, source, why));
	return E_OK;
}

/* "team/base.cedar" below the folder gives the policy "team.base.cedar"; entities are named so too. */
static slice id_of_file(struct manifest *manifest, slice name)
{
	slice id = arena_copy(manifest->arena, name);
	char *bytes = id.ptr ? arena_alloc(manifest->arena, id.len + 1) : NULL;
	for (size_t i = 0; bytes && i < id.len; i++)
		bytes[i] = id.ptr[i] == '/' ? '.' : id.ptr[i];
	return slice_from(bytes, bytes ? id.len : 0);
}

/* A file whose whole text is one object. */
static enum error add_text(struct manifest *manifest, enum kind kind, slice text, const char *source, slice name,
			   struct fault *why)
{
	struct buffer json;
	struct json_writer writer;
	struct manifest_object object = {.kind = kind_row(kind), .source = source, .id = id_of_file(manifest, name)};
	if (!kind_id_valid(object.id))
		return FAIL(why, E_INVALID, "%s: its name makes no id; letters, digits and . _ @ - do", source);
	buffer_init(&json, OBJECT_BYTES_MAX);
	json_writer_init(&writer, &json, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "id", object.id);
	json_put_string(&writer, "text", text);
	json_put_string(&writer, "source", name);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, NULL) == E_OK ? E_OK
		: FAIL(why, E_LIMIT, "%s: longer than %u bytes, or not UTF-8", source, OBJECT_BYTES_MAX);
	if (code == E_OK)
		object.json = arena_copy(manifest->arena, buffer_slice(&json));
	buffer_free(&json);
	TRY(code);
	return manifest_add_object(manifest, &object, why);
}

static enum error add_file(struct manifest *manifest, slice path, slice name, struct fault *why)
{
	slice text, source = arena_print(manifest->arena, "%.*s", SLICE_ARG(path));
	if (!source.ptr)
		return FAIL(why, E_MEMORY, "no memory for the objects");
	if (++manifest->file_count > FOLDER_FILES_MAX)
		return FAIL(why, E_LIMIT, "more than %u files", FOLDER_FILES_MAX);
	TRY(files_read(path, YAML_BYTES_MAX, manifest->arena, &text, why));
	if (slice_ends_with(name, SLICE(".cedar")))
		return add_text(manifest, KIND_POLICY, text, source.ptr, name, why);
	if (slice_ends_with(name, SLICE(".entities.json")))
		return add_text(manifest, KIND_ENTITIES, text, source.ptr, name, why);
	return manifest_add_yaml(manifest, text, source.ptr, why);
}

/* Tests of policies lie beside them and are no objects. */
static bool is_wanted(slice name)
{
	if (slice_ends_with(name, SLICE(".test.yaml")) || slice_ends_with(name, SLICE(".test.yml")))
		return false;
	return slice_ends_with(name, SLICE(".yaml")) || slice_ends_with(name, SLICE(".yml")) ||
	       slice_ends_with(name, SLICE(".cedar")) || slice_ends_with(name, SLICE(".entities.json"));
}

enum error manifest_add(struct manifest *manifest, slice path, struct fault *why)
{
	struct folder folder = {.arena = manifest->arena, .wants = is_wanted};
	TRY(folder_add(&folder, path, why));
	for (size_t i = 0; i < folder.count; i++)
		TRY(add_file(manifest, slice_of(folder.files[i].path), folder.files[i].name, why));
	return E_OK;
}

static int compare_objects(const void *a, const void *b)
{
	const struct manifest_object *x = a, *y = b;
	unsigned left = rank(x->kind->kind), right = rank(y->kind->kind);
	return left != right ? (left < right ? -1 : 1) : slice_compare(x->id, y->id);
}

void manifest_order(struct manifest *manifest)
{
	if (manifest->count > 0)
		qsort(manifest->objects, manifest->count, sizeof(*manifest->objects), compare_objects);
}
