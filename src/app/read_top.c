/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The N largest rows: a binary heap with the smallest of them on top, which gives way to a larger one. Of equal rows the one
 * that comes first in the usual order stays, so that the choice does not hang on the order in which flows ended.
 */
#include <stdlib.h>
#include <string.h>

#include "app/read.h"

struct top_row {
	struct sort_key key;
	char *row;
};

struct top {
	uint32_t count, max;
	struct top_row rows[];
};

int top_create(uint32_t n, struct top **ret)
{
	struct top *t = calloc(1, sizeof *t + n * sizeof t->rows[0]);
	if (!t)
		return WEIR_E(NOMEM);
	t->max = n;
	*ret = t;
	return 0;
}

void top_free(struct top *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->count; i++)
		free(t->rows[i].row);
	free(t);
}

bool top_wants(const struct top *t, const struct sort_key *key)
{
	return t->count < t->max || sort_key_cmp(key, &t->rows[0].key) < 0;
}

/* a belongs nearer to the top of the heap than b: it comes later in order. */
static bool above(const struct top *t, uint32_t a, uint32_t b)
{
	return sort_key_cmp(&t->rows[a].key, &t->rows[b].key) > 0;
}

static void swap(struct top *t, uint32_t a, uint32_t b)
{
	struct top_row row = t->rows[a];
	t->rows[a] = t->rows[b];
	t->rows[b] = row;
}

static void sift_up(struct top *t, uint32_t i)
{
	for (; i && above(t, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(t, i, (i - 1) / 2);
}

static void sift_down(struct top *t, uint32_t i)
{
	for (;;) {
		uint32_t best = i;
		for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < t->count; child++)
			if (above(t, child, best))
				best = child;
		if (best == i)
			return;
		swap(t, i, best);
		i = best;
	}
}

int top_add(struct top *t, const struct sort_key *key, const char *row)
{
	struct top_row new = {*key, malloc(key->len ? key->len : 1)};

	if (!new.row)
		return WEIR_E(NOMEM);
	memcpy(new.row, row, key->len);
	if (t->count < t->max) {
		t->rows[t->count] = new;
		sift_up(t, t->count++);
	} else {
		free(t->rows[0].row);
		t->rows[0] = new;
		sift_down(t, 0);
	}
	return 0;
}

int top_finish(struct top *t, bool ranked, struct sorter *s, struct errmsg *e)
{
	int err = 0;

	for (uint32_t i = 0; i < t->count && err == 0; i++) {
		struct sort_key key = t->rows[i].key;
		if (!ranked)
			key.rank = 0;
		err = sorter_add(s, &key, t->rows[i].row, e);
	}
	return err;
}
