/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/ring.h"

#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

int ring_init(struct ring *r, uint32_t capacity)
{
	uint32_t size = 1;
	while (size < capacity && size < 1u << 31)
		size <<= 1;
	void *p = mmap(NULL, (size_t)size * sizeof(uint32_t), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return WEIR_E(NOMEM);
	memset(r, 0, sizeof *r);
	r->words = p;
	r->mask = size - 1;
	return 0;
}

void ring_free(struct ring *r)
{
	if (r->words)
		munmap(r->words, ((size_t)r->mask + 1) * sizeof(uint32_t));
	r->words = NULL;
}

uint32_t ring_pop_many(struct ring *r, uint32_t *words, uint32_t max)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed), n = 0;

	if (r->head_seen - tail < max)
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
	while (n < max && tail != r->head_seen)
		words[n++] = r->words[tail++ & r->mask];
	atomic_store_explicit(&r->tail, tail, memory_order_release);
	return n;
}
