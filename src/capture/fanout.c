/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Loads are relative to the network header (SKF_NET_OFF), wherever the link header ends. skb->protocol says what lies there; VLAN tags that are still
 * in the frame are looked through, two deep. X holds the offset of the IP header behind the network header; M[0] collects the xor.
 *
 *      v4: src ^ dst          v6: the xor of all eight words of both          else: worker 0
 */
#define NET        ((uint32_t)SKF_NET_OFF)
#define PROTOCOL   ((uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL))
#define LD_ABS(size, k)   BPF_STMT(BPF_LD | (size) | BPF_ABS, (k))
#define LD_IND(size, k)   BPF_STMT(BPF_LD | (size) | BPF_IND, (k))
#define LDX(k)            BPF_STMT(BPF_LDX | BPF_IMM, (k))
#define IF_EQ(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define ALU(op, k)        BPF_STMT(BPF_ALU | (op) | BPF_K, (k))
#define RET_A             BPF_STMT(BPF_RET | BPF_A, 0)
#define RET(k)            BPF_STMT(BPF_RET | BPF_K, (k))
#define GOTO(n)           BPF_STMT(BPF_JMP | BPF_JA, (n))

/* Knuth's multiplicative hash, upper half: neighbours in address go to different workers. */
#define MIX ALU(BPF_MUL, 0x9e3779b1u), ALU(BPF_RSH, 16)

/* A ^= word at k: M[0] is the running xor; X is needed as offset, so it is kept in M[1]. */
#define XOR_WORD(k)                                                                                               \
	LD_IND(BPF_W, NET + (k)), BPF_STMT(BPF_LDX | BPF_MEM, 0), BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),             \
		BPF_STMT(BPF_ST, 0), BPF_STMT(BPF_LDX | BPF_MEM, 1)

static struct sock_filter program[] = {
	LDX(0),
	LD_ABS(BPF_W, PROTOCOL),
	IF_EQ(ETH_P_8021Q, 1, 0),
	IF_EQ(ETH_P_8021AD, 0, 6), /* → dispatch */
	LDX(4),
	LD_ABS(BPF_H, NET + 2),
	IF_EQ(ETH_P_8021Q, 1, 0),
	IF_EQ(ETH_P_8021AD, 0, 2), /* → dispatch */
	LDX(8),
	LD_ABS(BPF_H, NET + 6),
	/* dispatch: A is the EtherType, X the offset */
	BPF_STMT(BPF_STX, 1),
	IF_EQ(ETH_P_IP, 2, 0),
	IF_EQ(ETH_P_IPV6, 15, 0), /* → v6 */
	RET(0),
	/* v4 */
	BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_ST, 0),
	XOR_WORD(12), XOR_WORD(16),
	GOTO(42), /* → mix */
	GOTO(0),
	/* v6 */
	BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_ST, 0),
	XOR_WORD(8), XOR_WORD(12), XOR_WORD(16), XOR_WORD(20), XOR_WORD(24), XOR_WORD(28), XOR_WORD(32), XOR_WORD(36),
	/* mix */
	BPF_STMT(BPF_LD | BPF_MEM, 0),
	MIX,
	RET_A,
};

int fanout_join(int fd, unsigned interface_index, struct errmsg *e)
{
	uint32_t group = ((uint32_t)getpid() * 31u + interface_index) & 0xffff;
	uint32_t fanout = group | (uint32_t)PACKET_FANOUT_CBPF << 16;
	struct sock_fprog data = {.len = sizeof program / sizeof program[0], .filter = program};

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &data, sizeof data) != 0)
		return err_set(e, WEIR_E(IO), "can't share the interface among workers: %s; try --workers 1", strerror(errno));
	return 0;
}
