/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where libchdb.so lies. */
#ifndef WEIR_STORE_ENGINE_PATH_H
#define WEIR_STORE_ENGINE_PATH_H

#include <stddef.h>

#include "base/err.h"

/* Absolute path of the engine: wanted (--engine) when given, else $WEIR_ENGINE, beside a checkout, beside an installation. WEIR_E(NOTFOUND) with what to do in e. */
int engine_path_find(const char *wanted, char *out, size_t size, struct errmsg *e);

#endif
