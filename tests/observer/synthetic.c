/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observer/synthetic.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define NS 1000000000ull

uint64_t synthetic_random(struct synthetic *w, uint64_t below)
{
	/* xorshift64* (Vigna) */
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return (w->random * 2685821657736338717ull >> 11) % below;
}

void synthetic_init(struct synthetic *w, uint32_t slots, uint32_t live_max, uint32_t addresses, uint64_t seed,
		    bool wait)
{
	memset(w, 0, sizeof(*w));
	if (slab_init(&w->slab, slots, (size_t)256 << 20) < 0)
		abort();
	w->random = seed * 2 + 1;
	w->now_ns = 1700000100ull * NS;
	w->last_cut = w->now_ns / FLOW_SLICE_NS;
	w->live = calloc(live_max, sizeof(*w->live));
	w->live_max = live_max;
	w->addresses = addresses;
	w->wait = wait;
}

void synthetic_free(struct synthetic *w)
{
	free(w->live);
	slab_free(&w->slab);
}

struct addr synthetic_addr(uint32_t n)
{
	if (n % 7 == 3) {
		uint8_t b[16] = {0x20, 0x01, 0x0d, 0xb8};
		b[13] = (uint8_t)(n >> 16);
		b[14] = (uint8_t)(n >> 8);
		b[15] = (uint8_t)n;
		return addr_from_v6(b);
	}
	uint8_t b[4] = {n % 2 ? 93 : 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	return addr_from_v4(b);
}

/* A slot; a file's worker lets the observer catch up when there is none, a live one waits for what comes
 * back. */
static uint32_t alloc(struct synthetic *w)
{
	uint32_t slot;
	while ((slot = slab_alloc(&w->slab)) == UINT32_MAX) {
		if (w->wait)
			slab_tick(&w->slab, w->now_ns, true);
		else
			(void)sched_yield();
		slab_collect(&w->slab);
	}
	return slot;
}

uint32_t synthetic_new(struct synthetic *w, uint32_t client, uint32_t server, uint16_t server_port)
{
	uint32_t slot = alloc(w);
	struct flow_record *r = &w->slab.records[slot];
	uint16_t client_port = (uint16_t)(1024 + w->next_id % 60000);
	struct addr a = synthetic_addr(client), b = synthetic_addr(server);
	int order = addr_cmp(&a, &b);
	r->client_is_1 = order > 0 || (order == 0 && client_port > server_port);
	r->key.addr[r->client_is_1] = a;
	r->key.addr[!r->client_is_1] = b;
	r->key.port[r->client_is_1] = client_port;
	r->key.port[!r->client_is_1] = server_port;
	r->key.protocol = 6;
	r->first_ns = w->now_ns;
	r->flow_id = ++w->next_id;
	r->mac[0].b[5] = (uint8_t)client;
	r->mac[0].b[0] = 0xb8;
	r->mac[0].b[1] = 0x27;
	r->mac[0].b[2] = 0xeb;
	atomic_store_explicit(&r->slice_first_ns, w->now_ns, memory_order_relaxed);
	atomic_store_explicit(&r->last_ns, w->now_ns, memory_order_relaxed);
	slab_announce(&w->slab, slot, SLAB_NEW);
	atomic_fetch_add_explicit(&w->slab.counters.flows, 1, memory_order_relaxed);
	w->flows++;
	return slot;
}

static void add(_Atomic uint64_t *x, uint64_t n)
{
	atomic_store_explicit(x, atomic_load_explicit(x, memory_order_relaxed) + n, memory_order_relaxed);
}

void synthetic_packet(struct synthetic *w, uint32_t slot, unsigned dir, uint32_t wire, uint32_t packets)
{
	struct flow_record *r = &w->slab.records[slot];
	uint64_t all = (uint64_t)wire * packets, ip = (uint64_t)(wire - 14) * packets;
	if (atomic_load_explicit(&r->slice_first_ns, memory_order_relaxed) == 0)
		atomic_store_explicit(&r->slice_first_ns, w->now_ns, memory_order_relaxed);
	atomic_store_explicit(&r->last_ns, w->now_ns, memory_order_relaxed);
	atomic_store_explicit(&r->tcp_flags[dir], 16, memory_order_relaxed);
	atomic_store_explicit(&r->tcp_slice_flags[dir], 16, memory_order_relaxed);
	add(&r->wire_bytes[dir], all);
	add(&r->bytes[dir], ip);
	add(&r->packets[dir], packets);
	add(&w->slab.counters.packets, packets);
	add(&w->slab.counters.wire_bytes, all);
	w->fed.packets[dir] += packets;
	w->fed.wire_bytes[dir] += all;
	w->fed.bytes[dir] += ip;
}

static struct flow_meta *meta_with(struct synthetic *w, uint32_t slot, enum meta_text which, const char *s)
{
	size_t n = s ? strlen(s) : 0, size = sizeof(struct flow_meta) + n;
	const struct flow_meta *old = atomic_load_explicit(&w->slab.records[slot].meta, memory_order_relaxed);
	struct flow_meta *m = pool_take(&w->slab.pool, size);
	if (!m)
		abort();
	memset(m, 0, size);
	if (old) {
		m->app_master = old->app_master;
		m->app_protocol = old->app_protocol;
		m->risks = old->risks;
		m->risk_score = old->risk_score;
	}
	m->size = (uint32_t)size;
	if (n) {
		m->text[which].len = (uint16_t)n;
		memcpy(m->bytes, s, n);
	}
	return m;
}

void synthetic_meta(struct synthetic *w, uint32_t slot, uint16_t master, uint16_t protocol, const char *sni,
		    uint64_t risks, uint16_t score)
{
	struct flow_meta *m = meta_with(w, slot, META_tls_sni, sni);
	m->app_master = master;
	m->app_protocol = protocol;
	m->risks = risks;
	m->risk_score = score;
	slab_publish_meta(&w->slab, slot, m);
}

void synthetic_dns(struct synthetic *w, uint32_t slot, const char *query, struct addr answer)
{
	struct flow_meta *m = meta_with(w, slot, META_dns_query, query);
	m->app_master = 5;
	m->app_protocol = 0;
	m->dns_answer = answer;
	m->has_dns_answer = 1;
	slab_publish_meta(&w->slab, slot, m);
}

void synthetic_cut(struct synthetic *w, uint32_t slot)
{
	struct flow_record *r = &w->slab.records[slot];
	struct flow_slice *s = pool_take(&w->slab.pool, sizeof(*s));
	if (!s)
		abort();
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < 2; i++) {
		s->total.packets[i] = atomic_load_explicit(&r->packets[i], memory_order_relaxed);
		s->total.wire_bytes[i] = atomic_load_explicit(&r->wire_bytes[i], memory_order_relaxed);
		s->total.bytes[i] = atomic_load_explicit(&r->bytes[i], memory_order_relaxed);
		s->tcp_flags[i] = atomic_load_explicit(&r->tcp_slice_flags[i], memory_order_relaxed);
		atomic_store_explicit(&r->tcp_slice_flags[i], 0, memory_order_relaxed);
	}
	s->first_ns = atomic_load_explicit(&r->slice_first_ns, memory_order_relaxed);
	s->last_ns = atomic_load_explicit(&r->last_ns, memory_order_relaxed);
	s->meta = atomic_load_explicit(&r->meta, memory_order_relaxed);
	atomic_store_explicit(&r->slice_first_ns, 0, memory_order_relaxed);
	slab_publish_slice(&w->slab, slot, s);
	w->cuts++;
}

void synthetic_end(struct synthetic *w, uint32_t slot)
{
	atomic_store_explicit(&w->slab.records[slot].end_reason, FLOW_ENDED_IDLE, memory_order_relaxed);
	slab_announce(&w->slab, slot, SLAB_END);
}

void synthetic_other(struct synthetic *w, uint32_t wire)
{
	add(&w->slab.counters.packets, 1);
	add(&w->slab.counters.wire_bytes, wire);
	add(&w->slab.counters.bucket[BUCKET_not_ip].packets, 1);
	add(&w->slab.counters.bucket[BUCKET_not_ip].wire_bytes, wire);
	w->other_packets++;
	w->other_wire += wire;
}

void synthetic_tick(struct synthetic *w, uint64_t s)
{
	w->now_ns = s * NS;
	uint64_t bucket = w->now_ns / FLOW_SLICE_NS;
	if (bucket != w->last_cut) {
		w->last_cut = bucket;
		for (uint32_t i = 0; i < w->live_count; i++)
			if (atomic_load_explicit(&w->slab.records[w->live[i]].slice_first_ns, memory_order_relaxed))
				synthetic_cut(w, w->live[i]);
	}
	slab_tick(&w->slab, w->now_ns, w->wait);
	slab_collect(&w->slab);
}

static void random_meta(struct synthetic *w, uint32_t slot)
{
	static const char *const names[] = {"www.example.org", "api.example.org", "cdn.example.net", NULL,
					    "mail.example.com"};
	uint64_t risks = synthetic_random(w, 5) ? 0 : 1ull << (1 + synthetic_random(w, 40));
	synthetic_meta(w, slot, (uint16_t)(synthetic_random(w, 3) * 91), (uint16_t)synthetic_random(w, 30),
		       names[synthetic_random(w, 5)], risks, risks ? 100 : 0);
}

void synthetic_second(struct synthetic *w, unsigned packets)
{
	uint64_t step = NS / (packets + 1);
	for (unsigned i = 0; i < packets; i++) {
		w->now_ns += step;
		uint64_t what = synthetic_random(w, 100);
		if (w->live_count == 0 || (what < 20 && w->live_count < w->live_max)) {
			uint32_t client = (uint32_t)synthetic_random(w, w->addresses);
			uint32_t server = (uint32_t)synthetic_random(w, w->addresses);
			w->live[w->live_count++] = synthetic_new(w, client, server, (uint16_t)(what < 10 ? 443 : 53));
		}
		uint32_t at = (uint32_t)synthetic_random(w, w->live_count);
		uint32_t slot = w->live[at];
		synthetic_packet(w, slot, (unsigned)synthetic_random(w, 2), (uint32_t)(60 + synthetic_random(w, 1400)),
				 (uint32_t)(1 + synthetic_random(w, 3)));
		if (what >= 20 && what < 32)
			random_meta(w, slot);
		if (what >= 85) {
			synthetic_end(w, slot);
			w->live[at] = w->live[--w->live_count];
		}
		if (what == 50)
			synthetic_other(w, 60);
		if (!w->wait && i % 64 == 0)
			slab_collect(&w->slab);
	}
	synthetic_tick(w, w->now_ns / NS + 1);
}

void synthetic_finish(struct synthetic *w)
{
	while (w->live_count)
		synthetic_end(w, w->live[--w->live_count]);
	synthetic_tick(w, w->now_ns / NS + 1);
}
