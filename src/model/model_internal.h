/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the model's own files share. All on the observer's thread.
 *
 *   flow number ──► flows[]: its hosts' numbers, its application, its risks
 *                      │
 *   hosts[] ◄──────────┤  index by address; the idle ones in a list, idlest first: the next to give way
 *   apps[]  ◄──────────┘  index by (master, protocol)
 *   names   address → name, for addresses that the DNS named before (or after) they were hosts
 *   series  seconds of the last hour
 */
#ifndef WEIR_MODEL_INTERNAL_H
#define WEIR_MODEL_INTERNAL_H

#include "base/map.h"
#include "model/model.h"

#define NONE         UINT32_MAX
#define APPS_MAX     4096u
#define NAMES_MAX    65536u
#define NAME_KEEP_NS (3600ull * 1000000000ull) /* so long a name holds against a newer one of equal worth */

struct host_slot {
	struct host h;
	uint64_t second[2];  /* wire bytes since the last tick */
	uint64_t name_ns;    /* when the name was learnt */
	uint32_t next, prev; /* in the idle list, when idle */
	uint32_t epoch;      /* tick in which it last moved */
	uint8_t used;
	uint8_t shown; /* had a flow since the start; else only remembered */
	uint8_t idle;  /* is in the idle list */
};

struct hosts {
	struct host_slot *slots; /* reserved, touched as used */
	uint32_t max, high, used;
	uint32_t *free; /* stack of numbers that gave way */
	uint32_t free_count;
	struct map index;
	uint32_t idle_head, idle_tail;
	uint32_t *moved[2]; /* numbers that moved in this tick, in the last one */
	uint32_t moved_count[2];
	unsigned turn;
	uint32_t epoch;
	struct host_traffic others;
	uint32_t shown, shown_local, groups;
	uint64_t evicted, refused;
};

struct app_slot {
	struct app_stats a;
	uint64_t second; /* wire bytes since the last tick */
};

struct apps {
	struct app_slot *slots; /* number 0: unknown, and what finds no room */
	uint32_t count;
	struct map index;
	uint64_t refused;
};

struct name_entry {
	struct addr addr;
	char name[64];
	uint64_t ns;
	uint8_t source;
};

struct names {
	struct name_entry *entries; /* the oldest is overwritten */
	uint32_t max, used, next;
	struct map index;
	uint64_t evicted;
};

struct model_flow {
	uint32_t host[2]; /* client's, server's; NONE: counted under others */
	uint16_t app;
	uint16_t score;
	uint8_t risky;
	uint8_t spare[3];
};

struct series {
	struct second *ring;      /* MODEL_SECONDS; by ts_s % MODEL_SECONDS */
	struct second now;        /* being filled; ts_s 0: nothing yet */
	uint64_t first_s, last_s; /* closed ones that are held; last_s 0: none */
};

struct model {
	struct hosts hosts;
	struct apps apps;
	struct names names;
	struct series series;
	struct model_flow *flows;
	uint32_t flows_max;
	bool is_file;
	uint64_t now_ns;
	struct model_totals totals;
	struct observer_stats seen; /* the workers' counters at the last tick */
};

/* hosts.c */
int hosts_init(struct hosts *t, uint32_t max);
void hosts_free(struct hosts *t);
uint64_t host_hash(const struct addr *a);
/* Number that the index holds where this hash begins to look: right most of the time, for prefetching only. */
uint32_t hosts_guess(const struct hosts *t, uint64_t hash);
void hosts_prefetch(const struct hosts *t, uint64_t hash);
uint32_t hosts_find(const struct hosts *t, uint64_t hash, const struct addr *a);
/* Existing or new (the idlest gives way); NONE when all have live flows. *ret_new: it was made. */
uint32_t hosts_get(struct hosts *t, uint64_t hash, const struct addr *a, bool *ret_new);
/* First flow since the start: from now on it is on the lists. */
void hosts_show(struct hosts *t, struct host_slot *s);
void hosts_busy(struct hosts *t, uint32_t number);
void hosts_idle(struct hosts *t, uint32_t number);
/* Add what host `number` sent and received (NONE: others). */
void hosts_count(struct hosts *t, uint32_t number, const struct flow_counters *delta, unsigned sent);
void hosts_tick(struct hosts *t, uint64_t elapsed_ns);
/* The host's own list of applications: add bytes, or move them when a flow turns out to be something else. */
void host_app_add(struct host *h, uint16_t master, uint16_t protocol, uint64_t bytes);
void host_app_move(struct host *h, uint16_t master, uint16_t protocol, uint64_t bytes, uint16_t to_master,
		   uint16_t to_protocol);

/* apps.c */
int apps_init(struct apps *t);
void apps_free(struct apps *t);
uint16_t apps_get(struct apps *t, uint16_t master, uint16_t protocol);
void apps_count(struct app_slot *s, const struct flow_counters *c);
void apps_uncount(struct app_slot *s, const struct flow_counters *c);
void apps_tick(struct apps *t, uint64_t elapsed_ns);

/* names.c */
int names_init(struct names *t, uint32_t max);
void names_free(struct names *t);
/* A host name as people write it: lower case, no port, no final dot, at least one letter. False when it is
 * none. */
bool name_clean(const char *s, size_t n, char out[64]);
void names_put(struct names *t, const struct addr *a, const char *name, uint8_t source, uint64_t ns);
const struct name_entry *names_get(const struct names *t, const struct addr *a);
/* Learn what this flow's metadata says about its ends and, for the DNS, about others. */
void model_learn_names(struct model *m, const struct flow_event *ev, const struct model_flow *f);
/* Give the host a name if it is better than the one it has. */
void host_name_offer(struct host_slot *s, const char *name, uint8_t source, uint64_t ns);

/* series.c */
int series_init(struct series *s);
void series_free(struct series *s);
/* Close the second that is being filled at time now; spread what it holds over the seconds since when a
 * live tick came late. */
void series_tick(struct series *s, uint64_t now_s, bool spread, struct model_totals *totals);

#endif
