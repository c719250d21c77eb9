/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model: the living picture of one interface: hosts, applications, counters, one-second series, names
 * learnt. A reader of flow events, owned by the observer's thread; everything here is called on that
 * thread only.
 *
 * Sums: interface totals = sum over flows' deltas + buckets; a host's counters = sum over its flows. Every
 * table has a cap and counts what it evicted (the host idle longest without live flows goes first; when
 * none is idle new hosts are counted under the host table's "others").
 */
#ifndef WEIR_MODEL_MODEL_H
#define WEIR_MODEL_MODEL_H

#include "base/text.h"
#include "observer/observer.h"
#include "record/field.h"

struct model;

struct model_options {
	const char *interface;
	uint32_t hosts_max; /* cap; at least MODEL_HOSTS_MIN are kept */
	const struct enrich *enrich;
	uint32_t flows_max; /* flow numbers are below this */
	/* time is packet time: a tick that skips seconds closes one second, the others were empty */
	bool is_file;
};
#define MODEL_HOSTS_MIN 1024u

int model_create(const struct model_options *options, struct model **ret);
void model_free(struct model *m);
/* The reader to hang into the observer. */
struct flow_reader model_reader(struct model *m);

/* Where a name was learnt; better ones (higher) win, of equal ones the first for an hour. */
#define NAME_SOURCES(X)                                                    \
	X(NONE, "",     "no name known")                                   \
	X(SNI,  "tls",  "server name that a client asked for (TLS, QUIC)") \
	X(HTTP, "http", "host that a client asked for (HTTP)")             \
	X(DNS,  "dns",  "answer of the DNS")                               \
	X(MDNS, "mdns", "the host's own word (mDNS)")                      \
	X(DHCP, "dhcp", "the host's own word (DHCP)")
enum name_source {
#define X(id, name, help) NAME_##id,
	NAME_SOURCES(X)
#undef X
		NAME_SOURCE_MAX
};

struct host_traffic {
	uint64_t packets[2], bytes[2], wire_bytes[2]; /* [0] sent by the host, [1] received */
};

#define HOST_APPS 8 /* applications kept a host; the smallest gives way, its bytes go to "others" */

struct host {
	struct addr addr;
	struct mac mac;      /* last seen on this link; zero for hosts behind a router: see is_local */
	const char *vendor;  /* static */
	char name[64];       /* best known; "" none */
	uint8_t name_source; /* enum name_source */
	uint8_t is_local;
	/* enum flow_cast: a multicast group or broadcast address is no host; lists leave it out unless asked */
	uint8_t cast;
	char country[2];
	uint32_t asn;
	const char *as_name;
	uint64_t first_ns, last_ns; /* first_ns survives restarts */
	struct host_traffic total;
	uint64_t bits_per_s[2];                          /* sent, received, last full second */
	uint32_t flows_live, flows_client, flows_server; /* live now; total begun as client, as server */
	uint32_t risky_flows;                            /* live flows with risks */
	uint32_t score;                                  /* sum over live flows */
	uint64_t risks;                                  /* union of risks of its live and past flows */
	struct {
		uint16_t master, protocol;
		uint64_t bytes;
	} apps[HOST_APPS];
	uint64_t apps_others_bytes;
};

/* The host entity's fields (model/host_fields.h), over struct host. */
extern const struct field_table host_field_table;

/* Hosts are numbered 0 … model_host_limit()-1 with gaps; NULL where there is none. */
uint32_t model_host_limit(const struct model *m);
const struct host *model_host(const struct model *m, uint32_t number);
const struct host *model_host_find(const struct model *m, const struct addr *a);
/* Best known name of an address, or NULL; valid until the next tick. */
const char *model_name(const struct model *m, const struct addr *a);
/* Names of both ends of a flow (client's, server's, whose addresses the caller has), NULL where none is
 * known; for the flow's last rows too. */
void model_flow_names(const struct model *m, uint32_t flow, const struct addr addr[2], const char *ret_names[2]);
/* Ask the processor for what model_flow_names() will read. */
void model_flow_prefetch(const struct model *m, uint32_t flow);
/* What is counted in no host's entry because the table was full, or because the entry gave way. */
void model_hosts_others(const struct model *m, struct host_traffic *ret);
/* Ask the processor for a host that will be looked at soon. */
void model_host_prefetch(const struct model *m, uint32_t number);

struct app_stats {
	uint16_t master, protocol;
	uint64_t packets, bytes, wire_bytes;
	uint64_t bits_per_s; /* last full second */
	uint32_t flows_live;
	uint64_t flows_total;
};
/* Applications seen, by number 0 … count-1. */
uint32_t model_app_count(const struct model *m);
const struct app_stats *model_app(const struct model *m, uint32_t number);

/* One-second series of the interface: the last hour in memory. in: from a remote host to a local one; out:
 * the other way; internal: what stays here (local to local, multicast and broadcast, frames that belong to
 * no flow). Between two remote hosts the client's side counts as ours. So in + out + internal are all wire
 * bytes. */
struct second {
	uint64_t ts_s;                                /* second of packet time */
	uint64_t bytes_in, bytes_out, bytes_internal; /* wire bytes */
	uint64_t packets;
	uint32_t flows_new, flows_live;
	uint32_t drops;
};
#define MODEL_SECONDS 3600
/* Copies up to max of the newest full seconds with ts_s > after_s, oldest first; returns how many. Seconds
 * without any packet are there as zeros, except after a gap of more than an hour. */
uint32_t model_series(const struct model *m, uint64_t after_s, struct second *out, uint32_t max);

struct model_totals {
	uint64_t packets, wire_bytes, bytes;                    /* of flows, summed from deltas */
	uint64_t other_packets, other_wire_bytes;               /* of frames that belong to no flow (buckets) */
	uint64_t bits_in, bits_out, packets_per_s, flows_per_s; /* last full second */
	uint64_t peak_in, peak_out, peak_in_ts_s, peak_out_ts_s;
	uint32_t hosts, hosts_local, groups, flows_live, risky_flows,
		apps; /* groups: multicast and broadcast addresses, not among hosts */
	uint64_t flows_total;
	uint64_t hosts_evicted, hosts_refused, apps_refused, names_evicted;
	uint32_t hosts_max, hosts_used, names_max, names_used, apps_max; /* tables against their caps */
};
void model_totals(const struct model *m, struct model_totals *ret);
/* Called by the observer before each tick: what the workers counted so far beside flows (buckets, drops). */
void model_interface_counters(struct model *m, const struct observer_stats *stats);

/* First seen, names and MAC of hosts, kept over restarts: model_save() appends the state as JSON lines;
 * the caller writes it to a file (atomic rename). model_restore() reads it back before packets come. */
void model_save(const struct model *m, struct text *out);
/* The same in portions, for a question's steps: *position starts at 0; true when all is written. Takes
 * some 100 µs a call. */
bool model_save_some(const struct model *m, struct text *out, uint32_t *position);
int model_restore(struct model *m, const char *text, size_t len, struct errmsg *e);

#endif
