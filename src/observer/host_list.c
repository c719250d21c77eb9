/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page of hosts: the list core over the host table, asked as a question.
 */
#include "observer/list.h"
#include "observer/observer_internal.h"

struct host_list {
	struct question question; /* first: step() gets this */
	struct list_run run;
	const struct flow_list_query *query;
	const struct model *model;
	host_list_row_fn *emit;
	void *emit_ctx;
	struct errmsg *e;
	bool begun;
	int rc;
};

static const void *host_entity(void *ctx, uint32_t number, unsigned room, uint64_t *ret_id)
{
	const struct host_list *l = ctx;
	const struct host *h = model_host(l->model, number);
	(void)room;
	if (!h || (h->cast != CAST_UNICAST && !l->query->with_groups))
		return NULL;
	/* Equal keys stand in the order of the numbers; a number that went to another host since then
	 * shows that one. */
	*ret_id = number;
	return h;
}

static void host_prefetch(void *ctx, uint32_t number, unsigned stage)
{
	const struct host_list *l = ctx;
	if (stage == 0)
		model_host_prefetch(l->model, number);
}

static void host_emit(void *ctx, const void *entity)
{
	struct host_list *l = ctx;
	l->emit(l->emit_ctx, entity);
}

static bool host_list_step(struct question *q, struct observer *o)
{
	struct host_list *l = (struct host_list *)(void *)q;
	l->model = observer_model(o);
	if (!l->begun) {
		struct list_source source = {
			&host_field_table, l, model_host_limit(l->model), host_entity, host_prefetch, NULL, host_emit};
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

int observer_host_list(struct observer *o, const struct flow_list_query *query, host_list_row_fn *emit, void *ctx,
		       uint64_t *ret_total, struct errmsg *e)
{
	struct host_list l = {
		.question = {.step = host_list_step}, .query = query, .emit = emit, .emit_ctx = ctx, .e = e};
	int rc = observer_ask(o, &l.question);
	if (rc < 0) {
		list_end(&l.run);
		return err_set(e, rc, "the observer of %s has stopped", observer_interface(o));
	}
	if (l.rc == 0)
		*ret_total = l.run.total;
	else if (l.rc == WEIR_E(NOMEM))
		(void)err_set(e, l.rc, "no memory for a list of %u rows", l.run.depth);
	list_end(&l.run);
	return l.rc;
}
