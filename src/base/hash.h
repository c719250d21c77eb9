/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hashing keyed by a random secret (getrandom at start), so that nobody outside can aim for collisions
 * (compare CVE-2024-47187). xxHash's XXH3 underneath. The secret never changes results that leave the
 * process: no row, identifier or order may depend on a hash.
 */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The process-wide seed; drawn once, on first use (thread-safe). */
uint64_t hash_seed(void);
/* Keyed hash of any bytes. */
uint64_t hash_bytes(const void *data, size_t len);
/* Unkeyed 64-bit hash, stable over runs and machines (deduplication tokens, cache names). */
uint64_t hash_stable(const void *data, size_t len);

#endif
