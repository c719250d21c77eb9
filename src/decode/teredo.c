/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Teredo (RFC 4380 section 5.1.1): IPv6 in UDP, behind optional indications.
 *
 *  authentication  ┌ 00 01 ┬ id length 8 ┬ auth length 8 ┬ id ┬ auth ┬ nonce 64 ┬ confirmation 8 ┐
 *  origin          ┌ 00 00 ┬ port 16 ┬ address 32 ┐
 *  then            ┌ IPv6 packet ┐
 *
 * Anything may be on this port, so the inner packet must fill the datagram exactly (section 5.2.3 asks for as much).
 */
#include "decode/layers.h"

enum packet_bucket decode_teredo(struct frame *f)
{
	for (unsigned i = 0; i < 2 && cursor_left(&f->c) >= 4 && f->c.pos[0] == 0; i++) {
		const uint8_t *h = f->c.pos;
		size_t len = h[1] == 1 ? 13u + h[2] + h[3] : 8u;
		if (h[1] > 1)
			return BUCKET_not_ip;
		if (!frame_take(f, len))
			return frame_short(f, len);
	}
	if (cursor_left(&f->c) < 40 || f->c.pos[0] >> 4 != 6 || be16_at(f->c.pos + 4) + 40u > f->wire)
		return BUCKET_not_ip;
	return decode_ipv6(f);
}
