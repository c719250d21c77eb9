/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An open-addressed hash index from a fixed-size key to a 32-bit number, for the colder tables (hosts, names, …).
 *
 * It holds only numbers; keys live in the user's own array, which the user lends by a compare function. Growth is by doubling up to a
 * fixed maximum given at start. One thread.
 */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map_cell {
	uint32_t hash;  /* upper half of the 64-bit hash */
	uint32_t value; /* MAP_NONE: empty */
};

struct map {
	struct map_cell *cells;
	uint32_t mask, count, max;
};

typedef bool map_equal_fn(const void *ctx, uint32_t value, const void *key);

/* max: most entries ever held. 0 or WEIR_E(NOMEM). */
int map_init(struct map *m, uint32_t max);
void map_free(struct map *m);
/* hash: hash_bytes() of the key. MAP_NONE when absent. */
uint32_t map_get(const struct map *m, uint64_t hash, const void *key, map_equal_fn *equal, const void *ctx);
/* The key must not be there yet. 0, or WEIR_E(NOMEM) when max are held or memory is short. */
int map_put(struct map *m, uint64_t hash, uint32_t value);
/* Remove the entry that holds value under hash; no-op when absent. Back-shift deletion: no tombstones. */
void map_remove(struct map *m, uint64_t hash, uint32_t value);

#endif
