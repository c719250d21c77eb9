/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-store's HTTP server: a thread a connection (at most SERVER_CONNECTIONS_MAX; more get 503), one request after
 * the other on each. Whoever connects to the Unix socket must have our uid, or be root; on TCP, which is for tests
 * and loopback only, every request needs the key.
 */
#ifndef WEIR_STORE_ENGINE_SERVER_H
#define WEIR_STORE_ENGINE_SERVER_H

#include <stdbool.h>

#include "base/err.h"

#define SERVER_CONNECTIONS_MAX 64
#define SERVER_BODY_MAX        ((uint64_t)512 << 20)
#define SERVER_SQL_MAX         ((uint64_t)16 << 20)

struct server_listener {
	int fd;
	const char *key; /* NULL: peers are checked by uid */
};

/* Starts a thread that accepts. l lives as long as the process. */
int server_listen(struct server_listener *l, struct errmsg *e);
/* Take nothing new and wait for the statements under way; false when some still run after so long. */
bool server_stop(unsigned wait_ms);

#endif
