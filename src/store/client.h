/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One ClickHouse client for all: the embedded engine (weir-store, by its Unix socket) and servers (http, https).
 *
 * A statement travels in the body of a POST, its parameters and settings in the URL; rows travel in the body, the
 * INSERT in the URL. A client is one connection, kept alive; one thread at a time uses it. ch_server is plain data,
 * copied by whoever keeps it.
 */
#ifndef WEIR_STORE_CLIENT_H
#define WEIR_STORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "record/filter.h"

struct ch_server {
	char base[320];      /* "http://127.0.0.1:8123/" */
	char unix_path[108]; /* "": TCP */
	char user[128], password[256];
	char database[64];
	char ca_file[256]; /* "": the system's */
};

/* clickhouse://[user[:password]@]host[:port][/database][?tls=1&ca=FILE&password_file=FILE]; user and password may be
 * percent-encoded. Port 8123, with TLS 8443; database weir. WEIR_E(INVALID) with what is wrong. */
int ch_server_parse(const char *url, struct ch_server *ret_server, struct errmsg *e);

struct ch_setting {
	const char *name, *value;
};

#define CH_SETTINGS_MAX 16

struct ch_request {
	const char *sql;
	const struct sql_params *params;             /* NULL: none */
	struct ch_setting settings[CH_SETTINGS_MAX]; /* up to the first without a name */
	const char *format;                          /* default format of the answer; NULL: TabSeparated */
	const char *query_id;                        /* NULL: none */
	bool no_database;                            /* before the database exists */
	const void *rows;                            /* body of an INSERT; NULL: none */
	size_t rows_len;
	uint32_t timeout_ms; /* for the whole exchange; 0: a minute */
};

/* How it failed, where that matters. */
struct ch_failure {
	int code; /* ClickHouse's error number; 0: it never answered */
};

struct ch_client;
int ch_client_new(const struct ch_server *server, struct ch_client **ret_client);
void ch_client_free(struct ch_client *c); /* NULL: no-op */
const char *ch_client_database(const struct ch_client *c);
/* Appends the answer to out (NULL: thrown away). Without an answer: WEIR_E(UNAVAILABLE) or WEIR_E(TIMEOUT). With an error of
 * ClickHouse's: see ch_error_code(), its words in e. failure may be NULL. */
int ch_ask(struct ch_client *c, const struct ch_request *r, struct text *out, struct ch_failure *failure,
	   struct errmsg *e);

/* Which of Weir's errors an error number of ClickHouse's is. */
int ch_error_code(int code);
/* True when the same statement may succeed later: anything but bad data. */
bool ch_error_may_pass(int code);
/* ClickHouse's words for a person: without the code before and the version after them. */
void ch_error_text(const char *body, size_t len, struct text *out);

#endif
