/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From an nDPI flow state to struct flow_meta.
 *
 * nDPI's `protos` is a union: a member is read only when the protocol that writes it is among the flow's two. host_server_name lies outside of it and is
 * shared by DNS, HTTP, TLS, QUIC and others: which of our fields it fills depends on the protocol too. No password is ever taken.
 */
#include "flow/dpi_types.h"

#include <string.h>

struct writer {
	struct flow_meta *m;
	size_t len; /* of m->bytes */
};

static void add_text(struct writer *w, enum meta_text which, const char *s, size_t max)
{
	size_t n = s ? strnlen(s, max < META_TEXT_MAX ? max : META_TEXT_MAX) : 0;

	if (n == 0)
		return;
	memcpy(w->m->bytes + w->len, s, n);
	w->m->text[which].offset = (uint16_t)w->len;
	w->m->text[which].len = (uint16_t)n;
	w->len += n;
}
#define ADD_ARRAY(w, which, array) add_text(w, which, array, sizeof(array))
#define ADD_STRING(w, which, s)    add_text(w, which, s, META_TEXT_MAX)

static bool is(const struct flow_meta *m, uint16_t protocol)
{
	return m->app_master == protocol || m->app_protocol == protocol;
}

static void add_dns(struct writer *w, const struct ndpi_flow_struct *f)
{
	ADD_ARRAY(w, META_dns_query, f->host_server_name);
}

static void add_http(struct writer *w, const struct ndpi_flow_struct *f)
{
	ADD_ARRAY(w, META_http_host, f->host_server_name);
	if (!f->http.url && !f->http.response_status_code)
		return;
	ADD_STRING(w, META_http_url, f->http.url);
	if (f->http.method != NDPI_HTTP_METHOD_UNKNOWN)
		ADD_STRING(w, META_http_method, ndpi_http_method2str(f->http.method));
	ADD_STRING(w, META_http_user_agent, f->http.user_agent);
	w->m->http_status = f->http.response_status_code;
}

static void add_tls(struct writer *w, const struct ndpi_flow_struct *f)
{
	char version[16];
	uint8_t unknown = 0;

	ADD_ARRAY(w, META_tls_sni, f->host_server_name);
	if (f->protos.tls_quic.ssl_version) {
		ndpi_ssl_version2str(version, sizeof version, f->protos.tls_quic.ssl_version, &unknown);
		if (!unknown)
			ADD_ARRAY(w, META_tls_version, version);
	}
#if NDPI_AT_LEAST(4, 6)
	ADD_STRING(w, META_tls_alpn,
		   f->protos.tls_quic.negotiated_alpn ? f->protos.tls_quic.negotiated_alpn
						      : f->protos.tls_quic.advertised_alpns);
#else
	ADD_STRING(w, META_tls_alpn, f->protos.tls_quic.alpn);
#endif
#if NDPI_AT_LEAST(5, 0)
	ADD_ARRAY(w, META_ja4_client, f->protos.tls_quic.ja4_client);
#else
	ADD_ARRAY(w, META_ja3_client, f->protos.tls_quic.ja3_client);
#endif
	ADD_ARRAY(w, META_ja3_server, f->protos.tls_quic.ja3_server);
}

static void add_ssh(struct writer *w, const struct ndpi_flow_struct *f)
{
	ADD_ARRAY(w, META_ssh_client, f->protos.ssh.client_signature);
	ADD_ARRAY(w, META_ssh_server, f->protos.ssh.server_signature);
	ADD_ARRAY(w, META_hassh_client, f->protos.ssh.hassh_client);
	ADD_ARRAY(w, META_hassh_server, f->protos.ssh.hassh_server);
}

/* Which member of the union was written, and whose name host_server_name is. The order is that of nDPI's layers: what rides on TLS before
 * what may ride on anything. */
static void add_protocol(struct writer *w, const struct ndpi_flow_struct *f)
{
	const struct flow_meta *m = w->m;

	if (is(m, NDPI_PROTOCOL_DNS) || is(m, NDPI_PROTOCOL_MDNS) || is(m, NDPI_PROTOCOL_LLMNR))
		add_dns(w, f);
	else if (is(m, NDPI_PROTOCOL_TLS) || is(m, NDPI_PROTOCOL_DTLS) || is(m, NDPI_PROTOCOL_QUIC))
		add_tls(w, f);
	else if (is(m, NDPI_PROTOCOL_SSH))
		add_ssh(w, f);
	else if (is(m, NDPI_PROTOCOL_HTTP) || is(m, NDPI_PROTOCOL_HTTP_PROXY) || is(m, NDPI_PROTOCOL_HTTP_CONNECT) ||
		 f->http.url)
		add_http(w, f);
}

struct flow_meta *dpi_meta_build(struct dpi *d, const struct dpi_state *state)
{
	const struct ndpi_flow_struct *f = &state->flow;
	struct flow_meta *m = (struct flow_meta *)(void *)d->scratch;
	struct writer w = {m, 0};
	ndpi_protocol protocol = state->protocol;
	uint16_t client, server;

	memset(m, 0, sizeof *m);
	m->app_master = NDPI_MASTER(protocol);
	m->app_protocol = NDPI_APP(protocol);
	m->risks = f->risk;
	if (!m->app_master && !m->app_protocol && !m->risks)
		return NULL;
	m->app_category = (uint16_t)protocol.category;
	m->app_confidence = (uint8_t)f->confidence;
	m->app_breed = (uint8_t)ndpi_get_proto_breed(d->module, m->app_protocol ? m->app_protocol : m->app_master);
	if (f->risk)
		m->risk_score = ndpi_risk2score(f->risk, &client, &server);
	add_protocol(&w, f);
	m->size = (uint32_t)(sizeof *m + w.len);
	return m;
}
