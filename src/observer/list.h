/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists: a sorted, filtered page of any entity that has a field table (flows, hosts), made in portions
 * between the observer's batches.
 *
 *      scan all ──► filter ──► sort key ──► bounded heap of offset + limit ──► in order ──► emit the page
 *
 * A key is up to 48 bytes made once from the value, so that the heap compares words; only texts that agree
 * in their first 40 bytes are compared in full. Equal keys are in the order of the entities' ids: a page
 * is stable while nothing moves. What moves while the portions run may stand where it stood when it was
 * looked at; what has gone when the page is written is left out.
 */
#ifndef WEIR_OBSERVER_LIST_H
#define WEIR_OBSERVER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "record/field.h"
#include "record/filter.h"

#define LIST_LIMIT_MAX 1000u
#define LIST_DEPTH_MAX 100000u /* offset + limit */
#define LIST_KEY_WORDS 6u

struct list_source {
	const struct field_table *table;
	void *ctx;
	uint32_t limit; /* entities are numbered 0 … limit-1, with gaps */
	/* Entity by number, or NULL; valid until the next call with the same room (0 or 1). *ret_id: the
	 * same as long as it is the same entity. */
	const void *(*entity)(void *ctx, uint32_t number, unsigned room, uint64_t *ret_id);
	/* stage 0: 16 ahead, 1: 8 ahead; may be NULL */
	void (*prefetch)(void *ctx, uint32_t number, unsigned stage);
	void (*matched)(void *ctx, const void *entity); /* each that passes the filter: for sums; may be NULL */
	void (*emit)(void *ctx, const void *entity);    /* each of the page, in order */
};

struct list_query {
	const struct filter *filter; /* NULL: all */
	const char *sort;            /* name of a field with a value of its own */
	bool ascending;
	uint32_t offset, limit;
};

struct list_entry {
	uint64_t key[LIST_KEY_WORDS];
	uint64_t id;
	uint32_t number;
	uint32_t text_len;
};

struct list_run {
	struct list_source source;
	struct list_query query;
	const struct field_def *sort;
	uint32_t words;    /* of the key that are used */
	uint32_t position; /* next number to scan, then next entry to emit */
	enum { LIST_SCAN, LIST_SORT, LIST_EMIT, LIST_DONE } phase;
	struct list_entry *heap;
	uint32_t count, room, depth, sorted;
	uint64_t total;
	int error;
};

/* Checks the query; WEIR_E(INVALID) says what is wrong with it. list_end() always, after success. */
int list_begin(struct list_run *run, const struct list_source *source, const struct list_query *query,
	       struct errmsg *e);
/* Work for at most budget_ns; true when the page was emitted (or run->error is set). */
bool list_step(struct list_run *run, uint64_t budget_ns);
void list_end(struct list_run *run);

#endif
