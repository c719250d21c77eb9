/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/program.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

int program_path(const char *relative, char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	out[0] = '\0';
	if (n <= 0)
		return WEIR_E(NOTFOUND);
	self[n] = '\0';
	*strrchr(self, '/') = '\0'; /* the kernel's path is absolute */
	int len = snprintf(out, size, "%s%s%s", self, *relative ? "/" : "", relative);
	if (len < 0 || (size_t)len >= size) {
		out[0] = '\0';
		return WEIR_E(TOOBIG);
	}
	return 0;
}
