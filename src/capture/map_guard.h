/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mapped file that somebody cuts short while we read it (tcpdump -W writing its ring of files anew, say) raises SIGBUS. The guard turns that into a flag:
 * what is gone reads as zeros, and the reader ends the file there. Faults elsewhere are as deadly as before.
 *
 * Any thread. The handler is put in place with each guard, where it is not there already.
 */
#ifndef WEIR_CAPTURE_MAP_GUARD_H
#define WEIR_CAPTURE_MAP_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define MAP_GUARDS_MAX 64 /* mapped files at a time: one a worker with files */

/* False: all places are in use, and the file should be read without mapping it. */
bool map_guard_add(void *map, size_t size, _Atomic bool *cut);
void map_guard_remove(void *map);

#endif
