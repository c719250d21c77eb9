/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the running program lies: what belongs to it (weir-open, weir-store, the page, the engine, the tables of
 * places) is found from there, in a checkout as in an installed tree. Any thread.
 */
#ifndef WEIR_BASE_PROGRAM_H
#define WEIR_BASE_PROGRAM_H

#include <stddef.h>

/* Writes the path of `relative` ("weir-open", "../share/weir/ui") as seen from the program's folder; "" for the folder
 * itself. WEIR_E(NOTFOUND): /proc does not say where the program is; WEIR_E(TOOBIG): `size` is too small. In both cases out is
 * "". Whether the file exists is not looked at. */
int program_path(const char *relative, char *out, size_t size);

#endif
