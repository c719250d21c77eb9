/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/datadir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int datadir_path(const char *wanted, char *out, size_t size, struct errmsg *e)
{
	const char *home = getenv("HOME"), *state = getenv("XDG_STATE_HOME"), *service = getenv("STATE_DIRECTORY");
	char here[2048];
	int n;

	if (wanted && *wanted == '/')
		n = snprintf(out, size, "%s", wanted);
	else if (wanted && getcwd(here, sizeof here))
		n = snprintf(out, size, "%s/%s", here, wanted);
	else if (service && *service == '/') /* systemd's StateDirectory= */
		n = snprintf(out, size, "%s", service);
	else if (geteuid() == 0)
		n = snprintf(out, size, "/var/lib/weir");
	else if (state && *state == '/')
		n = snprintf(out, size, "%s/weir", state);
	else if (home && *home == '/')
		n = snprintf(out, size, "%s/.local/state/weir", home);
	else
		return err_set(e, WEIR_E(INVALID), "there is no home folder to keep data in; name one with --data DIR");
	if (n < 0 || (size_t)n >= size)
		return err_set(e, WEIR_E(TOOBIG),
			       "the path of the data folder is too long; choose another with --data DIR");
	return 0;
}

/* mkdir -p; folders above it get the usual mode, ours 0700. */
static int make_path(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		int r = mkdir(path, 0755);
		*p = '/';
		if (r != 0 && errno != EEXIST)
			return -1;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int datadir_open(const char *wanted, char *out, size_t size, struct errmsg *e)
{
	int err = datadir_path(wanted, out, size, e);
	if (err)
		return err;
	if (make_path(out) != 0)
		return err_set(e, WEIR_E(IO), "can't make the data folder %s: %s; choose another with --data DIR", out,
			       strerror(errno));
	return 0;
}
