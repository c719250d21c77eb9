/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What changed between two Frames of the same list: keeps a hash of each row by its key, so that a tick carries the order of the page and only rows that moved.
 */
#ifndef WEIR_WEB_STREAM_DIFF_H
#define WEIR_WEB_STREAM_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct list_diff {
	uint32_t count;
	uint64_t *keys, *rows; /* hashes of key cell and whole row, in page order; 1000 at most */
	bool begun;
};

void list_diff_free(struct list_diff *d);
/* whole: a Frame object whose first column is the key. Appends to out either the Frame itself (first time, or when snapshot) or
 * {"order":[key…],"changed":[row…],"total":…,"sum":…,"now":…}. False when nothing at all changed (nothing is written). */
bool list_diff_write(struct list_diff *d, const struct text *whole, struct text *out, bool snapshot);

#endif
