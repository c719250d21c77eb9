/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decode's front: link type to layer, and the key from what the layers found.
 */
#include "decode/decode.h"

#include "decode/layers.h"

static enum packet_bucket decode_link(struct frame *f, const struct packet_view *view)
{
	switch (view->link_type) {
	case LINK_ETHERNET:
		return decode_ethernet(f, view);
	case LINK_RAW_OLD12:
	case LINK_RAW_OLD14:
	case LINK_RAW:
		return decode_raw(f);
	case LINK_IPV4:
		return decode_ipv4(f);
	case LINK_IPV6:
		return decode_ipv6(f);
	case LINK_NULL:
		return decode_null(f);
	case LINK_LOOP:
		return decode_loop(f);
	case LINK_LINUX_SLL:
		return decode_sll(f);
	case LINK_LINUX_SLL2:
		return decode_sll2(f);
	default:
		return BUCKET_unknown_link;
	}
}

/* AH (RFC 4302 section 2) in IPv4; in IPv6 it is walked through as an extension header. What it protects is in the clear. */
static enum packet_bucket decode_ah(struct frame *f)
{
	struct packet *p = f->p;

	if (p->is_fragment || cursor_left(&f->c) < 2)
		return BUCKET_NONE;
	uint8_t next = f->c.pos[0];
	size_t len = (f->c.pos[1] + 2u) * 4u;
	if (next == IP_AH || !frame_take(f, len))
		return BUCKET_NONE;
	p->key.protocol = next;
	p->payload = f->c.pos;
	p->payload_caplen = (uint32_t)cursor_left(&f->c);
	p->payload_len = f->wire;
	return decode_transport(f, next);
}

enum packet_bucket decode_transport(struct frame *f, uint8_t protocol)
{
	switch (protocol) {
	case IP_TCP:
		return decode_tcp(f);
	case IP_UDP:
	case IP_UDPLITE:
		return decode_udp(f);
	case IP_ICMP:
	case IP_ICMPV6:
		return decode_icmp(f, protocol);
	case IP_SCTP:
		return decode_sctp(f);
	case IP_IPIP:
		return tunnel_or_outer(f, decode_ipv4); /* RFC 2003; in IPv6: RFC 2473 */
	case IP_IPV6:
		return tunnel_or_outer(f, decode_ipv6); /* RFC 4213 */
	case IP_GRE:
		return tunnel_or_outer(f, decode_gre);
	case IP_AH:
		return decode_ah(f);
	default:
		return BUCKET_NONE;
	}
}

/* Community ID's order: the lower address first, then the lower port; a one-way ICMP type stays as sent. */
static void make_key(struct packet *p, const struct frame *f)
{
	struct flow_key *k = &p->key;
	bool swap;

	if (p->ip_version == 4) {
		uint32_t s = be32_at(f->source), d = be32_at(f->destination);
		swap = s != d ? s > d : f->port[0] > f->port[1];
		swap = swap && !k->one_way;
		k->addr[swap] = addr_from_v4(f->source);
		k->addr[!swap] = addr_from_v4(f->destination);
	} else {
		int order = memcmp(f->source, f->destination, 16);
		swap = order ? order > 0 : f->port[0] > f->port[1];
		swap = swap && !k->one_way;
		k->addr[swap] = addr_from_v6(f->source);
		k->addr[!swap] = addr_from_v6(f->destination);
	}
	k->port[swap] = f->port[0];
	k->port[!swap] = f->port[1];
	p->source_is_1 = swap;
}

void decode_packet(const struct packet_view *view, struct packet *p)
{
	struct frame f = {.c = cursor_of(view->data, view->caplen), .wire = view->wirelen, .p = p};

	memset(p, 0, sizeof *p);
	p->ts_ns = view->ts_ns;
	p->wire_bytes = view->wirelen;
	p->bucket = (uint8_t)decode_link(&f, view);
	if (p->bucket == BUCKET_NONE)
		make_key(p, &f);
}
