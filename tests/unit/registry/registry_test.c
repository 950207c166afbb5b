#include "registry/registry.h"

#include "base/memory.h"
#include "check.h"

static const struct hash_key key = {3, 4};

static struct change put(const char *id, uint64_t revision, const char *object)
{
	return (struct change){.op = CHANGE_PUT, .kind = KIND_PURPOSE, .id = slice_of(id), .revision = revision,
			       .object = slice_of(object)};
}

static bool count_one(void *context, const struct registry_entry *entry)
{
	CHECK_INT(entry->kind, KIND_PURPOSE);
	return ++*(int *)context < 2;
}

TEST(what_was_put_is_there_until_it_is_deleted)
{
	struct registry *registry;
	struct fault why;
	CHECK_OK(registry_make(&registry, &key, &why), why);
	struct change change = put("a", 5, "{\"id\":\"a\",\"name\":\"first\"}");
	CHECK_OK(registry_apply(registry, &change, &why), why);
	change = put("a", 6, "{\"id\":\"a\",\"name\":\"second\"}");
	CHECK_OK(registry_apply(registry, &change, &why), why);
	const struct registry_entry *entry = registry_get(registry, KIND_PURPOSE, SLICE("a"));
	CHECK_SLICE(object_value(&entry->object, SLICE("name")), SLICE("\"second\""));
	CHECK_INT(entry->revision, 6);
	CHECK_INT(registry_count(registry, KIND_PURPOSE), 1);
	change.op = CHANGE_DELETE;
	change.revision = 7;
	CHECK_OK(registry_apply(registry, &change, &why), why);
	CHECK(registry_get(registry, KIND_PURPOSE, SLICE("a")) == NULL);
	CHECK_INT(registry_revision(registry), 7);
	registry_advance(registry, 3);
	CHECK_INT(registry_revision(registry), 7);
	registry_advance(registry, 9);
	CHECK_INT(registry_revision(registry), 9);
	registry_free(registry);
}

TEST(a_walk_ends_when_the_visitor_has_seen_enough)
{
	struct registry *registry;
	struct fault why;
	int seen = 0;
	CHECK_OK(registry_make(&registry, &key, &why), why);
	static const char *const ids[] = {"a", "b", "c"};
	for (uint64_t i = 0; i < 3; i++) {
		struct change change = put(ids[i], i + 1, "{}");
		CHECK_OK(registry_apply(registry, &change, &why), why);
	}
	registry_each(registry, KIND_PURPOSE, count_one, &seen);
	CHECK_INT(seen, 2);
	registry_free(registry);
}

TEST(a_broken_change_leaves_all_as_it_was)
{
	struct registry *registry;
	struct fault why;
	CHECK_OK(registry_make(&registry, &key, &why), why);
	struct change change = put("a", 1, "{\"id\":\"a\"}");
	CHECK_OK(registry_apply(registry, &change, &why), why);
	struct change broken = put("a", 2, "{\"id\":");
	CHECK_ERROR(registry_apply(registry, &broken, &why), E_SYNTAX);
	broken = put("", 2, "{}");
	CHECK_ERROR(registry_apply(registry, &broken, &why), E_INVALID);
	broken = put("b", 2, "{}");
	broken.kind = KIND_UNKNOWN;
	CHECK_ERROR(registry_apply(registry, &broken, &why), E_INVALID);
	broken = put("b", 2, "{}");
	for (uint64_t nth = 1; nth < 3; nth++) {
		memory_fail_at(nth);
		CHECK_ERROR(registry_apply(registry, &broken, &why), E_MEMORY);
		memory_fail_at(0);
	}
	CHECK_INT(registry_revision(registry), 1);
	CHECK_INT(registry_count(registry, KIND_PURPOSE), 1);
	registry_free(registry);
	memory_fail_at(1);
	CHECK_ERROR(registry_make(&registry, &key, &why), E_MEMORY);
	registry_free(NULL);
}
