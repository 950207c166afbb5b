/* What each process gives up for good once it has what it needs (seccomp, Landlock). */
#ifndef TIPSTAFF_DAEMON_SANDBOX_H
#define TIPSTAFF_DAEMON_SANDBOX_H

#include "base/error.h"
#include "gateway/config.h"

enum sandbox {
	SANDBOX_SIGNER,   /* no network, no files, no new programs */
	SANDBOX_RECORDER, /* no network, no new programs; files of the data and policy folders only */
	SANDBOX_WORKER,   /* network; no new programs, no file but those that names are resolved with */
};

/*
 * Cannot be undone. Where the kernel has no Landlock the folders stay open and the journal says so; without seccomp
 * the process does not run. E_UNSUPPORTED.
 */
MUST_USE enum error sandbox_enter(enum sandbox which, const struct config *config, struct fault *why);

#endif
