/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "store/process.h"
#include "store/schema.h"
#include "store/writer.h"

#define SPOOL_BYTES_DEFAULT   ((uint64_t)1 << 30)
#define MEMORY_MIN            ((uint64_t)512 << 20)
#define DAYS_DEFAULT          30u
#define SHARE_DEFAULT         50u
#define IDLE_CLIENTS_MAX      8u
#define QUERY_TIMEOUT_DEFAULT 60000u
#define RESULT_BYTES_MAX      "134217728"

struct store {
	bool none, query_only;
	struct process process;
	bool embedded;
	struct ch_server server;
	uint64_t memory_bytes;
	struct writer writer;
	/* connections for queries; each is used by one thread at a time */
	pthread_mutex_t lock;
	struct ch_client *idle[IDLE_CLIENTS_MAX];
	unsigned idle_count;
};

/* --- connections for queries --- */

static struct ch_client *client_take(struct store *s)
{
	struct ch_client *c = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->idle_count)
		c = s->idle[--s->idle_count];
	pthread_mutex_unlock(&s->lock);
	if (!c && ch_client_new(&s->server, &c) != 0)
		return NULL;
	return c;
}

static void client_give(struct store *s, struct ch_client *c)
{
	pthread_mutex_lock(&s->lock);
	if (s->idle_count < IDLE_CLIENTS_MAX) {
		s->idle[s->idle_count++] = c;
		c = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	ch_client_free(c);
}

/* --- open --- */

static uint64_t share_of_disk(const char *dir, uint32_t percent)
{
	struct statvfs v;
	if (statvfs(dir, &v) != 0)
		return 0;
	return (uint64_t)v.f_blocks * v.f_frsize / 100 * (percent ? percent : SHARE_DEFAULT);
}

static int open_embedded(struct store *s, const struct store_options *o, struct errmsg *e)
{
	struct process_options p = {.data_dir = o->data_dir,
				    .engine_path = o->engine_path,
				    .store_program = o->store_program,
				    .memory_bytes = s->memory_bytes};
	char path[1200];

	snprintf(path, sizeof path, "%s/engine/db", o->data_dir);
	if (s->query_only && access(path, F_OK) != 0)
		return err_set(e, WEIR_E(NOTFOUND), "there is no flow database in %s yet; `weir run` makes it",
			       o->data_dir);
	int err = process_init(&p, &s->process, e);
	if (err)
		return err;
	s->embedded = true;
	process_server(&s->process, &s->server);
	return process_start(&s->process, e);
}

/* Prepare the database. A server that does not answer now may later: rows wait in the spool. */
static int prepare(struct store *s, bool *ret_up, struct errmsg *e)
{
	int err = ch_client_new(&s->server, &s->writer.client);

	if (!err)
		err = schema_prepare(s->writer.client, e);
	*ret_up = err == 0;
	if (s->embedded || (err != WEIR_E(UNAVAILABLE) && err != WEIR_E(TIMEOUT)))
		return err;
	log_warning("store", "%s; flows wait on disk until it does", e->text);
	return 0;
}

static int open_writer(struct store *s, const struct store_options *o, struct errmsg *e)
{
	struct writer *w = &s->writer;
	struct errmsg why = {{0}};
	bool up;
	int err = prepare(s, &up, &why);

	if (err)
		return err_set(e, err, "%s", why.text[0] ? why.text : err_text(err));
	w->process = s->embedded ? &s->process : NULL;
	w->retention.days = o->retention_days ? o->retention_days : DAYS_DEFAULT;
	w->retention.bytes_max = s->embedded ? share_of_disk(o->data_dir, o->disk_share_percent) : 0;
	err = writer_start(w, o->data_dir, o->spool_bytes ? o->spool_bytes : SPOOL_BYTES_DEFAULT, up, e);
	if (!err && !up)
		writer_problem(w, why.text);
	return err;
}

int store_open(const struct store_options *options, struct store **ret, struct errmsg *e)
{
	struct store *s = calloc(1, sizeof *s);
	struct errmsg local = {{0}};
	int err = 0;

	if (!s)
		return WEIR_E(NOMEM);
	e = e ? e : &local;
	pthread_mutex_init(&s->lock, NULL);
	s->process.dir_fd = -1;
	s->query_only = options->query_only;
	s->memory_bytes = options->memory_bytes < MEMORY_MIN ? MEMORY_MIN : options->memory_bytes;
	s->none = options->url && strcmp(options->url, "none") == 0;
	if (!s->none && options->url)
		err = ch_server_parse(options->url, &s->server, e);
	else if (!s->none)
		err = open_embedded(s, options, e);
	if (!err && !s->none && !s->query_only)
		err = open_writer(s, options, e);
	if (err) {
		store_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->writer.running)
		writer_stop(&s->writer);
	for (unsigned i = 0; i < s->idle_count; i++)
		ch_client_free(s->idle[i]);
	ch_client_free(s->writer.client);
	if (s->embedded)
		process_free(&s->process);
	explicit_bzero(&s->server, sizeof s->server);
	free(s);
}

bool store_is_none(const struct store *s)
{
	return s->none;
}

/* --- rows in --- */

static void no_events(void *ctx, const struct flow_event *events, unsigned count)
{
	(void)events;
	writer_dropped(ctx, count);
}

struct flow_reader store_reader(struct store *s, const char *interface, bool block)
{
	struct source *source = s->none || s->query_only ? NULL : writer_source(&s->writer, interface, block);

	if (!source && !s->none && !s->query_only) {
		log_error("store", "too many interfaces: the flows of %s are not stored", interface);
		return (struct flow_reader){.name = "store", .ctx = &s->writer, .on_events = no_events};
	}
	if (!source)
		return (struct flow_reader){.name = "store"};
	return (struct flow_reader){.name = "store", .ctx = source, .on_events = source_events, .on_tick = source_tick};
}

void store_stats(struct store *s, struct store_stats *ret)
{
	memset(ret, 0, sizeof *ret);
	if (!s->none && !s->query_only)
		writer_stats(&s->writer, ret);
}

int store_flush(struct store *s, uint32_t timeout_ms)
{
	return s->none || s->query_only ? 0 : writer_flush(&s->writer, timeout_ms);
}

/* --- queries out --- */

struct limits {
	char seconds[16], rows[16], memory[24], spill[24];
};

/* What a person's query may take; readonly=1 comes with guard and fence of weir-store. */
static void settings_fill(const struct store *s, const struct store_query *q, struct limits *l, struct ch_request *r)
{
	struct ch_setting *next = r->settings;

	snprintf(l->seconds, sizeof l->seconds, "%u", (r->timeout_ms + 999) / 1000);
	*next++ = (struct ch_setting){"max_execution_time", l->seconds};
	if (q->max_rows) {
		snprintf(l->rows, sizeof l->rows, "%u", q->max_rows);
		*next++ = (struct ch_setting){"limit", l->rows};
	}
	if (!q->readonly)
		return;
	snprintf(l->memory, sizeof l->memory, "%" PRIu64, s->memory_bytes / 2);
	snprintf(l->spill, sizeof l->spill, "%" PRIu64, s->memory_bytes / 4);
	*next++ = (struct ch_setting){"max_memory_usage", l->memory};
	*next++ = (struct ch_setting){"max_bytes_before_external_group_by", l->spill};
	*next++ = (struct ch_setting){"max_bytes_before_external_sort", l->spill};
	*next++ = (struct ch_setting){"max_result_bytes", RESULT_BYTES_MAX};
	*next++ = (struct ch_setting){"readonly", "1"};
}

int store_query(struct store *s, const struct store_query *q, struct text *out, struct errmsg *e)
{
	struct limits limits;
	struct ch_request r = {.sql = q->sql,
			       .params = q->params,
			       .format = q->format ? q->format : "JSONCompact",
			       .query_id = q->query_id,
			       .timeout_ms = q->timeout_ms ? q->timeout_ms : QUERY_TIMEOUT_DEFAULT};

	if (s->none)
		return err_set(e, WEIR_E(UNAVAILABLE), "there is no database: weir runs with --store none");
	struct ch_client *c = client_take(s);
	if (!c)
		return WEIR_E(NOMEM);
	settings_fill(s, q, &limits, &r);
	r.timeout_ms += 2000; /* the engine itself says first that it took too long */
	int err = ch_ask(c, &r, out, NULL, e);
	client_give(s, c);
	return err;
}

int store_cancel(struct store *s, const char *query_id, struct errmsg *e)
{
	struct sql_param item = {.name = "id"};
	struct sql_params params = {&item, 1};
	struct ch_request r = {
		/* chDB can't be told a query's id; weir-store keeps ours in log_comment. */
		.sql = "KILL QUERY WHERE query_id = {id:String} OR Settings['log_comment'] = {id:String} ASYNC",
		.params = &params,
		.timeout_ms = 5000,
	};
	struct ch_client *c = s->none ? NULL : client_take(s);

	if (s->none)
		return 0;
	item.value = strdup(query_id);
	int err = c && item.value ? ch_ask(c, &r, NULL, NULL, e) : WEIR_E(NOMEM);
	free(item.value);
	if (c)
		client_give(s, c);
	return err;
}
