/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/schema.h"

#define WAIT_NS (200 * NS_PER_MS)

/* --- shared with everyone --- */

static struct timespec after(uint64_t ns)
{
	uint64_t at = clock_monotonic_ns() + ns;
	return (struct timespec){.tv_sec = (time_t)(at / NS_PER_S), .tv_nsec = (long)(at % NS_PER_S)};
}

bool writer_queue(struct writer *w, struct batch *b, bool wait)
{
	pthread_mutex_lock(&w->lock);
	while (wait && w->queued >= QUEUE_MAX && !w->stopping)
		pthread_cond_wait(&w->room, &w->lock);
	bool ok = w->queued < QUEUE_MAX;
	if (ok) {
		b->next = NULL;
		*w->last = b;
		w->last = &b->next;
		w->queued++;
		w->stats.rows_queued += b->row_count;
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	return ok;
}

void writer_dropped(struct writer *w, uint64_t rows)
{
	pthread_mutex_lock(&w->lock);
	w->stats.rows_dropped += rows;
	pthread_mutex_unlock(&w->lock);
}

void writer_problem(struct writer *w, const char *text)
{
	pthread_mutex_lock(&w->lock);
	snprintf(w->stats.problem, sizeof w->stats.problem, "%s", text);
	pthread_mutex_unlock(&w->lock);
}

struct source *writer_source(struct writer *w, const char *interface, bool block)
{
	unsigned n = atomic_load(&w->source_count);
	if (n == SOURCES_MAX)
		return NULL;
	struct source *s = &w->sources[n];
	s->writer = w;
	s->block = block;
	snprintf(s->interface, sizeof s->interface, "%s", interface);
	pthread_mutex_init(&s->lock, NULL);
	atomic_store(&w->source_count, n + 1);
	return s;
}

static uint64_t oldest_waiting_ms(struct writer *w)
{
	uint64_t oldest = atomic_load(&w->spool.oldest_ms);

	for (unsigned i = 0; i < atomic_load(&w->source_count); i++) {
		struct source *s = &w->sources[i];
		/* Its thread holds the lock while it waits for room: then the queue's first is older anyway. */
		if (pthread_mutex_trylock(&s->lock) != 0)
			continue;
		if (s->current && (!oldest || s->current->received_ms < oldest))
			oldest = s->current->received_ms;
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_lock(&w->lock);
	if (w->first && (!oldest || w->first->received_ms < oldest))
		oldest = w->first->received_ms;
	if (w->in_flight_ms && (!oldest || w->in_flight_ms < oldest))
		oldest = w->in_flight_ms;
	pthread_mutex_unlock(&w->lock);
	return oldest;
}

void writer_stats(struct writer *w, struct store_stats *ret)
{
	uint64_t oldest = oldest_waiting_ms(w), now = clock_real_ns() / NS_PER_MS;

	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	pthread_mutex_unlock(&w->lock);
	ret->rows_spooled = atomic_load(&w->spool.rows);
	ret->spool_bytes = atomic_load(&w->spool.bytes);
	ret->lag_ms = oldest && now > oldest ? now - oldest : 0;
}

/* --- the thread --- */

static void collect_all(struct writer *w)
{
	bool all = atomic_load(&w->hand_over);
	for (unsigned i = 0; i < atomic_load(&w->source_count); i++)
		source_collect(&w->sources[i], all);
}

/* The next batch, or NULL after a while. */
static struct batch *take(struct writer *w, bool patient)
{
	struct timespec until = after(atomic_load(&w->hand_over) ? WAIT_NS / 20 : WAIT_NS);

	pthread_mutex_lock(&w->lock);
	if (!w->first && patient && !w->stopping)
		(void)pthread_cond_timedwait(&w->work, &w->lock, &until); /* woken for nothing does no harm */
	struct batch *b = w->first;
	if (b) {
		w->first = b->next;
		if (!w->first)
			w->last = &w->first;
		w->queued--;
		w->in_flight_ms = b->received_ms;
	}
	pthread_mutex_unlock(&w->lock);
	return b;
}

static void done(struct writer *w, struct batch *b)
{
	pthread_mutex_lock(&w->lock);
	w->stats.rows_queued -= b->row_count;
	w->in_flight_ms = 0;
	pthread_cond_broadcast(&w->room);
	pthread_mutex_unlock(&w->lock);
	batch_free(b);
}

/* Everything that was handed over before is in the database. */
static bool is_settled(struct writer *w)
{
	for (unsigned i = 0; i < atomic_load(&w->source_count); i++) {
		struct source *s = &w->sources[i];
		if (pthread_mutex_trylock(&s->lock) != 0)
			return false;
		bool waits = s->current && s->current->row_count;
		pthread_mutex_unlock(&s->lock);
		if (waits)
			return false;
	}
	pthread_mutex_lock(&w->lock);
	bool empty = !w->queued && !w->in_flight_ms;
	pthread_mutex_unlock(&w->lock);
	return empty && spool_is_empty(&w->spool);
}

static void retention_watch(struct writer *w)
{
	struct errmsg e = {{0}};
	uint64_t now = clock_monotonic_ns();

	if (!w->up || now < w->retention_due_ns)
		return;
	w->retention_due_ns = now + RETENTION_EVERY_NS;
	if (retention_enforce(w->client, &w->retention, &e) < 0)
		log_warning("store", "old flows could not be removed: %s", e.text);
}

static bool is_stopping(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	bool stopping = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return stopping;
}

static bool any_waiting(struct writer *w)
{
	for (unsigned i = 0; i < atomic_load(&w->source_count); i++)
		if (w->sources[i].current && w->sources[i].current->row_count)
			return true;
	return false;
}

/* The observers have stopped: what is left goes to the database, or to the spool. */
static void finish(struct writer *w)
{
	struct batch *b;

	atomic_store(&w->hand_over, true);
	do {
		collect_all(w);
		while ((b = take(w, false))) {
			deliver(w, b);
			done(w, b);
		}
	} while (any_waiting(w));
	for (unsigned i = 0; i < atomic_load(&w->source_count); i++) {
		batch_free(w->sources[i].current); /* empty */
		w->sources[i].current = NULL;
	}
}

static void *writer_thread(void *arg)
{
	struct writer *w = arg;
	bool more = false;

	while (!is_stopping(w)) {
		struct batch *b = take(w, !more);
		if (b) {
			deliver(w, b);
			done(w, b);
		}
		collect_all(w);
		engine_watch(w);
		more = deliver_spooled(w);
		engine_figures(w);
		retention_watch(w);
		if (atomic_load(&w->hand_over) && is_settled(w)) {
			pthread_mutex_lock(&w->lock);
			atomic_store(&w->hand_over, false);
			pthread_cond_broadcast(&w->room);
			pthread_mutex_unlock(&w->lock);
		}
	}
	finish(w);
	return NULL;
}

int writer_flush(struct writer *w, uint32_t timeout_ms)
{
	struct timespec until = after(timeout_ms * NS_PER_MS);
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	atomic_store(&w->hand_over, true);
	pthread_cond_signal(&w->work);
	while (atomic_load(&w->hand_over) && rc == 0)
		rc = pthread_cond_timedwait(&w->room, &w->lock, &until);
	bool settled = !atomic_load(&w->hand_over);
	atomic_store(&w->hand_over, false);
	pthread_mutex_unlock(&w->lock);
	return settled ? 0 : WEIR_E(TIMEOUT);
}

/* --- begin and end --- */

int writer_start(struct writer *w, const char *data_dir, uint64_t spool_cap, bool up, struct errmsg *e)
{
	pthread_condattr_t attr;
	uint64_t random;
	int err = spool_open(data_dir, spool_cap, &w->spool, e);

	if (err)
		return err;
	schema_columns(&w->columns);
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		random = clock_real_ns();
	snprintf(w->instance, sizeof w->instance, "%016" PRIx64, random);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, &attr);
	pthread_cond_init(&w->room, &attr);
	pthread_condattr_destroy(&attr);
	w->last = &w->first;
	w->up = w->stats.up = up;
	if (pthread_create(&w->thread, NULL, writer_thread, w) != 0)
		return err_set(e, WEIR_E(NOMEM), "can't start the store's writer");
	w->running = true;
	return 0;
}

void writer_stop(struct writer *w)
{
	if (w->running) {
		pthread_mutex_lock(&w->lock);
		w->stopping = true;
		pthread_cond_broadcast(&w->work);
		pthread_cond_broadcast(&w->room);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
		w->running = false;
	}
	spool_close(&w->spool);
	text_free(&w->columns);
}
