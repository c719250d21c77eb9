/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is the client: decided once, at a flow's first packet. The first rule that speaks wins, in this order; its name is kept with the flow.
 */
#ifndef WEIR_FLOW_DIRECTION_H
#define WEIR_FLOW_DIRECTION_H

#include "decode/packet.h"

/*  reason        help */
#define DIRECTION_REASONS(X)                                                                                    \
	X(NONE,       "not decided")                                                                            \
	X(SYN,        "sent the TCP SYN")                                                                       \
	X(SYN_ACK,    "was sent the TCP SYN-ACK")                                                               \
	X(ICMP,       "sent the ICMP request, or was sent the reply")                                           \
	X(ONE_WAY,    "sent an ICMP message that has no answer")                                                \
	X(MULTICAST,  "sent to a multicast or broadcast address")                                               \
	X(DHCP,       "has the client's port of DHCP")                                                          \
	X(DNS,        "sent the DNS query, or was sent the response (QR bit), both ports being the same")       \
	X(PORT,       "the other end's port is that of a well-known service")                                   \
	X(FIRST,      "sent the first packet seen")
enum direction_reason {
#define X(id, help) DIRECTION_##id,
	DIRECTION_REASONS(X)
#undef X
		DIRECTION_MAX
};

/* Returns the key endpoint (0 or 1) that is the client. */
unsigned direction_client(const struct packet *p, enum direction_reason *ret_reason);
const char *direction_reason_text(enum direction_reason r);

#endif
