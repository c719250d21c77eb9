/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/json_out.h"

const char *kind_name(enum field_kind kind)
{
	static const char *const names[FIELD_KIND_MAX] = {
		"uint8", "uint16", "uint32", "uint64", "id",    "bool",  "time",
		"addr",  "mac",    "text",   "word",   "code2", "uints",
	};
	return kind < FIELD_KIND_MAX ? names[kind] : "text";
}

const char *unit_name(const struct field_def *f)
{
	size_t len = strlen(f->name);
	if (f->unit == UNIT_BYTES)
		return "bytes";
	if (f->unit == UNIT_RATE)
		return "bits_per_s";
	if (f->unit == UNIT_DURATION)
		return len > 3 && strcmp(f->name + len - 3, "_us") == 0   ? "us"
		       : len > 3 && strcmp(f->name + len - 3, "_ms") == 0 ? "ms"
									  : "ns";
	if (strncmp(f->name, "packets", 7) == 0)
		return "packets";
	return strcmp(f->name, "score") == 0 ? "score" : "";
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

bool query_string_value(const char *query, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key), n = 0;

	for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
		if (strncmp(at, key, klen) != 0 || at[klen] != '=')
			continue;
		for (const char *p = at + klen + 1; *p && *p != '&'; p++) {
			char c = *p == '+' ? ' ' : *p;
			if (*p == '%' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
				c = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
				p += 2;
			}
			if (n + 1 >= size)
				return false;
			out[n++] = c;
		}
		out[n] = '\0';
		return true;
	}
	return false;
}

int request_filter(struct web_request *r, const struct field_table *table, const char *text, struct filter **ret)
{
	struct filter_error problem = {0};
	*ret = NULL;
	if (!text || !*text)
		return 0;
	int err = filter_parse(table, text, ret, &problem);
	if (err) {
		r->error_column = problem.column;
		snprintf(r->error_expected, sizeof r->error_expected, "%s", problem.expected);
		err_set(&r->error, err, "%s", problem.text);
	}
	return err;
}

static int column_add(struct list_request *l, const char *name, size_t len, struct errmsg *e)
{
	const struct field_def *f = field_find(l->table, name, len);
	if (!f || !f->get) {
		const char *near = field_nearest(l->table, name, len);
		return err_set(e, WEIR_E(INVALID), "there is no field %.*s%s%s", (int)len, name,
			       near ? "; did you mean " : "", near ? near : "");
	}
	for (unsigned i = 0; i < l->column_count; i++)
		if (l->columns[i] == f)
			return 0;
	if (l->column_count == FRAME_COLUMNS_MAX)
		return err_set(e, WEIR_E(TOOBIG), "at most %d fields", FRAME_COLUMNS_MAX);
	l->columns[l->column_count++] = f;
	return 0;
}

static int columns_parse(struct list_request *l, const char *list, const char *key_column, struct errmsg *e)
{
	int err = key_column ? column_add(l, key_column, strlen(key_column), e) : 0;
	for (const char *at = list; !err && *at;) {
		size_t len = strcspn(at, ",");
		if (len)
			err = column_add(l, at, len, e);
		at += len + (at[len] == ',');
	}
	return err;
}

/* An argument of the request, or of the query string inside it. */
static const char *argument(struct web_request *r, const char *query, const char *name, char *room, size_t size)
{
	if (!query)
		return request_query(r, name);
	return query_string_value(query, name, room, size) ? room : NULL;
}

static int number_argument(struct web_request *r, const char *query, const char *name, uint32_t fallback, uint32_t max,
			   uint32_t *ret)
{
	char room[16], *end;
	if (!query)
		return request_query_u32(r, name, fallback, max, ret);
	*ret = fallback;
	if (!query_string_value(query, name, room, sizeof room))
		return 0;
	unsigned long long v = strtoull(room, &end, 10);
	if (*end || end == room || v > max)
		return err_set(&r->error, WEIR_E(INVALID), "%s must be a whole number from 0 to %u", name, max);
	*ret = (uint32_t)v;
	return 0;
}

static int sort_parse(struct list_request *l, const char *sort, struct errmsg *e)
{
	l->ascending = *sort != '-';
	if (*sort == '-')
		sort++;
	const struct field_def *f = field_find(l->table, sort, strlen(sort));
	if (!f || !f->get)
		return err_set(e, WEIR_E(INVALID), "can't sort by %s: there is no such field", sort);
	l->sort = f->name;
	return 0;
}

int list_request_parse(struct web_request *r, const char *query, const struct field_table *table,
		       const char *default_columns, const char *key_column, const char *default_sort,
		       struct list_request *ret)
{
	char room[8192];
	struct list_request l = {.table = table};
	const char *text = argument(r, query, "fields", room, sizeof room);
	int err = columns_parse(&l, text && *text ? text : default_columns, key_column, &r->error);

	if (!err) {
		text = argument(r, query, "sort", room, sizeof room);
		err = sort_parse(&l, text && *text ? text : default_sort, &r->error);
	}
	if (!err)
		err = number_argument(r, query, "limit", 100, 1000, &l.limit);
	if (!err)
		err = number_argument(r, query, "offset", 0, 99000, &l.offset);
	if (!err)
		err = request_filter(r, table, argument(r, query, "filter", room, sizeof room), &l.filter);
	if (err)
		list_request_free(&l);
	else
		*ret = l;
	return err;
}

void list_request_free(struct list_request *l)
{
	filter_free(l->filter);
	l->filter = NULL;
}

void frame_columns(struct text *t, const struct field_def *const *columns, unsigned count)
{
	json_key(t, "columns");
	json_open(t, '[');
	for (unsigned i = 0; i < count; i++) {
		const struct field_def *f = columns[i];
		json_open(t, '{');
		json_key_str(t, "name", f->name);
		json_key_str(t, "kind", kind_name(f->kind));
		json_key_str(t, "unit", unit_name(f));
		json_key_str(t, "label", f->label);
		json_key_str(t, "help", f->help);
		json_key_str(t, "group", f->group);
		json_close(t, '}');
	}
	json_close(t, ']');
}

void frame_row(struct text *t, const struct field_def *const *columns, unsigned count, const void *entity)
{
	struct field_value v;
	json_open(t, '[');
	for (unsigned i = 0; i < count; i++) {
		v.present = false;
		v.kind = columns[i]->kind;
		columns[i]->get(entity, &v);
		if (i)
			text_putc(t, ',');
		field_json(t, &v);
	}
	json_close(t, ']');
}
