/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts: the list and one host in detail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "record/names.h"
#include "web/ask.h"
#include "web/json_out.h"
#include "web/lists.h"

#define PEERS_SHOWN      10
#define PEERS_GATHERED   1024
#define HOST_FLOWS_SHOWN 50

struct rows_out {
	struct text *out;
	const struct list_request *list;
};

static void row_out(void *ctx, const struct host *host)
{
	struct rows_out *o = ctx;
	frame_row(o->out, o->list->columns, o->list->column_count, host);
}

static void now_answer(struct observer *o, void *ctx)
{
	*(uint64_t *)ctx = observer_now(o);
}

int hosts_frame(struct text *out, const struct web_interface *i, const struct list_request *l, struct errmsg *e)
{
	struct flow_list_query query = {.filter = l->filter,
					.sort = l->sort,
					.ascending = l->ascending,
					.offset = l->offset,
					.limit = l->limit};
	struct rows_out rows = {.out = out, .list = l};
	uint64_t total = 0, now = 0;

	json_open(out, '{');
	frame_columns(out, l->columns, l->column_count);
	json_key(out, "rows");
	json_open(out, '[');
	int err = observer_host_list(i->observer, &query, row_out, &rows, &total, e);
	json_close(out, ']');
	json_key_u64(out, "total", total);
	ask_once(i->observer, now_answer, &now);
	json_key_time(out, "now", now);
	json_close(out, '}');
	return err;
}

int api_hosts_get(struct web_request *r)
{
	struct list_request l;
	const struct web_interface *i = request_interface(r);
	int err = i ? list_request_parse(r, NULL, &host_field_table, HOST_DEFAULT_COLUMNS, "ip", "-bits_per_s", &l)
		    : WEIR_E(NOTFOUND);
	if (err)
		return err;
	err = hosts_frame(&r->out, i, &l, &r->error);
	list_request_free(&l);
	return err;
}

/* --- one host --- */

struct host_detail {
	struct addr addr;
	struct text *out;
	bool found;
};

static void detail_answer(struct observer *o, void *ctx)
{
	struct host_detail *d = ctx;
	struct field_value v;
	const struct host *h = model_host_find(observer_model(o), &d->addr);

	if (!h)
		return;
	d->found = true;
	json_key(d->out, "host");
	json_open(d->out, '{');
	for (uint32_t i = 0; i < host_field_table.count; i++) {
		const struct field_def *f = &host_field_table.fields[i];
		if (!f->get)
			continue;
		v.present = false;
		v.kind = f->kind;
		f->get(h, &v);
		if (!v.present)
			continue;
		json_key(d->out, f->name);
		field_json(d->out, &v);
	}
	json_close(d->out, '}');
	json_key(d->out, "apps");
	json_open(d->out, '[');
	for (int i = 0; i < HOST_APPS; i++) {
		char app[80];
		if (!h->apps[i].bytes)
			continue;
		app_format(h->apps[i].master, h->apps[i].protocol, app);
		json_open(d->out, '{');
		json_key_str(d->out, "app", app);
		json_key_u64(d->out, "bytes", h->apps[i].bytes);
		json_close(d->out, '}');
	}
	if (h->apps_others_bytes) {
		json_open(d->out, '{');
		json_key_str(d->out, "app", "others");
		json_key_u64(d->out, "bytes", h->apps_others_bytes);
		json_close(d->out, '}');
	}
	json_close(d->out, ']');
}

/* --- peers: from the host's live flows --- */

struct peer {
	struct addr addr;
	char name[64];
	uint64_t bytes;
	uint32_t flows;
};

struct peers {
	struct addr self;
	uint32_t count;
	struct peer peer[PEERS_GATHERED];
};

static void peer_add(void *ctx, const struct flow_row *row)
{
	struct peers *p = ctx;
	int other = addr_eq(&row->addr[0], &p->self) ? 1 : 0;
	uint32_t i = 0;

	while (i < p->count && !addr_eq(&p->peer[i].addr, &row->addr[other]))
		i++;
	if (i == p->count) {
		if (p->count == PEERS_GATHERED)
			return;
		p->peer[p->count++] = (struct peer){.addr = row->addr[other]};
		if (row->derived.name[other])
			snprintf(p->peer[i].name, sizeof p->peer[i].name, "%s", row->derived.name[other]);
	}
	p->peer[i].bytes += row->count.bytes[0] + row->count.bytes[1];
	p->peer[i].flows++;
}

static int peer_order(const void *a, const void *b)
{
	const struct peer *x = a, *y = b;
	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : addr_cmp(&x->addr, &y->addr);
}

static int peers_out(struct web_request *r, const struct web_interface *i, const struct filter *filter,
		     const struct addr *self)
{
	struct flow_list_query query = {.filter = filter, .sort = "bytes", .limit = 1000};
	struct flow_counters sum;
	uint64_t total;
	struct peers *p = calloc(1, sizeof *p);

	if (!p)
		return WEIR_E(NOMEM);
	p->self = *self;
	int err = observer_flow_list(i->observer, &query, peer_add, p, &total, &sum, &r->error);
	qsort(p->peer, p->count, sizeof p->peer[0], peer_order);
	json_key(&r->out, "peers");
	json_open(&r->out, '[');
	for (uint32_t n = 0; n < p->count && n < PEERS_SHOWN; n++) {
		json_open(&r->out, '{');
		json_key_addr(&r->out, "ip", &p->peer[n].addr);
		json_key_str_opt(&r->out, "name", p->peer[n].name);
		json_key_u64(&r->out, "bytes", p->peer[n].bytes);
		json_key_u64(&r->out, "flows", p->peer[n].flows);
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	free(p);
	return err;
}

static int host_flows(struct web_request *r, const struct web_interface *i, const struct addr *self)
{
	char text[ADDR_TEXT_MAX + 16], ip[ADDR_TEXT_MAX];
	struct list_request l;
	static const char columns[] = FLOW_DEFAULT_COLUMNS;

	addr_format(self, ip);
	snprintf(text, sizeof text, "ip = %s", ip);
	int err = list_request_parse(r, "limit=50", &flow_field_table, columns, "flow_id", "-bytes", &l);
	if (err)
		return err;
	err = request_filter(r, &flow_field_table, text, &l.filter);
	if (!err) {
		json_key(&r->out, "flows");
		err = flows_frame(&r->out, i, &l, &r->error);
	}
	if (!err)
		err = peers_out(r, i, l.filter, self);
	list_request_free(&l);
	return err;
}

int api_host_get(struct web_request *r)
{
	struct host_detail d = {.out = &r->out};
	const struct web_interface *i = request_interface(r);

	if (!i)
		return WEIR_E(NOTFOUND);
	if (addr_parse(r->capture[0], &d.addr) != 0)
		return err_set(&r->error, WEIR_E(INVALID), "%s is not an IP address", r->capture[0]);
	json_open(&r->out, '{');
	int err = ask_once(i->observer, detail_answer, &d);
	if (err)
		return err_set(&r->error, err, "this interface has stopped");
	if (!d.found)
		return err_set(&r->error, WEIR_E(NOTFOUND), "%s was not seen on %s", r->capture[0], i->name);
	err = host_flows(r, i, &d.addr);
	json_close(&r->out, '}');
	return err;
}
