/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the observer's own files share. Everything here belongs to the observer's thread, except where it
 * says otherwise.
 *
 * By flow number (the slab's base + slot), in arrays that are reserved at start and touched as flows come:
 *
 *      seen[]  64 bytes   what was counted at the last look: base of the deltas
 *      side[]  64 bytes   derived at NEW: country, ASN, vendor, local; rates
 *      cut[]   48 bytes   what was counted at the last cut: base of the slices; touched only by flows that live over a cut
 */
#ifndef WEIR_OBSERVER_INTERNAL_H
#define WEIR_OBSERVER_INTERNAL_H

#include <pthread.h>

#include "model/model.h"
#include "observer/observer.h"
#include "record/filter.h"

#define OBSERVER_VECTOR  64u
#define OBSERVER_READERS 8u
#define PORTION_NS       200000u /* longest stretch of one answer */

struct flow_seen {
	struct flow_counters count;
	uint32_t second[2]; /* wire bytes by direction since the last sweep, saturated */
	uint32_t slice_no;
	uint8_t live;
	uint8_t was_cut;
	uint16_t spare;
};
static_assert(sizeof(struct flow_seen) == 64, "one line");

struct flow_side {
	const char *as_name[2], *vendor[2];
	uint32_t asn[2];
	char country[2][2];
	uint8_t is_local[2];
	uint8_t cast;
	uint8_t spare;
	uint64_t bits_per_s[2];
};
static_assert(sizeof(struct flow_side) == 64, "one line");

/* Blocks that go back to the worker after the readers saw the events that point to them. */
struct give_back {
	enum { GIVE_SLOT, GIVE_SLICE, GIVE_SUPERSEDED } kind;
	struct slab *slab;
	uint32_t slot;
	void *block;
};

struct batch {
	unsigned count, give_count;
	struct flow_event events[OBSERVER_VECTOR];
	struct give_back give[3 * OBSERVER_VECTOR];
};

/* One slab as the observer keeps it. */
struct source {
	struct slab *slab;
	uint32_t base;      /* flow number of its slot 0 */
	uint32_t high;      /* slots seen so far: 0 … high-1 */
	bool tick_waits;    /* taken, not yet answered by slab_tick_done() */
	bool gate_open;     /* file: words may be taken up to the tick */
	uint32_t head_seen; /* file: ring's head at the last look, and since when it stands still */
	uint64_t still_since;
};

/* Answers of enrich by address and by MAC, direct-mapped: looking up costs a microsecond, most flows have
 * an end that was there before. */
#define END_CACHE 4096u
#define MAC_CACHE 256u
struct end_cache {
	struct {
		struct addr addr;
		struct enrich_end end;
		bool used;
	} ends[END_CACHE];
	struct {
		struct mac mac;
		bool used;
		const char *vendor;
	} macs[MAC_CACHE];
};

struct mailbox {
	pthread_mutex_t lock;
	struct question *head, *tail; /* under lock */
	bool closed;                  /* under lock */
	_Atomic bool any;             /* cheap look for the observer */
	_Atomic uint32_t bell;        /* futex: rung by askers */
	_Atomic bool asleep;
};

/* Readable from any thread (observer_stats). */
struct published {
	_Atomic uint64_t flows_live, questions, slow_ticks, now_ns, first_ns;
};

struct observer {
	struct observer_options options;
	char interface[64], dataset[96];
	struct source *sources;
	uint32_t flow_limit;
	struct flow_seen *seen;
	struct flow_side *side;
	struct flow_counters *cut;
	uint32_t *id_hint; /* flow number by the low bits of the flow id; checked before use */
	uint32_t id_mask;
	struct end_cache *cache;
	struct batch batch;
	struct flow_reader readers[OBSERVER_READERS];
	unsigned reader_count;
	struct model *model;

	uint64_t now_ns; /* last tick */
	bool sweeping;
	unsigned sweep_source;
	uint32_t sweep_slot;
	uint64_t sweep_to_ns, sweep_began_ns;
	uint64_t sweep_elapsed_ns; /* between this tick and the one before */

	struct mailbox mail;
	struct question *current;  /* being answered */
	uint64_t question_debt_ns; /* time owed to the events */
	struct published published;
	pthread_t thread;
	bool started;
	_Atomic bool stop;
};

/* events.c: take up to a vector of words from one source; returns how many. flush hands the batch to the
 * readers and gives back. */
unsigned events_take(struct observer *o, struct source *s);
void events_flush(struct observer *o);
/* An update of a live flow whose counters moved since the last look; called by the sweep, which sees to it
 * that there is room. */
struct flow_event *events_update(struct observer *o, struct source *s, uint32_t slot);
/* Live view of a flow: identity, counters since its start, derived fields, rates. */
void events_live_row(struct observer *o, struct source *s, uint32_t slot, struct flow_row *row);
struct source *source_of_flow(struct observer *o, uint32_t flow);

/* flow_list.c: numbers from this on have no flow; ask for what a live row needs, 16 (stage 0) and 8 (stage
 * 1) flows ahead */
uint32_t observer_flow_high(const struct observer *o);
void flow_prefetch(struct observer *o, uint32_t flow, unsigned stage);

/* derived.c */
void derive(struct observer *o, const struct flow_record *r, struct flow_side *side);
void derived_to_row(const struct flow_side *side, struct flow_derived *d);

/* sweep.c */
void sweep_start(struct observer *o, uint64_t now_ns);
/* One portion; true when the sweep was finished by it (readers were told of the tick). */
bool sweep_portion(struct observer *o);
void observer_tick_readers(struct observer *o, uint64_t now_ns);

/* question.c */
int mailbox_init(struct mailbox *m);
void mailbox_free(struct mailbox *m);
/* One step of one question; true when there was any. */
bool questions_step(struct observer *o);
/* Refuse what is waiting and all that comes. */
void questions_close(struct observer *o);
void mailbox_wake(struct mailbox *m);
/* Sleep until the bell rings or ns have passed. */
void mailbox_sleep(struct mailbox *m, uint64_t ns);

#endif
