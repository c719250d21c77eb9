/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of the health answer that the overview shows too. */
#ifndef WEIR_WEB_HEALTH_H
#define WEIR_WEB_HEALTH_H

#include "web/request.h"

/* "buckets":[…]: where frames went that belong to no flow. */
void buckets_out(struct text *t, const struct observer_stats *s);
/* Live streams open now. */
unsigned web_stream_count(const struct web *w);

#endif
