/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/ring_socket.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING_FRAME_BYTES 2048u /* the kernel wants one; with version 3 frames have any length */
#define LINK_UNKNOWN     0xffffu
#define FROM_OFFSET      ((sizeof(struct tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT)

static uint32_t block_count(uint32_t ring_bytes)
{
	uint32_t n = (ring_bytes ? ring_bytes : RING_BYTES_DEFAULT) / RING_BLOCK_BYTES;
	return n < RING_BLOCKS_MIN ? RING_BLOCKS_MIN : n;
}

int ring_set_up(int fd, uint32_t ring_bytes, struct errmsg *e)
{
	int version = TPACKET_V3;
	uint32_t blocks = block_count(ring_bytes);
	struct tpacket_req3 request = {
		.tp_block_size = RING_BLOCK_BYTES,
		.tp_block_nr = blocks,
		.tp_frame_size = RING_FRAME_BYTES,
		.tp_frame_nr = RING_BLOCK_BYTES / RING_FRAME_BYTES * blocks,
		.tp_retire_blk_tov = RING_RETIRE_MS,
	};
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0)
		return err_set(e, WEIR_E(UNSUPPORTED),
			       "this kernel has no TPACKET_V3 (%s): live capture needs Linux 3.2 or newer",
			       strerror(errno));
	if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0)
		return err_set(e, errno == ENOMEM ? WEIR_E(NOMEM) : WEIR_E(IO),
			       "can't make a capture ring of %u MiB: %s",
			       (unsigned)(((uint64_t)blocks * RING_BLOCK_BYTES) >> 20), strerror(errno));
	return 0;
}

int ring_open(struct ring_socket *r, int fd, uint32_t ring_bytes, bool ethernet, struct errmsg *e)
{
	uint32_t blocks = block_count(ring_bytes);
	void *map = mmap(NULL, (size_t)blocks * RING_BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED) {
		int error = errno;
		close(fd);
		return err_set(e, WEIR_E(NOMEM), "can't map the capture ring: %s", strerror(error));
	}
	*r = (struct ring_socket){.fd = fd, .map = map, .block_count = blocks, .ethernet = ethernet};
	return 0;
}

void ring_close(struct ring_socket *r)
{
	if (r->fd < 0)
		return;
	munmap(r->map, (size_t)r->block_count * RING_BLOCK_BYTES);
	close(r->fd);
	*r = (struct ring_socket){.fd = -1};
}

static struct tpacket_hdr_v1 *block_header(const struct ring_socket *r)
{
	struct tpacket_block_desc *d = (void *)(r->map + (size_t)r->block * RING_BLOCK_BYTES);
	return &d->hdr.bh1;
}

bool ring_ready(struct ring_socket *r)
{
	if (r->in_block)
		return true;
	struct tpacket_hdr_v1 *h = block_header(r);
	if (!(__atomic_load_n(&h->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	r->in_block = true;
	r->left = h->num_pkts;
	r->frame = (const void *)(r->map + (size_t)r->block * RING_BLOCK_BYTES + h->offset_to_first_pkt);
	return true;
}

void ring_release(struct ring_socket *r)
{
	if (!r->in_block || r->left)
		return;
	__atomic_store_n(&block_header(r)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->in_block = false;
	r->block = (r->block + 1) % r->block_count;
}

/* A cooked frame's bytes begin with the network layer, whose kind the address says. */
static uint16_t cooked_link_type(const struct sockaddr_ll *from)
{
	uint16_t protocol = __builtin_bswap16(from->sll_protocol);
	return protocol == ETH_P_IP || protocol == ETH_P_IPV6 ? LINK_RAW : LINK_UNKNOWN;
}

bool ring_take(struct ring_socket *r, struct packet_view *view, struct ring_frame *ret)
{
	if (!ring_ready(r) || !r->left)
		return false;
	const struct tpacket3_hdr *h = r->frame;
	const uint8_t *bytes = (const uint8_t *)h;
	const struct sockaddr_ll *from = (const void *)(bytes + FROM_OFFSET);
	/* A tag that the kernel took out was on the wire: it counts with its four bytes. */
	bool tagged = (h->tp_status & TP_STATUS_VLAN_VALID) != 0;

	*view = (struct packet_view){
		.data = bytes + (r->ethernet ? h->tp_mac : h->tp_net),
		.ts_ns = h->tp_sec * 1000000000ull + h->tp_nsec,
		.caplen = h->tp_snaplen,
		.wirelen = h->tp_len + (tagged ? 4u : 0u),
		.link_type = r->ethernet ? LINK_ETHERNET : cooked_link_type(from),
		.vlan_restored = tagged,
		.vlan_tci = tagged ? (uint16_t)h->hv1.tp_vlan_tci : 0,
		.vlan_tpid = !tagged                                    ? 0
			     : h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid
									: ETH_P_8021Q,
	};
	*ret = (struct ring_frame){h, from};
	r->left--;
	r->frame = (const void *)(bytes + h->tp_next_offset);
	return true;
}

void ring_drops(const struct ring_socket *r, uint64_t *drops, uint64_t *freezes)
{
	struct tpacket_stats_v3 s = {0}; /* reading resets them */
	socklen_t n = sizeof s;
	if (r->fd < 0 || getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &s, &n) != 0)
		return;
	*drops += s.tp_drops;
	*freezes += s.tp_freeze_q_cnt;
}
