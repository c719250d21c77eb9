/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capture files that a command line names: folders opened up, put in the order of their first frames. */
#ifndef WEIR_CAPTURE_FILE_LIST_H
#define WEIR_CAPTURE_FILE_LIST_H

#include <stdint.h>

#include "base/err.h"

struct file_list {
	struct listed_file {
		char *path;
		uint64_t first_ns; /* UINT64_MAX: no frame could be read */
		unsigned number;   /* as named, for a stable order */
	} * file;
	unsigned count, room;
	uint64_t total_bytes; /* 0 when a pipe is among them */
};

/* An unreadable or unknown file that was named is an error; in a folder, what is no capture is left out. */
int file_list_make(struct file_list *l, const char *const *paths, unsigned count, struct errmsg *e);
void file_list_free(struct file_list *l);

#endif
