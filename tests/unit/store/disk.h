/*
 * A disk in memory for the log's writer: fails the n-th call, or loses power in the middle of the n-th write, when any
 * part of its sectors may have arrived.
 */
#ifndef TIPSTAFF_TESTS_UNIT_STORE_DISK_H
#define TIPSTAFF_TESTS_UNIT_STORE_DISK_H

#include "store/log_io.h"

#define DISK_FILES_MAX  64
#define DISK_SECTOR     512u
#define DISK_NAME_BYTES 40

struct disk_file {
	char name[DISK_NAME_BYTES];
	char *bytes;
	size_t size;
	size_t room;
	uint64_t inode;
	int64_t modified_ns;
	bool linked;
	bool synced; /* its name survives a loss of power */
};

struct disk {
	struct disk_file files[DISK_FILES_MAX];
	uint64_t random;
	uint64_t calls; /* that can fail, so far */
	uint64_t writes;
	uint64_t fail_call; /* the n-th call fails (1: the first); 0: none */
	int fail_errno;
	uint64_t cut_write; /* power is lost during the n-th write; 0: never */
	bool off;
	uint64_t inodes;
	uint32_t block_bytes;
	int64_t clock_ns;
};

void disk_init(struct disk *disk, uint64_t seed);
void disk_free(struct disk *disk);
struct log_io disk_io(struct disk *disk);
/* Power comes back: counters restart, nothing fails any more; names that were not synced may be gone. */
void disk_power_on(struct disk *disk);
/* NULL where there is none of this name. */
struct disk_file *disk_find(struct disk *disk, const char *name);
uint64_t disk_random(struct disk *disk, uint64_t below);

#endif
