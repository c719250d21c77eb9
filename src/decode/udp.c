/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP (RFC 768) and UDP-Lite (RFC 3828), whose third field is the checksum coverage.
 *
 *   0                               16                              31
 *  ┌───────────────────────────────┬───────────────────────────────┐
 *  │ source port                   │ destination port              │
 *  │ length                        │ checksum                      │
 *  └───────────────────────────────┴───────────────────────────────┘
 */
#include "decode/layers.h"

enum packet_bucket decode_udp(struct frame *f)
{
	struct packet *p = f->p;
	const uint8_t *h = f->c.pos;
	size_t left = cursor_left(&f->c);

	if (__builtin_expect(left < 4, 0))
		return frame_short(f, 4);
	f->port[0] = be16_at(h);
	f->port[1] = be16_at(h + 2);
	if (__builtin_expect(f->wire < 8, 0))
		return p->is_fragment ? BUCKET_NONE : BUCKET_malformed;
	p->payload_len = f->wire - 8;
	p->payload = left > 8 ? h + 8 : NULL;
	p->payload_caplen = left > 8 ? (uint32_t)left - 8 : 0;
	decode_inner_fn *inner = tunnel_of_udp(f->port[0], f->port[1]);
	if (__builtin_expect(inner != NULL, 0) && left > 8) {
		frame_take(f, 8);
		return tunnel_or_outer(f, inner);
	}
	return BUCKET_NONE;
}
