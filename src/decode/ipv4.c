/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv4 (RFC 791 section 3.1).
 *
 *   0       4       8               16    19                      31
 *  ┌───────┬───────┬───────────────┬───────────────────────────────┐
 *  │version│  IHL  │ DSCP and ECN  │ total length                  │
 *  ├───────┴───────┴───────────────┼─────┬─────────────────────────┤
 *  │ identification                │0 D M│ fragment offset (8 B)   │
 *  ├───────────────┬───────────────┼─────┴─────────────────────────┤
 *  │ time to live  │ protocol      │ header checksum               │
 *  ├───────────────┴───────────────┴───────────────────────────────┤
 *  │ source address                                                │
 *  │ destination address                                           │
 *  │ options, to IHL × 4 bytes                                     │
 *  └───────────────────────────────────────────────────────────────┘
 *
 * A total length of 0 comes from segmentation offload (frames over 65,535 bytes): the frame says the length. Bytes of the frame behind the total
 * length are Ethernet padding and no IP bytes. A total length beyond the frame counts only what was on the wire.
 */
#include "decode/layers.h"

enum packet_bucket decode_ipv4(struct frame *f)
{
	struct packet *p = f->p;
	const uint8_t *h = f->c.pos;

	if (__builtin_expect(cursor_left(&f->c) < 20, 0))
		return frame_short(f, 20);
	uint32_t header = (h[0] & 15u) * 4u, total = be16_at(h + 2);
	if (__builtin_expect((h[0] >> 4) != 4 || header < 20 || f->nesting++ >= DECODE_NESTING_MAX, 0))
		return BUCKET_malformed;
	if (total == 0 || total > f->wire)
		total = f->wire;
	if (total < header)
		return BUCKET_malformed;
	frame_trim(f, total);
	p->ip = h;
	p->ip_caplen = (uint32_t)cursor_left(&f->c);
	p->bytes = total;
	p->ip_version = 4;
	p->dscp_ecn = h[1];
	p->ttl = h[8];
	uint8_t protocol = h[9];
	if (!frame_take(f, header))
		return frame_short(f, header);
	f->source = h + 12;
	f->destination = h + 16;

	uint16_t fragment = be16_at(h + 6);
	if (__builtin_expect((fragment & 0x3fff) != 0, 0)) {
		p->is_fragment = 1;
		p->fragment_id = be16_at(h + 4);
		p->is_later_fragment = (fragment & 0x1fff) != 0;
	}
	p->key.protocol = protocol;
	p->payload = f->c.pos;
	p->payload_caplen = (uint32_t)cursor_left(&f->c);
	p->payload_len = f->wire;
	return p->is_later_fragment ? BUCKET_NONE : decode_transport(f, protocol);
}
