/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A filter as SQL: a boolean expression of ClickHouse over the entity's columns. Values never enter the text: each is a bound
 * parameter, {f1:UInt16}, whose value travels apart. No expression is ever NULL, so NOT means what it says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "record/filter_tree.h"

struct sql_out {
	const struct filter *filter;
	const char *prefix;
	struct text *sql;
	struct sql_params *params;
	int err;
};

/* --- parameters --- */

/* As a param_ setting is read: the escapes of ClickHouse's TSV. */
static void add_escaped(struct text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (s[i]) {
		case '\t':
			text_puts(t, "\\t");
			break;
		case '\n':
			text_puts(t, "\\n");
			break;
		case '\r':
			text_puts(t, "\\r");
			break;
		case '\\':
			text_puts(t, "\\\\");
			break;
		default:
			text_putc(t, s[i]);
		}
	}
}

/* Append a parameter whose value is `value` (taken), and its place in the text. */
static void add_param(struct sql_out *o, const char *type, struct text *value)
{
	struct sql_params *p = o->params;
	struct sql_param *grown = realloc(p->items, (p->count + 1) * sizeof *grown);

	if (grown)
		p->items = grown;
	if (!grown || value->failed || !text_room(value, 1)) {
		text_free(value);
		o->err = WEIR_E(NOMEM);
		return;
	}
	value->buf[value->len] = '\0';
	struct sql_param *item = &p->items[p->count++];
	item->value = value->buf;
	snprintf(item->name, sizeof item->name, "%.9s%u", o->prefix, p->count);
	text_printf(o->sql, "{%s:%s}", item->name, type);
}

static void add_text_param(struct sql_out *o, const char *s, size_t n)
{
	struct text value = TEXT_INIT;
	add_escaped(&value, s, n);
	add_param(o, "String", &value);
}

static void add_addr_param(struct sql_out *o, const struct addr *a)
{
	struct text value = TEXT_INIT;
	char s[ADDR_TEXT_MAX];

	if (addr_is_v4(a))
		text_puts(&value, "::ffff:");
	text_add(&value, s, addr_format(a, s));
	add_param(o, "IPv6", &value);
}

static void add_time_param(struct sql_out *o, uint64_t us)
{
	struct text value = TEXT_INIT;
	char s[RFC3339_TEXT_MAX];

	rfc3339_format(us * NS_PER_US, s); /* 2026-11-24T07:53:15.123456Z */
	s[10] = ' ';
	text_add(&value, s, 26);
	add_param(o, "DateTime64(6, 'UTC')", &value);
}

static void add_number_param(struct sql_out *o, const struct field_def *f, uint64_t u)
{
	struct text value = TEXT_INIT;
	text_u64(&value, u);
	add_param(o, f->kind == FIELD_UINTS ? "UInt16" : field_kind_column(f->kind), &value);
}

/* --- columns --- */

static const struct field_def *part_of(const struct sql_out *o, const struct field_def *f, unsigned i)
{
	return field_find(o->filter->table, f->parts[i], strlen(f->parts[i]));
}

static void add_column(struct sql_out *o, const struct field_def *f)
{
	if (f->flags & (FIELD_SUM | FIELD_SPAN)) {
		const char *a = part_of(o, f, 0)->name, *b = part_of(o, f, 1)->name;
		if (f->flags & FIELD_SUM)
			text_printf(o->sql, "(`%s` + `%s`)", a, b);
		else /* as field_flow.c's span_ms() */
			text_printf(o->sql,
				    "toUInt64(intDiv(greatest(toUnixTimestamp64Micro(`%s`) - "
				    "toUnixTimestamp64Micro(`%s`), 0), 1000))",
				    b, a);
		return;
	}
	text_printf(o->sql, "`%s`", f->name);
}

/* "column is not absent"; false when there is nothing to say because it never is. */
static bool add_present(struct sql_out *o, const struct field_def *f)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
		text_printf(o->sql, "`%s` != ''", f->name);
		return true;
	case FIELD_CODE2:
		text_printf(o->sql, "`%s` != toFixedString('', 2)", f->name);
		return true;
	case FIELD_UINTS:
		text_printf(o->sql, "notEmpty(`%s`)", f->name);
		return true;
	case FIELD_MAC:
		text_printf(o->sql, "`%s` != 0", f->name);
		return true;
	default:
		break;
	}
	if (f->flags & FIELD_ZERO_ABSENT)
		text_printf(o->sql, "`%s` != 0", f->name);
	else if (f->flags & FIELD_TCP_ONLY && o->filter->protocol)
		text_printf(o->sql, "`%s` = 6", o->filter->protocol->name);
	else
		return false;
	return true;
}

/* --- comparisons of one value --- */

static void add_addr(struct sql_out *o, const struct field_def *f, enum filter_op op, const struct filter_value *v)
{
	bool range = op == FILTER_EQ || op == FILTER_NE || op == FILTER_IN;

	if (!range || addr_eq(&v->low, &v->high)) {
		text_printf(o->sql, "`%s` %s ", f->name, range ? "=" : filter_op_text(op));
		add_addr_param(o, &v->low);
		return;
	}
	text_printf(o->sql, "(`%s` >= ", f->name);
	add_addr_param(o, &v->low);
	text_printf(o->sql, " AND `%s` <= ", f->name);
	add_addr_param(o, &v->high);
	text_putc(o->sql, ')');
}

static void add_app(struct sql_out *o, const struct field_def *f, const struct filter_value *v)
{
	if (!v->text_len) {
		text_puts(o->sql, "0");
		return;
	}
	text_printf(o->sql, "(lower(`%s`) = ", f->name);
	add_text_param(o, v->text, v->text_len);
	text_printf(o->sql, " OR startsWith(lower(`%s`), concat(", f->name);
	add_text_param(o, v->text, v->text_len);
	text_printf(o->sql, ", '.')) OR endsWith(lower(`%s`), concat('.', ", f->name);
	add_text_param(o, v->text, v->text_len);
	text_puts(o->sql, ")))");
}

static void add_text_compare(struct sql_out *o, const struct field_def *f, enum filter_op op,
			     const struct filter_value *v)
{
	if (op == FILTER_MATCH)
		text_printf(o->sql, "match(`%s`, ", f->name);
	else if (op == FILTER_CONTAINS)
		text_printf(o->sql, "position(lower(`%s`), ", f->name);
	else if (f->flags & FIELD_APP)
		return add_app(o, f, v);
	else
		text_printf(o->sql, "lower(`%s`) = ", f->name);
	add_text_param(o, v->text, v->text_len);
	text_puts(o->sql, op == FILTER_MATCH ? ")" : op == FILTER_CONTAINS ? ") > 0" : "");
}

/* != is said as NOT around this, by the caller. */
static void add_one(struct sql_out *o, const struct field_def *f, enum filter_op op, const struct filter_value *v)
{
	switch (f->kind) {
	case FIELD_ADDR:
		add_addr(o, f, op, v);
		return;
	case FIELD_TEXT:
	case FIELD_WORD:
		add_text_compare(o, f, op, v);
		return;
	case FIELD_CODE2:
		text_printf(o->sql, "`%s` = toFixedString(", f->name);
		add_text_param(o, v->text, v->text_len);
		text_puts(o->sql, ", 2)");
		return;
	case FIELD_UINTS:
		text_printf(o->sql, "has(`%s`, ", f->name);
		add_number_param(o, f, v->u);
		text_putc(o->sql, ')');
		return;
	default:
		break;
	}
	add_column(o, f);
	text_printf(o->sql, " %s ", op == FILTER_NE || op == FILTER_IN ? "=" : filter_op_text(op));
	if (f->kind == FIELD_TIME)
		add_time_param(o, v->u);
	else
		add_number_param(o, f, v->u);
}

/* "present AND (one OR one …)"; with nothing else around it. */
static void add_leaf(struct sql_out *o, const struct filter_leaf *leaf, enum filter_op op)
{
	text_putc(o->sql, '(');
	if (add_present(o, leaf->field))
		text_puts(o->sql, " AND ");
	text_putc(o->sql, '(');
	for (uint32_t i = 0; i < leaf->count && !o->err; i++) {
		if (i)
			text_puts(o->sql, " OR ");
		add_one(o, leaf->field, op, &leaf->values[i]);
	}
	text_puts(o->sql, "))");
}

/* One of the leaves that have values is present. */
static void add_any_present(struct sql_out *o, const struct filter_node *n)
{
	const char *between = "";

	text_putc(o->sql, '(');
	for (uint32_t i = 0; i < n->leaf_count; i++) {
		if (!n->leaf[i].count)
			continue;
		text_puts(o->sql, between);
		if (!add_present(o, n->leaf[i].field))
			text_puts(o->sql, "1");
		between = " OR ";
	}
	text_putc(o->sql, ')');
}

static void add_compare(struct sql_out *o, const struct filter_node *n)
{
	const char *between = "";

	text_putc(o->sql, '(');
	if (n->op == FILTER_NE) {
		add_any_present(o, n);
		text_puts(o->sql, " AND NOT (");
	}
	for (uint32_t i = 0; i < n->leaf_count && !o->err; i++) {
		if (!n->leaf[i].count)
			continue;
		text_puts(o->sql, between);
		add_leaf(o, &n->leaf[i], n->op);
		between = " OR ";
	}
	text_puts(o->sql, n->op == FILTER_NE ? "))" : ")");
}

static void add_node(struct sql_out *o, const struct filter_node *n)
{
	switch (n->kind) {
	case FILTER_COMPARE:
		add_compare(o, n);
		return;
	case FILTER_NOT:
		text_puts(o->sql, "NOT ");
		add_node(o, n->child);
		return;
	case FILTER_AND:
	case FILTER_OR:
		text_putc(o->sql, '(');
		for (const struct filter_node *c = n->child; c && !o->err; c = c->next) {
			if (c != n->child)
				text_puts(o->sql, n->kind == FILTER_AND ? " AND " : " OR ");
			add_node(o, c);
		}
		text_putc(o->sql, ')');
	}
}

static const char *field_not_stored(const struct filter *f, const struct field_def *d)
{
	if (!(d->flags & (FIELD_SUM | FIELD_SPAN)))
		return d->flags & FIELD_STORED ? NULL : d->name;
	for (unsigned i = 0; i < FIELD_PARTS_MAX && d->parts[i]; i++) {
		const struct field_def *part = field_find(f->table, d->parts[i], strlen(d->parts[i]));
		if (!part || !(part->flags & FIELD_STORED))
			return d->name;
	}
	return NULL;
}

static const char *node_not_stored(const struct filter *f, const struct filter_node *n)
{
	for (; n; n = n->next) {
		const char *name = node_not_stored(f, n->child);
		for (uint32_t i = 0; i < n->leaf_count && !name; i++)
			name = field_not_stored(f, n->leaf[i].field);
		if (name)
			return name;
	}
	return NULL;
}

const char *filter_not_stored(const struct filter *f)
{
	return f ? node_not_stored(f, f->root) : NULL;
}

int filter_sql(const struct filter *f, const char *prefix, struct text *sql, struct sql_params *params)
{
	struct sql_out o = {f, prefix, sql, params, 0};

	if (filter_is_empty(f)) {
		text_puts(sql, "1");
		return sql->failed ? WEIR_E(NOMEM) : 0;
	}
	if (filter_not_stored(f))
		return WEIR_E(UNSUPPORTED);
	add_node(&o, f->root);
	return o.err ? o.err : sql->failed ? WEIR_E(NOMEM) : 0;
}

void sql_params_free(struct sql_params *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		free(p->items[i].value);
	free(p->items);
	*p = (struct sql_params){0};
}
