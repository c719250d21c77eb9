/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decode: from a frame to struct packet. Pure: no state, no allocation, no logging; any thread.
 * Reads only by the cursor. The first reason that keeps a frame from a flow is its bucket.
 */
#ifndef WEIR_DECODE_DECODE_H
#define WEIR_DECODE_DECODE_H

#include "decode/packet.h"

/* Always fills *p; p->bucket says whether p->key is valid. Later fragments: key has addresses, protocol and VLAN, ports 0. */
void decode_packet(const struct packet_view *view, struct packet *p);

/* Community ID's mapping of ICMP type/code to a port pair (spec: "ICMP"). Returns false for types without a counterpart (one-way). */
bool icmp_ports(uint8_t protocol, uint8_t type, uint8_t code, uint16_t *ret_source, uint16_t *ret_destination);

#endif
