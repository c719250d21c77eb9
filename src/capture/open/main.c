/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-open: opens capture sockets for the weir that started it. The protocol is in capture/open.h.
 *
 * It has file capabilities (or root), so it trusts nothing: descriptor 3 must be a connected SEQPACKET socket whose other end was made by its parent,
 * every other descriptor is closed, all privileges but the two are dropped, requests have one fixed size, and a wrong one ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture/open_socket.h"

#define NOBODY 65534u

static const cap_value_t kept[] = {CAP_NET_RAW};

/* Only what our parent gave us: a socket pair that it made itself. */
static bool socket_is_parents(void)
{
	struct ucred peer;
	int type = 0, domain = 0;
	socklen_t n = sizeof type;

	if (getsockopt(OPEN_FD, SOL_SOCKET, SO_TYPE, &type, &n) != 0 || type != SOCK_SEQPACKET)
		return false;
	n = sizeof domain;
	if (getsockopt(OPEN_FD, SOL_SOCKET, SO_DOMAIN, &domain, &n) != 0 || domain != AF_UNIX)
		return false;
	n = sizeof peer;
	if (getsockopt(OPEN_FD, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return false;
	return peer.pid == getppid() && peer.uid == getuid();
}

static bool descriptors_closed(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return false;
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) != fd)
			return false;
	return syscall(SYS_close_range, OPEN_FD + 1, ~0u, 0) == 0;
}

/* The capability, if we have it, and nothing else. */
static bool capabilities_kept(void)
{
	cap_t have = cap_get_proc(), want = cap_init();
	bool good = have && want;

	for (size_t i = 0; good && i < sizeof kept / sizeof kept[0]; i++) {
		cap_flag_value_t value = CAP_CLEAR;
		good = cap_get_flag(have, kept[i], CAP_PERMITTED, &value) == 0;
		if (good && value == CAP_SET)
			good = cap_set_flag(want, CAP_PERMITTED, 1, &kept[i], CAP_SET) == 0 &&
			       cap_set_flag(want, CAP_EFFECTIVE, 1, &kept[i], CAP_SET) == 0;
	}
	good = good && cap_set_proc(want) == 0;
	cap_free(have);
	cap_free(want);
	return good;
}

static bool privileges_dropped(void)
{
	bool root = geteuid() == 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return false;
	for (int cap = 0; root && cap <= CAP_LAST_CAP; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Started by root: become nobody, with the two capabilities kept. A user namespace may know no such user: then stay. */
	if (root && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0 &&
	    setresgid(NOBODY, NOBODY, NOBODY) == 0)
		(void)!setresuid(NOBODY, NOBODY, NOBODY);
	return capabilities_kept();
}

static bool reply_send(const struct open_reply *reply, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {(void *)(uintptr_t)reply, sizeof *reply};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		*c = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		n = sendmsg(OPEN_FD, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof *reply;
}

/* True while there may be more requests. */
static bool serve_one(void)
{
	struct open_request request;
	struct open_reply reply = {.magic = OPEN_MAGIC, .step = OPEN_STEP_REQUEST, .error = EPROTO};
	ssize_t n = recv(OPEN_FD, &request, sizeof request, MSG_TRUNC);

	if (n < 0)
		return errno == EINTR;
	if (n != (ssize_t)sizeof request || request.magic != OPEN_MAGIC) {
		if (n > 0)
			(void)reply_send(&reply, -1);
		return false;
	}
	int fd = open_packet_socket(request.interface, &reply);
	bool sent = reply_send(&reply, fd);
	if (fd >= 0)
		close(fd);
	return sent;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc != 1 || !socket_is_parents()) {
		static const char text[] =
			"weir-open opens capture sockets for weir and is started by it (see docs/architecture.md)\n";
		(void)!write(STDERR_FILENO, text, sizeof text - 1);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!descriptors_closed() || !privileges_dropped() || chdir("/") != 0)
		return 1;
	while (serve_one())
		;
	return 0;
}
