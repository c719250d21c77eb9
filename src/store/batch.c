/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source's batch: rows serialised on the observer's thread, handed to the queue when it is full or two seconds old. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/schema.h"
#include "store/writer.h"

static struct batch *batch_new(struct writer *w, bool block)
{
	struct batch *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	snprintf(b->token, sizeof b->token, "%s%016" PRIx64, w->instance, atomic_fetch_add(&w->next_batch, 1));
	b->received_ms = clock_real_ns() / NS_PER_MS;
	b->opened_ns = clock_monotonic_ns();
	b->block = block;
	/* Rows that don't fit any more end the batch; one row is far smaller than the spare room. */
	b->rows.cap = BATCH_BYTES_MAX + ((size_t)1 << 20);
	return b;
}

void batch_free(struct batch *b)
{
	if (b)
		text_free(&b->rows);
	free(b);
}

/* The batch leaves the source; its lock is held. */
static void hand_over(struct source *s, bool wait)
{
	struct batch *b = s->current;

	s->current = NULL;
	if (b && !writer_queue(s->writer, b, wait)) {
		writer_dropped(s->writer, b->row_count);
		batch_free(b);
	}
}

static void add_row(struct source *s, const struct flow_row *row)
{
	if (!s->current)
		s->current = batch_new(s->writer, s->block);
	if (!s->current) {
		writer_dropped(s->writer, 1);
		return;
	}
	struct batch *b = s->current;
	size_t had = b->rows.len;
	schema_row(&b->rows, row, b->received_ms);
	if (b->rows.failed) { /* no memory: the rows before are whole */
		b->rows.failed = false;
		b->rows.len = had;
		writer_dropped(s->writer, 1);
	} else {
		b->row_count++;
	}
	if (b->row_count >= BATCH_ROWS_MAX || b->rows.len >= BATCH_BYTES_MAX)
		hand_over(s, s->block);
}

void source_events(void *source, const struct flow_event *events, unsigned count)
{
	struct source *s = source;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < count; i++)
		if (events[i].kind == FLOW_EVENT_SLICE || events[i].kind == FLOW_EVENT_END)
			add_row(s, &events[i].row);
	pthread_mutex_unlock(&s->lock);
}

void source_tick(void *source, uint64_t now_ns)
{
	struct source *s = source;

	(void)now_ns; /* packet time; a batch ages by our own clock */
	pthread_mutex_lock(&s->lock);
	if (s->current && clock_monotonic_ns() - s->current->opened_ns >= BATCH_AGE_NS)
		hand_over(s, s->block);
	pthread_mutex_unlock(&s->lock);
}

void source_collect(struct source *s, bool all)
{
	if (pthread_mutex_trylock(&s->lock) != 0)
		return; /* its thread is at it, perhaps waiting for room; next time */
	struct batch *b = s->current;
	bool due = b && b->row_count && (all || clock_monotonic_ns() - b->opened_ns >= BATCH_AGE_NS);
	if (due && writer_queue(s->writer, b, false))
		s->current = NULL; /* else it stays and grows */
	pthread_mutex_unlock(&s->lock);
}
