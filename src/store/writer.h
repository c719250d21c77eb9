/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writer: from flow events to rows in the database.
 *
 *   observer's thread                      writer's thread
 *   on_events ─► source's batch ─ 65,536 rows or 2 s ─► queue (8) ─► INSERT, one token a batch
 *                                                            └─ no answer ─► spool ─► replayed in order
 *
 * A source is one interface; its batch is guarded by a lock that nobody else holds but for a moment (the writer
 * takes a batch that is two seconds old when no event comes). A full queue: a file's observer waits, a live one's
 * batch is dropped and counted. While anything lies in the spool, what comes goes there too, so that order holds.
 * The writer also watches the engine's process and starts it again, refreshes the figures, and enforces retention.
 */
#ifndef WEIR_STORE_WRITER_H
#define WEIR_STORE_WRITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/client.h"
#include "store/process.h"
#include "store/retention.h"
#include "store/spool.h"
#include "store/store.h"

#define BATCH_ROWS_MAX  65536u
#define BATCH_BYTES_MAX ((size_t)32 << 20)
#define BATCH_AGE_NS    (2 * NS_PER_S)
#define QUEUE_MAX       8u
#define SOURCES_MAX     64u

struct batch {
	struct batch *next;
	char token[BATCH_TOKEN_LEN + 1];
	uint32_t row_count;
	uint64_t received_ms; /* when the first row came; the same in all its rows */
	uint64_t opened_ns;   /* the same, on the monotonic clock */
	bool block;           /* its source waits rather than lose rows */
	struct text rows;
};

struct source {
	struct writer *writer;
	char interface[64];
	bool block;
	pthread_mutex_t lock;
	struct batch *current; /* NULL: empty */
};

struct writer {
	struct ch_client *client; /* the writer's own connection */
	struct process *process;  /* NULL: a server */
	struct spool spool;
	struct text columns;
	struct retention retention;
	char instance[17]; /* first half of every token */
	_Atomic uint64_t next_batch;
	struct source sources[SOURCES_MAX];
	_Atomic unsigned source_count;

	pthread_t thread;
	bool running;
	pthread_mutex_t lock;      /* of all below */
	pthread_cond_t work, room; /* something to do; room in the queue, or a batch is done */
	struct batch *first, **last;
	unsigned queued;
	uint64_t in_flight_ms; /* received_ms of the batch being sent; 0: none */
	bool stopping;
	_Atomic bool hand_over; /* take batches of any age: flush, stop */
	struct store_stats stats;
	/* the writer's thread only: */
	bool up, told_dropped;
	uint64_t retry_ns, back_off_ns, figures_due_ns, retention_due_ns;
};

/* w->client, process, retention are set by the caller; the database is prepared when up. */
int writer_start(struct writer *w, const char *data_dir, uint64_t spool_cap, bool up, struct errmsg *e);
/* Sends or spools everything. */
void writer_stop(struct writer *w);
/* NULL when there are too many. */
struct source *writer_source(struct writer *w, const char *interface, bool block);
void writer_stats(struct writer *w, struct store_stats *ret);
int writer_flush(struct writer *w, uint32_t timeout_ms);
void writer_problem(struct writer *w, const char *text);

/* batch.c: a source's side. */
void source_events(void *source, const struct flow_event *events, unsigned count);
void source_tick(void *source, uint64_t now_ns);
/* Give the batch that is old enough (or any, when all) to the queue without waiting for the lock or for room. */
void source_collect(struct source *s, bool all);
void batch_free(struct batch *b);
/* queue: false when it is full (and wait is not asked for, or the writer stops). */
bool writer_queue(struct writer *w, struct batch *b, bool wait);
void writer_dropped(struct writer *w, uint64_t rows);

/* deliver.c, on the writer's thread */
void deliver(struct writer *w, struct batch *b);
/* Replay at most a few files of the spool; true when more wait and the engine takes them. */
bool deliver_spooled(struct writer *w);
/* engine.c, on the writer's thread: watch, restart, say whether it may be asked. */
void engine_watch(struct writer *w);
void engine_lost(struct writer *w, const char *why);
void engine_figures(struct writer *w);

#endif
