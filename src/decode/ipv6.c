/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv6 (RFC 8200 section 3) and its extension headers (section 4; AH: RFC 4302 section 2).
 *
 *   0       4               12              16                      31
 *  ┌───────┬───────────────┬───────────────────────────────────────┐
 *  │version│ traffic class │ flow label                            │
 *  ├───────┴───────────────┴───────┬───────────────┬───────────────┤
 *  │ payload length                │ next header   │ hop limit     │
 *  ├───────────────────────────────┴───────────────┴───────────────┤
 *  │ source address (16), destination address (16)                 │
 *  └───────────────────────────────────────────────────────────────┘
 *  hop-by-hop, routing,    ┌ next 8 ┬ length 8: (n+1) × 8 bytes ┬ …        AH: (n+2) × 4 bytes
 *  destination, mobility…
 *  fragment                ┌ next 8 ┬ 0 ┬ offset 13 ┬ 0 0 ┬ M ┬ identification 32 ┐
 *
 * Payload length 0 is a jumbogram (RFC 2675) or segmentation offload: the frame says the length.
 */
#include "decode/layers.h"

#define EXTENSIONS_MAX 16

static enum packet_bucket fragment_header(struct frame *f, uint8_t *next)
{
	struct packet *p = f->p;
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	uint16_t word = be16_at(h + 2);
	*next = h[0];
	p->is_fragment = 1;
	p->fragment_id = be32_at(h + 4);
	p->is_later_fragment = (word & 0xfff8) != 0;
	return BUCKET_NONE;
}

/* Walk to the transport header; *next becomes its protocol. Stops at a later fragment. */
static enum packet_bucket extensions(struct frame *f, uint8_t *next)
{
	for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
		uint8_t unit;
		switch (*next) {
		case IP_HOP_BY_HOP:
		case IP_ROUTING:
		case IP_DESTINATION:
		case IP_MOBILITY:
		case IP_HIP:
		case IP_SHIM6:
			unit = 8;
			break;
		case IP_AH:
			unit = 4;
			break;
		case IP_FRAGMENT: {
			enum packet_bucket b = fragment_header(f, next);
			if (b != BUCKET_NONE || f->p->is_later_fragment)
				return b;
			continue;
		}
		default:
			return BUCKET_NONE;
		}
		if (cursor_left(&f->c) < 2)
			return frame_short(f, 2);
		const uint8_t *h = f->c.pos;
		size_t len = unit == 8 ? (h[1] + 1u) * 8u : (h[1] + 2u) * 4u;
		/* Mobility and HIP headers may be the last thing in the packet: then they are the flow's protocol. */
		if (h[0] == IP_NONE && (*next == IP_MOBILITY || *next == IP_HIP))
			return BUCKET_NONE;
		if (!frame_take(f, len))
			return frame_short(f, len);
		*next = h[0];
	}
	return BUCKET_malformed;
}

enum packet_bucket decode_ipv6(struct frame *f)
{
	struct packet *p = f->p;
	const uint8_t *h = f->c.pos;

	if (__builtin_expect(cursor_left(&f->c) < 40, 0))
		return frame_short(f, 40);
	if ((h[0] >> 4) != 6 || f->nesting++ >= DECODE_NESTING_MAX)
		return BUCKET_malformed;
	uint32_t payload = be16_at(h + 4), total = payload ? payload + 40 : f->wire;
	if (total > f->wire)
		total = f->wire;
	frame_trim(f, total);
	p->ip = h;
	p->ip_caplen = (uint32_t)cursor_left(&f->c);
	p->bytes = total;
	p->ip_version = 6;
	p->dscp_ecn = (uint8_t)((h[0] & 15) << 4 | h[1] >> 4);
	p->ttl = h[7];
	uint8_t protocol = h[6];
	frame_take(f, 40);
	f->source = h + 8;
	f->destination = h + 24;

	enum packet_bucket b = extensions(f, &protocol);
	if (b != BUCKET_NONE)
		return b;
	p->key.protocol = protocol;
	p->payload = f->c.pos;
	p->payload_caplen = (uint32_t)cursor_left(&f->c);
	p->payload_len = f->wire;
	return p->is_later_fragment ? BUCKET_NONE : decode_transport(f, protocol);
}
