/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GTP-U version 1 (3GPP TS 29.281 section 5.1).
 *
 *   0     3 4 5 6 7 8               16                              31
 *  ┌─────┬─┬─┬─┬─┬─┬───────────────┬───────────────────────────────┐
 *  │ver 1│P│0│E│S│N│ message type  │ length (behind these 8 bytes) │
 *  ├─────┴─┴─┴─┴─┴─┴───────────────┴───────────────────────────────┤
 *  │ tunnel endpoint id (differs by direction: not in the key)     │
 *  ├───────────────────────────────┬───────────────┬───────────────┤
 *  │ sequence number               │ N-PDU number  │ next extension│  if any of E, S, N
 *  └───────────────────────────────┴───────────────┴───────────────┘
 *  extension: ┌ length (× 4 bytes) ┬ … ┬ next extension ┐
 *
 * Only type 255 (T-PDU) carries a user's packet.
 */
#include "decode/layers.h"

enum packet_bucket decode_gtpu(struct frame *f)
{
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	if (h[0] >> 4 != 3 || h[1] != 255)
		return BUCKET_not_ip;
	frame_trim(f, be16_at(h + 2));
	if (h[0] & 7) {
		const uint8_t *o = frame_take(f, 4);
		if (!o)
			return frame_short(f, 4);
		uint8_t next = h[0] & 4 ? o[3] : 0;
		for (unsigned i = 0; next; i++) {
			if (i == DECODE_TAGS_MAX || cursor_left(&f->c) < 1 || f->c.pos[0] == 0)
				return BUCKET_malformed;
			size_t len = f->c.pos[0] * 4u;
			const uint8_t *e = frame_take(f, len);
			if (!e)
				return frame_short(f, len);
			next = e[len - 1];
		}
	}
	return decode_raw(f);
}
