/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What weir-open does, as one function: also called by a weir that is privileged itself. Any thread. */
#ifndef WEIR_CAPTURE_OPEN_SOCKET_H
#define WEIR_CAPTURE_OPEN_SOCKET_H

#include <stdbool.h>

#include "capture/open.h"

/* dev_valid_name() of the kernel: 1 to 15 bytes, no slash, colon or white space, not "." or "..". */
bool open_name_valid(const char name[16]);
/* Fills *reply; returns the socket, or -1 with reply->step where it stopped. */
int open_packet_socket(const char name[16], struct open_reply *reply);
/* Ethernet framing (the data begins with its header); else the socket is cooked: the data begins with the network layer. */
bool open_is_ethernet(unsigned hardware);

#endif
