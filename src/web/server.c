/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP server: libmicrohttpd's epoll thread takes requests in, hands complete ones to the job threads and sends what they answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "web/json_out.h"
#include "web/server.h"

#define CONNECTIONS_MAX 512
#define IDLE_TIMEOUT_S  120
#define PORTS_TRIED     20

const struct web_options *web_options_of(const struct web *w)
{
	return &w->options;
}

const char *web_address(const struct web *w)
{
	return w->address;
}

/* --- answers --- */

static const struct {
	const char *name, *value;
} security_headers[] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
	 "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};

void response_secure(struct MHD_Response *response)
{
	for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
		MHD_add_response_header(response, security_headers[i].name, security_headers[i].value);
}

/* Body of an error: application/problem+json (RFC 9457). */
static void problem_write(struct web_request *r, int code)
{
	text_clear(&r->out);
	json_open(&r->out, '{');
	json_key_str(&r->out, "type", "about:blank");
	json_key_str(&r->out, "title",
		     r->must_change_password && code == WEIR_E(DENIED) ? "password must be changed" : err_text(code));
	json_key_u64(&r->out, "status", (uint64_t)r->status);
	json_key_str_opt(&r->out, "detail", r->error.text);
	json_key_str(&r->out, "request_id", r->request_id);
	if (r->error_column) {
		json_key_u64(&r->out, "column", r->error_column);
		json_key_str(&r->out, "expected", r->error_expected);
	}
	json_close(&r->out, '}');
	r->content_type = "application/problem+json";
}

void request_fail(struct web_request *r, int code)
{
	if (!r->status)
		r->status = err_http_status(code);
	problem_write(r, code);
}

static enum MHD_Result answer_send(struct web_request *r)
{
	if (r->out.failed) {
		text_free(&r->out);
		err_set(&r->error, 0, "the answer is too large for memory; ask for less");
		r->status = 0;
		request_fail(r, WEIR_E(TOOBIG));
	}
	struct MHD_Response *response = MHD_create_response_from_buffer(r->out.len, r->out.buf, MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	memset(&r->out, 0, sizeof r->out);
	response_secure(response);
	MHD_add_response_header(response, "Content-Type", r->content_type ? r->content_type : "application/json");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Request-Id", r->request_id);
	if (r->set_cookie[0])
		MHD_add_response_header(response, "Set-Cookie", r->set_cookie);
	if (r->retry_after_s) {
		char s[16];
		snprintf(s, sizeof s, "%u", r->retry_after_s);
		MHD_add_response_header(response, "Retry-After", s);
	}
	enum MHD_Result result = MHD_queue_response(r->connection, (unsigned)(r->status ? r->status : 200), response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_error(struct web_request *r, int code, int status, const char *detail)
{
	r->status = status;
	err_set(&r->error, 0, "%s", detail);
	request_fail(r, code);
	return answer_send(r);
}

/* --- taking requests in --- */

struct header_census {
	unsigned content_length, host, transfer_encoding;
};

static enum MHD_Result header_count(void *ctx, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct header_census *census = ctx;
	(void)kind;
	(void)value;
	census->content_length += strcasecmp(key, "Content-Length") == 0;
	census->host += strcasecmp(key, "Host") == 0;
	census->transfer_encoding += strcasecmp(key, "Transfer-Encoding") == 0;
	return MHD_YES;
}

/* Request smuggling (RFC 9112 6.3, 3.2): libmicrohttpd 0.9.75 lets these through, so they end here. */
static bool headers_ambiguous(struct MHD_Connection *connection)
{
	struct header_census census = {0};
	MHD_get_connection_values(connection, MHD_HEADER_KIND, header_count, &census);
	return census.content_length > 1 || census.host > 1 || census.transfer_encoding > 1 ||
	       (census.content_length && census.transfer_encoding);
}

/* DNS rebinding: a page of another origin may reach us by a name that it points at loopback. We serve names that mean this machine by address, and localhost. */
static bool host_allowed(const struct web *w, struct MHD_Connection *connection)
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	if (!host || !w->loopback_only)
		return true;
	if (strncasecmp(host, "localhost", 9) == 0 && (host[9] == '\0' || host[9] == ':'))
		return true;
	return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0;
}

static void peer_text(struct MHD_Connection *connection, char out[64])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	strcpy(out, "-");
	if (!info || !info->client_addr)
		return;
	if (info->client_addr->sa_family == AF_INET || info->client_addr->sa_family == AF_INET6)
		getnameinfo(info->client_addr,
			    info->client_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
								    : sizeof(struct sockaddr_in6),
			    out, 64, NULL, 0, NI_NUMERICHOST);
}

static struct web_request *request_begin(struct web *w, struct MHD_Connection *connection, const char *url,
					 const char *method)
{
	struct web_request *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->web = w;
	r->connection = connection;
	r->body.cap = WEB_BODY_MAX;
	snprintf(r->method, sizeof r->method, "%s", method);
	snprintf(r->path, sizeof r->path, "%s", url);
	snprintf(r->request_id, sizeof r->request_id, "%016llx",
		 (unsigned long long)atomic_fetch_add(&w->next_request, 1));
	peer_text(connection, r->peer);
	return r;
}

/* The peer of the control socket must be ourselves (or root): then it is an admin without a log-in. */
static bool control_peer_ok(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred cred;
	socklen_t len = sizeof cred;
	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	return cred.uid == getuid() || cred.uid == 0;
}

static enum MHD_Result request_dispatch(struct web *w, struct web_request *r)
{
	bool known = false;

	if (strncmp(r->path, "/api/", 5) != 0)
		return static_serve(w, r);
	if (strncmp(r->path, "/api/v1/", 8) == 0)
		r->route = route_find(r->method, r->path + 7, r->capture, &known);
	if (!r->route)
		return answer_error(r, known ? WEIR_E(UNSUPPORTED) : WEIR_E(NOTFOUND), known ? 405 : 404,
				    known ? "this path has no such method" : "there is no such path in the API");
	r->state = REQUEST_QUEUED;
	MHD_suspend_connection(r->connection);
	if (!jobs_put(w, r)) {
		MHD_resume_connection(r->connection);
		r->state = REQUEST_DONE;
		r->status = 503;
		r->retry_after_s = 1;
		err_set(&r->error, 0, "too many requests are waiting; try again in a second");
		request_fail(r, WEIR_E(UNAVAILABLE));
	}
	return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_size, void **slot)
{
	struct web_listener *listener = ctx;
	struct web *w = listener->web;
	struct web_request *r = *slot;
	(void)version;

	if (!r) {
		if (headers_ambiguous(connection) || strlen(url) >= sizeof r->path ||
		    strlen(method) >= sizeof r->method)
			return MHD_NO; /* closes at once: what follows on this connection can't be trusted */
		r = *slot = request_begin(w, connection, url, method);
		if (!r)
			return MHD_NO;
		if (listener->is_control) {
			if (!control_peer_ok(connection))
				return MHD_NO;
			r->is_control = true;
		} else if (!host_allowed(w, connection)) {
			return answer_error(
				r, WEIR_E(INVALID), 421,
				"this host name is not ours; open the page by the address that weir printed");
		}
		return MHD_YES;
	}
	if (*upload_size) {
		text_add(&r->body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (r->body.failed)
		return answer_error(r, WEIR_E(TOOBIG), 413, "a request body may have at most 1 MiB");
	if (r->state == REQUEST_READING)
		return request_dispatch(w, r);
	if (r->state == REQUEST_DONE && r->stream)
		return stream_attach(w, r);
	return answer_send(r);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **slot,
			 enum MHD_RequestTerminationCode code)
{
	struct web_request *r = *slot;
	(void)ctx;
	(void)connection;
	(void)code;
	if (!r)
		return;
	text_free(&r->body);
	text_free(&r->out);
	stream_abandon(r->stream);
	free(r);
	*slot = NULL;
}

/* --- listening --- */

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24) == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

/* "host:port" or "[v6]:port" into host and port. */
static int listen_split(const char *text, char host[64], char port[8], struct errmsg *e)
{
	const char *colon = strrchr(text, ':');
	if (!colon || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 || (size_t)(colon - text) >= 64)
		return err_set(e, WEIR_E(INVALID), "--listen %s: write ADDRESS:PORT, for example 127.0.0.1:3000", text);
	snprintf(host, 64, "%.*s", (int)(colon - text), text);
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		memmove(host, host + 1, strlen(host));
		host[strlen(host) - 1] = '\0';
	}
	snprintf(port, 8, "%s", colon + 1);
	return 0;
}

static int socket_listen(struct sockaddr *sa, socklen_t len)
{
	int one = 1;
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, sa, len) < 0 || listen(fd, 128) < 0) {
		int err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

static void set_port(struct sockaddr *sa, unsigned port)
{
	if (sa->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)sa)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)(void *)sa)->sin6_port = htons((uint16_t)port);
}

/* Bind the wanted address; when the port is free to choose, the next free one. Writes w->address. */
static int tcp_listen(struct web *w, struct errmsg *e)
{
	char host[64], port[8];
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found = NULL;
	int fd = -EADDRINUSE, err = listen_split(w->options.listen, host, port, e);

	if (err)
		return err;
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return err_set(e, WEIR_E(INVALID), "--listen %s: %s is not an IP address", w->options.listen, host);
	unsigned wanted = (unsigned)strtoul(port, NULL, 10), used = wanted;
	w->loopback_only = is_loopback(found->ai_addr);
	if (!w->loopback_only && !w->options.tls_cert && !w->options.insecure_http) {
		freeaddrinfo(found);
		return err_set(
			e, WEIR_E(DENIED),
			"--listen %s: other addresses than loopback need TLS (--tls-cert FILE --tls-key FILE), or "
			"--insecure-http when a proxy in front does it",
			w->options.listen);
	}
	for (unsigned i = 0; i < (w->options.port_fixed ? 1 : PORTS_TRIED) && fd == -EADDRINUSE; i++) {
		used = wanted + i;
		set_port(found->ai_addr, used);
		fd = socket_listen(found->ai_addr, found->ai_addrlen);
	}
	bool v6 = found->ai_family == AF_INET6;
	if (fd >= 0 && used == 0) {
		struct sockaddr_storage got;
		socklen_t len = sizeof got;
		getsockname(fd, (struct sockaddr *)&got, &len);
		used = ntohs(v6 ? ((struct sockaddr_in6 *)&got)->sin6_port : ((struct sockaddr_in *)&got)->sin_port);
	}
	freeaddrinfo(found);
	if (fd < 0)
		return err_set(e, fd == -EADDRINUSE ? WEIR_E(BUSY) : WEIR_E(IO),
			       "can't listen on %s: %s; choose another address with --listen ADDRESS:PORT",
			       w->options.listen, strerror(-fd));
	if (used != wanted && wanted)
		log_info("web", "port %u is in use, taking %u", wanted, used);
	snprintf(w->address, sizeof w->address, "%s://%s%s%s:%u", w->options.tls_cert ? "https" : "http", v6 ? "[" : "",
		 w->loopback_only && !v6 && strcmp(host, "127.0.0.1") == 0 ? "localhost" : host, v6 ? "]" : "", used);
	return fd;
}

static int control_listen(const char *path, struct errmsg *e)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof sa.sun_path)
		return err_set(e, WEIR_E(INVALID), "%s: too long for a socket; choose a shorter --data folder", path);
	strcpy(sa.sun_path, path);
	unlink(path);
	mode_t old = umask(0177);
	int fd = socket_listen((struct sockaddr *)&sa, sizeof sa);
	umask(old);
	if (fd < 0)
		return err_set(e, WEIR_E(IO), "can't make the control socket %s: %s", path, strerror(-fd));
	return fd;
}

static char *file_slurp(const char *path, struct errmsg *e)
{
	struct text t = TEXT_INIT;
	char buf[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f) {
		err_set(e, WEIR_E(IO), "can't read %s: %s", path, strerror(errno));
		return NULL;
	}
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		text_add(&t, buf, n);
	fclose(f);
	text_putc(&t, '\0');
	return t.buf;
}

/* libmicrohttpd's own words, such as a client that went away: of interest to developers only. */
static void server_says(void *ctx, const char *fmt, va_list ap)
{
	char line[256];
	(void)ctx;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(line, sizeof line, fmt, ap);
#pragma GCC diagnostic pop
	log_debug("web", "%s", line);
}

static struct MHD_Daemon *daemon_start(struct web_listener *listener, int fd, char *cert, char *key)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, key},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	if (cert)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, listener, MHD_OPTION_EXTERNAL_LOGGER, server_says,
				NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				(size_t)65536, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
				on_completed, NULL, MHD_OPTION_ARRAY, cert ? tls : none, MHD_OPTION_END);
}

static int listeners_start(struct web *w, struct errmsg *e)
{
	char *cert = NULL, *key = NULL;
	int fd = tcp_listen(w, e);

	if (fd < 0)
		return fd;
	if (w->options.tls_cert) {
		cert = file_slurp(w->options.tls_cert, e);
		key = cert ? file_slurp(w->options.tls_key ? w->options.tls_key : w->options.tls_cert, e) : NULL;
	}
	if (!w->options.tls_cert || key)
		w->tcp.daemon = daemon_start(&w->tcp, fd, cert, key);
	free(cert);
	free(key);
	if (!w->tcp.daemon) {
		close(fd);
		return e && e->text[0] ? WEIR_E(IO)
				       : err_set(e, WEIR_E(IO),
						 "the HTTP server did not start; are certificate and key valid PEM?");
	}
	if (!w->options.control_socket)
		return 0;
	fd = control_listen(w->options.control_socket, e);
	if (fd < 0)
		return fd;
	w->control.daemon = daemon_start(&w->control, fd, NULL, NULL);
	return w->control.daemon ? 0 : err_set(e, WEIR_E(IO), "the control socket's server did not start");
}

int web_start(const struct web_options *options, struct web **ret, struct errmsg *e)
{
	struct web *w = calloc(1, sizeof *w);
	if (!w)
		return WEIR_E(NOMEM);
	w->options = *options;
	w->tcp.web = w->control.web = w;
	w->control.is_control = true;
	int err = static_open(w, e);
	if (!err)
		err = sessions_open(w, e);
	if (!err)
		err = jobs_start(w, e);
	if (!err)
		err = streams_start(w, e);
	if (!err)
		err = listeners_start(w, e);
	if (err) {
		web_stop(w);
		return err;
	}
	*ret = w;
	return 0;
}

void web_stop(struct web *w)
{
	if (!w)
		return;
	streams_stop(w);
	jobs_stop(w);
	if (w->control.daemon) {
		MHD_stop_daemon(w->control.daemon);
		unlink(w->options.control_socket);
	}
	if (w->tcp.daemon)
		MHD_stop_daemon(w->tcp.daemon);
	streams_free(w);
	sessions_close(w);
	static_close(w);
	free(w);
}
