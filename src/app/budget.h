/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory budget: how --memory is shared out to the tables of one interface. Every table gets a cap from here; none grows past it.
 *
 *      50 % flow records, their table and the observer's view      20 % metadata and cuts      15 % DPI state      15 % hosts, names, series
 */
#ifndef WEIR_APP_BUDGET_H
#define WEIR_APP_BUDGET_H

#include <stdint.h>

struct budget {
	uint32_t slots;      /* flow records a worker */
	uint64_t pool_bytes; /* metadata and cuts a worker */
	uint64_t dpi_bytes;  /* DPI state a worker */
	uint32_t hosts_max;  /* an interface */
};

/* total: bytes for the whole process; shared evenly by interfaces, then by their workers. */
struct budget budget_share(uint64_t total, unsigned interfaces, unsigned workers);
/* A quarter of the machine's memory. */
uint64_t budget_default(void);

#endif
