/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One AF_PACKET socket with its TPACKET_V3 ring (Documentation/networking/packet_mmap.rst): the kernel fills blocks, we walk them and give them back.
 *
 *      block  ┌ status: kernel's or ours ┬ n packets ┬ header │ sockaddr_ll │ frame ┬ header │ … ┐
 *
 * Views point into the block, which is given back by the next ring_take() after its last frame. One thread, but for setting up.
 */
#ifndef WEIR_CAPTURE_RING_SOCKET_H
#define WEIR_CAPTURE_RING_SOCKET_H

#include <linux/if_packet.h>

#include "capture/capture.h"

#define RING_BLOCK_BYTES   (256u << 10) /* holds the largest frame that segmentation offload hands up */
#define RING_BLOCKS_MIN    4u
#define RING_BYTES_DEFAULT (16u << 20) /* a mapped ring counts as memory of the process */
#define RING_RETIRE_MS     30          /* a block that is not full is handed over after this */

struct ring_socket {
	int fd; /* -1: closed */
	uint8_t *map;
	uint32_t block_count, block; /* block: the one we are at */
	bool in_block;
	uint32_t left; /* frames not yet taken from it */
	const struct tpacket3_hdr *frame;
	bool ethernet;
};

struct ring_frame {
	const struct tpacket3_hdr *header;
	const struct sockaddr_ll *from;
};

/* Give the socket its ring; it may not be bound to a protocol yet. */
int ring_set_up(int fd, uint32_t ring_bytes, struct errmsg *e);
/* Map it. The ring owns fd from here. */
int ring_open(struct ring_socket *r, int fd, uint32_t ring_bytes, bool ethernet, struct errmsg *e);
void ring_close(struct ring_socket *r);

/* The next frame: true; false when the current block is used up (its views stay valid until ring_release()) or none is ready. */
bool ring_take(struct ring_socket *r, struct packet_view *view, struct ring_frame *ret);
/* A block is at hand, now or since the last call. */
bool ring_ready(struct ring_socket *r);
/* Give the used-up block back. No-op while it has frames left. */
void ring_release(struct ring_socket *r);
/* What the kernel counted since the last call. */
void ring_drops(const struct ring_socket *r, uint64_t *drops, uint64_t *freezes);

#endif
