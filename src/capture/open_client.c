/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir's side of weir-open: start it, ask it, and say what went wrong in words that mend it. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/program.h"
#include "capture/open_socket.h"

#define REPLY_WAIT_MS 5000

struct weir_open {
	int fd;
	pid_t pid;
};

/* One request at a time: replies carry no number. */
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

/* --- starting --- */

static bool opener_path(char out[512])
{
	const char *named = getenv("WEIR_OPEN");
	if (named && *named) {
		snprintf(out, 512, "%s", named);
		return access(out, X_OK) == 0;
	}
	return program_path("weir-open", out, 512) == 0 && access(out, X_OK) == 0;
}

static int spawn(const char *path, int fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	char *argv[] = {(char *)(uintptr_t) "weir-open", NULL}, *environment[] = {NULL};

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return ENOMEM;
	}
	sigemptyset(&none);
	posix_spawn_file_actions_adddup2(&actions, fd, OPEN_FD);
	/* A group of its own: Ctrl-C is for weir, and weir-open ends when weir closes the socket. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	int err = posix_spawn(ret_pid, path, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

int weir_open_start(struct weir_open **ret, struct errmsg *e)
{
	char path[512];
	int pair[2];

	if (!opener_path(path)) {
		*ret = NULL;
		return 0;
	}
	struct weir_open *o = calloc(1, sizeof *o);
	if (!o)
		return WEIR_E(NOMEM);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(o);
		return err_set(e, WEIR_E(IO), "can't make a socket pair: %s", strerror(errno));
	}
	int err = spawn(path, pair[1], &o->pid);
	close(pair[1]);
	if (err) {
		close(pair[0]);
		free(o);
		return err_set(e, WEIR_E(IO), "can't start %s: %s", path, strerror(err));
	}
	o->fd = pair[0];
	*ret = o;
	return 0;
}

int weir_open_fd(const struct weir_open *o)
{
	return o->fd;
}

void weir_open_stop(struct weir_open *o)
{
	if (!o)
		return;
	close(o->fd);
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(o);
}

/* --- asking --- */

/* The reply and, when there is one, its descriptor. 0 or -1 with errno. */
static int reply_receive(int opener_fd, struct open_reply *reply, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {reply, sizeof *reply};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct pollfd p = {.fd = opener_fd, .events = POLLIN};
	int ready, fd = -1;

	do
		ready = poll(&p, 1, REPLY_WAIT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		errno = ready ? errno : ETIMEDOUT;
		return -1;
	}
	ssize_t n = recvmsg(opener_fd, &m, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	bool whole = n == (ssize_t)sizeof *reply && reply->magic == OPEN_MAGIC && reply->step < OPEN_STEP_MAX;
	if (!whole || (reply->step == OPEN_STEP_DONE) != (fd >= 0)) {
		if (fd >= 0)
			close(fd);
		errno = n == 0 ? EPIPE : n < 0 ? errno : EPROTO;
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

/* Ask weir-open; -1 with errno when it can't be talked to. */
static int ask(int opener_fd, const char name[16], struct open_reply *reply, int *ret_fd)
{
	struct open_request request = {.magic = OPEN_MAGIC};
	int result = -1;

	memcpy(request.interface, name, sizeof request.interface);
	pthread_mutex_lock(&asking);
	if (send(opener_fd, &request, sizeof request, MSG_NOSIGNAL) == (ssize_t)sizeof request)
		result = reply_receive(opener_fd, reply, ret_fd);
	pthread_mutex_unlock(&asking);
	return result;
}

/* --- explaining --- */

/* CAP_NET_RAW is missing: which program needs it, and why it may lack it although the file has it. */
static int explain_denied(int opener_fd, const char *interface, struct errmsg *e)
{
	char path[512];
	bool there = opener_path(path);

	if (!there)
		return err_set(
			e, WEIR_E(DENIED),
			"can't capture on %s: CAP_NET_RAW is missing, and weir-open, which would have it, is not at %s; "
			"build it (make), or run weir as root",
			interface, path);
	if (opener_fd >= 0 && getxattr(path, "security.capability", NULL, 0) > 0)
		return err_set(
			e, WEIR_E(DENIED),
			"can't capture on %s: weir-open has CAP_NET_RAW in its file, but the system does not grant it (a file system "
			"mounted nosuid, no_new_privs, or a container without it); move it, or run weir as root",
			interface);
	return err_set(e, WEIR_E(DENIED),
		       "can't capture on %s: CAP_NET_RAW is missing; grant it with: sudo setcap cap_net_raw=ep %s "
		       "(make run does that), or run weir as root",
		       interface, path);
}

static int explain(int opener_fd, const char *interface, const struct open_reply *reply, struct errmsg *e)
{
	static const char *const steps[] = {
#define X(id, text) text,
		OPEN_STEPS(X)
#undef X
	};
	switch (reply->step) {
	case OPEN_STEP_NAME:
		return err_set(e, WEIR_E(INVALID), "“%s” can't be the name of an interface; `ip link` lists them",
			       interface);
	case OPEN_STEP_LOOKUP:
		if (reply->error == ENODEV)
			return err_set(e, WEIR_E(NOTFOUND), "there is no interface %s; `ip link` lists them",
				       interface);
		break;
	case OPEN_STEP_LINK_TYPE:
		return err_set(e, WEIR_E(UNSUPPORTED),
			       "%s has link type %u (ARPHRD), which can't be captured: Ethernet, loopback, "
			       "tunnels and point-to-point lines can",
			       interface, reply->hardware);
	case OPEN_STEP_SOCKET:
		if (reply->error == EPERM || reply->error == EACCES)
			return explain_denied(opener_fd, interface, e);
		if (reply->error == EAFNOSUPPORT)
			return err_set(e, WEIR_E(UNSUPPORTED),
				       "this kernel has no packet sockets (CONFIG_PACKET): live capture can't work");
		break;
	default:
		break;
	}
	return err_set(e, WEIR_E(IO), "can't capture on %s: %s: %s", interface, steps[reply->step],
		       strerror(reply->error));
}

int open_capture_socket(int opener_fd, const char *interface, int *ret_fd, struct open_reply *ret, struct errmsg *e)
{
	struct open_reply reply = {0};
	char name[16] = {0};
	int fd = -1;

	if (strlen(interface) >= sizeof name)
		return explain(opener_fd, interface, &(struct open_reply){.step = OPEN_STEP_NAME}, e);
	memcpy(name, interface, strlen(interface));
	if (opener_fd < 0)
		fd = open_packet_socket(name, &reply);
	else if (ask(opener_fd, name, &reply, &fd) != 0)
		return err_set(e, WEIR_E(UNAVAILABLE), "weir-open does not answer (%s); start weir again",
			       strerror(errno));
	if (fd < 0)
		return explain(opener_fd, interface, &reply, e);
	*ret_fd = fd;
	*ret = reply;
	return 0;
}
