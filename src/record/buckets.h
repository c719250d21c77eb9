/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where frames go that belong to no flow: one list of reasons, first reason wins.
 *
 * received packets = packets of flows + packets of buckets, and the same for wire_bytes, exactly; tests assert it.
 */
#ifndef WEIR_RECORD_BUCKETS_H
#define WEIR_RECORD_BUCKETS_H

#include <stdint.h>

/*  name           help */
#define PACKET_BUCKETS(X)                                                                                  \
	X(not_ip,        "frames that carry no IP: ARP, LLDP, spanning tree, …")                            \
	X(truncated,     "cut off by the snap length before the ports or the end of an IP header")          \
	X(malformed,     "headers that contradict themselves: bad version, lengths or header sizes")        \
	X(unknown_link,  "frames of a link type that is not decoded")                                       \
	X(no_slot,       "no free flow record, and no idle one to end early")

enum packet_bucket {
	BUCKET_NONE = 0, /* the packet belongs to a flow */
#define X(name, help) BUCKET_##name,
	PACKET_BUCKETS(X)
#undef X
		BUCKET_MAX
};

struct bucket_counter {
	uint64_t packets, wire_bytes;
};

/* "not_ip"; static storage. */
const char *packet_bucket_name(enum packet_bucket b);
const char *packet_bucket_help(enum packet_bucket b);

#endif
