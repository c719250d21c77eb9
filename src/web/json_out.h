/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing JSON into a text: commas by themselves (a value after a value gets one). */
#ifndef WEIR_WEB_JSON_OUT_H
#define WEIR_WEB_JSON_OUT_H

#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/text.h"

static inline void json_comma(struct text *t)
{
	char last = t->len ? t->buf[t->len - 1] : '[';
	if (!strchr("{[:, \n", last)) /* a blank: behind “data: ” of an event */
		text_putc(t, ',');
}

/* '{' '[' open with the comma due; '}' ']' close. */
static inline void json_open(struct text *t, char bracket)
{
	json_comma(t);
	text_putc(t, bracket);
}

static inline void json_close(struct text *t, char bracket)
{
	text_putc(t, bracket);
}

static inline void json_key(struct text *t, const char *key)
{
	json_comma(t);
	text_putc(t, '"');
	text_puts(t, key);
	text_puts(t, "\":");
}

static inline void json_str(struct text *t, const char *s)
{
	json_comma(t);
	if (s)
		text_json_string(t, s, strlen(s));
	else
		text_puts(t, "null");
}

static inline void json_u64(struct text *t, uint64_t v)
{
	json_comma(t);
	text_u64(t, v);
}

static inline void json_bool(struct text *t, bool v)
{
	json_comma(t);
	text_puts(t, v ? "true" : "false");
}

static inline void json_time(struct text *t, uint64_t ns)
{
	char b[RFC3339_TEXT_MAX];
	rfc3339_format(ns, b);
	json_str(t, b);
}

static inline void json_addr(struct text *t, const struct addr *a)
{
	char b[ADDR_TEXT_MAX];
	addr_format(a, b);
	json_str(t, b);
}

#define json_key_str(t, k, v)  (json_key((t), (k)), json_str((t), (v)))
#define json_key_u64(t, k, v)  (json_key((t), (k)), json_u64((t), (v)))
#define json_key_bool(t, k, v) (json_key((t), (k)), json_bool((t), (v)))
#define json_key_time(t, k, v) (json_key((t), (k)), json_time((t), (v)))
#define json_key_addr(t, k, v) (json_key((t), (k)), json_addr((t), (v)))
/* Only when there is something to say. */
#define json_key_str_opt(t, k, v)                   \
	do {                                        \
		const char *v_ = (v);               \
		if (v_ && *v_)                      \
			json_key_str((t), (k), v_); \
	} while (0)

#endif
