/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow table's index: from the keyed hash of a flow key to a slot. Open addressing, linear probing, eight cells a cache line.
 *
 *      hash (32 bits of it) ──& mask──►  ┌ hash │ slot + 1 ┐┌ hash │ slot + 1 ┐ …      0 in the second word: empty
 *
 * A cell holds the hash bits, so growing and deleting (back-shift, no tombstones) never touch the records, and a look-up can
 * name its candidate without touching them either: the worker prefetches the candidates of a whole vector and compares keys later.
 * It starts small and doubles at two thirds full up to a size for all slots. One thread.
 */
#ifndef WEIR_FLOW_TABLE_H
#define WEIR_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table_cell {
	uint32_t hash;
	uint32_t slot_1; /* slot + 1; 0: empty */
};

struct table {
	struct table_cell *cells;
	uint32_t mask, count, grow_at;
};

/* 0 or WEIR_E(NOMEM). */
int table_init(struct table *t);
void table_free(struct table *t);
/* The hash must not be there for the same slot. Grows; 0 or WEIR_E(NOMEM) (then nothing changed). */
int table_put(struct table *t, uint32_t hash, uint32_t slot);
/* Remove the cell of slot; no-op when absent. */
void table_remove(struct table *t, uint32_t hash, uint32_t slot);

static inline void table_prefetch(const struct table *t, uint32_t hash)
{
	__builtin_prefetch(&t->cells[hash & t->mask]);
}

/* Slot of the first cell from *at on with this hash, or TABLE_NONE. *at is moved behind it, for asking again. */
static inline uint32_t table_next(const struct table *t, uint32_t hash, uint32_t *at)
{
	for (uint32_t i = *at;; i++) {
		const struct table_cell *c = &t->cells[i & t->mask];
		if (c->slot_1 == 0)
			return TABLE_NONE;
		if (c->hash == hash) {
			*at = i + 1;
			return c->slot_1 - 1;
		}
	}
}

#endif
