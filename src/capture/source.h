/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to capture/: what files and live interfaces have in common behind struct capture. */
#ifndef WEIR_CAPTURE_SOURCE_H
#define WEIR_CAPTURE_SOURCE_H

#include "capture/bpf.h"

struct capture {
	int (*next)(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e);
	void (*close)(struct capture *c);
	void (*stats)(struct capture *c, struct capture_stats *ret);
	const char *(*state)(const struct capture *c);
	struct bpf_filter filter;
	struct capture_stats counted; /* packets and bytes handed out, and what the source adds */
};

#endif
