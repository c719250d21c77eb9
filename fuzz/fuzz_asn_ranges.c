/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as compiled ASN ranges: refused, or every look-up stays inside them and finds what the entries say. */
#include <stdlib.h>
#include <string.h>

#include "enrich/asn_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct asn_ranges *r, const struct addr *a)
{
	const char *name = NULL;
	uint32_t asn = asn_ranges_find(r, a, &name);

	if (name && (asn == 0 || strlen(name) == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct asn_ranges r;

	if (asn_ranges_load(data, size, "fuzz", &r, NULL) < 0)
		return 0;
	for (uint32_t i = 0; i < r.n4; i++) {
		uint8_t b[4] = {r.v4[i * 16 + 3], r.v4[i * 16 + 2], r.v4[i * 16 + 1], r.v4[i * 16]};
		struct addr a = addr_from_v4(b);
		look_up(&r, &a);
		a.b[15]++;
		look_up(&r, &a);
	}
	for (uint32_t i = 0; i < r.n6; i++) {
		struct addr a = addr_from_v6(r.v6 + i * 40);
		look_up(&r, &a);
		a.b[0]--;
		look_up(&r, &a);
	}
	return 0;
}
