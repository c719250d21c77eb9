/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sweep: at each tick every live flow is looked at once, in order of number and in small portions.
 * What moved becomes an update with its delta; the rate of the second that just ended is set for all.
 * After the last portion the readers hear of the tick, then the workers.
 */
#include "base/clock.h"
#include "observer/observer_internal.h"

#define PORTION_SLOTS 1024u

static void answer_ticks(struct observer *o)
{
	for (unsigned i = 0; i < o->options.slab_count; i++)
		if (o->sources[i].tick_waits) {
			o->sources[i].tick_waits = false;
			slab_tick_done(o->sources[i].slab);
		}
}

void sweep_start(struct observer *o, uint64_t now_ns)
{
	if (o->sweeping)
		return; /* another worker's tick of the same second: answered when this sweep is through */
	if (o->now_ns && now_ns / NS_PER_S <= o->now_ns / NS_PER_S) {
		answer_ticks(o); /* no new second: the worker only wanted its words seen */
		return;
	}
	o->sweeping = true;
	o->sweep_source = 0;
	o->sweep_slot = 0;
	o->sweep_to_ns = now_ns;
	o->sweep_elapsed_ns = o->now_ns ? now_ns - o->now_ns : NS_PER_S;
	o->sweep_began_ns = clock_monotonic_ns();
}

/* Bits a second of what was counted since the last tick, which may be more than a second ago. */
static uint64_t rate(uint32_t bytes, uint64_t elapsed_ns)
{
	if (elapsed_ns <= NS_PER_S)
		return (uint64_t)bytes * 8;
	return (uint64_t)((unsigned __int128)bytes * 8 * NS_PER_S / elapsed_ns);
}

static bool counters_moved(const struct flow_record *r, const struct flow_seen *seen)
{
	for (unsigned i = 0; i < 2; i++)
		if (atomic_load_explicit(&r->packets[i], memory_order_relaxed) != seen->count.packets[i])
			return true;
	return false;
}

static void look_at(struct observer *o, struct source *s, uint32_t slot)
{
	uint32_t flow = s->base + slot;
	struct flow_seen *seen = &o->seen[flow];
	struct flow_side *side = &o->side[flow];
	struct flow_event *ev = NULL;
	if (counters_moved(&s->slab->records[slot], seen))
		ev = events_update(o, s, slot);
	for (unsigned i = 0; i < 2; i++) {
		side->bits_per_s[i] = rate(seen->second[i], o->sweep_elapsed_ns);
		seen->second[i] = 0;
		if (ev)
			ev->row.bits_per_s[i] = side->bits_per_s[i];
	}
}

/* The second is full: readers first, then the workers that wait. */
static void sweep_finish(struct observer *o)
{
	o->sweeping = false;
	if (clock_monotonic_ns() - o->sweep_began_ns > NS_PER_S)
		atomic_fetch_add_explicit(&o->published.slow_ticks, 1, memory_order_relaxed);
	observer_tick_readers(o, o->sweep_to_ns);
	answer_ticks(o);
}

bool sweep_portion(struct observer *o)
{
	for (unsigned left = PORTION_SLOTS; left > 0 && o->sweep_source < o->options.slab_count; left--) {
		struct source *s = &o->sources[o->sweep_source];
		if (o->sweep_slot >= s->high) {
			o->sweep_source++;
			o->sweep_slot = 0;
			continue;
		}
		uint32_t slot = o->sweep_slot++;
		__builtin_prefetch((const char *)&s->slab->records[slot] + 64 + 8 * sizeof(struct flow_record));
		if (o->seen[s->base + slot].live)
			look_at(o, s, slot);
		if (o->batch.count == OBSERVER_VECTOR)
			events_flush(o);
	}
	events_flush(o);
	if (o->sweep_source < o->options.slab_count)
		return false;
	sweep_finish(o);
	return true;
}

void observer_tick_readers(struct observer *o, uint64_t now_ns)
{
	o->now_ns = now_ns;
	atomic_store_explicit(&o->published.now_ns, now_ns, memory_order_relaxed);
	struct observer_stats stats;
	observer_stats(o, &stats);
	model_interface_counters(o->model, &stats);
	for (unsigned i = 0; i < o->reader_count; i++)
		if (o->readers[i].on_tick)
			o->readers[i].on_tick(o->readers[i].ctx, now_ns);
}
