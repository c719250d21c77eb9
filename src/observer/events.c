/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From words of the ring to flow events. A vector of words is taken and its records prefetched, then each
 * word becomes one to three events; the readers see them together, and only then slots and blocks go back
 * to the worker (events borrow from both).
 *
 * Blocks: the record's meta is loaded before the pending slice is taken. A slice points to the meta of its
 * time; whoever sees a meta also sees every slice published before it, so after both were handled
 * everything behind meta->prev is free to go. Hence the slice is asked for with every word, whether CUT
 * was among its bits or not.
 */
#include "observer/observer_internal.h"

struct source *source_of_flow(struct observer *o, uint32_t flow)
{
	for (unsigned i = o->options.slab_count; i-- > 0;)
		if (flow >= o->sources[i].base)
			return flow - o->sources[i].base < o->sources[i].slab->slots ? &o->sources[i] : NULL;
	return NULL;
}

static struct flow_counters counters_minus(const struct flow_counters *a, const struct flow_counters *b)
{
	struct flow_counters d;
	for (unsigned i = 0; i < 2; i++) {
		d.packets[i] = a->packets[i] - b->packets[i];
		d.wire_bytes[i] = a->wire_bytes[i] - b->wire_bytes[i];
		d.bytes[i] = a->bytes[i] - b->bytes[i];
	}
	return d;
}

static struct flow_event *event_room(struct observer *o, enum flow_event_kind kind, uint32_t flow)
{
	struct flow_event *ev = &o->batch.events[o->batch.count++];
	ev->kind = kind;
	ev->flow = flow;
	ev->meta_changed = false;
	return ev;
}

/* Take what was counted since the last look into ev->delta, and note it for the flow's rate. */
static void take_delta(struct flow_seen *seen, const struct flow_counters *now, struct flow_event *ev)
{
	ev->delta = counters_minus(now, &seen->count);
	ev->total = *now;
	seen->count = *now;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t sum = seen->second[i] + ev->delta.wire_bytes[i];
		seen->second[i] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	}
}

static void row_common(struct observer *o, uint32_t flow, const struct flow_record *r, const struct flow_meta *meta,
		       struct flow_row *row)
{
	flow_row_identity(row, r, meta, o->interface);
	row->dataset = o->options.dataset;
	derived_to_row(&o->side[flow], &row->derived);
	row->ended = 0;
	row->slice_no = o->seen[flow].slice_no;
	row->bits_per_s[0] = o->side[flow].bits_per_s[0];
	row->bits_per_s[1] = o->side[flow].bits_per_s[1];
}

void events_live_row(struct observer *o, struct source *s, uint32_t slot, struct flow_row *row)
{
	const struct flow_record *r = &s->slab->records[slot];
	const struct flow_meta *meta = atomic_load_explicit(&r->meta, memory_order_acquire);
	row_common(o, s->base + slot, r, meta, row);
	row->slice_no = 0;
	row->first_ns = r->first_ns;
	row->last_ns = atomic_load_explicit(&r->last_ns, memory_order_relaxed);
	flow_record_counters(r, &row->count);
}

/* NEW or UPDATE. */
static void emit_live(struct observer *o, struct source *s, uint32_t slot, enum flow_event_kind kind, bool meta_changed)
{
	uint32_t flow = s->base + slot;
	struct flow_event *ev = event_room(o, kind, flow);
	events_live_row(o, s, slot, &ev->row);
	take_delta(&o->seen[flow], &ev->row.count, ev);
	ev->meta_changed = meta_changed;
}

static void emit_slice(struct observer *o, struct source *s, uint32_t slot, const struct flow_slice *slice)
{
	uint32_t flow = s->base + slot;
	struct flow_event *ev = event_room(o, FLOW_EVENT_SLICE, flow);
	row_common(o, flow, &s->slab->records[slot], slice->meta, &ev->row);
	ev->row.count = counters_minus(&slice->total, &o->cut[flow]);
	ev->row.first_ns = slice->first_ns;
	ev->row.last_ns = slice->last_ns;
	ev->row.tcp_flags[0] = slice->tcp_flags[0];
	ev->row.tcp_flags[1] = slice->tcp_flags[1];
	ev->row.tcp_state = slice->tcp_state;
	ev->row.end_reason = FLOW_ENDED_NONE;
	ev->delta = (struct flow_counters){0};
	ev->total = slice->total;
	o->cut[flow] = slice->total;
	o->seen[flow].slice_no++;
	o->seen[flow].was_cut = 1;
}

static void emit_end(struct observer *o, struct source *s, uint32_t slot, const struct flow_meta *meta,
		     bool meta_changed)
{
	uint32_t flow = s->base + slot;
	struct flow_record *r = &s->slab->records[slot];
	struct flow_seen *seen = &o->seen[flow];
	struct flow_event *ev = event_room(o, FLOW_EVENT_END, flow);
	struct flow_counters now;
	row_common(o, flow, r, meta, &ev->row);
	flow_record_counters(r, &now);
	take_delta(seen, &now, ev);
	ev->meta_changed = meta_changed;
	ev->row.ended = 1;
	ev->row.last_ns = atomic_load_explicit(&r->last_ns, memory_order_relaxed);
	ev->row.first_ns = r->first_ns;
	ev->row.count = now;
	ev->row.tcp_flags[0] = atomic_load_explicit(&r->tcp_flags[0], memory_order_relaxed);
	ev->row.tcp_flags[1] = atomic_load_explicit(&r->tcp_flags[1], memory_order_relaxed);
	if (seen->was_cut) {
		ev->row.count = counters_minus(&now, &o->cut[flow]);
		ev->row.tcp_flags[0] = atomic_load_explicit(&r->tcp_slice_flags[0], memory_order_relaxed);
		ev->row.tcp_flags[1] = atomic_load_explicit(&r->tcp_slice_flags[1], memory_order_relaxed);
		ev->row.first_ns = atomic_load_explicit(&r->slice_first_ns, memory_order_relaxed);
		if (ev->row.count.packets[0] + ev->row.count.packets[1] == 0)
			ev->kind = FLOW_EVENT_GONE;       /* its rows are out, and end with the last cut */
		o->cut[flow] = (struct flow_counters){0}; /* clean for the slot's next flow */
	}
	seen->live = 0;
	atomic_fetch_sub_explicit(&o->published.flows_live, 1, memory_order_relaxed);
}

static void give_later(struct observer *o, int kind, struct slab *slab, uint32_t slot, void *block)
{
	struct batch *b = &o->batch;
	b->give[b->give_count++] = (struct give_back){(unsigned)kind, slab, slot, block};
}

static void begin_flow(struct observer *o, uint32_t flow, const struct flow_record *r)
{
	o->seen[flow] = (struct flow_seen){.live = 1};
	derive(o, r, &o->side[flow]);
	o->id_hint[r->flow_id & o->id_mask] = flow;
	atomic_fetch_add_explicit(&o->published.flows_live, 1, memory_order_relaxed);
	if (atomic_load_explicit(&o->published.first_ns, memory_order_relaxed) == 0)
		atomic_store_explicit(&o->published.first_ns, r->first_ns, memory_order_relaxed);
}

static void handle_word(struct observer *o, struct source *s, uint32_t slot, uint32_t bits)
{
	uint32_t flow = s->base + slot;
	struct flow_record *r = &s->slab->records[slot];
	struct flow_meta *meta = atomic_load_explicit(&r->meta, memory_order_acquire);
	struct flow_slice *slice = slab_take_slice(s->slab, slot);
	if (slot >= s->high)
		s->high = slot + 1;
	if (bits & SLAB_NEW)
		begin_flow(o, flow, r);
	if (bits & SLAB_NEW)
		emit_live(o, s, slot, FLOW_EVENT_NEW, meta != NULL);
	else if ((bits & SLAB_CHANGED) && !(bits & SLAB_END))
		emit_live(o, s, slot, FLOW_EVENT_UPDATE, true);
	if (slice) {
		emit_slice(o, s, slot, slice);
		give_later(o, GIVE_SLICE, s->slab, slot, slice);
	}
	if (bits & SLAB_END) {
		emit_end(o, s, slot, meta, (bits & SLAB_CHANGED) && !(bits & SLAB_NEW));
		give_later(o, GIVE_SLOT, s->slab, slot, NULL);
	} else if (meta && meta->prev) {
		give_later(o, GIVE_SUPERSEDED, s->slab, slot, meta);
	}
}

static void give_all_back(struct observer *o)
{
	struct batch *b = &o->batch;
	for (unsigned i = 0; i < b->give_count; i++) {
		struct give_back *g = &b->give[i];
		switch (g->kind) {
		case GIVE_SLOT:
			slab_return_slot(g->slab, g->slot);
			break;
		case GIVE_SLICE:
			slab_return_block(g->slab, g->block, sizeof(struct flow_slice));
			break;
		case GIVE_SUPERSEDED:
			slab_return_superseded(g->slab, g->block);
			break;
		}
	}
	b->give_count = 0;
}

/* Names are the model's, as it knows them once it has seen the whole vector; only rows that are stored
 * carry them. */
static void fill_names(struct observer *o)
{
	for (unsigned i = 0; i < o->batch.count; i++) {
		struct flow_event *ev = &o->batch.events[i];
		if (ev->kind == FLOW_EVENT_SLICE || ev->kind == FLOW_EVENT_END)
			model_flow_names(o->model, ev->flow, ev->row.addr, ev->row.derived.name);
	}
}

void events_flush(struct observer *o)
{
	if (o->batch.count) {
		for (unsigned i = 0; i < o->reader_count; i++) {
			if (o->readers[i].on_events)
				o->readers[i].on_events(o->readers[i].ctx, o->batch.events, o->batch.count);
			if (i == 0)
				fill_names(o);
		}
		o->batch.count = 0;
	}
	give_all_back(o);
}

struct flow_event *events_update(struct observer *o, struct source *s, uint32_t slot)
{
	emit_live(o, s, slot, FLOW_EVENT_UPDATE, false);
	return &o->batch.events[o->batch.count - 1];
}

static void prefetch_record(struct observer *o, const struct source *s, uint32_t slot)
{
	const char *r = (const char *)&s->slab->records[slot];
	__builtin_prefetch(r);
	__builtin_prefetch(r + 64);
	__builtin_prefetch(r + 128);
	__builtin_prefetch(&o->seen[s->base + slot], 1);
	__builtin_prefetch(&o->side[s->base + slot], 1);
}

unsigned events_take(struct observer *o, struct source *s)
{
	struct {
		uint32_t slot, bits;
	} words[OBSERVER_VECTOR];
	unsigned n = 0, taken = 0;
	uint64_t tick_ns = 0;
	bool tick = false;
	while (taken < OBSERVER_VECTOR && slab_take(s->slab, &words[n].slot, &words[n].bits, &tick_ns)) {
		taken++;
		if (words[n].slot == SLAB_TICK) {
			tick = true;
			break;
		}
		prefetch_record(o, s, words[n].slot);
		n++;
	}
	for (unsigned i = 0; i < n; i++) {
		if (o->batch.count + 3 > OBSERVER_VECTOR)
			events_flush(o);
		handle_word(o, s, words[i].slot, words[i].bits);
	}
	events_flush(o);
	if (tick) {
		s->tick_waits = true;
		s->gate_open = false;
		sweep_start(o, tick_ns);
	}
	return taken;
}
