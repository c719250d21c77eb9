/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcap (draft-ietf-opsawg-pcap): a 24-byte header, then records of 16 bytes and the frame.
 *
 *      ┌ magic a1b2c3d4 µs, a1b23c4d ns, a1b2cd34 with 8 more bytes a record ┬ major.minor ┬ zone ┬ sigfigs ┬ snap length ┬ link type ┐
 *      ┌ seconds ┬ fraction ┬ captured length ┬ original length ┬ frame …
 */
#include <string.h>

#include "capture/file_format.h"

#define MAGIC_MICRO    0xa1b2c3d4u
#define MAGIC_NANO     0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u /* A. Kuznetzov's: interface, protocol and type behind each record header */
#define HEADER_BYTES   24u

static bool magic_known(uint32_t magic)
{
	return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_MODIFIED;
}

static bool pcap_recognises(const uint8_t first[4])
{
	uint32_t magic;
	memcpy(&magic, first, 4);
	return magic_known(magic) || magic_known(__builtin_bswap32(magic));
}

int format_short(struct format_state *f, struct byte_stream *s, size_t left, struct errmsg *e)
{
	if (bytes_is_full(s))
		return WEIR_E(AGAIN);
	if (bytes_is_damaged(s))
		return err_set(e, WEIR_E(CORRUPT),
			       "%s: the compressed data is damaged after %llu frames; what was good is kept", f->name,
			       (unsigned long long)f->frames);
	if (left == 0)
		return WEIR_E(NOTFOUND);
	return err_set(e, WEIR_E(TRUNCATED), "%s: ends in the middle of frame %llu (byte %llu); what was good is kept",
		       f->name, (unsigned long long)f->frames + 1, (unsigned long long)bytes_position(s));
}

static int pcap_begin(struct format_state *f, struct byte_stream *s, struct errmsg *e)
{
	size_t left;
	uint32_t magic;
	const uint8_t *p = bytes_peek(s, HEADER_BYTES, &left);

	if (!p)
		return err_set(e, WEIR_E(TRUNCATED), "%s: ends within the file header", f->name);
	memcpy(&magic, p, 4);
	f->swapped = !magic_known(magic);
	magic = format_u32(f, p);
	f->nanoseconds = magic == MAGIC_NANO;
	f->record_header = magic == MAGIC_MODIFIED ? 24 : 16;
	f->link_type = (uint16_t)(format_u32(f, p + 20) & 0xffff); /* upper bits: FCS length */
	bytes_skip(s, HEADER_BYTES);
	return 0;
}

static int pcap_next(struct format_state *f, struct byte_stream *s, struct packet_view *view, struct errmsg *e)
{
	size_t left;
	const uint8_t *p = bytes_peek(s, f->record_header, &left);

	if (!p)
		return format_short(f, s, left, e);
	uint32_t seconds = format_u32(f, p), fraction = format_u32(f, p + 4);
	uint32_t caplen = format_u32(f, p + 8), wirelen = format_u32(f, p + 12);
	if (__builtin_expect(!(seconds | caplen | wirelen), 0))
		bytes_look_for_cut(s);
	if (caplen > FRAME_BYTES_MAX)
		return err_set(e, WEIR_E(CORRUPT), "%s: frame %llu claims %u bytes (byte %llu); what was good is kept",
			       f->name, (unsigned long long)f->frames + 1, caplen,
			       (unsigned long long)bytes_position(s));
	p = bytes_peek(s, f->record_header + (size_t)caplen, &left);
	if (!p)
		return format_short(f, s, left, e);
	f->corrected += wirelen < caplen;
	*view = (struct packet_view){
		.data = p + f->record_header,
		.ts_ns = seconds * 1000000000ull + fraction * (f->nanoseconds ? 1ull : 1000ull),
		.caplen = caplen,
		.wirelen = wirelen < caplen ? caplen : wirelen,
		.link_type = f->link_type,
	};
	bytes_skip(s, f->record_header + (size_t)caplen);
	f->frames++;
	return 0;
}

static void pcap_end(struct format_state *f)
{
	(void)f;
}

const struct file_format pcap_format = {"pcap", pcap_recognises, pcap_begin, pcap_next, pcap_end};
