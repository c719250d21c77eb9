/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files of every kind, made in memory by the formats' own texts (draft-ietf-opsawg-pcap, -pcapng) and written to a scratch folder. */
#ifndef WEIR_TESTS_CAPTURE_FILE_MAKE_H
#define WEIR_TESTS_CAPTURE_FILE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Numbers go in big endian when set, else little endian. */
struct made {
	struct text bytes;
	bool big;
};

void put8(struct made *m, uint8_t v);
void put16(struct made *m, uint16_t v);
void put32(struct made *m, uint32_t v);
void put64(struct made *m, uint64_t v);
void put_bytes(struct made *m, const void *p, size_t n);

void pcap_header(struct made *m, uint32_t magic, uint32_t link_type);
/* n bytes, all of them `fill`. */
void pcap_frame(struct made *m, uint32_t seconds, uint32_t fraction, uint32_t caplen, uint32_t wirelen, uint8_t fill);

void ng_section(struct made *m);
/* resolution < 0: no if_tsresol; offset 0: no if_tsoffset. */
void ng_interface(struct made *m, uint16_t link_type, uint32_t snap, int resolution, int64_t offset);
void ng_enhanced(struct made *m, uint32_t interface, uint64_t units, uint32_t caplen, uint32_t wirelen, uint8_t fill);
void ng_simple(struct made *m, uint32_t wirelen, uint32_t stored, uint8_t fill);
void ng_obsolete(struct made *m, uint16_t interface, uint64_t units, uint32_t caplen, uint32_t wirelen, uint8_t fill);
/* A block of a type nobody knows. */
void ng_unknown(struct made *m);

enum packing { AS_IS, GZIPPED, ZSTD_PACKED };
/* Writes $TMPDIR/weir-capture-PID/name; the path is in static storage, good until four calls later. */
const char *made_write(const struct made *m, const char *name, enum packing packing);
const char *bytes_write(const void *bytes, size_t n, const char *name);
const char *scratch_folder(void);
void scratch_remove(void);

#endif
