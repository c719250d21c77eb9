/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface with the default route, from /proc/net/route and /proc/net/ipv6_route (proc(5)). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capture/capture.h"

#define ROUTE_UP 1u /* RTF_UP */

static bool ipv4_default(char out[16])
{
	char line[512], name[16];
	uint32_t destination, gateway, flags, metric, mask, best = UINT32_MAX;
	bool found = false;
	FILE *f = fopen("/proc/net/route", "re");

	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%15s %" SCNx32 " %" SCNx32 " %" SCNx32 " %*u %*u %" SCNu32 " %" SCNx32, name,
			   &destination, &gateway, &flags, &metric, &mask) != 6)
			continue;
		if (destination || mask || !(flags & ROUTE_UP) || (found && metric >= best))
			continue;
		best = metric;
		found = true;
		strcpy(out, name);
	}
	fclose(f);
	return found;
}

static bool ipv6_default(char out[16])
{
	char line[512], destination[33], name[16];
	uint32_t length, metric, flags, best = UINT32_MAX;
	bool found = false;
	FILE *f = fopen("/proc/net/ipv6_route", "re");

	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%32s %" SCNx32 " %*s %*x %*s %" SCNx32 " %*x %*x %" SCNx32 " %15s", destination,
			   &length, &metric, &flags, name) != 5)
			continue;
		if (length || !(flags & ROUTE_UP) || strcmp(name, "lo") == 0 || (found && metric >= best))
			continue;
		best = metric;
		found = true;
		strcpy(out, name);
	}
	fclose(f);
	return found;
}

int capture_default_interface(char out[16])
{
	return ipv4_default(out) || ipv6_default(out) ? 0 : WEIR_E(NOTFOUND);
}
