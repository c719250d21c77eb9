/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small help for data files that are read whole: a bounded mapping, and joining paths.
 */
#ifndef WEIR_ENRICH_FILE_H
#define WEIR_ENRICH_FILE_H

#include <stddef.h>

#include "base/err.h"

struct file_bytes {
	const char *data;
	size_t len;
};

/* The whole file, mapped read-only; an empty file has len 0. WEIR_E(TOOBIG) past max. */
int file_read(const char *path, size_t max, struct file_bytes *ret, struct errmsg *e);
void file_release(struct file_bytes *f);
/* dir/name; WEIR_E(TOOBIG) when it does not fit. */
int file_path(char *out, size_t size, const char *dir, const char *name);

#endif
