/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks of a few fixed sizes from one capped region: what the packet path uses instead of malloc.
 *
 * Sizes are powers of two from 64 bytes to 16 KiB. The region is reserved (not touched) at start, blocks
 * are carved from it in order and go back to the free list of their size. One thread; no locks. When the cap is
 * reached pool_take() returns NULL and the pool counts it: the caller has a policy.
 */
#ifndef WEIR_BASE_POOL_H
#define WEIR_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_MIN_SHIFT 6
#define POOL_MAX_SHIFT 14
#define POOL_CLASSES   (POOL_MAX_SHIFT - POOL_MIN_SHIFT + 1)

struct pool {
	uint8_t *region;
	size_t cap, carved; /* bytes */
	size_t in_use;      /* bytes handed out now, by class size */
	uint64_t refused;   /* takes that found no room */
	void *free[POOL_CLASSES];
};

/* cap_bytes of address space; memory is touched only as it is used. 0 or WEIR_E(NOMEM). */
int pool_init(struct pool *p, size_t cap_bytes);
void pool_free_all(struct pool *p);
/* Room for size bytes (<= 16 KiB), aligned to 64; not zeroed. NULL at the cap or for a larger size. */
void *pool_take(struct pool *p, size_t size);
/* size: as it was asked for. */
void pool_give(struct pool *p, void *block, size_t size);

#endif
