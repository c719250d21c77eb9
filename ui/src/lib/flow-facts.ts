// SPDX-License-Identifier: GPL-3.0-or-later
// Which fields of a flow answer which question; and capture filters for other tools.
import type { FlowDetail } from '@/lib/api';

export const WHO = ['client_mac', 'server_mac', 'client_country', 'client_as_name', 'server_country', 'server_as_name', 'direction', 'vlan_id', 'interface'] as const;
export const WHAT = ['app', 'app_category', 'app_breed', 'dns_query', 'tls_sni', 'tls_version', 'tls_alpn', 'http_host', 'http_method', 'http_url', 'http_status', 'http_user_agent', 'ssh_client', 'ssh_server'] as const;
export const HOW_WELL = [
  'first_seen', 'last_seen', 'bits_per_s_c2s', 'bits_per_s_s2c', 'bytes_c2s', 'bytes_s2c', 'packets_c2s', 'packets_s2c', 'client_latency_us', 'server_latency_us',
  'tcp_state', 'tcp_flags_c2s', 'tcp_flags_s2c', 'retransmissions_c2s', 'retransmissions_s2c', 'end_reason',
] as const;

/** Every field that is present. */
export const rest = (detail: FlowDetail): string[] => Object.keys(detail.flow);

const PROTOCOL_WORDS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' };

/** For tcpdump (pcap-filter(7)). */
export function tcpdumpFilter(flow: Record<string, unknown>): string {
  const protocol = PROTOCOL_WORDS[Number(flow.protocol)] ?? `ip proto ${String(flow.protocol)}`;
  const ports = flow.client_port && flow.server_port && [6, 17, 132].includes(Number(flow.protocol));
  const hosts = `host ${String(flow.client_ip)} and host ${String(flow.server_ip)}`;
  const body = `${protocol} and ${hosts}${ports ? ` and port ${String(flow.client_port)} and port ${String(flow.server_port)}` : ''}`;
  return flow.vlan_id ? `vlan ${String(flow.vlan_id)} and ${body}` : body;
}

/** For Wireshark's display filter. */
export function wiresharkFilter(flow: Record<string, unknown>): string {
  const ip = Number(flow.ip_version) === 6 ? 'ipv6' : 'ip';
  const protocol = PROTOCOL_WORDS[Number(flow.protocol)];
  const ports = protocol && ['tcp', 'udp', 'sctp'].includes(protocol);
  const hosts = `${ip}.addr == ${String(flow.client_ip)} && ${ip}.addr == ${String(flow.server_ip)}`;
  return ports ? `${hosts} && ${protocol}.port == ${String(flow.client_port)} && ${protocol}.port == ${String(flow.server_port)}` : hosts;
}

/** "Flows like this": same server and application. */
export const likeThis = (flow: Record<string, unknown>): string => `server_ip = ${String(flow.server_ip)} and server_port = ${String(flow.server_port ?? 0)}`;
