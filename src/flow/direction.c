/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/direction.h"

/* Registered ports above 1023 on which servers usually listen. Order: number. */
static const uint16_t service_ports[] = {
	1080,  1099,  1194,  1293,  1344,  1352,  1433,  1434,  1494,  1521,  1701,  1719,  1720,  1723,  1812,  1813,
	1833,  1883,  1900,  1935,  2000,  2049,  2083,  2152,  2181,  2222,  2375,  2376,  2379,  2404,  2483,  2484,
	2598,  3000,  3128,  3260,  3268,  3269,  3283,  3306,  3389,  3478,  3479,  3544,  3702,  3784,  4369,  4500,
	4569,  4739,  4786,  4840,  5000,  5001,  5004,  5005,  5060,  5061,  5201,  5222,  5223,  5228,  5269,  5349,
	5351,  5353,  5355,  5432,  5601,  5632,  5671,  5672,  5683,  5684,  5800,  5900,  5901,  5938,  5985,  5986,
	6000,  6343,  6379,  6443,  6514,  6653,  6667,  6697,  6881,  7000,  7001,  7070,  7547,  8000,  8008,  8009,
	8080,  8081,  8086,  8088,  8089,  8443,  8530,  8531,  8554,  8883,  8888,  9000,  9042,  9090,  9092,  9100,
	9200,  9300,  9418,  9600,  9995,  9996,  10000, 10050, 10051, 10250, 11211, 17500, 19132, 20000, 25565, 27015,
	27017, 32400, 34962, 34963, 34964, 44818, 47808, 51820, 55553,
};

/* 2: a system port (RFC 6335 section 6), 1: a listed service, 0: anything else. */
static int port_rank(uint16_t port)
{
	if (port && port < 1024)
		return 2;
	size_t low = 0, high = sizeof service_ports / sizeof service_ports[0];
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (service_ports[middle] == port)
			return 1;
		if (service_ports[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* The ICMP types that ask; their counterparts answer. */
static bool icmp_asks(uint8_t protocol, uint16_t type)
{
	if (protocol == 1)
		return type == 8 || type == 13 || type == 15 || type == 10 || type == 17;
	return type == 128 || type == 130 || type == 133 || type == 135 || type == 139 || type == 144;
}

unsigned direction_client(const struct packet *p, enum direction_reason *reason)
{
	unsigned sender = p->source_is_1, receiver = !sender;
	const struct flow_key *k = &p->key;
	uint16_t from = k->port[sender], to = k->port[receiver];

	if (k->protocol == 6 && (p->tcp_flags & TCP_SYN)) {
		*reason = p->tcp_flags & TCP_ACK ? DIRECTION_SYN_ACK : DIRECTION_SYN;
		return p->tcp_flags & TCP_ACK ? receiver : sender;
	}
	if (k->protocol == 1 || k->protocol == 58) {
		if (k->one_way || p->is_later_fragment) {
			*reason = DIRECTION_ONE_WAY;
			return sender;
		}
		*reason = DIRECTION_ICMP;
		return icmp_asks(k->protocol, from) ? sender : receiver;
	}
	if (addr_is_multicast(&k->addr[receiver]) || addr_is_broadcast(&k->addr[receiver])) {
		*reason = DIRECTION_MULTICAST;
		return sender;
	}
	if (k->protocol == 17 && ((from == 67 && to == 68) || (from == 68 && to == 67) || (from == 547 && to == 546) ||
				  (from == 546 && to == 547))) {
		*reason = DIRECTION_DHCP;
		return from == 68 || from == 546 ? sender : receiver;
	}
	if (k->protocol == 17 && from == to && from == 53 && p->payload_caplen >= 12) {
		*reason = DIRECTION_DNS;
		return p->payload[2] & 0x80 ? receiver : sender;
	}
	int rank = port_rank(to) - port_rank(from);
	*reason = rank ? DIRECTION_PORT : DIRECTION_FIRST;
	return rank < 0 ? receiver : sender;
}

const char *direction_reason_text(enum direction_reason r)
{
	static const char *const texts[DIRECTION_MAX] = {
#define X(id, help) [DIRECTION_##id] = help,
		DIRECTION_REASONS(X)
#undef X
	};
	return r < DIRECTION_MAX ? texts[r] : "";
}
