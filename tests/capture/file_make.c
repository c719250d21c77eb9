/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/file_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static void put_number(struct made *m, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put8(m, (uint8_t)(v >> 8 * (m->big ? n - 1 - i : i)));
}

void put8(struct made *m, uint8_t v)
{
	text_add(&m->bytes, &v, 1);
}

void put16(struct made *m, uint16_t v)
{
	put_number(m, v, 2);
}

void put32(struct made *m, uint32_t v)
{
	put_number(m, v, 4);
}

void put64(struct made *m, uint64_t v)
{
	put_number(m, v, 8);
}

void put_bytes(struct made *m, const void *p, size_t n)
{
	text_add(&m->bytes, p, n);
}

static void put_fill(struct made *m, uint32_t n, uint8_t fill)
{
	for (uint32_t i = 0; i < n; i++)
		put8(m, fill);
}

/* --- pcap --- */

void pcap_header(struct made *m, uint32_t magic, uint32_t link_type)
{
	put32(m, magic);
	put16(m, 2);
	put16(m, 4);
	put64(m, 0);
	put32(m, 65535);
	put32(m, link_type);
}

void pcap_frame(struct made *m, uint32_t seconds, uint32_t fraction, uint32_t caplen, uint32_t wirelen, uint8_t fill)
{
	put32(m, seconds);
	put32(m, fraction);
	put32(m, caplen);
	put32(m, wirelen);
	put_fill(m, caplen, fill);
}

/* --- pcapng: each block is put together apart, for its length stands at both ends --- */

static void block_put(struct made *m, uint32_t type, struct made *body)
{
	while (body->bytes.len % 4)
		put8(body, 0);
	uint32_t len = (uint32_t)body->bytes.len + 12;
	put32(m, type);
	put32(m, len);
	put_bytes(m, text_str(&body->bytes), body->bytes.len);
	put32(m, len);
	text_free(&body->bytes);
}

void ng_section(struct made *m)
{
	struct made body = {.big = m->big};
	put32(&body, 0x1a2b3c4d);
	put16(&body, 1);
	put16(&body, 0);
	put64(&body, UINT64_MAX);
	block_put(m, 0x0a0d0d0a, &body);
}

void ng_interface(struct made *m, uint16_t link_type, uint32_t snap, int resolution, int64_t offset)
{
	struct made body = {.big = m->big};
	put16(&body, link_type);
	put16(&body, 0);
	put32(&body, snap);
	put16(&body, 2); /* if_name, to be skipped: three bytes and one of padding */
	put16(&body, 3);
	put_bytes(&body, "abc", 4);
	if (resolution >= 0) {
		put16(&body, 9);
		put16(&body, 1);
		put8(&body, (uint8_t)resolution);
		put_fill(&body, 3, 0);
	}
	if (offset) {
		put16(&body, 14);
		put16(&body, 8);
		put64(&body, (uint64_t)offset);
	}
	put32(&body, 0); /* end of options */
	block_put(m, 1, &body);
}

void ng_enhanced(struct made *m, uint32_t interface, uint64_t units, uint32_t caplen, uint32_t wirelen, uint8_t fill)
{
	struct made body = {.big = m->big};
	put32(&body, interface);
	put32(&body, (uint32_t)(units >> 32));
	put32(&body, (uint32_t)units);
	put32(&body, caplen);
	put32(&body, wirelen);
	put_fill(&body, caplen, fill);
	block_put(m, 6, &body);
}

void ng_simple(struct made *m, uint32_t wirelen, uint32_t stored, uint8_t fill)
{
	struct made body = {.big = m->big};
	put32(&body, wirelen);
	put_fill(&body, stored, fill);
	block_put(m, 3, &body);
}

void ng_obsolete(struct made *m, uint16_t interface, uint64_t units, uint32_t caplen, uint32_t wirelen, uint8_t fill)
{
	struct made body = {.big = m->big};
	put16(&body, interface);
	put16(&body, 0);
	put32(&body, (uint32_t)(units >> 32));
	put32(&body, (uint32_t)units);
	put32(&body, caplen);
	put32(&body, wirelen);
	put_fill(&body, caplen, fill);
	block_put(m, 2, &body);
}

void ng_unknown(struct made *m)
{
	struct made body = {.big = m->big};
	put_bytes(&body, "whatever", 8);
	block_put(m, 0x0badcafe, &body);
}

/* --- on disk --- */

const char *scratch_folder(void)
{
	static char path[300];
	const char *temporary = getenv("TMPDIR");
	snprintf(path, sizeof path, "%s/weir-capture-%d", temporary ? temporary : "/tmp", (int)getpid());
	(void)mkdir(path, 0700);
	return path;
}

void scratch_remove(void)
{
	char command[400];
	snprintf(command, sizeof command, "rm -rf '%s'", scratch_folder());
	(void)!system(command);
}

const char *bytes_write(const void *bytes, size_t n, const char *name)
{
	static char paths[4][400];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, 400, "%s/%s", scratch_folder(), name);
	FILE *f = fopen(path, "wbe");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
		abort();
	return path;
}

const char *made_write(const struct made *m, const char *name, enum packing packing)
{
	size_t room = ZSTD_compressBound(m->bytes.len) + compressBound(m->bytes.len) + 64, n = m->bytes.len;
	uint8_t *out = malloc(room);
	z_stream z = {0};

	if (packing == ZSTD_PACKED) {
		n = ZSTD_compress(out, room, text_str(&m->bytes), m->bytes.len, 3);
	} else if (packing == GZIPPED) {
		deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
		z.next_in = (uint8_t *)(uintptr_t)text_str(&m->bytes);
		z.avail_in = (uInt)m->bytes.len;
		z.next_out = out;
		z.avail_out = (uInt)room;
		deflate(&z, Z_FINISH);
		n = z.total_out;
		deflateEnd(&z);
	}
	const char *path = bytes_write(packing == AS_IS ? (const void *)text_str(&m->bytes) : out, n, name);
	free(out);
	return path;
}
