/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

size_t addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	bool v4 = addr_is_v4(a);
	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, out, ADDR_TEXT_MAX);
	return strlen(out);
}

int addr_parse(const char *text, struct addr *ret_addr)
{
	uint8_t raw[16];
	if (inet_pton(AF_INET, text, raw) == 1)
		*ret_addr = addr_from_v4(raw);
	else if (inet_pton(AF_INET6, text, raw) == 1)
		*ret_addr = addr_from_v6(raw);
	else
		return WEIR_E(INVALID);
	return 0;
}

/* Keep the first len bits. */
static struct addr addr_mask(const struct addr *a, uint8_t len)
{
	struct addr m = *a;
	for (unsigned i = 0; i < 16; i++) {
		unsigned bits = len > i * 8 ? len - i * 8 : 0;
		if (bits < 8)
			m.b[i] = (uint8_t)(m.b[i] & (0xff00u >> bits));
	}
	return m;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	struct addr m = addr_mask(a, p->len);
	return addr_eq(&m, &p->addr);
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
	char buf[ADDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct prefix p = {.len = 128};
	char *end;

	if (n >= sizeof buf)
		return WEIR_E(INVALID);
	memcpy(buf, text, n);
	buf[n] = '\0';
	if (addr_parse(buf, &p.addr) != 0)
		return WEIR_E(INVALID);
	if (slash) {
		unsigned base = strchr(buf, ':') ? 0 : 96;
		unsigned long len = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || len > 128 - base)
			return WEIR_E(INVALID);
		p.len = (uint8_t)(base + len);
	}
	struct addr masked = addr_mask(&p.addr, p.len);
	if (!addr_eq(&masked, &p.addr))
		return WEIR_E(INVALID);
	*ret_prefix = p;
	return 0;
}

size_t prefix_format(const struct prefix *p, char *out)
{
	size_t n = addr_format(&p->addr, out);
	unsigned base = addr_is_v4(&p->addr) && p->len >= 96 ? 96 : 0;
	return n + (size_t)sprintf(out + n, "/%u", p->len - base);
}

bool addr_is_multicast(const struct addr *a)
{
	return addr_is_v4(a) ? a->b[12] >> 4 == 14 : a->b[0] == 0xff;
}

bool addr_is_broadcast(const struct addr *a)
{
	return addr_is_v4(a) && addr_v4_number(a) == UINT32_MAX;
}

bool addr_is_loopback(const struct addr *a)
{
	static const struct addr one = {{[15] = 1}};
	return addr_is_v4(a) ? a->b[12] == 127 : addr_eq(a, &one);
}

size_t mac_format(const struct mac *m, char out[MAC_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";
	for (unsigned i = 0; i < 6; i++) {
		out[3 * i] = hex[m->b[i] >> 4];
		out[3 * i + 1] = hex[m->b[i] & 15];
		out[3 * i + 2] = i < 5 ? ':' : '\0';
	}
	return 17;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

int mac_parse(const char *text, struct mac *ret_mac)
{
	struct mac m;
	for (unsigned i = 0; i < 6; i++, text += 3) {
		int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return WEIR_E(INVALID);
		bool separator = text[2] == ':' || text[2] == '-';
		if (i < 5 ? !separator : text[2] != '\0')
			return WEIR_E(INVALID);
		m.b[i] = (uint8_t)(high << 4 | low);
	}
	*ret_mac = m;
	return 0;
}
