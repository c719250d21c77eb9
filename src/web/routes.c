/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/routes.h"

#include <stdio.h>
#include <string.h>

const struct route web_routes[] = {
#define X(id, method, path, role, answer, summary) {#id, method, path, #answer, summary, ROLE_##role, api_##id},
	WEB_ROUTES(X)
#undef X
};
const unsigned web_route_count = sizeof web_routes / sizeof web_routes[0];

/* Does path match the pattern? Segments in {} take anything but a slash. */
static bool path_matches(const char *pattern, const char *path, char captures[WEB_CAPTURES_MAX][128])
{
	unsigned n = 0;

	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t len = strcspn(path, "/");
			if (len == 0 || len >= 128 || n >= WEB_CAPTURES_MAX)
				return false;
			memcpy(captures[n], path, len);
			captures[n++][len] = '\0';
			path += len;
			pattern = strchr(pattern, '}') + 1;
			continue;
		}
		if (*pattern++ != *path++)
			return false;
	}
	return *pattern == *path;
}

const struct route *route_find(const char *method, const char *path, char captures[WEB_CAPTURES_MAX][128],
			       bool *ret_path_known)
{
	*ret_path_known = false;
	for (unsigned i = 0; i < web_route_count; i++) {
		if (!path_matches(web_routes[i].path, path, captures))
			continue;
		if (strcmp(method, web_routes[i].method) == 0)
			return &web_routes[i];
		*ret_path_known = true;
	}
	return NULL;
}
