/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer over synthetic slabs: exact sums of rows, deltas, hosts, applications and series; identical
 * rows whatever the pace; questions while it runs and after the file's end; slots and blocks that all come
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "model/model.h"
#include "observer/observer.h"
#include "observer/synthetic.h"

struct collector {
	struct flow_counters rows, deltas;
	uint64_t news, updates, slices, ends, gone, first_slices, ticks, last_tick;
	uint32_t *slice_next; /* by flow number */
	uint64_t bad;
	bool keep;
	struct text text; /* stored fields of SLICE and END rows */
};

static void add_counters(struct flow_counters *sum, const struct flow_counters *c)
{
	for (unsigned i = 0; i < 2; i++) {
		sum->packets[i] += c->packets[i];
		sum->wire_bytes[i] += c->wire_bytes[i];
		sum->bytes[i] += c->bytes[i];
	}
}

static void collect_row(struct collector *c, const struct flow_event *ev)
{
	add_counters(&c->rows, &ev->row.count);
	if (ev->row.slice_no == 0)
		c->first_slices++;
	if (ev->row.slice_no != c->slice_next[ev->flow]++)
		c->bad++;
	/* Each row lies in one five-minute bucket. */
	if (ev->row.first_ns / FLOW_SLICE_NS != ev->row.last_ns / FLOW_SLICE_NS)
		c->bad++;
	if (ev->row.first_ns > ev->row.last_ns || ev->row.ended != (ev->kind == FLOW_EVENT_END))
		c->bad++;
	if (!c->keep)
		return;
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		struct field_value v;
		if (!(f->flags & FIELD_STORED) || !f->get)
			continue;
		f->get(&ev->row, &v);
		field_rowbinary(&c->text, &v);
	}
}

static void on_events(void *ctx, const struct flow_event *events, unsigned count)
{
	struct collector *c = ctx;
	for (unsigned i = 0; i < count; i++) {
		const struct flow_event *ev = &events[i];
		add_counters(&c->deltas, &ev->delta);
		switch (ev->kind) {
		case FLOW_EVENT_NEW:
			c->news++;
			c->slice_next[ev->flow] = 0;
			break;
		case FLOW_EVENT_UPDATE:
			c->updates++;
			break;
		case FLOW_EVENT_SLICE:
			c->slices++;
			collect_row(c, ev);
			break;
		case FLOW_EVENT_END:
			c->ends++;
			collect_row(c, ev);
			break;
		case FLOW_EVENT_GONE: /* only after a slice, with nothing left to count */
			c->ends++;
			c->gone++;
			if (c->slice_next[ev->flow] == 0 || ev->delta.packets[0] + ev->delta.packets[1] ||
			    ev->row.count.packets[0] + ev->row.count.packets[1])
				c->bad++;
			break;
		}
	}
}

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct collector *c = ctx;
	if (now_ns <= c->last_tick)
		c->bad++;
	c->last_tick = now_ns;
	c->ticks++;
}

static void collector_init(struct collector *c, uint32_t flows, bool keep)
{
	memset(c, 0, sizeof(*c));
	c->slice_next = calloc(flows, sizeof(uint32_t));
	c->keep = keep;
	assert_non_null(c->slice_next);
}

static void collector_free(struct collector *c)
{
	free(c->slice_next);
	text_free(&c->text);
}

static struct observer *make(struct slab *slab, const struct observer_options *more, struct collector *c)
{
	struct observer *o = NULL;
	struct observer_options options = *more;
	options.interface = "test0";
	options.slabs = (struct slab *[]){slab};
	options.slab_count = 1;
	if (!options.hosts_max)
		options.hosts_max = 65536;
	assert_int_equal(observer_create(&options, &o, NULL), 0);
	struct flow_reader reader = {"collector", c, on_events, on_tick};
	assert_int_equal(observer_add_reader(o, &reader), 0);
	return o;
}

static void assert_counters(const struct flow_counters *a, const struct flow_counters *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/* Host sums: what all hosts sent is all that was counted, and so is what they received. */
static void assert_model_sums(struct observer *o, const struct synthetic *w)
{
	const struct model *m = observer_model(o);
	uint64_t packets = w->fed.packets[0] + w->fed.packets[1], wire = w->fed.wire_bytes[0] + w->fed.wire_bytes[1];
	uint64_t bytes = w->fed.bytes[0] + w->fed.bytes[1];
	struct host_traffic hosts;
	struct model_totals t;
	model_hosts_others(m, &hosts);
	for (uint32_t i = 0; i < model_host_limit(m); i++) {
		const struct host *h = model_host(m, i);
		if (!h)
			continue;
		uint64_t apps = h->apps_others_bytes;
		for (unsigned k = 0; k < HOST_APPS; k++)
			apps += h->apps[k].bytes;
		assert_int_equal(apps, h->total.bytes[0] + h->total.bytes[1]);
		for (unsigned k = 0; k < 2; k++) {
			hosts.packets[k] += h->total.packets[k];
			hosts.bytes[k] += h->total.bytes[k];
			hosts.wire_bytes[k] += h->total.wire_bytes[k];
		}
	}
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(hosts.packets[k], packets);
		assert_int_equal(hosts.bytes[k], bytes);
		assert_int_equal(hosts.wire_bytes[k], wire);
	}
	model_totals(m, &t);
	assert_int_equal(t.packets, packets);
	assert_int_equal(t.wire_bytes, wire);
	assert_int_equal(t.bytes, bytes);
	assert_int_equal(t.other_packets, w->other_packets);
	assert_int_equal(t.other_wire_bytes, w->other_wire);
	uint64_t app_packets = 0, app_wire = 0, app_flows = 0;
	for (uint32_t i = 0; i < model_app_count(m); i++) {
		app_packets += model_app(m, i)->packets;
		app_wire += model_app(m, i)->wire_bytes;
		app_flows += model_app(m, i)->flows_total;
	}
	assert_int_equal(app_packets, packets);
	assert_int_equal(app_wire, wire);
	assert_int_equal(app_flows, w->flows);
	static struct second series[MODEL_SECONDS];
	uint64_t series_packets = 0, series_wire = 0, series_flows = 0;
	uint32_t n = model_series(m, 0, series, MODEL_SECONDS);
	for (uint32_t i = 0; i < n; i++) {
		series_packets += series[i].packets;
		series_wire += series[i].bytes_in + series[i].bytes_out + series[i].bytes_internal;
		series_flows += series[i].flows_new;
		assert_true(i == 0 || series[i].ts_s == series[i - 1].ts_s + 1);
	}
	assert_int_equal(series_packets, packets + w->other_packets);
	assert_int_equal(series_wire, wire + w->other_wire);
	assert_int_equal(series_flows, w->flows);
}

static void assert_nothing_live(struct observer *o, const struct synthetic *w)
{
	const struct model *m = observer_model(o);
	struct model_totals t;
	model_totals(m, &t);
	assert_int_equal(t.flows_live, 0);
	assert_int_equal(t.risky_flows, 0);
	for (uint32_t i = 0; i < model_host_limit(m); i++)
		if (model_host(m, i)) {
			assert_int_equal(model_host(m, i)->flows_live, 0);
			assert_int_equal(model_host(m, i)->risky_flows, 0);
			assert_int_equal(model_host(m, i)->score, 0);
		}
	for (uint32_t i = 0; i < model_app_count(m); i++)
		assert_int_equal(model_app(m, i)->flows_live, 0);
	/* Every slot and block is back. */
	assert_int_equal(w->slab.pool.in_use, 0);
	assert_int_equal(w->slab.free_count, w->slab.fresh);
}

/* One whole run of a file's worker: seconds of packets, a gap over several cuts, more seconds. */
static void run_file(uint64_t seed, uint64_t delay_us, uint32_t slots, struct collector *c, bool check)
{
	struct synthetic w;
	synthetic_init(&w, slots, slots < 4000 ? slots / 2 : 2000, 300, seed, true);
	struct observer *o = make(&w.slab, &(struct observer_options){.is_file = true, .test_delay_us = delay_us}, c);
	assert_int_equal(observer_start(o, NULL), 0);
	for (unsigned i = 0; i < 30; i++)
		synthetic_second(&w, 200);
	synthetic_tick(&w, w.now_ns / NS_PER_S + 700);
	for (unsigned i = 0; i < 30; i++)
		synthetic_second(&w, 150);
	synthetic_tick(&w, w.now_ns / NS_PER_S + 700); /* what is live now ends without another packet */
	synthetic_finish(&w);
	observer_stop(o);
	slab_collect(&w.slab);
	if (check) {
		assert_true(w.cuts > 10);
		assert_counters(&c->rows, &w.fed);
		assert_counters(&c->deltas, &w.fed);
		assert_int_equal(c->news, w.flows);
		assert_int_equal(c->ends, w.flows);
		assert_int_equal(c->first_slices, w.flows);
		assert_int_equal(c->slices, w.cuts); /* none merged: the worker waits */
		assert_int_equal(c->bad, 0);
		assert_true(c->gone > 0);
		assert_model_sums(o, &w);
		assert_nothing_live(o, &w);
		struct observer_stats st;
		observer_stats(o, &st);
		assert_int_equal(st.flows_live, 0);
		assert_int_equal(st.packets, w.fed.packets[0] + w.fed.packets[1] + w.other_packets);
	}
	observer_free(o);
	synthetic_free(&w);
}

static void test_file_sums(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct collector c;
		collector_init(&c, 100000, false);
		run_file(seed, 0, 50000, &c, true);
		collector_free(&c);
	}
}

/* So few slots that they come back many times over. */
static void test_few_slots(void **state)
{
	(void)state;
	struct collector c;
	collector_init(&c, 64, false);
	run_file(9, 0, 64, &c, true);
	assert_true(c.ends > 640);
	collector_free(&c);
}

static void test_rows_are_identical(void **state)
{
	(void)state;
	struct collector c[3];
	static const uint64_t delays[3] = {0, 0, 400};
	for (unsigned i = 0; i < 3; i++) {
		collector_init(&c[i], 100000, true);
		run_file(77, delays[i], 50000, &c[i], false);
		assert_false(c[i].text.failed);
	}
	assert_true(c[0].text.len > 100000);
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(c[i].text.len, c[0].text.len);
		assert_int_equal(memcmp(c[i].text.buf, c[0].text.buf, c[0].text.len), 0);
	}
	for (unsigned i = 0; i < 3; i++)
		collector_free(&c[i]);
}

struct ask {
	struct question q;
	unsigned steps, wanted;
	uint64_t seen;
};

static bool count_step(struct question *q, struct observer *o)
{
	struct ask *a = (struct ask *)(void *)q;
	a->seen = observer_now(o);
	return ++a->steps >= a->wanted;
}

struct asker {
	struct observer *o;
	_Atomic bool stop;
	uint64_t answered, refused;
	uint64_t worst_ns;
};

static void *asker_run(void *arg)
{
	struct asker *a = arg;
	while (!atomic_load(&a->stop)) {
		struct ask ask = {.q = {.step = count_step}, .wanted = 3};
		uint64_t began = clock_monotonic_ns();
		int rc = observer_ask(a->o, &ask.q);
		uint64_t took = clock_monotonic_ns() - began;
		if (took > a->worst_ns)
			a->worst_ns = took;
		if (rc == 0 && ask.steps == 3)
			a->answered++;
		else
			a->refused++;
		nanosleep(&(struct timespec){0, 200000}, NULL);
	}
	return NULL;
}

/* Live: the worker never waits; three others ask meanwhile. Cuts may be merged, sums may not change. */
static void test_live_with_questions(void **state)
{
	(void)state;
	struct synthetic w;
	struct collector c;
	struct asker askers[3];
	pthread_t threads[3];
	collector_init(&c, 20000, false);
	synthetic_init(&w, 20000, 3000, 500, 5, false);
	struct observer *o = make(&w.slab, &(struct observer_options){0}, &c);
	assert_int_equal(observer_start(o, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		askers[i] = (struct asker){.o = o};
		assert_int_equal(pthread_create(&threads[i], NULL, asker_run, &askers[i]), 0);
	}
	for (unsigned i = 0; i < 400; i++)
		synthetic_second(&w, 250);
	synthetic_finish(&w);
	for (unsigned i = 0; i < 3; i++) {
		atomic_store(&askers[i].stop, true);
		pthread_join(threads[i], NULL);
		assert_true(askers[i].answered > 0);
		assert_int_equal(askers[i].refused, 0);
	}
	observer_stop(o);
	slab_collect(&w.slab);
	assert_counters(&c.rows, &w.fed);
	assert_counters(&c.deltas, &w.fed);
	assert_int_equal(c.ends, w.flows);
	assert_true(c.slices <= w.cuts);
	assert_int_equal(c.bad, 0);
	assert_model_sums(o, &w);
	assert_nothing_live(o, &w);
	observer_free(o);
	collector_free(&c);
	synthetic_free(&w);
}

/* After the file's end the picture stays and answers; a next turn may use the slab; after the stop nobody
 * is left waiting. */
static void test_answers_after_the_end(void **state)
{
	(void)state;
	struct synthetic w;
	struct collector c;
	collector_init(&c, 5000, false);
	synthetic_init(&w, 5000, 300, 100, 21, true);
	struct observer *o = make(&w.slab, &(struct observer_options){.is_file = true}, &c);
	struct ask early = {.q = {.step = count_step}, .wanted = 1};
	assert_int_equal(observer_ask(o, &early.q), WEIR_E(UNAVAILABLE)); /* not started yet */
	assert_int_equal(observer_start(o, NULL), 0);
	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < 5; i++)
			synthetic_second(&w, 100);
		synthetic_finish(&w);
		assert_int_equal(c.ends, w.flows); /* the last tick came back: all is handled */
		struct ask ask = {.q = {.step = count_step}, .wanted = 2};
		assert_int_equal(observer_ask(o, &ask.q), 0);
		assert_int_equal(ask.seen, w.now_ns);
	}
	nanosleep(&(struct timespec){1, 100000000}, NULL);
	uint64_t cpu_before = (uint64_t)clock() * (1000000000ull / CLOCKS_PER_SEC);
	nanosleep(&(struct timespec){0, 500000000}, NULL);
	uint64_t cpu = (uint64_t)clock() * (1000000000ull / CLOCKS_PER_SEC) - cpu_before;
	print_message("idle observer: %.2f %% of a processor\n", (double)cpu / 5e6);
	assert_true(cpu < 25000000); /* 5 %, with sanitizers on a busy machine */
	struct ask ask = {.q = {.step = count_step}, .wanted = 1};
	assert_int_equal(observer_ask(o, &ask.q), 0);
	observer_stop(o);
	assert_int_equal(observer_ask(o, &ask.q), WEIR_E(UNAVAILABLE));
	assert_model_sums(o, &w);
	observer_free(o);
	collector_free(&c);
	synthetic_free(&w);
}

/* A file's worker that dies in the middle of a second: what it announced is seen all the same. */
static void test_stop_without_a_last_tick(void **state)
{
	(void)state;
	struct synthetic w;
	struct collector c;
	collector_init(&c, 1000, false);
	synthetic_init(&w, 1000, 300, 100, 3, true);
	struct observer *o = make(&w.slab, &(struct observer_options){.is_file = true}, &c);
	assert_int_equal(observer_start(o, NULL), 0);
	uint32_t slot = synthetic_new(&w, 2, 5, 443);
	synthetic_packet(&w, slot, 0, 100, 7);
	synthetic_end(&w, slot);
	observer_stop(o);
	assert_int_equal(c.ends, 1);
	assert_counters(&c.rows, &w.fed);
	assert_model_sums(o, &w);
	observer_free(o);
	collector_free(&c);
	synthetic_free(&w);
}

static bool find_step(struct question *q, struct observer *o)
{
	struct ask *a = (struct ask *)(void *)q;
	uint32_t flow = observer_flow_find(o, a->seen);
	struct flow_row row;
	a->steps = 0;
	if (flow != UINT32_MAX && observer_flow_row(o, flow, &row) && row.flow_id == a->seen)
		a->steps = (unsigned)(row.bits_per_s[0] + row.bits_per_s[1]);
	else
		a->steps = UINT32_MAX;
	return true;
}

/* Rates are those of the last full second, and none when nothing came. */
static void test_rates_and_find(void **state)
{
	(void)state;
	struct synthetic w;
	struct collector c;
	collector_init(&c, 1000, false);
	synthetic_init(&w, 1000, 300, 100, 3, true);
	struct observer *o = make(&w.slab, &(struct observer_options){.is_file = true}, &c);
	assert_int_equal(observer_start(o, NULL), 0);
	uint32_t slot = synthetic_new(&w, 2, 5, 443);
	uint64_t id = w.slab.records[slot].flow_id, s = w.now_ns / NS_PER_S;
	synthetic_packet(&w, slot, 0, 1000, 7);
	synthetic_tick(&w, s + 1);
	struct ask a = {.q = {.step = find_step}, .seen = id};
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, 56000);
	synthetic_meta(&w, slot, 91, 126, "x.example.org", 0, 0); /* an update within the second */
	synthetic_packet(&w, slot, 1, 500, 2);
	synthetic_tick(&w, s + 2);
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, 8000);
	synthetic_packet(&w, slot, 1, 500, 2);
	synthetic_tick(&w, s + 6); /* over a gap: the mean */
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, 2000);
	synthetic_tick(&w, s + 7);
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, 0);
	a.seen = id + 1;
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, UINT32_MAX);
	synthetic_end(&w, slot);
	synthetic_tick(&w, s + 8);
	a.seen = id;
	assert_int_equal(observer_ask(o, &a.q), 0);
	assert_int_equal(a.steps, UINT32_MAX);
	observer_stop(o);
	observer_free(o);
	collector_free(&c);
	synthetic_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_sums),
		cmocka_unit_test(test_few_slots),
		cmocka_unit_test(test_rows_are_identical),
		cmocka_unit_test(test_live_with_questions),
		cmocka_unit_test(test_answers_after_the_end),
		cmocka_unit_test(test_stop_without_a_last_tick),

		cmocka_unit_test(test_rates_and_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
