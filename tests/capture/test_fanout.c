/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fan-out program, run by a small interpreter of classic BPF: the same number for both directions and all forms of a conversation, whether the frame is
 * shown as received (headers taken off) or as sent; different conversations spread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "capture/fanout_bpf.h"
#include "capture/live_net.h"

struct shown {
	const uint8_t *data;
	unsigned len;
	uint32_t protocol, packet_type;
};

static struct sock_filter program[FANOUT_PROGRAM_MAX];
static unsigned length;

static bool fetch(const struct shown *s, uint64_t at, unsigned n, uint32_t *ret)
{
	if (at + n > s->len)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < n; i++)
		*ret = *ret << 8 | s->data[at + i];
	return true;
}

static bool load(const struct shown *s, const struct sock_filter *i, uint32_t x, uint32_t *a)
{
	unsigned size = BPF_SIZE(i->code) == BPF_W ? 4 : BPF_SIZE(i->code) == BPF_H ? 2 : 1;
	if (BPF_MODE(i->code) == BPF_IND)
		return fetch(s, (uint64_t)x + i->k, size, a);
	if (i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL))
		*a = s->protocol;
	else if (i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE))
		*a = s->packet_type;
	else
		return fetch(s, i->k, size, a);
	return true;
}

static uint32_t alu(unsigned code, uint32_t a, uint32_t v)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + v;
	case BPF_MUL:
		return a * v;
	case BPF_AND:
		return a & v;
	case BPF_XOR:
		return a ^ v;
	case BPF_RSH:
		return a >> v;
	default:
		fail_msg("operation %#x", code);
		return 0;
	}
}

static uint32_t run(const struct shown *s)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = {0};
	for (unsigned pc = 0;; pc++) {
		assert_true(pc < length);
		const struct sock_filter *i = &program[pc];
		uint32_t v = BPF_SRC(i->code) == BPF_X ? x : i->k;
		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (BPF_MODE(i->code) == BPF_IMM)
				a = i->k;
			else if (BPF_MODE(i->code) == BPF_MEM)
				a = mem[i->k];
			else if (!load(s, i, x, &a))
				return 0;
			break;
		case BPF_LDX:
			x = BPF_MODE(i->code) == BPF_MEM ? mem[i->k] : i->k;
			break;
		case BPF_ST:
			mem[i->k] = a;
			break;
		case BPF_STX:
			mem[i->k] = x;
			break;
		case BPF_ALU:
			a = alu(i->code, a, v);
			break;
		case BPF_MISC:
			if (BPF_MISCOP(i->code) == BPF_TAX)
				x = a;
			else
				a = x;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else
				pc += (BPF_OP(i->code) == BPF_JEQ ? a == v : a >= v) ? i->jt : i->jf;
			break;
		default:
			return BPF_RVAL(i->code) == BPF_A ? a : i->k;
		}
	}
}

static unsigned be16_of(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* As packet_rcv_fanout() sees a received frame: behind the Ethernet header, and the first tag in the packet's metadata. */
static struct shown as_received(const uint8_t *frame, unsigned len)
{
	unsigned at = 14, type = be16_of(frame + 12);
	if (type == ETH_P_8021Q || type == ETH_P_8021AD) {
		at = 18;
		type = be16_of(frame + 16);
	}
	if (type < 0x600)
		type = ETH_P_802_2;
	return (struct shown){frame + at, len - at, type, PACKET_HOST};
}

static struct shown as_sent(const uint8_t *frame, unsigned len)
{
	return (struct shown){frame, len, 0, PACKET_OUTGOING};
}

static uint32_t hash_of(enum frame_kind kind, uint32_t conversation, bool back, bool sent)
{
	uint8_t frame[FRAME_BYTES + 64];
	unsigned n = frame_make(frame, kind, conversation, back, 1);
	struct shown s = sent ? as_sent(frame, n) : as_received(frame, n);
	return run(&s);
}

static void all_forms_of_a_conversation(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 300; c++) {
		uint32_t v4 = hash_of(FRAME_V4, c, false, false), v6 = hash_of(FRAME_V6, c, false, false);
		for (unsigned form = 0; form < 4; form++) {
			for (unsigned k = 0; k < FRAME_KINDS; k++) {
				uint32_t want = k == FRAME_ARP ? 0 : k == FRAME_V6 || k == FRAME_V6_LATER ? v6 : v4;
				uint32_t h = hash_of((enum frame_kind)k, c, form & 1, form & 2);
				if (h != want)
					fail_msg("kind %u form %u: %#x, not %#x", k, form, h, want);
			}
		}
	}
}

static void conversations_spread(void **state)
{
	(void)state;
	for (unsigned workers = 2; workers <= 8; workers++) {
		unsigned count[2][8] = {{0}};
		for (uint32_t c = 0; c < 8000; c++) {
			count[0][hash_of(FRAME_V4, c, false, false) % workers]++;
			count[1][hash_of(FRAME_V6, c, false, false) % workers]++;
		}
		for (unsigned w = 0; w < workers; w++)
			for (int f = 0; f < 2; f++)
				if (count[f][w] < 8000 / workers * 8 / 10 || count[f][w] > 8000 / workers * 12 / 10)
					fail_msg("worker %u of %u got %u of 8000", w, workers, count[f][w]);
	}
}

/* Cut anywhere, the program ends and stays within its bounds. */
static void short_frames(void **state)
{
	uint8_t frame[FRAME_BYTES + 64];
	(void)state;
	for (unsigned k = 0; k < FRAME_KINDS; k++) {
		unsigned n = frame_make(frame, (enum frame_kind)k, 3, false, 1);
		for (unsigned cut = 18; cut < n; cut++) {
			struct shown s = as_sent(frame, cut), r = as_received(frame, cut);
			run(&s);
			run(&r);
		}
	}
	memset(frame, 0x81, sizeof frame); /* nothing but tags */
	for (unsigned i = 12; i + 1 < sizeof frame; i += 2)
		frame[i + 1] = 0;
	struct shown s = as_sent(frame, sizeof frame);
	assert_int_equal(run(&s), 0);
}

/* Cooked sockets: no link header either way. */
static void without_ethernet(void **state)
{
	uint8_t frame[FRAME_BYTES + 64];
	(void)state;
	length = fanout_program(program, false, 77);
	unsigned n = frame_make(frame, FRAME_V4, 5, false, 1);
	struct shown in = {frame + 14, n - 14, ETH_P_IP, PACKET_HOST},
		     out = {frame + 14, n - 14, ETH_P_IP, PACKET_OUTGOING};
	uint32_t h = run(&in);
	assert_int_not_equal(h, 0);
	assert_int_equal(run(&out), h);
	length = fanout_program(program, true, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_forms_of_a_conversation),
					   cmocka_unit_test(conversations_spread), cmocka_unit_test(short_frames),
					   cmocka_unit_test(without_ethernet)};
	length = fanout_program(program, true, 77);
	return cmocka_run_group_tests_name("capture/fanout", tests, NULL, NULL);
}
