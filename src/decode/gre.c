/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GRE (RFC 2784, key and sequence RFC 2890), its PPTP form (RFC 2637 section 4.1), NVGRE (RFC 7637), ERSPAN I to III
 * (draft-foschiano-erspan-03).
 *
 *   0 1 2 3 4       8       13      16                              31
 *  ┌─┬─┬─┬─┬───────┬───────┬───────┬───────────────────────────────┐
 *  │C│0│K│S│   0   │(A, v1)│version│ protocol (EtherType)          │
 *  ├─┴─┴─┴─┴───────┴───────┴───────┼───────────────────────────────┤
 *  │ checksum, if C                │ reserved                      │
 *  │ key, if K (v1: payload length 16, call id 16; NVGRE: VSID 24, flow id 8)
 *  │ sequence number, if S                                         │
 *  │ acknowledgment number, if A (v1 only)                         │
 *  └───────────────────────────────────────────────────────────────┘
 */
#include "decode/layers.h"

enum { GRE_CHECKSUM = 0x80, GRE_ROUTING = 0x40, GRE_KEY = 0x20, GRE_SEQUENCE = 0x10, GRE_ACK = 0x80 };

/* ERSPAN II: 8 bytes of header, version 1; III: 12 bytes, version 2, 8 more with O (last bit). I has none and no sequence number. */
static enum packet_bucket decode_erspan(struct frame *f, bool sequence)
{
	if (sequence) {
		if (cursor_left(&f->c) < 1)
			return BUCKET_truncated;
		size_t len = f->c.pos[0] >> 4 == 2 ? 12 : 8;
		const uint8_t *h = frame_take(f, len);
		if (!h || (len == 12 && (h[11] & 1) && !frame_take(f, 8)))
			return BUCKET_truncated;
	}
	return decode_inner_ethernet(f);
}

enum packet_bucket decode_gre(struct frame *f)
{
	const uint8_t *h = frame_take(f, 4);
	if (!h)
		return frame_short(f, 4);
	uint8_t flags = h[0], version = h[1] & 7;
	uint16_t type = be16_at(h + 2);
	if (version > 1 || (flags & GRE_ROUTING))
		return BUCKET_malformed;
	if ((flags & GRE_CHECKSUM) && !frame_take(f, 4))
		return frame_short(f, 4);
	if (flags & GRE_KEY) {
		const uint8_t *key = frame_take(f, 4);
		if (!key)
			return frame_short(f, 4);
		if (version == 0 && type == ETHERTYPE_TEB)
			f->p->key.tunnel_id = be32_at(key) >> 8;
	}
	if ((flags & GRE_SEQUENCE) && !frame_take(f, 4))
		return frame_short(f, 4);
	if (version == 1) {
		if ((h[1] & GRE_ACK) && !frame_take(f, 4))
			return frame_short(f, 4);
		/* PPP (RFC 1661): address and control FF 03 may be left out, and the protocol's first byte when it is 0. */
		const uint8_t *p = frame_take(f, 1);
		if (p && *p == 0xff)
			p = frame_take(f, 1), p = p ? frame_take(f, 1) : NULL;
		if (!p)
			return BUCKET_truncated;
		uint16_t protocol = *p;
		if (!(protocol & 1)) {
			p = frame_take(f, 1);
			protocol = p ? (uint16_t)(protocol << 8 | *p) : 0;
		}
		return decode_ppp(f, protocol);
	}
	switch (type) {
	case ETHERTYPE_TEB:
		return decode_inner_ethernet(f);
	case 0x88be:
		return decode_erspan(f, flags & GRE_SEQUENCE); /* ERSPAN I and II */
	case 0x22eb:
		return decode_erspan(f, true); /* ERSPAN III */
	default:
		return decode_ethertype(f, type);
	}
}
