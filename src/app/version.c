/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <microhttpd.h>
#include <stdio.h>

#include "app/app.h"
#include "base/version.h"
#include "flow/flow.h"

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("weir %s\nnDPI %s\nlibmicrohttpd %s\n", WEIR_VERSION, flow_dpi_version(), MHD_get_version());
	return 0;
}
