/* Reads the configuration file (YAML) into struct config: strict, every key with a default. */
#ifndef TIPSTAFF_DAEMON_CONFIG_H
#define TIPSTAFF_DAEMON_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "gateway/config.h"

/* One key of the file, as shown by `tipstaff serve --help-config` and in tipstaff-config(5). */
struct config_key {
	const char *path;     /* "token.lifetime" */
	const char *preset;   /* what it is where the file says nothing; "" for none */
	const char *says;     /* one sentence */
};
/* The n-th key; NULL behind the last. */
const struct config_key *config_key(unsigned n);

/* All defaults; slices point to constants. */
void config_init(struct config *config);
/*
 * Sets what the file says over the defaults. Files that it names (certificate, key, CA) are read too. Slices live in
 * the arena. Every sentence names file, line and column.
 * E_SYNTAX, E_TYPE: not such a file.  E_INVALID: an unknown key, a value out of range.  E_IO: cannot be read.
 */
MUST_USE enum error config_read(struct config *config, const char *path, struct arena *arena, struct fault *why);
/* "127.0.0.1:7475", "[::1]:0". E_INVALID. */
MUST_USE enum error config_listen(struct config *config, slice address, struct arena *arena, struct fault *why);
/* E_INVALID: settings that do not go together, such as an open address without TLS. */
MUST_USE enum error config_check(const struct config *config, struct fault *why);
bool config_is_loopback(const struct config *config);

#endif
