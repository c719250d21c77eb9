/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live capture on a veth pair in a namespace of the test's own: each frame exactly once whatever the number of workers, both directions and fragments of a
 * conversation at one worker, tags put back, drops counted, an interface that goes and comes. Needs root; else the cases are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/capture.h"
#include "capture/live_net.h"

#define CONVERSATIONS 150u
#define FRAMES        (CONVERSATIONS * 2 * FRAME_KINDS)
#define WORKERS_MAX   4u
#define RING_BYTES    (4u << 20)

unsigned if_nametoindex(const char *name); /* net/if.h and linux/if.h do not go together */

static bool permitted;

#define NEED_NETWORK()          \
	do {                    \
		(void)state;    \
		if (!permitted) \
			skip(); \
	} while (0)

/* --- workers --- */

struct seen {
	_Atomic uint32_t times[FRAMES];
	_Atomic uint32_t worker_of[CONVERSATIONS][2]; /* bits; its IPv4 and IPv6 addresses are two pairs */
	_Atomic uint32_t other, wrong_length, tags;
	_Atomic bool stop;
};

struct worker {
	pthread_t thread;
	struct capture *capture;
	struct seen *seen;
	unsigned number;
	uint64_t packets;
};

/* How many bytes the frame had on the wire; the id tells its kind. */
static void look_at(struct worker *w, const struct packet_view *v)
{
	uint32_t id = frame_id(v->data, v->caplen);
	unsigned link_header = v->link_type == LINK_ETHERNET ? 0 : 14; /* a tunnel's frames come without */
	if (id >= FRAMES || (v->link_type != LINK_ETHERNET && v->link_type != LINK_RAW)) {
		atomic_fetch_add(&w->seen->other, 1);
		return;
	}
	atomic_fetch_add(&w->seen->times[id], 1);
	unsigned kind = id % FRAME_KINDS, v6 = kind == FRAME_V6 || kind == FRAME_V6_LATER;
	if (kind != FRAME_ARP)
		atomic_fetch_or(&w->seen->worker_of[id / (2 * FRAME_KINDS)][v6], 1u << w->number);
	if (v->wirelen + link_header != FRAME_BYTES ||
	    v->caplen + link_header != FRAME_BYTES - (v->vlan_restored ? 4 : 0))
		atomic_fetch_add(&w->seen->wrong_length, 1);
	if (v->vlan_restored) {
		bool outer = id % FRAME_KINDS == FRAME_QINQ;
		assert_int_equal(v->vlan_tci & 0xfff, outer ? 100 : 20);
		assert_int_equal(v->vlan_tpid, outer ? 0x88a8 : 0x8100);
		atomic_fetch_add(&w->seen->tags, 1);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct packet_view views[CAPTURE_VECTOR];
	struct errmsg e;
	unsigned idle = 0;

	while (idle < 3) {
		int n = capture_next(w->capture, views, CAPTURE_VECTOR, 40, &e);
		for (int i = 0; i < n; i++)
			look_at(w, &views[i]);
		w->packets += n > 0 ? (unsigned)n : 0;
		idle = n > 0 || !atomic_load(&w->seen->stop) ? 0 : idle + 1;
	}
	return NULL;
}

static void workers_open_on(const char *interface, struct worker *w, unsigned count, struct seen *seen,
			    const char *filter)
{
	struct errmsg e = {{0}};
	memset(seen, 0, sizeof *seen);
	for (unsigned i = 0; i < count; i++) {
		struct capture_live_options o = {.interface = interface,
						 .filter = filter,
						 .worker = i,
						 .workers = count,
						 .ring_bytes = RING_BYTES,
						 .opener_fd = -1};
		w[i] = (struct worker){.seen = seen, .number = i};
		if (capture_open_live(&o, &w[i].capture, &e) != 0)
			fail_msg("%s", e.text);
	}
	for (unsigned i = 0; i < count; i++)
		pthread_create(&w[i].thread, NULL, work, &w[i]);
}

static void workers_open(struct worker *w, unsigned count, struct seen *seen, const char *filter)
{
	workers_open_on("wtest0", w, count, seen, filter);
}

static void workers_join(struct worker *w, unsigned count, struct seen *seen)
{
	atomic_store(&seen->stop, true);
	for (unsigned i = 0; i < count; i++)
		pthread_join(w[i].thread, NULL);
}

static void workers_close(struct worker *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		capture_close(w[i].capture);
}

/* Forward frames arrive at wtest0, the answers are sent by it: the kernel shows the two in different forms. */
static void send_all(void)
{
	uint8_t frame[FRAME_BYTES + 64];
	int in = net_sender("wtest1"), out = net_sender("wtest0");
	for (uint32_t id = 0; id < FRAMES; id++) {
		bool back = id / FRAME_KINDS % 2;
		unsigned n = frame_make(frame, (enum frame_kind)(id % FRAME_KINDS), id / (2 * FRAME_KINDS), back, id);
		net_send(back ? out : in, frame, n);
	}
	close(in);
	close(out);
}

static void once_each(unsigned count)
{
	static struct seen seen;
	struct worker w[WORKERS_MAX];
	unsigned busy = 0;

	workers_open(w, count, &seen, NULL);
	send_all();
	workers_join(w, count, &seen);
	for (uint32_t id = 0; id < FRAMES; id++)
		if (seen.times[id] != 1)
			fail_msg("frame %u (kind %u) was seen %u times by %u workers", id, id % FRAME_KINDS,
				 seen.times[id], count);
	for (uint32_t c = 0; c < 2 * CONVERSATIONS; c++) {
		uint32_t workers = seen.worker_of[c / 2][c % 2];
		if (workers & (workers - 1))
			fail_msg("conversation %u (IPv%u) went to workers %#x of %u", c / 2, c % 2 ? 6u : 4u, workers,
				 count);
	}
	assert_int_equal(seen.wrong_length, 0);
	/* Incoming tags are taken out by the kernel; those of sent frames stay in. */
	assert_int_equal(seen.tags, CONVERSATIONS * 2);
	for (unsigned i = 0; i < count; i++) {
		struct capture_stats s;
		capture_stats(w[i].capture, &s);
		assert_int_equal(s.packets, w[i].packets);
		assert_int_equal(s.kernel_drops, 0);
		busy += s.packets > FRAMES / count / 3;
		assert_string_equal(capture_state(w[i].capture), "up");
	}
	assert_int_equal(busy, count); /* and the load is shared */
	workers_close(w, count);
}

static void one_worker(void **state)
{
	NEED_NETWORK();
	once_each(1);
}

static void two_workers(void **state)
{
	NEED_NETWORK();
	once_each(2);
}

static void four_workers(void **state)
{
	NEED_NETWORK();
	once_each(4);
}

/* --- filters --- */

/* Which kinds of frames pass. */
static uint32_t kinds_passed(const char *filter, unsigned count)
{
	static struct seen seen;
	struct worker w[WORKERS_MAX];
	uint32_t kinds = 0;
	workers_open(w, count, &seen, filter);
	send_all();
	workers_join(w, count, &seen);
	workers_close(w, count);
	for (uint32_t id = 0; id < FRAMES; id++)
		kinds |= seen.times[id] ? 1u << id % FRAME_KINDS : 0;
	return kinds;
}

static void filters(void **state)
{
	NEED_NETWORK();
	assert_int_equal(kinds_passed("arp", 1), 1u << FRAME_ARP);
	assert_int_equal(kinds_passed("ip6", 2), 1u << FRAME_V6 | 1u << FRAME_V6_LATER);
	/* Tags that the kernel took out are seen by the expression. */
	assert_int_equal(kinds_passed("vlan 20", 1), 1u << FRAME_VLAN);
	assert_int_equal(kinds_passed("vlan 100 and vlan 20 and udp", 2), 1u << FRAME_QINQ);
}

static void bad_requests(void **state)
{
	struct capture_live_options o = {.interface = "wtest9", .workers = 1, .opener_fd = -1};
	struct capture *c;
	struct errmsg e = {{0}};
	NEED_NETWORK();
	assert_int_equal(capture_open_live(&o, &c, &e), WEIR_E(NOTFOUND));
	assert_non_null(strstr(e.text, "wtest9"));
	o.interface = "no/such";
	assert_int_equal(capture_open_live(&o, &c, &e), WEIR_E(INVALID));
	o.interface = "wtest0";
	o.filter = "port port";
	assert_int_equal(capture_open_live(&o, &c, &e), WEIR_E(SYNTAX));
	assert_non_null(strstr(e.text, "port port"));
	o.filter = NULL;
	o.worker = 1;
	o.workers = 2;
	assert_int_equal(capture_open_live(&o, &c, &e), WEIR_E(INVALID)); /* worker 0 first */
}

/* --- drops --- */

static void drops_are_counted(void **state)
{
	struct capture_live_options o = {.interface = "wtest0", .workers = 1, .ring_bytes = 1 << 20, .opener_fd = -1};
	struct packet_view views[CAPTURE_VECTOR];
	struct capture_stats s;
	struct capture *c;
	struct errmsg e = {{0}};
	uint8_t frame[1400] = {0};
	unsigned got = 0;
	int n, sender;
	NEED_NETWORK();
	assert_int_equal(capture_open_live(&o, &c, &e), 0);
	frame_make(frame, FRAME_V4, 1, false, 0);
	sender = net_sender("wtest1");
	for (unsigned i = 0; i < 5000; i++) /* 7 MB into a ring of 1 */
		net_send(sender, frame, sizeof frame);
	close(sender);
	usleep(100000);
	for (unsigned idle = 0; idle < 3; idle += n == 0) {
		n = capture_next(c, views, CAPTURE_VECTOR, 40, &e);
		assert_true(n >= 0);
		got += (unsigned)n;
	}
	capture_stats(c, &s);
	assert_true(s.kernel_drops > 1000);
	assert_true(s.kernel_freezes >= 1);
	assert_int_equal(got, s.packets);
	assert_int_equal(s.bytes, s.packets * sizeof frame);
	assert_int_equal(s.packets + s.kernel_drops, 5000);
	capture_close(c);
}

/* --- loopback --- */

static void loopback_counts_once(void **state)
{
	struct capture_live_options o = {
		.interface = "lo", .workers = 1, .ring_bytes = RING_BYTES, .opener_fd = -1, .filter = "udp"};
	struct packet_view views[CAPTURE_VECTOR];
	struct capture_stats s;
	struct capture *c;
	struct errmsg e = {{0}};
	unsigned got = 0;
	NEED_NETWORK();
	assert_int_equal(capture_open_live(&o, &c, &e), 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(4000), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof to), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
	for (unsigned idle = 0; idle < 3;) {
		int n = capture_next(c, views, CAPTURE_VECTOR, 40, &e);
		for (int i = 0; i < n; i++)
			assert_int_equal(views[i].wirelen, 14 + 20 + 8 + 5);
		got += n > 0 ? (unsigned)n : 0;
		idle += n == 0;
	}
	capture_stats(c, &s);
	assert_int_equal(got, 100);
	assert_int_equal(s.loopback_twice, 100);
	/* The longest frame there is without segmentation offload, whole. */
	static char large[60000];
	assert_int_equal(sendto(fd, large, sizeof large, 0, (struct sockaddr *)&to, sizeof to), sizeof large);
	int n = 0;
	for (unsigned i = 0; i < 10 && n == 0; i++)
		n = capture_next(c, views, CAPTURE_VECTOR, 40, &e);
	assert_int_equal(n, 1);
	assert_int_equal(views[0].wirelen, 42 + sizeof large);
	assert_int_equal(views[0].caplen, 42 + sizeof large);
	close(fd);
	capture_close(c);
}

/* --- a tunnel: no link header --- */

static int tunnel_open(void)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "wtun"};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) == 0 && net_ip("link set wtun up"))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void tunnels(void **state)
{
	static struct seen seen;
	struct worker w[2];
	uint8_t frame[FRAME_BYTES + 64];
	NEED_NETWORK();
	int tun = tunnel_open();
	if (tun < 0)
		skip(); /* this kernel has none */
	int sender = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	workers_open_on("wtun", w, 2, &seen, NULL);
	for (uint32_t id = 0; id < FRAMES; id++) {
		unsigned kind = id % FRAME_KINDS;
		bool back = id / FRAME_KINDS % 2;
		struct sockaddr_ll to = {.sll_family = AF_PACKET,
					 .sll_ifindex = (int)if_nametoindex("wtun"),
					 .sll_protocol = htons(kind == FRAME_V6 ? ETH_P_IPV6 : ETH_P_IP)};
		unsigned n = frame_make(frame, (enum frame_kind)kind, id / (2 * FRAME_KINDS), back, id) - 14;
		if (kind != FRAME_V4 && kind != FRAME_V6)
			continue;
		if (back)
			assert_int_equal(sendto(sender, frame + 14, n, 0, (struct sockaddr *)&to, sizeof to), n);
		else
			assert_int_equal(write(tun, frame + 14, n), n);
		usleep(20); /* what is sent waits in the device, which holds 500 */
		if (back)
			(void)!read(tun, frame, sizeof frame);
	}
	workers_join(w, 2, &seen);
	workers_close(w, 2);
	for (uint32_t id = 0; id < FRAMES; id++)
		assert_int_equal(seen.times[id], id % FRAME_KINDS == FRAME_V4 || id % FRAME_KINDS == FRAME_V6);
	for (uint32_t c = 0; c < 2 * CONVERSATIONS; c++)
		assert_true((seen.worker_of[c / 2][c % 2] & (seen.worker_of[c / 2][c % 2] - 1)) == 0);
	assert_int_equal(seen.other, 0);
	assert_int_equal(seen.wrong_length, 0);
	close(sender);
	close(tun);
}

/* --- down, up, gone, back --- */

static bool state_becomes(const struct capture *c, const char *want)
{
	for (unsigned i = 0; i < 300; i++) {
		if (strcmp(capture_state(c), want) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static unsigned times_in_all(const struct seen *seen)
{
	unsigned n = 0;
	for (uint32_t id = 0; id < FRAMES; id++)
		n += seen->times[id];
	return n;
}

static bool all_arrive(const struct seen *seen, unsigned want)
{
	for (unsigned i = 0; i < 200 && times_in_all(seen) < want; i++)
		usleep(10000);
	return times_in_all(seen) == want;
}

static void goes_and_comes(unsigned count)
{
	static struct seen seen;
	struct worker w[WORKERS_MAX];

	workers_open(w, count, &seen, NULL);
	send_all();
	assert_true(all_arrive(&seen, FRAMES));
	assert_true(net_ip("link set wtest0 down"));
	for (unsigned i = 0; i < count; i++)
		assert_true(state_becomes(w[i].capture, "down"));
	assert_true(net_ip("link set wtest0 up"));
	for (unsigned i = 0; i < count; i++)
		assert_true(state_becomes(w[i].capture, "up"));
	send_all();
	assert_true(all_arrive(&seen, 2 * FRAMES));
	assert_true(net_ip("link del wtest0"));
	for (unsigned i = 0; i < count; i++)
		assert_true(state_becomes(w[i].capture, "gone"));
	net_pair_make();
	for (unsigned i = 0; i < count; i++)
		assert_true(state_becomes(w[i].capture, "up"));
	send_all();
	assert_true(all_arrive(&seen, 3 * FRAMES));
	workers_join(w, count, &seen);
	workers_close(w, count);
	/* Conversations keep their worker's group: both directions together also after the interface came back. */
	for (uint32_t id = 0; id < FRAMES; id++)
		assert_int_equal(seen.times[id], 3);
}

static void one_worker_survives(void **state)
{
	NEED_NETWORK();
	goes_and_comes(1);
}

static void three_workers_survive(void **state)
{
	NEED_NETWORK();
	goes_and_comes(3);
}

static void waits_for_one_that_is_down(void **state)
{
	static struct seen seen;
	struct worker w[WORKERS_MAX];
	NEED_NETWORK();
	assert_true(net_ip("link set wtest0 down"));
	workers_open(w, 2, &seen, NULL);
	assert_string_equal(capture_state(w[0].capture), "down");
	assert_true(net_ip("link set wtest0 up"));
	assert_true(state_becomes(w[0].capture, "up") && state_becomes(w[1].capture, "up"));
	send_all();
	assert_true(all_arrive(&seen, FRAMES));
	workers_join(w, 2, &seen);
	workers_close(w, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker),
		cmocka_unit_test(two_workers),
		cmocka_unit_test(four_workers),
		cmocka_unit_test(filters),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(drops_are_counted),
		cmocka_unit_test(loopback_counts_once),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(one_worker_survives),
		cmocka_unit_test(three_workers_survive),
		cmocka_unit_test(waits_for_one_that_is_down),
	};
	permitted = net_enter();
	return cmocka_run_group_tests_name("capture/live", tests, NULL, NULL);
}
