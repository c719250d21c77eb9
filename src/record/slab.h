/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The slab: flow records of one worker, and the only two ways between that worker and its observer.
 *
 *      worker                                                  observer
 *        │  slab_announce(slot, NEW|CHANGED|CUT|END) ──► ring ──► slab_take()
 *        │  slab_tick(now)                           ──► ring
 *        │  slab_collect()  ◄── ring ◄── slab_return_slot(), slab_return_block()
 *
 * Bound: a slot has at most one word in the ring (its pending bits gather what happened since), and at most one tick is on its way, so a ring
 * with (slots + 1) places can't be full and an end can't be lost. A slot is used again only after the observer returned it.
 * Superseded flow_meta and taken flow_slice blocks go back to the worker's pool by a list that is linked through the blocks themselves.
 */
#ifndef WEIR_RECORD_SLAB_H
#define WEIR_RECORD_SLAB_H

#include "base/pool.h"
#include "base/ring.h"
#include "record/buckets.h"
#include "record/flow_record.h"

enum {
	SLAB_NEW = 1,     /* first announcement of the flow in this slot */
	SLAB_CHANGED = 2, /* meta was replaced */
	SLAB_CUT = 4,     /* slice holds a pending cut */
	SLAB_END = 8,     /* the flow is over; the worker does not touch the record again until the slot comes back */
};

#define SLAB_TICK UINT32_MAX /* instead of a slot number in the forward ring */

/* What the worker counts for its interface; relaxed, read by the observer at any time. */
struct worker_counters {
	_Atomic uint64_t packets, wire_bytes; /* received: flows + buckets */
	struct {
		_Atomic uint64_t packets, wire_bytes;
	} bucket[BUCKET_MAX];
	_Atomic uint64_t fragments;      /* IP fragments among the packets */
	_Atomic uint64_t tags_restored;  /* VLAN tags that the kernel had stripped */
	_Atomic uint64_t time_back;      /* packets whose time stamp was before the clock */
	_Atomic uint64_t flows;          /* flows begun */
	_Atomic uint64_t evicted;        /* ended early for room */
	_Atomic uint64_t fragments_lost; /* later fragments whose first was not seen: a flow with ports 0 */
	_Atomic uint64_t dpi_calls;      /* packets given to nDPI */
	_Atomic uint64_t dpi_no_state;   /* flows without DPI because its pool was empty */
	_Atomic uint64_t kernel_drops;   /* live: lost before us (PACKET_STATISTICS) */
	_Atomic uint64_t kernel_freezes; /* live: ring was full */
	_Atomic uint64_t meta_refused;   /* metadata not kept because the pool was at its cap */
	_Atomic uint64_t ring_used_permille;
};

struct slab {
	uint32_t slots;
	struct flow_record *records; /* reserved, touched as used, zeroed before first use */
	struct ring forward, back;
	struct pool pool;         /* worker's: flow_meta and flow_slice blocks */
	_Atomic uint64_t tick_ns; /* time of the tick on its way */
	_Atomic uint32_t tick_sent, tick_done;
	struct worker_counters counters;
	uint32_t *free_slots;       /* worker's stack, lowest numbers first */
	uint32_t free_count, fresh; /* fresh: slots never used start here */
	_Alignas(64) struct slab_block
		*_Atomic returned; /* blocks on their way back: pushed by the observer, taken all at once by the worker */
};

/* How a returned block travels: its own first bytes hold the link, so that there is nothing to overflow. */
struct slab_block {
	struct slab_block *next;
	size_t size;
};

/* slots: most live flows. pool_bytes: cap for metadata and cuts. 0 or WEIR_E(NOMEM). */
int slab_init(struct slab *s, uint32_t slots, size_t pool_bytes);
void slab_free(struct slab *s);

/* --- the worker's thread --- */

/* A free slot (its record zeroed), or UINT32_MAX when all are in use or not yet returned. */
uint32_t slab_alloc(struct slab *s);
/* Set bits in the slot's pending word; pushes the slot when nothing was pending. Never fails, never blocks. */
void slab_announce(struct slab *s, uint32_t slot, uint32_t bits);
/* Publish new metadata: links prev, release store, announces CHANGED. */
void slab_publish_meta(struct slab *s, uint32_t slot, struct flow_meta *meta);
/* Publish a cut; when one is still pending it is taken back, merged into this one and freed. Announces CUT. */
void slab_publish_slice(struct slab *s, uint32_t slot, struct flow_slice *slice);
/* Take back returned slots and blocks. Cheap when there are none. Live workers call it once a vector; with files it is called
 * after ticks only, so that which slot a flow gets does not depend on the observer's pace. */
void slab_collect(struct slab *s);
/* Send a tick of packet time. When wait: do not return before the observer finished it (files). A live worker does not wait, and
 * when the last tick is still on its way only its time is moved on. */
void slab_tick(struct slab *s, uint64_t now_ns, bool wait);

/* --- the observer's thread --- */

/* Next word: true and *ret_slot is a slot (with *ret_bits what happened, NEW before CHANGED/CUT before END), or SLAB_TICK with
 * *ret_tick_ns. False when the ring is empty. Bits are taken (cleared) with acquire. */
bool slab_take(struct slab *s, uint32_t *ret_slot, uint32_t *ret_bits, uint64_t *ret_tick_ns);
/* After the tick's work is done. */
void slab_tick_done(struct slab *s);
/* Take the pending cut; NULL when there is none. Load the record's meta (acquire) BEFORE taking the slice: then every block in the chain
 * meta->prev… may be returned after the slice was handled. */
struct flow_slice *slab_take_slice(struct slab *s, uint32_t slot);
/* Give a block (slice, or one flow_meta) back to the worker. size as taken from the pool. */
void slab_return_block(struct slab *s, void *block, size_t size);
/* Return everything behind meta->prev and unlink it. */
void slab_return_superseded(struct slab *s, struct flow_meta *meta);
/* After END was handled: returns the slot's meta, slice and the slot itself. */
void slab_return_slot(struct slab *s, uint32_t slot);

#endif
