/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing text and bytes, and the few encodings that every output needs.
 *
 * A text owns its buffer (text_free). It has a cap; past it, or without memory, it is marked failed, later writes do
 * nothing, and the user asks once at the end. text_str() is always NUL-terminated. One thread per text.
 */
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_CAP_DEFAULT ((size_t)256 << 20)

struct text {
	char *buf;
	size_t len, size, cap; /* cap 0: TEXT_CAP_DEFAULT */
	bool failed;
};

#define TEXT_INIT \
	{         \
		0 \
	}

void text_free(struct text *t);
/* Forget the content, keep the buffer. */
void text_clear(struct text *t);
const char *text_str(const struct text *t);
/* Make room for n more bytes and return where they go (then add to len yourself); NULL when failed. */
char *text_room(struct text *t, size_t n);
void text_add(struct text *t, const void *bytes, size_t n);
void text_puts(struct text *t, const char *s);
void text_putc(struct text *t, char c);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_u64(struct text *t, uint64_t v);
/* Shortest form that reads back as the same double; "null" for what JSON can't say. */
void text_double(struct text *t, double v);

/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD; controls and U+2028/9 are escaped. */
void text_json_string(struct text *t, const char *s, size_t n);
/* A CSV field (RFC 4180). A cell that a spreadsheet would take for a formula (= + - @ tab) gets a leading ' when it is not a number. */
void text_csv_field(struct text *t, const char *s, size_t n);
/* For a terminal: printable UTF-8 as it is, everything else as \xNN. */
void text_printable(struct text *t, const char *s, size_t n);
/* Percent-encode for a URL query. */
void text_url(struct text *t, const char *s, size_t n);
void text_hex(struct text *t, const void *bytes, size_t n);
void text_base64(struct text *t, const void *bytes, size_t n);

/* "1.5MB", "10KiB", "200ms", "1h", "10Mbit/s": the number in base units (bytes, nanoseconds, bits per second) by the kind of unit asked for. */
enum unit_kind { UNIT_NONE, UNIT_BYTES, UNIT_DURATION, UNIT_RATE };
/* Parses text[0..n) whole. 0, or WEIR_E(INVALID) when the number or its unit is not known for that kind. */
int unit_parse(const char *text, size_t n, enum unit_kind kind, double *ret_value);

#endif
