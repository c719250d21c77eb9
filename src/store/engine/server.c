/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine/server.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "store/engine/statement.h"

#define READ_CHUNK   65536u
#define IDLE_TIMEOUT 300 /* s */
#define SEND_TIMEOUT 60

static struct {
	_Atomic unsigned connections, running;
	_Atomic int stopping;
} server;

struct connection {
	int fd;
	const char *key;
	struct text in; /* read, not yet used */
};

/* --- bytes out --- */

static bool send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool answer(struct connection *c, int status, const char *headers, const char *body, size_t len, bool keep)
{
	char head[1024];
	int n = snprintf(head, sizeof head,
			 "HTTP/1.1 %d %s\r\nServer: weir-store\r\nContent-Length: %zu\r\nConnection: %s\r\n%s\r\n",
			 status, http_reason(status), len, keep ? "keep-alive" : "close", headers);
	return n > 0 && (size_t)n < sizeof head && send_all(c->fd, head, (size_t)n) && send_all(c->fd, body, len);
}

static bool answer_error(struct connection *c, int code, const char *text, bool keep)
{
	char headers[64], body[600];
	snprintf(headers, sizeof headers, "X-ClickHouse-Exception-Code: %d\r\n", code);
	int n = snprintf(body, sizeof body, "Code: %d. DB::Exception: %s.\n", code, text);
	size_t len = (size_t)n < sizeof body ? (size_t)n : sizeof body - 1;
	return answer(c, statement_http_status(code), headers, body, len, keep);
}

static bool answer_engine(struct connection *c, const struct engine_query *q, const struct engine_answer *a, bool keep)
{
	char headers[400];
	if (a->code) {
		snprintf(headers, sizeof headers, "X-ClickHouse-Exception-Code: %d\r\n", a->code);
		return answer(c, statement_http_status(a->code), headers, a->error, strlen(a->error), keep);
	}
	snprintf(headers, sizeof headers,
		 "X-ClickHouse-Format: %s\r\nX-ClickHouse-Summary: "
		 "{\"read_rows\":\"%llu\",\"read_bytes\":\"%llu\",\"written_rows\":\"%llu\"}\r\n",
		 q->format, (unsigned long long)a->rows_read, (unsigned long long)a->bytes_read,
		 (unsigned long long)a->rows_written);
	return answer(c, 200, headers, a->body ? a->body : "", a->len, keep);
}

/* --- bytes in --- */

/* More bytes into c->in; false at the end, an error or the time-out. */
static bool read_more(struct connection *c)
{
	char *room = text_room(&c->in, READ_CHUNK);
	ssize_t n;
	do
		n = room ? recv(c->fd, room, READ_CHUNK, 0) : -1;
	while (n < 0 && room && errno == EINTR);
	if (n <= 0)
		return false;
	c->in.len += (size_t)n;
	return true;
}

static void consume(struct connection *c, size_t n)
{
	memmove(c->in.buf, c->in.buf + n, c->in.len - n);
	c->in.len -= n;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

/* The body into the memfd, or appended to sql when rows_fd is -1. */
static bool read_body(struct connection *c, uint64_t left, int rows_fd, struct text *sql)
{
	while (left) {
		if (!c->in.len && !read_more(c))
			return false;
		size_t n = c->in.len < left ? c->in.len : (size_t)left;
		if (rows_fd < 0)
			text_add(sql, c->in.buf, n);
		else if (!write_all(rows_fd, c->in.buf, n))
			return false;
		consume(c, n);
		left -= n;
	}
	return true;
}

/* --- one request --- */

static bool key_ok(const struct connection *c, const struct http_request *r)
{
	if (!c->key)
		return true;
	const char *sent = r->key ? r->key : http_param(r, "password");
	size_t n = strlen(c->key), m = sent ? strlen(sent) : 0;
	unsigned differ = n != m;
	for (size_t i = 0; i < n; i++) /* in the same time wherever they differ */
		differ |= (unsigned)(c->key[i] ^ (i < m ? sent[i] : 0));
	return differ == 0;
}

static bool run(struct connection *c, const struct http_request *r, struct statement *s, const char *body, size_t len,
		int rows_fd)
{
	struct engine_answer a;

	if (!statement_finish(r, body, len, rows_fd, s))
		return answer_error(c, s->code, s->error, r->keep_alive);
	atomic_fetch_add(&server.running, 1);
	engine_run(&s->query, &a);
	atomic_fetch_sub(&server.running, 1);
	bool ok = answer_engine(c, &s->query, &a, r->keep_alive);
	engine_answer_free(&a);
	return ok && r->keep_alive;
}

static bool serve_statement(struct connection *c, const struct http_request *r, struct statement *s)
{
	struct text sql = {.cap = SERVER_SQL_MAX + 1};
	int fd = -1;
	bool ok = true;

	if (s->has_rows && (fd = memfd_create("rows", MFD_CLOEXEC)) < 0)
		return answer_error(c, CH_NO_MEMORY, "No memory for the rows", false) && false;
	if (r->expect_continue)
		ok = send_all(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	ok = ok && read_body(c, r->content_length, fd, &sql);
	if (ok)
		ok = run(c, r, s, text_str(&sql), sql.len, fd);
	else if (fd >= 0)
		(void)answer_error(c, CH_NO_MEMORY, "The rows did not come whole, or there is no memory for them",
				   false);
	text_free(&sql);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* True when the connection goes on. */
static bool serve(struct connection *c, const struct http_request *r)
{
	struct statement s = {0};
	bool go_on = false;

	if (strcmp(r->path, "/ping") == 0 && r->content_length == 0)
		return answer(c, 200, "", "Ok.\n", 4, r->keep_alive) && r->keep_alive;
	if (!key_ok(c, r))
		(void)answer_error(c, CH_AUTHENTICATION_FAILED, "Authentication failed: the key is wrong or missing",
				   false);
	else if (!statement_begin(r, &s))
		(void)answer_error(c, s.code, s.error, false);
	else if (r->content_length > (s.has_rows ? SERVER_BODY_MAX : SERVER_SQL_MAX))
		(void)answer_error(c, CH_TOO_LARGE, "The body is larger than weir-store takes", false);
	else if (atomic_load(&server.stopping))
		(void)answer_error(c, CH_NOT_IMPLEMENTED, "weir-store is stopping", false);
	else
		go_on = serve_statement(c, r, &s);
	statement_free(&s);
	return go_on;
}

/* A whole head, or false. */
static bool next_request(struct connection *c, struct http_request *r)
{
	for (;;) {
		long n = c->in.len ? http_parse(c->in.buf, c->in.len, r) : 0;
		if (n > 0) {
			consume(c, (size_t)n);
			return true;
		}
		if (n < 0)
			(void)answer(c, (int)-n, "", http_reason((int)-n), strlen(http_reason((int)-n)), false);
		if (n < 0 || !read_more(c))
			return false;
	}
}

static void *connection_thread(void *arg)
{
	struct connection *c = arg;
	struct http_request r;
	bool go_on = true;

	while (go_on && next_request(c, &r)) {
		go_on = serve(c, &r);
		http_free(&r);
	}
	shutdown(c->fd, SHUT_WR);
	close(c->fd);
	text_free(&c->in);
	free(c);
	atomic_fetch_sub(&server.connections, 1);
	return NULL;
}

/* --- connections --- */

static bool peer_ok(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static void connection_start(const struct server_listener *l, int fd)
{
	struct connection refused = {.fd = fd}, *c = calloc(1, sizeof *c);
	const struct timeval idle = {.tv_sec = IDLE_TIMEOUT}, slow = {.tv_sec = SEND_TIMEOUT};
	pthread_t thread;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof slow);
	unsigned others = atomic_fetch_add(&server.connections, 1);
	if (!l->key && !peer_ok(fd)) {
		(void)answer_error(&refused, CH_AUTHENTICATION_FAILED, "This socket is another user's", false);
	} else if (!c || others >= SERVER_CONNECTIONS_MAX) {
		(void)answer(&refused, 503, "", "Too many connections\n", 21, false);
	} else {
		*c = (struct connection){.fd = fd, .key = l->key, .in = {.cap = HTTP_HEAD_MAX + 2 * READ_CHUNK}};
		if (pthread_create(&thread, NULL, connection_thread, c) == 0) {
			pthread_detach(thread);
			return;
		}
	}
	free(c);
	close(fd);
	atomic_fetch_sub(&server.connections, 1);
}

static void *accept_thread(void *arg)
{
	const struct server_listener *l = arg;

	while (!atomic_load(&server.stopping)) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			connection_start(l, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* no descriptors: wait for some */
	}
	return NULL;
}

int server_listen(struct server_listener *l, struct errmsg *e)
{
	pthread_t thread;
	if (listen(l->fd, 64) != 0)
		return err_set(e, WEIR_E(IO), "can't listen: %s", strerror(errno));
	if (pthread_create(&thread, NULL, accept_thread, l) != 0)
		return err_set(e, WEIR_E(NOMEM), "can't start a thread");
	pthread_detach(thread);
	return 0;
}

bool server_stop(unsigned wait_ms)
{
	atomic_store(&server.stopping, 1);
	for (unsigned waited = 0; atomic_load(&server.running) && waited < wait_ms; waited += 10)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	return atomic_load(&server.running) == 0;
}
