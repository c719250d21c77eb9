/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/pool.h"

#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

int pool_init(struct pool *p, size_t cap_bytes)
{
	size_t cap = (cap_bytes + 63) & ~(size_t)63;
	if (!cap)
		cap = 64;
	void *region = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (region == MAP_FAILED)
		return WEIR_E(NOMEM);
	memset(p, 0, sizeof *p);
	p->region = region;
	p->cap = cap;
	return 0;
}

void pool_free_all(struct pool *p)
{
	if (p->region)
		munmap(p->region, p->cap);
	memset(p, 0, sizeof *p);
}

static unsigned class_of(size_t size)
{
	unsigned shift = POOL_MIN_SHIFT;
	while (((size_t)1 << shift) < size)
		shift++;
	return shift - POOL_MIN_SHIFT;
}

void *pool_take(struct pool *p, size_t size)
{
	if (size > (size_t)1 << POOL_MAX_SHIFT) {
		p->refused++;
		return NULL;
	}
	unsigned c = class_of(size);
	size_t bytes = (size_t)1 << (c + POOL_MIN_SHIFT);
	void *block = p->free[c];
	if (block) {
		memcpy(&p->free[c], block, sizeof(void *));
	} else if (p->cap - p->carved >= bytes) {
		block = p->region + p->carved;
		p->carved += bytes;
	} else {
		p->refused++;
		return NULL;
	}
	p->in_use += bytes;
	return block;
}

void pool_give(struct pool *p, void *block, size_t size)
{
	unsigned c = class_of(size);
	memcpy(block, &p->free[c], sizeof(void *));
	p->free[c] = block;
	p->in_use -= (size_t)1 << (c + POOL_MIN_SHIFT);
}
