/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MaxMind DB files (maxmind.github.io/MaxMind-DB) by libmaxminddb: country and ASN look-ups in both
 * schemas that exist, the nested one of GeoLite2 (country.iso_code) and the flat one of the npm packages
 * (country_code).
 *
 * A damaged file is refused on opening where the library notices it; damage that shows later makes a
 * look-up give nothing. Look-ups are lock-free, except that the names of an ASN file are copied once each
 * (NUL-terminated) into a bounded set under a lock.
 */
#ifndef WEIR_ENRICH_MMDB_H
#define WEIR_ENRICH_MMDB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct mmdb;

int mmdb_open(const char *path, struct mmdb **ret, struct errmsg *e);
void mmdb_close(struct mmdb *m);
bool mmdb_country(const struct mmdb *m, const struct addr *a, char out[2]);
uint32_t mmdb_asn(struct mmdb *m, const struct addr *a, const char **ret_name);
/* Nodes of the search tree: how large it is. */
uint64_t mmdb_nodes(const struct mmdb *m);

/* The file's own word for what it holds: "GeoLite2-Country", "country ipvAll". */
const char *mmdb_type(const struct mmdb *m);

#endif
