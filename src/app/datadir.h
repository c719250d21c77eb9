/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder where an instance keeps everything: /var/lib/weir for root and the service, $XDG_STATE_HOME/weir (~/.local/state/weir) for a user, --data else. */
#ifndef WEIR_APP_DATADIR_H
#define WEIR_APP_DATADIR_H

#include <stddef.h>

#include "app/help.h"
#include "base/err.h"

/* The option of all commands that look into it, for their help. */
#define DATADIR_HELP                                                                                         \
	{                                                                                                    \
		.name = "data", .argument = "DIR",                                                           \
		.help = "the instance's folder (default: /var/lib/weir for root, $XDG_STATE_HOME/weir else)" \
	}

/* Its path, absolute; nothing is made. wanted: --data, or NULL. */
int datadir_path(const char *wanted, char *out, size_t size, struct errmsg *e);
/* The same, made with mode 0700 when it is not there. */
int datadir_open(const char *wanted, char *out, size_t size, struct errmsg *e);

#endif
