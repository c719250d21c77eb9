/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nDPI for one worker: its module, states, memory; when a flow is shown packets and when it has had enough.
 *
 * The rules are those of nDPI's own ndpiReader, so that both give the same answers: packets are shown until an application is known and no extra
 * dissection is possible, or the bound is reached; then, if still unknown, ndpi_detection_giveup() guesses. nDPI itself looks at no more than
 * 32 packets of a flow (NDPI_MAX_NUM_PKTS_PER_FLOW_TO_DISSECT), so a larger bound would change nothing.
 *
 * Empty TCP segments are not shown. All that they change in a state is counted or set by hand in dpi_prime(): the number of packets processed (nDPI gives
 * up at once on a flow whose first packet is no SYN) and the three handshake bits.
 */
#include "flow/dpi_types.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/worker.h"

enum {
	PACKETS_MAX_TCP = 32,
	PACKETS_MAX_OTHER = 24, /* ndpiReader's for UDP */
	DPI_BYTES_DEFAULT = 64 << 20,
};

/* Bits of flow_side.dpi_syn: the handshake as nDPI would have seen it. */
enum { SEEN_SYN = 1, SEEN_SYN_ACK = 2, SEEN_ACK = 4 };

/* --- nDPI's memory: process-wide hooks, so the arena of the worker at work is kept by thread --- */

struct block_head {
	size_t size;             /* asked for */
	struct dpi_arena *arena; /* NULL: plain malloc (module start) */
};
static_assert(sizeof(struct block_head) == 16, "keeps malloc's alignment");

static _Thread_local struct dpi_arena *arena_now;

static void *arena_malloc(size_t size)
{
	struct dpi_arena *a = arena_now;
	size_t whole = size + sizeof(struct block_head);
	struct block_head *h;

	if (!a) {
		h = malloc(whole);
	} else if (whole <= (size_t)1 << POOL_MAX_SHIFT) {
		h = pool_take(&a->pool, whole);
	} else {
		h = a->large + whole <= a->large_cap ? malloc(whole) : NULL;
		if (h)
			a->large += whole;
	}
	if (!h) {
		if (a)
			a->refused++;
		return NULL;
	}
	*h = (struct block_head){size, a};
	return h + 1;
}

static void arena_free(void *block)
{
	if (!block)
		return;
	struct block_head *h = (struct block_head *)block - 1;
	size_t whole = h->size + sizeof *h;

	if (h->arena && whole <= (size_t)1 << POOL_MAX_SHIFT) {
		pool_give(&h->arena->pool, h, whole);
		return;
	}
	if (h->arena)
		h->arena->large -= whole;
	free(h);
}

/* --- states --- */

static struct dpi_state *state_take(struct dpi *d)
{
	struct dpi_state *s = d->free;

	if (s)
		d->free = s->next_free;
	else if (d->states_fresh < d->states_max)
		s = &d->states[d->states_fresh++];
	else
		return NULL;
	memset(s, 0, sizeof *s);
	s->in_use = true;
	return s;
}

static void state_give(struct dpi *d, struct dpi_state *s)
{
	ndpi_free_flow_data(&s->flow);
	if (s == &d->spare)
		return;
	s->in_use = false;
	s->next_free = d->free;
	d->free = s;
}

int dpi_create(const struct flow_options *options, struct dpi **ret, struct errmsg *e)
{
	struct dpi *d = calloc(1, sizeof *d);
	size_t bytes = options->dpi_bytes ? options->dpi_bytes : DPI_BYTES_DEFAULT;

	if (!d)
		return err_set(e, WEIR_E(NOMEM), "no memory for DPI");
	/* Two thirds for states, one for what nDPI allocates inside them. */
	d->states_max = (uint32_t)(bytes / 3 * 2 / sizeof(struct dpi_state)) + 1;
	void *states = mmap(NULL, sizeof(struct dpi_state) * (size_t)d->states_max, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	d->states = states == MAP_FAILED ? NULL : states;
	d->arena.large_cap = bytes / 6;
	d->packets_max[0] = PACKETS_MAX_TCP;
	d->packets_max[1] = PACKETS_MAX_OTHER;
	if (options->dpi_packets_max) {
		uint32_t n = options->dpi_packets_max;
		d->packets_max[0] = (uint8_t)(n < PACKETS_MAX_TCP ? n : PACKETS_MAX_TCP);
		d->packets_max[1] = (uint8_t)(n < PACKETS_MAX_OTHER ? n : PACKETS_MAX_OTHER);
	}
	if (!d->states || pool_init(&d->arena.pool, bytes / 6) < 0) {
		dpi_free(d);
		return err_set(e, WEIR_E(NOMEM), "no memory for DPI");
	}
	d->module = dpi_module_create();
	if (!d->module) {
		dpi_free(d);
		return err_set(e, WEIR_E(UNAVAILABLE), "nDPI %s can't start (is there memory?)", ndpi_revision());
	}
	*ret = d;
	return 0;
}

void dpi_free(struct dpi *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->states_fresh; i++) /* states of flows that never ended */
		if (d->states[i].in_use)
			ndpi_free_flow_data(&d->states[i].flow);
	if (d->module)
		ndpi_exit_detection_module(d->module);
	pool_free_all(&d->arena.pool);
	if (d->states)
		munmap(d->states, sizeof(struct dpi_state) * (size_t)d->states_max);
	free(d);
}

struct ndpi_detection_module_struct *dpi_module_create(void)
{
	set_ndpi_malloc(arena_malloc);
	set_ndpi_free(arena_free);
	set_ndpi_flow_malloc(arena_malloc);
	set_ndpi_flow_free(arena_free);
	struct dpi_arena *before = arena_now;
	arena_now = NULL;
#if NDPI_AT_LEAST(4, 10)
	struct ndpi_detection_module_struct *m = ndpi_init_detection_module(NULL);
#else
	struct ndpi_detection_module_struct *m = ndpi_init_detection_module(ndpi_no_prefs);
#endif
	if (m) {
#if !NDPI_AT_LEAST(5, 0)
		NDPI_PROTOCOL_BITMASK all;
		NDPI_BITMASK_SET_ALL(all);
		ndpi_set_protocol_detection_bitmask2(m, &all);
#endif
		ndpi_finalize_initialization(m);
	}
	arena_now = before;
	return m;
}

/* --- calls --- */

/* nDPI refuses a packet whose IP header says more than was captured (snap length), or nothing (segmentation offload). It is shown
 * what there is, under a header that says so. */
static const uint8_t *consistent(struct dpi *d, const uint8_t *ip, uint32_t *len)
{
	bool v4 = ip[0] >> 4 == 4;
	uint32_t said = v4 ? (uint32_t)ip[2] << 8 | ip[3] : 40 + ((uint32_t)ip[4] << 8 | ip[5]);

	if (__builtin_expect(said == *len, 1))
		return ip;
	if (*len > sizeof d->cut)
		*len = sizeof d->cut;
	memcpy(d->cut, ip, *len);
	uint32_t say = v4 ? *len : *len - 40;
	d->cut[v4 ? 2 : 4] = (uint8_t)(say >> 8);
	d->cut[v4 ? 3 : 5] = (uint8_t)say;
	return d->cut;
}

static ndpi_protocol process(struct dpi *d, struct dpi_state *s, const uint8_t *ip, uint32_t len, uint64_t ts_ns)
{
	ip = consistent(d, ip, &len);
	uint16_t n = (uint16_t)len;
#if NDPI_AT_LEAST(4, 6)
	return ndpi_detection_process_packet(d->module, &s->flow, ip, n, ts_ns / NS_PER_MS, NULL);
#else
	return ndpi_detection_process_packet(d->module, &s->flow, ip, n, ts_ns / NS_PER_MS);
#endif
}

static ndpi_protocol give_up(struct dpi *d, struct dpi_state *s)
{
#if NDPI_AT_LEAST(5, 0)
	return ndpi_detection_giveup(d->module, &s->flow);
#elif NDPI_AT_LEAST(4, 10)
	uint8_t guessed;
	return ndpi_detection_giveup(d->module, &s->flow, &guessed);
#else
	uint8_t guessed;
	return ndpi_detection_giveup(d->module, &s->flow, 1, &guessed);
#endif
}

/* What the packets that were left out would have told it. */
static void dpi_prime(struct dpi_state *s, const struct flow_side *side)
{
	s->flow.num_processed_pkts = side->dpi_given;
	s->flow.l4_proto = IPPROTO_TCP;
	s->flow.l4.tcp.seen_syn = (side->dpi_syn & SEEN_SYN) != 0;
	s->flow.l4.tcp.seen_syn_ack = (side->dpi_syn & SEEN_SYN_ACK) != 0;
	s->flow.l4.tcp.seen_ack = (side->dpi_syn & SEEN_ACK) != 0;
}

static bool same_meta(const struct flow_meta *a, const struct flow_meta *b)
{
	const size_t from = offsetof(struct flow_meta, app_master);
	return a && a->size == b->size && memcmp((const char *)a + from, (const char *)b + from, a->size - from) == 0;
}

static void publish(struct flow_worker *w, uint32_t slot, const struct dpi_state *s)
{
	struct flow_meta *made = dpi_meta_build(w->dpi, s), *meta;

	if (!made || same_meta(PEEK(w->slab->records[slot].meta), made))
		return;
	meta = pool_take(&w->slab->pool, made->size);
	if (!meta) {
		BUMP(w->slab->counters.meta_refused, 1);
		return;
	}
	memcpy(meta, made, made->size);
	slab_publish_meta(w->slab, slot, meta);
}

/* No more packets for this flow: the last word, and the state goes back. */
static void finish(struct flow_worker *w, uint32_t slot, struct dpi_state *s)
{
	struct flow_side *side = &w->side[slot];

	if (NDPI_APP(s->protocol) == NDPI_PROTOCOL_UNKNOWN)
		s->protocol = give_up(w->dpi, s);
	publish(w, slot, s);
	state_give(w->dpi, s);
	side->dpi = NULL;
	side->flags |= SIDE_DPI_DONE;
}

/* An empty TCP segment: remember what it would have told nDPI. */
static void left_out(struct flow_worker *w, uint32_t slot, const struct packet *p)
{
	struct flow_side *side = &w->side[slot];
	uint8_t syn_ack = p->tcp_flags & (TCP_SYN | TCP_ACK);

	side->dpi_given++;
	if (syn_ack == TCP_SYN && !side->dpi_syn)
		side->dpi_syn = SEEN_SYN;
	else if (syn_ack == (TCP_SYN | TCP_ACK) && side->dpi_syn == SEEN_SYN)
		side->dpi_syn |= SEEN_SYN_ACK;
	else if (syn_ack == TCP_ACK && side->dpi_syn == (SEEN_SYN | SEEN_SYN_ACK))
		side->dpi_syn |= SEEN_ACK;
	if (side->dpi)
		side->dpi->flow.num_processed_pkts++;
}

static void show(struct flow_worker *w, uint32_t slot, const struct packet *p, bool last)
{
	struct dpi *d = w->dpi;
	struct flow_side *side = &w->side[slot];
	struct dpi_state *s = side->dpi;

	if (!s) {
		s = state_take(d);
		if (!s) { /* one look, then a guess */
			BUMP(w->slab->counters.dpi_no_state, 1);
			s = &d->spare;
			memset(s, 0, sizeof *s);
			last = true;
		} else {
			side->dpi = s;
		}
		if (side->dpi_given && p->key.protocol == IPPROTO_TCP)
			dpi_prime(s, side);
	}
	side->dpi_given++;
	BUMP(w->slab->counters.dpi_calls, 1);
	uint16_t before = NDPI_APP(s->protocol);
	s->protocol = process(d, s, p->ip, p->ip_caplen, p->ts_ns);
	if (last || s->flow.fail_with_unknown ||
	    (NDPI_APP(s->protocol) != NDPI_PROTOCOL_UNKNOWN && !ndpi_extra_dissection_possible(d->module, &s->flow)))
		finish(w, slot, s);
	else if (NDPI_APP(s->protocol) != before)
		publish(w, slot, s);
}

void dpi_packet(struct flow_worker *w, uint32_t slot, const struct packet *p)
{
	struct flow_side *side = &w->side[slot];
	bool tcp = p->key.protocol == IPPROTO_TCP;
	bool last = side->dpi_given + 1 > w->dpi->packets_max[!tcp];

	if (p->is_later_fragment)
		return; /* nDPI doesn't look at these */
	arena_now = &w->dpi->arena;
	if (tcp && p->payload_caplen == 0) {
		left_out(w, slot, p);
		if (last && side->dpi)
			finish(w, slot, side->dpi);
	} else {
		show(w, slot, p, last);
	}
	arena_now = NULL;
}

/* A header as its first packet had it, for flows that never had payload. */
static uint32_t made_up_packet(const struct flow_record *r, uint8_t packet[64])
{
	unsigned c = r->client_is_1;
	const struct flow_key *k = &r->key;
	uint32_t ip = 20;

	memset(packet, 0, 64);
	if (addr_is_v4(&k->addr[0])) {
		packet[0] = 0x45;
		packet[3] = 40;
		packet[8] = 64;
		packet[9] = k->protocol;
		memcpy(packet + 12, k->addr[c].b + 12, 4);
		memcpy(packet + 16, k->addr[!c].b + 12, 4);
	} else {
		ip = 40;
		packet[0] = 0x60;
		packet[5] = 20;
		packet[6] = k->protocol;
		packet[7] = 64;
		memcpy(packet + 8, k->addr[c].b, 16);
		memcpy(packet + 24, k->addr[!c].b, 16);
	}
	packet[ip] = (uint8_t)(k->port[c] >> 8);
	packet[ip + 1] = (uint8_t)k->port[c];
	packet[ip + 2] = (uint8_t)(k->port[!c] >> 8);
	packet[ip + 3] = (uint8_t)k->port[!c];
	packet[ip + 12] = 0x50;
	packet[ip + 13] = PEEK(r->tcp_flags[0]) & TCP_SYN ? TCP_SYN : TCP_ACK;
	return ip + 20;
}

void dpi_end(struct flow_worker *w, uint32_t slot)
{
	struct flow_side *side = &w->side[slot];
	const struct flow_record *r = &w->slab->records[slot];
	uint8_t packet[64];

	if (side->flags & SIDE_DPI_DONE)
		return;
	arena_now = &w->dpi->arena;
	if (side->dpi) {
		finish(w, slot, side->dpi);
	} else if (r->key.protocol == IPPROTO_TCP) {
		struct dpi_state *s = &w->dpi->spare;
		memset(s, 0, sizeof *s);
		BUMP(w->slab->counters.dpi_calls, 1);
		s->protocol = process(w->dpi, s, packet, made_up_packet(r, packet), PEEK(r->last_ns));
		finish(w, slot, s);
	}
	arena_now = NULL;
}

const char *flow_dpi_version(void)
{
	return ndpi_revision();
}
