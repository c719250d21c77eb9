/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture file format: how frames lie in the bytes. One file a format; the reader picks by the first four bytes.
 *
 * next() gives one frame: 0 and *view; WEIR_E(NOTFOUND) at a clean end; WEIR_E(AGAIN) when the window must be released first; WEIR_E(TRUNCATED) or
 * WEIR_E(CORRUPT) where the file is damaged (e says what and where).
 */
#ifndef WEIR_CAPTURE_FILE_FORMAT_H
#define WEIR_CAPTURE_FILE_FORMAT_H

#include "capture/byte_stream.h"
#include "capture/capture.h"

#define FRAME_BYTES_MAX 262144u /* libpcap's limit, and far above any frame */

struct pcapng_interface {
	uint16_t link_type;
	uint32_t snap_length;
	uint64_t units_per_s; /* of time stamps */
	int64_t offset_s;
};

#define PCAPNG_INTERFACES_MAX 4096

struct format_state {
	const char *name; /* for messages */
	bool swapped;     /* the writer's byte order is not ours */
	/* pcap */
	bool nanoseconds;
	uint16_t link_type;
	uint32_t record_header; /* bytes */
	/* pcapng */
	struct pcapng_interface *interfaces;
	uint32_t interface_count, interface_room;
	uint64_t last_ns; /* time of the last frame */
	/* all */
	uint64_t frames;
	uint64_t corrected; /* frames whose original length was below the captured one */
};

struct file_format {
	const char *name;
	bool (*recognises)(const uint8_t first[4]);
	/* Read the file's header. */
	int (*begin)(struct format_state *f, struct byte_stream *s, struct errmsg *e);
	int (*next)(struct format_state *f, struct byte_stream *s, struct packet_view *view, struct errmsg *e);
	void (*end)(struct format_state *f);
};

extern const struct file_format pcap_format, pcapng_format;

static inline uint32_t format_u32(const struct format_state *f, const uint8_t *p)
{
	uint32_t v;
	__builtin_memcpy(&v, p, 4);
	return f->swapped ? __builtin_bswap32(v) : v;
}

static inline uint16_t format_u16(const struct format_state *f, const uint8_t *p)
{
	uint16_t v;
	__builtin_memcpy(&v, p, 2);
	return f->swapped ? __builtin_bswap16(v) : v;
}

/* The right error when n bytes were not there: AGAIN, NOTFOUND (nothing left), TRUNCATED, or CORRUPT packing. */
int format_short(struct format_state *f, struct byte_stream *s, size_t left, struct errmsg *e);

#endif
