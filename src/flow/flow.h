/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Flow: from decoded frames to flow records in a slab. One worker, one thread, no locks, no allocation and no system call per packet.
 *
 *      views (≤ 64) ─► decode all ─► prefetch all ─► look up all ─► update all ─► DPI where still wanted ─► announce
 *
 * The worker owns its table (open addressing, tags), timer wheel on packet time, TCP state, nDPI module and pools. Its only outputs are the slab and its counters.
 */
#ifndef WEIR_FLOW_FLOW_H
#define WEIR_FLOW_FLOW_H

#include "base/err.h"
#include "capture/capture.h"
#include "record/slab.h"

struct flow_options {
	uint32_t idle_s;  /* default 60 (UDP, ICMP), TCP established ×5; see flow/timeouts.h */
	uint32_t hard_s;  /* default 86,400 */
	bool no_timeouts; /* for comparing with tools that never expire: only the end of input ends a flow */
	bool no_dpi;
	bool live; /* a live interface: slots are taken back at any time. Files: after ticks only, so that replays are identical */
	bool ignore_vlan;
	bool no_end_on_fin;       /* TCP close does not end the flow early */
	uint32_t dpi_packets_max; /* most packets a flow shows to nDPI; default 24 TCP, 16 UDP */
	size_t dpi_bytes;         /* cap of the worker's DPI state pool */
	uint64_t flow_id_base;    /* flow ids are flow_id_base + 1, + 2, …; the caller keeps bases apart */
};

struct flow_worker;

/* The slab stays the caller's and must outlive the worker. 0, WEIR_E(NOMEM), or WEIR_E(UNAVAILABLE) when nDPI can't start (e says why). */
int flow_worker_create(const struct flow_options *options, struct slab *slab, struct flow_worker **ret,
		       struct errmsg *e);
void flow_worker_free(struct flow_worker *w);

/* Take a vector. Packet time moves the clock (never back); when a second of packet time is full, on_tick is called with it, BEFORE the first packet
 * of the new second is handled and after everything due until then has been expired. */
void flow_worker_packets(struct flow_worker *w, const struct packet_view *views, unsigned count);
/* Called at each new second of packet time, in the worker's thread: send the tick (slab_tick), or drain the slab in place. */
/* With files it is also called, with the second that is already full, when all slots are taken and the observer has to hand some back. */
void flow_worker_on_tick(struct flow_worker *w, void (*on_tick)(void *ctx, uint64_t now_ns), void *ctx);
/* Live: move the clock to now (real time) when no packets come. */
void flow_worker_time(struct flow_worker *w, uint64_t now_ns);
/* End of input or shutdown: end every flow, in order of slot. */
void flow_worker_finish(struct flow_worker *w);

/* Register nDPI's names with record/names.h; once, before threads. Makes and frees a module of its own. */
int flow_register_names(struct errmsg *e);
/* "4.2.0" */
const char *flow_dpi_version(void);

#endif
