/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Web: HTTP server, REST API v1, live stream, sessions; serves the page (ui/dist).
 *
 *   libmicrohttpd (epoll thread) ── request ──► job queue ──► 4 job threads: run the route's handler
 *          ▲            connection suspended                   (ask an observer, the store, …)
 *          └──────────────── resumed with the answer ◄─────────┘
 *   stream thread: once a second builds the next event of each live stream whose last one was taken
 *
 * All routes are rows of one table (web/routes.h). The server knows observers and store only by their questions.
 */
#ifndef WEIR_WEB_WEB_H
#define WEIR_WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "observer/observer.h"
#include "store/store.h"
#include "store/users.h"

#define WEB_INTERFACES_MAX 32

/* One interface as the page sees it. */
struct web_interface {
	struct observer *observer;
	const char *name;
	bool is_file;
	unsigned workers;
	/* "up", "down", "gone", "file", "finished"; static storage. */
	const char *(*state)(void *ctx);
	void *ctx;
};

struct web_options {
	const char *listen;             /* "127.0.0.1:3000", "[::1]:3000", "0.0.0.0:443" */
	bool port_fixed;                /* false: the next free port is taken when this one is in use */
	const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP */
	bool insecure_http;             /* plain HTTP on other addresses than loopback */
	const char *ui_dir;             /* folder of the built page; NULL: beside the program */
	const char *control_socket;     /* path; requests there are admin's when the peer has our uid; NULL: none */
	const char *version;
	const struct web_interface *interfaces;
	unsigned interface_count;
	struct store *store;
	struct users *users;
	const struct enrich *enrich;
};

struct web;

/* Starts listening. WEIR_E(BUSY) when the port is in use, WEIR_E(DENIED) for a non-loopback address without TLS; e says what to do. */
int web_start(const struct web_options *options, struct web **ret, struct errmsg *e);
void web_stop(struct web *w);
/* "http://127.0.0.1:3000"; lives as long as w. */
const char *web_address(const struct web *w);

#endif
