/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/open.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

struct weir_open {
	int fd;
	pid_t pid;
};

/* weir-open beside the running program. */
static int program_path(char out[512])
{
	ssize_t n = readlink("/proc/self/exe", out, 400);
	if (n <= 0)
		return WEIR_E(NOTFOUND);
	out[n] = '\0';
	char *slash = strrchr(out, '/');
	strcpy(slash ? slash + 1 : out, "weir-open");
	return access(out, X_OK) == 0 ? 0 : WEIR_E(NOTFOUND);
}

static void become_opener(const char *path, int fd)
{
	char *argv[] = {(char *)(uintptr_t)path, NULL};
	char *environment[] = {NULL};
	if (fd == OPEN_FD) {
		/* dup2 onto itself would keep close-on-exec */
		fd = dup(fd);
	}
	if (fd < 0 || dup2(fd, OPEN_FD) < 0)
		_exit(127);
	execve(path, argv, environment);
	_exit(127);
}

int weir_open_start(struct weir_open **ret, struct errmsg *e)
{
	char path[512];
	int pair[2];

	*ret = NULL;
	if (program_path(path) != 0)
		return 0;
	struct weir_open *o = calloc(1, sizeof *o);
	if (!o)
		return WEIR_E(NOMEM);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(o);
		return err_set(e, WEIR_E(IO), "can't talk to weir-open: %s", strerror(errno));
	}
	o->pid = fork();
	if (o->pid == 0)
		become_opener(path, pair[1]);
	close(pair[1]);
	o->fd = pair[0];
	*ret = o;
	return 0;
}

void weir_open_stop(struct weir_open *o)
{
	close(o->fd);
	waitpid(o->pid, NULL, 0);
	free(o);
}

int weir_open_fd(const struct weir_open *o)
{
	return o->fd;
}

/* --- asking --- */

static int explain(int error, const char *interface, struct errmsg *e)
{
	char path[512];
	if (error == EPERM || error == EACCES) {
		if (program_path(path) != 0)
			strcpy(path, "weir-open");
		return err_set(e, WEIR_E(DENIED),
			       "no right to capture on %s: cap_net_raw is missing. Grant it once with `sudo setcap cap_net_raw=ep %s` "
			       "(`make run` does that), or run as root",
			       interface, path);
	}
	if (error == ENODEV)
		return err_set(e, WEIR_E(NOTFOUND), "there is no interface %s (`ip link` lists them)", interface);
	return err_set(e, WEIR_E(IO), "can't open a capture socket on %s: %s", interface, strerror(error));
}

/* The socket in an answer's control data, or -1. */
static int attached_socket(struct msghdr *m)
{
	int fd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static int ask(int fd, const char *interface, int *ret_error)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	struct open_request request = {.magic = OPEN_MAGIC};
	struct open_answer answer = {0};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {&answer, sizeof answer};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	ssize_t n = -1;

	snprintf(request.interface, sizeof request.interface, "%s", interface);
	pthread_mutex_lock(&one_at_a_time);
	if (send(fd, &request, sizeof request, MSG_NOSIGNAL) == sizeof request)
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	pthread_mutex_unlock(&one_at_a_time);
	if (n != sizeof answer || answer.magic != OPEN_MAGIC) {
		*ret_error = EPERM; /* weir-open is gone or could not start */
		return -1;
	}
	*ret_error = answer.error;
	return answer.error ? -1 : attached_socket(&m);
}

int weir_open_socket(int fd, const char *interface, struct errmsg *e)
{
	int error = 0, s;
	if (strlen(interface) >= 16)
		return explain(ENODEV, interface, e);
	if (fd >= 0) {
		s = ask(fd, interface, &error);
	} else {
		s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		error = errno;
	}
	return s >= 0 ? s : explain(error ? error : EIO, interface, e);
}
