/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks, each framed by its length on both ends.
 *
 *      ┌ type ┬ length ┬ body … padded to 4 ┬ length ┐      section header 0a0d0d0a, interface description 1, packet 2 (obsolete),
 *                                                           simple packet 3, enhanced packet 6; others are skipped
 *
 * A section's byte order is that of its header; interfaces count from 0 within a section, each with its own link type and time unit.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "capture/file_format.h"

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 2, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6 };
enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

#define BLOCK_BYTES_MAX  ((uint32_t)16 << 20)
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

static bool pcapng_recognises(const uint8_t first[4])
{
	return memcmp(first, "\x0a\x0d\x0d\x0a", 4) == 0;
}

static int damaged(const struct format_state *f, const struct byte_stream *s, const char *what, struct errmsg *e)
{
	return err_set(e, WEIR_E(CORRUPT), "%s: %s after frame %llu (byte %llu); what was good is kept", f->name, what,
		       (unsigned long long)f->frames, (unsigned long long)bytes_position(s));
}

static int pcapng_begin(struct format_state *f, struct byte_stream *s, struct errmsg *e)
{
	size_t left;
	if (!bytes_peek(s, 28, &left))
		return err_set(e, WEIR_E(TRUNCATED), "%s: ends within the section header", f->name);
	return 0;
}

static uint16_t read16(const struct format_state *f, struct cursor *c)
{
	uint16_t v = cursor_le16(c);
	return f->swapped ? __builtin_bswap16(v) : v;
}

static uint32_t read32(const struct format_state *f, struct cursor *c)
{
	uint32_t v = cursor_le32(c);
	return f->swapped ? __builtin_bswap32(v) : v;
}

/* A section begins: its byte order holds from here, and interfaces are counted anew. */
static int section_begin(struct format_state *f, struct byte_stream *s, const uint8_t *block, struct errmsg *e)
{
	uint32_t magic;
	memcpy(&magic, block + 8, 4);
	if (magic != BYTE_ORDER_MAGIC && __builtin_bswap32(magic) != BYTE_ORDER_MAGIC)
		return damaged(f, s, "a section header without byte-order magic", e);
	f->swapped = magic != BYTE_ORDER_MAGIC;
	if (format_u16(f, block + 12) != 1)
		return err_set(e, WEIR_E(UNSUPPORTED), "%s: pcapng version %u is not known", f->name,
			       format_u16(f, block + 12));
	f->interface_count = 0;
	return 0;
}

/* if_tsresol: a power of ten, or with the high bit of two. */
static uint64_t units_of(uint8_t resolution)
{
	uint64_t units = 1;
	if (resolution & 0x80)
		return (resolution & 0x7f) < 63 ? 1ull << (resolution & 0x7f) : 0;
	for (unsigned i = 0; i < resolution; i++) {
		if (units > UINT64_MAX / 10)
			return 0;
		units *= 10;
	}
	return units;
}

static void interface_options(const struct format_state *f, struct cursor *c, struct pcapng_interface *i)
{
	while (cursor_left(c) >= 4) {
		uint16_t code = read16(f, c), len = read16(f, c);
		struct cursor value = cursor_sub(c, len);
		if (code == OPTION_END || !cursor_ok(&value))
			return;
		if (code == OPTION_TSRESOL && len == 1)
			i->units_per_s = units_of(cursor_u8(&value));
		if (code == OPTION_TSOFFSET && len == 8) {
			uint64_t low = read32(f, &value), high = read32(f, &value);
			bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? !f->swapped : f->swapped;
			i->offset_s = (int64_t)(big ? low << 32 | high : high << 32 | low);
		}
		cursor_skip(c, (size_t)(-len & 3));
	}
}

static int interface_add(struct format_state *f, struct byte_stream *s, struct cursor body, struct errmsg *e)
{
	struct pcapng_interface i = {.link_type = read16(f, &body), .units_per_s = 1000000};
	cursor_skip(&body, 2);
	i.snap_length = read32(f, &body);
	if (!cursor_ok(&body))
		return damaged(f, s, "an interface block that is too short", e);
	interface_options(f, &body, &i);
	if (i.units_per_s == 0)
		return damaged(f, s, "an interface with an impossible time unit", e);
	if (f->interface_count == PCAPNG_INTERFACES_MAX)
		return damaged(f, s, "more than 4096 interfaces", e);
	if (f->interface_count == f->interface_room) {
		uint32_t room = f->interface_room ? f->interface_room * 2 : 4;
		void *more = realloc(f->interfaces, room * sizeof i);
		if (!more)
			return WEIR_E(NOMEM);
		f->interfaces = more;
		f->interface_room = room;
	}
	f->interfaces[f->interface_count++] = i;
	return 0;
}

static uint64_t stamp_ns(const struct pcapng_interface *i, uint64_t units)
{
	uint64_t seconds = units / i->units_per_s, rest = units % i->units_per_s;
	uint64_t fraction = i->units_per_s == NS_PER_S ? rest
			    : i->units_per_s == 1000000
				    ? rest * 1000
				    : (uint64_t)((__extension__(unsigned __int128) rest * NS_PER_S) / i->units_per_s);
	return (seconds + (uint64_t)i->offset_s) * NS_PER_S + fraction;
}

/* A packet block of any of the three kinds. */
static int packet_read(struct format_state *f, struct byte_stream *s, uint32_t type, struct cursor body,
		       struct packet_view *view, struct errmsg *e)
{
	uint32_t number = 0, caplen, wirelen;
	uint64_t units = 0;

	if (type != BLOCK_SIMPLE) {
		number = type == BLOCK_ENHANCED ? read32(f, &body) : read16(f, &body);
		if (type == BLOCK_PACKET)
			cursor_skip(&body, 2); /* drops count */
		units = (uint64_t)read32(f, &body) << 32;
		units |= read32(f, &body);
	}
	if (number >= f->interface_count)
		return damaged(f, s, "a frame of an interface that was not described", e);
	const struct pcapng_interface *i = &f->interfaces[number];
	uint64_t stamp = stamp_ns(i, units);
	if (type == BLOCK_SIMPLE) {
		wirelen = read32(f, &body);
		caplen = i->snap_length && i->snap_length < wirelen ? i->snap_length : wirelen;
		if (caplen > cursor_left(&body))
			caplen = (uint32_t)cursor_left(&body);
		if (f->frames) /* it has no time stamp of its own: that of the frame before it */
			stamp = f->last_ns;
	} else {
		caplen = read32(f, &body);
		wirelen = read32(f, &body);
	}
	const uint8_t *data = cursor_bytes(&body, caplen);
	if (!data || caplen > FRAME_BYTES_MAX)
		return damaged(f, s, "a frame longer than its block", e);
	f->corrected += wirelen < caplen;
	*view = (struct packet_view){.data = data,
				     .ts_ns = stamp,
				     .caplen = caplen,
				     .wirelen = wirelen < caplen ? caplen : wirelen,
				     .link_type = i->link_type};
	f->frames++;
	f->last_ns = stamp;
	return 0;
}

/* The whole block at the read position, checked; *ret_len its length. */
static int block_peek(struct format_state *f, struct byte_stream *s, const uint8_t **ret_block, uint32_t *ret_len,
		      struct errmsg *e)
{
	size_t left;
	const uint8_t *p = bytes_peek(s, 12, &left);
	if (!p)
		return format_short(f, s, left, e);
	if (pcapng_recognises(p)) {
		int err = section_begin(f, s, p, e);
		if (err)
			return err;
	}
	uint32_t len = format_u32(f, p + 4);
	if (len < 12 || len % 4 || len > BLOCK_BYTES_MAX)
		return damaged(f, s, "a block with an impossible length", e);
	p = bytes_peek(s, len, &left);
	if (!p)
		return format_short(f, s, left, e);
	if (format_u32(f, p + len - 4) != len)
		return damaged(f, s, "a block whose two lengths differ", e);
	*ret_block = p;
	*ret_len = len;
	return 0;
}

static int pcapng_next(struct format_state *f, struct byte_stream *s, struct packet_view *view, struct errmsg *e)
{
	for (;;) {
		const uint8_t *block = NULL;
		uint32_t len = 0;
		int err = block_peek(f, s, &block, &len, e);
		if (err)
			return err;
		uint32_t type = format_u32(f, block);
		struct cursor body = cursor_of(block + 8, len - 12);
		bool packet = type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_PACKET;
		if (type == BLOCK_INTERFACE)
			err = interface_add(f, s, body, e);
		else if (packet)
			err = packet_read(f, s, type, body, view, e);
		if (err)
			return err;
		bytes_skip(s, len);
		if (packet)
			return 0;
	}
}

static void pcapng_end(struct format_state *f)
{
	free(f->interfaces);
	f->interfaces = NULL;
}

const struct file_format pcapng_format = {"pcapng", pcapng_recognises, pcapng_begin, pcapng_next, pcapng_end};
