/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our compiled ASN ranges: a file that scripts/compile-asn makes from CSV, mapped and searched in place.
 * All numbers little endian.
 *
 *      ┌ "WEIRASN1" ┬ u32 n4 ┬ u32 n6 ┬ u32 strings_size ┬ u32 0 ┐  24 bytes
 *      ├ n4 × { u32 start, u32 end, u32 asn, u32 name }          ┤  IPv4 as numbers; sorted, without overlap, ends included
 *      ├ n6 × { u8 start[16], u8 end[16], u32 asn, u32 name }    ┤  sorted, without overlap
 *      └ strings_size bytes of NUL-terminated names              ┘  name: offset into them
 *
 * Everything that a look-up relies on (sizes, order, offsets, the last NUL) is checked once on opening; a
 * file that fails is refused, with the place in the message. After that any thread may search. The file
 * must not be truncated while it is mapped: replace it by renaming.
 */
#ifndef WEIR_ENRICH_ASN_RANGES_H
#define WEIR_ENRICH_ASN_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct asn_ranges {
	const uint8_t *v4, *v6;
	const char *strings;
	uint32_t n4, n6;
	void *map; /* what to unmap; NULL when the bytes are the caller's */
	size_t map_len;
};

/* True when the file at path begins with our magic. */
bool asn_ranges_is(const char *path);
int asn_ranges_open(const char *path, struct asn_ranges *ret, struct errmsg *e);
void asn_ranges_close(struct asn_ranges *r);
/* The check alone, over bytes that stay the caller's. what: named in messages. */
int asn_ranges_load(const void *data, size_t len, const char *what, struct asn_ranges *ret, struct errmsg *e);
/* 0 when unknown. *ret_name lives as long as the ranges; NULL when there is none. */
uint32_t asn_ranges_find(const struct asn_ranges *r, const struct addr *a, const char **ret_name);

#endif
