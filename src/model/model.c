/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader of flow events. A vector is walked three times: hash and prefetch, prefetch what the first
 * led to, then count.
 */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "model/model_internal.h"

#define VECTOR_MAX 64u

int model_create(const struct model_options *options, struct model **ret)
{
	struct model *m = calloc(1, sizeof(*m));
	if (!m)
		return WEIR_E(NOMEM);
	uint32_t hosts_max = options->hosts_max < MODEL_HOSTS_MIN ? MODEL_HOSTS_MIN : options->hosts_max;
	m->flows_max = options->flows_max;
	m->is_file = options->is_file;
	m->flows = mmap(NULL, (size_t)m->flows_max * sizeof(*m->flows) + 1, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc = m->flows == MAP_FAILED ? WEIR_E(NOMEM) : 0;
	if (rc == 0)
		rc = hosts_init(&m->hosts, hosts_max);
	if (rc == 0)
		rc = apps_init(&m->apps);
	if (rc == 0)
		rc = names_init(&m->names, hosts_max < NAMES_MAX ? hosts_max : NAMES_MAX);
	if (rc == 0)
		rc = series_init(&m->series);
	if (rc < 0) {
		model_free(m);
		return rc;
	}
	*ret = m;
	return 0;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	if (m->flows != MAP_FAILED)
		munmap(m->flows, (size_t)m->flows_max * sizeof(*m->flows) + 1);
	hosts_free(&m->hosts);
	apps_free(&m->apps);
	names_free(&m->names);
	series_free(&m->series);
	free(m);
}

static void host_begin(struct model *m, struct host_slot *s, const struct flow_event *ev, unsigned side)
{
	const struct flow_derived *d = &ev->row.derived;
	struct host *h = &s->h;
	const struct addr *a = &h->addr;
	h->is_local = d->is_local[side];
	h->cast = addr_is_broadcast(a) ? CAST_BROADCAST : addr_is_multicast(a) ? CAST_MULTICAST : CAST_UNICAST;
	memcpy(h->country, d->country[side], 2);
	h->asn = d->asn[side];
	h->as_name = d->as_name[side];
	if (h->first_ns == 0 || ev->row.first_ns < h->first_ns)
		h->first_ns = ev->row.first_ns;
	const struct name_entry *known = names_get(&m->names, a);
	if (known)
		host_name_offer(s, known->name, known->source, known->ns);
}

/* On the link a local host shows its own MAC; a remote one only its router's. */
static void host_mac(struct host *h, const struct flow_row *row, unsigned side)
{
	static const struct mac none;
	if (!h->is_local || h->cast != CAST_UNICAST || memcmp(&row->mac[side], &none, sizeof(none)) == 0)
		return;
	h->mac = row->mac[side];
	h->vendor = row->derived.vendor[side];
}

static uint32_t flow_begins_at(struct model *m, const struct flow_event *ev, unsigned side, uint64_t hash)
{
	bool made;
	uint32_t number = hosts_get(&m->hosts, hash, &ev->row.addr[side], &made);
	if (number == NONE)
		return NONE;
	struct host_slot *s = &m->hosts.slots[number];
	if (!s->shown) {
		host_begin(m, s, ev, side);
		hosts_show(&m->hosts, s);
	}
	hosts_busy(&m->hosts, number);
	s->h.flows_live++;
	if (side)
		s->h.flows_server++;
	else
		s->h.flows_client++;
	host_mac(&s->h, &ev->row, side);
	return number;
}

static void flow_begins(struct model *m, const struct flow_event *ev, struct model_flow *f, const uint64_t hash[2])
{
	*f = (struct model_flow){0};
	/* One after the other: the second may need the room of an idle host, and the first is busy by then. */
	f->host[0] = flow_begins_at(m, ev, 0, hash[0]);
	f->host[1] = flow_begins_at(m, ev, 1, hash[1]);
	m->apps.slots[0].a.flows_live++;
	m->apps.slots[0].a.flows_total++;
	m->totals.flows_live++;
	m->totals.flows_total++;
	m->series.now.flows_new++;
	if (m->series.now.ts_s == 0)
		m->series.now.ts_s = ev->row.first_ns / NS_PER_S;
}

static void flow_ends(struct model *m, const struct model_flow *f)
{
	for (unsigned side = 0; side < 2; side++) {
		if (f->host[side] == NONE)
			continue;
		struct host *h = &m->hosts.slots[f->host[side]].h;
		h->risky_flows -= f->risky;
		h->score -= f->score;
		if (--h->flows_live == 0)
			hosts_idle(&m->hosts, f->host[side]);
	}
	m->apps.slots[f->app].a.flows_live--;
	m->totals.flows_live--;
	m->totals.risky_flows -= f->risky;
}

/* The flow turns out to be of another application: all that was counted so far moves there. */
static void app_changes(struct model *m, const struct flow_event *ev, struct model_flow *f, uint16_t to)
{
	struct app_slot *old = &m->apps.slots[f->app], *new = &m->apps.slots[to];
	struct flow_counters before = ev->total;
	for (unsigned i = 0; i < 2; i++) {
		before.packets[i] -= ev->delta.packets[i];
		before.bytes[i] -= ev->delta.bytes[i];
		before.wire_bytes[i] -= ev->delta.wire_bytes[i];
	}
	apps_uncount(old, &before);
	apps_count(new, &before);
	old->a.flows_live--;
	old->a.flows_total--;
	new->a.flows_live++;
	new->a.flows_total++;
	for (unsigned side = 0; side < 2; side++)
		if (f->host[side] != NONE)
			host_app_move(&m->hosts.slots[f->host[side]].h, old->a.master, old->a.protocol,
				      before.bytes[0] + before.bytes[1], new->a.master, new->a.protocol);
	f->app = to;
}

static void risks_change(struct model *m, const struct flow_meta *meta, struct model_flow *f)
{
	uint8_t risky = meta->risks != 0;
	for (unsigned side = 0; side < 2; side++) {
		if (f->host[side] == NONE)
			continue;
		struct host *h = &m->hosts.slots[f->host[side]].h;
		h->risks |= meta->risks;
		h->risky_flows += (uint32_t)risky - f->risky;
		h->score += (uint32_t)meta->risk_score - f->score;
	}
	m->totals.risky_flows += (uint32_t)risky - f->risky;
	f->risky = risky;
	f->score = meta->risk_score;
}

static void meta_changes(struct model *m, const struct flow_event *ev, struct model_flow *f)
{
	const struct flow_meta *meta = ev->row.meta;
	const struct app_stats *app = &m->apps.slots[f->app].a;
	if (meta->app_master != app->master || meta->app_protocol != app->protocol) {
		uint16_t to = apps_get(&m->apps, meta->app_master, meta->app_protocol);
		if (to != f->app)
			app_changes(m, ev, f, to);
	}
	if (meta->risks || f->risky || meta->risk_score != f->score)
		risks_change(m, meta, f);
	model_learn_names(m, ev, f);
}

/* Wire bytes into the open second, by where the two ends are. */
static void count_second(struct model *m, const struct flow_event *ev)
{
	const struct flow_derived *d = &ev->row.derived;
	struct second *now = &m->series.now;
	uint64_t c2s = ev->delta.wire_bytes[0], s2c = ev->delta.wire_bytes[1];
	now->packets += ev->delta.packets[0] + ev->delta.packets[1];
	if (d->cast != CAST_UNICAST || (d->is_local[0] && d->is_local[1])) {
		now->bytes_internal += c2s + s2c;
	} else if (d->is_local[1]) {
		now->bytes_in += c2s;
		now->bytes_out += s2c;
	} else {
		now->bytes_out += c2s;
		now->bytes_in += s2c;
	}
}

static void count_delta(struct model *m, const struct flow_event *ev, const struct model_flow *f)
{
	const struct flow_counters *d = &ev->delta;
	struct app_slot *app = &m->apps.slots[f->app];
	uint64_t bytes = d->bytes[0] + d->bytes[1], wire = d->wire_bytes[0] + d->wire_bytes[1];
	for (unsigned side = 0; side < 2; side++) {
		hosts_count(&m->hosts, f->host[side], d, side);
		if (f->host[side] == NONE)
			continue;
		struct host *h = &m->hosts.slots[f->host[side]].h;
		host_app_add(h, app->a.master, app->a.protocol, bytes);
		if (ev->row.last_ns > h->last_ns)
			h->last_ns = ev->row.last_ns;
	}
	apps_count(app, d);
	app->second += wire;
	m->totals.packets += d->packets[0] + d->packets[1];
	m->totals.wire_bytes += wire;
	m->totals.bytes += bytes;
	count_second(m, ev);
}

static void handle(struct model *m, const struct flow_event *ev, const uint64_t hash[2])
{
	struct model_flow *f = &m->flows[ev->flow];
	if (ev->kind == FLOW_EVENT_SLICE)
		return;
	if (ev->kind == FLOW_EVENT_NEW)
		flow_begins(m, ev, f, hash);
	if (ev->meta_changed && ev->row.meta)
		meta_changes(m, ev, f);
	if (ev->delta.packets[0] + ev->delta.packets[1])
		count_delta(m, ev, f);
	if (ev->kind == FLOW_EVENT_END || ev->kind == FLOW_EVENT_GONE)
		flow_ends(m, f);
}

static void prefetch_host(const struct model *m, uint32_t number)
{
	if (number == NONE)
		return;
	const char *s = (const char *)&m->hosts.slots[number];
	for (unsigned i = 0; i < sizeof(struct host_slot); i += 64)
		__builtin_prefetch(s + i, 1);
}

static void on_events(void *ctx, const struct flow_event *events, unsigned count)
{
	struct model *m = ctx;
	uint64_t hash[VECTOR_MAX][2];
	for (unsigned i = 0; i < count && i < VECTOR_MAX; i++) {
		__builtin_prefetch(&m->flows[events[i].flow], 1);
		if (events[i].kind != FLOW_EVENT_NEW)
			continue;
		for (unsigned side = 0; side < 2; side++) {
			hash[i][side] = host_hash(&events[i].row.addr[side]);
			hosts_prefetch(&m->hosts, hash[i][side]);
		}
	}
	for (unsigned i = 0; i < count && i < VECTOR_MAX; i++) {
		const struct flow_event *ev = &events[i];
		for (unsigned side = 0; side < 2; side++)
			prefetch_host(m, ev->kind == FLOW_EVENT_NEW ? hosts_guess(&m->hosts, hash[i][side])
								    : m->flows[ev->flow].host[side]);
	}
	for (unsigned i = 0; i < count && i < VECTOR_MAX; i++)
		handle(m, &events[i], hash[i]);
}

void model_interface_counters(struct model *m, const struct observer_stats *stats)
{
	uint64_t packets = 0, wire = 0;
	for (unsigned b = BUCKET_NONE + 1; b < BUCKET_MAX; b++) {
		packets += stats->bucket[b].packets - m->seen.bucket[b].packets;
		wire += stats->bucket[b].wire_bytes - m->seen.bucket[b].wire_bytes;
	}
	m->series.now.packets += packets;
	m->series.now.bytes_internal += wire;
	m->series.now.drops += (uint32_t)(stats->kernel_drops - m->seen.kernel_drops);
	m->totals.other_packets += packets;
	m->totals.other_wire_bytes += wire;
	m->seen = *stats;
}

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct model *m = ctx;
	uint64_t now_s = now_ns / NS_PER_S;
	struct second *now = &m->series.now;
	if (now->ts_s == 0 || (m->series.last_s == 0 && now->ts_s >= now_s))
		now->ts_s = now_s - 1; /* nothing but other frames so far; or packets older than the clock */
	if (now_s <= now->ts_s)
		return;
	uint64_t elapsed_ns = m->now_ns && now_ns - m->now_ns > NS_PER_S ? now_ns - m->now_ns : NS_PER_S;
#define RATE(x) ((uint64_t)((unsigned __int128)(x)*NS_PER_S / elapsed_ns))
	m->totals.bits_in = RATE(now->bytes_in * 8);
	m->totals.bits_out = RATE(now->bytes_out * 8);
	m->totals.packets_per_s = RATE(now->packets);
	m->totals.flows_per_s = RATE(now->flows_new);
#undef RATE
	hosts_tick(&m->hosts, elapsed_ns);
	apps_tick(&m->apps, elapsed_ns);
	series_tick(&m->series, now_s, !m->is_file, &m->totals);
	m->now_ns = now_ns;
}

struct flow_reader model_reader(struct model *m)
{
	return (struct flow_reader){.name = "model", .ctx = m, .on_events = on_events, .on_tick = on_tick};
}

void model_totals(const struct model *m, struct model_totals *ret)
{
	*ret = m->totals;
	ret->hosts = m->hosts.shown;
	ret->hosts_local = m->hosts.shown_local;
	ret->groups = m->hosts.groups;
	ret->hosts_evicted = m->hosts.evicted;
	ret->hosts_refused = m->hosts.refused;
	ret->hosts_max = m->hosts.max;
	ret->hosts_used = m->hosts.used;
	ret->apps = 0;
	for (uint32_t i = 1; i < m->apps.count; i++)
		ret->apps += m->apps.slots[i].a.flows_total > 0;
	ret->apps_max = APPS_MAX;
	ret->apps_refused = m->apps.refused;
	ret->names_evicted = m->names.evicted;
	ret->names_max = m->names.max;
	ret->names_used = m->names.used;
}

uint32_t model_host_limit(const struct model *m)
{
	return m->hosts.high;
}

const struct host *model_host(const struct model *m, uint32_t number)
{
	if (number >= m->hosts.high || !m->hosts.slots[number].shown)
		return NULL;
	return &m->hosts.slots[number].h;
}

const struct host *model_host_find(const struct model *m, const struct addr *a)
{
	uint32_t number = hosts_find(&m->hosts, host_hash(a), a);
	return number == NONE ? NULL : model_host(m, number);
}

const char *model_name(const struct model *m, const struct addr *a)
{
	uint32_t number = hosts_find(&m->hosts, host_hash(a), a);
	if (number != NONE && m->hosts.slots[number].h.name[0])
		return m->hosts.slots[number].h.name;
	const struct name_entry *entry = names_get(&m->names, a);
	return entry ? entry->name : NULL;
}

void model_flow_names(const struct model *m, uint32_t flow, const struct addr addr[2], const char *ret_names[2])
{
	for (unsigned side = 0; side < 2; side++) {
		uint32_t number = m->flows[flow].host[side];
		const struct host *h = number == NONE ? NULL : &m->hosts.slots[number].h;
		/* After the flow's end its host may have given way to another within the same vector. */
		ret_names[side] = h && h->name[0] && addr_eq(&h->addr, &addr[side]) ? h->name : NULL;
	}
}

void model_flow_prefetch(const struct model *m, uint32_t flow)
{
	for (unsigned side = 0; side < 2; side++)
		if (m->flows[flow].host[side] != NONE)
			__builtin_prefetch(m->hosts.slots[m->flows[flow].host[side]].h.name);
}

void model_host_prefetch(const struct model *m, uint32_t number)
{
	prefetch_host(m, number);
}

void model_hosts_others(const struct model *m, struct host_traffic *ret)
{
	*ret = m->hosts.others;
}

uint32_t model_app_count(const struct model *m)
{
	return m->apps.count;
}

const struct app_stats *model_app(const struct model *m, uint32_t number)
{
	return number < m->apps.count ? &m->apps.slots[number].a : NULL;
}
