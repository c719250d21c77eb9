/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names for the numbers in a flow record: applications, categories, breeds, risks. The DPI adaptor registers its engine's tables once at start (before threads);
 * from then on they are read-only. So that nothing outside flow/dpi needs nDPI's headers.
 */
#ifndef WEIR_RECORD_NAMES_H
#define WEIR_RECORD_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAMES_APPS_MAX  512
#define NAMES_RISKS_MAX 64

struct risk_name {
	const char *name; /* "TLS Expired Certificate" */
	const char *severity;
	uint16_t score; /* client and server score, summed as nDPI does */
};

struct name_tables {
	const char *app[NAMES_APPS_MAX]; /* by nDPI protocol id; NULL past the last */
	uint8_t app_category[NAMES_APPS_MAX];
	const char *category[128];
	const char *breed[16];
	const char *confidence[16];
	struct risk_name risk[NAMES_RISKS_MAX];
};

void names_register(const struct name_tables *tables);
const struct name_tables *names(void);

/* "TLS.Google", "DNS", "Unknown": as nDPI writes it. Returns the length (< 80). */
size_t app_format(uint16_t master, uint16_t protocol, char out[80]);

#endif
