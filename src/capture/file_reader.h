/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One open capture file of any known format. */
#ifndef WEIR_CAPTURE_FILE_READER_H
#define WEIR_CAPTURE_FILE_READER_H

#include "capture/file_format.h"

struct file_reader {
	struct byte_stream *bytes;
	const struct file_format *format;
	struct format_state state;
};

/* WEIR_E(UNSUPPORTED) for what is no capture file. name must outlive the reader. */
int file_reader_open(struct file_reader *r, const char *path, const char *name, struct errmsg *e);
void file_reader_close(struct file_reader *r);

#endif
