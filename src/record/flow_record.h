/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow record: what is known of one live flow, written by its worker, read by the observer of its interface.
 *
 *   struct flow_record (in the slab, 3 lines of 64 bytes)
 *   ┌ line 0: key and identity, written once before `new` is announced ┐
 *   ├ line 1: hot counters, relaxed 64-bit words                      ┤  both sides, at any time
 *   └ line 2: slower facts and pointers to what is immutable          ┘
 *                      │ meta (release/acquire)      │ slice (exchange)
 *                      ▼                             ▼
 *              struct flow_meta  ◄── prev      struct flow_slice
 *              names, application, risks       cumulative counters at a five-minute cut
 *
 * Direction: index 0 is client to server (c2s), 1 server to client (s2c). Who is the client is decided once, at the first packet,
 * and never changes.
 */
#ifndef WEIR_RECORD_FLOW_RECORD_H
#define WEIR_RECORD_FLOW_RECORD_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum flow_dir { FLOW_C2S = 0, FLOW_S2C = 1 };

/* What makes two packets one flow: what Community ID hashes (ICMP types mapped to ports as there), plus VLAN, plus tunnel ids that are the same
 * both ways (VNI, VSID). Endpoint 0 is the lower one in Community ID's order (address, then port). Ports in host order. No padding: compared and hashed as bytes. */
struct flow_key {
	struct addr addr[2];
	uint16_t port[2];
	uint32_t tunnel_id; /* 0: none */
	uint16_t vlan_id;   /* outermost tag's VID; 0: untagged */
	uint8_t protocol;   /* IANA protocol number of the flow (ICMPv6 58 …) */
	uint8_t one_way;    /* ICMP type without a counterpart: endpoints are source, destination, never swapped */
	uint32_t zero;
};
static_assert(sizeof(struct flow_key) == 48, "a key is hashed as 48 bytes");

struct flow_counters {
	uint64_t packets[2];
	uint64_t wire_bytes[2]; /* original frame lengths */
	uint64_t bytes[2];      /* from the IP header on */
};

/* How a TCP conversation stands or ended. */
#define TCP_STATES(X)                                                                          \
	X(NONE,        "",            "not TCP")                                               \
	X(SYN_SENT,    "syn_sent",    "connection asked for, no answer yet")                    \
	X(SYN_RCVD,    "syn_received","server answered, not yet confirmed")                     \
	X(ESTABLISHED, "established", "handshake seen")                                         \
	X(MIDSTREAM,   "midstream",   "began before the capture")                               \
	X(CLOSING,     "closing",     "one side has finished")                                  \
	X(CLOSED,      "closed",      "both sides finished")                                    \
	X(REFUSED,     "refused",     "connection refused by server")                           \
	X(RESET_C,     "reset_by_client", "reset by client")                                    \
	X(RESET_S,     "reset_by_server", "reset by server")
enum tcp_state {
#define X(id, name, help) TCP_STATE_##id,
	TCP_STATES(X)
#undef X
		TCP_STATE_MAX
};

/* Why a flow ended. */
#define FLOW_END_REASONS(X)                                                                     \
	X(NONE,    "",         "still live")                                                    \
	X(IDLE,    "idle",     "no packet for the idle time-out")                               \
	X(FINISHED,"end",      "TCP closed or reset")                                           \
	X(HARD,    "hard",     "older than the hard time-out; goes on under a new flow id")     \
	X(EVICTED, "evicted",  "made room for a newer flow")                                    \
	X(SHUTDOWN,"shutdown", "capture ended")
enum flow_end_reason {
#define X(id, name, help) FLOW_ENDED_##id,
	FLOW_END_REASONS(X)
#undef X
		FLOW_ENDED_MAX
};

/* Text fields of a flow. Bounded by META_TEXT_MAX each, bytes as on the wire (escaped where shown). */
#define META_TEXT_MAX 512
#define META_TEXTS(X)      \
	X(dns_query)       \
	X(http_host)       \
	X(http_url)        \
	X(http_method)     \
	X(http_user_agent) \
	X(tls_sni)         \
	X(tls_version)     \
	X(tls_alpn)        \
	X(ja3_client)      \
	X(ja3_server)      \
	X(ja4_client)      \
	X(hassh_client)    \
	X(hassh_server)    \
	X(ssh_client)      \
	X(ssh_server)
enum meta_text {
#define X(name) META_##name,
	META_TEXTS(X)
#undef X
		META_TEXT_COUNT
};

/* Immutable once published. From the worker's pool; the observer hands superseded ones back. */
struct flow_meta {
	struct flow_meta *prev; /* the one this replaced; the observer takes the chain and hands it back */
	uint32_t size;          /* bytes taken from the pool */
	uint16_t app_master;    /* nDPI protocol ids; 0 unknown */
	uint16_t app_protocol;
	uint16_t app_category;
	uint8_t app_confidence; /* nDPI's confidence value */
	uint8_t app_breed;
	uint64_t risks;       /* bit n: nDPI risk id n */
	uint16_t risk_score;  /* nDPI's scores, summed */
	uint16_t http_status; /* 0: absent */
	struct {
		uint16_t offset, len; /* into bytes; len 0: absent */
	} text[META_TEXT_COUNT];
	struct addr dns_answer; /* address that dns_query was answered with; the model learns names from it */
	uint8_t has_dns_answer; /* 0: none, and dns_answer is zero */
	char bytes[];
};

/* A pending cut: counters from the flow's start up to the end of a five-minute bucket. */
struct flow_slice {
	struct flow_counters total;
	uint64_t first_ns, last_ns;   /* of the packets in this slice */
	const struct flow_meta *meta; /* as it was at the cut; may be NULL */
	uint8_t tcp_flags[2];         /* seen in this slice */
	uint8_t tcp_state;
};

struct flow_record {
	/* line 0 */
	struct flow_key key;
	uint64_t first_ns; /* first packet */
	uint64_t flow_id;  /* unique over workers, interfaces and restarts */
	/* line 1 */
	_Atomic uint64_t packets[2];
	_Atomic uint64_t wire_bytes[2];
	_Atomic uint64_t bytes[2];
	_Atomic uint64_t last_ns;
	_Atomic uint8_t tcp_flags[2];       /* OR of all seen since the flow's start */
	_Atomic uint8_t tcp_slice_flags[2]; /* since the last cut */
	_Atomic uint8_t tcp_state;
	_Atomic uint8_t end_reason; /* set before the END bit is announced */
	uint8_t client_is_1;        /* key endpoint that is the client */
	uint8_t direction_reason;   /* enum of flow/direction.h */
	/* line 2 */
	struct flow_meta *_Atomic meta;
	struct flow_slice *_Atomic slice;
	_Atomic uint64_t slice_first_ns;    /* first packet since the last cut */
	_Atomic uint32_t client_latency_us; /* SYN-ACK to ACK at the tap; 0: not measured */
	_Atomic uint32_t server_latency_us; /* SYN to SYN-ACK */
	struct mac mac[2];        /* of the first packet: client's, server's side; zero when the link has none */
	_Atomic uint32_t pending; /* SLAB_NEW | … : announced, not yet taken */
	_Atomic uint32_t retransmissions[2];
	uint32_t spare;
};
static_assert(offsetof(struct flow_record, packets) == 64, "counters start their own line");
static_assert(offsetof(struct flow_record, meta) == 128, "pointers start their own line");
static_assert(sizeof(struct flow_record) == 192, "three lines");

static inline const struct addr *flow_record_client(const struct flow_record *r)
{
	return &r->key.addr[r->client_is_1];
}

static inline const struct addr *flow_record_server(const struct flow_record *r)
{
	return &r->key.addr[!r->client_is_1];
}

/* Rows are cut at multiples of this, in packet time. */
#define FLOW_SLICE_NS (300ull * 1000000000ull)

#endif
