/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define TABLE_FIRST_CELLS 4096u
#define TABLE_HUGE        ((size_t)4 << 20) /* from here on huge pages: random access to small ones costs a page walk each */

static struct table_cell *cells_alloc(uint32_t count)
{
	size_t bytes = sizeof(struct table_cell) * (size_t)count;
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (bytes >= TABLE_HUGE)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

static void cells_free(struct table_cell *cells, uint32_t mask)
{
	munmap(cells, sizeof *cells * ((size_t)mask + 1));
}

int table_init(struct table *t)
{
	*t = (struct table){.cells = cells_alloc(TABLE_FIRST_CELLS), .mask = TABLE_FIRST_CELLS - 1};
	t->grow_at = TABLE_FIRST_CELLS / 3 * 2;
	return t->cells ? 0 : WEIR_E(NOMEM);
}

void table_free(struct table *t)
{
	if (t->cells)
		cells_free(t->cells, t->mask);
	*t = (struct table){0};
}

static void place(struct table_cell *cells, uint32_t mask, struct table_cell cell)
{
	uint32_t i = cell.hash & mask;
	while (cells[i].slot_1)
		i = (i + 1) & mask;
	cells[i] = cell;
}

static int grow(struct table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	struct table_cell *cells = mask > t->mask ? cells_alloc(mask + 1) : NULL;

	if (!cells)
		return WEIR_E(NOMEM);
	for (uint32_t i = 0; i <= t->mask; i++)
		if (t->cells[i].slot_1)
			place(cells, mask, t->cells[i]);
	cells_free(t->cells, t->mask);
	t->cells = cells;
	t->mask = mask;
	t->grow_at = (mask + 1) / 3 * 2;
	return 0;
}

int table_put(struct table *t, uint32_t hash, uint32_t slot)
{
	/* Without memory to grow, go on until one cell in sixteen is free: probing needs an empty one to stop at. */
	if (t->count >= t->grow_at && grow(t) < 0 && t->count > t->mask - t->mask / 16)
		return WEIR_E(NOMEM);
	place(t->cells, t->mask, (struct table_cell){hash, slot + 1});
	t->count++;
	return 0;
}

void table_remove(struct table *t, uint32_t hash, uint32_t slot)
{
	uint32_t hole = hash & t->mask;

	while (t->cells[hole].slot_1 != slot + 1) {
		if (t->cells[hole].slot_1 == 0)
			return;
		hole = (hole + 1) & t->mask;
	}
	/* Close the gap: move back every cell that may lie at the hole, i.e. whose home is not between the hole and itself. */
	for (uint32_t i = (hole + 1) & t->mask; t->cells[i].slot_1; i = (i + 1) & t->mask) {
		uint32_t home = t->cells[i].hash & t->mask;
		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->cells[hole] = t->cells[i];
			hole = i;
		}
	}
	t->cells[hole].slot_1 = 0;
	t->count--;
}
