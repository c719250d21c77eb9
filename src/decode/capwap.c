/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CAPWAP data (RFC 5415 section 4.3) with IEEE 802.3 or 802.11 frames inside (RFC 5416).
 *
 *   0       4       8         13        18        23                31
 *  ┌───────┬───────┬─────────┬─────────┬─────────┬─┬─┬─┬─┬─┬─┬─────┐
 *  │version│ type  │ HLEN ×4 │ RID     │ WBID    │T│F│L│W│M│K│flags│
 *  ├───────┴───────┴─────────┴─────────┼─────────┴─┴─┴─┴─┴─┴─┴─────┤
 *  │ fragment id 16                    │ fragment offset 13 ┬ 0 3  │
 *  │ radio MAC, wireless information: up to HLEN × 4 bytes         │
 *  └───────────────────────────────────────────────────────────────┘
 *  802.11: ┌ frame control 16 ┬ duration 16 ┬ addresses 3 × 48 ┬ sequence 16 ┬ (4th address) ┬ (QoS 16) ┬ LLC/SNAP …
 *
 * T: the payload has the wireless format (WBID 1: 802.11), else it is 802.3. Type 1 is DTLS: encrypted. Fragments (F) stay the outer flow's.
 * Many controllers send the two bytes of 802.11's frame control swapped; the data type (2 in bits 2 to 3) tells.
 */
#include "decode/layers.h"

static enum packet_bucket decode_80211(struct frame *f)
{
	if (cursor_left(&f->c) < 24)
		return frame_short(f, 24);
	const uint8_t *h = f->c.pos;
	bool swapped = (h[0] & 0x0c) != 0x08;
	uint8_t kind = swapped ? h[1] : h[0], bits = swapped ? h[0] : h[1];
	if ((kind & 0x0c) != 0x08 || (kind & 0x40) || (bits & 0x40)) /* not data, without data, or encrypted */
		return BUCKET_not_ip;
	size_t len = 24u + ((bits & 3) == 3 ? 6u : 0u) + (kind & 0x80 ? 2u : 0u);
	if (!frame_take(f, len))
		return frame_short(f, len);
	const uint8_t *snap = frame_take(f, 8);
	if (!snap)
		return frame_short(f, 8);
	if (snap[0] != 0xaa || snap[1] != 0xaa || snap[2] != 3)
		return BUCKET_not_ip;
	return decode_ethertype(f, be16_at(snap + 6));
}

enum packet_bucket decode_capwap(struct frame *f)
{
	if (cursor_left(&f->c) < 8)
		return frame_short(f, 8);
	const uint8_t *h = f->c.pos;
	uint32_t word = be32_at(h);
	size_t len = (word >> 19 & 31) * 4u;
	bool wireless = word >> 8 & 1, fragment = word >> 7 & 1;
	if (h[0] != 0 || len < 8 || fragment)
		return BUCKET_not_ip;
	if (!frame_take(f, len))
		return frame_short(f, len);
	if (!wireless)
		return decode_inner_ethernet(f);
	return (word >> 9 & 31) == 1 ? decode_80211(f) : BUCKET_not_ip;
}
