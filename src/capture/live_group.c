/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/live_group.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "capture/fanout_bpf.h"
#include "capture/open_socket.h"

struct live_group {
	struct live_group *next;
	char name[16];
	unsigned workers, attached;
	bool taken[LIVE_WORKERS_MAX];
	int opener_fd;
	uint32_t ring_bytes;
	struct bpf_filter filter;
	bool filter_here;
	pthread_mutex_t mutex; /* over what follows */
	_Atomic uint32_t generation;
	int fd[LIVE_WORKERS_MAX]; /* made, not yet taken; -1: none */
	_Atomic unsigned hardware;
};

static pthread_mutex_t groups_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct live_group *groups;

/* --- making the sockets --- */

static int drop_everything(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &none};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* From here on the socket receives. */
static int filter_for_real(struct live_group *g, int fd, bool ethernet, struct errmsg *e)
{
	int off = 0;
	if (!g->filter.text || g->filter_here) {
		if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &off, sizeof off) != 0)
			return err_set(e, WEIR_E(IO), "can't start capturing on %s: %s", g->name, strerror(errno));
		return 0;
	}
	const struct bpf_program *p = bpf_filter_for(&g->filter, ethernet ? LINK_ETHERNET : LINK_RAW, e);
	if (!p)
		return WEIR_E(SYNTAX);
	/* libpcap's instructions and the kernel's have one layout. */
	struct sock_fprog program = {.len = (unsigned short)p->bf_len,
				     .filter = (struct sock_filter *)(void *)p->bf_insns};
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
		return err_set(e, WEIR_E(IO), "the kernel does not take the capture filter “%s”: %s", g->filter.text,
			       strerror(errno));
	return 0;
}

/* The first asks the kernel for a free group number, the others name it. */
static int fanout_join(const struct live_group *g, int fd, bool ethernet, int *group, struct errmsg *e)
{
	struct sock_filter instructions[FANOUT_PROGRAM_MAX];
	struct sock_fprog program = {.filter = instructions};
	socklen_t n = sizeof *group;
	int join = *group < 0 ? (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16
			      : *group | PACKET_FANOUT_CBPF << 16;

	program.len = (unsigned short)fanout_program(instructions, ethernet, (uint32_t)hash_seed());
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &join, sizeof join) != 0)
		return err_set(e, errno == EINVAL ? WEIR_E(AGAIN) : WEIR_E(IO), "can't share %s among %u workers: %s",
			       g->name, g->workers, strerror(errno));
	if (*group < 0) {
		int got = 0;
		if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &got, &n) != 0)
			return err_set(e, WEIR_E(IO), "can't share %s among workers: %s", g->name, strerror(errno));
		*group = got & 0xffff;
		if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) != 0)
			return err_set(e, WEIR_E(IO), "the kernel does not take the fan-out program: %s",
				       strerror(errno));
	}
	return 0;
}

static int socket_make(struct live_group *g, int *ret_fd, struct open_reply *reply, int *fanout, struct errmsg *e)
{
	int fd, err = open_capture_socket(g->opener_fd, g->name, &fd, reply, e);
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = reply->ifindex};

	if (err)
		return err;
	err = ring_set_up(fd, g->ring_bytes, e);
	if (!err && (drop_everything(fd) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0))
		err = err_set(e, errno == ENODEV || errno == ENETDOWN ? WEIR_E(AGAIN) : WEIR_E(IO),
			      "can't listen on %s: %s", g->name, strerror(errno));
	if (!err && g->workers > 1)
		err = fanout_join(g, fd, open_is_ethernet(reply->hardware), fanout, e);
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

static void close_all(int *fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/* All sockets, then all filters. The mutex is held. */
static int sockets_make(struct live_group *g, struct errmsg *e)
{
	int fd[LIVE_WORKERS_MAX], fanout = -1, err = 0;
	struct open_reply reply = {0};
	unsigned made = 0;

	for (; !err && made < g->workers; made += !err)
		err = socket_make(g, &fd[made], &reply, &fanout, e);
	for (unsigned i = 0; !err && i < made; i++)
		err = filter_for_real(g, fd[i], open_is_ethernet(reply.hardware), e);
	if (err) {
		close_all(fd, made);
		return err;
	}
	close_all(g->fd, g->workers); /* of a generation that nobody took */
	memcpy(g->fd, fd, made * sizeof fd[0]);
	atomic_store(&g->hardware, reply.hardware);
	atomic_fetch_add(&g->generation, 1);
	return 0;
}

enum link_state live_group_link(const struct live_group *g)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return LINK_STATE_GONE;
	memcpy(ifr.ifr_name, g->name, sizeof g->name);
	int result = ioctl(fd, SIOCGIFFLAGS, &ifr);
	close(fd);
	return result != 0 ? LINK_STATE_GONE : ifr.ifr_flags & IFF_UP ? LINK_STATE_UP : LINK_STATE_DOWN;
}

/* --- making and finding groups --- */

/* pcap-filter(7)'s primitive `vlan` looks into the frame, where the kernel has taken the tag out. */
static bool asks_for_tags(const char *text)
{
	for (const char *p = text; p && (p = strstr(p, "vlan")); p += 4) {
		bool starts = p == text || (!isalnum((unsigned char)p[-1]) && !strchr("_.-", p[-1]));
		bool ends = !isalnum((unsigned char)p[4]) && (!p[4] || !strchr("_.-", p[4]));
		if (starts && ends)
			return true;
	}
	return false;
}

static void group_free(struct live_group *g)
{
	close_all(g->fd, LIVE_WORKERS_MAX);
	bpf_filter_close(&g->filter);
	pthread_mutex_destroy(&g->mutex);
	free(g);
}

/* The first time an interface must exist; one that is down is waited for, once it is known that we may open it at all. */
static int first_sockets(struct live_group *g, struct errmsg *e)
{
	struct open_reply reply;
	int fd;
	if (live_group_link(g) == LINK_STATE_UP) {
		int err = sockets_make(g, e);
		return err == WEIR_E(AGAIN) ? 0 : err;
	}
	int err = open_capture_socket(g->opener_fd, g->name, &fd, &reply, e);
	if (!err)
		close(fd);
	return err;
}

static int group_make(const struct capture_live_options *o, struct live_group **ret, struct errmsg *e)
{
	if (o->workers == 0 || o->workers > LIVE_WORKERS_MAX || strlen(o->interface) > 15)
		return err_set(e, WEIR_E(INVALID),
			       "%s: the name of an interface has at most 15 characters, and workers are 1 to %d",
			       o->interface, LIVE_WORKERS_MAX);
	struct live_group *g = calloc(1, sizeof *g);
	if (!g)
		return WEIR_E(NOMEM);
	strcpy(g->name, o->interface);
	g->workers = o->workers;
	g->opener_fd = o->opener_fd;
	g->ring_bytes = o->ring_bytes;
	pthread_mutex_init(&g->mutex, NULL);
	memset(g->fd, 0xff, sizeof g->fd);
	int err = bpf_filter_open(&g->filter, o->filter, e);
	g->filter_here = asks_for_tags(g->filter.text);
	if (!err)
		err = first_sockets(g, e);
	if (err) {
		group_free(g);
		return err;
	}
	*ret = g;
	return 0;
}

int live_group_attach(const struct capture_live_options *o, struct live_group **ret, struct errmsg *e)
{
	struct live_group *g;
	int err = 0;

	pthread_mutex_lock(&groups_mutex);
	for (g = groups; g; g = g->next)
		if (o->worker && o->worker < g->workers && g->workers == o->workers && !g->taken[o->worker] &&
		    strcmp(g->name, o->interface) == 0)
			break;
	if (!g && o->worker)
		err = err_set(e, WEIR_E(INVALID), "worker %u of %s is opened before worker 0", o->worker, o->interface);
	else if (!g)
		err = group_make(o, &g, e);
	if (!err && !g->attached) {
		g->next = groups;
		groups = g;
	}
	if (!err) {
		g->taken[o->worker] = true;
		g->attached++;
		*ret = g;
	}
	pthread_mutex_unlock(&groups_mutex);
	return err;
}

void live_group_detach(struct live_group *g, unsigned worker)
{
	(void)worker; /* its place stays taken: a group is used once */
	pthread_mutex_lock(&groups_mutex);
	if (--g->attached == 0) {
		struct live_group **at = &groups;
		while (*at != g)
			at = &(*at)->next;
		*at = g->next;
		group_free(g);
	}
	pthread_mutex_unlock(&groups_mutex);
}

/* --- the workers --- */

uint32_t live_group_generation(const struct live_group *g)
{
	return atomic_load_explicit(&g->generation, memory_order_acquire);
}

int live_group_take(struct live_group *g, unsigned worker, struct ring_socket *ret, uint32_t *ret_generation,
		    struct errmsg *e)
{
	int err = WEIR_E(AGAIN);
	pthread_mutex_lock(&g->mutex);
	int fd = g->fd[worker];
	g->fd[worker] = -1;
	if (fd >= 0)
		err = ring_open(ret, fd, g->ring_bytes, open_is_ethernet(atomic_load(&g->hardware)), e);
	if (!err)
		*ret_generation = atomic_load(&g->generation);
	pthread_mutex_unlock(&g->mutex);
	return err;
}

int live_group_reopen(struct live_group *g, uint32_t seen_generation, struct errmsg *e)
{
	int err = WEIR_E(AGAIN);
	pthread_mutex_lock(&g->mutex);
	if (atomic_load(&g->generation) != seen_generation)
		err = 0;
	else if (live_group_link(g) == LINK_STATE_UP)
		err = sockets_make(g, e);
	pthread_mutex_unlock(&g->mutex);
	/* It vanished or went down again between our look and the request. */
	return err == WEIR_E(NOTFOUND) ? WEIR_E(AGAIN) : err;
}

bool live_group_filter_here(const struct live_group *g)
{
	return g->filter_here;
}

const char *live_group_name(const struct live_group *g)
{
	return g->name;
}

bool live_group_is_loopback(const struct live_group *g)
{
	return atomic_load_explicit(&g->hardware, memory_order_relaxed) == ARPHRD_LOOPBACK;
}
