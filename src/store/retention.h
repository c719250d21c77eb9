/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Retention: flows older than some days, counted from when they were received, go; and when the database fills
 * more than its share of the disk, the oldest go first. Whole days (partitions) while there is more than one, then
 * the oldest parts of the day.
 */
#ifndef WEIR_STORE_RETENTION_H
#define WEIR_STORE_RETENTION_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/client.h"

#define RETENTION_EVERY_NS (60 * NS_PER_S)

struct retention {
	uint32_t days;
	uint64_t bytes_max; /* of the table on disk; 0: no bound (a server's disk is not ours) */
};

/* Number of partitions and parts removed, or an error. */
int retention_enforce(struct ch_client *c, const struct retention *r, struct errmsg *e);

#endif
