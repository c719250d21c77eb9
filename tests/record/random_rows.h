/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random flow rows and random filters over them, for tests. Values come from small pools, so that filters often match; the pools hold what
 * is hard: both address families, largest numbers, absent values, text in mixed case, with line breaks and with bytes that are not UTF-8.
 */
#ifndef WEIR_TESTS_RECORD_RANDOM_ROWS_H
#define WEIR_TESTS_RECORD_RANDOM_ROWS_H

#include "base/text.h"
#include "record/flow_row.h"

struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
/* 0 … n-1 */
uint32_t random_below(struct random *r, uint32_t n);

/* Names of a few applications, so that rows have some. */
void random_register_names(void);
/* A row with a key and metadata of its own; free with random_row_free(). */
struct flow_row random_row(struct random *r, uint64_t flow_id);
void random_row_free(struct flow_row *row);
/* A filter over stored fields; its values are often those of one of the rows. Cleared first. */
void random_filter(struct random *r, const struct flow_row *rows, uint32_t count, struct text *out);

#endif
