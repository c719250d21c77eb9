/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network namespace of the test's own with a veth pair in it, and frames to put on it. Include after cmocka.h. */
#ifndef WEIR_TESTS_CAPTURE_LIVE_NET_H
#define WEIR_TESTS_CAPTURE_LIVE_NET_H

#include <stdbool.h>
#include <stdint.h>

enum frame_kind {
	FRAME_V4,
	FRAME_V6,
	FRAME_VLAN,  /* one tag */
	FRAME_QINQ,  /* two */
	FRAME_FIRST, /* a first fragment */
	FRAME_LATER, /* a later one: no ports */
	FRAME_V6_LATER,
	FRAME_PPPOE,
	FRAME_MPLS,
	FRAME_SNAP,
	FRAME_ARP,
	FRAME_KINDS
};

#define FRAME_BYTES 128u

/* Enter a namespace of our own with lo up and the pair wtest0/wtest1; false when that is not permitted or ip(8) is missing. */
bool net_enter(void);
/* Run a command of ip(8); true when it worked. */
bool net_ip(const char *arguments);
void net_pair_make(void);

/* A frame between hosts 2 * conversation and 2 * conversation + 1, sent by the second when back; id in its last four bytes. Returns its length. */
unsigned frame_make(uint8_t out[FRAME_BYTES + 64], enum frame_kind kind, uint32_t conversation, bool back, uint32_t id);
uint32_t frame_id(const uint8_t *data, uint32_t caplen);

/* A socket that sends raw frames on the named interface. */
int net_sender(const char *interface);
void net_send(int fd, const uint8_t *frame, unsigned len);

#endif
