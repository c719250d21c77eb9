/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-open: the only program with a capability. It opens packet sockets for the weir that started it and passes them on; nothing else.
 *
 *      weir (no privileges) ── "eth0" ──► weir-open (cap_net_raw) ── socket bound to eth0, SCM_RIGHTS ──► weir
 *
 * Protocol: one SOCK_SEQPACKET socketpair, inherited as fd 3. A request is struct open_request, an answer struct open_answer with the socket
 * attached when error is 0. weir-open ends when its peer closes.
 */
#ifndef WEIR_CAPTURE_OPEN_H
#define WEIR_CAPTURE_OPEN_H

#include <stdint.h>

#include "base/err.h"

#define OPEN_MAGIC 0x57454952u /* "WEIR" */
#define OPEN_FD    3

struct open_request {
	uint32_t magic;
	char interface[16]; /* NUL-terminated */
};

struct open_answer {
	uint32_t magic;
	int32_t error; /* errno of what failed; 0: the socket is attached */
};

struct weir_open;

/* Start weir-open, which lies beside this program. Before threads are made. When it is missing, *ret is NULL and sockets are opened directly, for which weir itself must have
 * the right. */
int weir_open_start(struct weir_open **ret, struct errmsg *e);
void weir_open_stop(struct weir_open *o);
/* The connection, for struct capture_live_options. */
int weir_open_fd(const struct weir_open *o);

/* A packet socket (AF_PACKET, SOCK_RAW, no protocol yet) for an interface, through the connection fd, or directly when fd is -1. Returns it, or an error whose text
 * says which capability is missing and the command that grants it. Any thread. */
int weir_open_socket(int fd, const char *interface, struct errmsg *e);

#endif
