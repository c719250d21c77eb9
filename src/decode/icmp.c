/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP (RFC 792, 950, 1256) and ICMPv6 (RFC 4443, 2710, 4861, 4620, 8335), as far as a flow's key goes.
 *
 *   0               8               16                              31
 *  ┌───────────────┬───────────────┬───────────────────────────────┐
 *  │ type          │ code          │ checksum                      │
 *  └───────────────┴───────────────┴───────────────────────────────┘
 *
 * Community ID's mapping: a type with a counterpart (request and reply) gives the port pair type → counterpart, so that both
 * directions are one flow; a type without one gives type → code and stays one-way.
 */
#include "decode/decode.h"
#include "decode/layers.h"

/* Counterpart + 1, so that 0 means none. */
static const uint8_t icmp4_counterpart[256] = {
	[0] = 8 + 1,   [8] = 0 + 1,   /* echo */
	[13] = 14 + 1, [14] = 13 + 1, /* timestamp */
	[15] = 16 + 1, [16] = 15 + 1, /* information */
	[9] = 10 + 1,  [10] = 9 + 1,  /* router advertisement, solicitation */
	[17] = 18 + 1, [18] = 17 + 1, /* address mask */
};
static const uint8_t icmp6_counterpart[256] = {
	[128] = 129 + 1, [129] = 128 + 1, /* echo */
	[130] = 131 + 1, [131] = 130 + 1, /* multicast listener query, report */
	[133] = 134 + 1, [134] = 133 + 1, /* router solicitation, advertisement */
	[135] = 136 + 1, [136] = 135 + 1, /* neighbour solicitation, advertisement */
	[139] = 140 + 1, [140] = 139 + 1, /* node information (who are you) */
	[144] = 145 + 1, [145] = 144 + 1, /* home agent address discovery */
};

bool icmp_ports(uint8_t protocol, uint8_t type, uint8_t code, uint16_t *ret_source, uint16_t *ret_destination)
{
	uint8_t other = (protocol == IP_ICMP ? icmp4_counterpart : icmp6_counterpart)[type];
	*ret_source = type;
	*ret_destination = other ? (uint16_t)(other - 1) : code;
	return other != 0;
}

enum packet_bucket decode_icmp(struct frame *f, uint8_t protocol)
{
	struct packet *p = f->p;
	const uint8_t *h = frame_take(f, 2);

	if (!h)
		return frame_short(f, 2);
	p->key.one_way = !icmp_ports(protocol, h[0], h[1], &f->port[0], &f->port[1]);
	p->payload = h;
	return BUCKET_NONE;
}
