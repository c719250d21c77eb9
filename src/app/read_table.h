/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `weir read`'s table for people: aligned columns, numbers to the right, sizes and spans in handy units, long lines cut
 * at the width of the terminal. Private to src/app/read*.c.
 */
#ifndef WEIR_APP_READ_TABLE_H
#define WEIR_APP_READ_TABLE_H

#include "app/read.h"

#define TABLE_CELL_MAX 60 /* characters; longer ones are cut, but for the last column's */

struct table_column {
	const char *head;
	bool right;
	const struct field_def *field; /* shown by its kind and unit; NULL: by cell */
	void (*cell)(const struct flow_row *row, struct text *t);
	unsigned width; /* widest cell so far, in characters */
};

struct table_layout {
	struct table_column columns[READ_FIELDS_MAX];
	unsigned count;
	unsigned terminal; /* characters a line; 0: no terminal, nothing is cut at the line's end */
	bool bold;
};

/* count 0: the usual columns. */
void columns_init(struct table_layout *l, const struct field_def *const *fields, unsigned count);
/* Append the row's cells, and widen the columns to hold them. */
void table_cells(struct table_layout *l, const struct flow_row *row, struct text *out, struct text *scratch);
void table_head(const struct table_layout *l, struct text *out);
/* Append one line from cells. */
void table_line(const struct table_layout *l, const char *cells, struct text *out);

#endif
