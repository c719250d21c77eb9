/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the observer's place: take what the worker announces, make rows of cuts and ends, give slots and blocks back.
 */
#include <string.h>
#include <sys/mman.h>

#include "app/read.h"

/* By slot: what the flow's rows so far have counted, so that rows add up to the flow. */
struct read_cut {
	struct flow_counters total;
	uint32_t slice_no;
};

int read_rows_init(struct read_rows *r)
{
	/* Touched only as slots are used. */
	void *p = mmap(NULL, sizeof *r->cuts * (size_t)r->slab->slots, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return WEIR_E(NOMEM);
	r->cuts = p;
	return 0;
}

void read_rows_free(struct read_rows *r)
{
	if (r->cuts)
		munmap(r->cuts, sizeof *r->cuts * (size_t)r->slab->slots);
	r->cuts = NULL;
}

/* to += sign * by */
static void counters_move(struct flow_counters *to, const struct flow_counters *by, bool subtract)
{
	for (unsigned d = 0; d < 2; d++) {
		to->packets[d] += subtract ? -by->packets[d] : by->packets[d];
		to->wire_bytes[d] += subtract ? -by->wire_bytes[d] : by->wire_bytes[d];
		to->bytes[d] += subtract ? -by->bytes[d] : by->bytes[d];
	}
}

/* The row's counters are the flow's so far: make them those since the last row, and hand it over. */
static void emit(struct read_rows *r, struct read_cut *cut, struct flow_row *row)
{
	struct flow_counters total = row->count;

	counters_move(&row->count, &cut->total, true);
	cut->total = total;
	row->slice_no = cut->slice_no;
	/* An end right after a cut has nothing left to count; the flow has its rows already. */
	if (cut->slice_no && !(row->count.packets[0] | row->count.packets[1]))
		return;
	cut->slice_no++;
	if (r->enrich)
		enrich_row(r->enrich, row);
	if (!filter_match(r->filter, row))
		return;
	r->totals.rows++;
	r->totals.flows += row->slice_no == 0;
	counters_move(&r->totals.count, &row->count, false);
	if (r->on_row && !r->err)
		r->err = r->on_row(r->ctx, row, &r->errmsg);
}

static void emit_slice(struct read_rows *r, uint32_t slot, const struct flow_slice *slice)
{
	struct flow_row row = {0};

	flow_row_identity(&row, &r->slab->records[slot], slice->meta, "file");
	row.end_reason = FLOW_ENDED_NONE;
	row.tcp_state = slice->tcp_state;
	row.tcp_flags[0] = slice->tcp_flags[0];
	row.tcp_flags[1] = slice->tcp_flags[1];
	row.first_ns = slice->first_ns;
	row.last_ns = slice->last_ns;
	row.count = slice->total;
	emit(r, &r->cuts[slot], &row);
}

static void emit_end(struct read_rows *r, uint32_t slot, const struct flow_meta *meta)
{
	const struct flow_record *record = &r->slab->records[slot];
	struct flow_row row = {0};

	flow_row_identity(&row, record, meta, "file");
	row.ended = 1;
	row.tcp_flags[0] = atomic_load_explicit(&record->tcp_slice_flags[0], memory_order_relaxed);
	row.tcp_flags[1] = atomic_load_explicit(&record->tcp_slice_flags[1], memory_order_relaxed);
	row.first_ns = atomic_load_explicit(&record->slice_first_ns, memory_order_relaxed);
	row.last_ns = atomic_load_explicit(&record->last_ns, memory_order_relaxed);
	flow_record_counters(record, &row.count);
	emit(r, &r->cuts[slot], &row);
}

void read_rows_drain(struct read_rows *r)
{
	uint32_t slot, bits;
	uint64_t tick;

	while (slab_take(r->slab, &slot, &bits, &tick)) {
		if (slot == SLAB_TICK) {
			slab_tick_done(r->slab);
			continue;
		}
		if (bits & SLAB_NEW && r->make_rows)
			r->cuts[slot] = (struct read_cut){0};
		/* The metadata first: see slab_take_slice(). */
		struct flow_meta *meta = atomic_load_explicit(&r->slab->records[slot].meta, memory_order_acquire);
		struct flow_slice *slice = slab_take_slice(r->slab, slot);
		if (slice) {
			if (r->make_rows)
				emit_slice(r, slot, slice);
			slab_return_block(r->slab, slice, sizeof *slice);
		}
		if (bits & SLAB_END) {
			if (r->make_rows)
				emit_end(r, slot, meta);
			slab_return_slot(r->slab, slot);
		} else if (meta) {
			slab_return_superseded(r->slab, meta);
		}
	}
}
