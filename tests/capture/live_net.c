/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/live_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool net_ip(const char *arguments)
{
	char command[300];
	snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin:/sbin ip %s", arguments);
	return system(command) == 0;
}

void net_pair_make(void)
{
	/* Own addresses would make the kernel speak by itself. */
	(void)!system("for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done 2>/dev/null");
	if (!net_ip("link add wtest0 type veth peer name wtest1") || !net_ip("link set wtest0 up") ||
	    !net_ip("link set wtest1 up"))
		abort();
}

bool net_enter(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || !net_ip("link set lo up"))
		return false;
	net_pair_make();
	return true;
}

/* --- frames --- */

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *put_ipv4(uint8_t *p, uint32_t from, uint32_t to, unsigned fragment)
{
	p = put16(put16(p, 0x4500), FRAME_BYTES - 40);
	p = put16(put16(p, 7), fragment);
	p = put16(put16(p, 0x4011), 0);
	p = put32(p, 0x0a000000u + from * 2654435u % 0xffffff);
	p = put32(p, 0x0a000000u + to * 2654435u % 0xffffff);
	return fragment & 0x1fff ? p : put32(put16(put16(p, 1000 + from % 50000), 1000 + to % 50000), 0);
}

static uint8_t *put_ipv6(uint8_t *p, uint32_t from, uint32_t to, bool later_fragment)
{
	p = put32(p, 0x60000000);
	p = put16(put16(p, FRAME_BYTES - 60), later_fragment ? 0x2c40 : 0x1140);
	for (int i = 0; i < 2; i++) {
		p = put32(put32(p, 0x20010db8), i ? to >> 4 : from >> 4);
		p = put32(put32(p, 0), i ? to : from);
	}
	if (later_fragment)
		return put32(put32(p, 0x11000140), 99);
	return put32(put16(put16(p, 1000 + from % 50000), 1000 + to % 50000), 0);
}

unsigned frame_make(uint8_t out[FRAME_BYTES + 64], enum frame_kind kind, uint32_t conversation, bool back, uint32_t id)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
	uint32_t from = 2 * conversation + back, to = 2 * conversation + !back;
	uint8_t *p = out + 12;

	memset(out, 0, FRAME_BYTES + 64);
	memset(out, 2, 6);
	memset(out + 6, 4, 6);
	switch (kind) {
	case FRAME_V6:
		put_ipv6(put16(p, ETH_P_IPV6), from, to, false);
		break;
	case FRAME_V6_LATER:
		put_ipv6(put16(p, ETH_P_IPV6), from, to, true);
		break;
	case FRAME_VLAN:
		put_ipv4(put16(put16(put16(p, ETH_P_8021Q), 20), ETH_P_IP), from, to, 0);
		break;
	case FRAME_QINQ:
		put_ipv4(put16(put16(put16(put16(put16(p, ETH_P_8021AD), 100), ETH_P_8021Q), 20), ETH_P_IP), from, to,
			 0);
		break;
	case FRAME_PPPOE:
		put_ipv4(put16(put16(put16(put16(put16(p, ETH_P_PPP_SES), 0x1100), 5), FRAME_BYTES - 22), 0x21), from,
			 to, 0);
		break;
	case FRAME_MPLS:
		put_ipv4(put32(put32(put16(p, ETH_P_MPLS_UC), 16 << 12 | 64), 17 << 12 | 0x140), from, to, 0);
		break;
	case FRAME_SNAP:
		p = put16(p, FRAME_BYTES - 14);
		memcpy(p, snap, sizeof snap);
		put_ipv4(p + sizeof snap, from, to, 0);
		break;
	case FRAME_ARP:
		put16(p, ETH_P_ARP);
		break;
	default:
		put_ipv4(put16(p, ETH_P_IP), from, to, kind == FRAME_FIRST ? 0x2000 : kind == FRAME_LATER ? 20 : 0);
		break;
	}
	put32(out + FRAME_BYTES - 4, id);
	return FRAME_BYTES;
}

uint32_t frame_id(const uint8_t *data, uint32_t caplen)
{
	uint32_t id;
	if (caplen < 4)
		return UINT32_MAX;
	memcpy(&id, data + caplen - 4, 4);
	return ntohl(id);
}

/* --- sending --- */

int net_sender(const char *interface)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
		abort();
	return fd;
}

void net_send(int fd, const uint8_t *frame, unsigned len)
{
	while (send(fd, frame, len, 0) < 0) {
		if (errno != ENOBUFS && errno != EINTR)
			abort();
		usleep(100);
	}
}
