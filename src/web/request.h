/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request as a handler sees it, and how it answers. A handler runs on a job thread; it may block on a question.
 *
 * It returns 0 after writing r->out (JSON by default), or an error code after err_set(&r->error, …): the server makes RFC 9457 out of it.
 */
#ifndef WEIR_WEB_REQUEST_H
#define WEIR_WEB_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>

#include "base/text.h"
#include "web/web.h"

enum web_role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_ADMIN };

#define WEB_BODY_MAX     ((size_t)1 << 20)
#define WEB_CAPTURES_MAX 2

struct route;
struct stream;

struct web_request {
	struct web *web;
	struct MHD_Connection *connection;
	const struct route *route;
	char method[8];
	char path[512];                      /* normalised */
	char capture[WEB_CAPTURES_MAX][128]; /* path parameters */
	char request_id[17];
	char peer[64];   /* client address */
	bool is_control; /* came by the control socket */
	enum web_role role;
	char user[64];
	bool must_change_password;
	char session_token[65]; /* "" when none */
	char csrf[33];
	struct text body;
	/* answer */
	struct text out;
	struct errmsg error;
	uint32_t error_column; /* filter errors */
	char error_expected[160];
	int status;               /* 0: 200 or what the error says */
	const char *content_type; /* NULL: application/json */
	char set_cookie[256];
	unsigned retry_after_s;
	/* server's */
	enum { REQUEST_READING, REQUEST_QUEUED, REQUEST_DONE } state;
	struct stream *stream; /* made by the stream's handler, until attached */
	struct web_request *next;
};

/* Query argument by name, percent-decoded; NULL when absent. */
const char *request_query(const struct web_request *r, const char *name);
/* As an unsigned number within [0, max]; fallback when absent; WEIR_E(INVALID) with the error set for anything else. */
int request_query_u32(struct web_request *r, const char *name, uint32_t fallback, uint32_t max, uint32_t *ret);
/* The interface named by ?interface= (first one when absent), or NULL with the error set. */
const struct web_interface *request_interface(struct web_request *r);
/* The body as a JSON object (caller: json_decref), or NULL with the error set. */
json_t *request_json(struct web_request *r);
const char *json_string_member(const json_t *object, const char *name);

const struct web_options *web_options_of(const struct web *w);

#endif
