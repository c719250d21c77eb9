/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that routes and the live stream share: each appends one JSON object to out. Any thread but an observer's. */
#ifndef WEIR_WEB_LISTS_H
#define WEIR_WEB_LISTS_H

#include "web/frame.h"

/* A Frame of live flows, of hosts. */
int flows_frame(struct text *out, const struct web_interface *i, const struct list_request *l, struct errmsg *e);
int hosts_frame(struct text *out, const struct web_interface *i, const struct list_request *l, struct errmsg *e);
/* The Overview object. */
int overview_object(struct text *out, const struct web *w, const struct web_interface *i, struct errmsg *e);
/* [ts_s,bits_in,…] arrays of seconds after after_s, comma separated and inside [ ]; *ret_last the newest second written. */
int series_points(struct text *out, const struct web_interface *i, uint64_t after_s, uint32_t max, uint64_t *ret_last);
/* "risk_names":[…]: risks in words. */
void risk_names_out(struct text *t, const uint16_t *ids, uint32_t count);
/* The Health object. */
int health_object(struct text *out, const struct web *w);
/* "live":false and "flow":{…} of a flow that is over, from the database. WEIR_E(NOTFOUND) with the reason when it is not there. */
int stored_flow(struct web_request *r, uint64_t flow_id);

#endif
