/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of ports from services(5): "name port/protocol aliases # text". getservbyport(3) is not
 * thread-safe and reads the file each time; this reads it once. Read-only after loading.
 */
#ifndef WEIR_ENRICH_SERVICES_H
#define WEIR_ENRICH_SERVICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SERVICES_MAX     65536u
#define SERVICE_NAME_MAX 24

struct service {
	uint32_t key;   /* protocol << 16 | port */
	uint32_t order; /* in the file */
	char name[SERVICE_NAME_MAX];
};

struct services {
	struct service *items; /* sorted by key; of equal ones the first in the file is kept */
	uint32_t count, room;
	uint64_t refused; /* lines with a port that is none, or past the bound */
};

int services_parse(struct services *s, const char *text, size_t len);
int services_load(struct services *s, const char *path, struct errmsg *e);
void services_free(struct services *s);
const char *services_find(const struct services *s, uint8_t protocol, uint16_t port);

#endif
