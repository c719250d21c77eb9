/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-open: opens packet sockets for its parent (capture/open.h tells the protocol). The only program with cap_net_raw, so it is small, reads
 * nothing but fixed-size requests from the socketpair it inherited, and never parses a packet.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/open.h"

/* Names as the kernel takes them (dev_valid_name): not empty, no slash, no white space, ends within 16 bytes. */
static bool name_valid(const char name[16])
{
	size_t n = strnlen(name, 16);
	if (n == 0 || n == 16 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || name[i] == ':' || (unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 0x7f)
			return false;
	return true;
}

/* A packet socket bound to the interface with protocol 0: it receives nothing until weir has set up its ring and binds it again with a protocol. */
static int socket_open(const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	unsigned index = if_nametoindex(interface);

	if (index == 0)
		return -ENODEV;
	at.sll_ifindex = (int)index;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		int error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

static bool answer(int error, int fd)
{
	struct open_answer a = {.magic = OPEN_MAGIC, .error = error};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec iov = {&a, sizeof a};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(OPEN_FD, &m, MSG_NOSIGNAL) == sizeof a;
}

int main(void)
{
	struct open_request r;
	ssize_t n;
	int type = 0;
	socklen_t len = sizeof type;

	/* Not a program for people: without the parent's socketpair there is nothing to do. */
	if (getsockopt(OPEN_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_SEQPACKET) {
		fputs("weir-open is started by weir, not by hand\n", stderr);
		return 2;
	}
	prctl(PR_SET_DUMPABLE, 0);
	while ((n = recv(OPEN_FD, &r, sizeof r, 0)) > 0) {
		bool good = n == sizeof r && r.magic == OPEN_MAGIC && name_valid(r.interface);
		int fd = good ? socket_open(r.interface) : -EINVAL;
		bool sent = answer(fd < 0 ? -fd : 0, fd);
		if (fd >= 0)
			close(fd);
		if (!sent)
			break;
	}
	return 0;
}
