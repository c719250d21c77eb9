/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrich/places.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "enrich/asn_ranges.h"
#include "enrich/file.h"
#include "enrich/mmdb.h"

/* How well a file serves: 0 not at all; a file for both IP versions is better than one for either. */
static int rank_of_type(enum geo_kind kind, const char *type)
{
	bool asn = strcasestr(type, "asn") && !strcasestr(type, "country");
	bool country = strcasestr(type, "country") || strcasestr(type, "city") || strcasestr(type, "enterprise");
	if (kind == GEO_ASN ? !asn : !country)
		return 0;
	return strcasestr(type, "ipv4") || strcasestr(type, "ipv6") ? 1 : 2;
}

static int rank_of_file(enum geo_kind kind, const char *path, struct errmsg *e)
{
	if (asn_ranges_is(path))
		return kind == GEO_ASN ? 3 : 0;
	size_t len = strlen(path);
	if (len < 5 || strcmp(path + len - 5, ".mmdb") != 0)
		return 0;
	struct mmdb *m;
	if (mmdb_open(path, &m, e) < 0)
		return 0;
	int rank = rank_of_type(kind, mmdb_type(m));
	mmdb_close(m);
	return rank;
}

/* The best file in a folder, in order of names among equals. */
static int find_in(enum geo_kind kind, const char *dir, char out[PATH_MAX], struct errmsg *e)
{
	struct dirent **list;
	int best = 0, n = scandir(dir, &list, NULL, alphasort);
	if (n < 0)
		return WEIR_E(NOTFOUND);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		if (list[i]->d_name[0] != '.' && file_path(path, sizeof(path), dir, list[i]->d_name) == 0) {
			int rank = rank_of_file(kind, path, e);
			if (rank > best) {
				best = rank;
				memcpy(out, path, strlen(path) + 1);
			}
		}
		free(list[i]);
	}
	free(list);
	return best ? 0 : WEIR_E(NOTFOUND);
}

int places_find(enum geo_kind kind, char out[PATH_MAX], struct errmsg *e)
{
	char checkout[PATH_MAX], installed[PATH_MAX];
	struct errmsg broken = {""};
	(void)program_path("../.deps/geo", checkout, sizeof checkout);
	(void)program_path("../share/weir/geo", installed, sizeof installed);
	const char *dirs[] = {getenv("WEIR_GEO_DIR"), checkout, installed, "/usr/share/weir/geo", "/var/lib/weir/geo"};
	for (unsigned i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (dirs[i] && *dirs[i] && find_in(kind, dirs[i], out, &broken) == 0)
			return 0;
	if (broken.text[0])
		return err_set(e, WEIR_E(CORRUPT), "%s", broken.text);
	return err_set(
		e, WEIR_E(NOTFOUND),
		"no %s data in $WEIR_GEO_DIR, .deps/geo, ../share/weir/geo, /usr/share/weir/geo or /var/lib/weir/geo: "
		"run scripts/install-deps, or put a MaxMind DB file there",
		kind == GEO_ASN ? "ASN" : "country");
}
