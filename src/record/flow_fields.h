/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fields of a flow row (struct flow_row): the one table from which come JSON keys, filter fields,
 * ClickHouse columns, TypeScript types, the page's columns and the reference.
 *
 * Names follow IPFIX and Community ID where these have a word. `_c2s` is client to server, `_s2c` server
 * to client. The getter runs with `r` (the row) and `v` (where the value goes) in scope; the helpers it
 * uses are in field_flow.c. To add a field, add a line here: an added stored field is a new column (the
 * store's schema version), nothing else needs a touch.
 *
 *   ALL: stored, printed by `weir read` and on the page.  PAGE: on the page only.  NOT_READ: all but read.
 */
#ifndef WEIR_RECORD_FLOW_FIELDS_H
#define WEIR_RECORD_FLOW_FIELDS_H

#define FLOW_ALL      (FIELD_STORED | FIELD_PRINTED | FIELD_LIVE)
#define FLOW_NOT_READ (FIELD_STORED | FIELD_LIVE)
#define FLOW_PAGE     (FIELD_LIVE)
#define FLOW_COUNTER  (FLOW_ALL | FIELD_SUMMABLE)
#define FLOW_LATENCY  (FLOW_ALL | FIELD_ZERO_ABSENT | FIELD_US)
#define FLOW_EITHER   (FIELD_EITHER)
#define FLOW_SUM      (FIELD_LIVE | FIELD_SUM | FIELD_SUMMABLE)

/*  name, KIND, flags, unit, group,
 *      label, help,
 *      getter, parts… */
#define FLOW_FIELDS_BASIC(X)                                                                       \
	X(flow_id, ID, FLOW_ALL | FIELD_KEY, NONE, "basic",                                        \
	  "Flow", "number of the flow, unique over interfaces and restarts",                       \
	  NUMBER(r->flow_id), NULL)                                                                \
	X(slice_no, UINT32, FLOW_ALL | FIELD_KEY, NONE, "basic",                                   \
	  "Slice", "number of this five-minute slice of the flow, from 0; count rows with 0",      \
	  NUMBER(r->slice_no), NULL)                                                               \
	X(interface, WORD, FLOW_NOT_READ, NONE, "basic",                                           \
	  "Interface", "interface or capture that the flow was seen on",                           \
	  WORD(r->interface), NULL)                                                                \
	X(dataset, WORD, FLOW_NOT_READ, NONE, "basic",                                             \
	  "Data set", "replay that the flow comes from: capture and time; absent for live traffic", \
	  WORD(r->dataset), NULL)                                                                  \
	X(first_seen, TIME, FLOW_ALL, NONE, "basic",                                               \
	  "First seen", "time of the first packet",                                                \
	  NUMBER(r->first_ns), NULL)                                                               \
	X(last_seen, TIME, FLOW_ALL, NONE, "basic",                                                \
	  "Last seen", "time of the last packet",                                                  \
	  NUMBER(r->last_ns), NULL)                                                                \
	X(duration, UINT64, FLOW_PAGE | FIELD_SPAN | FIELD_MS, DURATION, "basic",                  \
	  "Duration", "from the first packet to the last",                                         \
	  NUMBER(span_ms(r)), "first_seen", "last_seen")                                           \
	X(ip_version, UINT8, FLOW_ALL, NONE, "basic",                                              \
	  "IP", "4 or 6",                                                                          \
	  NUMBER(r->ip_version), NULL)                                                             \
	X(protocol, UINT8, FLOW_ALL, NONE, "basic",                                                \
	  "Protocol", "IANA protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6",                    \
	  NUMBER(r->protocol), NULL)                                                               \
	X(client_ip, ADDR, FLOW_ALL, NONE, "basic",                                                \
	  "Client", "address of the client: who asked",                                            \
	  ADDR(&r->addr[0]), NULL)                                                                 \
	X(server_ip, ADDR, FLOW_ALL, NONE, "basic",                                                \
	  "Server", "address of the server: who was asked",                                        \
	  ADDR(&r->addr[1]), NULL)                                                                 \
	X(client_port, UINT16, FLOW_ALL, NONE, "basic",                                            \
	  "Client port", "port of the client; for ICMP as in Community ID; 0 without ports",       \
	  NUMBER(r->port[0]), NULL)                                                                \
	X(server_port, UINT16, FLOW_ALL, NONE, "basic",                                            \
	  "Port", "port of the server; for ICMP as in Community ID; 0 without ports",              \
	  NUMBER(r->port[1]), NULL)                                                                \
	X(vlan_id, UINT16, FLOW_ALL | FIELD_ZERO_ABSENT, NONE, "basic",                            \
	  "VLAN", "VLAN id of the outermost tag",                                                  \
	  NUMBER0(r->vlan_id), NULL)                                                               \
	X(community_id, TEXT, FLOW_ALL, NONE, "basic",                                             \
	  "Community ID", "Community ID version 1, seed 0",                                        \
	  community_id(v, r), NULL)                                                                \
	X(ip, ADDR, FLOW_EITHER, NONE, "basic",                                                    \
	  "Address", "address of either side", , "client_ip", "server_ip")                         \
	X(port, UINT16, FLOW_EITHER, NONE, "basic",                                                \
	  "Port", "port of either side", , "client_port", "server_port")                           \
	X(host, TEXT, FLOW_EITHER, NONE, "basic",                                                  \
	  "Host", "name or address of either side",                                                \
	  , "client_name", "server_name", "client_ip", "server_ip")

#define FLOW_FIELDS_APP(X)                                                                         \
	X(app, WORD, FLOW_ALL | FIELD_APP, NONE, "app",                                            \
	  "Application", "application, such as TLS.Google or DNS",                                 \
	  app_name(v, r), NULL)                                                                    \
	X(app_master, WORD, FLOW_NOT_READ, NONE, "app",                                            \
	  "Carried by", "protocol that carries the application",                                   \
	  WORD(app_part(r->meta ? r->meta->app_master : 0)), NULL)                                 \
	X(app_protocol, WORD, FLOW_NOT_READ, NONE, "app",                                          \
	  "Application alone", "the application without what carries it",                          \
	  WORD(app_part(r->meta ? r->meta->app_protocol : 0)), NULL)                               \
	X(app_category, WORD, FLOW_ALL, NONE, "app",                                               \
	  "Category", "category of the application, such as Web or Media",                         \
	  WORD(app_category(r)), NULL)                                                             \
	X(app_breed, WORD, FLOW_NOT_READ, NONE, "app",                                             \
	  "Breed", "how the application is regarded: Safe, Acceptable, Fun, Unsafe, …",            \
	  WORD(app_breed(r)), NULL)                                                                \
	X(risks, UINTS, FLOW_ALL, NONE, "app",                                                     \
	  "Risks", "numbers of the risks that nDPI found",                                         \
	  BITS(r->meta ? r->meta->risks : 0), NULL)                                                \
	X(score, UINT16, FLOW_ALL, NONE, "app",                                                    \
	  "Score", "how risky: the scores of its risks, summed",                                   \
	  NUMBER(r->meta ? r->meta->risk_score : 0), NULL)

#define FLOW_FIELDS_TRAFFIC(X)                                                                     \
	X(packets_c2s, UINT64, FLOW_COUNTER, NONE, "traffic",                                      \
	  "Packets →", "packets from client to server",                                            \
	  NUMBER(r->count.packets[0]), NULL)                                                       \
	X(packets_s2c, UINT64, FLOW_COUNTER, NONE, "traffic",                                      \
	  "Packets ←", "packets from server to client",                                            \
	  NUMBER(r->count.packets[1]), NULL)                                                       \
	X(packets, UINT64, FLOW_SUM, NONE, "traffic",                                              \
	  "Packets", "packets of both directions",                                                 \
	  NUMBER(r->count.packets[0] + r->count.packets[1]), "packets_c2s", "packets_s2c")         \
	X(bytes_c2s, UINT64, FLOW_COUNTER, BYTES, "traffic",                                       \
	  "Bytes →", "bytes from the IP header on, client to server",                              \
	  NUMBER(r->count.bytes[0]), NULL)                                                         \
	X(bytes_s2c, UINT64, FLOW_COUNTER, BYTES, "traffic",                                       \
	  "Bytes ←", "bytes from the IP header on, server to client",                              \
	  NUMBER(r->count.bytes[1]), NULL)                                                         \
	X(bytes, UINT64, FLOW_SUM, BYTES, "traffic",                                               \
	  "Bytes", "bytes from the IP header on, both directions",                                 \
	  NUMBER(r->count.bytes[0] + r->count.bytes[1]), "bytes_c2s", "bytes_s2c")                 \
	X(wire_bytes_c2s, UINT64, FLOW_COUNTER, BYTES, "traffic",                                  \
	  "Wire bytes →", "lengths of the frames, client to server",                               \
	  NUMBER(r->count.wire_bytes[0]), NULL)                                                    \
	X(wire_bytes_s2c, UINT64, FLOW_COUNTER, BYTES, "traffic",                                  \
	  "Wire bytes ←", "lengths of the frames, server to client",                               \
	  NUMBER(r->count.wire_bytes[1]), NULL)                                                    \
	X(wire_bytes, UINT64, FLOW_SUM, BYTES, "traffic",                                          \
	  "Wire bytes", "lengths of the frames, both directions",                                  \
	  NUMBER(r->count.wire_bytes[0] + r->count.wire_bytes[1]),                                 \
	  "wire_bytes_c2s", "wire_bytes_s2c")                                                      \
	X(bits_per_s_c2s, UINT64, FLOW_PAGE | FIELD_SUMMABLE, RATE, "traffic",                     \
	  "Rate →", "bits per second of the last full second, client to server",                   \
	  NUMBER(r->bits_per_s[0]), NULL)                                                          \
	X(bits_per_s_s2c, UINT64, FLOW_PAGE | FIELD_SUMMABLE, RATE, "traffic",                     \
	  "Rate ←", "bits per second of the last full second, server to client",                   \
	  NUMBER(r->bits_per_s[1]), NULL)                                                          \
	X(bits_per_s, UINT64, FLOW_SUM, RATE, "traffic",                                           \
	  "Rate", "bits per second of the last full second, both directions",                      \
	  NUMBER(r->bits_per_s[0] + r->bits_per_s[1]), "bits_per_s_c2s", "bits_per_s_s2c")

#define FLOW_FIELDS_TCP(X)                                                                         \
	X(tcp_state, WORD, FLOW_ALL, NONE, "tcp",                                                  \
	  "TCP state", "how the TCP connection stands or ended",                                   \
	  WORD(tcp_state(r)), NULL)                                                                \
	X(tcp_flags_c2s, UINT8, FLOW_ALL | FIELD_TCP_ONLY, NONE, "tcp",                            \
	  "Flags →", "TCP flags seen, client to server: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, …",    \
	  TCP_NUMBER(r->tcp_flags[0]), NULL)                                                       \
	X(tcp_flags_s2c, UINT8, FLOW_ALL | FIELD_TCP_ONLY, NONE, "tcp",                            \
	  "Flags ←", "TCP flags seen, server to client",                                           \
	  TCP_NUMBER(r->tcp_flags[1]), NULL)                                                       \
	X(client_latency_us, UINT32, FLOW_LATENCY, DURATION, "tcp",                                \
	  "Client latency", "from SYN-ACK to ACK, as seen where it was captured",                  \
	  NUMBER0(r->client_latency_us), NULL)                                                     \
	X(server_latency_us, UINT32, FLOW_LATENCY, DURATION, "tcp",                                \
	  "Server latency", "from SYN to SYN-ACK, as seen where it was captured",                  \
	  NUMBER0(r->server_latency_us), NULL)                                                     \
	X(end_reason, WORD, FLOW_ALL, NONE, "tcp",                                                 \
	  "Ended by", "why the flow ended: idle, end, hard, evicted, shutdown",                    \
	  WORD(end_reason(r)), NULL)

#define FLOW_FIELDS_META(X)                                                                        \
	X(dns_query, TEXT, FLOW_ALL, NONE, "dns",                                                  \
	  "DNS query", "name asked for", META(dns_query), NULL)                                    \
	X(http_host, TEXT, FLOW_ALL, NONE, "http",                                                 \
	  "HTTP host", "Host of the first request", META(http_host), NULL)                         \
	X(http_url, TEXT, FLOW_ALL, NONE, "http",                                                  \
	  "URL", "URL of the first request", META(http_url), NULL)                                 \
	X(http_method, WORD, FLOW_ALL, NONE, "http",                                               \
	  "Method", "method of the first request", META(http_method), NULL)                        \
	X(http_status, UINT16, FLOW_ALL | FIELD_ZERO_ABSENT, NONE, "http",                         \
	  "Status", "status of the first answer",                                                  \
	  NUMBER0(r->meta ? r->meta->http_status : 0), NULL)                                       \
	X(http_user_agent, TEXT, FLOW_ALL, NONE, "http",                                           \
	  "User agent", "User-Agent of the first request", META(http_user_agent), NULL)            \
	X(tls_sni, TEXT, FLOW_ALL, NONE, "tls",                                                    \
	  "SNI", "server name that the TLS or QUIC client asked for", META(tls_sni), NULL)         \
	X(tls_version, WORD, FLOW_ALL, NONE, "tls",                                                \
	  "TLS version", "negotiated version of TLS", META(tls_version), NULL)                     \
	X(tls_alpn, WORD, FLOW_ALL, NONE, "tls",                                                   \
	  "ALPN", "application protocols offered", META(tls_alpn), NULL)                           \
	X(ja3_client, TEXT, FLOW_ALL, NONE, "tls",                                                 \
	  "JA3", "fingerprint of the TLS client (JA3)", META(ja3_client), NULL)                    \
	X(ja3_server, TEXT, FLOW_ALL, NONE, "tls",                                                 \
	  "JA3S", "fingerprint of the TLS server (JA3S)", META(ja3_server), NULL)                  \
	X(ja4_client, TEXT, FLOW_ALL, NONE, "tls",                                                 \
	  "JA4", "fingerprint of the TLS client (JA4)", META(ja4_client), NULL)                    \
	X(hassh_client, TEXT, FLOW_ALL, NONE, "ssh",                                               \
	  "HASSH", "fingerprint of the SSH client (HASSH)", META(hassh_client), NULL)              \
	X(hassh_server, TEXT, FLOW_ALL, NONE, "ssh",                                               \
	  "HASSH server", "fingerprint of the SSH server (HASSH)", META(hassh_server), NULL)       \
	X(ssh_client, TEXT, FLOW_ALL, NONE, "ssh",                                                 \
	  "SSH client", "version line of the SSH client", META(ssh_client), NULL)                  \
	X(ssh_server, TEXT, FLOW_ALL, NONE, "ssh",                                                 \
	  "SSH server", "version line of the SSH server", META(ssh_server), NULL)

#define FLOW_FIELDS_PLACE(X)                                                                       \
	X(direction, WORD, FLOW_ALL, NONE, "place",                                                \
	  "Direction", "local-local, local-remote, remote-local, remote-remote, multicast, broadcast", \
	  WORD(direction(r)), NULL)                                                                \
	X(client_country, CODE2, FLOW_ALL, NONE, "place",                                          \
	  "Client country", "country of the client, ISO 3166 alpha-2",                             \
	  CODE2(r->derived.country[0]), NULL)                                                      \
	X(server_country, CODE2, FLOW_ALL, NONE, "place",                                          \
	  "Country", "country of the server, ISO 3166 alpha-2",                                    \
	  CODE2(r->derived.country[1]), NULL)                                                      \
	X(country, CODE2, FLOW_EITHER, NONE, "place",                                              \
	  "Country", "country of either side", , "client_country", "server_country")               \
	X(client_asn, UINT32, FLOW_ALL | FIELD_ZERO_ABSENT, NONE, "place",                         \
	  "Client AS", "number of the client's autonomous system",                                 \
	  NUMBER0(r->derived.asn[0]), NULL)                                                        \
	X(server_asn, UINT32, FLOW_ALL | FIELD_ZERO_ABSENT, NONE, "place",                         \
	  "Server AS", "number of the server's autonomous system",                                 \
	  NUMBER0(r->derived.asn[1]), NULL)                                                        \
	X(asn, UINT32, FLOW_EITHER, NONE, "place",                                                 \
	  "AS", "number of either side's autonomous system", , "client_asn", "server_asn")         \
	X(client_as_name, WORD, FLOW_ALL, NONE, "place",                                           \
	  "Client AS name", "name of the client's autonomous system",                              \
	  WORD(r->derived.as_name[0]), NULL)                                                       \
	X(server_as_name, WORD, FLOW_ALL, NONE, "place",                                           \
	  "Server AS name", "name of the server's autonomous system",                              \
	  WORD(r->derived.as_name[1]), NULL)                                                       \
	X(client_name, WORD, FLOW_ALL, NONE, "place",                                              \
	  "Client name", "best known name of the client",                                          \
	  WORD(r->derived.name[0]), NULL)                                                          \
	X(server_name, WORD, FLOW_ALL, NONE, "place",                                              \
	  "Server name", "name that the client asked for, or best known name of the server",       \
	  server_name(v, r), NULL)                                                                 \
	X(client_mac, MAC, FLOW_ALL, NONE, "place",                                                \
	  "Client MAC", "MAC address on the client's side of the link",                            \
	  MACADDR(&r->mac[0]), NULL)                                                               \
	X(server_mac, MAC, FLOW_ALL, NONE, "place",                                                \
	  "Server MAC", "MAC address on the server's side of the link",                            \
	  MACADDR(&r->mac[1]), NULL)                                                               \
	X(mac, MAC, FLOW_EITHER, NONE, "place",                                                    \
	  "MAC", "MAC address of either side", , "client_mac", "server_mac")

#define FLOW_FIELDS(X)                                                                             \
	FLOW_FIELDS_BASIC(X)                                                                       \
	FLOW_FIELDS_APP(X)                                                                         \
	FLOW_FIELDS_TRAFFIC(X)                                                                     \
	FLOW_FIELDS_TCP(X)                                                                         \
	FLOW_FIELDS_META(X)                                                                        \
	FLOW_FIELDS_PLACE(X)

#endif
