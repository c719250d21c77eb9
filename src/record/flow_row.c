/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/flow_row.h"

#include <string.h>

#define LOAD(field) atomic_load_explicit(&(field), memory_order_relaxed)

void flow_row_identity(struct flow_row *row, const struct flow_record *r, const struct flow_meta *meta,
		       const char *interface)
{
	unsigned client = r->client_is_1;

	row->flow_id = r->flow_id;
	row->end_reason = LOAD(r->end_reason);
	row->tcp_state = LOAD(r->tcp_state);
	row->tcp_flags[0] = LOAD(r->tcp_flags[0]);
	row->tcp_flags[1] = LOAD(r->tcp_flags[1]);
	row->ip_version = addr_is_v4(&r->key.addr[0]) && addr_is_v4(&r->key.addr[1]) ? 4 : 6;
	row->protocol = r->key.protocol;
	row->vlan_id = r->key.vlan_id;
	for (unsigned side = 0; side < 2; side++) {
		row->addr[side] = r->key.addr[client ^ side];
		row->port[side] = r->key.port[client ^ side];
		row->mac[side] = r->mac[side];
	}
	row->client_latency_us = LOAD(r->client_latency_us);
	row->server_latency_us = LOAD(r->server_latency_us);
	row->key = &r->key;
	row->meta = meta;
	row->interface = interface;
}

void flow_record_counters(const struct flow_record *r, struct flow_counters *ret)
{
	for (int d = 0; d < 2; d++) {
		ret->packets[d] = LOAD(r->packets[d]);
		ret->wire_bytes[d] = LOAD(r->wire_bytes[d]);
		ret->bytes[d] = LOAD(r->bytes[d]);
	}
}
