/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worker's vectors: decode all, prefetch all, look up all, update all (flow.h has the picture).
 *
 * A lone miss to memory costs 240 to 400 ns on these machines, a prefetched one 13 to 16. So the look-up pass only asks the index for the first candidate with the
 * same 32 hash bits and prefetches its lines; the update pass compares keys, and looks again where the candidate was wrong or ended meanwhile.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "flow/worker.h"

static void set_timeouts(struct flow_worker *w)
{
	static const struct {
		uint32_t times, seconds;
	} classes[TIMEOUT_MAX] = {
#define X(id, times, seconds, when) {times, seconds},
		FLOW_TIMEOUTS(X)
#undef X
	};

	if (w->options.idle_s == 0)
		w->options.idle_s = FLOW_IDLE_DEFAULT_S;
	if (w->options.hard_s == 0)
		w->options.hard_s = FLOW_HARD_DEFAULT_S;
	for (int i = 0; i < TIMEOUT_MAX; i++)
		w->timeout_s[i] = classes[i].times * w->options.idle_s + classes[i].seconds;
}

int flow_worker_create(const struct flow_options *options, struct slab *slab, struct flow_worker **ret,
		       struct errmsg *e)
{
	struct flow_worker *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
	int r = WEIR_E(NOMEM);

	if (!w)
		return err_set(e, r, "no memory for a flow worker");
	memset(w, 0, sizeof *w);
	w->options = *options;
	w->slab = slab;
	w->seed = hash_seed();
	w->vlan_mask = options->ignore_vlan ? 0 : 0xffff;
	set_timeouts(w);
	void *side = mmap(NULL, sizeof *w->side * (size_t)slab->slots, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	w->side = side == MAP_FAILED ? NULL : side;
	if (!w->side || table_init(&w->table) < 0 || wheel_init(&w->wheel, slab->slots, 0) < 0) {
		err_set(e, r, "no memory for %u flows", slab->slots);
		goto fail;
	}
	if (!options->no_dpi && (r = dpi_create(options, &w->dpi, e)) < 0)
		goto fail;
	*ret = w;
	return 0;
fail:
	flow_worker_free(w);
	return r;
}

void flow_worker_free(struct flow_worker *w)
{
	if (!w)
		return;
	if (w->dpi)
		dpi_free(w->dpi);
	wheel_free(&w->wheel);
	table_free(&w->table);
	if (w->side)
		munmap(w->side, sizeof *w->side * (size_t)w->slab->slots);
	free(w);
}

void flow_worker_on_tick(struct flow_worker *w, void (*on_tick)(void *ctx, uint64_t now_ns), void *ctx)
{
	w->on_tick = on_tick;
	w->tick_ctx = ctx;
}

void flow_worker_time(struct flow_worker *w, uint64_t now_ns)
{
	slab_collect(w->slab);
	if (now_ns > w->now_ns)
		flow_clock(w, now_ns);
}

/* --- pass 1: decode, fragments, hash --- */

static void decode_all(struct flow_worker *w, const struct packet_view *views, unsigned count)
{
	uint64_t wire = 0, fragments = 0, restored = 0;

	for (unsigned i = 0; i < count; i++) {
		struct packet *p = &w->packets[i];
		if (i + 4 < count)
			__builtin_prefetch(views[i + 4].data);
		decode_packet(&views[i], p);
		wire += p->wire_bytes;
		restored += views[i].vlan_restored;
		fragments += p->is_fragment;
		if (p->bucket != BUCKET_NONE)
			continue;
		p->key.vlan_id &= w->vlan_mask;
		if (p->is_fragment && !fragments_resolve(&w->fragments, p))
			BUMP(w->slab->counters.fragments_lost, 1);
		p->hash = XXH3_64bits_withSeed(&p->key, sizeof p->key, w->seed);
		table_prefetch(&w->table, (uint32_t)p->hash);
	}
	BUMP(w->slab->counters.packets, count);
	BUMP(w->slab->counters.wire_bytes, wire);
	if (fragments)
		BUMP(w->slab->counters.fragments, fragments);
	if (restored)
		BUMP(w->slab->counters.tags_restored, restored);
}

/* --- pass 2: candidates --- */

static void look_up_all(struct flow_worker *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct packet *p = &w->packets[i];
		if (p->bucket != BUCKET_NONE)
			continue;
		uint32_t at = (uint32_t)p->hash, slot = table_next(&w->table, (uint32_t)p->hash, &at);
		w->candidate[i] = slot;
		if (slot == TABLE_NONE)
			continue;
		__builtin_prefetch(&w->slab->records[slot].key);
		__builtin_prefetch(&w->slab->records[slot].packets, 1);
		__builtin_prefetch(&w->side[slot], 1);
	}
}

/* --- pass 3: update --- */

static bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	uint64_t x[6], y[6], differ = 0;
	memcpy(x, a, sizeof x);
	memcpy(y, b, sizeof y);
	for (int i = 0; i < 6; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

static uint32_t find(const struct flow_worker *w, const struct packet *p, uint32_t candidate)
{
	if (candidate != TABLE_NONE && (w->side[candidate].flags & SIDE_LIVE) &&
	    same_key(&w->slab->records[candidate].key, &p->key))
		return candidate;
	uint32_t hash = (uint32_t)p->hash, at = hash, slot;
	while ((slot = table_next(&w->table, hash, &at)) != TABLE_NONE)
		if (same_key(&w->slab->records[slot].key, &p->key))
			return slot;
	return TABLE_NONE;
}

static void count_bucket(struct flow_worker *w, const struct packet *p, enum packet_bucket b)
{
	BUMP(w->slab->counters.bucket[b].packets, 1);
	BUMP(w->slab->counters.bucket[b].wire_bytes, p->wire_bytes);
}

/* The five-minute bucket of this packet in this flow: a later one than before cuts first, an earlier one (stamps that ran back) is
 * taken for the begin of the current. Returns the time to book the packet under. */
static uint64_t enter_bucket(struct flow_worker *w, uint32_t slot, uint64_t ts_ns)
{
	struct flow_side *s = &w->side[slot];
	uint32_t bucket = (uint32_t)(ts_ns / FLOW_SLICE_NS);

	if (__builtin_expect(s->bucket == bucket, 1))
		return ts_ns;
	if (s->bucket != BUCKET_UNSET) {
		if (bucket < s->bucket)
			return s->bucket * FLOW_SLICE_NS;
		flow_cut(w, slot);
	}
	s->bucket = bucket;
	if (PEEK(w->slab->records[slot].slice_first_ns) == 0) /* else the cut found no memory and goes on */
		POKE(w->slab->records[slot].slice_first_ns, ts_ns);
	return ts_ns;
}

static void update(struct flow_worker *w, uint32_t slot, struct packet *p, bool is_new)
{
	struct flow_record *r = &w->slab->records[slot];
	struct flow_side *s = &w->side[slot];
	unsigned dir = p->source_is_1 ^ r->client_is_1;

	p->ts_ns = enter_bucket(w, slot, p->ts_ns);
	s->seen_s = w->now_s;
	BUMP(r->packets[dir], 1);
	BUMP(r->wire_bytes[dir], p->wire_bytes);
	BUMP(r->bytes[dir], p->bytes);
	if (p->ts_ns > PEEK(r->last_ns))
		POKE(r->last_ns, p->ts_ns);
	if (p->key.protocol == 6 && !p->is_later_fragment)
		flow_tcp_packet(w, slot, p, dir);
	if (is_new) /* before DPI, which may announce a change */
		slab_announce(w->slab, slot, SLAB_NEW);
	if (!(s->flags & SIDE_DPI_DONE) && w->dpi)
		dpi_packet(w, slot, p);
}

static void handle(struct flow_worker *w, struct packet *p, uint32_t candidate)
{
	uint32_t slot = find(w, p, candidate);

	if (slot != TABLE_NONE && p->key.protocol == 6 && flow_tcp_is_reuse(w, &w->slab->records[slot], p)) {
		flow_end(w, slot, FLOW_ENDED_FINISHED);
		slot = TABLE_NONE;
	}
	if (slot != TABLE_NONE) {
		update(w, slot, p, false);
		return;
	}
	slot = flow_begin(w, p);
	if (slot == UINT32_MAX)
		count_bucket(w, p, BUCKET_no_slot);
	else
		update(w, slot, p, true);
}

void flow_worker_packets(struct flow_worker *w, const struct packet_view *views, unsigned count)
{
	if (w->options.live) {
		slab_collect(w->slab);
		flow_make_room(w);
	}
	decode_all(w, views, count);
	look_up_all(w, count);
	for (unsigned i = 0; i < count; i++) {
		struct packet *p = &w->packets[i];
		if (p->ts_ns > w->now_ns)
			flow_clock(w, p->ts_ns);
		else if (p->ts_ns < w->now_ns)
			BUMP(w->slab->counters.time_back, 1);
		if (p->bucket == BUCKET_NONE)
			handle(w, p, w->candidate[i]);
		else
			count_bucket(w, p, p->bucket);
	}
}

void flow_worker_finish(struct flow_worker *w)
{
	for (uint32_t slot = 0; slot < w->slab->fresh; slot++)
		if (w->side[slot].flags & SIDE_LIVE)
			flow_end(w, slot, FLOW_ENDED_SHUTDOWN);
}
