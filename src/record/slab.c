/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/slab.h"

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

/* Reserved address space, zero, touched as used. */
static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

int slab_init(struct slab *s, uint32_t slots, size_t pool_bytes)
{
	int r;

	memset(s, 0, sizeof *s);
	if (slots == 0 || slots >= SLAB_TICK)
		return WEIR_E(INVALID);
	s->slots = slots;
	s->records = reserve(sizeof *s->records * (size_t)slots);
	s->free_slots = reserve(sizeof *s->free_slots * (size_t)slots);
	if (!s->records || !s->free_slots) {
		slab_free(s);
		return WEIR_E(NOMEM);
	}
	if ((r = ring_init(&s->forward, slots + 1)) < 0 || (r = ring_init(&s->back, slots)) < 0 ||
	    (r = pool_init(&s->pool, pool_bytes)) < 0) {
		slab_free(s);
		return r;
	}
	return 0;
}

void slab_free(struct slab *s)
{
	if (s->records)
		munmap(s->records, sizeof *s->records * (size_t)s->slots);
	if (s->free_slots)
		munmap(s->free_slots, sizeof *s->free_slots * (size_t)s->slots);
	ring_free(&s->forward);
	ring_free(&s->back);
	pool_free_all(&s->pool);
	memset(s, 0, sizeof *s);
}

uint32_t slab_alloc(struct slab *s)
{
	if (s->free_count) {
		uint32_t slot = s->free_slots[--s->free_count];
		memset(&s->records[slot], 0, sizeof s->records[slot]);
		return slot;
	}
	return s->fresh < s->slots ? s->fresh++ : UINT32_MAX;
}

void slab_announce(struct slab *s, uint32_t slot, uint32_t bits)
{
	/* Release: whoever takes the bits sees everything written before them. */
	if (atomic_fetch_or_explicit(&s->records[slot].pending, bits, memory_order_acq_rel) == 0)
		(void)ring_push(&s->forward, slot); /* can't be full: see the bound in slab.h */
}

void slab_publish_meta(struct slab *s, uint32_t slot, struct flow_meta *meta)
{
	struct flow_record *r = &s->records[slot];

	meta->prev = atomic_load_explicit(&r->meta, memory_order_relaxed);
	atomic_store_explicit(&r->meta, meta, memory_order_release);
	slab_announce(s, slot, SLAB_CHANGED);
}

void slab_publish_slice(struct slab *s, uint32_t slot, struct flow_slice *slice)
{
	struct flow_record *r = &s->records[slot];
	struct flow_slice *old = atomic_exchange_explicit(&r->slice, NULL, memory_order_acq_rel);

	if (old) { /* The observer is late: it gets one slice from the first cut to this one. */
		slice->first_ns = old->first_ns;
		slice->tcp_flags[0] |= old->tcp_flags[0];
		slice->tcp_flags[1] |= old->tcp_flags[1];
		pool_give(&s->pool, old, sizeof *old);
	}
	atomic_store_explicit(&r->slice, slice, memory_order_release);
	slab_announce(s, slot, SLAB_CUT);
}

void slab_collect(struct slab *s)
{
	uint32_t slot;

	while (ring_pop(&s->back, &slot))
		s->free_slots[s->free_count++] = slot;
	if (atomic_load_explicit(&s->returned, memory_order_relaxed) == NULL)
		return;
	struct slab_block *b = atomic_exchange_explicit(&s->returned, NULL, memory_order_acquire), *next;
	for (; b; b = next) {
		next = b->next;
		pool_give(&s->pool, b, b->size);
	}
}

/* Spin a little (the observer is often nearly done), then give the processor away, then sleep. */
static void wait_for_tick(struct slab *s, uint32_t number)
{
	for (unsigned i = 0; atomic_load_explicit(&s->tick_done, memory_order_acquire) != number; i++) {
		if (i < 100)
			__builtin_ia32_pause();
		else if (i < 1000)
			sched_yield();
		else
			nanosleep(&(struct timespec){0, 50000}, NULL);
	}
}

void slab_tick(struct slab *s, uint64_t now_ns, bool wait)
{
	uint32_t sent = atomic_load_explicit(&s->tick_sent, memory_order_relaxed);

	atomic_store_explicit(&s->tick_ns, now_ns, memory_order_relaxed);
	if (wait)
		wait_for_tick(s, sent);
	else if (atomic_load_explicit(&s->tick_done, memory_order_acquire) != sent)
		return; /* one is still on its way: it now carries the new time */
	atomic_store_explicit(&s->tick_sent, sent + 1, memory_order_relaxed);
	(void)ring_push(&s->forward, SLAB_TICK);
	if (wait)
		wait_for_tick(s, sent + 1);
}

bool slab_take(struct slab *s, uint32_t *ret_slot, uint32_t *ret_bits, uint64_t *ret_tick_ns)
{
	uint32_t slot;

	if (!ring_pop(&s->forward, &slot))
		return false;
	*ret_slot = slot;
	*ret_bits = 0;
	*ret_tick_ns = 0;
	if (slot == SLAB_TICK)
		*ret_tick_ns = atomic_load_explicit(&s->tick_ns, memory_order_relaxed);
	else
		*ret_bits = atomic_exchange_explicit(&s->records[slot].pending, 0, memory_order_acq_rel);
	return true;
}

void slab_tick_done(struct slab *s)
{
	atomic_fetch_add_explicit(&s->tick_done, 1, memory_order_release);
}

struct flow_slice *slab_take_slice(struct slab *s, uint32_t slot)
{
	return atomic_exchange_explicit(&s->records[slot].slice, NULL, memory_order_acq_rel);
}

void slab_return_block(struct slab *s, void *block, size_t size)
{
	struct slab_block *b = block, *head = atomic_load_explicit(&s->returned, memory_order_relaxed);

	b->size = size;
	do
		b->next = head;
	while (!atomic_compare_exchange_weak_explicit(&s->returned, &head, b, memory_order_release,
						      memory_order_relaxed));
}

void slab_return_superseded(struct slab *s, struct flow_meta *meta)
{
	struct flow_meta *m = meta->prev, *prev;

	meta->prev = NULL;
	for (; m; m = prev) {
		prev = m->prev;
		slab_return_block(s, m, m->size);
	}
}

void slab_return_slot(struct slab *s, uint32_t slot)
{
	struct flow_record *r = &s->records[slot];
	struct flow_meta *meta = atomic_exchange_explicit(&r->meta, NULL, memory_order_acquire);
	struct flow_slice *slice = slab_take_slice(s, slot);

	if (slice)
		slab_return_block(s, slice, sizeof *slice);
	if (meta) {
		slab_return_superseded(s, meta);
		slab_return_block(s, meta, meta->size);
	}
	(void)ring_push(&s->back, slot); /* a slot is there at most once */
}
