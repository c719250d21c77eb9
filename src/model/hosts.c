/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host table. Bounded: when it is full the host that has been idle longest gives way, its traffic goes
 * to "others", so that sums stay exact; when every host has live flows a new one is refused and counts
 * under "others" from the start.
 *
 * Rates: a host that moves is noted once a tick; at the tick only those that moved in this one or the last
 * are touched.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/hash.h"
#include "model/model_internal.h"

static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void release(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes);
}

int hosts_init(struct hosts *t, uint32_t max)
{
	t->max = max;
	t->idle_head = t->idle_tail = NONE;
	t->epoch = 1;
	t->slots = reserve(max * sizeof(*t->slots));
	t->free = reserve(max * sizeof(*t->free));
	t->moved[0] = reserve(max * sizeof(uint32_t));
	t->moved[1] = reserve(max * sizeof(uint32_t));
	if (!t->slots || !t->free || !t->moved[0] || !t->moved[1])
		return WEIR_E(NOMEM);
	return map_init(&t->index, max);
}

void hosts_free(struct hosts *t)
{
	release(t->slots, t->max * sizeof(*t->slots));
	release(t->free, t->max * sizeof(*t->free));
	release(t->moved[0], t->max * sizeof(uint32_t));
	release(t->moved[1], t->max * sizeof(uint32_t));
	map_free(&t->index);
}

uint64_t host_hash(const struct addr *a)
{
	return hash_bytes(a->b, sizeof(a->b));
}

static bool host_equal(const void *ctx, uint32_t value, const void *key)
{
	const struct hosts *t = ctx;
	return addr_eq(&t->slots[value].h.addr, key);
}

uint32_t hosts_find(const struct hosts *t, uint64_t hash, const struct addr *a)
{
	return map_get(&t->index, hash, a, host_equal, t);
}

/* As base/map.c looks: by the upper half of the hash. */
static const struct map_cell *first_cell(const struct hosts *t, uint64_t hash)
{
	return &t->index.cells[(uint32_t)(hash >> 32) & t->index.mask];
}

void hosts_prefetch(const struct hosts *t, uint64_t hash)
{
	__builtin_prefetch(first_cell(t, hash));
}

uint32_t hosts_guess(const struct hosts *t, uint64_t hash)
{
	return first_cell(t, hash)->value;
}

static void idle_unlink(struct hosts *t, struct host_slot *s)
{
	*(s->prev == NONE ? &t->idle_head : &t->slots[s->prev].next) = s->next;
	*(s->next == NONE ? &t->idle_tail : &t->slots[s->next].prev) = s->prev;
	s->idle = 0;
}

void hosts_busy(struct hosts *t, uint32_t number)
{
	if (t->slots[number].idle)
		idle_unlink(t, &t->slots[number]);
}

void hosts_idle(struct hosts *t, uint32_t number)
{
	struct host_slot *s = &t->slots[number];
	s->next = NONE;
	s->prev = t->idle_tail;
	*(t->idle_tail == NONE ? &t->idle_head : &t->slots[t->idle_tail].next) = number;
	t->idle_tail = number;
	s->idle = 1;
}

static void count_shown(struct hosts *t, const struct host_slot *s, uint32_t by)
{
	if (s->h.cast != CAST_UNICAST) {
		t->groups += by;
		return;
	}
	t->shown += by;
	if (s->h.is_local)
		t->shown_local += by;
}

void hosts_show(struct hosts *t, struct host_slot *s)
{
	s->shown = 1;
	count_shown(t, s, 1);
}

/* The idlest host leaves; its traffic goes to the others. */
static bool evict(struct hosts *t)
{
	uint32_t number = t->idle_head;
	if (number == NONE)
		return false;
	struct host_slot *s = &t->slots[number];
	idle_unlink(t, s);
	for (unsigned i = 0; i < 2; i++) {
		t->others.packets[i] += s->h.total.packets[i];
		t->others.bytes[i] += s->h.total.bytes[i];
		t->others.wire_bytes[i] += s->h.total.wire_bytes[i];
	}
	if (s->shown)
		count_shown(t, s, (uint32_t)-1);
	map_remove(&t->index, host_hash(&s->h.addr), number);
	/* The epoch stays: the number may stand in this tick's list already, and must not come there twice. */
	*s = (struct host_slot){.epoch = s->epoch};
	t->free[t->free_count++] = number;
	t->used--;
	t->evicted++;
	return true;
}

uint32_t hosts_get(struct hosts *t, uint64_t hash, const struct addr *a, bool *ret_new)
{
	uint32_t number = hosts_find(t, hash, a);
	*ret_new = false;
	if (number != NONE)
		return number;
	if (t->used == t->max && !evict(t)) {
		t->refused++;
		return NONE;
	}
	bool reused = t->free_count > 0;
	number = reused ? t->free[t->free_count - 1] : t->high;
	if (map_put(&t->index, hash, number) < 0) {
		t->refused++;
		return NONE;
	}
	if (reused)
		t->free_count--;
	else
		t->high++;
	t->used++;
	struct host_slot *s = &t->slots[number];
	s->used = 1;
	s->h.addr = *a;
	*ret_new = true;
	return number;
}

void hosts_count(struct hosts *t, uint32_t number, const struct flow_counters *delta, unsigned sent)
{
	struct host_slot *s = number == NONE ? NULL : &t->slots[number];
	struct host_traffic *total = s ? &s->h.total : &t->others;
	for (unsigned i = 0; i < 2; i++) {
		unsigned dir = i ? !sent : sent;
		total->packets[i] += delta->packets[dir];
		total->bytes[i] += delta->bytes[dir];
		total->wire_bytes[i] += delta->wire_bytes[dir];
	}
	if (!s)
		return;
	s->second[0] += delta->wire_bytes[sent];
	s->second[1] += delta->wire_bytes[!sent];
	if (s->epoch != t->epoch) {
		s->epoch = t->epoch;
		t->moved[t->turn][t->moved_count[t->turn]++] = number;
	}
}

void hosts_tick(struct hosts *t, uint64_t elapsed_ns)
{
	unsigned last = !t->turn;
	for (uint32_t i = 0; i < t->moved_count[last]; i++) {
		struct host_slot *s = &t->slots[t->moved[last][i]];
		if (s->epoch != t->epoch)
			s->h.bits_per_s[0] = s->h.bits_per_s[1] = 0;
	}
	for (uint32_t i = 0; i < t->moved_count[t->turn]; i++) {
		struct host_slot *s = &t->slots[t->moved[t->turn][i]];
		for (unsigned k = 0; k < 2; k++) {
			s->h.bits_per_s[k] = (uint64_t)((unsigned __int128)s->second[k] * 8 * NS_PER_S / elapsed_ns);
			s->second[k] = 0;
		}
	}
	t->moved_count[last] = 0;
	t->turn = last;
	t->epoch++;
}

static int app_find(const struct host *h, uint16_t master, uint16_t protocol)
{
	for (int i = 0; i < HOST_APPS; i++)
		if (h->apps[i].bytes && h->apps[i].master == master && h->apps[i].protocol == protocol)
			return i;
	return -1;
}

void host_app_add(struct host *h, uint16_t master, uint16_t protocol, uint64_t bytes)
{
	if (bytes == 0)
		return;
	int at = app_find(h, master, protocol);
	if (at < 0) { /* the smallest gives way; an empty one is the smallest */
		at = 0;
		for (int i = 1; i < HOST_APPS; i++)
			if (h->apps[i].bytes < h->apps[at].bytes)
				at = i;
		h->apps_others_bytes += h->apps[at].bytes;
		h->apps[at].master = master;
		h->apps[at].protocol = protocol;
		h->apps[at].bytes = 0;
	}
	h->apps[at].bytes += bytes;
}

void host_app_move(struct host *h, uint16_t master, uint16_t protocol, uint64_t bytes, uint16_t to_master,
		   uint16_t to_protocol)
{
	int at = app_find(h, master, protocol);
	uint64_t listed = at < 0 ? 0 : h->apps[at].bytes < bytes ? h->apps[at].bytes : bytes;
	if (at >= 0)
		h->apps[at].bytes -= listed;
	h->apps_others_bytes -= bytes - listed; /* what gave way before was counted there */
	host_app_add(h, to_master, to_protocol, bytes);
}
