/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Request head (RFC 9112 2.1, 3, 5, 6.3):
 *
 *     METHOD SP target SP HTTP/1.x CRLF
 *     *( name ":" OWS value OWS CRLF )
 *     CRLF
 *
 * The target's query is application/x-www-form-urlencoded: a=b&c=d, with %XX and "+".
 */
#include "store/engine/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"

/* A piece of the head: not NUL-terminated. */
struct piece {
	const char *s;
	size_t n;
};

static bool piece_is(struct piece p, const char *text)
{
	return p.n == strlen(text) && strncasecmp(p.s, text, p.n) == 0;
}

/* Length of the head with its empty line; 0 when it is not all there. Bare LF is no line end here. */
static size_t head_length(const char *buf, size_t len)
{
	const char *end = memmem(buf, len, "\r\n\r\n", 4);
	return end ? (size_t)(end - buf) + 4 : 0;
}

/* The next line without its CRLF. The head ends with an empty one, so there is always a next. */
static struct piece next_line(struct cursor *c)
{
	const char *p = (const char *)c->pos;
	const char *end = memmem(p, cursor_left(c), "\r\n", 2);
	struct piece line = {p, end ? (size_t)(end - p) : 0};
	cursor_skip(c, line.n + 2);
	return line;
}

/* Up to the separator, which is stepped over; everything when there is none. */
static struct piece cut(struct piece *rest, char separator)
{
	const char *at = rest->n ? memchr(rest->s, separator, rest->n) : NULL;
	struct piece first = {rest->s, at ? (size_t)(at - rest->s) : rest->n};
	size_t step = first.n + (at ? 1 : 0);
	rest->s += step;
	rest->n -= step;
	return first;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode into the arena: decoding never makes text longer. NULL for a broken escape or a NUL, which would end the text early. */
static const char *decode(struct http_request *r, struct piece p, bool plus_is_space)
{
	char *out = r->arena + r->arena_used;
	size_t n = 0;

	for (size_t i = 0; i < p.n; i++) {
		char c = p.s[i];
		if (c == '%') {
			bool whole = p.n - i > 2;
			int high = whole ? hex(p.s[i + 1]) : -1, low = whole ? hex(p.s[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == '\0')
			return NULL;
		out[n++] = c;
	}
	out[n] = '\0';
	r->arena_used += n + 1;
	return out;
}

static const char *keep(struct http_request *r, struct piece p)
{
	char *out = r->arena + r->arena_used;
	if (memchr(p.s, '\0', p.n))
		return NULL;
	memcpy(out, p.s, p.n);
	out[p.n] = '\0';
	r->arena_used += p.n + 1;
	return out;
}

static unsigned count_params(struct piece query)
{
	unsigned n = query.n ? 1 : 0;
	for (size_t i = 0; i < query.n; i++)
		n += query.s[i] == '&';
	return n;
}

static int parse_query(struct http_request *r, struct piece query)
{
	unsigned max = count_params(query);

	if (max > HTTP_PARAMS_MAX)
		return 414;
	r->params = max ? calloc(max, sizeof *r->params) : NULL;
	if (max && !r->params)
		return 503;
	while (query.n) {
		struct piece value = cut(&query, '&');
		struct piece name = cut(&value, '=');
		if (!name.n)
			continue;
		struct http_param *p = &r->params[r->param_count];
		p->name = decode(r, name, true);
		p->value = p->name ? decode(r, value, true) : NULL;
		if (!p->value)
			return 400;
		r->param_count++;
	}
	return 0;
}

static int parse_request_line(struct http_request *r, struct piece line)
{
	struct piece method = cut(&line, ' '), target = cut(&line, ' '), version = line;

	if (method.n == 0 || method.n >= sizeof r->method || target.n == 0 || target.s[0] != '/')
		return 400;
	if (version.n != 8 || memcmp(version.s, "HTTP/1.", 7) != 0)
		return version.n > 5 && memcmp(version.s, "HTTP/", 5) == 0 ? 505 : 400;
	if (version.s[7] != '0' && version.s[7] != '1')
		return 505;
	for (size_t i = 0; i < method.n; i++)
		if (method.s[i] < 'A' || method.s[i] > 'Z')
			return 400;
	memcpy(r->method, method.s, method.n);
	r->keep_alive = version.s[7] == '1';
	struct piece path = cut(&target, '?');
	r->path = decode(r, path, false);
	return r->path ? parse_query(r, target) : 400;
}

static int parse_length(struct piece value, uint64_t *ret_length)
{
	uint64_t n = 0;
	if (value.n == 0 || value.n > 18)
		return 400;
	for (size_t i = 0; i < value.n; i++) {
		if (value.s[i] < '0' || value.s[i] > '9')
			return 400;
		n = n * 10 + (uint64_t)(value.s[i] - '0');
	}
	*ret_length = n;
	return 0;
}

static struct piece trim(struct piece p)
{
	while (p.n && (p.s[0] == ' ' || p.s[0] == '\t')) {
		p.s++;
		p.n--;
	}
	while (p.n && (p.s[p.n - 1] == ' ' || p.s[p.n - 1] == '\t'))
		p.n--;
	return p;
}

/* RFC 9110 5.1: a token, so no space before the colon and no folded line (RFC 9112 5.2). */
static bool is_name(struct piece p)
{
	for (size_t i = 0; i < p.n; i++)
		if (p.s[i] <= ' ' || p.s[i] >= 0x7f)
			return false;
	return p.n > 0;
}

static int parse_header(struct http_request *r, struct piece line, bool *length_seen)
{
	if (!line.n || !memchr(line.s, ':', line.n))
		return 400;
	struct piece name = cut(&line, ':'), value = trim(line);

	if (!is_name(name))
		return 400;
	if (piece_is(name, "Content-Length")) {
		if (*length_seen)
			return 400;
		*length_seen = true;
		return parse_length(value, &r->content_length);
	}
	if (piece_is(name, "Transfer-Encoding"))
		return 501;
	if (piece_is(name, "Expect")) {
		r->expect_continue = piece_is(value, "100-continue");
		return r->expect_continue ? 0 : 400;
	}
	if (piece_is(name, "Connection") && piece_is(value, "close"))
		r->keep_alive = false;
	if (piece_is(name, "X-ClickHouse-User"))
		return (r->user = keep(r, value)) ? 0 : 400;
	if (piece_is(name, "X-ClickHouse-Key"))
		return (r->key = keep(r, value)) ? 0 : 400;
	return 0;
}

static int parse_head(struct http_request *r, const char *buf, size_t len)
{
	struct cursor c = cursor_of(buf, len);
	bool length_seen = false;
	unsigned headers = 0;
	int status = parse_request_line(r, next_line(&c));

	while (!status) {
		struct piece line = next_line(&c);
		if (!line.n)
			return cursor_ok(&c) ? 0 : 400;
		status = ++headers > HTTP_HEADERS_MAX ? 431 : parse_header(r, line, &length_seen);
	}
	return status;
}

long http_parse(const char *buf, size_t len, struct http_request *ret_request)
{
	size_t head = head_length(buf, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX);
	struct http_request r = {0};

	if (!head)
		return len < HTTP_HEAD_MAX ? 0 : -431;
	/* Every text kept ends with a NUL in the place of its separator; a parameter without "=" has none for
	 * its empty value. */
	r.arena = malloc(head + HTTP_PARAMS_MAX + 2);
	if (!r.arena)
		return -503;
	int status = parse_head(&r, buf, head);
	if (status) {
		http_free(&r);
		return -status;
	}
	*ret_request = r;
	return (long)head;
}

void http_free(struct http_request *r)
{
	free(r->arena);
	free(r->params);
	memset(r, 0, sizeof *r);
}

const char *http_param(const struct http_request *r, const char *name)
{
	const char *found = NULL;
	for (unsigned i = 0; i < r->param_count; i++)
		if (strcmp(r->params[i].name, name) == 0)
			found = r->params[i].value;
	return found;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}
