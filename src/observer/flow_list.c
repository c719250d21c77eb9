/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page of live flows: the list core over the observer's flows, asked as a question.
 */
#include "observer/list.h"
#include "observer/observer_internal.h"

uint32_t observer_flow_high(const struct observer *o)
{
	uint32_t high = 0;
	for (unsigned i = 0; i < o->options.slab_count; i++)
		if (o->sources[i].high)
			high = o->sources[i].base + o->sources[i].high;
	return high;
}

void flow_prefetch(struct observer *o, uint32_t flow, unsigned stage)
{
	if (flow >= o->flow_limit || !o->seen[flow].live)
		return;
	const struct source *s = source_of_flow(o, flow);
	const struct flow_record *r = &s->slab->records[flow - s->base];
	if (stage == 0) {
		__builtin_prefetch(r);
		__builtin_prefetch((const char *)r + 64);
		__builtin_prefetch((const char *)r + 128);
		__builtin_prefetch(&o->side[flow]);
		return;
	}
	__builtin_prefetch(atomic_load_explicit(&r->meta, memory_order_relaxed));
	model_flow_prefetch(o->model, flow);
}

struct flow_list {
	struct question question; /* first: step() gets this */
	struct observer *observer;
	struct list_run run;
	const struct flow_list_query *query;
	flow_list_row_fn *emit;
	void *emit_ctx;
	struct flow_counters sum;
	struct flow_row rows[2];
	struct errmsg *e;
	bool begun;
	int rc;
};

static const void *flow_entity(void *ctx, uint32_t number, unsigned room, uint64_t *ret_id)
{
	struct flow_list *l = ctx;
	if (!observer_flow_row(l->observer, number, &l->rows[room]))
		return NULL;
	*ret_id = l->rows[room].flow_id;
	return &l->rows[room];
}

static void list_prefetch(void *ctx, uint32_t number, unsigned stage)
{
	struct flow_list *l = ctx;
	flow_prefetch(l->observer, number, stage);
}

static void flow_matched(void *ctx, const void *entity)
{
	struct flow_list *l = ctx;
	const struct flow_row *row = entity;
	for (unsigned i = 0; i < 2; i++) {
		l->sum.packets[i] += row->count.packets[i];
		l->sum.wire_bytes[i] += row->count.wire_bytes[i];
		l->sum.bytes[i] += row->count.bytes[i];
	}
}

static void flow_emit(void *ctx, const void *entity)
{
	struct flow_list *l = ctx;
	l->emit(l->emit_ctx, entity);
}

static bool flow_list_step(struct question *q, struct observer *o)
{
	struct flow_list *l = (struct flow_list *)(void *)q;
	if (!l->begun) {
		struct list_source source = {
			&flow_field_table, l,        observer_flow_high(o), flow_entity, list_prefetch,
			flow_matched,      flow_emit};
		struct list_query query = {l->query->filter, l->query->sort ? l->query->sort : "bits_per_s",
					   l->query->ascending, l->query->offset, l->query->limit};
		l->begun = true;
		l->rc = list_begin(&l->run, &source, &query, l->e);
		if (l->rc < 0)
			return true;
	}
	if (!list_step(&l->run, PORTION_NS * 4 / 5))
		return false;
	l->rc = l->run.error;
	return true;
}

int observer_flow_list(struct observer *o, const struct flow_list_query *query, flow_list_row_fn *emit, void *ctx,
		       uint64_t *ret_total, struct flow_counters *ret_sum, struct errmsg *e)
{
	struct flow_list l = {.question = {.step = flow_list_step},
			      .observer = o,
			      .query = query,
			      .emit = emit,
			      .emit_ctx = ctx,
			      .e = e};
	int rc = observer_ask(o, &l.question);
	if (rc < 0) {
		list_end(&l.run);
		return err_set(e, rc, "the observer of %s has stopped", observer_interface(o));
	}
	if (l.rc == 0) {
		*ret_total = l.run.total;
		*ret_sum = l.sum;
	} else if (l.rc == WEIR_E(NOMEM)) {
		(void)err_set(e, l.rc, "no memory for a list of %u rows", l.run.depth);
	}
	list_end(&l.run);
	return l.rc;
}
