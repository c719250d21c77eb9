/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clickhouse://user:password@host:port/database?tls=1&ca=FILE&password_file=FILE  (RFC 3986 3)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/client.h"

#define SCHEME "clickhouse://"

struct part {
	const char *s;
	size_t n;
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded into out. False when it is too long or holds control characters, which could end a header line. */
static bool copy(struct part p, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < p.n; i++) {
		int c = (unsigned char)p.s[i];
		if (c == '%') {
			if (p.n - i < 3 || hex(p.s[i + 1]) < 0 || hex(p.s[i + 2]) < 0)
				return false;
			c = hex(p.s[i + 1]) << 4 | hex(p.s[i + 2]);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

static struct part cut(struct part *rest, const char *stops)
{
	struct part first = {rest->s, 0};
	while (first.n < rest->n && !strchr(stops, rest->s[first.n]))
		first.n++;
	rest->s += first.n;
	rest->n -= first.n;
	return first;
}

static bool eat(struct part *rest, char c)
{
	if (!rest->n || rest->s[0] != c)
		return false;
	rest->s++;
	rest->n--;
	return true;
}

static int password_read(const char *path, struct ch_server *s, struct errmsg *e)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(s->password, sizeof s->password, f);
	if (f)
		fclose(f);
	if (!ok)
		return err_set(e, WEIR_E(IO), "--store: can't read the password in %s", path);
	s->password[strcspn(s->password, "\r\n")] = '\0';
	return 0;
}

static int parse_options(struct part rest, struct ch_server *s, bool *tls, struct errmsg *e)
{
	char value[256];

	while (rest.n) {
		struct part item = cut(&rest, "&"), name = cut(&item, "=");
		eat(&rest, '&');
		eat(&item, '=');
		if (!copy(item, value, sizeof value))
			return err_set(e, WEIR_E(INVALID), "--store: the value of %.*s can't be used", (int)name.n,
				       name.s);
		if (name.n == 3 && memcmp(name.s, "tls", 3) == 0) {
			*tls = strcmp(value, "0") != 0;
		} else if (name.n == 2 && memcmp(name.s, "ca", 2) == 0) {
			memcpy(s->ca_file, value, sizeof value);
		} else if (name.n == 13 && memcmp(name.s, "password_file", 13) == 0) {
			int err = password_read(value, s, e);
			if (err)
				return err;
		} else {
			return err_set(e, WEIR_E(INVALID),
				       "--store: %.*s is not known; there are tls, ca and password_file", (int)name.n,
				       name.s);
		}
	}
	return 0;
}

/* "host:8123", "[::1]:8123", "host" */
static bool parse_host(struct part p, char host[200], unsigned *port)
{
	struct part name = p;
	char number[8];

	if (p.n && p.s[0] == '[') {
		name = cut(&p, "]");
		if (!eat(&p, ']'))
			return false;
		name.n++;
	} else {
		name = cut(&p, ":");
	}
	if (!name.n || name.n >= 200)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!((name.s[i] | 32) >= 'a' && (name.s[i] | 32) <= 'z') && !strchr("0123456789.-_[]:", name.s[i]))
			return false;
	memcpy(host, name.s, name.n);
	host[name.n] = '\0';
	if (!p.n)
		return true;
	if (!eat(&p, ':') || !p.n || p.n > 5 || !copy(p, number, sizeof number) || strspn(number, "0123456789") != p.n)
		return false;
	*port = (unsigned)strtoul(number, NULL, 10);
	return *port > 0 && *port < 65536;
}

static bool database_ok(const char *s)
{
	size_t n = strlen(s);
	return n && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == n;
}

static int parse_authority(struct part authority, struct ch_server *s, char host[200], unsigned *port, struct errmsg *e)
{
	const char *at = authority.n ? memrchr(authority.s, '@', authority.n) : NULL;

	if (at) {
		struct part login = {authority.s, (size_t)(at - authority.s)}, user = cut(&login, ":");
		eat(&login, ':');
		if (!copy(user, s->user, sizeof s->user) || !copy(login, s->password, sizeof s->password))
			return err_set(e, WEIR_E(INVALID),
				       "--store: the user or password can't be used; write special "
				       "characters as %%XX");
		authority.n -= (size_t)(at - authority.s) + 1;
		authority.s = at + 1;
	}
	if (!parse_host(authority, host, port))
		return err_set(e, WEIR_E(INVALID), "--store: %.*s is no HOST or HOST:PORT", (int)authority.n,
			       authority.s);
	return 0;
}

int ch_server_parse(const char *url, struct ch_server *ret_server, struct errmsg *e)
{
	struct ch_server s = {.database = "weir"};
	struct part rest = {url, strlen(url)}, database;
	char host[200];
	unsigned port = 0;
	bool tls = false;

	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return err_set(e, WEIR_E(INVALID), "--store takes none, or " SCHEME "user:password@host:8123/database");
	rest.s += strlen(SCHEME);
	rest.n -= strlen(SCHEME);
	int err = parse_authority(cut(&rest, "/?"), &s, host, &port, e);
	if (!err && eat(&rest, '/') && (database = cut(&rest, "?")).n &&
	    (!copy(database, s.database, sizeof s.database) || !database_ok(s.database)))
		err = err_set(e, WEIR_E(INVALID), "--store: a database's name is letters, digits and underscores");
	if (!err && eat(&rest, '?'))
		err = parse_options(rest, &s, &tls, e);
	if (err)
		return err;
	snprintf(s.base, sizeof s.base, "%s://%s:%u/", tls ? "https" : "http", host, port ? port : tls ? 8443u : 8123u);
	*ret_server = s;
	return 0;
}
