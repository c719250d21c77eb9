/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Enrich: what is known about an address, a MAC or a port from offline data: country, ASN, vendor, service
 * name, local or not.
 *
 * Read-only after enrich_open(): any thread may look up without locks. Every data source is optional;
 * enrich_status() says what is there.
 */
#ifndef WEIR_ENRICH_ENRICH_H
#define WEIR_ENRICH_ENRICH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "record/flow_row.h"

struct enrich_options {
	const char *
		/* any MMDB, flat (country_code) or nested (country.iso_code); NULL: look in the usual places */
		country_mmdb;
	const char *asn_file; /* our compiled ranges (scripts/compile-asn) or an ASN MMDB; NULL: usual places */
	const char *oui_dir;  /* ieee-data's folder; NULL: /usr/share/ieee-data */
	const struct prefix
		/* further local networks; RFC 1918, ULA, link-local, loopback, CGNAT are always local */
		*local;
	uint32_t local_count;
};

struct enrich;

int enrich_open(const struct enrich_options *options, struct enrich **ret, struct errmsg *e);
void enrich_close(struct enrich *en);

/* ISO alpha-2 into out (two bytes, no NUL); false and zeroes when unknown or local. */
bool enrich_country(const struct enrich *en, const struct addr *a, char out[2]);
/* 0 when unknown; *ret_name static for the life of en, may be NULL. */
uint32_t enrich_asn(const struct enrich *en, const struct addr *a, const char **ret_name);
/* NULL when unknown or locally administered. Longest prefix wins (36, 28, 24 bits). */
const char *enrich_vendor(const struct enrich *en, const struct mac *m);
bool enrich_is_local(const struct enrich *en, const struct addr *a);
/* Country, ASN and local or not of one address at once: each is absent for local addresses. */
struct enrich_end {
	const char *as_name; /* lives as long as en; NULL: unknown */
	uint32_t asn;        /* 0: unknown */
	char country[2];     /* zero: unknown */
	bool is_local;
};
void enrich_end(const struct enrich *en, const struct addr *a, struct enrich_end *ret);
/* Fill row->derived from the row's addresses and MACs (names stay NULL: the model knows them). */
void enrich_row(const struct enrich *en, struct flow_row *row);
/* "ssh" for 22/tcp from /etc/services; NULL when unknown. */
const char *enrich_service(const struct enrich *en, uint8_t protocol, uint16_t port);

/* One line a source for `weir doctor` and the health page: name, path, entries, or why it is missing. */
struct enrich_status {
	const char *name, *path, *problem; /* problem NULL: fine */
	uint64_t entries;
};
unsigned enrich_status(const struct enrich *en, struct enrich_status out[4]);

#endif
