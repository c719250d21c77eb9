/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/wheel.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define BUCKET    0x80000000u
#define FIRING    (2 * WHEEL_SLOTS)
#define AHEAD_MAX (255u * WHEEL_SLOTS - 1) /* so that level 1 never wraps onto the current slot */

int wheel_init(struct wheel *w, uint32_t items, uint32_t now)
{
	memset(w, 0, sizeof *w);
	void *p = mmap(NULL, ((size_t)items + 1) * sizeof(struct wheel_link), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return WEIR_E(NOMEM);
	w->links = p;
	w->items = items;
	w->now = now;
	return 0;
}

void wheel_free(struct wheel *w)
{
	if (w->links)
		munmap(w->links, ((size_t)w->items + 1) * sizeof(struct wheel_link));
	w->links = NULL;
}

/* Where a reference (item + 1, or a bucket) keeps its successor. */
static uint32_t *next_of(struct wheel *w, uint32_t ref)
{
	return ref & BUCKET ? &w->heads[ref & ~BUCKET] : &w->links[ref - 1].next;
}

static unsigned list_of(uint32_t bucket)
{
	return bucket >= FIRING ? 2 : bucket >= WHEEL_SLOTS ? 1 : 0;
}

/* Bucket that an armed item is in: known from its due time, but for those that are firing, which carry due == now. */
static void link_into(struct wheel *w, uint32_t item, uint32_t bucket)
{
	struct wheel_link *l = &w->links[item];
	l->next = w->heads[bucket];
	l->prev = BUCKET | bucket;
	if (l->next)
		w->links[l->next - 1].prev = item + 1;
	w->heads[bucket] = item + 1;
	w->armed[list_of(bucket)]++;
}

static uint32_t bucket_of(const struct wheel *w, uint32_t due)
{
	if (due <= w->now)
		return FIRING;
	return due - w->now < WHEEL_SLOTS && due >> 8 == w->now >> 8 ? (due & 255) : WHEEL_SLOTS + (due >> 8 & 255);
}

void wheel_clear(struct wheel *w, uint32_t item)
{
	struct wheel_link *l = &w->links[item];
	if (!l->prev)
		return;
	w->armed[list_of(bucket_of(w, l->due))]--;
	*next_of(w, l->prev) = l->next;
	if (l->next)
		w->links[l->next - 1].prev = l->prev;
	l->next = l->prev = 0;
}

void wheel_set(struct wheel *w, uint32_t item, uint32_t due)
{
	if (due <= w->now)
		due = w->now + 1;
	if (due - w->now > AHEAD_MAX)
		due = w->now + AHEAD_MAX;
	if (w->links[item].prev && w->links[item].due == due)
		return;
	wheel_clear(w, item);
	w->links[item].due = due;
	link_into(w, item, bucket_of(w, due));
}

/* Merge two chains (by next) in order of item number. */
static uint32_t chain_merge(struct wheel *w, uint32_t a, uint32_t b)
{
	uint32_t head = 0, *tail = &head;
	while (a && b) {
		uint32_t *least = a < b ? &a : &b;
		*tail = *least;
		tail = &w->links[*least - 1].next;
		*least = *tail;
	}
	*tail = a ? a : b;
	return head;
}

/* Bottom-up merge sort of a chain: bins[i] holds a sorted run of 2^i. */
static uint32_t chain_sort(struct wheel *w, uint32_t chain)
{
	uint32_t bins[33] = {0}, sorted = 0;
	while (chain) {
		uint32_t one = chain;
		unsigned i = 0;
		chain = w->links[one - 1].next;
		w->links[one - 1].next = 0;
		for (; bins[i]; i++) {
			one = chain_merge(w, bins[i], one);
			bins[i] = 0;
		}
		bins[i] = one;
	}
	for (unsigned i = 0; i < 33; i++)
		sorted = bins[i] ? chain_merge(w, bins[i], sorted) : sorted;
	return sorted;
}

/* Everything in this second's bucket fires, in order of item. The list stays a real list meanwhile, for fire may clear what is still in it. */
static void fire_second(struct wheel *w, void (*fire)(void *ctx, uint32_t item), void *ctx)
{
	uint32_t bucket = w->now & 255, chain = w->heads[bucket], before = BUCKET | FIRING;
	if (!chain)
		return;
	w->heads[bucket] = 0;
	chain = chain_sort(w, chain);
	w->heads[FIRING] = chain;
	for (uint32_t ref = chain; ref; ref = w->links[ref - 1].next) {
		w->links[ref - 1].prev = before;
		w->links[ref - 1].due = w->now;
		before = ref;
		w->armed[0]--;
		w->armed[2]++;
	}
	while (w->heads[FIRING]) {
		uint32_t item = w->heads[FIRING] - 1;
		wheel_clear(w, item);
		fire(ctx, item);
	}
}

/* At a multiple of 256 s: the next level-1 bucket spreads over level 0. */
static void cascade(struct wheel *w)
{
	uint32_t bucket = WHEEL_SLOTS + (w->now >> 8 & 255), ref = w->heads[bucket];
	w->heads[bucket] = 0;
	while (ref) {
		uint32_t item = ref - 1;
		ref = w->links[item].next;
		w->armed[1]--;
		link_into(w, item, w->links[item].due & 255);
	}
}

void wheel_advance(struct wheel *w, uint32_t now, void (*fire)(void *ctx, uint32_t item), void *ctx)
{
	while (w->now < now) {
		if (!w->armed[0] && !w->armed[1]) {
			w->now = now;
			return;
		}
		/* Nothing in level 0: straight to the next turn of it. */
		uint32_t next = w->armed[0] ? w->now + 1 : (w->now | 255) + 1;
		if (next > now || next == 0) {
			w->now = now;
			return;
		}
		w->now = next;
		if ((w->now & 255) == 0)
			cascade(w);
		fire_second(w, fire, ctx);
	}
}
