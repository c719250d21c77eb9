/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/file_reader.h"

#include <string.h>

static const struct file_format *const formats[] = {&pcap_format, &pcapng_format};

int file_reader_open(struct file_reader *r, const char *path, const char *name, struct errmsg *e)
{
	size_t left;
	*r = (struct file_reader){.state = {.name = name}};
	int err = bytes_open(path, &r->bytes, e);
	if (err)
		return err;
	const uint8_t *first = bytes_peek(r->bytes, 4, &left);
	for (size_t i = 0; first && i < sizeof formats / sizeof formats[0]; i++)
		if (formats[i]->recognises(first))
			r->format = formats[i];
	if (!first)
		err = err_set(e, WEIR_E(TRUNCATED), "%s: %s", name, left ? "too short for a capture file" : "is empty");
	else if (!r->format)
		err = err_set(e, WEIR_E(UNSUPPORTED),
			      "%s: is no capture file (pcap and pcapng are read, also packed by gzip or zstd)", name);
	else
		err = r->format->begin(&r->state, r->bytes, e);
	if (err)
		file_reader_close(r);
	return err;
}

void file_reader_close(struct file_reader *r)
{
	if (r->format)
		r->format->end(&r->state);
	bytes_close(r->bytes);
	r->bytes = NULL;
	r->format = NULL;
}
