/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which tunnel a UDP port carries, and the way back when there is nothing inside.
 */
#include "decode/layers.h"

enum packet_bucket tunnel_or_outer(struct frame *f, decode_inner_fn *inner)
{
	if (f->p->is_fragment)
		return BUCKET_NONE;
	struct packet outer = *f->p;
	struct frame saved = *f;

	f->port[0] = f->port[1] = 0;
	if (inner(f) == BUCKET_NONE)
		return BUCKET_NONE;
	*f->p = outer;
	*f = saved;
	return BUCKET_NONE;
}

decode_inner_fn *tunnel_of_udp(uint16_t source, uint16_t destination)
{
	switch (destination) {
	case 2152:
		return decode_gtpu; /* 3GPP TS 29.281 4.4.2 */
	case 3544:
		return decode_teredo; /* RFC 4380 */
	case 4789:                    /* RFC 7348 */
	case 8472:
		return decode_vxlan; /* Linux before the number was assigned */
	case 4790:
		return decode_vxlan_gpe;
	case 5247:
		return decode_capwap; /* RFC 5415 */
	case 6081:
		return decode_geneve; /* RFC 8926 */
	default:
		break;
	}
	switch (source) { /* those that answer from their port */
	case 2152:
		return decode_gtpu;
	case 3544:
		return decode_teredo;
	case 5247:
		return decode_capwap;
	default:
		return NULL;
	}
}
