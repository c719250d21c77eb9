/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Store: flows in ClickHouse (the embedded engine in weir-store, or a server), and settings in SQLite (store/settings.h).
 *
 * The writer is a reader of flow events: on the observer's thread it serialises SLICE and END rows to RowBinary into a batch; a thread of its own sends
 * batches (at most 2 s or 65,536 rows, one deduplication token each), spools them on disk when the engine does not answer, and enforces retention. Queries use
 * connections of their own; any thread.
 */
#ifndef WEIR_STORE_STORE_H
#define WEIR_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "observer/observer.h"
#include "record/filter.h"

struct store_options {
	const char *
		url; /* NULL: embedded; "none"; clickhouse://user:password@host:8123/database[?tls=1]; password also by file */
	const char *data_dir;        /* the instance's folder; spool and engine below it */
	const char *engine_path;     /* libchdb.so; NULL: usual places */
	const char *store_program;   /* weir-store; NULL: beside this program */
	uint64_t memory_bytes;       /* engine's cap; at least 512 MB */
	uint32_t retention_days;     /* default 30 */
	uint32_t disk_share_percent; /* of the file system the store may fill; default 50 */
	uint64_t spool_bytes;        /* cap of the spool; default 1 GiB */
	bool query_only; /* only ask: no writer, no schema, nothing made; WEIR_E(NOTFOUND) when there is no database */
};

struct store;

/* Starts weir-store (embedded), connects, creates or migrates the schema. Must be called before threads are made for the embedded engine. WEIR_E(VERSION) for a
 * database of a newer version, WEIR_E(UNAVAILABLE) for a missing or broken libchdb.so: e says what to do. */
int store_open(const struct store_options *options, struct store **ret, struct errmsg *e);
/* Sends or spools everything, stops the engine. */
void store_close(struct store *s);
bool store_is_none(const struct store *s);

/* The reader to hang into an observer. block: wait for room instead of dropping when the writer is behind (files). */
struct flow_reader store_reader(struct store *s, const char *interface, bool block);

struct store_stats {
	bool up;
	char problem[240]; /* in words; "" when fine */
	char version[64];
	uint64_t rows_written, batches, rows_queued, rows_spooled, spool_bytes, rows_dropped;
	uint64_t lag_ms; /* age of the oldest row not yet in the database; 0 when none waits */
	uint64_t disk_bytes, rows_stored;
};
void store_stats(struct store *s, struct store_stats *ret);

/* Wait until everything handed over so far is in the database. 0 or WEIR_E(TIMEOUT). */
int store_flush(struct store *s, uint32_t timeout_ms);

struct store_query {
	const char *sql;
	const struct sql_params *params; /* may be NULL */
	const char *format;              /* "JSONCompact", "JSONEachRow", "CSVWithNames", …; NULL: JSONCompact */
	bool readonly;                   /* readonly=1 with limits (the SQL page, weir sql) */
	uint32_t timeout_ms, max_rows;
	const char *query_id; /* for KILL QUERY; NULL: none */
};
/* Appends the answer's body to out. Engine errors: WEIR_E(INVALID) with its message in e. */
int store_query(struct store *s, const struct store_query *q, struct text *out, struct errmsg *e);
/* Ends a query that runs under this id, from any thread; not an error when there is none. */
int store_cancel(struct store *s, const char *query_id, struct errmsg *e);

#endif
