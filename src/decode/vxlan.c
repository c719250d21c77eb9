/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VXLAN (RFC 7348 section 5), VXLAN GPE (draft-ietf-nvo3-vxlan-gpe section 3), Geneve (RFC 8926 section 3.1).
 *
 *  VXLAN   ┌ R R R R I R R R ┬ reserved 24 ┐          GPE: also P, and the last byte of the first word is the next protocol
 *          ├ VNI 24 ┬ reserved 8 ┤
 *  Geneve  ┌ version 2 ┬ options 6 (× 4 bytes) ┬ O C reserved 8 ┬ protocol 16 ┐
 *          ├ VNI 24 ┬ reserved 8 ┤ options …
 */
#include "decode/layers.h"

enum packet_bucket decode_vxlan(struct frame *f)
{
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	if (!(h[0] & 0x08))
		return BUCKET_malformed;
	f->p->key.tunnel_id = be32_at(h + 4) >> 8;
	return decode_inner_ethernet(f);
}

enum packet_bucket decode_vxlan_gpe(struct frame *f)
{
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	if (!(h[0] & 0x08))
		return BUCKET_malformed;
	f->p->key.tunnel_id = be32_at(h + 4) >> 8;
	switch (h[0] & 0x04 ? h[3] : 3) {
	case 1:
		return decode_ipv4(f);
	case 2:
		return decode_ipv6(f);
	case 3:
		return decode_inner_ethernet(f);
	default:
		return BUCKET_not_ip;
	}
}

enum packet_bucket decode_geneve(struct frame *f)
{
	const uint8_t *h = frame_take(f, 8);
	if (!h)
		return frame_short(f, 8);
	if (h[0] >> 6)
		return BUCKET_malformed;
	f->p->key.tunnel_id = be32_at(h + 4) >> 8;
	size_t options = (h[0] & 0x3fu) * 4u;
	if (!frame_take(f, options))
		return frame_short(f, options);
	uint16_t type = be16_at(h + 2);
	return type == ETHERTYPE_TEB ? decode_inner_ethernet(f) : decode_ethertype(f, type);
}
