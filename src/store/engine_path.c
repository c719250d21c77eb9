/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"

/* Relative to the folder of the running program. */
static const char *const places[] = {"../.deps/chdb/libchdb.so", "../lib/weir/libchdb.so", "libchdb.so"};

static int take(const char *path, char *out, size_t size)
{
	char *real = realpath(path, NULL);
	int err = WEIR_E(NOTFOUND);
	if (real && access(real, R_OK) == 0 && strlen(real) < size) {
		strcpy(out, real);
		err = 0;
	}
	free(real);
	return err;
}

int engine_path_find(const char *wanted, char *out, size_t size, struct errmsg *e)
{
	char path[PATH_MAX];
	const char *named = wanted ? wanted : getenv("WEIR_ENGINE");

	if (named && *named)
		return take(named, out, size) == 0
			       ? 0
			       : err_set(e, WEIR_E(NOTFOUND), "the engine %s can't be read; check --engine", named);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (program_path(places[i], path, sizeof path) == 0 && take(path, out, size) == 0)
			return 0;
	if (take("/usr/lib/weir/libchdb.so", out, size) == 0)
		return 0;
	return err_set(
		e, WEIR_E(NOTFOUND),
		"libchdb.so, the embedded database engine, is missing: `scripts/install-deps --run` fetches it; or start with "
		"--store none (no history), or --store clickhouse://… (a server)");
}
