/* The inside of changing an entity store: what one version adds to another, and what the versions share. */
#ifndef TIPSTAFF_CEDAR_CHANGE_H
#define TIPSTAFF_CEDAR_CHANGE_H

#include "cedar/store.h"

#include <stdatomic.h>

/*
 * An entity that is somebody's parent, there or not. Vertices of any version point to it, so it stays until none does;
 * the vertices of the store that was built count for good.
 */
struct name {
	struct cedar_uid uid; /* first */
	_Atomic uint64_t numbers; /* see store_numbers */
	struct family *family;
	size_t holders;       /* vertices that have it as a parent */
	/* Hashes of its children in the newest version. Some may be children no more, or stand there twice. */
	uint64_t *children;
	size_t child_count;
	size_t child_size;
	size_t stale_count;   /* about so many */
	char text[];
};
_Static_assert(offsetof(struct name, numbers) == sizeof(struct cedar_uid), "store_numbers finds it there");

/* What all versions of one store share. Readers of a version see nothing of it. */
struct family {
	struct hash_key key;
	struct trie names;
	struct arena built; /* vertices of the store that the first version was */
	size_t bytes;       /* of what was made since */
	uint64_t edits;     /* changes so far */
	/* Any thread may free a version: it is put here, and the next change, or whoever frees the last one, takes it. */
	_Atomic(struct cedar_entities *) freed;
	atomic_size_t handles; /* versions that are not freed */
};

/* A vertex that a change has made; it is freed when no version has it. */
struct made {
	struct retired retired; /* first; until it is replaced, `next` lists what one change has made */
	struct vertex vertex;
	struct family *family;
	struct made *body;      /* whose texts, values and parents it shows, itself perhaps; NULL: those of a built vertex */
	size_t holders;         /* that show the body which lies here */
	size_t bytes;
	const struct cedar_uid **room; /* for ancestors, in the block itself */
	size_t room_count;
	uint64_t edit;          /* number of the change that made it */
	bool is_dropped;        /* replaced by the same change: no version has it */
	_Alignas(8) char data[];
};

#define EDIT_FEW 16u

/* One change being made. */
struct edit {
	struct family *family;
	struct cedar_entities *version;  /* in the making */
	struct retire_list replaced;     /* what `version` does not have any more */
	struct made *made;
	const struct cedar_uid **work;   /* names whose ancestors are to be computed, or which are gone */
	size_t work_count;
	size_t work_size;
	const struct cedar_uid *first_work[EDIT_FEW]; /* where `work` begins: most changes are small */
	struct fault *why;
};

/* Hashing and comparing for tries whose keys are names. */
void trie_init_names(struct trie *trie, const struct hash_key *key);

/* The name, or NULL where it is nobody's parent. */
struct name *name_find(const struct family *family, const struct cedar_uid *uid);
/* The name with one holder more, made where there is none. E_MEMORY. */
MUST_USE enum error name_take(struct family *family, const struct cedar_uid *uid, struct name **ret_name,
			      struct fault *why);
/* One holder less; the last takes the name with it. */
void name_release(struct name *name);
/* E_MEMORY. `version` tells which of the others are still children. */
MUST_USE enum error name_add_child(struct name *name, uint64_t hash, const struct cedar_entities *version,
				   struct fault *why);
void names_free(struct family *family);

/* Both go to edit->made. `room`: so many ancestors will perhaps do. E_LIMIT: CEDAR_STORE_BYTES_MAX.  E_MEMORY. */
MUST_USE enum error made_new(struct edit *edit, const struct cedar_uid *uid, const struct cedar_entity_input *input,
			     size_t room, struct made **ret_made);
/* The same entity, its ancestors to be computed anew. */
MUST_USE enum error made_again(struct edit *edit, const struct vertex *vertex, struct made **ret_made);
/* Room for its ancestors, and back. */
MUST_USE enum error made_add_ancestors(struct edit *edit, struct vertex *vertex, size_t count,
				       const struct cedar_uid ***ret_ancestors);
void made_drop_ancestors(struct made *made);
/* For retire_add. */
void made_release(struct retired *item);
struct made *made_of(struct vertex *vertex);

/* Puts a vertex in the place of what has its name among the changes. E_MEMORY. */
MUST_USE enum error edit_put(struct edit *edit, struct made *made);
/* Notes that the ancestors of this name, or only of those below it, are to be computed. Borrows it. E_MEMORY. */
MUST_USE enum error edit_add_work(struct edit *edit, const struct cedar_uid *uid);
/* Computes the ancestors of all that stand in the work, and of all below. E_CONFLICT: a cycle.  E_LIMIT, E_MEMORY. */
MUST_USE enum error edit_close(struct edit *edit);

/* Every vertex, present in this version, with this hash. */
void store_each_alike(const struct cedar_entities *entities, uint64_t hash,
		      void (*visit)(void *context, void *vertex), void *context);

/* A store that was built becomes the first version of a family. E_MEMORY: nothing has changed. */
MUST_USE enum error family_open(struct cedar_entities *entities, struct fault *why);
/* What follows `from` and is equal to it so far; `from` does not know it yet. NULL: no memory. */
struct cedar_entities *version_new(struct cedar_entities *from);
/* `version` follows `from`, and `replaced` is what only `from` and older ones have. */
void version_publish(struct cedar_entities *from, struct cedar_entities *version, struct retire_list *replaced);
/* The changes become a part of the table, where they are many. Without memory they stay what they are. */
void version_fold(struct cedar_entities *version, struct retire_list *replaced);
/* From any thread. */
void version_free(struct cedar_entities *version);
/* What was freed meanwhile goes back to the heap. For the thread that makes changes. */
void family_sweep(struct family *family);

#endif
