/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer's thread: take, sweep, answer, and sleep when there is nothing of the three.
 *
 * Sleeping: the packet path makes no system call, so nobody wakes the observer for words. Live it looks
 * again after 1, 2, then 4 ms: words keep, and a fuller vector is cheaper. From a file the worker waits at
 * each tick, so it first gives way, then looks again after 50 µs, doubling up to 0.5 ms for a second and
 * to 4 ms from then on. Questions ring a bell.
 */
#include "observer/observer_internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"

#define SLEEP_MIN_LIVE_NS NS_PER_MS
#define SLEEP_MIN_NS      50000u
#define SLEEP_MAX_NS      (4 * NS_PER_MS)
#define SLEEP_MAX_FILE_NS (NS_PER_MS / 2)
#define YIELDS            20u
#define STILL_NS          (2 * NS_PER_S) /* a file's worker that sent nothing for so long: show what there is */
#define ID_HINTS_MAX      (1u << 20)

/* Reserved address space, zero, touched as used. */
static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void release(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes);
}

static int number_sources(struct observer *o, const struct observer_options *options)
{
	uint64_t total = 0;
	o->sources = calloc(options->slab_count, sizeof(*o->sources));
	if (!o->sources)
		return WEIR_E(NOMEM);
	for (unsigned i = 0; i < options->slab_count; i++) {
		o->sources[i].slab = options->slabs[i];
		o->sources[i].base = (uint32_t)total;
		total += options->slabs[i]->slots;
	}
	if (total >= UINT32_MAX)
		return WEIR_E(INVALID);
	o->flow_limit = (uint32_t)total;
	o->options.slabs = NULL;
	return 0;
}

static int reserve_arrays(struct observer *o)
{
	uint32_t hints = 4096;
	while (hints < o->flow_limit && hints < ID_HINTS_MAX)
		hints *= 2;
	o->id_mask = hints - 1;
	o->seen = reserve(o->flow_limit * sizeof(*o->seen));
	o->side = reserve(o->flow_limit * sizeof(*o->side));
	o->cut = reserve(o->flow_limit * sizeof(*o->cut));
	o->id_hint = reserve(hints * sizeof(*o->id_hint));
	o->cache = reserve(sizeof(*o->cache));
	return o->seen && o->side && o->cut && o->id_hint && o->cache ? 0 : WEIR_E(NOMEM);
}

static int make_model(struct observer *o)
{
	struct model_options mo = {
		.interface = o->interface,
		.hosts_max = o->options.hosts_max,
		.enrich = o->options.enrich,
		.flows_max = o->flow_limit,
		.is_file = o->options.is_file,
	};
	int rc = model_create(&mo, &o->model);
	if (rc < 0)
		return rc;
	struct flow_reader reader = model_reader(o->model);
	return observer_add_reader(o, &reader);
}

int observer_create(const struct observer_options *options, struct observer **ret, struct errmsg *e)
{
	if (options->slab_count == 0)
		return err_set(e, WEIR_E(INVALID), "an observer needs at least one slab");
	struct observer *o = calloc(1, sizeof(*o));
	if (!o)
		return err_set(e, WEIR_E(NOMEM), "no memory for the observer of %s", options->interface);
	o->options = *options;
	(void)snprintf(o->interface, sizeof(o->interface), "%s", options->interface);
	o->options.interface = o->interface;
	if (options->dataset)
		(void)snprintf(o->dataset, sizeof(o->dataset), "%s", options->dataset);
	o->options.dataset = options->dataset ? o->dataset : NULL;
	int rc = mailbox_init(&o->mail);
	if (rc == 0)
		rc = number_sources(o, options);
	if (rc == 0)
		rc = reserve_arrays(o);
	if (rc == 0)
		rc = make_model(o);
	if (rc < 0) {
		observer_free(o);
		return err_set(e, rc, "no memory for the observer of %s: lower --memory or the number of flows",
			       options->interface);
	}
	*ret = o;
	return 0;
}

void observer_free(struct observer *o)
{
	if (!o)
		return;
	model_free(o->model);
	mailbox_free(&o->mail);
	release(o->seen, o->flow_limit * sizeof(*o->seen));
	release(o->side, o->flow_limit * sizeof(*o->side));
	release(o->cut, o->flow_limit * sizeof(*o->cut));
	release(o->id_hint, (o->id_mask + (size_t)1) * sizeof(*o->id_hint));
	release(o->cache, sizeof(*o->cache));
	free(o->sources);
	free(o);
}

int observer_add_reader(struct observer *o, const struct flow_reader *reader)
{
	if (o->started || o->reader_count == OBSERVER_READERS)
		return WEIR_E(BUSY);
	o->readers[o->reader_count++] = *reader;
	return 0;
}

const char *observer_interface(const struct observer *o)
{
	return o->interface;
}

uint32_t observer_id(const struct observer *o)
{
	return o->options.id;
}

/* From a file: whether words may be taken now. They may once a tick is the last of them; also when the
 * ring is three quarters full (flows that ended must give their slots back), when the worker sent nothing
 * for long, and at the end. */
static bool gate(struct observer *o, struct source *s)
{
	if (!o->options.is_file || s->gate_open)
		return true;
	struct ring *r = &s->slab->forward;
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (head == tail)
		return false;
	if (r->words[(head - 1) & r->mask] == SLAB_TICK) {
		s->gate_open = true;
		return true;
	}
	if (atomic_load(&o->stop) || (head - tail) / 3 >= s->slab->slots / 4)
		return true;
	uint64_t now = clock_monotonic_ns();
	if (head != s->head_seen) {
		s->head_seen = head;
		s->still_since = now;
	}
	return now - s->still_since > STILL_NS;
}

static unsigned take_from_all(struct observer *o)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < o->options.slab_count; i++) {
		struct source *s = &o->sources[i];
		if ((s->tick_waits && o->options.is_file) || !gate(o, s))
			continue;
		if (o->options.test_delay_us)
			nanosleep(&(struct timespec){0, (long)(o->options.test_delay_us * 1000)}, NULL);
		taken += events_take(o, s);
	}
	return taken;
}

/* Give way for ever longer while nothing comes. */
static void rest(struct observer *o, unsigned *idle, uint64_t *idle_since)
{
	unsigned round = (*idle)++;
	if (!o->options.is_file) {
		mailbox_sleep(&o->mail, round < 2 ? SLEEP_MIN_LIVE_NS << round : SLEEP_MAX_NS);
		return;
	}
	uint64_t now = clock_monotonic_ns();
	if (round == 0)
		*idle_since = now;
	if (round < YIELDS) {
		(void)sched_yield();
		return;
	}
	unsigned doublings = round - YIELDS > 10 ? 10 : round - YIELDS;
	uint64_t ns = (uint64_t)SLEEP_MIN_NS << doublings;
	uint64_t most = now - *idle_since < NS_PER_S ? SLEEP_MAX_FILE_NS : SLEEP_MAX_NS;
	mailbox_sleep(&o->mail, ns < most ? ns : most);
}

/* One round; false when there was nothing to do. */
static bool work(struct observer *o)
{
	uint64_t began = o->question_debt_ns ? clock_monotonic_ns() : 0;
	bool busy = take_from_all(o) > 0;
	if (o->sweeping) {
		(void)sweep_portion(o);
		busy = true;
	}
	if (o->question_debt_ns && busy) {
		uint64_t spent = clock_monotonic_ns() - began;
		o->question_debt_ns -= spent < o->question_debt_ns ? spent : o->question_debt_ns;
		if (o->question_debt_ns)
			return true;
	}
	return questions_step(o) || busy;
}

static void *run(void *arg)
{
	struct observer *o = arg;
	unsigned idle = 0;
	uint64_t idle_since = 0;
	(void)prctl(PR_SET_NAME, "weir-observer");
	(void)prctl(PR_SET_TIMERSLACK, 20000ul);
	for (;;) {
		/* Before the work: words sent before the stop are then seen by the work that follows. */
		bool stopping = atomic_load(&o->stop);
		if (work(o)) {
			idle = 0;
			continue;
		}
		if (stopping)
			break;
		rest(o, &idle, &idle_since);
	}
	uint64_t last_ns = o->now_ns ? o->now_ns : atomic_load(&o->published.first_ns);
	if (last_ns) /* closes the second that was open */
		observer_tick_readers(o, (last_ns / NS_PER_S + 1) * NS_PER_S);
	questions_close(o);
	return NULL;
}

int observer_start(struct observer *o, struct errmsg *e)
{
	if (o->started)
		return err_set(e, WEIR_E(BUSY), "the observer of %s runs already", o->interface);
	o->started = true;
	int rc = pthread_create(&o->thread, NULL, run, o);
	if (rc != 0) {
		o->started = false;
		return err_set(e, WEIR_E(NOMEM), "can't start the observer of %s: %s", o->interface, strerror(rc));
	}
	return 0;
}

void observer_stop(struct observer *o)
{
	if (!o->started || atomic_exchange(&o->stop, true))
		return;
	mailbox_wake(&o->mail);
	pthread_join(o->thread, NULL);
}

struct model *observer_model(struct observer *o)
{
	return o->model;
}

uint64_t observer_now(const struct observer *o)
{
	return o->now_ns;
}

uint32_t observer_flow_limit(const struct observer *o)
{
	return o->flow_limit;
}

bool observer_flow_row(struct observer *o, uint32_t flow, struct flow_row *ret_row)
{
	if (flow >= o->flow_limit || !o->seen[flow].live)
		return false;
	struct source *s = source_of_flow(o, flow);
	events_live_row(o, s, flow - s->base, ret_row);
	model_flow_names(o->model, flow, ret_row->addr, ret_row->derived.name);
	return true;
}

static bool is_flow(struct observer *o, uint32_t flow, uint64_t flow_id)
{
	if (flow >= o->flow_limit || !o->seen[flow].live)
		return false;
	const struct source *s = source_of_flow(o, flow);
	return s->slab->records[flow - s->base].flow_id == flow_id;
}

uint32_t observer_flow_find(struct observer *o, uint64_t flow_id)
{
	uint32_t hint = o->id_hint[flow_id & o->id_mask];
	if (is_flow(o, hint, flow_id))
		return hint;
	for (unsigned i = 0; i < o->options.slab_count; i++) {
		const struct source *s = &o->sources[i];
		for (uint32_t slot = 0; slot < s->high; slot++)
			if (is_flow(o, s->base + slot, flow_id))
				return s->base + slot;
	}
	return UINT32_MAX;
}
