/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/open_socket.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef ARPHRD_RAWIP
#define ARPHRD_RAWIP 519
#endif

bool open_name_valid(const char name[16])
{
	size_t n = strnlen(name, 16);
	if (n == 0 || n > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];
		if (c == '/' || c == ':' || c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0)
			return false;
	}
	return true;
}

bool open_is_ethernet(unsigned hardware)
{
	return hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK;
}

/* Link types whose cooked frames are IP: tunnels and point-to-point lines. */
static bool is_ip_only(unsigned hardware)
{
	switch (hardware) {
	case ARPHRD_NONE: /* tun, WireGuard */
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case 823: /* ARPHRD_IP6GRE */
		return true;
	default:
		return false;
	}
}

static uint32_t missing_caps(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	const uint32_t wanted = 1u << CAP_NET_RAW;
	if (syscall(SYS_capget, &header, data) != 0)
		return wanted;
	return wanted & ~data[0].effective;
}

static int stop(struct open_reply *reply, enum open_step step, int error)
{
	reply->step = step;
	reply->error = error;
	return -1;
}

/* Index and hardware type, asked through a socket that needs no privilege. */
static int look_up(const char name[16], struct open_reply *reply)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return stop(reply, OPEN_STEP_LOOKUP, errno);
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCGIFINDEX, &ifr) != 0)
		error = errno;
	reply->ifindex = ifr.ifr_ifindex;
	if (!error && ioctl(fd, SIOCGIFHWADDR, &ifr) != 0)
		error = errno;
	reply->hardware = ifr.ifr_hwaddr.sa_family;
	close(fd);
	return error ? stop(reply, OPEN_STEP_LOOKUP, error) : 0;
}

int open_packet_socket(const char name[16], struct open_reply *reply)
{
	*reply = (struct open_reply){.magic = OPEN_MAGIC, .missing_caps = missing_caps()};
	if (!open_name_valid(name))
		return stop(reply, OPEN_STEP_NAME, EINVAL);
	if (look_up(name, reply) != 0)
		return -1;
	bool ethernet = open_is_ethernet(reply->hardware);
	if (!ethernet && !is_ip_only(reply->hardware))
		return stop(reply, OPEN_STEP_LINK_TYPE, EPFNOSUPPORT);
	/* Protocol 0: nothing is received before the ring, the filter and the fan-out are in place. */
	int fd = socket(AF_PACKET, (ethernet ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return stop(reply, OPEN_STEP_SOCKET, errno);
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = reply->ifindex};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		int error = errno;
		close(fd);
		return stop(reply, OPEN_STEP_BIND, error);
	}
	/* Kept as long as the socket is open; an interface that knows no such mode hands up everything anyway. */
	struct packet_mreq promiscuous = {.mr_ifindex = reply->ifindex, .mr_type = PACKET_MR_PROMISC};
	(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous);
	reply->step = OPEN_STEP_DONE;
	return fd;
}
