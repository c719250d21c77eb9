/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of one interface now: totals, rates, top lists, what is risky, what is new. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "record/names.h"
#include "web/ask.h"
#include "web/health.h"
#include "web/json_out.h"
#include "web/lists.h"

#define TOP_ROWS 8

/* --- top lists over hosts and applications: one pass each, a small insertion-sorted array --- */

struct top {
	uint32_t count;
	struct {
		const void *item;
		uint64_t key, tie;
	} row[TOP_ROWS];
};

static void top_add(struct top *t, const void *item, uint64_t key, uint64_t tie)
{
	uint32_t at = t->count;
	if (!key && !tie)
		return;
	while (at > 0 && (t->row[at - 1].key < key || (t->row[at - 1].key == key && t->row[at - 1].tie < tie)))
		at--;
	if (at == TOP_ROWS)
		return;
	uint32_t last = t->count < TOP_ROWS ? t->count++ : TOP_ROWS - 1;
	memmove(&t->row[at + 1], &t->row[at], (last - at) * sizeof t->row[0]);
	t->row[at].item = item;
	t->row[at].key = key;
	t->row[at].tie = tie;
}

static void host_head(struct text *t, const struct host *h)
{
	json_key_addr(t, "ip", &h->addr);
	json_key_str_opt(t, "name", h->name);
	json_key_bool(t, "is_local", h->is_local);
	if (h->country[0]) {
		char code[3] = {h->country[0], h->country[1], '\0'};
		json_key_str(t, "country", code);
	}
}

static void host_talker(struct text *t, const void *item)
{
	const struct host *h = item;
	host_head(t, h);
	json_key_u64(t, "bits_per_s", h->bits_per_s[0] + h->bits_per_s[1]);
	json_key_u64(t, "bytes", h->total.bytes[0] + h->total.bytes[1]);
}

/* The risk with the highest score among those the host's flows had. */
static const char *worst_risk(uint64_t risks)
{
	const struct risk_name *worst = NULL;
	for (unsigned i = 0; i < NAMES_RISKS_MAX; i++) {
		const struct risk_name *risk = &names()->risk[i];
		if ((risks >> i & 1) && risk->name && (!worst || risk->score > worst->score))
			worst = risk;
	}
	return worst ? worst->name : NULL;
}

static void host_risky(struct text *t, const void *item)
{
	const struct host *h = item;
	host_head(t, h);
	json_key_u64(t, "score", h->score);
	json_key_u64(t, "flows", h->risky_flows);
	json_key_str_opt(t, "risk", worst_risk(h->risks));
}

static void host_new(struct text *t, const void *item)
{
	const struct host *h = item;
	host_head(t, h);
	json_key_str_opt(t, "vendor", h->vendor);
	json_key_time(t, "first_seen", h->first_ns);
}

static void app_top(struct text *t, const void *item)
{
	const struct app_stats *a = item;
	char app[80];
	app_format(a->master, a->protocol, app);
	json_key_str(t, "app", app);
	json_key_str_opt(t, "category", names()->category[names()->app_category[a->protocol % NAMES_APPS_MAX] % 128]);
	json_key_u64(t, "bits_per_s", a->bits_per_s);
	json_key_u64(t, "bytes", a->bytes);
}

static void top_out(struct text *t, const char *key, const struct top *top, uint32_t max,
		    void (*write)(struct text *t, const void *item))
{
	json_key(t, key);
	json_open(t, '[');
	for (uint32_t i = 0; i < top->count && i < max; i++) {
		json_open(t, '{');
		write(t, top->row[i].item);
		json_close(t, '}');
	}
	json_close(t, ']');
}

/* --- the answer --- */

struct overview {
	struct question question;
	struct text *out;
	struct top talkers, risky, newest, apps;
	struct observer_stats stats;
	struct model_totals totals;
};

static void lists_out(struct overview *v, struct model *m)
{
	for (uint32_t i = 0; i < model_app_count(m); i++) {
		const struct app_stats *a = model_app(m, i);
		top_add(&v->apps, a, a->bits_per_s, a->bytes);
	}
	top_out(v->out, "top_hosts", &v->talkers, TOP_ROWS, host_talker);
	top_out(v->out, "top_apps", &v->apps, TOP_ROWS, app_top);
	top_out(v->out, "risky", &v->risky, 6, host_risky);
	top_out(v->out, "newest", &v->newest, 6, host_new);
}

/* One portion: the tops hold pointers into the model, and hosts may go between portions. */
static bool overview_step(struct question *q, struct observer *o)
{
	struct overview *v = (struct overview *)(void *)q;
	struct model *m = observer_model(o);
	uint32_t limit = model_host_limit(m);

	for (uint32_t i = 0; i < limit; i++) {
		const struct host *h = model_host(m, i);
		if (!h)
			continue;
		top_add(&v->talkers, h, h->bits_per_s[0] + h->bits_per_s[1], h->total.bytes[0] + h->total.bytes[1]);
		if (h->score)
			top_add(&v->risky, h, h->score, h->risky_flows);
		if (h->is_local)
			top_add(&v->newest, h, h->first_ns, 0);
	}
	observer_stats(o, &v->stats);
	model_totals(m, &v->totals);
	lists_out(v, m);
	return true;
}

static void rates_out(struct text *t, const struct model_totals *m)
{
	json_key(t, "rates");
	json_open(t, '{');
	json_key_u64(t, "bits_in", m->bits_in);
	json_key_u64(t, "bits_out", m->bits_out);
	json_key_u64(t, "packets_per_s", m->packets_per_s);
	json_key_u64(t, "flows_per_s", m->flows_per_s);
	json_close(t, '}');
	json_key(t, "peaks");
	json_open(t, '{');
	json_key(t, "bits_in");
	json_open(t, '{');
	json_key_u64(t, "value", m->peak_in);
	json_key_time(t, "ts", m->peak_in_ts_s * NS_PER_S);
	json_close(t, '}');
	json_key(t, "bits_out");
	json_open(t, '{');
	json_key_u64(t, "value", m->peak_out);
	json_key_time(t, "ts", m->peak_out_ts_s * NS_PER_S);
	json_close(t, '}');
	json_close(t, '}');
}

void buckets_out(struct text *t, const struct observer_stats *s)
{
	json_key(t, "buckets");
	json_open(t, '[');
	for (int b = BUCKET_NONE + 1; b < BUCKET_MAX; b++) {
		if (!s->bucket[b].packets)
			continue;
		json_open(t, '{');
		json_key_str(t, "name", packet_bucket_name((enum packet_bucket)b));
		json_key_str(t, "help", packet_bucket_help((enum packet_bucket)b));
		json_key_u64(t, "packets", s->bucket[b].packets);
		json_key_u64(t, "wire_bytes", s->bucket[b].wire_bytes);
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void totals_out(struct text *t, const struct overview *v)
{
	json_key(t, "totals");
	json_open(t, '{');
	json_key_u64(t, "packets", v->totals.packets);
	json_key_u64(t, "wire_bytes", v->totals.wire_bytes);
	json_key_u64(t, "bytes", v->totals.bytes);
	json_key_u64(t, "flows_live", v->stats.flows_live);
	json_key_u64(t, "flows_total", v->stats.flows_total);
	json_key_u64(t, "hosts", v->totals.hosts);
	json_key_u64(t, "hosts_local", v->totals.hosts_local);
	json_key_u64(t, "risky_flows", v->totals.risky_flows);
	json_key_u64(t, "apps", v->totals.apps);
	json_close(t, '}');
	json_key(t, "drops");
	json_open(t, '{');
	json_key_u64(t, "kernel", v->stats.kernel_drops);
	json_key_u64(t, "received", v->stats.packets);
	json_key_u64(t, "received_wire_bytes", v->stats.wire_bytes);
	json_key_time(t, "since", v->stats.first_ns);
	buckets_out(t, &v->stats);
	json_close(t, '}');
}

static void store_out(struct text *t, struct store *store)
{
	struct store_stats s = {0};
	store_stats(store, &s);
	json_key(t, "store");
	json_open(t, '{');
	json_key_bool(t, "none", store_is_none(store));
	json_key_bool(t, "up", s.up);
	json_key_u64(t, "lag_ms", s.lag_ms);
	json_key_str_opt(t, "problem", s.problem);
	json_close(t, '}');
}

int overview_object(struct text *out, const struct web *w, const struct web_interface *i, struct errmsg *e)
{
	struct overview v = {.question = {.step = overview_step}, .out = out};

	json_open(out, '{');
	int err = observer_ask(i->observer, &v.question);
	if (err)
		return err_set(e, err, "this interface has stopped");
	json_key_time(out, "now", v.stats.now_ns);
	json_key_str(out, "interface", i->name);
	json_key_str(out, "kind", i->is_file ? "file" : "live");
	json_key_str(out, "state", i->state(i->ctx));
	totals_out(out, &v);
	rates_out(out, &v.totals);
	store_out(out, web_options_of(w)->store);
	json_close(out, '}');
	return 0;
}

int api_overview_get(struct web_request *r)
{
	const struct web_interface *i = request_interface(r);
	return i ? overview_object(&r->out, r->web, i, &r->error) : WEIR_E(NOTFOUND);
}

/* --- series --- */

struct series_ask {
	uint64_t after_s;
	uint32_t max, count;
	struct second *seconds;
};

static void series_answer(struct observer *o, void *ctx)
{
	struct series_ask *a = ctx;
	a->count = model_series(observer_model(o), a->after_s, a->seconds, a->max);
}

int series_points(struct text *out, const struct web_interface *i, uint64_t after_s, uint32_t max, uint64_t *ret_last)
{
	struct series_ask ask = {.after_s = after_s, .max = max};

	ask.seconds = calloc(max ? max : 1, sizeof *ask.seconds);
	if (!ask.seconds)
		return WEIR_E(NOMEM);
	int err = ask_once(i->observer, series_answer, &ask);
	json_open(out, '[');
	for (uint32_t n = 0; n < ask.count; n++) {
		const struct second *s = &ask.seconds[n];
		json_open(out, '[');
		json_u64(out, s->ts_s);
		json_u64(out, s->bytes_in * 8);
		json_u64(out, s->bytes_out * 8);
		json_u64(out, s->bytes_internal * 8);
		json_u64(out, s->packets);
		json_u64(out, s->flows_new);
		json_u64(out, s->flows_live);
		json_u64(out, s->drops);
		json_close(out, ']');
		*ret_last = s->ts_s;
	}
	json_close(out, ']');
	free(ask.seconds);
	return err;
}

int api_series_get(struct web_request *r)
{
	uint32_t after, max;
	uint64_t last = 0;
	const struct web_interface *i = request_interface(r);
	int err = i ? request_query_u32(r, "after", 0, UINT32_MAX, &after) : WEIR_E(NOTFOUND);
	if (!err)
		err = request_query_u32(r, "max", MODEL_SECONDS, MODEL_SECONDS, &max);
	if (err)
		return err;
	json_open(&r->out, '{');
	json_key_u64(&r->out, "step_s", 1);
	json_key(&r->out, "points");
	err = series_points(&r->out, i, after, max, &last);
	json_close(&r->out, '}');
	return err ? err_set(&r->error, err, "this interface has stopped") : 0;
}
