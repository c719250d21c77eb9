/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the kernel's fan-out hook a received frame's data begins behind the Ethernet header (and behind the first VLAN tag, which is stripped into the
 * packet's metadata), a sent frame's data with it. So X starts as 0 or 14, and all loads are relative to X: such loads also reach data that does not
 * lie in the packet's linear part. A load past the end makes the program return 0: worker 0.
 *
 *      M[0] EtherType    M[1] M[2] one word of both addresses    M[3] M[4] their sum and difference    M[5] X    M[6] hash so far
 */
#include "capture/fanout_bpf.h"

#include <assert.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>

#define TAGS_MAX 8 /* as many as decode/layers.h looks through */

enum label {
	NEXT,
	IPV4,
	IPV6,
	PPPOE,
	MPLS,
	MPLS_BOTTOM,
	LLC,
	DISPATCH,
	MIX,
	NONE,
	SENT,
	RECEIVED,
	TAG0,
	UNTAGGED = TAG0 + TAGS_MAX,
	LABELS
};

enum { M_TYPE, M_ONE, M_OTHER, M_SUM, M_XOR, M_X, M_HASH };

struct builder {
	struct sock_filter *out;
	uint8_t yes[FANOUT_PROGRAM_MAX], no[FANOUT_PROGRAM_MAX]; /* labels of jumps */
	unsigned at[LABELS];
	unsigned count;
};

static void emit(struct builder *b, unsigned code, uint32_t k, enum label yes, enum label no)
{
	assert(b->count < FANOUT_PROGRAM_MAX);
	b->yes[b->count] = (uint8_t)yes;
	b->no[b->count] = (uint8_t)no;
	b->out[b->count++] = (struct sock_filter){.code = (uint16_t)code, .k = k};
}

static void op(struct builder *b, unsigned code, uint32_t k)
{
	emit(b, code, k, NEXT, NEXT);
}

static void label(struct builder *b, enum label l)
{
	b->at[l] = b->count;
}

/* Go to target when A is k, else on with the next instruction. */
static void if_is(struct builder *b, uint32_t k, enum label target)
{
	/* Conditional jumps reach 255 instructions only; an unconditional one any distance. */
	emit(b, BPF_JMP | BPF_JEQ | BPF_K, k, NEXT, NEXT);
	b->out[b->count - 1].jf = 1;
	emit(b, BPF_JMP | BPF_JA, 0, target, NEXT);
}

static void go(struct builder *b, enum label target)
{
	emit(b, BPF_JMP | BPF_JA, 0, target, NEXT);
}

static void load(struct builder *b, unsigned size, uint32_t offset)
{
	op(b, BPF_LD | BPF_IND | size, offset);
}

/* X += n, A kept. */
static void step(struct builder *b, uint32_t n)
{
	op(b, BPF_ST, M_TYPE);
	op(b, BPF_MISC | BPF_TXA, 0);
	op(b, BPF_ALU | BPF_ADD | BPF_K, n);
	op(b, BPF_MISC | BPF_TAX, 0);
	op(b, BPF_LD | BPF_MEM, M_TYPE);
}

/* --- down to IP --- */

static void start(struct builder *b, bool ethernet)
{
	if (ethernet) {
		op(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
		if_is(b, PACKET_OUTGOING, SENT);
		go(b, RECEIVED);
		label(b, SENT);
		op(b, BPF_LDX | BPF_IMM, ETH_HLEN);
		op(b, BPF_LD | BPF_H | BPF_ABS, 2 * ETH_ALEN);
		go(b, TAG0);
	}
	label(b, RECEIVED);
	op(b, BPF_LDX | BPF_IMM, 0);
	op(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
}

/* A is the EtherType, X where what it names begins. */
static void tags(struct builder *b)
{
	static const uint16_t tag_types[] = {ETH_P_8021Q, ETH_P_8021AD, 0x9100, 0x9200};
	for (unsigned i = 0; i < TAGS_MAX; i++) {
		label(b, TAG0 + i);
		/* Not equal to any: four pairs of instructions and a jump away. */
		for (unsigned t = 0; t < 4; t++) {
			emit(b, BPF_JMP | BPF_JEQ | BPF_K, tag_types[t], NEXT, NEXT);
			b->out[b->count - 1].jt = (uint8_t)(4 - t); /* behind the jump to DISPATCH */
		}
		go(b, DISPATCH);
		load(b, BPF_H, 2);
		step(b, 4);
	}
	label(b, DISPATCH);
	if_is(b, ETH_P_IP, IPV4);
	if_is(b, ETH_P_IPV6, IPV6);
	if_is(b, ETH_P_PPP_SES, PPPOE);
	if_is(b, ETH_P_MPLS_UC, MPLS);
	if_is(b, ETH_P_MPLS_MC, MPLS);
	emit(b, BPF_JMP | BPF_JGE | BPF_K, ETH_P_802_3_MIN, NEXT, NEXT);
	b->out[b->count - 1].jt = 1;
	go(b, LLC);
	go(b, NONE);
}

static void pppoe_and_llc(struct builder *b)
{
	label(b, PPPOE); /* RFC 2516 4 */
	load(b, BPF_H, 6);
	step(b, 8);
	if_is(b, 0x0021, IPV4);
	if_is(b, 0x0057, IPV6);
	go(b, NONE);
	label(b, LLC); /* SNAP of RFC 1042 */
	load(b, BPF_W, 0);
	emit(b, BPF_JMP | BPF_JEQ | BPF_K, 0xaaaa0300u, NEXT, NEXT);
	b->out[b->count - 1].jt = 1;
	go(b, NONE);
	load(b, BPF_W, 4);
	step(b, 8);
	if_is(b, ETH_P_IP, IPV4);
	if_is(b, ETH_P_IPV6, IPV6);
	go(b, NONE);
}

static void mpls(struct builder *b)
{
	label(b, MPLS); /* RFC 3032 2.1: bottom-of-stack bit */
	for (unsigned i = 0; i < TAGS_MAX; i++) {
		load(b, BPF_B, 2);
		op(b, BPF_ALU | BPF_AND | BPF_K, 1);
		step(b, 4);
		if_is(b, 1, MPLS_BOTTOM);
	}
	go(b, NONE);
	label(b, MPLS_BOTTOM);
	load(b, BPF_B, 0);
	op(b, BPF_ALU | BPF_RSH | BPF_K, 4);
	if_is(b, 4, IPV4);
	if_is(b, 6, IPV6);
	label(b, NONE);
	op(b, BPF_RET | BPF_K, 0);
}

/* --- the hash --- */

/* hash = (hash + (one ^ other) * c + (one + other) * d) * e: symmetric, and more of both than a mere xor keeps. */
static void hash_words(struct builder *b, uint32_t one, uint32_t other)
{
	load(b, BPF_W, one);
	op(b, BPF_ST, M_ONE);
	load(b, BPF_W, other);
	op(b, BPF_ST, M_OTHER);
	op(b, BPF_LDX | BPF_MEM, M_ONE);
	op(b, BPF_ALU | BPF_ADD | BPF_X, 0);
	op(b, BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1u);
	op(b, BPF_ST, M_SUM);
	op(b, BPF_LD | BPF_MEM, M_OTHER);
	op(b, BPF_ALU | BPF_XOR | BPF_X, 0);
	op(b, BPF_ALU | BPF_MUL | BPF_K, 0x85ebca77u);
	op(b, BPF_LDX | BPF_MEM, M_SUM);
	op(b, BPF_ALU | BPF_ADD | BPF_X, 0);
	op(b, BPF_LDX | BPF_MEM, M_HASH);
	op(b, BPF_ALU | BPF_ADD | BPF_X, 0);
	op(b, BPF_ALU | BPF_MUL | BPF_K, 0xc2b2ae3du);
	op(b, BPF_ST, M_HASH);
	op(b, BPF_LDX | BPF_MEM, M_X);
}

static void hash_begin(struct builder *b, uint32_t seed)
{
	op(b, BPF_STX, M_X);
	op(b, BPF_LD | BPF_IMM, seed);
	op(b, BPF_ST, M_HASH);
}

/* A ^= A >> n. */
static void fold(struct builder *b, uint32_t n)
{
	op(b, BPF_MISC | BPF_TAX, 0);
	op(b, BPF_ALU | BPF_RSH | BPF_K, n);
	op(b, BPF_ALU | BPF_XOR | BPF_X, 0);
}

static void addresses(struct builder *b, uint32_t seed)
{
	label(b, IPV4); /* RFC 791 3.1 */
	hash_begin(b, seed);
	hash_words(b, 12, 16);
	go(b, MIX);
	label(b, IPV6); /* RFC 8200 3 */
	hash_begin(b, seed);
	for (uint32_t i = 0; i < 4; i++)
		hash_words(b, 8 + 4 * i, 24 + 4 * i);
	label(b, MIX); /* the kernel takes the remainder: every bit must matter */
	op(b, BPF_LD | BPF_MEM, M_HASH);
	fold(b, 16);
	op(b, BPF_ALU | BPF_MUL | BPF_K, 0x7feb352du);
	fold(b, 15);
	op(b, BPF_ALU | BPF_MUL | BPF_K, 0x846ca68bu);
	fold(b, 16);
	op(b, BPF_RET | BPF_A, 0);
}

unsigned fanout_program(struct sock_filter out[FANOUT_PROGRAM_MAX], bool ethernet, uint32_t seed)
{
	struct builder b = {.out = out};

	start(&b, ethernet);
	tags(&b);
	pppoe_and_llc(&b);
	mpls(&b);
	addresses(&b, seed);
	for (unsigned i = 0; i < b.count; i++)
		if (b.yes[i] != NEXT)
			out[i].k = b.at[b.yes[i]] - i - 1;
	return b.count;
}
