/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names learnt from the traffic. A host's name is in its entry; what the DNS says about addresses that are
 * no hosts yet waits in a bounded table, where the oldest entry gives way to a new one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/model_internal.h"

#define PORT_MDNS 5353

int names_init(struct names *t, uint32_t max)
{
	t->max = max;
	t->entries = calloc(max, sizeof(*t->entries));
	return t->entries ? map_init(&t->index, max) : WEIR_E(NOMEM);
}

void names_free(struct names *t)
{
	free(t->entries);
	map_free(&t->index);
}

static bool name_equal(const void *ctx, uint32_t value, const void *key)
{
	const struct names *t = ctx;
	return addr_eq(&t->entries[value].addr, key);
}

bool name_clean(const char *s, size_t n, char out[64])
{
	bool letter = false;
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == ':') /* the port of an HTTP Host */
			break;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		bool alpha = c >= 'a' && c <= 'z';
		if (!alpha && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
			return false; /* also "[", so no IPv6 address */
		if (len == 63)
			return false; /* cut short it would be another name */
		letter |= alpha;
		out[len++] = c;
	}
	while (len > 0 && out[len - 1] == '.')
		len--;
	out[len] = 0;
	return letter && len > 1 && out[0] != '.';
}

void names_put(struct names *t, const struct addr *a, const char *name, uint8_t source, uint64_t ns)
{
	uint64_t hash = host_hash(a);
	uint32_t at = map_get(&t->index, hash, a, name_equal, t);
	if (at == MAP_NONE) {
		at = t->next;
		struct name_entry *old = &t->entries[at];
		if (t->used == t->max) {
			map_remove(&t->index, host_hash(&old->addr), at);
			t->evicted++;
		} else {
			t->used++;
		}
		/* no memory for a larger index: the place stays empty */
		if (map_put(&t->index, hash, at) < 0) {
			t->max = t->used -= 1;
			return;
		}
		t->next = (t->next + 1) % t->max;
		*old = (struct name_entry){.addr = *a};
	}
	struct name_entry *entry = &t->entries[at];
	memcpy(entry->name, name, strlen(name) + 1);
	entry->source = source;
	entry->ns = ns;
}

const struct name_entry *names_get(const struct names *t, const struct addr *a)
{
	uint32_t at = map_get(&t->index, host_hash(a), a, name_equal, t);
	return at == MAP_NONE ? NULL : &t->entries[at];
}

void host_name_offer(struct host_slot *s, const char *name, uint8_t source, uint64_t ns)
{
	bool stale = ns > s->name_ns && ns - s->name_ns > NAME_KEEP_NS;
	if (source < s->h.name_source || (source == s->h.name_source && !stale))
		return;
	memcpy(s->h.name, name, strlen(name) + 1);
	s->h.name_source = source;
	s->name_ns = ns;
}

static bool meta_name(const struct flow_meta *meta, enum meta_text which, char out[64])
{
	uint16_t n;
	const char *s = flow_meta_text(meta, which, &n);
	return s && name_clean(s, n, out);
}

/* The address that a DNS (or mDNS) answer gave for the name that was asked for. */
static void learn_answer(struct model *m, const struct flow_row *row)
{
	char name[64];
	if (!row->meta->has_dns_answer || !meta_name(row->meta, META_dns_query, name))
		return;
	const struct addr *a = &row->meta->dns_answer;
	uint8_t source = row->port[1] == PORT_MDNS ? NAME_MDNS : NAME_DNS;
	names_put(&m->names, a, name, source, row->last_ns);
	uint32_t number = hosts_find(&m->hosts, host_hash(a), a);
	if (number != NONE)
		host_name_offer(&m->hosts.slots[number], name, source, row->last_ns);
}

void model_learn_names(struct model *m, const struct flow_event *ev, const struct model_flow *f)
{
	const struct flow_row *row = &ev->row;
	char name[64];
	learn_answer(m, row);
	if (f->host[1] == NONE || row->derived.cast != CAST_UNICAST)
		return;
	struct host_slot *server = &m->hosts.slots[f->host[1]];
	if (meta_name(row->meta, META_tls_sni, name))
		host_name_offer(server, name, NAME_SNI, row->last_ns);
	else if (meta_name(row->meta, META_http_host, name))
		host_name_offer(server, name, NAME_HTTP, row->last_ns);
}
