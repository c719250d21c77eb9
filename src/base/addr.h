/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP addresses, prefixes and MAC addresses.
 *
 * One type holds both families: IPv4 lies as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that comparing, hashing
 * and storing (ClickHouse IPv6) need no branch. All functions are pure; any thread.
 */
#ifndef WEIR_BASE_ADDR_H
#define WEIR_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

#define ADDR_TEXT_MAX 46 /* INET6_ADDRSTRLEN */
#define MAC_TEXT_MAX  18

struct addr {
	_Alignas(8) uint8_t b[16]; /* network order */
};

struct mac {
	uint8_t b[6];
};

/* An address range by prefix; len counts bits of the 128, so 10.0.0.0/8 has len 104. */
struct prefix {
	struct addr addr;
	uint8_t len;
};

static inline struct addr addr_from_v4(const void *four_bytes)
{
	struct addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
	memcpy(a.b + 12, four_bytes, 4);
	return a;
}

static inline struct addr addr_from_v6(const void *sixteen_bytes)
{
	struct addr a;
	memcpy(a.b, sixteen_bytes, 16);
	return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	return memcmp(a->b, mapped, 12) == 0;
}

static inline int addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, 16);
}

static inline bool addr_eq(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2];
	memcpy(x, a->b, 16);
	memcpy(y, b->b, 16);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/* Host-order IPv4 number; only for addr_is_v4(). */
static inline uint32_t addr_v4_number(const struct addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 | a->b[15];
}

/* "10.0.0.1", "2001:db8::1" (RFC 5952). Returns the length without the NUL. */
size_t addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* Accepts both families' text forms; WEIR_E(INVALID) else. */
int addr_parse(const char *text, struct addr *ret_addr);

bool prefix_contains(const struct prefix *p, const struct addr *a);
/* "10.0.0.0/8", "fd00::/8", or a bare address (a host prefix). Host bits must be zero: WEIR_E(INVALID) else. */
int prefix_parse(const char *text, struct prefix *ret_prefix);
/* Needs ADDR_TEXT_MAX + 4 bytes. Returns the length. */
size_t prefix_format(const struct prefix *p, char *out);

bool addr_is_multicast(const struct addr *a); /* 224.0.0.0/4, ff00::/8 */
bool addr_is_broadcast(const struct addr *a); /* 255.255.255.255 */
bool addr_is_loopback(const struct addr *a);  /* 127.0.0.0/8, ::1 */

/* "00:11:22:aa:bb:cc". Returns 17. */
size_t mac_format(const struct mac *m, char out[MAC_TEXT_MAX]);
int mac_parse(const char *text, struct mac *ret_mac);

#endif
