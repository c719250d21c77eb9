/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers know Landlock up to ABI 2; these are of linux/landlock.h of Linux 6.12. */
struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};
#define ACCESS_FS_TRUNCATE  (1ull << 14) /* ABI 3 */
#define ACCESS_NET_BIND     (1ull << 0)  /* ABI 4 */
#define ACCESS_NET_CONNECT  (1ull << 1)
#define ACCESS_FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define SCOPE_ABSTRACT_UNIX (1ull << 0)  /* ABI 6 */
#define SCOPE_SIGNAL        (1ull << 1)

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_ABI1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static const char *const readable[] = {
	"/proc",
	"/sys",
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/share/zoneinfo",
	"/etc/localtime",
	"/etc/timezone",
	"/etc/ld.so.cache",
	"/etc/nsswitch.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/resolv.conf",
	"/dev/urandom",
	"/dev/random",
	"/dev/null",
};

static struct ruleset_attr rules_of(long abi)
{
	struct ruleset_attr a = {.handled_access_fs = ACCESS_ABI1};
	if (abi >= 2)
		a.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		a.handled_access_fs |= ACCESS_FS_TRUNCATE;
	if (abi >= 4)
		a.handled_access_net = ACCESS_NET_BIND | ACCESS_NET_CONNECT;
	if (abi >= 5)
		a.handled_access_fs |= ACCESS_FS_IOCTL_DEV;
	if (abi >= 6)
		a.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return a;
}

/* A path that is not there needs no rule. Rights that make sense for folders only are left out for a file. */
static int allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (r != 0 && errno == EINVAL) {
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
		r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	int why = errno;
	close(rule.parent_fd);
	errno = why;
	return r == 0 ? 0 : -1;
}

int sandbox_enter(const char *data_dir, const char *library, struct errmsg *e)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset_attr rules = rules_of(abi);
	size_t size = abi >= 6 ? sizeof rules : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
	int fd, bad = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(e, WEIR_E(DENIED), "no_new_privs: %s", strerror(errno));
	if (abi < 1)
		return 1;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return err_set(e, WEIR_E(DENIED), "Landlock: %s", strerror(errno));
	bad = allow(fd, data_dir, rules.handled_access_fs);
	/* The engine reads its own symbols for every exception, and aborts when it can't. */
	if (!bad)
		bad = allow(fd, library, ACCESS_READ) || allow(fd, "/proc/self/exe", ACCESS_READ);
	for (size_t i = 0; !bad && i < sizeof readable / sizeof readable[0]; i++)
		bad = allow(fd, readable[i], ACCESS_READ);
	if (!bad)
		bad = allow(fd, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	if (!bad)
		bad = syscall(SYS_landlock_restrict_self, fd, 0) != 0;
	int why = errno;
	close(fd);
	return bad ? err_set(e, WEIR_E(DENIED), "Landlock: %s", strerror(why)) : 0;
}
