/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports for IP fragments: the first fragment of a datagram carries them, the later ones find them here (RFC 791 section 3.2: a datagram is
 * told by source, destination, protocol and identification; RFC 8200 section 4.5 without the protocol).
 *
 * A fixed table, four entries a set; a new entry takes the oldest of its set. Entries count for FRAGMENT_LIFE_S of packet time, either way.
 * A later fragment that comes before its first, or whose first was lost, belongs to a flow with ports 0. One thread.
 */
#ifndef WEIR_FLOW_FRAGMENTS_H
#define WEIR_FLOW_FRAGMENTS_H

#include "decode/packet.h"

#define FRAGMENT_SETS   512u
#define FRAGMENT_WAYS   4u
#define FRAGMENT_LIFE_S 30u

struct fragment {
	struct addr source, destination;
	uint64_t ts_ns;
	uint32_t id;
	uint16_t vlan_id;
	uint8_t protocol, used;
	uint16_t port[2]; /* of key endpoint 0, 1 */
	uint8_t source_is_1, one_way;
};

struct fragments {
	struct fragment entry[FRAGMENT_SETS][FRAGMENT_WAYS];
};

/* For every fragment, before its key is hashed: remembers a first one, completes the key of a later one. False: the first is unknown. */
bool fragments_resolve(struct fragments *fs, struct packet *p);

#endif
