/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server's own files share; not for other rooms. */
#ifndef WEIR_WEB_SERVER_H
#define WEIR_WEB_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "web/routes.h"

struct web_listener {
	struct web *web;
	struct MHD_Daemon *daemon;
	bool is_control;
};

struct web_jobs;
struct web_sessions;
struct web_streams;
struct web_static;

struct web {
	struct web_options options;
	struct web_listener tcp, control;
	bool loopback_only;
	char address[128];
	_Atomic uint64_t next_request;
	struct web_jobs *jobs;
	struct web_sessions *sessions;
	struct web_streams *streams;
	struct web_static *files;
};

/* jobs.c: threads that run handlers. jobs_put() says false when the queue (256) is full. */
int jobs_start(struct web *w, struct errmsg *e);
void jobs_stop(struct web *w);
bool jobs_put(struct web *w, struct web_request *r);

/* session.c: who is this. Fills role, user, csrf of r from its cookie; 0, or an error with the reason set. */
int sessions_open(struct web *w, struct errmsg *e);
void sessions_close(struct web *w);
int session_authorise(struct web_request *r);

/* static.c: the built page. */
int static_open(struct web *w, struct errmsg *e);
void static_close(struct web *w);
enum MHD_Result static_serve(struct web *w, struct web_request *r);

/* stream.c: server-sent events. The route's handler makes the stream, stream_attach() begins to send it; one that was never attached is abandoned. */
int streams_start(struct web *w, struct errmsg *e);
void streams_stop(struct web *w);
enum MHD_Result stream_attach(struct web *w, struct web_request *r);
void stream_abandon(struct stream *s);
/* After the server has let go of all connections. */
void streams_free(struct web *w);

/* server.c */
void response_secure(struct MHD_Response *response);
/* Turn an error code into the answer (status and problem+json). */
void request_fail(struct web_request *r, int code);

#endif
