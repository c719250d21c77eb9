/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A worker without packets: it writes flow records into a slab by hand, as flow/ does, from a seed. What
 * it fed is counted apart, so that tests can hold rows, hosts, applications and series against it.
 */
#ifndef WEIR_TESTS_SYNTHETIC_H
#define WEIR_TESTS_SYNTHETIC_H

#include "record/slab.h"

struct synthetic {
	struct slab slab;
	uint64_t random;
	uint64_t now_ns;   /* packet time */
	uint64_t last_cut; /* number of the five-minute bucket */
	uint64_t next_id;
	uint32_t *live; /* slots */
	uint32_t live_count, live_max;
	uint32_t addresses;       /* clients and servers are drawn from so many */
	bool wait;                /* a file's worker: waits at ticks */
	struct flow_counters fed; /* by direction */
	uint64_t other_packets, other_wire;
	uint64_t flows, cuts;
};

void synthetic_init(struct synthetic *w, uint32_t slots, uint32_t live_max, uint32_t addresses, uint64_t seed,
		    bool wait);
void synthetic_free(struct synthetic *w);
uint64_t synthetic_random(struct synthetic *w, uint64_t below);
/* The pieces, for tests that want to say what happens. */
uint32_t synthetic_new(struct synthetic *w, uint32_t client, uint32_t server, uint16_t server_port); /* slot */
void synthetic_packet(struct synthetic *w, uint32_t slot, unsigned dir, uint32_t wire, uint32_t packets);
void synthetic_meta(struct synthetic *w, uint32_t slot, uint16_t master, uint16_t protocol, const char *sni,
		    uint64_t risks, uint16_t score);
/* A DNS flow's metadata: query and the address it was answered with. */
void synthetic_dns(struct synthetic *w, uint32_t slot, const char *query, struct addr answer);
void synthetic_cut(struct synthetic *w, uint32_t slot);
void synthetic_end(struct synthetic *w, uint32_t slot);
void synthetic_other(struct synthetic *w, uint32_t wire); /* a frame of no flow */
/* Address number n: local (10.0.x.x) for even ones, remote for odd ones, every seventh IPv6. */
struct addr synthetic_addr(uint32_t n);
/* One second of packet time with `packets` packets on random flows; then the tick. */
void synthetic_second(struct synthetic *w, unsigned packets);
/* To the start of second s: cuts if a boundary lies between, then the tick. */
void synthetic_tick(struct synthetic *w, uint64_t s);
/* End all flows; the last tick. */
void synthetic_finish(struct synthetic *w);

#endif
