/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What weir-store may touch once the library is loaded: Landlock (Linux 5.13; landlock(7)) leaves it its data
 * folder, and libraries, time zones, /proc and /sys read-only; from Linux 6.7 on no TCP connection out either.
 */
#ifndef WEIR_STORE_ENGINE_SANDBOX_H
#define WEIR_STORE_ENGINE_SANDBOX_H

#include "base/err.h"

/* From here on, for all threads made later. 0; 1 when the kernel has no Landlock; or an error. */
int sandbox_enter(const char *data_dir, const char *library, struct errmsg *e);

#endif
