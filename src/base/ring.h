/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ring of 32-bit words between exactly one producer thread and one consumer thread. Lock-free, no system call.
 *
 *      producer ──► [ . . w w w w . . ] ──► consumer      head, tail: free-running counters on lines of their own
 *
 * Full: ring_push() says false and nothing changes. Users size rings so that this cannot happen, or count it.
 */
#ifndef WEIR_BASE_RING_H
#define WEIR_BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct ring {
	_Alignas(64) _Atomic uint32_t head; /* next to write; producer's */
	uint32_t tail_seen;                 /* producer's last look at tail */
	_Alignas(64) _Atomic uint32_t tail; /* next to read; consumer's */
	uint32_t head_seen;                 /* consumer's last look at head */
	_Alignas(64) uint32_t mask;
	uint32_t *words;
};

/* capacity: rounded up to a power of two. 0 or WEIR_E(NOMEM). */
int ring_init(struct ring *r, uint32_t capacity);
void ring_free(struct ring *r);

static inline bool ring_push(struct ring *r, uint32_t word)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (head - r->tail_seen > r->mask) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head - r->tail_seen > r->mask)
			return false;
	}
	r->words[head & r->mask] = word;
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

static inline bool ring_pop(struct ring *r, uint32_t *ret_word)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (tail == r->head_seen) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail == r->head_seen)
			return false;
	}
	*ret_word = r->words[tail & r->mask];
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

/* Take up to max words at once; returns how many. */
uint32_t ring_pop_many(struct ring *r, uint32_t *words, uint32_t max);

#endif
