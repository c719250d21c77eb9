/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a list of MAC vendors and as a services file: what was taken is found again, names are never empty. */
#include <stdlib.h>
#include <string.h>

#include "enrich/services.h"
#include "enrich/vendors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_vendors(const char *text, size_t size)
{
	struct vendors v = {0};

	if (vendors_parse(&v, text, size) == 0) {
		vendors_sort(&v);
		for (unsigned i = 0; i < VENDOR_LENGTHS; i++)
			for (uint32_t k = 0; k < v.by_length[i].count; k++) {
				uint64_t prefix = v.by_length[i].words[k] >> 28 << (12 + 4 * (i ? 2 * i : 0));
				struct mac m;
				for (unsigned b = 0; b < 6; b++)
					m.b[b] = (uint8_t)(prefix >> (40 - 8 * b));
				const char *name = vendors_find(&v, &m);
				if (name && !*name)
					abort();
			}
	}
	vendors_free(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct services s = {0};

	check_vendors((const char *)data, size);
	if (services_parse(&s, (const char *)data, size) == 0)
		for (uint32_t i = 0; i < s.count; i++) {
			const char *name = services_find(&s, (uint8_t)(s.items[i].key >> 16), (uint16_t)s.items[i].key);
			if (name != s.items[i].name || !*name)
				abort();
		}
	services_free(&s);
	return 0;
}
