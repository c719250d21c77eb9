/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture from a live interface: one worker's ring, its filter where the kernel's does not do, and what happens when the interface goes and comes. */
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/live_group.h"
#include "capture/source.h"

#define LOOK_EVERY_NS (100 * NS_PER_MS) /* at the interface, while it is not up */
#define SETTLE_NS     (100 * NS_PER_MS) /* after it went: the kernel hands over the last block within RING_RETIRE_MS */
#define BLOCKS_A_CALL 64u
#define TAGGED_MAX    65536u

struct live {
	struct capture capture;
	struct live_group *group;
	unsigned worker;
	uint32_t generation;
	struct ring_socket ring;
	_Atomic int state;   /* enum link_state; read by any thread */
	bool reported;       /* why it can't be opened again was said */
	uint64_t look_at_ns; /* next look at the interface */
	uint64_t lost_since_ns;
	uint8_t *tagged; /* room for a frame with its tag put back, for filters that ask for it */
};

/* --- frames --- */

/* The frame as it was on the wire, for an expression with `vlan` in it. */
static bool tagged_match(struct live *l, const struct packet_view *view)
{
	struct packet_view whole = *view;
	if (view->vlan_restored && view->caplen >= 12 && view->caplen <= TAGGED_MAX) {
		uint8_t tag[4] = {(uint8_t)(view->vlan_tpid >> 8), (uint8_t)view->vlan_tpid,
				  (uint8_t)(view->vlan_tci >> 8), (uint8_t)view->vlan_tci};
		memcpy(l->tagged, view->data, 12);
		memcpy(l->tagged + 12, tag, 4);
		memcpy(l->tagged + 16, view->data + 12, view->caplen - 12);
		whole.data = l->tagged;
		whole.caplen += 4;
	}
	return bpf_filter_match(&l->capture.filter, &whole);
}

/* Views from the blocks that are ready; they stop at the end of the first block that gave any. */
static unsigned take(struct live *l, struct packet_view *views, unsigned max)
{
	bool loopback = live_group_is_loopback(l->group);
	struct ring_frame frame;
	unsigned n = 0;

	for (unsigned blocks = 0; n == 0 && blocks < BLOCKS_A_CALL; blocks++) {
		ring_release(&l->ring);
		if (!ring_ready(&l->ring))
			break;
		while (n < max && ring_take(&l->ring, &views[n], &frame)) {
			/* A packet on lo is sent and received: count it once, as received. */
			if (loopback && frame.from->sll_pkttype == PACKET_OUTGOING)
				l->capture.counted.loopback_twice++;
			else if (!l->tagged || tagged_match(l, &views[n]))
				n++;
		}
	}
	return n;
}

/* --- the interface goes and comes --- */

static void state_set(struct live *l, enum link_state state)
{
	static const char *const words[] = {"is up again", "is down", "is gone; waiting for it"};
	if (atomic_exchange(&l->state, (int)state) != (int)state && l->worker == 0)
		log_info("capture", "%s %s", live_group_name(l->group), words[state]);
}

static void ring_count_and_close(struct live *l)
{
	ring_drops(&l->ring, &l->capture.counted.kernel_drops, &l->capture.counted.kernel_freezes);
	ring_close(&l->ring);
}

/* A removed interface takes its number from the sockets that were bound to it. */
static enum link_state lost_state(const struct live *l)
{
	struct sockaddr_ll address = {0};
	socklen_t n = sizeof address;
	bool bound = getsockname(l->ring.fd, (struct sockaddr *)&address, &n) == 0 && address.sll_ifindex > 0;
	return bound ? LINK_STATE_DOWN : LINK_STATE_GONE;
}

/* The socket reported an error: its interface is down (the kernel listens again by itself when it is up), or has been removed. */
static void interface_error(struct live *l)
{
	int error = 0;
	socklen_t n = sizeof error;
	(void)getsockopt(l->ring.fd, SOL_SOCKET, SO_ERROR, &error, &n); /* reading clears it */
	l->lost_since_ns = clock_monotonic_ns();
	state_set(l, lost_state(l));
}

static int ring_adopt(struct live *l, struct errmsg *e)
{
	struct ring_socket fresh;
	uint32_t generation;
	int err = live_group_take(l->group, l->worker, &fresh, &generation, e);
	if (err)
		return err;
	ring_count_and_close(l);
	l->ring = fresh;
	l->generation = generation;
	l->reported = false;
	state_set(l, LINK_STATE_UP);
	return 0;
}

/* Without a socket: make or take a new one when the interface is there again. */
static int look_again(struct live *l, struct errmsg *e)
{
	enum link_state link = live_group_link(l->group);
	if (link != LINK_STATE_UP) {
		state_set(l, link);
		return 0;
	}
	int err = live_group_reopen(l->group, l->generation, e);
	if (!err)
		err = ring_adopt(l, e);
	if (!err || err == WEIR_E(AGAIN) || l->reported)
		return 0;
	l->reported = true;
	return err;
}

/* Called while nothing arrives. */
static int look(struct live *l, struct errmsg *e)
{
	uint64_t now = clock_monotonic_ns();
	int state = atomic_load_explicit(&l->state, memory_order_relaxed);

	if (l->ring.fd >= 0 && live_group_generation(l->group) != l->generation) {
		int err = ring_adopt(l, e); /* another worker made new sockets */
		return err == WEIR_E(AGAIN) ? 0 : err;
	}
	if (state == LINK_STATE_UP || now < l->look_at_ns)
		return 0;
	l->look_at_ns = now + LOOK_EVERY_NS;
	if (l->ring.fd < 0)
		return look_again(l, e);
	if (lost_state(l) == LINK_STATE_GONE) {
		state_set(l, LINK_STATE_GONE);
		if (now - l->lost_since_ns >= SETTLE_NS)
			ring_count_and_close(l);
	} else if (live_group_link(l->group) == LINK_STATE_UP) {
		state_set(l, LINK_STATE_UP);
	}
	return 0;
}

static void sleep_ms(int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l};
	nanosleep(&t, NULL);
}

static int live_next(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e)
{
	struct live *l = (struct live *)(void *)c;

	if (l->ring.fd >= 0) {
		unsigned n = take(l, views, max);
		if (n)
			return (int)n;
		struct pollfd p = {.fd = l->ring.fd, .events = POLLIN};
		int ready = ring_ready(&l->ring) ? 1 : poll(&p, 1, wait_ms);
		if (ready > 0 && p.revents & (POLLERR | POLLHUP))
			interface_error(l);
		if (ready > 0 && (n = take(l, views, max)))
			return (int)n;
	} else {
		sleep_ms(wait_ms < 100 ? wait_ms : 100);
	}
	return look(l, e);
}

/* --- opening --- */

static void live_close(struct capture *c)
{
	struct live *l = (struct live *)(void *)c;
	ring_close(&l->ring);
	if (l->group)
		live_group_detach(l->group, l->worker);
	bpf_filter_close(&c->filter);
	free(l->tagged);
	free(l);
}

static void live_stats(struct capture *c, struct capture_stats *ret)
{
	struct live *l = (struct live *)(void *)c;
	ring_drops(&l->ring, &c->counted.kernel_drops, &c->counted.kernel_freezes);
	*ret = c->counted;
}

static const char *live_state(const struct capture *c)
{
	static const char *const words[] = {"up", "down", "gone"};
	const struct live *l = (const struct live *)(const void *)c;
	return words[atomic_load_explicit(&l->state, memory_order_relaxed)];
}

int capture_open_live(const struct capture_live_options *options, struct capture **ret, struct errmsg *e)
{
	struct live *l = calloc(1, sizeof *l);
	if (!l)
		return WEIR_E(NOMEM);
	l->capture = (struct capture){.next = live_next, .close = live_close, .stats = live_stats, .state = live_state};
	l->ring.fd = -1;
	l->worker = options->worker;
	int err = bpf_filter_open(&l->capture.filter, options->filter, e);
	if (!err)
		err = live_group_attach(options, &l->group, e);
	if (!err && live_group_filter_here(l->group) && !(l->tagged = malloc(TAGGED_MAX + 4)))
		err = WEIR_E(NOMEM);
	if (!err) {
		err = ring_adopt(l, e);
		if (err == WEIR_E(AGAIN)) { /* down: waited for */
			atomic_store(&l->state, (int)LINK_STATE_DOWN);
			err = 0;
		}
	}
	if (err) {
		live_close(&l->capture);
		return err;
	}
	*ret = &l->capture;
	return 0;
}
