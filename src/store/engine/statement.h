/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From an HTTP request to a statement for the engine: what weir-store understands of ClickHouse's HTTP interface.
 *
 *   GET /ping                      "Ok."
 *   GET, POST /?query=…            the statement is query and body, one after the other; GET is read-only
 *   POST /?query=INSERT … FORMAT F body = rows in format F: they lie in a memfd and the statement is given
 *                                  FROM INFILE '/proc/self/fd/N'
 *   database, default_format, query_id   as in ClickHouse
 *   param_NAME=…                   value of {NAME:Type}
 *   user, password, quota_key, wait_end_of_query, buffer_size, add_http_cors_header,
 *   send_progress_in_http_headers, session_timeout    taken and without effect
 *   session_id, compress, decompress   not supported: an error when they ask for something
 *   anything else                  a setting of this statement alone; readonly=1 or 2 also brings guard.h
 *
 * Errors have ClickHouse's numbers and texts. Pure but for the memory it takes.
 */
#ifndef WEIR_STORE_ENGINE_STATEMENT_H
#define WEIR_STORE_ENGINE_STATEMENT_H

#include "base/text.h"
#include "store/engine/engine.h"
#include "store/engine/http.h"

/* ClickHouse's error numbers that weir-store itself answers with. */
enum ch_error {
	CH_SYNTAX_ERROR = 62,
	CH_UNKNOWN_SETTING = 115,
	CH_READONLY = 164,
	CH_BAD_ARGUMENTS = 36,
	CH_NOT_IMPLEMENTED = 48,
	CH_TOO_LARGE = 160,
	CH_NO_MEMORY = 241,
	CH_AUTHENTICATION_FAILED = 516,
};

struct statement {
	struct engine_query query; /* points into the request and into sql */
	struct engine_pair *pairs; /* settings, then parameters */
	struct text sql;
	bool has_rows;     /* the body is rows */
	int code;          /* not 0: refused; error says why */
	const char *error; /* static storage */
};

/* What the head alone says. r outlives s. False: s->code and s->error are set. */
bool statement_begin(const struct http_request *r, struct statement *s);
/* Text of the statement: body is what was sent after the head, "" for none; rows_fd the memfd of rows, when has_rows. */
bool statement_finish(const struct http_request *r, const char *body, size_t len, int rows_fd, struct statement *s);
void statement_free(struct statement *s);
/* The HTTP status that ClickHouse answers an error with. */
int statement_http_status(int code);

#endif
