/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/budget.h"

#include <unistd.h>

/* What one live flow costs over all its tables: record, worker's side, table cell, timer, observer's counters and derived fields. */
#define BYTES_A_FLOW 512u
/* A host with its share of names and applications. */
#define BYTES_A_HOST 640u
#define SLOTS_MIN    1024u
#define SLOTS_MAX    (8u << 20)
#define HOSTS_MIN    1024u
#define HOSTS_MAX    (2u << 20)

static uint32_t clamp(uint64_t v, uint32_t low, uint32_t high)
{
	return v < low ? low : v > high ? high : (uint32_t)v;
}

uint64_t budget_default(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 4;
}

struct budget budget_share(uint64_t total, unsigned interfaces, unsigned workers)
{
	uint64_t mine = total / (interfaces ? interfaces : 1), worker = mine / (workers ? workers : 1);
	return (struct budget){
		.slots = clamp(worker / 2 / BYTES_A_FLOW, SLOTS_MIN, SLOTS_MAX),
		.pool_bytes = worker / 5,
		.dpi_bytes = worker * 15 / 100,
		.hosts_max = clamp(mine * 15 / 100 / BYTES_A_HOST, HOSTS_MIN, HOSTS_MAX),
	};
}
