#include "daemon/sandbox.h"

#include "net/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- Landlock: which files can still be opened --- */

#define FILE_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Moving a file from one folder to another; kernels before 5.19 do not know it and then refuse such moves. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif

#define FILE_WRITE                                                                                                     \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                   \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define FILE_ALL                                                                                                       \
	(FILE_READ | FILE_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                          \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                  \
	 LANDLOCK_ACCESS_FS_MAKE_SYM)

static void allow(int ruleset, const char *path, uint64_t access)
{
	int folder = open(path, O_PATH | O_CLOEXEC);
	/* What is not there needs no permission. */
	if (folder < 0)
		return;
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = folder};
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(folder);
}

static void allow_slice(int ruleset, slice path, uint64_t access)
{
	char text[4096];
	if (path.len == 0 || path.len >= sizeof(text))
		return;
	memcpy(text, path.ptr, path.len);
	text[path.len] = '\0';
	allow(ruleset, text, access);
}

static void close_files(enum sandbox which, const struct config *config)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t refer = version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
	struct landlock_ruleset_attr attr = {.handled_access_fs = FILE_ALL | refer};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0) {
		journal_event("sandbox.no_landlock", "reason", strerror(errno), NULL);
		return;
	}
	if (which == SANDBOX_RECORDER) {
		allow_slice(ruleset, config->data_dir, FILE_READ | FILE_WRITE | refer);
		allow_slice(ruleset, config->policy_dir, FILE_READ);
	}
	/* Names are resolved by the worker; nothing else of the file system is its business. */
	if (which == SANDBOX_WORKER) {
		const char *const needed[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
					      "/etc/gai.conf", "/run/systemd/resolve"};
		for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
			allow(ruleset, needed[i], LANDLOCK_ACCESS_FS_READ_FILE);
		/* The resolver loads its modules when it is first used. */
		const char *const libraries[] = {"/lib", "/usr/lib", "/etc/ld.so.cache"};
		for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
			allow(ruleset, libraries[i], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
	}
#ifdef __SANITIZE_ADDRESS__ /* reports name functions, for which the program and /proc are read */
	allow(ruleset, "/", FILE_READ);
#endif
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		journal_event("sandbox.no_landlock", "reason", strerror(errno), NULL);
	close(ruleset);
}

/* --- seccomp: which calls still work --- */

/* Nobody in the house needs these any more. */
static const int never[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
#ifndef __SANITIZE_ADDRESS__ /* the leak check at exit stops its own threads with it */
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(setuid), SCMP_SYS(setgid),
	SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(capset), SCMP_SYS(userfaultfd), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(io_uring_setup), SCMP_SYS(personality), SCMP_SYS(clock_settime),
	SCMP_SYS(settimeofday), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(pidfd_getfd),
};

/* For processes without network. */
static const int network[] = {
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
	SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
};

/* For the signer, which has read its keys. */
static const int files[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat),
	SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(chmod),
	SCMP_SYS(fchmodat), SCMP_SYS(truncate),
};

static int forbid(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
		/* A call that this machine does not have needs no rule. */
		if (failed != 0 && failed != -EDOM)
			return failed;
	}
	return 0;
}

static enum error close_calls(enum sandbox which, struct fault *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return FAIL(why, E_UNSUPPORTED, "cannot make a seccomp filter");
	int failed = forbid(filter, never, sizeof(never) / sizeof(never[0]));
	if (failed == 0 && which != SANDBOX_WORKER)
		failed = forbid(filter, network, sizeof(network) / sizeof(network[0]));
	if (failed == 0 && which == SANDBOX_SIGNER)
		failed = forbid(filter, files, sizeof(files) / sizeof(files[0]));
	if (failed == 0)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	if (failed != 0)
		return FAIL(why, E_UNSUPPORTED, "cannot load the seccomp filter: %s", strerror(-failed));
	return E_OK;
}

enum error sandbox_enter(enum sandbox which, const struct config *config, struct fault *why)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return FAIL(why, E_UNSUPPORTED, "cannot give up new privileges: %s", strerror(errno));
#ifndef __SANITIZE_ADDRESS__
	/* A core of the signer would hold the keys. */
	if (which == SANDBOX_SIGNER)
		prctl(PR_SET_DUMPABLE, 0);
#endif
	close_files(which, config);
	return close_calls(which, why);
}
