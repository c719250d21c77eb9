/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model fed with events by hand: caps of its tables (each is filled), exact sums through evictions and
 * application changes, names, series, save and restore.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/model_internal.h"

#define T0    (1700000000ull * NS_PER_S)
#define FLOWS 20000u

struct fixture {
	struct model *m;
	struct flow_reader reader;
	struct flow_row rows[FLOWS]; /* by flow number, as they are now */
	struct flow_counters fed;
	uint64_t flows, random, now_s;
};

static struct fixture *begin(uint32_t hosts_max, bool is_file)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	struct model_options o = {.interface = "t", .hosts_max = hosts_max, .flows_max = FLOWS, .is_file = is_file};
	assert_int_equal(model_create(&o, &f->m), 0);
	f->reader = model_reader(f->m);
	f->now_s = T0 / NS_PER_S;
	f->random = 88172645463325252ull;
	return f;
}

static void end(struct fixture *f)
{
	model_free(f->m);
	free(f);
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return (uint32_t)((f->random >> 16) % below);
}

static struct addr host_addr(uint32_t n)
{
	uint8_t b[4] = {n & 1 ? 10 : 93, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	return addr_from_v4(b);
}

static void tick(struct fixture *f, uint64_t s)
{
	f->now_s = s;
	f->reader.on_tick(f->reader.ctx, s * NS_PER_S);
}

/* An event on a flow with some packets; meta NULL: as before. */
static void event(struct fixture *f, uint32_t flow, enum flow_event_kind kind, uint32_t packets,
		  const struct flow_meta *meta)
{
	struct flow_event ev = {.kind = kind, .flow = flow, .meta_changed = meta != NULL};
	struct flow_row *row = &f->rows[flow];
	for (unsigned i = 0; i < 2; i++) {
		ev.delta.packets[i] = packets;
		ev.delta.bytes[i] = packets * (100ull + i);
		ev.delta.wire_bytes[i] = packets * (120ull + i);
		row->count.packets[i] += ev.delta.packets[i];
		row->count.bytes[i] += ev.delta.bytes[i];
		row->count.wire_bytes[i] += ev.delta.wire_bytes[i];
		f->fed.packets[i] += ev.delta.packets[i];
		f->fed.bytes[i] += ev.delta.bytes[i];
		f->fed.wire_bytes[i] += ev.delta.wire_bytes[i];
	}
	row->last_ns = f->now_s * NS_PER_S + 5;
	if (meta)
		row->meta = meta;
	ev.row = *row;
	ev.total = row->count;
	f->reader.on_events(f->reader.ctx, &ev, 1);
}

static void new_flow(struct fixture *f, uint32_t flow, uint32_t client, uint32_t server, uint32_t packets)
{
	struct flow_row *row = &f->rows[flow];
	*row = (struct flow_row){
		.flow_id = ++f->flows, .first_ns = f->now_s * NS_PER_S, .protocol = 6, .port = {40000, 443}};
	row->addr[0] = host_addr(client);
	row->addr[1] = host_addr(server);
	row->derived.is_local[0] = client & 1;
	row->derived.is_local[1] = server & 1;
	event(f, flow, FLOW_EVENT_NEW, packets, NULL);
}

static struct flow_meta *meta_of(uint16_t master, uint16_t protocol, enum meta_text which, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	struct flow_meta *m = calloc(1, sizeof(*m) + n + 1);
	assert_non_null(m);
	m->app_master = master;
	m->app_protocol = protocol;
	m->text[which].len = (uint16_t)n;
	memcpy(m->bytes, s ? s : "", n);
	return m;
}

/* What all hosts sent = what all received = what was fed; apps and totals too. */
static void assert_sums(struct fixture *f)
{
	struct host_traffic all;
	uint64_t packets = f->fed.packets[0] + f->fed.packets[1], wire = f->fed.wire_bytes[0] + f->fed.wire_bytes[1];
	uint64_t apps = 0, app_flows = 0, live = 0;
	model_hosts_others(f->m, &all);
	for (uint32_t i = 0; i < model_host_limit(f->m); i++) {
		const struct host *h = model_host(f->m, i);
		if (!h)
			continue;
		uint64_t own = h->apps_others_bytes;
		for (unsigned k = 0; k < HOST_APPS; k++)
			own += h->apps[k].bytes;
		assert_int_equal(own, h->total.bytes[0] + h->total.bytes[1]);
		for (unsigned k = 0; k < 2; k++) {
			all.packets[k] += h->total.packets[k];
			all.wire_bytes[k] += h->total.wire_bytes[k];
			all.bytes[k] += h->total.bytes[k];
		}
	}
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(all.packets[k], packets);
		assert_int_equal(all.wire_bytes[k], wire);
		assert_int_equal(all.bytes[k], f->fed.bytes[0] + f->fed.bytes[1]);
	}
	for (uint32_t i = 0; i < model_app_count(f->m); i++) {
		apps += model_app(f->m, i)->wire_bytes;
		app_flows += model_app(f->m, i)->flows_total;
		live += model_app(f->m, i)->flows_live;
	}
	struct model_totals t;
	model_totals(f->m, &t);
	assert_int_equal(apps, wire);
	assert_int_equal(app_flows, f->flows);
	assert_int_equal(live, t.flows_live);
	assert_int_equal(t.wire_bytes, wire);
}

static void test_full_host_table(void **state)
{
	(void)state;
	struct fixture *f = begin(1, true); /* the smallest there is */
	struct model_totals t;
	for (uint32_t i = 0; i < 3000; i++)
		new_flow(f, i, i * 2, i * 2 + 1, 1 + i % 7);
	model_totals(f->m, &t);
	assert_int_equal(t.hosts, MODEL_HOSTS_MIN);
	assert_int_equal(t.hosts_max, MODEL_HOSTS_MIN);
	assert_int_equal(t.hosts_refused, 6000 - MODEL_HOSTS_MIN); /* all have live flows: nobody gives way */
	assert_int_equal(t.hosts_evicted, 0);
	assert_sums(f);
	for (uint32_t i = 0; i < 3000; i++)
		event(f, i, FLOW_EVENT_UPDATE, 3, NULL);
	/* The first end first: they are the idlest, and give way in that order. */
	for (uint32_t i = 0; i < 3000; i++)
		event(f, i, FLOW_EVENT_END, 1, NULL);
	struct addr first = host_addr(0), later = host_addr(2 * 400);
	assert_non_null(model_host_find(f->m, &first));
	for (uint32_t i = 0; i < 100; i++)
		new_flow(f, i, 100000 + i * 2, 100001 + i * 2, 2);
	model_totals(f->m, &t);
	assert_int_equal(t.hosts, MODEL_HOSTS_MIN);
	assert_int_equal(t.hosts_evicted, 200);
	assert_null(model_host_find(f->m, &first));
	assert_non_null(model_host_find(f->m, &later));
	assert_sums(f);
	tick(f, f->now_s + 1);
	assert_sums(f);
	end(f);
}

/* A host that gives way in the second in which it moved, its number taken by another: rates stay right. */
static void test_rate_of_reused_number(void **state)
{
	(void)state;
	struct fixture *f = begin(1, true);
	for (uint32_t i = 0; i < MODEL_HOSTS_MIN / 2; i++) {
		new_flow(f, i, i * 2, i * 2 + 1, 1);
		event(f, i, FLOW_EVENT_END, 0, NULL);
	}
	new_flow(f, 9, 500000, 500002, 10);
	tick(f, f->now_s + 1);
	struct addr a = host_addr(500000);
	const struct host *h = model_host_find(f->m, &a);
	assert_non_null(h);
	assert_int_equal(h->bits_per_s[0], 10 * 120 * 8);
	assert_int_equal(h->bits_per_s[1], 10 * 121 * 8);
	tick(f, f->now_s + 1);
	assert_int_equal(h->bits_per_s[0], 0);
	end(f);
}

/* Any order of news, updates, application changes and ends keeps all sums. */
static void test_random_events(void **state)
{
	(void)state;
	struct fixture *f = begin(1500, true);
	struct flow_meta *metas[40];
	bool live[2000] = {false};
	for (unsigned i = 0; i < 40; i++) {
		metas[i] = meta_of((uint16_t)(i % 4), (uint16_t)i, META_tls_sni, i % 3 ? "some.example.org" : NULL);
		metas[i]->risks = i % 5 ? 0 : 2;
		metas[i]->risk_score = i % 5 ? 0 : 50;
	}
	for (unsigned i = 0; i < 60000; i++) {
		uint32_t flow = draw(f, 2000);
		const struct flow_meta *meta = draw(f, 6) == 0 ? metas[draw(f, 40)] : NULL;
		if (!live[flow]) {
			new_flow(f, flow, draw(f, 2500), draw(f, 2500), draw(f, 5));
			live[flow] = true;
		} else if (draw(f, 5) == 0) {
			event(f, flow, FLOW_EVENT_END, draw(f, 3), meta);
			live[flow] = false;
		} else {
			event(f, flow, FLOW_EVENT_UPDATE, draw(f, 9), meta);
		}
		if (i % 1000 == 0)
			tick(f, f->now_s + 1);
		if (i % 6000 == 0)
			assert_sums(f);
	}
	for (uint32_t flow = 0; flow < 2000; flow++)
		if (live[flow])
			event(f, flow, FLOW_EVENT_END, 0, NULL);
	assert_sums(f);
	struct model_totals t;
	model_totals(f->m, &t);
	assert_int_equal(t.flows_live, 0);
	assert_int_equal(t.risky_flows, 0);
	assert_true(t.hosts_evicted > 0);
	for (uint32_t i = 0; i < model_host_limit(f->m); i++)
		if (model_host(f->m, i)) {
			assert_int_equal(model_host(f->m, i)->score, 0);
			assert_int_equal(model_host(f->m, i)->flows_live, 0);
		}
	for (unsigned i = 0; i < 40; i++)
		free(metas[i]);
	end(f);
}

static uint64_t app_bytes(const struct host *h, uint16_t master)
{
	for (unsigned i = 0; i < HOST_APPS; i++)
		if (h->apps[i].bytes && h->apps[i].master == master)
			return h->apps[i].bytes;
	return 0;
}

/* What a flow counted before its application was known moves there with it; the list of a host keeps the largest. */
static void test_apps_of_a_host(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct flow_meta *metas[12];
	for (unsigned i = 0; i < 12; i++)
		metas[i] = meta_of((uint16_t)(i + 1), 0, META_tls_sni, NULL);
	struct addr client = host_addr(1);
	new_flow(f, 0, 1, 2, 10);
	const struct host *h = model_host_find(f->m, &client);
	assert_int_equal(app_bytes(h, 0), 2010);
	event(f, 0, FLOW_EVENT_UPDATE, 5, metas[0]);
	assert_int_equal(app_bytes(h, 0), 0);
	assert_int_equal(app_bytes(h, 1), 3015);
	assert_int_equal(model_app(f->m, 0)->wire_bytes, 0);
	assert_int_equal(model_app(f->m, 0)->flows_live, 0);
	assert_int_equal(model_app(f->m, 1)->flows_live, 1);
	/* Twelve applications, larger and larger: the first four are others in the end. */
	for (uint32_t i = 1; i < 12; i++) {
		new_flow(f, i, 1, 2, 20 * i);
		event(f, i, FLOW_EVENT_UPDATE, 1, metas[i]);
	}
	assert_int_equal(app_bytes(h, 2), 0);
	assert_int_equal(app_bytes(h, 12), 221 * 201);
	assert_true(h->apps_others_bytes > 0);
	assert_sums(f);
	/* A flow whose bytes are among the others turns out to be of a listed application: they come back. */
	uint64_t others = h->apps_others_bytes;
	event(f, 1, FLOW_EVENT_UPDATE, 0, metas[11]);
	assert_int_equal(app_bytes(h, 12), 242 * 201);
	assert_int_equal(h->apps_others_bytes, others - 21 * 201);
	assert_sums(f);
	for (unsigned i = 0; i < 12; i++)
		free(metas[i]);
	end(f);
}

static void test_full_app_table(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct model_totals t;
	new_flow(f, 0, 2, 3, 5);
	for (uint32_t i = 0; i < APPS_MAX + 100; i++) {
		struct flow_meta *meta = meta_of((uint16_t)(1 + i / 200), (uint16_t)(i % 200), META_tls_sni, NULL);
		event(f, 0, FLOW_EVENT_UPDATE, 1, meta);
		f->rows[0].meta = NULL;
		free(meta);
	}
	model_totals(f->m, &t);
	assert_int_equal(model_app_count(f->m), APPS_MAX);
	assert_int_equal(t.apps_refused, 101);               /* number 0 is the unknown one */
	assert_int_equal(model_app(f->m, 0)->flows_live, 1); /* where the flow stands that found no room */
	assert_sums(f);
	end(f);
}

static void test_clean_names(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{"www.Example.ORG", "www.example.org"},
		{"example.org:8080", "example.org"},
		{"a_b-c.local.", "a_b-c.local"},
		{"10.1.2.3", NULL},
		{"[2001:db8::1]", NULL},
		{"", NULL},
		{".", NULL},
		{"x", NULL},
		{"a b", NULL},
		{"a\n.org", NULL},
		{"<script>", NULL},
		{"\xc3\xa9.fr", NULL},
		{".org", NULL},
		{"123456789.123456789.123456789.123456789.123456789.123456789.abc",
		 "123456789.123456789.123456789.123456789.123456789.123456789.abc"},
		{"123456789.123456789.123456789.123456789.123456789.123456789.abcd", NULL},
	};
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[64];
		bool ok = name_clean(cases[i].in, strlen(cases[i].in), out);
		if (ok != (cases[i].out != NULL) || (ok && strcmp(out, cases[i].out) != 0))
			fail_msg("%s", cases[i].in);
	}
}

static void learn(struct fixture *f, uint32_t flow, enum meta_text which, const char *s, const struct addr *answer,
		  uint16_t port)
{
	struct flow_meta *meta = meta_of(7, 0, which, s);
	if (answer) {
		meta->dns_answer = *answer;
		meta->has_dns_answer = 1;
	}
	f->rows[flow].port[1] = port;
	event(f, flow, FLOW_EVENT_UPDATE, 1, meta);
	f->rows[flow].meta = NULL;
	free(meta);
}

static void test_names(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct addr server = host_addr(50), other = host_addr(60), unknown = host_addr(70);
	const char *names[2];
	new_flow(f, 0, 1, 50, 1);
	assert_null(model_name(f->m, &server));
	learn(f, 0, META_tls_sni, "First.example.org", NULL, 443);
	assert_string_equal(model_name(f->m, &server), "first.example.org");
	learn(f, 0, META_tls_sni, "second.example.org", NULL, 443); /* of equal worth the first stays */
	assert_string_equal(model_name(f->m, &server), "first.example.org");
	learn(f, 0, META_http_host, "web.example.org:80", NULL, 80);
	assert_string_equal(model_name(f->m, &server), "web.example.org");
	learn(f, 0, META_tls_sni, "third.example.org", NULL, 443); /* of less worth */
	assert_string_equal(model_name(f->m, &server), "web.example.org");
	new_flow(f, 1, 1, 53, 1);
	learn(f, 1, META_dns_query, "dns.example.org", &server, 53);
	assert_string_equal(model_name(f->m, &server), "dns.example.org");
	assert_int_equal(model_host_find(f->m, &server)->name_source, NAME_DNS);
	/* The answer comes before the host. */
	learn(f, 1, META_dns_query, "before.example.org", &other, 53);
	assert_null(model_host_find(f->m, &other));
	assert_string_equal(model_name(f->m, &other), "before.example.org");
	new_flow(f, 2, 1, 60, 1);
	assert_string_equal(model_host_find(f->m, &other)->name, "before.example.org");
	model_flow_names(f->m, 2, f->rows[2].addr, names);
	assert_null(names[0]);
	assert_string_equal(names[1], "before.example.org");
	learn(f, 1, META_dns_query, "printer.local", &other, 5353);
	assert_string_equal(model_name(f->m, &other), "printer.local");
	assert_int_equal(model_host_find(f->m, &other)->name_source, NAME_MDNS);
	assert_null(model_name(f->m, &unknown));
	/* After an hour a newer name of equal worth is believed. */
	tick(f, f->now_s + 3700);
	learn(f, 1, META_dns_query, "later.example.org", &server, 53);
	assert_string_equal(model_name(f->m, &server), "later.example.org");
	end(f);
}

static void test_full_name_table(void **state)
{
	(void)state;
	struct fixture *f = begin(1, true);
	struct model_totals t;
	char name[40];
	new_flow(f, 0, 1, 53, 1);
	for (uint32_t i = 0; i < 3000; i++) {
		struct addr a = host_addr(1000000 + i);
		(void)snprintf(name, sizeof(name), "host%u.example.org", i);
		learn(f, 0, META_dns_query, name, &a, 53);
	}
	model_totals(f->m, &t);
	assert_int_equal(t.names_max, MODEL_HOSTS_MIN);
	assert_int_equal(t.names_used, MODEL_HOSTS_MIN);
	assert_int_equal(t.names_evicted, 3000 - MODEL_HOSTS_MIN);
	struct addr first = host_addr(1000000), last = host_addr(1002999);
	assert_null(model_name(f->m, &first)); /* the oldest gave way */
	assert_string_equal(model_name(f->m, &last), "host2999.example.org");
	end(f);
}

static uint64_t series_sum(const struct model *m, uint32_t *ret_n)
{
	static struct second s[MODEL_SECONDS + 10];
	uint64_t sum = 0;
	*ret_n = model_series(m, 0, s, MODEL_SECONDS + 10);
	for (uint32_t i = 0; i < *ret_n; i++) {
		sum += s[i].bytes_in + s[i].bytes_out + s[i].bytes_internal;
		assert_true(i == 0 || s[i].ts_s == s[i - 1].ts_s + 1);
	}
	return sum;
}

static void test_series_of_a_file(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct second s[10];
	uint64_t t0 = f->now_s;
	uint32_t n;
	new_flow(f, 0, 1, 2, 10); /* local to remote: c2s is out */
	tick(f, t0 + 1);
	new_flow(f, 1, 2, 1, 10); /* remote to local: c2s is in */
	new_flow(f, 2, 1, 3, 10); /* local to local */
	tick(f, t0 + 5);          /* a gap: the second closes, three are empty */
	new_flow(f, 3, 2, 4, 10); /* neither: the client's side counts as ours */
	tick(f, t0 + 6);
	n = model_series(f->m, 0, s, 10);
	assert_int_equal(n, 6);
	assert_int_equal(s[0].ts_s, t0);
	assert_int_equal(s[0].bytes_out, 1200);
	assert_int_equal(s[0].bytes_in, 1210);
	assert_int_equal(s[1].bytes_in, 1200);
	assert_int_equal(s[1].bytes_out, 1210);
	assert_int_equal(s[1].bytes_internal, 2410);
	assert_int_equal(s[1].flows_new, 2);
	assert_int_equal(s[1].flows_live, 3);
	assert_int_equal(s[2].packets + s[3].packets + s[4].packets, 0);
	assert_int_equal(s[5].bytes_out, 1200);
	assert_int_equal(model_series(f->m, t0 + 4, s, 10), 1);
	assert_int_equal(s[0].ts_s, t0 + 5);
	assert_int_equal(model_series(f->m, 0, s, 2), 2); /* the newest */
	assert_int_equal(s[1].ts_s, t0 + 5);
	assert_int_equal(model_series(f->m, t0 + 5, s, 10), 0);
	/* Two years are jumped. */
	tick(f, t0 + 70000000);
	new_flow(f, 4, 1, 2, 1);
	tick(f, t0 + 70000001);
	assert_int_equal(model_series(f->m, 0, s, 10), 2);
	assert_int_equal(s[1].ts_s, t0 + 70000000);
	assert_true(series_sum(f->m, &n) > 0);
	/* More than an hour of seconds: the ring holds the newest. */
	for (uint64_t i = 2; i < 4000; i++)
		tick(f, t0 + 70000000 + i);
	(void)series_sum(f->m, &n);
	assert_int_equal(n, MODEL_SECONDS);
	end(f);
}

static void test_series_live(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, false);
	struct second s[10];
	uint64_t t0 = f->now_s;
	uint32_t n;
	tick(f, t0);
	new_flow(f, 0, 1, 2, 10);
	tick(f, t0 + 4); /* late: what came is spread over the four seconds */
	n = model_series(f->m, t0 - 1, s, 10);
	assert_int_equal(n, 4);
	assert_int_equal(s[0].packets + s[1].packets + s[2].packets + s[3].packets, 20);
	assert_int_equal(s[3].packets, 5);
	assert_int_equal(s[0].bytes_out + s[1].bytes_out + s[2].bytes_out + s[3].bytes_out, 1200);
	assert_int_equal(s[0].flows_new + s[1].flows_new + s[2].flows_new + s[3].flows_new, 1);
	struct model_totals t;
	model_totals(f->m, &t);
	assert_int_equal(t.bits_out, 1200 * 8 / 4);
	assert_int_equal(t.peak_out, 300 * 8);
	end(f);
}

static void test_save_and_restore(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true), *g = begin(2000, true);
	struct text saved = TEXT_INIT, again = TEXT_INIT;
	struct addr server = host_addr(50), client = host_addr(1);
	new_flow(f, 0, 1, 50, 3);
	f->rows[0].mac[0] = (struct mac){{2, 1, 2, 3, 4, 5}};
	new_flow(f, 1, 1, 50, 3);
	learn(f, 0, META_tls_sni, "kept.example.org", NULL, 443);
	model_save(f->m, &saved);
	assert_int_equal(model_restore(g->m, text_str(&saved), saved.len, NULL), 0);
	/* Remembered, but on no list before it shows up again. */
	struct model_totals t;
	model_totals(g->m, &t);
	assert_int_equal(t.hosts, 0);
	assert_int_equal(t.hosts_used, 2);
	assert_null(model_host_find(g->m, &server));
	assert_string_equal(model_name(g->m, &server), "kept.example.org");
	g->now_s += 1000;
	new_flow(g, 0, 1, 50, 1);
	const struct host *h = model_host_find(g->m, &server);
	assert_non_null(h);
	assert_int_equal(h->first_ns, T0);
	assert_int_equal(h->last_ns, (T0 / NS_PER_S + 1000) * NS_PER_S + 5);
	assert_int_equal(h->name_source, NAME_SNI);
	assert_int_equal(h->total.packets[0], 1);
	assert_non_null(model_host_find(g->m, &client));
	assert_sums(g);
	model_save(g->m, &again);
	assert_non_null(strstr(text_str(&again), "kept.example.org"));
	text_free(&saved);
	text_free(&again);
	end(f);
	end(g);
}

static int restore(struct fixture *f, const char *text, struct errmsg *e)
{
	return model_restore(f->m, text, strlen(text), e);
}

#define HEAD "{\"weir\":\"hosts\",\"version\":1}\n"
#define SEEN "\"first_seen\":\"2024-01-01T00:00:00Z\",\"last_seen\":\"2024-01-02T00:00:00Z\""

static void test_restore_refuses(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct errmsg e = {""};
	assert_int_equal(restore(f, "{\"weir\":\"hosts\",\"version\":2}\n", &e), WEIR_E(VERSION));
	assert_non_null(strstr(e.text, "version 2"));
	assert_int_equal(restore(f, "garbage\n", &e), WEIR_E(CORRUPT));
	assert_int_equal(restore(f, "{\"weir\":\"cats\",\"version\":1}\n", &e), WEIR_E(CORRUPT));
	assert_int_equal(restore(f, "", &e), 0);
	/* Damaged lines are left out, good ones around them are kept. */
	assert_int_equal(restore(f,
				 HEAD "{\"ip\":\"10.0.0.1\"," SEEN "}\n"
				      "{\"ip\":\"10.0.0.999\"," SEEN "}\n"
				      "{\"ip\":\"10.0.0.2\"}\n"
				      "{\n\n[]\n"
				      "{\"ip\":\"10.0.0.3\"," SEEN ",\"name\":\"<b>x</b>\",\"name_source\":\"dns\"}\n"
				      "{\"ip\":\"10.0.0.4\"," SEEN ",\"name\":\"ok.org\",\"name_source\":\"psychic\"}\n"
				      "{\"ip\":\"10.0.0.5\"," SEEN ",\"mac\":\"zz\"}\n"
				      "{\"ip\":\"10.0.0.1\"," SEEN "}\n"
				      "{\"ip\":\"10.0.0.6\"," SEEN ",\"name\":\"ok.org\",\"name_source\":\"dns\"}",
				 &e),
			 0);
	struct model_totals t;
	model_totals(f->m, &t);
	assert_int_equal(t.hosts_used, 2);
	end(f);
}

/* More saved hosts than the table holds, and room is made for live ones by the longest unseen. */
static void test_restore_is_bounded(void **state)
{
	(void)state;
	struct fixture *f = begin(1, true);
	struct text saved = TEXT_INIT;
	text_puts(&saved, HEAD);
	for (unsigned i = 0; i < 5000; i++)
		text_printf(
			&saved,
			"{\"ip\":\"93.9.%u.%u\",\"first_seen\":\"2020-01-01T00:00:00Z\",\"last_seen\":\"2024-01-01T00:%02u:%02uZ\"}\n",
			i / 256, i % 256, (i / 60) % 60, i % 60);
	assert_int_equal(model_restore(f->m, text_str(&saved), saved.len, NULL), 0);
	struct model_totals t;
	model_totals(f->m, &t);
	assert_int_equal(t.hosts_used, MODEL_HOSTS_MIN);
	assert_int_equal(t.hosts, 0);
	for (uint32_t i = 0; i < 400; i++)
		new_flow(f, i, i * 2, i * 2 + 1, 1);
	model_totals(f->m, &t);
	assert_int_equal(t.hosts, 800);
	assert_int_equal(t.hosts_evicted, 800);
	assert_int_equal(t.hosts_refused, 0);
	assert_sums(f);
	text_free(&saved);
	end(f);
}

static void test_groups_are_no_hosts(void **state)
{
	(void)state;
	struct fixture *f = begin(2000, true);
	struct model_totals t;
	f->rows[0].derived.cast = CAST_MULTICAST;
	struct flow_event ev = {.kind = FLOW_EVENT_NEW, .flow = 0, .row = {.first_ns = T0, .last_ns = T0}};
	ev.row.addr[0] = host_addr(1);
	assert_int_equal(addr_parse("ff02::fb", &ev.row.addr[1]), 0);
	ev.row.derived.cast = CAST_MULTICAST;
	ev.row.derived.is_local[0] = 1;
	ev.delta.packets[0] = ev.total.packets[0] = 2;
	ev.delta.wire_bytes[0] = ev.total.wire_bytes[0] = 200;
	f->reader.on_events(f->reader.ctx, &ev, 1);
	tick(f, f->now_s + 1);
	model_totals(f->m, &t);
	assert_int_equal(t.hosts, 1);
	assert_int_equal(t.groups, 1);
	struct second s[2];
	assert_int_equal(model_series(f->m, 0, s, 2), 1);
	assert_int_equal(s[0].bytes_internal, 200);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_host_table),
		cmocka_unit_test(test_rate_of_reused_number),
		cmocka_unit_test(test_random_events),
		cmocka_unit_test(test_apps_of_a_host),
		cmocka_unit_test(test_full_app_table),
		cmocka_unit_test(test_clean_names),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_full_name_table),
		cmocka_unit_test(test_series_of_a_file),
		cmocka_unit_test(test_series_live),
		cmocka_unit_test(test_save_and_restore),
		cmocka_unit_test(test_restore_refuses),
		cmocka_unit_test(test_restore_is_bounded),
		cmocka_unit_test(test_groups_are_no_hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
