/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-store as a child: found, started, watched, stopped. It lives in <data>/engine (mode 0700), where its socket,
 * its lock and its database lie. One thread at a time.
 *
 * The child dies with the thread that started it (PR_SET_PDEATHSIG): main at the start, the writer after a crash.
 */
#ifndef WEIR_STORE_PROCESS_H
#define WEIR_STORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "store/client.h"

struct process_options {
	const char *data_dir, *engine_path, *store_program; /* the latter two NULL: the usual places */
	uint64_t memory_bytes;
};

struct process {
	char dir[1024], library[1024], program[1024];
	uint64_t memory_bytes;
	int dir_fd; /* the socket is reached as /proc/self/fd/N/store.sock: sockaddr_un has 108 bytes only */
	pid_t pid;  /* 0: none */
};

/* Finds the programs and makes the folder; starts nothing yet. */
int process_init(const struct process_options *o, struct process *ret_process, struct errmsg *e);
/* Start and wait until it serves, or said why not. */
int process_start(struct process *p, struct errmsg *e);
/* False when it is gone; then it was reaped, and why says how it ended. */
bool process_alive(struct process *p, char why[120]);
/* SIGTERM, then SIGKILL after some time; waits. */
void process_stop(struct process *p);
void process_free(struct process *p);
void process_server(const struct process *p, struct ch_server *ret_server);

#endif
