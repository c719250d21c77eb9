/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define CELLS_MIN 64u

static struct map_cell *cells_make(uint32_t count)
{
	struct map_cell *cells = malloc(count * sizeof *cells);
	for (uint32_t i = 0; cells && i < count; i++)
		cells[i] = (struct map_cell){0, MAP_NONE};
	return cells;
}

int map_init(struct map *m, uint32_t max)
{
	*m = (struct map){.max = max, .mask = CELLS_MIN - 1};
	m->cells = cells_make(CELLS_MIN);
	return m->cells ? 0 : WEIR_E(NOMEM);
}

void map_free(struct map *m)
{
	free(m->cells);
	*m = (struct map){0};
}

static uint32_t short_hash(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

uint32_t map_get(const struct map *m, uint64_t hash, const void *key, map_equal_fn *equal, const void *ctx)
{
	uint32_t h = short_hash(hash);
	for (uint32_t i = h & m->mask;; i = (i + 1) & m->mask) {
		if (m->cells[i].value == MAP_NONE)
			return MAP_NONE;
		if (m->cells[i].hash == h && equal(ctx, m->cells[i].value, key))
			return m->cells[i].value;
	}
}

static void cell_place(struct map_cell *cells, uint32_t mask, struct map_cell cell)
{
	uint32_t i = cell.hash & mask;
	while (cells[i].value != MAP_NONE)
		i = (i + 1) & mask;
	cells[i] = cell;
}

/* Double when three quarters are full. */
static int map_grow(struct map *m)
{
	uint32_t size = m->mask + 1;
	if (m->count + 1 <= size / 4 * 3)
		return 0;
	struct map_cell *cells = cells_make(size * 2);
	if (!cells)
		return WEIR_E(NOMEM);
	for (uint32_t i = 0; i < size; i++)
		if (m->cells[i].value != MAP_NONE)
			cell_place(cells, size * 2 - 1, m->cells[i]);
	free(m->cells);
	m->cells = cells;
	m->mask = size * 2 - 1;
	return 0;
}

int map_put(struct map *m, uint64_t hash, uint32_t value)
{
	if (m->count >= m->max || map_grow(m) != 0)
		return WEIR_E(NOMEM);
	cell_place(m->cells, m->mask, (struct map_cell){short_hash(hash), value});
	m->count++;
	return 0;
}

/* Close the gap at i: move back each later cell of the run whose home is not behind the gap. */
static void gap_close(struct map *m, uint32_t gap)
{
	for (uint32_t i = (gap + 1) & m->mask; m->cells[i].value != MAP_NONE; i = (i + 1) & m->mask) {
		uint32_t home = m->cells[i].hash & m->mask;
		if (((i - home) & m->mask) >= ((i - gap) & m->mask)) {
			m->cells[gap] = m->cells[i];
			gap = i;
		}
	}
	m->cells[gap].value = MAP_NONE;
}

void map_remove(struct map *m, uint64_t hash, uint32_t value)
{
	for (uint32_t i = short_hash(hash) & m->mask; m->cells[i].value != MAP_NONE; i = (i + 1) & m->mask) {
		if (m->cells[i].value != value)
			continue;
		gap_close(m, i);
		m->count--;
		return;
	}
}
