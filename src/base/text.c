/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void text_free(struct text *t)
{
	free(t->buf);
	t->buf = NULL;
	t->len = t->size = 0;
	t->failed = false;
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->failed = false;
	if (t->buf)
		t->buf[0] = '\0';
}

const char *text_str(const struct text *t)
{
	return t->buf ? t->buf : "";
}

char *text_room(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : TEXT_CAP_DEFAULT, need = t->len + n + 1;

	if (t->failed || n > cap || need > cap) {
		t->failed = true;
		return NULL;
	}
	if (need > t->size) {
		size_t size = t->size ? t->size * 2 : 256;
		while (size < need)
			size *= 2;
		char *buf = realloc(t->buf, size);
		if (!buf) {
			t->failed = true;
			return NULL;
		}
		t->buf = buf;
		t->size = size;
	}
	return t->buf + t->len;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
	char *p = text_room(t, n);
	if (!p)
		return;
	memcpy(p, bytes, n);
	p[n] = '\0';
	t->len += n;
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_putc(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	char small[256];
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	if (n >= 0 && (size_t)n < sizeof small) {
		text_add(t, small, (size_t)n);
	} else if (n >= 0) {
		char *p = text_room(t, (size_t)n);
		if (p) {
			vsnprintf(p, (size_t)n + 1, fmt, again);
			t->len += (size_t)n;
		}
	}
	va_end(again);
	va_end(ap);
}

void text_u64(struct text *t, uint64_t v)
{
	char buf[20];
	unsigned n = sizeof buf;
	do
		buf[--n] = (char)('0' + v % 10);
	while (v /= 10);
	text_add(t, buf + n, sizeof buf - n);
}

void text_double(struct text *t, double v)
{
	char buf[40];
	if (v != v || v > 1.7976931348623157e308 || v < -1.7976931348623157e308) {
		text_puts(t, "null");
		return;
	}
	for (int precision = 1; precision <= 17; precision++) {
		snprintf(buf, sizeof buf, "%.*g", precision, v);
		double back = strtod(buf, NULL);
		if (!(back < v) && !(back > v))
			break;
	}
	text_puts(t, buf);
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), 0 when it is not one. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	unsigned c = s[0];
	if (c < 0x80)
		return 1;
	size_t len = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
	if (!len || n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) || (c == 0xf0 && s[1] < 0x90) ||
	    (c == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static bool is_line_separator(const unsigned char *s, size_t len)
{
	return len == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9);
}

static void json_escape(struct text *t, const unsigned char *s, size_t len)
{
	static const char *const short_forms[0x20] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
	if (len == 3)
		text_puts(t, s[2] == 0xa8 ? "\\u2028" : "\\u2029");
	else if (*s == '"')
		text_puts(t, "\\\"");
	else if (*s == '\\')
		text_puts(t, "\\\\");
	else if (*s < 0x20 && short_forms[*s])
		text_puts(t, short_forms[*s]);
	else
		text_printf(t, "\\u%04x", *s);
}

void text_json_string(struct text *t, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t plain = 0, i = 0;

	text_putc(t, '"');
	while (i < n) {
		size_t len = utf8_len(p + i, n - i);
		bool escape = len == 0 || p[i] < 0x20 || p[i] == 0x7f || p[i] == '"' || p[i] == '\\' ||
			      is_line_separator(p + i, len);
		if (!escape) {
			i += len;
			continue;
		}
		text_add(t, s + plain, i - plain);
		if (len == 0)
			text_puts(t, "\xef\xbf\xbd");
		else
			json_escape(t, p + i, len);
		i += len ? len : 1;
		plain = i;
	}
	text_add(t, s + plain, n - plain);
	text_putc(t, '"');
}

static bool is_number(const char *s, size_t n)
{
	double v;
	return unit_parse(s, n, UNIT_NONE, &v) == 0;
}

void text_csv_field(struct text *t, const char *s, size_t n)
{
	bool formula = n && memchr("=+-@\t\r", s[0], 6) && !is_number(s, n);
	bool quote = formula;

	for (size_t i = 0; i < n && !quote; i++)
		quote = s[i] == '"' || s[i] == ',' || s[i] == '\n' || s[i] == '\r';
	if (!quote) {
		text_add(t, s, n);
		return;
	}
	text_putc(t, '"');
	if (formula)
		text_putc(t, '\'');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			text_putc(t, '"');
		text_putc(t, s[i]);
	}
	text_putc(t, '"');
}

void text_printable(struct text *t, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	for (size_t i = 0; i < n;) {
		size_t len = utf8_len(p + i, n - i);
		bool control = p[i] < 0x20 || p[i] == 0x7f || (len == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0);
		if (len == 0 || control) {
			text_printf(t, "\\x%02x", p[i]);
			i++;
		} else {
			text_add(t, s + i, len);
			i += len;
		}
	}
}

void text_url(struct text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("-._~", c));
		if (plain)
			text_putc(t, (char)c);
		else
			text_printf(t, "%%%02X", c);
	}
}

void text_hex(struct text *t, const void *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++) {
		text_putc(t, hex[p[i] >> 4]);
		text_putc(t, hex[p[i] & 15]);
	}
}

void text_base64(struct text *t, const void *bytes, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) |
			     (i + 2 < n ? p[i + 2] : 0);
		text_putc(t, set[v >> 18]);
		text_putc(t, set[v >> 12 & 63]);
		text_putc(t, i + 1 < n ? set[v >> 6 & 63] : '=');
		text_putc(t, i + 2 < n ? set[v & 63] : '=');
	}
}

static const struct {
	const char *name;
	enum unit_kind kind;
	double factor;
} units[] = {
	{"B", UNIT_BYTES, 1},
	{"kB", UNIT_BYTES, 1e3},
	{"KB", UNIT_BYTES, 1e3},
	{"MB", UNIT_BYTES, 1e6},
	{"GB", UNIT_BYTES, 1e9},
	{"TB", UNIT_BYTES, 1e12},
	{"KiB", UNIT_BYTES, 1024},
	{"MiB", UNIT_BYTES, 1048576},
	{"GiB", UNIT_BYTES, 1073741824},
	{"TiB", UNIT_BYTES, 1099511627776.0},
	{"ns", UNIT_DURATION, 1},
	{"us", UNIT_DURATION, 1e3},
	{"ms", UNIT_DURATION, 1e6},
	{"s", UNIT_DURATION, 1e9},
	{"min", UNIT_DURATION, 60e9},
	{"h", UNIT_DURATION, 3600e9},
	{"d", UNIT_DURATION, 86400e9},
	{"bit/s", UNIT_RATE, 1},
	{"kbit/s", UNIT_RATE, 1e3},
	{"Mbit/s", UNIT_RATE, 1e6},
	{"Gbit/s", UNIT_RATE, 1e9},
	{"B/s", UNIT_RATE, 8},
	{"kB/s", UNIT_RATE, 8e3},
	{"MB/s", UNIT_RATE, 8e6},
	{"GB/s", UNIT_RATE, 8e9},
};

int unit_parse(const char *text, size_t n, enum unit_kind kind, double *ret_value)
{
	char buf[64], *end;

	if (n == 0 || n >= sizeof buf)
		return WEIR_E(INVALID);
	memcpy(buf, text, n);
	buf[n] = '\0';
	/* strtod sees decimal digits only: by itself it would also take "inf", "nan" and hexadecimal. */
	size_t span = strspn(buf, "+-.0123456789eE");
	char after = buf[span];
	buf[span] = '\0';
	double v = strtod(buf, &end);
	buf[span] = after;
	if (end == buf)
		return WEIR_E(INVALID);
	while (*end == ' ')
		end++;
	if (!*end) {
		*ret_value = v;
		return 0;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (units[i].kind == kind && strcmp(units[i].name, end) == 0) {
			*ret_value = v * units[i].factor;
			return 0;
		}
	}
	return WEIR_E(INVALID);
}
