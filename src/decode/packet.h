/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A decoded frame: what the flow table needs to know of it. Made by decode_packet() from a view; points into the view's bytes.
 */
#ifndef WEIR_DECODE_PACKET_H
#define WEIR_DECODE_PACKET_H

#include "base/addr.h"
#include "capture/capture.h"
#include "record/buckets.h"
#include "record/flow_record.h"

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32, TCP_ECE = 64, TCP_CWR = 128 };

struct packet {
	struct flow_key key; /* canonical (Community ID order) */
	uint64_t hash;       /* of key, filled by the flow table */
	uint64_t ts_ns;
	const uint8_t *ip;      /* IP header; what nDPI is given */
	const uint8_t *payload; /* after the transport header; NULL when none was captured */
	uint32_t ip_caplen;     /* captured bytes from ip on, without link-layer padding */
	uint32_t
		bytes; /* IP bytes on the wire (total length; jumbo and TSO frames with total length 0: from the frame) */
	uint32_t wire_bytes;     /* frame length */
	uint32_t payload_caplen; /* captured */
	uint32_t payload_len;    /* on the wire */
	uint32_t tcp_seq, tcp_ack;
	uint16_t tcp_window;
	uint8_t tcp_flags;
	uint8_t source_is_1; /* the sender is key endpoint 1 */
	uint8_t ip_version;
	uint8_t ttl;
	uint8_t dscp_ecn;          /* the whole traffic-class byte */
	uint8_t bucket;            /* enum packet_bucket; BUCKET_NONE: a flow's */
	uint8_t is_fragment;       /* any fragment */
	uint8_t is_later_fragment; /* offset > 0: no ports of its own; the flow table may find them by fragment key */
	uint32_t fragment_id;      /* IPv4 identification (16 bits) or IPv6's 32 */
	struct mac mac[2];         /* source, destination; zero when the link has none */
	uint8_t vlan_depth;
};

#endif
