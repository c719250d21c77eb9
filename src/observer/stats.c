/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the workers of an interface and its observer counted, added up. Any thread.
 */
#include "observer/observer_internal.h"

#define LOAD(x) atomic_load_explicit(&(x), memory_order_relaxed)

/* The pool's fill is a plain word of the worker's: read as it stands, for show only, so a race is of no
 * account. */
__attribute__((no_sanitize("thread"))) static uint64_t pool_in_use(const struct slab *s)
{
	return *(const volatile size_t *)&s->pool.in_use;
}

static void add_worker(struct observer_stats *st, const struct slab *s)
{
	const struct worker_counters *c = &s->counters;
	st->packets += LOAD(c->packets);
	st->wire_bytes += LOAD(c->wire_bytes);
	st->kernel_drops += LOAD(c->kernel_drops);
	st->kernel_freezes += LOAD(c->kernel_freezes);
	for (unsigned b = 0; b < BUCKET_MAX; b++) {
		st->bucket[b].packets += LOAD(c->bucket[b].packets);
		st->bucket[b].wire_bytes += LOAD(c->bucket[b].wire_bytes);
	}
	st->fragments += LOAD(c->fragments);
	st->tags_restored += LOAD(c->tags_restored);
	st->time_back += LOAD(c->time_back);
	st->flows_total += LOAD(c->flows);
	st->evicted += LOAD(c->evicted);
	st->dpi_calls += LOAD(c->dpi_calls);
	st->dpi_no_state += LOAD(c->dpi_no_state);
	st->slots += s->slots;
	st->pool_bytes += pool_in_use(s);
	st->pool_cap += s->pool.cap;
}

void observer_stats(struct observer *o, struct observer_stats *ret)
{
	struct observer_stats st = {0};
	for (unsigned i = 0; i < o->options.slab_count; i++)
		add_worker(&st, o->sources[i].slab);
	st.flows_live = LOAD(o->published.flows_live);
	st.slots_used = st.flows_live;
	st.questions = LOAD(o->published.questions);
	st.slow_ticks = LOAD(o->published.slow_ticks);
	st.now_ns = LOAD(o->published.now_ns);
	st.first_ns = LOAD(o->published.first_ns);
	*ret = st;
}
