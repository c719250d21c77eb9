/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live flows: the list, one flow in detail (live, else from the database), facets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/names.h"
#include "web/ask.h"
#include "web/frame.h"
#include "web/json_out.h"
#include "web/lists.h"

/* --- list --- */

struct rows_out {
	struct text *out;
	const struct list_request *list;
};

static void row_out(void *ctx, const struct flow_row *row)
{
	struct rows_out *o = ctx;
	frame_row(o->out, o->list->columns, o->list->column_count, row);
}

static struct flow_list_query query_of(const struct list_request *l)
{
	return (struct flow_list_query){.filter = l->filter,
					.sort = l->sort,
					.ascending = l->ascending,
					.offset = l->offset,
					.limit = l->limit};
}

static void sums_out(struct text *t, const struct flow_counters *c)
{
	json_key(t, "sum");
	json_open(t, '{');
	json_key_u64(t, "packets", c->packets[0] + c->packets[1]);
	json_key_u64(t, "bytes", c->bytes[0] + c->bytes[1]);
	json_key_u64(t, "wire_bytes", c->wire_bytes[0] + c->wire_bytes[1]);
	json_close(t, '}');
}

static void now_answer(struct observer *o, void *ctx)
{
	*(uint64_t *)ctx = observer_now(o);
}

int flows_frame(struct text *out, const struct web_interface *i, const struct list_request *l, struct errmsg *e)
{
	struct flow_list_query query = query_of(l);
	struct rows_out rows = {.out = out, .list = l};
	struct flow_counters sum = {0};
	uint64_t total = 0, now = 0;

	json_open(out, '{');
	frame_columns(out, l->columns, l->column_count);
	json_key(out, "rows");
	json_open(out, '[');
	int err = observer_flow_list(i->observer, &query, row_out, &rows, &total, &sum, e);
	json_close(out, ']');
	json_key_u64(out, "total", total);
	sums_out(out, &sum);
	ask_once(i->observer, now_answer, &now);
	json_key_time(out, "now", now);
	json_close(out, '}');
	return err;
}

int api_flows_get(struct web_request *r)
{
	struct list_request l;
	const struct web_interface *i = request_interface(r);
	int err = i ? list_request_parse(r, NULL, &flow_field_table, FLOW_DEFAULT_COLUMNS, "flow_id", "-bits_per_s", &l)
		    : WEIR_E(NOTFOUND);
	if (err)
		return err;
	err = flows_frame(&r->out, i, &l, &r->error);
	list_request_free(&l);
	return err;
}

/* --- one flow --- */

struct flow_detail {
	uint64_t flow_id;
	struct text *out;
	bool found;
};

/* "risk_names":[…]: the risks in words, so that the page can say why. */
void risk_names_out(struct text *t, const uint16_t *ids, uint32_t count)
{
	json_key(t, "risk_names");
	json_open(t, '[');
	for (uint32_t i = 0; i < count; i++)
		if (ids[i] < NAMES_RISKS_MAX && names()->risk[ids[i]].name)
			json_str(t, names()->risk[ids[i]].name);
	json_close(t, ']');
}

/* "flow":{…} of every field that is present. */
static void detail_fields(struct text *t, const struct flow_row *row)
{
	struct field_value v;
	json_key(t, "flow");
	json_open(t, '{');
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (!f->get)
			continue;
		v.present = false;
		v.kind = f->kind;
		f->get(row, &v);
		if (!v.present)
			continue;
		json_key(t, f->name);
		field_json(t, &v);
		if (f->kind == FIELD_UINTS && strcmp(f->name, "risks") == 0)
			risk_names_out(t, v.uints.v, v.uints.n);
	}
	json_close(t, '}');
}

static void detail_answer(struct observer *o, void *ctx)
{
	struct flow_detail *d = ctx;
	struct flow_row row;
	uint32_t number = observer_flow_find(o, d->flow_id);

	if (number == UINT32_MAX || !observer_flow_row(o, number, &row))
		return;
	d->found = true;
	json_key_bool(d->out, "live", true);
	detail_fields(d->out, &row);
}

static void meta_out(struct text *t)
{
	json_key(t, "meta");
	json_open(t, '{');
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (!f->get)
			continue;
		json_key(t, f->name);
		json_open(t, '{');
		json_key_str(t, "label", f->label);
		json_key_str(t, "help", f->help);
		json_key_str(t, "group", f->group);
		json_key_str(t, "unit", unit_name(f));
		json_key_str(t, "kind", kind_name(f->kind));
		json_close(t, '}');
	}
	json_close(t, '}');
}

int api_flow_get(struct web_request *r)
{
	const struct web_options *o = web_options_of(r->web);
	char *end;
	struct flow_detail d = {.flow_id = strtoull(r->capture[0], &end, 10), .out = &r->out};

	if (*end || end == r->capture[0])
		return err_set(&r->error, WEIR_E(INVALID), "a flow id is a decimal number");
	json_open(&r->out, '{');
	for (unsigned i = 0; i < o->interface_count && !d.found; i++)
		ask_once(o->interfaces[i].observer, detail_answer, &d);
	if (!d.found) {
		int err = stored_flow(r, d.flow_id);
		if (err)
			return err;
	}
	meta_out(&r->out);
	json_close(&r->out, '}');
	return 0;
}

/* --- facets --- */

#define FACET_DEFAULTS "app,client_ip,server_ip,server_country,server_port,app_category"

static void facet_out(struct text *t, const struct facet *f)
{
	json_open(t, '{');
	json_key_str(t, "field", f->field->name);
	json_key_str(t, "label", f->field->label);
	json_key_u64(t, "distinct", f->distinct);
	json_key(t, "values");
	json_open(t, '[');
	for (uint32_t i = 0; i < f->count; i++) {
		json_open(t, '{');
		json_key_str(t, "value", f->value[i].text);
		json_key_u64(t, "flows", f->value[i].flows);
		json_key_u64(t, "bytes", f->value[i].bytes);
		json_close(t, '}');
	}
	json_close(t, ']');
	json_close(t, '}');
}

static int facet_fields(struct web_request *r, const struct field_def *fields[FACET_FIELDS_MAX], unsigned *ret_count)
{
	const char *list = request_query(r, "fields");
	*ret_count = 0;
	if (!list || !*list)
		list = FACET_DEFAULTS;
	while (*list) {
		size_t len = strcspn(list, ",");
		const struct field_def *f = field_find(&flow_field_table, list, len);
		if (!f || !f->get)
			return err_set(&r->error, WEIR_E(INVALID), "there is no field %.*s", (int)len, list);
		if (*ret_count == FACET_FIELDS_MAX)
			return err_set(&r->error, WEIR_E(TOOBIG), "at most %d fields", FACET_FIELDS_MAX);
		fields[(*ret_count)++] = f;
		list += len + (list[len] == ',');
	}
	return 0;
}

int api_facets_get(struct web_request *r)
{
	const struct field_def *fields[FACET_FIELDS_MAX];
	struct filter *filter = NULL;
	unsigned count;
	const struct web_interface *i = request_interface(r);
	int err = i ? facet_fields(r, fields, &count) : WEIR_E(NOTFOUND);
	if (!err)
		err = request_filter(r, &flow_field_table, request_query(r, "filter"), &filter);
	if (err)
		return err;
	struct facet *facets = calloc(FACET_FIELDS_MAX, sizeof *facets);
	err = facets ? observer_facets(i->observer, filter, fields, count, facets, &r->error) : WEIR_E(NOMEM);
	if (!err) {
		json_open(&r->out, '{');
		json_key(&r->out, "facets");
		json_open(&r->out, '[');
		for (unsigned f = 0; f < count; f++)
			facet_out(&r->out, &facets[f]);
		json_close(&r->out, ']');
		json_close(&r->out, '}');
	}
	free(facets);
	filter_free(filter);
	return err;
}
