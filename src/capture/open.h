/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-open: the only program of Weir with privileges. It opens capture sockets and passes them.
 *
 *      weir ── socketpair (SOCK_SEQPACKET, fd 3 of weir-open) ── weir-open (CAP_NET_RAW)
 *        │  struct open_request {interface}            ──►  │  socket, promiscuous mode, bound to the interface but not yet listening
 *        │  ◄──  struct open_reply {step, errno, …} + SCM_RIGHTS      │
 *        └ ring, filter, fan-out and the bind that starts it: by weir itself, which needs no privilege for them
 *
 * One request, one reply, fixed sizes. It serves only the process that started it (the socket's peer must be its parent) and ends when
 * that one closes the socket. It reads no file and no environment variable. When it is not installed, a privileged weir opens its sockets directly.
 *
 * Client side: weir_open_start() before threads are made; the socket may then be used by any thread (requests are serialised).
 */
#ifndef WEIR_CAPTURE_OPEN_H
#define WEIR_CAPTURE_OPEN_H

#include <stdint.h>

#include "base/err.h"

#define OPEN_FD    3
#define OPEN_MAGIC 0x57654f31u /* "WeO1" */

struct open_request {
	uint32_t magic;
	char interface[16]; /* NUL-terminated; the rest is zero */
};

/* Where opening stopped. */
#define OPEN_STEPS(X)                                   \
	X(DONE,      "done")                            \
	X(REQUEST,   "reading the request")             \
	X(NAME,      "checking the interface's name")   \
	X(LOOKUP,    "looking up the interface")        \
	X(LINK_TYPE, "checking the interface's type")   \
	X(SOCKET,    "opening the capture socket")      \
	X(BIND,      "binding the capture socket")
enum open_step {
#define X(id, text) OPEN_STEP_##id,
	OPEN_STEPS(X)
#undef X
		OPEN_STEP_MAX
};

struct open_reply {
	uint32_t magic;
	uint32_t step; /* enum open_step; DONE: a descriptor comes along */
	int32_t error; /* errno of a step that failed */
	int32_t ifindex;
	uint32_t hardware;     /* ARPHRD_* */
	uint32_t missing_caps; /* 1 << CAP_NET_RAW when the opener does not have it */
};

struct weir_open; /* opaque */

/* Start weir-open, which lies beside the running program ($WEIR_OPEN names another). *ret is NULL when there is none: then sockets are opened
 * directly. 0 or an error. */
int weir_open_start(struct weir_open **ret, struct errmsg *e);
/* The socket for capture_live_options.opener_fd. */
int weir_open_fd(const struct weir_open *o);
/* Closes the socket and waits for the process. */
void weir_open_stop(struct weir_open *o);

/* A capture socket of an interface, bound to it with protocol 0 (it receives nothing yet), promiscuous. opener_fd -1: open it directly.
 * Errors name the missing capability and the command that grants it. Any thread. */
int open_capture_socket(int opener_fd, const char *interface, int *ret_fd, struct open_reply *ret, struct errmsg *e);

#endif
