/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/buckets.h"

static const struct {
	const char *name, *help;
} buckets[BUCKET_MAX] = {[BUCKET_NONE] = {"none", "packets of flows"},
#define X(name, help) [BUCKET_##name] = {#name, help},
			 PACKET_BUCKETS(X)
#undef X
};

const char *packet_bucket_name(enum packet_bucket b)
{
	return b < BUCKET_MAX ? buckets[b].name : "unknown";
}

const char *packet_bucket_help(enum packet_bucket b)
{
	return b < BUCKET_MAX ? buckets[b].help : "";
}
