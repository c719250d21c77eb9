/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time: nanoseconds since the epoch (UTC) everywhere inside; text is RFC 3339.
 * Packet time comes from packets; these clocks are for timers of our own work only.
 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

#define RFC3339_TEXT_MAX 36

uint64_t clock_real_ns(void);      /* CLOCK_REALTIME */
uint64_t clock_monotonic_ns(void); /* CLOCK_MONOTONIC */
uint64_t clock_thread_cpu_ns(void);

/* "2026-11-24T07:53:15.123456Z": UTC, always six digits. Years 1970 to 2554. Returns the length. */
size_t rfc3339_format(uint64_t ns, char out[RFC3339_TEXT_MAX]);
/* RFC 3339 with any offset and 0 to 9 digits; WEIR_E(INVALID) else. */
int rfc3339_parse(const char *text, uint64_t *ret_ns);

#endif
