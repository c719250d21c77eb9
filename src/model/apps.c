/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Applications by (master, protocol). Bounded: nDPI knows some 300 protocols, of whose pairs a few hundred
 * occur; a pair past the cap counts as unknown and is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "model/model_internal.h"

struct app_key {
	uint16_t master, protocol;
};

static bool app_equal(const void *ctx, uint32_t value, const void *key)
{
	const struct apps *t = ctx;
	const struct app_key *k = key;
	return t->slots[value].a.master == k->master && t->slots[value].a.protocol == k->protocol;
}

int apps_init(struct apps *t)
{
	t->slots = calloc(APPS_MAX, sizeof(*t->slots));
	if (!t->slots)
		return WEIR_E(NOMEM);
	int rc = map_init(&t->index, APPS_MAX);
	return rc < 0 ? rc : apps_get(t, 0, 0);
}

void apps_free(struct apps *t)
{
	free(t->slots);
	map_free(&t->index);
}

uint16_t apps_get(struct apps *t, uint16_t master, uint16_t protocol)
{
	struct app_key key = {master, protocol};
	uint64_t hash = hash_bytes(&key, sizeof(key));
	uint32_t number = map_get(&t->index, hash, &key, app_equal, t);
	if (number != MAP_NONE)
		return (uint16_t)number;
	if (t->count == APPS_MAX || map_put(&t->index, hash, t->count) < 0) {
		t->refused++;
		return 0;
	}
	t->slots[t->count].a.master = master;
	t->slots[t->count].a.protocol = protocol;
	return (uint16_t)t->count++;
}

void apps_count(struct app_slot *s, const struct flow_counters *c)
{
	s->a.packets += c->packets[0] + c->packets[1];
	s->a.bytes += c->bytes[0] + c->bytes[1];
	s->a.wire_bytes += c->wire_bytes[0] + c->wire_bytes[1];
}

void apps_uncount(struct app_slot *s, const struct flow_counters *c)
{
	s->a.packets -= c->packets[0] + c->packets[1];
	s->a.bytes -= c->bytes[0] + c->bytes[1];
	s->a.wire_bytes -= c->wire_bytes[0] + c->wire_bytes[1];
}

void apps_tick(struct apps *t, uint64_t elapsed_ns)
{
	for (uint32_t i = 0; i < t->count; i++) {
		t->slots[i].a.bits_per_s = (uint64_t)((unsigned __int128)t->slots[i].second * 8 * NS_PER_S /
						      elapsed_ns);
		t->slots[i].second = 0;
	}
}
