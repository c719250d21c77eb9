/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What enrich knows about a flow's two ends, looked up once at NEW. The caches only save time: an answer
 * is the same with or without them.
 */
#include "base/hash.h"
#include "observer/observer_internal.h"

static const struct enrich_end *end_of(struct observer *o, const struct addr *a)
{
	uint64_t at = hash_bytes(a->b, sizeof(a->b)) % END_CACHE;
	if (!o->cache->ends[at].used || !addr_eq(&o->cache->ends[at].addr, a)) {
		o->cache->ends[at].addr = *a;
		o->cache->ends[at].used = true;
		enrich_end(o->options.enrich, a, &o->cache->ends[at].end);
	}
	return &o->cache->ends[at].end;
}

static const char *vendor_of(struct observer *o, const struct mac *m)
{
	static const struct mac none;
	if (memcmp(m, &none, sizeof(none)) == 0)
		return NULL;
	uint64_t at = hash_bytes(m->b, sizeof(m->b)) % MAC_CACHE;
	if (!o->cache->macs[at].used || memcmp(&o->cache->macs[at].mac, m, sizeof(*m)) != 0) {
		o->cache->macs[at].mac = *m;
		o->cache->macs[at].used = true;
		o->cache->macs[at].vendor = enrich_vendor(o->options.enrich, m);
	}
	return o->cache->macs[at].vendor;
}

static enum flow_cast cast_of(const struct addr *server)
{
	if (addr_is_broadcast(server))
		return CAST_BROADCAST;
	return addr_is_multicast(server) ? CAST_MULTICAST : CAST_UNICAST;
}

void derive(struct observer *o, const struct flow_record *r, struct flow_side *side)
{
	*side = (struct flow_side){.cast = cast_of(flow_record_server(r))};
	if (!o->options.enrich)
		return;
	for (unsigned i = 0; i < 2; i++) {
		const struct enrich_end *end = end_of(o, i ? flow_record_server(r) : flow_record_client(r));
		side->as_name[i] = end->as_name;
		side->asn[i] = end->asn;
		memcpy(side->country[i], end->country, 2);
		side->is_local[i] = end->is_local;
		side->vendor[i] = vendor_of(o, &r->mac[i]);
	}
}

void derived_to_row(const struct flow_side *side, struct flow_derived *d)
{
	for (unsigned i = 0; i < 2; i++) {
		d->asn[i] = side->asn[i];
		d->as_name[i] = side->as_name[i];
		memcpy(d->country[i], side->country[i], 2);
		d->is_local[i] = side->is_local[i];
		d->vendor[i] = side->vendor[i];
		d->name[i] = NULL;
	}
	d->cast = side->cast;
}
