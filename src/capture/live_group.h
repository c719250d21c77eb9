/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sockets of one interface, one a worker, made together: all of them join the fan-out before any of them receives a frame, so no flow begins at one worker
 * and goes on at another. When the interface went away and is back, whichever worker sees it first makes all of them anew (the next generation).
 *
 *      socket (weir-open) ► ring ► filter that drops everything ► bind ► fan-out, in worker order … then, when all have joined, the real filter
 */
#ifndef WEIR_CAPTURE_LIVE_GROUP_H
#define WEIR_CAPTURE_LIVE_GROUP_H

#include "capture/bpf.h"
#include "capture/ring_socket.h"

#define LIVE_WORKERS_MAX 64

struct live_group;

enum link_state { LINK_STATE_UP, LINK_STATE_DOWN, LINK_STATE_GONE };

/* Worker 0 makes the group, the others find it. */
int live_group_attach(const struct capture_live_options *o, struct live_group **ret, struct errmsg *e);
void live_group_detach(struct live_group *g, unsigned worker);
/* Moves on each time the sockets are made anew; 0: never made yet. Any thread. */
uint32_t live_group_generation(const struct live_group *g);
/* This worker's socket of the newest generation, as a ring: 0, or WEIR_E(AGAIN) when there is none to take. */
int live_group_take(struct live_group *g, unsigned worker, struct ring_socket *ret, uint32_t *ret_generation,
		    struct errmsg *e);
/* Make the sockets anew, unless another worker did so since the caller's generation. WEIR_E(AGAIN): the interface is not (yet) up again. */
int live_group_reopen(struct live_group *g, uint32_t seen_generation, struct errmsg *e);
/* As the kernel says now, by name. */
enum link_state live_group_link(const struct live_group *g);
/* The expression needs VLAN tags that the kernel took out of the frame: match it here, not in the kernel. */
bool live_group_filter_here(const struct live_group *g);
const char *live_group_name(const struct live_group *g);
bool live_group_is_loopback(const struct live_group *g);

#endif
