/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet II and 802.3 (IEEE 802.3 3.2), VLAN tags (IEEE 802.1Q 9.6), LLC/SNAP (IEEE 802.2, RFC 1042),
 * MPLS label stacks (RFC 3032 2.1), PPPoE sessions (RFC 2516 4).
 *
 *   0                   6                  12      14
 *  ┌───────────────────┬───────────────────┬───────┬──────────
 *  │ destination MAC   │ source MAC        │ type  │ payload …          type < 0x0600: a length, LLC follows
 *  └───────────────────┴───────────────────┴───────┴──────────
 *  VLAN tag    ┌ PCP 3 ┬ DEI 1 ┬ VID 12 ┬ next EtherType 16 ┐
 *  SNAP        ┌ AA ┬ AA ┬ 03 ┬ OUI 24 ┬ EtherType 16 ┐
 *  MPLS label  ┌ label 20 ┬ TC 3 ┬ S 1 ┬ TTL 8 ┐                         S: bottom of stack; the payload's type is not said
 *  PPPoE       ┌ ver 4 ┬ type 4 ┬ code 8 ┬ session 16 ┬ length 16 ┬ PPP protocol 16 ┐
 */
#include "decode/layers.h"

/* PPP protocol numbers (RFC 1661 section 2; IANA). */
enum packet_bucket decode_ppp(struct frame *f, uint16_t protocol)
{
	switch (protocol) {
	case 0x0021:
		return decode_ipv4(f);
	case 0x0057:
		return decode_ipv6(f);
	default:
		return BUCKET_not_ip; /* LCP, IPCP, compressed, … */
	}
}

static enum packet_bucket decode_pppoe(struct frame *f)
{
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	if (h[0] != 0x11)
		return BUCKET_malformed;
	uint16_t length = be16_at(h + 4);
	if (length < 2)
		return BUCKET_malformed;
	frame_trim(f, length - 2u);
	return decode_ppp(f, be16_at(h + 6));
}

static enum packet_bucket decode_mpls(struct frame *f)
{
	for (unsigned depth = 0; depth < DECODE_TAGS_MAX; depth++) {
		const uint8_t *h = frame_take(f, 4);
		if (!h)
			return frame_short(f, 4);
		if (!(h[2] & 1))
			continue;
		if (cursor_left(&f->c) < 1)
			return frame_short(f, 1);
		/* RFC 4928 section 3: what begins with 4 or 6 is IP, 0 is a pseudowire's control word. */
		switch (f->c.pos[0] >> 4) {
		case 4:
			return decode_ipv4(f);
		case 6:
			return decode_ipv6(f);
		default:
			return BUCKET_not_ip;
		}
	}
	return BUCKET_malformed;
}

/* 802.3: the type field is a length, LLC follows; only SNAP with an EtherType leads on. */
static enum packet_bucket decode_llc(struct frame *f, uint16_t length)
{
	frame_trim(f, length);
	if (cursor_left(&f->c) < 8)
		return f->wire >= 8 ? BUCKET_truncated : BUCKET_not_ip;
	const uint8_t *h = frame_take(f, 8);
	if (h[0] != 0xaa || h[1] != 0xaa || h[2] != 3 || (h[3] | h[4] | h[5]))
		return BUCKET_not_ip;
	uint16_t type = be16_at(h + 6);
	return type < 0x0600 ? BUCKET_not_ip : decode_ethertype(f, type);
}

enum packet_bucket decode_ethertype(struct frame *f, uint16_t type)
{
	struct packet *p = f->p;

	for (unsigned depth = 0; depth <= DECODE_TAGS_MAX; depth++) {
		switch (type) {
		case ETHERTYPE_IPV4:
			return decode_ipv4(f);
		case ETHERTYPE_IPV6:
			return decode_ipv6(f);
		case ETHERTYPE_VLAN:
		case ETHERTYPE_QINQ:
		case ETHERTYPE_QINQ_OLD:
		case ETHERTYPE_QINQ_OLDER: {
			const uint8_t *h = frame_take(f, 4);
			if (!h)
				return frame_short(f, 4);
			if (f->nesting == 0 && p->vlan_depth++ == 0)
				p->key.vlan_id = be16_at(h) & 0x0fff;
			type = be16_at(h + 2);
			if (type < 0x0600)
				return decode_llc(f, type);
			break;
		}
		case ETHERTYPE_MPLS:
		case ETHERTYPE_MPLS_MULTICAST:
			return decode_mpls(f);
		case ETHERTYPE_PPPOE_SESSION:
			return decode_pppoe(f);
		default:
			return BUCKET_not_ip;
		}
	}
	return BUCKET_malformed;
}

enum packet_bucket decode_ethernet(struct frame *f, const struct packet_view *view)
{
	struct packet *p = f->p;
	const uint8_t *h = frame_take(f, 14);

	if (__builtin_expect(!h, 0))
		return frame_short(f, 14);
	memcpy(&p->mac[1], h, 6);
	memcpy(&p->mac[0], h + 6, 6);
	if (view->vlan_restored) {
		p->key.vlan_id = view->vlan_tci & 0x0fff;
		p->vlan_depth = 1;
		f->wire -= f->wire >= 4 ? 4 : 0; /* the tag is in wirelen but not in the data */
	}
	uint16_t type = be16_at(h + 12);
	if (__builtin_expect(type == ETHERTYPE_IPV4, 1))
		return decode_ipv4(f);
	return type < 0x0600 ? decode_llc(f, type) : decode_ethertype(f, type);
}

enum packet_bucket decode_inner_ethernet(struct frame *f)
{
	const uint8_t *h = frame_take(f, 14);
	if (!h)
		return frame_short(f, 14);
	uint16_t type = be16_at(h + 12);
	return type < 0x0600 ? decode_llc(f, type) : decode_ethertype(f, type);
}
