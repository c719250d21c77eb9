/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/source.h"

void capture_close(struct capture *c)
{
	if (c)
		c->close(c);
}

int capture_next(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e)
{
	int n = c->next(c, views, max, wait_ms, e);
	for (int i = 0; i < n; i++)
		c->counted.bytes += views[i].wirelen;
	if (n > 0)
		c->counted.packets += (unsigned)n;
	return n;
}

void capture_stats(struct capture *c, struct capture_stats *ret)
{
	c->stats(c, ret);
}

const char *capture_state(const struct capture *c)
{
	return c->state(c);
}
