/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture from files: one after another as one stream. */
#include <stdlib.h>

#include "capture/file_list.h"
#include "capture/file_reader.h"
#include "capture/source.h"

struct files {
	struct capture capture;
	struct file_list list;
	unsigned at; /* file that is open, or comes next */
	bool open;
	struct file_reader reader;
	uint64_t bytes_before; /* of files that are done */
	uint64_t corrected;
	int pending; /* damage to tell with the next call: the good frames of this vector went first */
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

/* The next frame that matches. held: views of this vector that point into the file. 0, or what ends the vector. */
static int frame_next(struct files *f, struct packet_view *view, unsigned held, struct errmsg *e)
{
	for (;;) {
		int err = f->reader.format->next(&f->reader.state, f->reader.bytes, view, e);
		if (bytes_is_cut(f->reader.bytes))
			return err_set(e, WEIR_E(TRUNCATED),
				       "%s: was cut short while it was read, at frame %llu; what was good is kept",
				       f->reader.state.name, (unsigned long long)f->reader.state.frames);
		if (!err && bpf_filter_match(&f->capture.filter, view))
			return 0;
		if (err && (err != WEIR_E(AGAIN) || held))
			return err;
		if (!held) /* nothing points into what was read: a stretch that does not match takes no memory */
			bytes_release(f->reader.bytes);
	}
}

/* The damage that the vector before ran into: said now, and the file is done. */
static int report(struct files *f, int err, const struct errmsg *why, struct errmsg *e)
{
	if (f->open)
		file_done(f);
	f->pending = 0;
	return err_set(e, err, "%s", why->text);
}

static int files_next(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e)
{
	struct files *f = (struct files *)(void *)c;
	struct errmsg why = {{0}};
	unsigned n = 0;
	(void)wait_ms;

	if (f->pending)
		return report(f, f->pending, &f->pending_text, e);
	if (f->open)
		bytes_release(f->reader.bytes);
	while (n < max) {
		int err = 0;
		if (!f->open && (err = file_begin(f, &why)) != 0)
			return err == WEIR_E(NOTFOUND) ? err : report(f, err, &why, e);
		err = frame_next(f, &views[n], n, &why);
		n += !err;
		if (err && n == 0 && err != WEIR_E(NOTFOUND))
			return report(f, err, &why, e);
		if (err && n) {
			/* The views point into this file: it is closed, or its damage told, with the next call. */
			f->pending = err == WEIR_E(AGAIN) || err == WEIR_E(NOTFOUND) ? 0 : err;
			f->pending_text = why;
			break;
		}
		if (err)
			file_done(f);
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
	f->capture = (struct capture){
		.next = files_next, .close = files_close, .stats = files_stats, .state = files_state};
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
