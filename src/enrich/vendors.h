/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who makes a network card: IEEE's assignments from Debian's ieee-data (oui.csv, mam.csv, oui36.csv,
 * iab.csv).
 *
 *     Registry,Assignment,Organization Name,Organization Address          RFC 4180 quoting
 *     MA-L,0050C2,…          6, 7 or 9 hex digits: 24, 28 or 36 bits of the address
 *
 * Kept as one sorted array of 64-bit words a prefix length: the prefix above, the place of the name below.
 * Read-only after loading.
 *
 *      63            28 27          0
 *     ┌────────────────┬─────────────┐
 *     │ prefix, 36 bits│ name offset │
 *     └────────────────┴─────────────┘
 */
#ifndef WEIR_ENRICH_VENDORS_H
#define WEIR_ENRICH_VENDORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"

#define VENDOR_LENGTHS 3 /* 36, 28, 24 bits */
#define VENDORS_MAX    1000000u

struct vendors {
	struct {
		uint64_t *words;
		uint32_t count, room;
	} by_length[VENDOR_LENGTHS];
	struct text names;
	uint64_t refused; /* lines that are no assignment, or past the bound */
};

/* Read one file's content into the arrays; vendors_sort() after the last. 0 or WEIR_E(NOMEM). */
int vendors_parse(struct vendors *v, const char *csv, size_t len);
void vendors_sort(struct vendors *v);
/* All files of ieee-data in dir that are there. WEIR_E(NOTFOUND) when none is. */
int vendors_load(struct vendors *v, const char *dir, struct errmsg *e);
void vendors_free(struct vendors *v);
uint32_t vendors_count(const struct vendors *v);
/* Longest prefix first. NULL when unknown, for group addresses and for locally administered ones (IEEE
 * 802-2014, 8.2). */
const char *vendors_find(const struct vendors *v, const struct mac *m);

#endif
