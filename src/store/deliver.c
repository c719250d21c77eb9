/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a batch to rows in the database, or to the spool. On the writer's thread. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/writer.h"

#define INSERT_TIMEOUT_MS 30000u
#define REPLAY_AT_ONCE    4u
#define BLOCK_TRIES       600u /* of a tenth of a second */

static int insert(struct writer *w, const struct spool_batch *b, struct ch_failure *failure, struct errmsg *e)
{
	struct text sql = TEXT_INIT;
	/* One block a batch, so that its token covers it whole; the answer comes when it is in. */
	struct ch_request r = {
		.settings = {{"insert_deduplicate", "1"},
			     {"insert_deduplication_token", b->token},
			     {"async_insert", "0"},
			     {"max_insert_block_size", "1048576"},
			     {"input_format_parallel_parsing", "0"}},
		.rows = b->rows,
		.rows_len = b->rows_len,
		.timeout_ms = INSERT_TIMEOUT_MS,
	};

	text_puts(&sql, "INSERT INTO flows (");
	text_add(&sql, b->columns, b->columns_len);
	text_puts(&sql, ") FORMAT RowBinary");
	r.sql = text_str(&sql);
	int err = sql.failed ? WEIR_E(NOMEM) : ch_ask(w->client, &r, NULL, failure, e);
	text_free(&sql);
	return err;
}

static void count_written(struct writer *w, uint32_t rows)
{
	pthread_mutex_lock(&w->lock);
	w->stats.rows_written += rows;
	w->stats.batches++;
	pthread_mutex_unlock(&w->lock);
}

static struct spool_batch view_of(const struct writer *w, const struct batch *b)
{
	struct spool_batch v = {
		.row_count = b->row_count,
		.received_ms = b->received_ms,
		.columns = w->columns.buf,
		.columns_len = w->columns.len,
		.rows = b->rows.buf,
		.rows_len = b->rows.len,
	};
	memcpy(v.token, b->token, sizeof v.token);
	return v;
}

static void say_lost(struct writer *w, uint32_t rows, const char *why)
{
	char text[240];

	writer_dropped(w, rows);
	snprintf(text, sizeof text, "rows are lost: %.200s", why);
	writer_problem(w, text);
	if (!w->told_dropped)
		log_error("store", "%s", text);
	w->told_dropped = true; /* once an outage */
}

static void to_spool(struct writer *w, const struct spool_batch *v, bool block)
{
	struct errmsg e = {{0}};
	int err = spool_put(&w->spool, v, &e);

	/* A file can wait: the disk may get room, the engine may take what lies there. */
	for (unsigned tries = 0; err && block && tries < BLOCK_TRIES; tries++) {
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		pthread_mutex_lock(&w->lock);
		bool stopping = w->stopping;
		pthread_mutex_unlock(&w->lock);
		if (stopping)
			break;
		engine_watch(w);
		deliver_spooled(w);
		err = spool_put(&w->spool, v, &e);
	}
	if (err)
		say_lost(w, v->row_count, e.text);
}

void deliver(struct writer *w, struct batch *b)
{
	struct spool_batch v = view_of(w, b);
	struct ch_failure failure = {0};
	struct errmsg e = {{0}};
	int err = WEIR_E(UNAVAILABLE);

	if (w->up && spool_is_empty(&w->spool)) {
		err = insert(w, &v, &failure, &e);
		if (!err) {
			count_written(w, v.row_count);
			return;
		}
		if (!ch_error_may_pass(failure.code)) {
			say_lost(w, v.row_count, e.text);
			return;
		}
		engine_lost(w, e.text);
	}
	to_spool(w, &v, b->block);
}

bool deliver_spooled(struct writer *w)
{
	struct text hold = TEXT_INIT;
	struct spool_batch v;
	struct ch_failure failure = {0};
	struct errmsg e = {{0}};

	for (unsigned n = 0; w->up && n < REPLAY_AT_ONCE && !spool_is_empty(&w->spool); n++) {
		int err = spool_oldest(&w->spool, &hold, &v, &e);
		if (err == WEIR_E(NOTFOUND))
			break;
		if (err) {
			writer_problem(w, e.text);
			break;
		}
		err = insert(w, &v, &failure, &e);
		if (!err) {
			count_written(w, v.row_count);
			spool_done(&w->spool, false);
		} else if (!ch_error_may_pass(failure.code)) {
			say_lost(w, v.row_count, e.text);
			spool_done(&w->spool, true);
		} else {
			engine_lost(w, e.text);
		}
	}
	text_free(&hold);
	return w->up && !spool_is_empty(&w->spool);
}
