/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP (RFC 9293 section 3.1).
 *
 *   0                               16                              31
 *  ┌───────────────────────────────┬───────────────────────────────┐
 *  │ source port                   │ destination port              │
 *  ├───────────────────────────────┴───────────────────────────────┤
 *  │ sequence number                                               │
 *  │ acknowledgment number                                         │
 *  ├───────┬───────┬───────────────┬───────────────────────────────┤
 *  │offset │  0    │C E U A P R S F│ window                        │
 *  ├───────┴───────┴───────────────┼───────────────────────────────┤
 *  │ checksum                      │ urgent pointer                │
 *  │ options, to offset × 4 bytes                                  │
 *  └───────────────────────────────────────────────────────────────┘
 *
 * Ports alone make a flow: a header cut by the snap length behind them still counts, without flags or payload. In the first
 * fragment the header may end in a later one ("tiny fragment"); that too has ports.
 */
#include "decode/layers.h"

enum packet_bucket decode_tcp(struct frame *f)
{
	struct packet *p = f->p;
	const uint8_t *h = f->c.pos;
	size_t left = cursor_left(&f->c);

	if (__builtin_expect(left < 4, 0))
		return frame_short(f, 4);
	f->port[0] = be16_at(h);
	f->port[1] = be16_at(h + 2);
	p->payload = NULL;
	p->payload_caplen = 0;
	if (__builtin_expect(left < 20, 0)) {
		p->payload_len = 0;
		return f->wire >= 20 || p->is_fragment ? BUCKET_NONE : BUCKET_malformed;
	}
	p->tcp_seq = be32_at(h + 4);
	p->tcp_ack = be32_at(h + 8);
	p->tcp_flags = h[13];
	p->tcp_window = be16_at(h + 14);
	uint32_t header = (h[12] >> 4) * 4u;
	if (header < 20 || header > f->wire) {
		p->payload_len = 0;
		return p->is_fragment && header >= 20 ? BUCKET_NONE : BUCKET_malformed;
	}
	p->payload_len = f->wire - header;
	if (left > header) {
		p->payload = h + header;
		p->payload_caplen = (uint32_t)left - header;
	}
	return BUCKET_NONE;
}
