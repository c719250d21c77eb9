/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BSD loopback (tcpdump.org LINKTYPE_NULL, LINKTYPE_LOOP) and raw IP (LINKTYPE_RAW).
 *
 *   0              4
 *  ┌──────────────┬─────────        address family: 2 is IPv4 everywhere; IPv6 is 24 (NetBSD, OpenBSD), 28 (FreeBSD),
 *  │ family       │ IP …            30 (macOS). NULL has it in the writer's byte order, LOOP in network order.
 *  └──────────────┴─────────
 */
#include "decode/layers.h"

static enum packet_bucket by_family(struct frame *f, uint32_t family)
{
	switch (family) {
	case 2:
		return decode_ipv4(f);
	case 24:
	case 28:
	case 30:
		return decode_ipv6(f);
	default:
		return BUCKET_not_ip;
	}
}

enum packet_bucket decode_null(struct frame *f)
{
	const uint8_t *h = frame_take(f, 4);
	if (!h)
		return frame_short(f, 4);
	uint32_t family = be32_at(h);
	/* All families are small numbers, so a large one was written in the other order. */
	return by_family(f, family > 0xffff ? __builtin_bswap32(family) : family);
}

enum packet_bucket decode_loop(struct frame *f)
{
	const uint8_t *h = frame_take(f, 4);
	return h ? by_family(f, be32_at(h)) : frame_short(f, 4);
}

enum packet_bucket decode_raw(struct frame *f)
{
	if (cursor_left(&f->c) < 1)
		return frame_short(f, 1);
	switch (f->c.pos[0] >> 4) {
	case 4:
		return decode_ipv4(f);
	case 6:
		return decode_ipv6(f);
	default:
		return BUCKET_malformed;
	}
}
