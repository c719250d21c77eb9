/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private to decode/: the layers and how they hand on to each other.
 *
 *   link (ethernet.c sll.c loopback.c) ──► network (ipv4.c ipv6.c) ──► transport (tcp.c udp.c sctp.c icmp.c)
 *
 * All layers of a frame read through one struct frame: the cursor says what was captured, `wire` how many bytes the
 * frame had on the wire from the cursor on. A layer returns BUCKET_NONE when it went well, else the bucket; the first reason wins.
 * The difference between truncated and malformed is one rule (frame_short): bytes that were on the wire but not captured make
 * a frame truncated, bytes that never were make it malformed.
 */
#ifndef WEIR_DECODE_LAYERS_H
#define WEIR_DECODE_LAYERS_H

#include "base/cursor.h"
#include "decode/packet.h"

#define DECODE_NESTING_MAX 6 /* IP headers in one frame */
#define DECODE_TAGS_MAX    8 /* VLAN tags, and MPLS labels, in one stack */

enum ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100, /* 802.1Q */
	ETHERTYPE_QINQ = 0x88a8, /* 802.1ad */
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_QINQ_OLDER = 0x9200,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_TEB = 0x6558, /* Ethernet in GRE (NVGRE) */
};

enum ip_protocol {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IGMP = 2,
	IP_IPIP = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_ESP = 50,
	IP_AH = 51,
	IP_ICMPV6 = 58,
	IP_NONE = 59,
	IP_DESTINATION = 60,
	IP_SCTP = 132,
	IP_MOBILITY = 135,
	IP_UDPLITE = 136,
	IP_HIP = 139,
	IP_SHIM6 = 140
};

struct frame {
	struct cursor c;
	uint32_t wire;   /* bytes on the wire from the cursor on, >= cursor_left() */
	uint8_t nesting; /* IP headers read so far */
	struct packet *p;
	/* the network layer's, for the transport: */
	const uint8_t *source, *destination; /* 4 or 16 bytes each */
	uint16_t port[2];                    /* source, destination */
};

#define DECODE_INLINE static inline __attribute__((always_inline))

/* n bytes were wanted and are not there: why? */
DECODE_INLINE enum packet_bucket frame_short(const struct frame *f, size_t n)
{
	return f->wire >= n ? BUCKET_truncated : BUCKET_malformed;
}

/* The next n bytes, stepped over; NULL when they were not captured (then frame_short(f, n) says why). */
DECODE_INLINE const uint8_t *frame_take(struct frame *f, size_t n)
{
	if (__builtin_expect(cursor_left(&f->c) < n, 0))
		return NULL;
	f->wire -= (uint32_t)n;
	return cursor_bytes(&f->c, n);
}

/* What is behind the next wire_len bytes is no longer part of the frame (padding, trailers). */
DECODE_INLINE void frame_trim(struct frame *f, uint32_t wire_len)
{
	if (wire_len < f->wire)
		f->wire = wire_len;
	if (cursor_left(&f->c) > wire_len)
		f->c.end = f->c.pos + wire_len;
}

DECODE_INLINE uint16_t be16_at(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

DECODE_INLINE uint32_t be32_at(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

DECODE_INLINE uint64_t be64_at(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}

/* Link layers. */
enum packet_bucket decode_ethernet(struct frame *f, const struct packet_view *view);
enum packet_bucket decode_sll(struct frame *f);
enum packet_bucket decode_sll2(struct frame *f);
enum packet_bucket decode_null(struct frame *f);
enum packet_bucket decode_loop(struct frame *f);
enum packet_bucket decode_raw(struct frame *f); /* IP version by its first nibble */

/* By EtherType, with VLAN, MPLS and PPPoE headers walked through. vlan: the next tag is the outermost one. */
enum packet_bucket decode_ethertype(struct frame *f, uint16_t type);

/* Network layers. */
enum packet_bucket decode_ipv4(struct frame *f);
enum packet_bucket decode_ipv6(struct frame *f);

/* Transport by IP protocol number: ports and payload. Falls to "no ports" for what has none. */
enum packet_bucket decode_transport(struct frame *f, uint8_t protocol);
enum packet_bucket decode_tcp(struct frame *f);
enum packet_bucket decode_udp(struct frame *f);
enum packet_bucket decode_sctp(struct frame *f);
enum packet_bucket decode_icmp(struct frame *f, uint8_t protocol);

/*
 * Tunnels. tunnel_or_outer() tries to read what is inside; when that is no IP packet, or is damaged, everything is put back and the frame belongs to the
 * outer flow. Only whole (unfragmented) outer packets are tried.
 */
typedef enum packet_bucket decode_inner_fn(struct frame *f);
enum packet_bucket tunnel_or_outer(struct frame *f, decode_inner_fn *inner);
/* The tunnel that UDP to (or from) this port carries; NULL: none. The cursor is behind the UDP header then. */
decode_inner_fn *tunnel_of_udp(uint16_t source, uint16_t destination);
enum packet_bucket decode_gre(struct frame *f);
enum packet_bucket decode_vxlan(struct frame *f);
enum packet_bucket decode_vxlan_gpe(struct frame *f);
enum packet_bucket decode_geneve(struct frame *f);
enum packet_bucket decode_gtpu(struct frame *f);
enum packet_bucket decode_teredo(struct frame *f);
enum packet_bucket decode_capwap(struct frame *f);
/* An Ethernet frame inside; the outer frame's MACs and VLAN stay. */
enum packet_bucket decode_inner_ethernet(struct frame *f);
enum packet_bucket decode_ppp(struct frame *f, uint16_t protocol);

#endif
