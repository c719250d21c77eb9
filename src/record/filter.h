/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The filter language: one everywhere (page, command line, database).
 *
 *     client_ip in 10.0.0.0/8 and app = TLS and bytes > 1MB and not server_country = US
 *
 *     filter  := or
 *     or      := and {"or" and}
 *     and     := unary {"and" unary}
 *     unary   := "not" unary | "(" or ")" | compare
 *     compare := field op value | field "in" ( value | "(" value {"," value} ")" )
 *     op      := "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "~"
 *     value   := number[unit] | address | prefix | mac | time | word | "quoted" | 'quoted'
 *
 * Words end at white space, comma and parenthesis; in quotes only \" \' and \\ are escapes, so that a
 * regular expression keeps its backslashes. and, or, not, in, contains are told in any case.
 *
 * A text is parsed once into a tree; the tree is compiled to a matcher over an entity (filter_match) and
 * to SQL with bound parameters (filter_sql). Both pick the same rows: a property test says so.
 *   - A field that is absent matches no comparison, not even != ("not a = b" it does match).
 *   - Text is compared without regard to ASCII case by = != in contains; ~ is RE2's syntax, unanchored,
 *     with case, and "." takes line breaks too (as ClickHouse's match()).
 *   - = and in take a prefix where an address is meant. `app = TLS` finds TLS, TLS.Google and X.TLS.
 *   - Fields of several values (either side: ip port …; arrays: risks): a comparison holds when one of the
 *     values meets it, != when there is a value and none of them equals.
 *   - A number without a unit counts what the field counts; times are compared by microseconds.
 * An empty text matches everything. A filter is immutable after parsing: any number of threads may match
 * with it. It belongs to the caller (filter_free), and the field table must outlive it.
 */
#ifndef WEIR_RECORD_FILTER_H
#define WEIR_RECORD_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "record/field.h"

#define FILTER_TEXT_MAX       8192 /* bytes */
#define FILTER_DEPTH_MAX      64   /* nested "not" and "(" */
#define FILTER_VALUES_MAX     512
#define FILTER_REGEX_MAX      16 /* regular expressions, each at most FILTER_REGEX_TEXT_MAX bytes */
#define FILTER_REGEX_TEXT_MAX 1024

struct filter;

struct filter_error {
	uint32_t column;    /* 1-based, in characters of the text */
	char expected[160]; /* "a number of bytes, such as 1MB" */
	char text[320];     /* whole sentence, with the nearest field name where it helps */
};

/* 0 and *ret_filter, or WEIR_E(SYNTAX) with *ret_error filled, or WEIR_E(NOMEM). NULL text is an empty one. */
int filter_parse(const struct field_table *table, const char *text, struct filter **ret_filter,
		 struct filter_error *ret_error);
void filter_free(struct filter *f);                            /* NULL: no-op */
bool filter_match(const struct filter *f, const void *entity); /* f NULL: true */
bool filter_is_empty(const struct filter *f);
/* Append the filter in its canonical form: parsed again, it means the same. */
void filter_print(const struct filter *f, struct text *t);

/* A bound parameter of the SQL text: {p1:Type} there, param_p1=value in the request. */
struct sql_param {
	char name[16];
	char *value; /* as ClickHouse reads it in a param_ setting (escaped as TSV) */
};
struct sql_params {
	struct sql_param *items;
	uint32_t count;
};
/* Append a boolean expression over the entity's columns to sql and its parameters to params (names prefix1,
 * prefix2, …; start with {0}). An empty filter appends "1". 0; WEIR_E(UNSUPPORTED) when a field is known of live
 * entities only (filter_not_stored() names it); WEIR_E(NOMEM). */
int filter_sql(const struct filter *f, const char *prefix, struct text *sql, struct sql_params *params);
void sql_params_free(struct sql_params *p);
/* Name of the first field of the filter that has no column in the database; NULL when all have. */
const char *filter_not_stored(const struct filter *f);

#endif
