/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The head of an HTTP/1.1 request (RFC 9112), as much of it as ClickHouse's clients send: request line with a
 * query, headers, Content-Length. What it does not take (Transfer-Encoding, several lengths, folded lines, a
 * fragment of a version) it refuses, rather than guess.
 *
 * Pure: bytes in, a request out. The request owns its texts; the buffer may go after parsing. Limits: the head is
 * at most HTTP_HEAD_MAX bytes, with at most HTTP_PARAMS_MAX parameters and HTTP_HEADERS_MAX headers.
 */
#ifndef WEIR_STORE_ENGINE_HTTP_H
#define WEIR_STORE_ENGINE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX    ((size_t)1 << 20)
#define HTTP_PARAMS_MAX  1100u
#define HTTP_HEADERS_MAX 64u

struct http_param {
	const char *name, *value; /* percent-decoded, NUL-terminated, in arena */
};

struct http_request {
	char method[8];   /* "GET", "POST" */
	const char *path; /* decoded, in arena */
	struct http_param *params;
	unsigned param_count;
	uint64_t content_length;
	bool keep_alive, expect_continue;
	const char *user, *key; /* X-ClickHouse-User, X-ClickHouse-Key; NULL: not sent */
	char *arena;
	size_t arena_used;
};

/* Parses buf[0..len) when it holds a whole head. Returns the head's length, 0 when more bytes are needed, or minus
 * the HTTP status to answer with (400, 414, 431, 501, 505, 503). Call http_free() after a positive return only. */
long http_parse(const char *buf, size_t len, struct http_request *ret_request);
void http_free(struct http_request *r);
/* The last value of that name wins, as in ClickHouse; NULL when absent. */
const char *http_param(const struct http_request *r, const char *name);
/* "Bad Request"; static storage. */
const char *http_reason(int status);

#endif
