/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private to dpi.c, dpi_meta.c, dpi_names.c: the adaptor's own types. Only these three files see nDPI's headers.
 *
 * What changed between nDPI's releases is bridged here and nowhere else. Debian 12 has 4.2.
 */
#ifndef WEIR_FLOW_DPI_TYPES_H
#define WEIR_FLOW_DPI_TYPES_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <ndpi_api.h>
#pragma GCC diagnostic pop

#include "base/pool.h"
#include "flow/dpi.h"
#include "record/flow_record.h"

#define NDPI_AT_LEAST(major, minor) (NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

#if NDPI_AT_LEAST(4, 10)
#define NDPI_MASTER(p) ((p).proto.master_protocol)
#define NDPI_APP(p)    ((p).proto.app_protocol)
#else
#define NDPI_MASTER(p) ((p).master_protocol)
#define NDPI_APP(p)    ((p).app_protocol)
#endif

/* nDPI's own allocations while it works for this worker: blocks of the pool, larger ones by malloc, both counted against caps. */
struct dpi_arena {
	struct pool pool;
	size_t large, large_cap;
	uint64_t refused;
};

struct dpi_state {
	struct ndpi_flow_struct flow; /* first: what nDPI is given */
	struct dpi_state *next_free;
	ndpi_protocol protocol; /* its last answer */
	bool in_use;
};

struct dpi {
	struct ndpi_detection_module_struct *module;
	struct dpi_arena arena;
	struct dpi_state *states; /* reserved, touched as used */
	struct dpi_state *free;
	uint32_t states_max, states_fresh;
	uint8_t packets_max[2]; /* [0] TCP, [1] all others */
	struct dpi_state spare; /* when the pool is empty, and for flows without payload */
	uint8_t cut[4096];      /* a packet whose length had to be mended */
	_Alignas(8) char scratch[sizeof(struct flow_meta) + (size_t)META_TEXT_COUNT * META_TEXT_MAX];
};

/* --- dpi_meta.c --- */

/* Write all that the state knows into d->scratch; returns it, or NULL when nothing is known. */
struct flow_meta *dpi_meta_build(struct dpi *d, const struct dpi_state *state);

/* --- dpi.c --- */

/* A detection module with all protocols on. NULL: can't be had. */
struct ndpi_detection_module_struct *dpi_module_create(void);

#endif
