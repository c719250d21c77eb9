/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which worker gets a frame: a classic BPF program over the unordered address pair, so that both directions, and all fragments, of a conversation reach the same
 * one (PACKET_FANOUT_CBPF, packet(7)).
 */
#ifndef WEIR_CAPTURE_FANOUT_H
#define WEIR_CAPTURE_FANOUT_H

#include "base/err.h"

/* Join the socket (already bound) to the group of this process and interface. */
int fanout_join(int fd, unsigned interface_index, struct errmsg *e);

#endif
