/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows as text: JSON objects and CSV records are made whole; a table's row is made as cells, each ended by a CELL_END, and laid out
 * when all have been seen, for only then the widths of the columns are known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/read_table.h"
struct printer {
	enum read_format format;
	const struct field_def *fields[READ_FIELDS_MAX];
	unsigned field_count;
	struct table_layout table;
	struct text row, scratch;
};

static void default_fields(struct printer *p)
{
	for (uint32_t i = 0; i < flow_field_table.count && p->field_count < READ_FIELDS_MAX; i++)
		if (flow_field_table.fields[i].flags & FIELD_PRINTED)
			p->fields[p->field_count++] = &flow_field_table.fields[i];
}

int printer_create(const struct read_options *o, struct printer **ret)
{
	struct printer *p = calloc(1, sizeof *p);

	if (!p)
		return WEIR_E(NOMEM);
	p->format = o->format;
	p->field_count = o->field_count;
	memcpy(p->fields, o->fields, sizeof p->fields);
	if (o->format == READ_TABLE)
		columns_init(&p->table, o->fields, o->field_count);
	else if (!p->field_count)
		default_fields(p);
	*ret = p;
	return 0;
}

void printer_free(struct printer *p)
{
	if (!p)
		return;
	text_free(&p->row);
	text_free(&p->scratch);
	free(p);
}

/* One object with what is present. */
static void row_json(struct printer *p, const struct flow_row *row)
{
	struct field_value v;
	char before = '{';

	for (unsigned i = 0; i < p->field_count; i++) {
		p->fields[i]->get(row, &v);
		if (!v.present)
			continue;
		text_putc(&p->row, before);
		before = ',';
		text_putc(&p->row, '"');
		text_puts(&p->row, p->fields[i]->name);
		text_puts(&p->row, "\":");
		field_json(&p->row, &v);
	}
	text_puts(&p->row, before == '{' ? "{}\n" : "}\n");
}

static void row_csv(struct printer *p, const struct flow_row *row)
{
	struct field_value v;

	for (unsigned i = 0; i < p->field_count; i++) {
		if (i)
			text_putc(&p->row, ',');
		p->fields[i]->get(row, &v);
		text_clear(&p->scratch);
		field_plain(&p->scratch, &v);
		text_csv_field(&p->row, text_str(&p->scratch), p->scratch.len);
	}
	text_puts(&p->row, "\r\n"); /* RFC 4180 */
}

const char *printer_row(struct printer *p, const struct flow_row *row, size_t *ret_len)
{
	text_clear(&p->row);
	if (p->format == READ_JSON)
		row_json(p, row);
	else if (p->format == READ_CSV)
		row_csv(p, row);
	else
		table_cells(&p->table, row, &p->row, &p->scratch);
	*ret_len = p->row.len;
	return p->row.failed || p->scratch.failed ? NULL : text_str(&p->row);
}

void printer_begin(struct printer *p)
{
	text_clear(&p->row);
	if (p->format == READ_TABLE)
		table_head(&p->table, &p->row);
	for (unsigned i = 0; p->format == READ_CSV && i < p->field_count; i++) {
		text_puts(&p->row, i ? "," : "");
		text_puts(&p->row, p->fields[i]->name);
	}
	if (p->format == READ_CSV)
		text_puts(&p->row, "\r\n");
	fwrite(text_str(&p->row), 1, p->row.len, stdout);
}

int printer_emit(void *ctx, const struct sort_key *key, const char *row)
{
	struct printer *p = ctx;
	const char *out = row;
	size_t n = key->len;

	if (p->format == READ_TABLE) {
		text_clear(&p->row);
		table_line(&p->table, row, &p->row);
		out = text_str(&p->row);
		n = p->row.len;
	}
	return fwrite(out, 1, n, stdout) == n ? 0 : WEIR_E(IO);
}
