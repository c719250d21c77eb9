/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where country and ASN files are looked for when nobody names one. In this order, the first folder that
 * has a usable file wins:
 *
 *     $WEIR_GEO_DIR · .deps/geo of the checkout that the program was built in · share/weir/geo beside its bin/ · /usr/share/weir/geo · /var/lib/weir/geo
 *
 * A file is known by its content (our magic, or an MMDB's own type), not by its name: a user drops in what
 * they have.
 */
#ifndef WEIR_ENRICH_PLACES_H
#define WEIR_ENRICH_PLACES_H

#include <limits.h>

#include "base/err.h"

enum geo_kind { GEO_COUNTRY, GEO_ASN };

/* Writes the path of the first usable file. WEIR_E(NOTFOUND) when there is none; e says where was looked,
 * or which file is broken. */
int places_find(enum geo_kind kind, char out[PATH_MAX], struct errmsg *e);

#endif
