/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture from files: one after another as one stream. */
#include <stdlib.h>

#include "capture/file_list.h"
#include "capture/file_reader.h"
#include "capture/source.h"

struct files {
	struct capture capture;
	struct file_list list;
	unsigned at;              /* file that is open, or comes next */
	bool open;
	struct file_reader reader;
	uint64_t bytes_before;    /* of files that are done */
	uint64_t corrected;
	int pending;              /* damage to report with the next call: the good frames of this vector went first */
	struct errmsg pending_text;
};

static void file_done(struct files *f)
{
	uint64_t done, total;
	bytes_progress(f->reader.bytes, &done, &total);
	f->bytes_before += total;
	f->corrected += f->reader.state.corrected;
	file_reader_close(&f->reader);
	f->open = false;
	f->at++;
}

/* Open the next file; WEIR_E(NOTFOUND) when all are done. */
static int file_begin(struct files *f, struct errmsg *e)
{
	if (f->at == f->list.count)
		return WEIR_E(NOTFOUND);
	const char *path = f->list.file[f->at].path;
	int err = file_reader_open(&f->reader, path, path, e);
	if (err)
		f->at++; /* it was readable a moment ago: said once, then the next */
	else
		f->open = true;
	return err == WEIR_E(NOTFOUND) ? WEIR_E(IO) : err;
}

static int files_next(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e)
{
	struct files *f = (struct files *)(void *)c;
	unsigned n = 0;
	(void)wait_ms;

	if (f->pending) {
		int err = f->pending;
		*e = f->pending_text;
		f->pending = 0;
		file_done(f);
		return err;
	}
	if (f->open)
		bytes_release(f->reader.bytes);
	while (n < max) {
		int err = f->open ? 0 : file_begin(f, e);
		if (!err)
			err = f->reader.format->next(&f->reader.state, f->reader.bytes, &views[n], e);
		if (!err) {
			n += bpf_filter_match(&c->filter, &views[n]);
			continue;
		}
		if (err == WEIR_E(AGAIN) && n)
			break;
		if (err == WEIR_E(AGAIN)) {
			bytes_release(f->reader.bytes);
			continue;
		}
		if (f->open && n) {
			/* The views point into this file: it is closed with the next call. */
			if (err != WEIR_E(NOTFOUND)) {
				f->pending = err;
				f->pending_text = *e;
			}
			break;
		}
		bool was_open = f->open;
		if (was_open)
			file_done(f);
		if (err == WEIR_E(NOTFOUND) && was_open)
			continue;
		return err;
	}
	return (int)n;
}

static void files_close(struct capture *c)
{
	struct files *f = (struct files *)(void *)c;
	if (f->open)
		file_reader_close(&f->reader);
	file_list_free(&f->list);
	bpf_filter_close(&c->filter);
	free(f);
}

static void files_stats(struct capture *c, struct capture_stats *ret)
{
	struct files *f = (struct files *)(void *)c;
	uint64_t done = 0, total;
	*ret = c->counted;
	if (f->open)
		bytes_progress(f->reader.bytes, &done, &total);
	ret->bytes_done = f->bytes_before + done;
	ret->bytes_total = f->list.total_bytes;
	ret->length_corrected = f->corrected + (f->open ? f->reader.state.corrected : 0);
}

static const char *files_state(const struct capture *c)
{
	(void)c;
	return "file";
}

int capture_open_files(const char *const *paths, unsigned count, const char *filter, struct capture **ret,
		       struct errmsg *e)
{
	struct files *f = calloc(1, sizeof *f);
	if (!f)
		return WEIR_E(NOMEM);
	f->capture = (struct capture){.next = files_next, .close = files_close, .stats = files_stats, .state = files_state};
	int err = bpf_filter_open(&f->capture.filter, filter, e);
	if (!err)
		err = file_list_make(&f->list, paths, count, e);
	if (err) {
		files_close(&f->capture);
		return err;
	}
	*ret = &f->capture;
	return 0;
}
