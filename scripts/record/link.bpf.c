// SPDX-License-Identifier: GPL-3.0-or-later
// What a switch port can do with frames, as tc programs (kernels without
// 8021q and netem have these too): access port of a VLAN, of a double-tagged
// (802.1ad) service, and a link that loses some of the frames.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#define SECTION(name) __attribute__((section(name), used))
#define TAG_8021Q 0x0081 /* 0x8100 in network order */
#define TAG_8021AD 0xa888

static long (*vlan_push)(struct __sk_buff *, __be16, __u16) = (void *)BPF_FUNC_skb_vlan_push;
static long (*vlan_pop)(struct __sk_buff *) = (void *)BPF_FUNC_skb_vlan_pop;
static __u32 (*random_u32)(void) = (void *)BPF_FUNC_get_prandom_u32;

static inline int is_vlan(struct __sk_buff *skb, __u32 id)
{
	return skb->vlan_present && (skb->vlan_tci & 0xfff) == id;
}

SECTION("push20") int push_vlan20(struct __sk_buff *skb)
{
	return vlan_push(skb, TAG_8021Q, 20) ? TC_ACT_SHOT : TC_ACT_OK;
}

SECTION("pop20") int pop_vlan20(struct __sk_buff *skb)
{
	if (!is_vlan(skb, 20))
		return TC_ACT_SHOT;
	return vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* A port of the untagged network: nothing tagged goes out of it. */
SECTION("untagged") int untagged_only(struct __sk_buff *skb)
{
	return skb->vlan_present ? TC_ACT_SHOT : TC_ACT_OK;
}

SECTION("push_qinq") int push_vlan100_20(struct __sk_buff *skb)
{
	if (vlan_push(skb, TAG_8021Q, 20))
		return TC_ACT_SHOT;
	return vlan_push(skb, TAG_8021AD, 100) ? TC_ACT_SHOT : TC_ACT_OK;
}

SECTION("pop_qinq") int pop_vlan100_20(struct __sk_buff *skb)
{
	if (!is_vlan(skb, 100) || vlan_pop(skb))
		return TC_ACT_SHOT;
	return vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

SECTION("loss8") int lose_8_percent(struct __sk_buff *skb)
{
	return random_u32() % 100 < 8 ? TC_ACT_SHOT : TC_ACT_OK;
}

SECTION("loss2_untagged") int lose_2_percent(struct __sk_buff *skb)
{
	return skb->vlan_present || random_u32() % 100 < 2 ? TC_ACT_SHOT : TC_ACT_OK;
}

char program_license[] SECTION("license") = "GPL";
