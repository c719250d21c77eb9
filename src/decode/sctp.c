/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SCTP common header (RFC 9260 section 3.1).
 *
 *   0                               16                              31
 *  ┌───────────────────────────────┬───────────────────────────────┐
 *  │ source port                   │ destination port              │
 *  │ verification tag                                              │
 *  │ checksum (CRC32c)                                             │
 *  │ chunks …                                                      │
 *  └───────────────────────────────────────────────────────────────┘
 */
#include "decode/layers.h"

enum packet_bucket decode_sctp(struct frame *f)
{
	struct packet *p = f->p;
	const uint8_t *h = f->c.pos;
	size_t left = cursor_left(&f->c);

	if (left < 4)
		return frame_short(f, 4);
	f->port[0] = be16_at(h);
	f->port[1] = be16_at(h + 2);
	if (f->wire < 12)
		return p->is_fragment ? BUCKET_NONE : BUCKET_malformed;
	p->payload_len = f->wire - 12;
	p->payload = left > 12 ? h + 12 : NULL;
	p->payload_caplen = left > 12 ? (uint32_t)left - 12 : 0;
	return BUCKET_NONE;
}
