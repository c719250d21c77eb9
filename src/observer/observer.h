/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Observer: one thread an interface. It takes what the workers announce, sweeps their slabs, turns both
 * into flow events, hands these to its readers in order, and answers questions between two batches. It
 * owns the model of its interface (model/model.h): all of that is plain single-threaded C.
 *
 *   slabs ──► take ──► flow events ──► readers: model, store, …
 *   sweep ──►    (new, update, slice, end)
 *   questions ──► answered in portions of at most 200 µs ──► whoever asked
 *
 * Live, words are taken as they come. From a file they wait in the ring until the worker's tick: the
 * worker then waits too, so what the observer sees, and in which order, does not depend on how fast either
 * runs, and two replays give the same rows. A file's worker ends with flow_worker_finish() and
 * slab_tick(slab, start of the next second, true); the observer goes on answering questions until
 * observer_stop(), and a new worker may use the slabs meanwhile.
 */
#ifndef WEIR_OBSERVER_OBSERVER_H
#define WEIR_OBSERVER_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "enrich/enrich.h"
#include "record/field.h"
#include "record/flow_row.h"
#include "record/slab.h"

struct model; /* model/model.h */

enum flow_event_kind {
	FLOW_EVENT_NEW,    /* first seen; delta is what was counted so far */
	FLOW_EVENT_UPDATE, /* counters moved since the last event; or names were learnt */
	/* row is a finished five-minute slice: store it. Its counters came (or come) as deltas too; no
	 * delta here */
	FLOW_EVENT_SLICE,
	FLOW_EVENT_END, /* row is the last slice: store it; delta is the rest since the last update */
	/* in END's place when nothing came since the last slice: no row to store, and no delta */
	FLOW_EVENT_GONE,
};

/* Events are valid during the call only. */
struct flow_event {
	enum flow_event_kind kind;
	/* number of the flow within this observer, stable from NEW to END (worker and slot) */
	uint32_t flow;
	struct flow_row row;        /* NEW, UPDATE: since the flow's start; SLICE, END: the slice */
	struct flow_counters delta; /* what readers add up; zero for SLICE */
	struct flow_counters total; /* since the flow's start, delta included, whatever the row covers */
	bool meta_changed;          /* names or application are new since the last event */
};

/* A reader of the stream. Called on the observer's thread. on_tick: after all events of that second of
 * packet time. */
struct flow_reader {
	const char *name;
	void *ctx;
	void (*on_events)(void *ctx, const struct flow_event *events, unsigned count);
	void (*on_tick)(void *ctx, uint64_t now_ns);
};

struct observer_options {
	uint32_t id;               /* interface id, small, unique in the process */
	const char *interface;     /* name shown; copied */
	const char *dataset;       /* a replay is a data set of its own: its name, copied; NULL: live */
	bool is_file;              /* time is only packet time, workers wait for ticks */
	struct slab *const *slabs; /* one a worker; the caller's, outlive the observer */
	unsigned slab_count;
	const struct enrich *enrich;
	uint32_t hosts_max;     /* cap of the model's host table */
	uint64_t test_delay_us; /* tests: sleep so long before each batch */
};

struct observer;

int observer_create(const struct observer_options *options, struct observer **ret, struct errmsg *e);
/* Before observer_start() only. Readers are called in the order of adding; the model is always first. At
 * most 8. */
int observer_add_reader(struct observer *o, const struct flow_reader *reader);
int observer_start(struct observer *o, struct errmsg *e);
/* Ask it to stop after all slabs are drained (workers have finished and sent their last words); joins the
 * thread. */
void observer_stop(struct observer *o);
void observer_free(struct observer *o);
const char *observer_interface(const struct observer *o);
uint32_t observer_id(const struct observer *o);

/*
 * Questions. step() runs on the observer's thread, between batches, again and again until it returns true;
 * each call should take at most 200 µs (look at clock_monotonic_ns() every few rows). Nothing it sees may
 * be kept after it returned.
 */
struct question {
	bool (*step)(struct question *q, struct observer *o);
	/* private to the observer: */
	struct question *next;
	_Atomic int state;
};
/* Post and wait until answered. 0, or WEIR_E(UNAVAILABLE) when the observer has stopped. Any thread but
 * the observer's. */
int observer_ask(struct observer *o, struct question *q);

/* --- for step() and readers, on the observer's thread --- */
struct model *observer_model(struct observer *o);
uint64_t observer_now(const struct observer *o); /* last tick, ns */
/* Live flows are numbered 0 … observer_flow_limit()-1 with gaps. Fills the row (live, with rates and
 * derived fields) and says whether there is a flow. */
uint32_t observer_flow_limit(const struct observer *o);
bool observer_flow_row(struct observer *o, uint32_t flow, struct flow_row *ret_row);
/* Number of the live flow with this id, or UINT32_MAX. */
uint32_t observer_flow_find(struct observer *o, uint64_t flow_id);

struct observer_stats {
	uint64_t packets, wire_bytes, kernel_drops, kernel_freezes;
	struct bucket_counter bucket[BUCKET_MAX];
	uint64_t fragments, tags_restored, time_back, flows_total, flows_live, evicted, dpi_calls, dpi_no_state;
	uint64_t slots, slots_used, pool_bytes, pool_cap, questions, slow_ticks;
	uint64_t now_ns, first_ns; /* packet time */
};
void observer_stats(struct observer *o, struct observer_stats *ret);

/* --- lists (observer/flow_list.c): what the page's live flow table asks --- */
struct filter;
struct flow_list_query {
	const struct filter *filter; /* NULL: all */
	const char *sort;            /* field name; NULL: bits_per_s */
	bool ascending;
	uint32_t offset, limit; /* limit ≤ 1000, offset + limit ≤ 100,000 */
	bool with_groups;       /* hosts: multicast and broadcast addresses too */
};
/* Called once on the observer's thread for each row of the page, in order; the row's texts are valid
 * during the call only. */
typedef void flow_list_row_fn(void *ctx, const struct flow_row *row);
/* Blocks the caller until answered. total: matching flows; sums: their counters, both exact at one
 * portion's grain. */
int observer_flow_list(struct observer *o, const struct flow_list_query *query, flow_list_row_fn *emit, void *ctx,
		       uint64_t *ret_total, struct flow_counters *ret_sum, struct errmsg *e);

/* The same over the model's hosts; sort NULL: bits_per_s. */
struct host;
typedef void host_list_row_fn(void *ctx, const struct host *host);
int observer_host_list(struct observer *o, const struct flow_list_query *query, host_list_row_fn *emit, void *ctx,
		       uint64_t *ret_total, struct errmsg *e);

/* Top values of up to 8 flow fields over the live flows that match: what the page's facets ask. Texts are
 * copied into the answer. */
#define FACET_FIELDS_MAX 8
#define FACET_VALUES_MAX 8
struct facet_value {
	char text[128]; /* as field_plain() writes it */
	uint64_t flows, bytes;
};
struct facet {
	const struct field_def *field;
	uint32_t count, distinct; /* distinct is capped at 4096; past that small values may be missed */
	struct facet_value value[FACET_VALUES_MAX];
};
/* fields: of flow_field_table. Blocks the caller until answered; runs in portions like every question. */
int observer_facets(struct observer *o, const struct filter *filter, const struct field_def *const *fields,
		    unsigned count, struct facet *ret_facets, struct errmsg *e);

#endif
