/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_DEFAULT_MS 60000u
#define ERROR_TEXT_MAX     ((size_t)64 << 10)

struct ch_client {
	struct ch_server server;
	CURL *curl;
	struct curl_slist *headers;
	char problem[CURL_ERROR_SIZE];
};

/* What comes back: into the caller's text when it is an answer, into error when it is not. */
struct sink {
	CURL *curl;
	struct text *out;
	struct text error;
	int code; /* X-ClickHouse-Exception-Code */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int add_header(struct ch_client *c, const char *name, const char *value)
{
	char line[512];
	snprintf(line, sizeof line, *value ? "%s: %s" : "%s:", name, value);
	struct curl_slist *more = curl_slist_append(c->headers, line);
	explicit_bzero(line, sizeof line);
	if (!more)
		return WEIR_E(NOMEM);
	c->headers = more;
	return 0;
}

static int client_headers(struct ch_client *c)
{
	int err = add_header(c, "Content-Type", "application/octet-stream");
	/* curl would wait a second for a 100 that servers behind some proxies never send. */
	if (!err)
		err = add_header(c, "Expect", "");
	if (!err && c->server.user[0])
		err = add_header(c, "X-ClickHouse-User", c->server.user);
	if (!err && c->server.password[0])
		err = add_header(c, "X-ClickHouse-Key", c->server.password);
	return err;
}

int ch_client_new(const struct ch_server *server, struct ch_client **ret_client)
{
	struct ch_client *c = calloc(1, sizeof *c);

	pthread_once(&curl_once, curl_begin);
	if (!c)
		return WEIR_E(NOMEM);
	c->server = *server;
	c->curl = curl_easy_init();
	if (!c->curl || client_headers(c) != 0) {
		ch_client_free(c);
		return WEIR_E(NOMEM);
	}
	*ret_client = c;
	return 0;
}

void ch_client_free(struct ch_client *c)
{
	if (!c)
		return;
	if (c->curl)
		curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	explicit_bzero(c, sizeof *c); /* it knows the password */
	free(c);
}

const char *ch_client_database(const struct ch_client *c)
{
	return c->server.database;
}

/* --- the request --- */

static void add_arg(struct text *url, const char *prefix, const char *name, const char *value)
{
	text_putc(url, strchr(text_str(url), '?') ? '&' : '?');
	text_puts(url, prefix);
	text_url(url, name, strlen(name));
	text_putc(url, '=');
	text_url(url, value, strlen(value));
}

static void url_make(const struct ch_client *c, const struct ch_request *r, struct text *url)
{
	text_puts(url, c->server.base);
	text_puts(url, "?wait_end_of_query=1");
	if (!r->no_database)
		add_arg(url, "", "database", c->server.database);
	if (r->format)
		add_arg(url, "", "default_format", r->format);
	if (r->query_id)
		add_arg(url, "", "query_id", r->query_id);
	for (unsigned i = 0; i < CH_SETTINGS_MAX && r->settings[i].name; i++)
		add_arg(url, "", r->settings[i].name, r->settings[i].value);
	for (uint32_t i = 0; r->params && i < r->params->count; i++)
		add_arg(url, "param_", r->params->items[i].name, r->params->items[i].value);
	if (r->rows)
		add_arg(url, "", "query", r->sql);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	static const char name[] = "X-ClickHouse-Exception-Code:";
	struct sink *s = arg;
	char number[16] = {0};
	size_t len = size * n, at = sizeof name - 1;

	if (len > at && strncasecmp(line, name, at) == 0) {
		while (at < len && line[at] == ' ')
			at++;
		memcpy(number, line + at, len - at < sizeof number ? len - at : sizeof number - 1);
		s->code = atoi(number);
	}
	return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct sink *s = arg;
	size_t len = size * n;
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 400 && !s->code) {
		if (s->out)
			text_add(s->out, bytes, len);
		return s->out && s->out->failed ? 0 : len;
	}
	if (s->error.len < ERROR_TEXT_MAX)
		text_add(&s->error, bytes, len);
	return len;
}

static void options_set(struct ch_client *c, const struct ch_request *r, const char *url, struct sink *s)
{
	const void *body = r->rows ? r->rows : r->sql;
	size_t len = r->rows ? r->rows_len : strlen(r->sql);

	curl_easy_reset(c->curl); /* keeps the connection */
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	if (c->server.unix_path[0])
		curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->server.unix_path);
	if (c->server.ca_file[0])
		curl_easy_setopt(c->curl, CURLOPT_CAINFO, c->server.ca_file);
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms ? r->timeout_ms : TIMEOUT_DEFAULT_MS));
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->problem);
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, s);
}

/* --- what came of it --- */

static int failed_to_ask(const struct ch_client *c, CURLcode rc, struct errmsg *e)
{
	const char *why = c->problem[0] ? c->problem : curl_easy_strerror(rc);
	const char *where = c->server.unix_path[0] ? "the embedded engine" : c->server.base;

	if (rc == CURLE_OPERATION_TIMEDOUT)
		return err_set(e, WEIR_E(TIMEOUT), "%s did not answer in time: %s", where, why);
	return err_set(e, WEIR_E(UNAVAILABLE), "%s does not answer: %s", where, why);
}

static int answered_with_error(long status, struct sink *s, struct errmsg *e)
{
	struct text words = TEXT_INIT;

	ch_error_text(text_str(&s->error), s->error.len, &words);
	if (!words.len)
		text_printf(&words, "the database answered with HTTP status %ld", status);
	/* Old servers send no code in a header, but always begin with it. */
	if (!s->code && strncmp(text_str(&s->error), "Code: ", 6) == 0)
		s->code = atoi(text_str(&s->error) + 6);
	int err = s->code ? ch_error_code(s->code) : WEIR_E(UNAVAILABLE);
	err_set(e, err, "%s", text_str(&words));
	text_free(&words);
	return err;
}

int ch_ask(struct ch_client *c, const struct ch_request *r, struct text *out, struct ch_failure *failure,
	   struct errmsg *e)
{
	struct sink s = {.curl = c->curl, .out = out, .error = {.cap = 2 * ERROR_TEXT_MAX}};
	struct text url = TEXT_INIT;
	size_t had = out ? out->len : 0;
	long status = 0;
	int err = 0;

	url_make(c, r, &url);
	if (url.failed) {
		text_free(&url);
		return WEIR_E(NOMEM);
	}
	c->problem[0] = '\0';
	options_set(c, r, text_str(&url), &s);
	CURLcode rc = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_WRITE_ERROR && out && out->failed)
		err = err_set(e, WEIR_E(TOOBIG), "the answer is too large; ask for fewer rows or columns");
	else if (rc != CURLE_OK)
		err = failed_to_ask(c, rc, e);
	else if (status >= 400 || s.code)
		err = answered_with_error(status, &s, e);
	if (err && out && !out->failed && out->buf) {
		out->len = had;
		out->buf[had] = '\0';
	}
	if (failure)
		failure->code = s.code;
	text_free(&s.error);
	text_free(&url);
	return err;
}
