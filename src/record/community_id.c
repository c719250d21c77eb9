/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Community ID version 1, seed 0 (github.com/corelight/community-id-spec):
 *
 *   "1:" + base64(SHA-1( seed 16 | address | address | protocol 8 | 0 | [port 16 | port 16] ))
 *
 * all in network order, lower endpoint first, ports only for protocols that have them (ICMP by the mapping in decode/icmp.c). The input is at
 * most 40 bytes, so it always is one block of SHA-1 (FIPS 180-4 section 6.1). SHA-1 is here because the specification says so; nothing
 * depends on its strength.
 */
#include <string.h>

#include "record/flow_row.h"

static uint32_t rotl(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void sha1_one_block(const uint8_t block[64], uint8_t digest[20])
{
	uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int i = 0; i < 16; i++) {
		memcpy(&w[i], block + 4 * i, 4);
		w[i] = __builtin_bswap32(w[i]);
	}
	for (int i = 16; i < 80; i++)
		w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f, k;
		if (i < 20)
			f = (b & c) | (~b & d), k = 0x5a827999;
		else if (i < 40)
			f = b ^ c ^ d, k = 0x6ed9eba1;
		else if (i < 60)
			f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
		else
			f = b ^ c ^ d, k = 0xca62c1d6;
		uint32_t t = rotl(a, 5) + f + e + k + w[i];
		e = d, d = c, c = rotl(b, 30), b = a, a = t;
	}
	h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
	for (int i = 0; i < 5; i++) {
		uint32_t be = __builtin_bswap32(h[i]);
		memcpy(digest + 4 * i, &be, 4);
	}
}

/* Fragments without ports and protocols without ports are hashed without them. */
static bool has_ports(const struct flow_key *k)
{
	switch (k->protocol) {
	case 1:
	case 58:
		return true;
	case 6:
	case 17:
	case 132:
		return k->port[0] || k->port[1];
	default:
		return false;
	}
}

static size_t base64_20(const uint8_t in[20], char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *o = out;

	for (int i = 0; i < 18; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		*o++ = digits[v >> 6 & 63];
		*o++ = digits[v & 63];
	}
	uint32_t v = (uint32_t)in[18] << 16 | (uint32_t)in[19] << 8;
	*o++ = digits[v >> 18];
	*o++ = digits[v >> 12 & 63];
	*o++ = digits[v >> 6 & 63];
	*o++ = '=';
	return (size_t)(o - out);
}

size_t community_id_format(const struct flow_key *key, char out[32])
{
	uint8_t block[64] = {0}, digest[20];
	size_t n = 2, skip = addr_is_v4(&key->addr[0]) && addr_is_v4(&key->addr[1]) ? 12 : 0;

	for (int i = 0; i < 2; i++) {
		memcpy(block + n, key->addr[i].b + skip, 16 - skip);
		n += 16 - skip;
	}
	block[n++] = key->protocol;
	n++;
	if (has_ports(key))
		for (int i = 0; i < 2; i++) {
			block[n++] = (uint8_t)(key->port[i] >> 8);
			block[n++] = (uint8_t)key->port[i];
		}
	block[n] = 0x80;
	block[62] = (uint8_t)(n * 8 >> 8);
	block[63] = (uint8_t)(n * 8);
	sha1_one_block(block, digest);
	memcpy(out, "1:", 2);
	n = 2 + base64_20(digest, out + 2);
	out[n] = 0;
	return n;
}
