/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorting more rows than memory holds (Knuth, TAOCP 3, 5.4): rows gather in one arena; when it is full they are sorted and written
 * as a run to an unlinked temporary file; at the end all runs are merged. Past RUNS_MAX runs these are merged into one first.
 *
 *   arena:  [ key | row ][ key | row ] …      items: offsets of the keys, sorted by them
 *   file:   run 0: key row key row …   run 1: …
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/read.h"

#define RUNS_MAX   128
#define RUN_BUFFER (64u << 10)

struct run {
	off_t pos, end; /* in the file; pos moves while it is read */
	uint8_t *buffer;
	size_t have, used;
	struct sort_key key; /* the next row */
	char *row;
	size_t row_size;
};

struct sorter {
	uint8_t *arena;
	size_t arena_size, arena_used;
	uint64_t *items;
	size_t item_count, item_room;
	int fd; /* of the runs; -1: none yet */
	off_t file_end;
	struct run runs[RUNS_MAX];
	unsigned run_count;
};

int sort_key_cmp(const struct sort_key *a, const struct sort_key *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->last_ns != b->last_ns)
		return a->last_ns < b->last_ns ? -1 : 1;
	int d = memcmp(&a->key, &b->key, sizeof a->key);
	if (d)
		return d;
	if (a->flow_id != b->flow_id)
		return a->flow_id < b->flow_id ? -1 : 1;
	return a->slice_no < b->slice_no ? -1 : a->slice_no > b->slice_no;
}

int sorter_create(size_t memory_bytes, struct sorter **ret)
{
	struct sorter *s = calloc(1, sizeof *s);

	if (!s)
		return WEIR_E(NOMEM);
	s->fd = -1;
	s->arena_size = memory_bytes;
	s->arena = malloc(memory_bytes); /* touched as used */
	if (!s->arena) {
		free(s);
		return WEIR_E(NOMEM);
	}
	*ret = s;
	return 0;
}

void sorter_free(struct sorter *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < RUNS_MAX; i++) {
		free(s->runs[i].buffer);
		free(s->runs[i].row);
	}
	if (s->fd >= 0)
		close(s->fd);
	free(s->arena);
	free(s->items);
	free(s);
}

static int cmp_items(const void *a, const void *b, void *arena)
{
	struct sort_key x, y;
	memcpy(&x, (const uint8_t *)arena + *(const uint64_t *)a, sizeof x);
	memcpy(&y, (const uint8_t *)arena + *(const uint64_t *)b, sizeof y);
	return sort_key_cmp(&x, &y);
}

static void sort_arena(struct sorter *s)
{
	qsort_r(s->items, s->item_count, sizeof *s->items, cmp_items, s->arena);
}

/* An unlinked file in $TMPDIR. */
static int open_temporary(struct errmsg *e)
{
	const char *dir = getenv("TMPDIR");
	char path[480];

	if (!dir || !*dir)
		dir = "/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* a file system without O_TMPFILE */
		snprintf(path, sizeof path, "%.440s/weir-read-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return err_set(e, WEIR_E(IO), "can't make a temporary file in %.300s: %s; set TMPDIR to another folder",
			       dir, strerror(errno));
	return fd;
}

static int write_at(int fd, const void *data, size_t n, off_t *pos, struct errmsg *e)
{
	for (const uint8_t *p = data; n;) {
		ssize_t w = pwrite(fd, p, n, *pos);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return err_set(e, errno == ENOSPC ? WEIR_E(FULL) : WEIR_E(IO),
				       "can't write the temporary file of sorted rows: %s; set TMPDIR to a folder "
				       "with more room",
				       strerror(errno));
		p += w;
		n -= (size_t)w;
		*pos += w;
	}
	return 0;
}

/* --- runs: written --- */

struct run_writer {
	int fd;
	off_t pos;
	struct text pending;
	struct errmsg *e;
};

static int run_write(void *ctx, const struct sort_key *key, const char *row)
{
	struct run_writer *w = ctx;

	text_add(&w->pending, key, sizeof *key);
	text_add(&w->pending, row, key->len);
	if (w->pending.failed)
		return err_set(w->e, WEIR_E(NOMEM), "out of memory");
	if (w->pending.len < RUN_BUFFER)
		return 0;
	int err = write_at(w->fd, w->pending.buf, w->pending.len, &w->pos, w->e);
	text_clear(&w->pending);
	return err;
}

static int run_write_end(struct run_writer *w)
{
	int err = w->pending.len ? write_at(w->fd, w->pending.buf, w->pending.len, &w->pos, w->e) : 0;
	text_free(&w->pending);
	return err;
}

static int emit_arena(struct sorter *s, sort_emit_fn *emit, void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < s->item_count && err >= 0; i++) {
		struct sort_key key;
		memcpy(&key, s->arena + s->items[i], sizeof key);
		err = emit(ctx, &key, (const char *)s->arena + s->items[i] + sizeof key);
	}
	return err < 0 ? err : 0;
}

static int merge(struct sorter *s, sort_emit_fn *emit, void *ctx, struct errmsg *e);

/* Make one run of all, in a file of its own. */
static int merge_into_one(struct sorter *s, struct errmsg *e)
{
	struct run_writer w = {.e = e};

	w.fd = open_temporary(e);
	if (w.fd < 0)
		return w.fd;
	int err = merge(s, run_write, &w, e);
	int end = run_write_end(&w);
	if (err == 0)
		err = end;
	if (err < 0) {
		close(w.fd);
		return err;
	}
	close(s->fd);
	s->fd = w.fd;
	s->file_end = w.pos;
	s->runs[0].pos = 0;
	s->runs[0].end = w.pos;
	s->run_count = 1;
	return 0;
}

/* Sort what is in memory and write it as a run. */
static int spill(struct sorter *s, struct errmsg *e)
{
	int err;

	if (s->fd < 0 && (s->fd = open_temporary(e)) < 0)
		return s->fd;
	if (s->run_count == RUNS_MAX && (err = merge_into_one(s, e)) < 0)
		return err;
	struct run_writer w = {.fd = s->fd, .pos = s->file_end, .e = e};
	sort_arena(s);
	err = emit_arena(s, run_write, &w);
	int end = run_write_end(&w);
	if (err == 0)
		err = end;
	if (err < 0)
		return err;
	s->runs[s->run_count].pos = s->file_end;
	s->runs[s->run_count].end = w.pos;
	s->run_count++;
	s->file_end = w.pos;
	s->arena_used = s->item_count = 0;
	return 0;
}

int sorter_add(struct sorter *s, const struct sort_key *key, const char *row, struct errmsg *e)
{
	size_t need = sizeof *key + key->len;
	int err;

	if (need > s->arena_size)
		return err_set(e, WEIR_E(TOOBIG), "a row of %zu bytes is too long to sort", need);
	/* Items count too: 8 bytes, and as many for sorting them. */
	if (s->arena_used + need + 16 * s->item_count > s->arena_size && (err = spill(s, e)) < 0)
		return err;
	if (s->item_count == s->item_room) {
		size_t room = s->item_room ? 2 * s->item_room : 1024;
		uint64_t *grown = realloc(s->items, room * sizeof *grown);
		if (!grown)
			return err_set(e, WEIR_E(NOMEM), "out of memory");
		s->items = grown;
		s->item_room = room;
	}
	s->items[s->item_count++] = s->arena_used;
	memcpy(s->arena + s->arena_used, key, sizeof *key);
	memcpy(s->arena + s->arena_used + sizeof *key, row, key->len);
	s->arena_used += need;
	return 0;
}

/* --- runs: read and merged --- */

/* The next n bytes of the run. */
static int run_read(struct sorter *s, struct run *r, void *out, size_t n, struct errmsg *e)
{
	for (uint8_t *p = out; n;) {
		if (r->used == r->have) {
			size_t left = (size_t)(r->end - r->pos);
			ssize_t got = pread(s->fd, r->buffer, left < RUN_BUFFER ? left : RUN_BUFFER, r->pos);
			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0)
				return err_set(e, WEIR_E(IO), "can't read the temporary file of sorted rows: %s",
					       got ? strerror(errno) : "it ends too early");
			r->pos += got;
			r->have = (size_t)got;
			r->used = 0;
		}
		size_t take = r->have - r->used < n ? r->have - r->used : n;
		memcpy(p, r->buffer + r->used, take);
		r->used += take;
		p += take;
		n -= take;
	}
	return 0;
}

/* Load the run's next row: 1, 0 at its end, or an error. */
static int run_next(struct sorter *s, struct run *r, struct errmsg *e)
{
	if (r->used == r->have && r->pos == r->end)
		return 0;
	int err = run_read(s, r, &r->key, sizeof r->key, e);
	if (err < 0)
		return err;
	if (r->key.len > r->row_size) {
		char *grown = realloc(r->row, r->key.len);
		if (!grown)
			return err_set(e, WEIR_E(NOMEM), "out of memory");
		r->row = grown;
		r->row_size = r->key.len;
	}
	err = run_read(s, r, r->row, r->key.len, e);
	return err < 0 ? err : 1;
}

static int merge(struct sorter *s, sort_emit_fn *emit, void *ctx, struct errmsg *e)
{
	struct run *live[RUNS_MAX];
	unsigned count = 0;
	int err;

	for (unsigned i = 0; i < s->run_count; i++) {
		struct run *r = &s->runs[i];
		r->have = r->used = 0;
		if (!r->buffer && !(r->buffer = malloc(RUN_BUFFER)))
			return err_set(e, WEIR_E(NOMEM), "out of memory");
		if ((err = run_next(s, r, e)) < 0)
			return err;
		if (err)
			live[count++] = r;
	}
	while (count) {
		unsigned least = 0;
		for (unsigned i = 1; i < count; i++)
			if (sort_key_cmp(&live[i]->key, &live[least]->key) < 0)
				least = i;
		if ((err = emit(ctx, &live[least]->key, live[least]->row)) < 0)
			return err;
		if ((err = run_next(s, live[least], e)) < 0)
			return err;
		if (!err)
			live[least] = live[--count];
	}
	return 0;
}

int sorter_finish(struct sorter *s, sort_emit_fn *emit, void *ctx, struct errmsg *e)
{
	int err;

	if (s->run_count == 0) {
		sort_arena(s);
		return emit_arena(s, emit, ctx);
	}
	if (s->item_count && (err = spill(s, e)) < 0)
		return err;
	return merge(s, emit, ctx, e);
}
