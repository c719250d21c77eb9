/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fields of a host (struct host), as record/flow_fields.h is for flows: filter, sort keys, JSON,
 * columns and help of the host lists come from here. The getter runs with `h` (the host) and `v` (where
 * the value goes) in scope; its helpers are in host_fields.c. To add a field, add a line.
 */
#ifndef WEIR_MODEL_HOST_FIELDS_H
#define WEIR_MODEL_HOST_FIELDS_H

#define HOST_PAGE    (FIELD_LIVE)
#define HOST_COUNTER (FIELD_LIVE | FIELD_SUMMABLE)
#define HOST_SUM     (FIELD_LIVE | FIELD_SUMMABLE | FIELD_SUM)

/*  name, KIND, flags, unit, group,
 *      label, help,
 *      getter, parts… */
#define HOST_FIELDS_WHO(X)                                                                         \
	X(ip, ADDR, HOST_PAGE | FIELD_KEY, NONE, "basic",                                          \
	  "Address", "IP address of the host",                                                     \
	  ADDR(&h->addr), NULL)                                                                    \
	X(name, TEXT, HOST_PAGE, NONE, "basic",                                                    \
	  "Name", "best name that was learnt from the traffic",                                    \
	  TEXT(h->name), NULL)                                                                     \
	X(host, TEXT, FIELD_EITHER, NONE, "basic",                                                 \
	  "Host", "name or address", , "name", "ip")                                               \
	X(name_source, WORD, HOST_PAGE, NONE, "identity",                                          \
	  "Name from", "where the name was learnt: tls, http, dns, mdns, dhcp",                    \
	  WORD(name_source(h)), NULL)                                                              \
	X(mac, MAC, HOST_PAGE, NONE, "identity",                                                   \
	  "MAC", "MAC address last seen on the link; local hosts only",                            \
	  MACADDR(&h->mac), NULL)                                                                  \
	X(vendor, WORD, HOST_PAGE, NONE, "identity",                                               \
	  "Vendor", "maker of the network card, by its MAC address",                               \
	  WORD(h->vendor), NULL)                                                                   \
	X(is_local, BOOL, HOST_PAGE, NONE, "identity",                                             \
	  "Local", "in one of the local networks",                                                 \
	  NUMBER(h->is_local), NULL)                                                               \
	X(cast, WORD, HOST_PAGE, NONE, "identity",                                                 \
	  "Kind", "unicast for a host; multicast or broadcast for an address of many",             \
	  WORD(cast(h)), NULL)                                                                     \
	X(country, CODE2, HOST_PAGE, NONE, "identity",                                             \
	  "Country", "country of the address, ISO 3166 alpha-2",                                   \
	  CODE2(h->country), NULL)                                                                 \
	X(asn, UINT32, HOST_PAGE | FIELD_ZERO_ABSENT, NONE, "identity",                            \
	  "AS", "number of the autonomous system",                                                 \
	  NUMBER0(h->asn), NULL)                                                                   \
	X(as_name, WORD, HOST_PAGE, NONE, "identity",                                              \
	  "AS name", "name of the autonomous system",                                              \
	  WORD(h->as_name), NULL)                                                                  \
	X(first_seen, TIME, HOST_PAGE, NONE, "basic",                                              \
	  "First seen", "time of the first packet ever; kept over restarts",                       \
	  NUMBER(h->first_ns), NULL)                                                               \
	X(last_seen, TIME, HOST_PAGE, NONE, "basic",                                               \
	  "Last seen", "time of the last packet",                                                  \
	  NUMBER(h->last_ns), NULL)

#define HOST_FIELDS_TRAFFIC(X)                                                                     \
	X(bits_per_s_sent, UINT64, HOST_COUNTER, RATE, "basic",                                    \
	  "Sends", "bits per second of the last full second, sent",                                \
	  NUMBER(h->bits_per_s[0]), NULL)                                                          \
	X(bits_per_s_received, UINT64, HOST_COUNTER, RATE, "basic",                                \
	  "Receives", "bits per second of the last full second, received",                         \
	  NUMBER(h->bits_per_s[1]), NULL)                                                          \
	X(bits_per_s, UINT64, HOST_SUM, RATE, "basic",                                             \
	  "Rate", "bits per second of the last full second, sent and received",                    \
	  NUMBER(h->bits_per_s[0] + h->bits_per_s[1]), "bits_per_s_sent", "bits_per_s_received")   \
	X(bytes_sent, UINT64, HOST_COUNTER, BYTES, "basic",                                        \
	  "Sent", "bytes from the IP header on, sent",                                             \
	  NUMBER(h->total.bytes[0]), NULL)                                                         \
	X(bytes_received, UINT64, HOST_COUNTER, BYTES, "basic",                                    \
	  "Received", "bytes from the IP header on, received",                                     \
	  NUMBER(h->total.bytes[1]), NULL)                                                         \
	X(bytes, UINT64, HOST_SUM, BYTES, "basic",                                                 \
	  "Bytes", "bytes from the IP header on, sent and received",                               \
	  NUMBER(h->total.bytes[0] + h->total.bytes[1]), "bytes_sent", "bytes_received")           \
	X(wire_bytes_sent, UINT64, HOST_COUNTER, BYTES, "traffic",                                 \
	  "Wire sent", "lengths of the frames sent",                                               \
	  NUMBER(h->total.wire_bytes[0]), NULL)                                                    \
	X(wire_bytes_received, UINT64, HOST_COUNTER, BYTES, "traffic",                             \
	  "Wire received", "lengths of the frames received",                                       \
	  NUMBER(h->total.wire_bytes[1]), NULL)                                                    \
	X(wire_bytes, UINT64, HOST_SUM, BYTES, "traffic",                                          \
	  "Wire bytes", "lengths of the frames sent and received",                                 \
	  NUMBER(h->total.wire_bytes[0] + h->total.wire_bytes[1]),                                 \
	  "wire_bytes_sent", "wire_bytes_received")                                                \
	X(packets_sent, UINT64, HOST_COUNTER, NONE, "traffic",                                     \
	  "Packets sent", "packets sent",                                                          \
	  NUMBER(h->total.packets[0]), NULL)                                                       \
	X(packets_received, UINT64, HOST_COUNTER, NONE, "traffic",                                 \
	  "Packets received", "packets received",                                                  \
	  NUMBER(h->total.packets[1]), NULL)                                                       \
	X(packets, UINT64, HOST_SUM, NONE, "traffic",                                              \
	  "Packets", "packets sent and received",                                                  \
	  NUMBER(h->total.packets[0] + h->total.packets[1]), "packets_sent", "packets_received")

#define HOST_FIELDS_FLOWS(X)                                                                       \
	X(top_app, WORD, HOST_PAGE | FIELD_APP, NONE, "basic",                                     \
	  "Top application", "application with the most bytes",                                    \
	  top_app(v, h), NULL)                                                                     \
	X(flows_live, UINT32, HOST_COUNTER, NONE, "basic",                                         \
	  "Flows", "live flows now",                                                               \
	  NUMBER(h->flows_live), NULL)                                                             \
	X(flows_client, UINT32, HOST_COUNTER, NONE, "flows",                                       \
	  "As client", "flows begun as client",                                                    \
	  NUMBER(h->flows_client), NULL)                                                           \
	X(flows_server, UINT32, HOST_COUNTER, NONE, "flows",                                       \
	  "As server", "flows begun as server",                                                    \
	  NUMBER(h->flows_server), NULL)                                                           \
	X(risky_flows, UINT32, HOST_COUNTER, NONE, "flows",                                        \
	  "Risky flows", "live flows with risks",                                                  \
	  NUMBER(h->risky_flows), NULL)                                                            \
	X(score, UINT32, HOST_PAGE, NONE, "basic",                                                 \
	  "Score", "scores of its live flows, summed",                                             \
	  NUMBER(h->score), NULL)                                                                  \
	X(risks, UINTS, HOST_PAGE, NONE, "flows",                                                  \
	  "Risks", "numbers of the risks of its flows, live and past",                             \
	  BITS(h->risks), NULL)

#define HOST_FIELDS(X)                                                                             \
	HOST_FIELDS_WHO(X)                                                                         \
	HOST_FIELDS_TRAFFIC(X)                                                                     \
	HOST_FIELDS_FLOWS(X)

#endif
