/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine as weir-store's HTTP server sees it: open once, run statements from any thread, each in a session of
 * its own (settings of one never reach another). chdb.c is libchdb; the tests put a stand-in in its place.
 */
#ifndef WEIR_STORE_ENGINE_ENGINE_H
#define WEIR_STORE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct engine_options {
	const char *library;   /* absolute path of libchdb.so */
	const char *data;      /* its folder */
	uint64_t memory_bytes; /* of the whole engine */
	unsigned threads;      /* of one query */
};

/* A setting (the value as text) or a parameter (as ClickHouse reads one: TSV's escapes). */
struct engine_pair {
	const char *name, *value;
};

struct engine_query {
	const char *database, *sql, *format, *query_id; /* database, query_id: NULL for none */
	size_t sql_len;
	const struct engine_pair *settings, *params;
	unsigned setting_count, param_count;
};

struct engine_answer {
	int code;          /* 0, or ClickHouse's error number */
	const char *error; /* "Code: 47. DB::Exception: …"; NULL when fine */
	const char *body;
	size_t len;
	uint64_t rows_read, bytes_read, rows_written;
	void *held; /* what the texts above belong to */
};

/* Loads the library (engine_load, before the sandbox) and opens the data folder (engine_open, inside it). */
int engine_load(const struct engine_options *o, struct errmsg *e);
int engine_open(const struct engine_options *o, struct errmsg *e);
void engine_run(const struct engine_query *q, struct engine_answer *ret_answer);
void engine_answer_free(struct engine_answer *a);
/* No engine_run() may be under way. */
void engine_close(void);

#endif
