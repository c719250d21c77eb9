/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The DPI adaptor's face towards flow/: everything of nDPI is behind it (dpi.c, dpi_meta.c, dpi_names.c are the only files that
 * include its headers). One module and one capped arena a worker; the worker's thread only.
 *
 *   first packet nDPI may want ──► state from the pool ──► packets … ──► decided, or bound, or end ──► metadata published, state back
 *
 * Which packets it is shown: those with payload. Empty TCP segments change nothing but nDPI's counters and its idea of the handshake; these are set
 * by hand (dpi.c), which saves a third of the calls.
 */
#ifndef WEIR_FLOW_DPI_H
#define WEIR_FLOW_DPI_H

#include "decode/packet.h"
#include "flow/flow.h"

struct dpi;
struct dpi_state;
struct flow_worker;

/* 0, WEIR_E(NOMEM), or WEIR_E(UNAVAILABLE) when nDPI can't start. */
int dpi_create(const struct flow_options *options, struct dpi **ret, struct errmsg *e);
void dpi_free(struct dpi *d);
/* Show a packet of the flow; publishes metadata when something was decided. */
void dpi_packet(struct flow_worker *w, uint32_t slot, const struct packet *p);
/* The flow ends: what is known now is final. */
void dpi_end(struct flow_worker *w, uint32_t slot);

#endif
