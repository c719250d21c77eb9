/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A flow's life: begin, cuts at five-minute boundaries, end; and the clock that drives all three.
 *
 * Two times are kept apart. Packet time stamps go into the rows as they are. The clock is the highest of them, and only it decides what
 * is idle, so a file whose stamps jump back neither ends flows nor stops ticks.
 */
#include <stdlib.h>

#include "flow/direction.h"
#include "flow/worker.h"

#define SLICE_S      (FLOW_SLICE_NS / NS_PER_S)
#define EVICT_WINDOW 4096u

/* When the timer has to ring next: idle, hard, or the end of the five-minute bucket. */
static uint32_t next_due(const struct flow_worker *w, const struct flow_side *s)
{
	uint64_t due = UINT32_MAX;

	if (!w->options.no_timeouts) {
		uint64_t idle = (uint64_t)s->seen_s + w->timeout_s[s->timeout_class];
		uint64_t hard = (uint64_t)s->begun_s + w->options.hard_s;
		due = idle < hard ? idle : hard;
	}
	uint64_t boundary = ((uint64_t)w->now_s / SLICE_S + 1) * SLICE_S;
	due = boundary < due ? boundary : due;
	return due > UINT32_MAX ? UINT32_MAX : (uint32_t)due;
}

static uint32_t take_slot(struct flow_worker *w)
{
	uint32_t slot = slab_alloc(w->slab);
	if (slot != UINT32_MAX || w->options.live)
		return slot;
	/* A file can wait: let the observer finish what has ended, then take the slots back. */
	flow_make_room(w);
	return slab_alloc(w->slab);
}

uint32_t flow_begin(struct flow_worker *w, const struct packet *p)
{
	uint32_t slot = take_slot(w);
	if (slot == UINT32_MAX)
		return slot;
	if (table_put(&w->table, (uint32_t)p->hash, slot) < 0) {
		w->slab->free_slots[w->slab->free_count++] = slot;
		return UINT32_MAX;
	}
	struct flow_record *r = &w->slab->records[slot];
	struct flow_side *s = &w->side[slot];
	enum direction_reason reason;

	r->key = p->key;
	r->first_ns = p->ts_ns;
	r->flow_id = w->options.flow_id_base + ++w->flows;
	r->client_is_1 = (uint8_t)direction_client(p, &reason);
	r->direction_reason = (uint8_t)reason;
	unsigned sender = p->source_is_1 ^ r->client_is_1; /* 0: the client sent this packet */
	r->mac[sender] = p->mac[0];
	r->mac[!sender] = p->mac[1];
	*s = (struct flow_side){
		.hash = (uint32_t)p->hash,
		.seen_s = w->now_s,
		.begun_s = w->now_s,
		.bucket = BUCKET_UNSET,
		.cut_tick = w->tick_number - 1,
		.flags = SIDE_LIVE,
		.timeout_class = p->key.protocol == 6 ? TIMEOUT_TCP_OPENING : TIMEOUT_PLAIN,
	};
	wheel_set(&w->wheel, slot, next_due(w, s));
	w->live++;
	BUMP(w->slab->counters.flows, 1);
	return slot;
}

void flow_end(struct flow_worker *w, uint32_t slot, enum flow_end_reason reason)
{
	struct flow_record *r = &w->slab->records[slot];
	struct flow_side *s = &w->side[slot];

	if (w->dpi)
		dpi_end(w, slot);
	POKE(r->end_reason, (uint8_t)reason);
	table_remove(&w->table, s->hash, slot);
	wheel_clear(&w->wheel, slot);
	s->flags = 0;
	w->live--;
	slab_announce(w->slab, slot, SLAB_END);
}

/* The observer's turn, at a time that has been ticked already: only when it must take something before work can go on. */
static void drain(struct flow_worker *w)
{
	w->tick_number++;
	if (w->on_tick)
		w->on_tick(w->tick_ctx, (uint64_t)w->now_s * NS_PER_S);
	slab_collect(w->slab);
}

void flow_cut(struct flow_worker *w, uint32_t slot)
{
	struct flow_record *r = &w->slab->records[slot];
	struct flow_side *s = &w->side[slot];

	/* Two cuts between two ticks happen only when stamps run behind the clock. They must not be merged or not by the observer's pace. */
	if (s->cut_tick == w->tick_number && !w->options.live)
		drain(w);
	struct flow_slice *slice = pool_take(&w->slab->pool, sizeof *slice);
	if (!slice) { /* at the cap: this row will reach into the next bucket */
		BUMP(w->slab->counters.meta_refused, 1);
		return;
	}
	for (int d = 0; d < 2; d++) {
		slice->total.packets[d] = PEEK(r->packets[d]);
		slice->total.wire_bytes[d] = PEEK(r->wire_bytes[d]);
		slice->total.bytes[d] = PEEK(r->bytes[d]);
		slice->tcp_flags[d] = PEEK(r->tcp_slice_flags[d]);
		POKE(r->tcp_slice_flags[d], 0);
	}
	slice->first_ns = PEEK(r->slice_first_ns);
	slice->last_ns = PEEK(r->last_ns);
	slice->meta = PEEK(r->meta);
	slice->tcp_state = PEEK(r->tcp_state);
	POKE(r->slice_first_ns, 0);
	s->bucket = BUCKET_UNSET;
	s->cut_tick = w->tick_number;
	slab_publish_slice(w->slab, slot, slice);
}

void flow_set_class(struct flow_worker *w, uint32_t slot, enum flow_timeout_class class)
{
	struct flow_side *s = &w->side[slot];

	if (s->timeout_class == class)
		return;
	s->timeout_class = (uint8_t) class;
	wheel_set(&w->wheel, slot, next_due(w, s));
}

static void on_timer(void *ctx, uint32_t slot)
{
	struct flow_worker *w = ctx;
	struct flow_side *s = &w->side[slot];

	if (!(s->flags & SIDE_LIVE))
		return;
	if (!w->options.no_timeouts) {
		if (w->now_s - s->seen_s >= w->timeout_s[s->timeout_class]) {
			bool closed = s->timeout_class == TIMEOUT_TCP_CLOSED;
			flow_end(w, slot, closed ? FLOW_ENDED_FINISHED : FLOW_ENDED_IDLE);
			return;
		}
		if (w->now_s - s->begun_s >= w->options.hard_s) {
			flow_end(w, slot, FLOW_ENDED_HARD);
			return;
		}
	}
	if (s->bucket != BUCKET_UNSET && s->bucket < w->now_s / SLICE_S)
		flow_cut(w, slot);
	wheel_set(&w->wheel, slot, next_due(w, s));
}

void flow_clock(struct flow_worker *w, uint64_t now_ns)
{
	uint64_t second = now_ns / NS_PER_S;

	w->now_ns = now_ns;
	if (second > UINT32_MAX - 1)
		second = UINT32_MAX - 1; /* year 2106: stamps of damaged files */
	if (!w->started) {
		w->started = true;
		w->now_s = (uint32_t)second;
		wheel_advance(&w->wheel, w->now_s, on_timer, w);
		return;
	}
	if (second <= w->now_s)
		return;
	w->now_s = (uint32_t)second;
	wheel_advance(&w->wheel, w->now_s, on_timer, w);
	drain(w);
}

struct idle_slot {
	uint32_t seen_s, slot;
};

static int idlest_first(const void *a, const void *b)
{
	const struct idle_slot *x = a, *y = b;
	if (x->seen_s != y->seen_s)
		return x->seen_s < y->seen_s ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* Look at a window of slots behind the hand and end the idlest quarter of its flows: nearly LRU, without a list to keep. */
static void evict_some(struct flow_worker *w)
{
	static _Thread_local struct idle_slot found[EVICT_WINDOW];
	uint32_t n = 0, fresh = w->slab->fresh, window = fresh / 16 + 1;

	if (window < 256)
		window = fresh < 256 ? fresh : 256;
	if (window > EVICT_WINDOW)
		window = EVICT_WINDOW;
	for (uint32_t looked = 0; looked < window; looked++) {
		uint32_t slot = w->evict_hand;
		w->evict_hand = slot + 1 < fresh ? slot + 1 : 0;
		if (w->side[slot].flags & SIDE_LIVE)
			found[n++] = (struct idle_slot){w->side[slot].seen_s, slot};
	}
	qsort(found, n, sizeof found[0], idlest_first);
	for (uint32_t i = 0; i < (n + 3) / 4; i++) {
		flow_end(w, found[i].slot, FLOW_ENDED_EVICTED);
		BUMP(w->slab->counters.evicted, 1);
	}
}

void flow_make_room(struct flow_worker *w)
{
	struct slab *s = w->slab;
	uint32_t reserve = s->slots / 64 + 1, free = s->free_count + (s->slots - s->fresh);

	if (w->options.live) {
		/* What has ended comes back by itself; end no more than are on their way already. */
		uint32_t coming = s->fresh - s->free_count - w->live;
		if (free + coming >= reserve)
			return;
	} else {
		drain(w);
		if (s->free_count)
			return;
	}
	evict_some(w);
	if (!w->options.live)
		drain(w);
}
