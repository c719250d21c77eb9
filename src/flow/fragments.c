/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/fragments.h"

#include "base/clock.h"
#include "base/hash.h"

static struct fragment *set_of(struct fragments *fs, const struct fragment *f)
{
	struct {
		struct addr source, destination;
		uint32_t id, rest;
	} key = {f->source, f->destination, f->id, (uint32_t)f->vlan_id << 8 | f->protocol};
	return fs->entry[hash_bytes(&key, sizeof key) % FRAGMENT_SETS];
}

static bool same_datagram(const struct fragment *a, const struct fragment *b)
{
	uint64_t apart = a->ts_ns > b->ts_ns ? a->ts_ns - b->ts_ns : b->ts_ns - a->ts_ns;
	return a->used && a->id == b->id && a->protocol == b->protocol && a->vlan_id == b->vlan_id &&
	       addr_eq(&a->source, &b->source) && addr_eq(&a->destination, &b->destination) &&
	       apart <= FRAGMENT_LIFE_S * NS_PER_S;
}

static void remember(struct fragment *set, const struct fragment *f)
{
	struct fragment *best = &set[0];

	for (unsigned i = 0; i < FRAGMENT_WAYS; i++) {
		if (!set[i].used || same_datagram(&set[i], f)) {
			best = &set[i];
			break;
		}
		if (set[i].ts_ns < best->ts_ns)
			best = &set[i];
	}
	*best = *f;
}

bool fragments_resolve(struct fragments *fs, struct packet *p)
{
	struct flow_key *k = &p->key;
	struct fragment f = {
		.source = k->addr[p->source_is_1],
		.destination = k->addr[!p->source_is_1],
		.ts_ns = p->ts_ns,
		.id = p->fragment_id,
		.vlan_id = k->vlan_id,
		.protocol = k->protocol,
		.used = 1,
		.port = {k->port[0], k->port[1]},
		.source_is_1 = p->source_is_1,
		.one_way = k->one_way,
	};
	struct fragment *set = set_of(fs, &f);

	if (!p->is_later_fragment) {
		remember(set, &f);
		return true;
	}
	for (unsigned i = 0; i < FRAGMENT_WAYS; i++)
		if (same_datagram(&set[i], &f)) {
			/* The order of the endpoints may depend on the ports, and on one_way. */
			k->addr[set[i].source_is_1] = f.source;
			k->addr[!set[i].source_is_1] = f.destination;
			k->port[0] = set[i].port[0];
			k->port[1] = set[i].port[1];
			k->one_way = set[i].one_way;
			p->source_is_1 = set[i].source_is_1;
			return true;
		}
	return false;
}
