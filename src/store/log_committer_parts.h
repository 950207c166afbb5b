/* The inside of the committer, shared by log_committer.c and log_sources.c only. */
#ifndef TIPSTAFF_STORE_LOG_COMMITTER_PARTS_H
#define TIPSTAFF_STORE_LOG_COMMITTER_PARTS_H

#include "store/log_committer.h"

#include <pthread.h>

enum source_state {
	SOURCE_FREE = 0,
	SOURCE_TAKEN,    /* being set up by log_committer_add_source */
	SOURCE_ACTIVE,
	SOURCE_DROPPED,  /* broke its ring: not touched any more */
	SOURCE_REMOVING, /* by log_committer_remove_source; the committer frees it */
};

struct source {
	_Atomic unsigned state;
	struct log_channel *channel;
	struct ring requests;
	struct ring acks;
	int eventfd;
	uint32_t kinds;
	/* this round */
	size_t room; /* acknowledgements that fit besides those staged */
	bool answered;
};

/* One request of this round and its answer so far. */
struct staged {
	uint64_t tag;
	uint64_t index;
	uint32_t code;
	uint32_t source;
};

/* A call of log_committer_append_wait, on the caller's stack. */
struct waiter {
	struct waiter *next;
	const slice *records;
	size_t count;
	size_t bytes;
	uint64_t index;
	enum error code;
	struct fault why;
	bool in_batch;
	bool done;
};

struct log_committer {
	struct log_committer_options options;
	struct log_writer *writer;
	struct log_status *status;
	pthread_t thread;
	unsigned short_spins; /* left; see LOG_COMMITTER_SHORT_SPINS */
	pthread_t runway_thread;
	_Atomic bool stopping;
	_Atomic bool has_waiters;

	struct source sources[LOG_SOURCES_MAX];
	unsigned turn; /* the source that is asked first */
	struct staged *staged;
	size_t staged_count;
	bool told_fault;
	uint64_t watched_ns;

	pthread_mutex_t lock;   /* guards all below */
	pthread_cond_t changed; /* a waiter is done, a source is free */
	pthread_cond_t runway;  /* a segment is wanted, or stopping */
	struct waiter *waiters;
	struct waiter **waiters_end;
	uint64_t head_size;     /* as of the last watch */
	struct merkle_hash head_root;
	enum error runway_code; /* damage found by the runway thread */
	struct fault runway_why;
};

#define STAGED_MAX FRAME_RECORDS_MAX

uint64_t log_committer_monotonic_ns(void);
/* Fills batch and staged answers from the rings. */
void log_sources_gather(struct log_committer *committer);
bool log_sources_have_work(struct log_committer *committer);
/* Sends the staged answers; `code` is that of the commit. */
void log_sources_answer(struct log_committer *committer, enum error code);
/* Frees what is to be removed. */
void log_sources_sweep(struct log_committer *committer);

#endif
