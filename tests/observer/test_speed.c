/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an event costs the observer, model included: new, update (by the sweep), changed and end, for
 * 100,000 flows over few and over many hosts. The figures are printed; the goal is 250 ns a record on this
 * machine, the bound asserted is ten times that, so that sanitizers and loaded machines pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "base/clock.h"
#include "observer/observer.h"
#include "observer/synthetic.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLOWS    20000u
#define BOUND_NS 25000.0
#else
#define FLOWS    100000u
#define BOUND_NS 2500.0
#endif

struct cpu {
	struct question q;
	uint64_t ns;
};

static bool cpu_step(struct question *q, struct observer *o)
{
	(void)o;
	((struct cpu *)(void *)q)->ns = clock_thread_cpu_ns();
	return true;
}

/* Processor time of the observer's thread. */
static uint64_t observer_cpu(struct observer *o)
{
	struct cpu c = {.q = {.step = cpu_step}};
	assert_int_equal(observer_ask(o, &c.q), 0);
	return c.ns;
}

static double worst;

/* What waits in the ring is handled at the tick; a tick within the second makes no sweep. */
static void tick(struct observer *o, struct synthetic *w, uint64_t now_ns, const char *what)
{
	uint64_t began = observer_cpu(o);
	slab_tick(&w->slab, now_ns, true);
	slab_collect(&w->slab);
	double each = (double)(observer_cpu(o) - began) / FLOWS;
	print_message("  %-28s %5.0f ns a record\n", what, each);
	worst = each > worst ? each : worst;
}

static void measure(uint32_t addresses)
{
	struct synthetic w;
	struct observer *o = NULL;
	struct enrich *en = NULL;
	static uint32_t slots[FLOWS];
	assert_int_equal(enrich_open(&(struct enrich_options){.oui_dir = "/nonexistent"}, &en, NULL), 0);
	synthetic_init(&w, FLOWS * 2, FLOWS, addresses, 1, true);
	struct observer_options options = {.enrich = en,
					   .interface = "t",
					   .is_file = true,
					   .hosts_max = 262144,
					   .slabs = (struct slab *[]){&w.slab},
					   .slab_count = 1};
	assert_int_equal(observer_create(&options, &o, NULL), 0);
	assert_int_equal(observer_start(o, NULL), 0);
	uint64_t s = w.now_ns / NS_PER_S;
	slab_tick(&w.slab, s * NS_PER_S, true);
	print_message("%u flows over %u addresses:\n", FLOWS, addresses);
	for (unsigned round = 0; round < 2; round++, s++) { /* the first touches memory for the first time */
		for (uint32_t i = 0; i < FLOWS; i++) {
			slots[i] = synthetic_new(&w, (uint32_t)synthetic_random(&w, addresses),
						 (uint32_t)synthetic_random(&w, addresses), 443);
			synthetic_packet(&w, slots[i], 0, 100, 1);
		}
		tick(o, &w, s * NS_PER_S, round ? "new" : "new, memory untouched");
		for (uint32_t i = 0; i < FLOWS; i++)
			synthetic_packet(&w, slots[i], 1, 100, 1);
		tick(o, &w, (s + 1) * NS_PER_S, "update by the sweep");
		for (uint32_t i = 0; i < FLOWS; i++)
			synthetic_meta(&w, slots[i], 91, (uint16_t)(i % 100), i % 3 ? NULL : "www.example.org", 0, 0);
		tick(o, &w, (s + 1) * NS_PER_S, "changed (application, name)");
		for (uint32_t i = 0; i < FLOWS; i++)
			synthetic_end(&w, slots[i]);
		tick(o, &w, (s + 1) * NS_PER_S, "end");
	}
	assert_true(worst < BOUND_NS);
	observer_stop(o);
	observer_free(o);
	synthetic_free(&w);
	enrich_close(en);
}

static void test_few_hosts(void **state)
{
	(void)state;
	measure(2000);
}

static void test_many_hosts(void **state)
{
	(void)state;
	measure(200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_few_hosts), cmocka_unit_test(test_many_hosts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
