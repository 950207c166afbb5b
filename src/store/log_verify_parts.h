/* The inside of offline verification, shared by log_verify.c and log_verify_checkpoints.c only. */
#ifndef TIPSTAFF_STORE_LOG_VERIFY_PARTS_H
#define TIPSTAFF_STORE_LOG_VERIFY_PARTS_H

#include "store/log_verify.h"

#define VERIFY_NAME_BYTES 64u

struct verify_checkpoint {
	uint64_t size;
	struct merkle_hash root;
	char name[VERIFY_NAME_BYTES]; /* of its file */
};

/* Ascending by size; `next` is the first that the tree has not reached. */
struct verify_checkpoints {
	struct verify_checkpoint *items;
	size_t count;
	size_t room;
	size_t next;
};

/*
 * Reads `checkpoint` and everything in `checkpoints/`. On failure the report names the file.
 * E_SIGNATURE: the key did not sign one, or it is of another log.  E_CORRUPT: not a checkpoint.  E_IO, E_MEMORY.
 */
MUST_USE enum error verify_checkpoints_load(struct verify_checkpoints *checkpoints, int directory_fd, slice origin,
					    const struct note_key *key, struct log_verify_report *report,
					    struct fault *why);
void verify_checkpoints_free(struct verify_checkpoints *checkpoints);

#endif
