/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux "cooked" capture, versions 1 and 2 (tcpdump.org LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
 *
 *  v1   0      2       4       6                14     16
 *      ┌──────┬───────┬───────┬────────────────┬──────┐
 *      │ kind │ARPHRD │ length│ address (8)    │ proto│
 *      └──────┴───────┴───────┴────────────────┴──────┘
 *  v2   0      2         4            8       10    11    12               20
 *      ┌──────┬─────────┬────────────┬───────┬─────┬─────┬────────────────┐
 *      │ proto│ reserved│ if index   │ARPHRD │kind │ len │ address (8)    │
 *      └──────┴─────────┴────────────┴───────┴─────┴─────┴────────────────┘
 *
 * Only the sender's address is there. proto is an EtherType, or 1 (802.3 without LLC) and 4 (802.2 LLC).
 */
#include "decode/layers.h"

static enum packet_bucket cooked(struct frame *f, uint16_t proto, uint16_t address_len, const uint8_t *address)
{
	if (address_len == 6)
		memcpy(&f->p->mac[0], address, 6);
	return proto < 0x0600 ? BUCKET_not_ip : decode_ethertype(f, proto);
}

enum packet_bucket decode_sll(struct frame *f)
{
	const uint8_t *h = frame_take(f, 16);
	return h ? cooked(f, be16_at(h + 14), be16_at(h + 4), h + 6) : frame_short(f, 16);
}

enum packet_bucket decode_sll2(struct frame *f)
{
	const uint8_t *h = frame_take(f, 20);
	return h ? cooked(f, be16_at(h), h[11], h + 12) : frame_short(f, 20);
}
