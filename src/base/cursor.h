/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one way to read outside bytes: a bounds-checked cursor with a sticky error.
 *
 * After the first read past the end every read returns zero and the cursor stays failed, so a parser reads
 * a whole header and asks cursor_ok() once. No function here allocates, logs or blocks; any thread.
 *
 *      start          pos              end
 *        ├──── read ────┼──── left ─────┤
 */
#ifndef WEIR_BASE_CURSOR_H
#define WEIR_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *start, *pos, *end;
	bool failed;
};

static inline struct cursor cursor_of(const void *data, size_t len)
{
	const uint8_t *p = (const uint8_t *)data;
	return (struct cursor){p, p, p + len, false};
}

static inline bool cursor_ok(const struct cursor *c)
{
	return !c->failed;
}

/* Bytes left; 0 after a failure. */
static inline size_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : (size_t)(c->end - c->pos);
}

static inline size_t cursor_offset(const struct cursor *c)
{
	return (size_t)(c->pos - c->start);
}

/* True when n bytes can be read; marks the cursor failed when not. */
static inline bool cursor_need(struct cursor *c, size_t n)
{
	if (__builtin_expect(c->failed || (size_t)(c->end - c->pos) < n, 0)) {
		c->failed = true;
		return false;
	}
	return true;
}

/* Pointer to the next n bytes and step over them; NULL when they are not there. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t n)
{
	if (!cursor_need(c, n))
		return NULL;
	const uint8_t *p = c->pos;
	c->pos += n;
	return p;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_bytes(c, n);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);
	return p ? *p : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);
	uint16_t v = 0;
	if (p)
		memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);
	uint32_t v = 0;
	if (p)
		memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline uint64_t cursor_be64(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 8);
	uint64_t v = 0;
	if (p)
		memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}

/* Little endian, as in pcapng blocks of little-endian writers. */
static inline uint32_t cursor_le32(struct cursor *c)
{
	return __builtin_bswap32(cursor_be32(c));
}

static inline uint16_t cursor_le16(struct cursor *c)
{
	return __builtin_bswap16(cursor_be16(c));
}

/* Copy n bytes to dst; dst is zeroed when they are not there. */
static inline void cursor_copy(struct cursor *c, void *dst, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);
	if (p)
		memcpy(dst, p, n);
	else
		memset(dst, 0, n);
}

/* A cursor over the next n bytes, stepped over in the parent; failed when they are not there. */
static inline struct cursor cursor_sub(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);
	struct cursor s = cursor_of(p ? p : c->end, p ? n : 0);
	s.failed = !p;
	return s;
}

#endif
