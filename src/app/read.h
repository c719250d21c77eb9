/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `weir read`: a worker with a printer in the observer's place, all in one thread. Private to src/app/read*.c.
 *
 *   capture ─► flow worker ─► slab ─► read_rows: rows ─► filter ─► read_print: text ─► read_sort ─► standard output
 *
 * Rows come as flows end; they are printed in order of their end, so they are sorted first: in memory while they fit, else in runs in
 * an unlinked file (read_sort). --summary makes no rows at all.
 */
#ifndef WEIR_APP_READ_H
#define WEIR_APP_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "capture/capture.h"
#include "enrich/enrich.h"
#include "flow/flow.h"
#include "record/filter.h"
#include "record/flow_row.h"
#include "record/slab.h"

enum read_format { READ_TABLE, READ_JSON, READ_CSV };

#define READ_FIELDS_MAX 128
#define READ_TOP_MAX    100000

struct read_options {
	enum read_format format;
	struct filter *filter; /* NULL: all */
	const struct field_def *fields[READ_FIELDS_MAX];
	unsigned field_count; /* 0: those of the format */
	uint32_t top;         /* 0: all rows */
	bool summary, quiet;
	const char *bpf;
	uint32_t max_flows;
	struct flow_options flow;
};

/* --- read_options.c --- */
/* 0: go on. Else the process's exit status is *ret_exit. The first file is argv[optind]. */
int read_options_parse(int argc, char **argv, struct read_options *ret, int *ret_exit);
void read_options_free(struct read_options *o);

/* --- read_sort.c: rows in order of end time, then key --- */

/* What rows are ordered by: the first words that differ. */
struct sort_key {
	uint64_t rank; /* largest first; 0 when rows are not ranked */
	uint64_t last_ns;
	struct flow_key key;
	uint64_t flow_id;
	uint32_t slice_no;
	uint32_t len; /* bytes of the row that follow */
};

struct sorter;

typedef int sort_emit_fn(void *ctx, const struct sort_key *key, const char *row);

/* memory_bytes: what is kept in memory before it goes to disk. */
int sorter_create(size_t memory_bytes, struct sorter **ret);
void sorter_free(struct sorter *s);
/* 0, or WEIR_E(NOMEM), WEIR_E(IO), WEIR_E(FULL) with e. */
int sorter_add(struct sorter *s, const struct sort_key *key, const char *row, struct errmsg *e);
/* Hand over every row in order; once. Ends early with emit's error. */
int sorter_finish(struct sorter *s, sort_emit_fn *emit, void *ctx, struct errmsg *e);
int sort_key_cmp(const struct sort_key *a, const struct sort_key *b);

/* --- read_top.c: the N largest rows --- */
struct top;
int top_create(uint32_t n, struct top **ret);
void top_free(struct top *t);
/* Whether a row of that key would be kept now: ask before it is made into text. */
bool top_wants(const struct top *t, const struct sort_key *key);
int top_add(struct top *t, const struct sort_key *key, const char *row);
/* Move all rows into the sorter; ranks are kept when ranked. */
int top_finish(struct top *t, bool ranked, struct sorter *s, struct errmsg *e);

/* --- read_print.c: a row as text --- */
struct printer;
int printer_create(const struct read_options *o, struct printer **ret);
void printer_free(struct printer *p);
/* The row in its stored form, valid until the next call; *ret_len its length. NULL without memory. */
const char *printer_row(struct printer *p, const struct flow_row *row, size_t *ret_len);
void printer_begin(struct printer *p);
/* A stored row to standard output: a sort_emit_fn with the printer as ctx. */
int printer_emit(void *printer, const struct sort_key *key, const char *row);

/* "1.5 MB", "532 B". */
void print_bytes(struct text *t, uint64_t bytes);
/* "1,234,567". */
void print_count(struct text *t, uint64_t n);
/* "850 µs", "1.25 s", "3:20 min". */
void print_duration(struct text *t, uint64_t ns);

/* --- read_rows.c: what the worker announces, as rows --- */
struct read_totals {
	uint64_t rows, flows; /* after the filter; flows: rows with slice_no 0 */
	struct flow_counters count;
};
typedef int read_row_fn(void *ctx, const struct flow_row *row, struct errmsg *e);
struct read_rows {
	struct slab *slab;
	const struct enrich *enrich; /* NULL: rows carry nothing looked up */
	const struct filter *filter; /* NULL: all */
	struct read_cut *cuts;       /* by slot: what the rows so far have counted */
	read_row_fn *on_row;         /* NULL: rows are counted only */
	void *ctx;
	bool make_rows; /* false: slots are only given back */
	struct read_totals totals;
	int err; /* the first of on_row's errors: nothing is handed over after it */
	struct errmsg errmsg;
};
/* The members above are the caller's to set, but cuts. */
int read_rows_init(struct read_rows *r);
void read_rows_free(struct read_rows *r);
/* Take everything that is announced now. */
void read_rows_drain(struct read_rows *r);

/* --- read_summary.c --- */
struct read_summary {
	const struct worker_counters *counters;
	uint64_t drops, first_ns, last_ns, elapsed_ns;
	const struct read_totals *matched; /* NULL without a filter */
};
void read_summary_print(const struct read_summary *s, enum read_format format, struct text *out);

#endif
