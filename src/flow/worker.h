/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private to flow/: the worker's state, shared by worker.c (vectors), life.c (begin, cut, end, time), tcp.c and dpi*.c.
 *
 * What the observer must not see of a flow lies beside the slab in one line a slot (struct flow_side):
 *
 *      index cell ──► slot ──┬─► slab record (key │ counters │ slower facts)     shared with the observer
 *                            ├─► side      (clocks, TCP sequence, DPI state)     the worker's own
 *                            └─► wheel link
 */
#ifndef WEIR_FLOW_WORKER_H
#define WEIR_FLOW_WORKER_H

#include "base/clock.h"
#include "base/wheel.h"
#include "decode/decode.h"
#include "flow/dpi.h"
#include "flow/flow.h"
#include "flow/fragments.h"
#include "flow/table.h"
#include "flow/timeouts.h"

#define BUCKET_UNSET UINT32_MAX

enum {
	SIDE_LIVE = 1,
	SIDE_FIN = 2,       /* << direction: 2 and 4 */
	SIDE_SEQ = 8,       /* << direction: 8 and 16: next_seq is known */
	SIDE_DPI_DONE = 32, /* nDPI has decided, or gave up */
	SIDE_SYN = 64,      /* a SYN of this flow was seen */
	SIDE_TIMED = 128,   /* handshake_ns is set */
};

struct flow_side {
	uint32_t hash;        /* in the index */
	uint32_t seen_s;      /* clock at the last packet: idle time counts from here */
	uint32_t begun_s;     /* clock at the first */
	uint32_t bucket;      /* five-minute bucket of the packets since the last cut; BUCKET_UNSET: none since */
	uint32_t cut_tick;    /* number of the tick during which it was last cut */
	uint32_t next_seq[2]; /* highest sequence number seen + 1 */
	uint32_t hole_from[2], hole_to[2]; /* the newest gap in the sequence; equal: none */
	uint8_t flags;
	uint8_t timeout_class;
	uint8_t dpi_given;     /* packets shown to nDPI, or left out as empty */
	uint8_t dpi_syn;       /* of the handshake that nDPI did not see: bits of enum in dpi.c */
	uint64_t handshake_ns; /* of the SYN, then of the SYN-ACK, while latency is being measured */
	struct dpi_state *dpi; /* NULL: none */
};
static_assert(sizeof(struct flow_side) == 64, "one line a slot");

struct flow_worker {
	struct flow_options options;
	struct slab *slab;
	struct flow_side *side; /* by slot; reserved, touched as used */
	struct table table;
	struct wheel wheel;
	struct dpi *dpi; /* NULL: no DPI */
	uint64_t seed;
	uint64_t flows;  /* begun: the next flow id */
	uint64_t now_ns; /* highest packet time; 0: none yet */
	uint32_t now_s;  /* the second of now_ns */
	uint32_t tick_number;
	uint32_t evict_hand; /* where the search for idle flows goes on */
	uint32_t live;       /* flows */
	uint32_t timeout_s[TIMEOUT_MAX];
	uint16_t vlan_mask;
	bool started;
	void (*on_tick)(void *ctx, uint64_t now_ns);
	void *tick_ctx;
	struct fragments fragments;
	struct packet packets[CAPTURE_VECTOR];
	uint32_t candidate[CAPTURE_VECTOR];
};

/* One writer: a plain load and store are enough, and cheaper than a locked add. */
#define BUMP(counter, n)                                                                                \
	atomic_store_explicit(&(counter), atomic_load_explicit(&(counter), memory_order_relaxed) + (n), \
			      memory_order_relaxed)
#define PEEK(field)    atomic_load_explicit(&(field), memory_order_relaxed)
#define POKE(field, v) atomic_store_explicit(&(field), (v), memory_order_relaxed)

/* --- life.c --- */

/* A new flow for this packet: slot taken, key written, timer armed; not yet announced. UINT32_MAX: no slot. */
uint32_t flow_begin(struct flow_worker *w, const struct packet *p);
void flow_end(struct flow_worker *w, uint32_t slot, enum flow_end_reason reason);
/* Publish what was counted in the flow's bucket as a slice. */
void flow_cut(struct flow_worker *w, uint32_t slot);
/* Its time-out class may have changed: arm the timer anew. */
void flow_set_class(struct flow_worker *w, uint32_t slot, enum flow_timeout_class class);
/* A new second of packet time. */
void flow_clock(struct flow_worker *w, uint64_t now_ns);
/* Keep some slots free ahead of need: ends the idlest flows when few are left. */
void flow_make_room(struct flow_worker *w);

/* --- tcp.c --- */

/* dir: enum flow_dir of the packet. The record's counters have not been updated with it yet. */
void flow_tcp_packet(struct flow_worker *w, uint32_t slot, const struct packet *p, unsigned dir);
/* The packet is a SYN on a connection that was over: it begins another flow. */
bool flow_tcp_is_reuse(const struct flow_worker *w, const struct flow_record *r, const struct packet *p);

#endif
