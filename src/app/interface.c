/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/interface.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/budget.h"
#include "app/state_file.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/model.h"

#define IDLE_WAIT_MS 100

/* --- the worker's thread --- */

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct worker *w = ctx;
	w->last_tick_ns = now_ns;
	slab_tick(&w->slab, now_ns, w->of->is_file);
}

/* Once a second: the kernel's drop counters into the slab, where the observer reads them. */
static void stats_copy(struct worker *w)
{
	struct capture_stats s;
	uint64_t now = clock_monotonic_ns();
	struct capture *c = w->of->is_file ? w->replay.capture : w->capture;

	if (now < w->stats_due_ns || !c)
		return;
	w->stats_due_ns = now + NS_PER_S;
	capture_stats(c, &s);
	atomic_store_explicit(&w->slab.counters.kernel_drops, s.kernel_drops, memory_order_relaxed);
	atomic_store_explicit(&w->slab.counters.kernel_freezes, s.kernel_freezes, memory_order_relaxed);
}

static void report(struct worker *w, const struct errmsg *e)
{
	atomic_fetch_add(&w->of->damaged, 1);
	log_warning("capture", "%s: %s", w->of->name, e->text);
	snprintf(w->of->problem, sizeof w->of->problem, "%.230s", e->text);
}

/* True while there is more to come. */
static bool file_step(struct worker *w, struct packet_view *views)
{
	struct errmsg e = {{0}};
	bool seam;
	int n = replay_next(&w->replay, views, CAPTURE_VECTOR, &seam, &e);

	if (seam) {
		flow_worker_finish(w->flow);
		slab_collect(&w->slab);
	}
	if (n == WEIR_E(NOTFOUND))
		return false;
	if (n < 0)
		report(w, &e);
	else if (n > 0)
		flow_worker_packets(w->flow, views, (unsigned)n);
	else if (w->of->mode != REPLAY_AS_IS)
		flow_worker_time(w->flow, clock_real_ns());
	return true;
}

static bool live_step(struct worker *w, struct packet_view *views)
{
	struct errmsg e = {{0}};
	int n = capture_next(w->capture, views, CAPTURE_VECTOR, IDLE_WAIT_MS, &e);

	if (n > 0) {
		flow_worker_packets(w->flow, views, (unsigned)n);
		return true;
	}
	if (n < 0) {
		report(w, &e);
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
	flow_worker_time(w->flow, clock_real_ns());
	return true;
}

static void *worker_thread(void *arg)
{
	struct worker *w = arg;
	struct packet_view views[CAPTURE_VECTOR];
	bool more = true;

	flow_worker_on_tick(w->flow, on_tick, w);
	while (more && !atomic_load_explicit(&w->of->stopping, memory_order_relaxed)) {
		more = w->of->is_file ? file_step(w, views) : live_step(w, views);
		slab_collect(&w->slab);
		stats_copy(w);
	}
	flow_worker_finish(w->flow);
	if (w->of->is_file && w->last_tick_ns) /* so that the last second is full, and shown, at once */
		slab_tick(&w->slab, w->last_tick_ns + NS_PER_S, true);
	atomic_store(&w->finished, 1);
	return NULL;
}

/* --- making --- */

/* Unique over workers, interfaces and restarts: the upper 8 bits tell workers apart, the rest starts from the clock in units of 32 ns: a worker would have to begin 31
 * million flows a second, on average, to run into its next start's numbers. */
static uint64_t flow_id_base(const struct interface *i, unsigned worker)
{
	uint64_t who = i->id * i->worker_count + worker;
	return who << 56 | ((clock_real_ns() >> 5) & 0xffffffffffffffull);
}

static int worker_open_source(struct worker *w, const struct interface_options *o, struct errmsg *e)
{
	if (w->of->is_file) {
		w->replay = (struct replay){.mode = w->of->mode,
					    .files = o->files,
					    .file_count = o->file_count,
					    .bpf = o->run->bpf,
					    .stopping = &w->of->stopping};
		return replay_open(&w->replay, e);
	}
	struct capture_live_options live = {.interface = o->name,
					    .filter = o->run->bpf,
					    .worker = w->number,
					    .workers = w->of->worker_count,
					    .opener_fd = o->opener_fd};
	return capture_open_live(&live, &w->capture, e);
}

static int worker_create(struct worker *w, const struct interface_options *o, struct errmsg *e)
{
	struct budget b = budget_share(o->memory, o->interface_count, w->of->worker_count);
	struct flow_options flow = {.idle_s = (uint32_t)o->run->idle_timeout,
				    .ignore_vlan = o->run->ignore_vlan,
				    .dpi_bytes = b.dpi_bytes,
				    .live = !w->of->is_file,
				    .flow_id_base = flow_id_base(w->of, w->number)};
	int err = slab_init(&w->slab, b.slots, b.pool_bytes);

	if (err)
		return err_set(e, err, "no memory for %u flow records; lower --memory", b.slots);
	w->slab_ready = true;
	err = flow_worker_create(&flow, &w->slab, &w->flow, e);
	return err ? err : worker_open_source(w, o, e);
}

/* "http.pcap 2026-11-24T10:00:00Z": what the page calls the files, and when they were replayed. */
static void dataset_name(const struct interface *i, char out[96])
{
	time_t now = (time_t)(clock_real_ns() / NS_PER_S);
	char when[32];
	struct tm tm;

	(void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	snprintf(out, 96, "%s %s", i->name, when);
}

static int observer_make(struct interface *i, const struct interface_options *o, struct errmsg *e)
{
	struct slab *slabs[WORKERS_MAX];
	struct budget b = budget_share(o->memory, o->interface_count, i->worker_count);
	char dataset[96];
	dataset_name(i, dataset);
	for (unsigned n = 0; n < i->worker_count; n++)
		slabs[n] = &i->workers[n].slab;
	struct observer_options options = {.id = i->id,
					   .interface = i->name,
					   .dataset = i->is_file ? dataset : NULL,
					   .is_file = i->is_file,
					   .slabs = slabs,
					   .slab_count = i->worker_count,
					   .enrich = o->enrich,
					   .hosts_max = b.hosts_max};
	int err = observer_create(&options, &i->observer, e);
	if (err || store_is_none(o->store))
		return err;
	struct flow_reader reader = store_reader(o->store, i->name, i->is_file && i->mode == REPLAY_AS_IS);
	return observer_add_reader(i->observer, &reader);
}

int interface_create(const struct interface_options *o, uint32_t id, struct interface **ret, struct errmsg *e)
{
	struct interface *i = calloc(1, sizeof *i);
	if (!i)
		return WEIR_E(NOMEM);
	snprintf(i->name, sizeof i->name, "%s", o->name);
	i->id = id;
	i->is_file = o->files != NULL;
	i->worker_count = i->is_file ? 1 : (unsigned)o->run->workers;
	i->workers = aligned_alloc(64, i->worker_count * sizeof *i->workers);
	int err = i->workers ? replay_mode_parse(o->run->replay, &i->mode) : WEIR_E(NOMEM);
	if (err == WEIR_E(INVALID))
		err_set(e, err, "--replay %s: write as-is, now or loop", o->run->replay);
	if (i->workers)
		memset(i->workers, 0, i->worker_count * sizeof *i->workers);
	for (unsigned n = 0; !err && n < i->worker_count; n++) {
		i->workers[n].of = i;
		i->workers[n].number = n;
		err = worker_create(&i->workers[n], o, e);
	}
	if (!err)
		err = observer_make(i, o, e);
	if (!err)
		err = state_restore(observer_model(i->observer), o->state_dir, i->name, e);
	if (err) {
		interface_free(i);
		return err;
	}
	*ret = i;
	return 0;
}

int interface_start(struct interface *i, struct errmsg *e)
{
	int err = observer_start(i->observer, e);
	for (unsigned n = 0; !err && n < i->worker_count; n++) {
		if (pthread_create(&i->workers[n].thread, NULL, worker_thread, &i->workers[n]) != 0)
			err = err_set(e, WEIR_E(NOMEM), "can't start a worker thread");
		else
			i->workers[n].running = true;
	}
	return err;
}

void interface_stop(struct interface *i, const char *state_dir)
{
	struct errmsg e = {{0}};
	atomic_store(&i->stopping, 1);
	for (unsigned n = 0; n < i->worker_count; n++) {
		if (i->workers[n].running)
			pthread_join(i->workers[n].thread, NULL);
		i->workers[n].running = false;
	}
	if (interface_save(i, state_dir, &e) != 0)
		log_warning("state", "%s", e.text);
	observer_stop(i->observer);
}

void interface_free(struct interface *i)
{
	if (!i)
		return;
	if (i->observer)
		observer_free(i->observer);
	for (unsigned n = 0; i->workers && n < i->worker_count; n++) {
		struct worker *w = &i->workers[n];
		if (w->flow)
			flow_worker_free(w->flow);
		if (w->capture)
			capture_close(w->capture);
		replay_close(&w->replay);
		if (w->slab_ready)
			slab_free(&w->slab);
	}
	free(i->workers);
	free(i);
}

const char *interface_state(void *interface)
{
	const struct interface *i = interface;
	bool all_finished = true;
	for (unsigned n = 0; n < i->worker_count; n++)
		all_finished = all_finished && atomic_load(&i->workers[n].finished);
	if (all_finished)
		return "finished";
	return i->is_file ? "file" : capture_state(i->workers[0].capture);
}

/* --- kept over restarts --- */

struct save_question {
	struct question question;
	struct text text;
	uint32_t position;
};

static bool save_step(struct question *q, struct observer *o)
{
	struct save_question *s = (struct save_question *)(void *)q;
	return model_save_some(observer_model(o), &s->text, &s->position);
}

int interface_save(struct interface *i, const char *state_dir, struct errmsg *e)
{
	struct save_question s = {.question = {.step = save_step}};
	int err = observer_ask(i->observer, &s.question);
	if (!err)
		err = state_write(state_dir, i->name, &s.text, e);
	text_free(&s.text);
	return err;
}
