/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP of a flow (RFC 9293 section 3.3.2, seen from the side): state, handshake latency, retransmissions.
 *
 *      SYN ──► SYN_SENT ──SYN-ACK──► SYN_RCVD ──ACK──► ESTABLISHED ──FIN──► CLOSING ──FIN of the other──► CLOSED
 *                 └──RST of the server──► REFUSED           └──RST──► RESET_C, RESET_S
 *      no SYN ──► MIDSTREAM
 *
 * Latency is taken at the tap, from the first SYN to the first SYN-ACK (server) and from there to the client's first ACK (client).
 * A retransmission is a segment with data (or SYN, FIN) whose bytes were all seen before. What fills a gap is seen for the first time and is not one,
 * and a keep-alive (one old byte or none, RFC 9293 section 3.8.4) is not one either.
 */
#include "flow/worker.h"

static bool is_over(uint8_t state)
{
	return state == TCP_STATE_CLOSED || state == TCP_STATE_REFUSED || state == TCP_STATE_RESET_C ||
	       state == TCP_STATE_RESET_S;
}

bool flow_tcp_is_reuse(const struct flow_worker *w, const struct flow_record *r, const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && is_over(PEEK(r->tcp_state)) &&
	       !w->options.no_timeouts && !w->options.no_end_on_fin;
}

static uint32_t latency_us(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / NS_PER_US : 0;
	return us == 0 ? 1 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us; /* 0 means not measured */
}

static void handshake(struct flow_record *r, struct flow_side *s, const struct packet *p, unsigned dir)
{
	uint8_t state = PEEK(r->tcp_state);
	bool syn = p->tcp_flags & TCP_SYN, ack = p->tcp_flags & TCP_ACK;

	if (syn && !ack && dir == FLOW_C2S) {
		if (state == TCP_STATE_NONE) {
			POKE(r->tcp_state, TCP_STATE_SYN_SENT);
			s->handshake_ns = p->ts_ns;
			s->flags |= SIDE_TIMED | SIDE_SYN;
		}
	} else if (syn && ack && dir == FLOW_S2C) {
		if (state != TCP_STATE_NONE && state != TCP_STATE_SYN_SENT)
			return;
		if (s->flags & SIDE_TIMED)
			POKE(r->server_latency_us, latency_us(s->handshake_ns, p->ts_ns));
		POKE(r->tcp_state, TCP_STATE_SYN_RCVD);
		s->handshake_ns = p->ts_ns;
		s->flags |= SIDE_TIMED;
	} else if (ack && !(p->tcp_flags & TCP_RST)) {
		if (state == TCP_STATE_SYN_RCVD && dir == FLOW_C2S) {
			if (s->flags & SIDE_TIMED)
				POKE(r->client_latency_us, latency_us(s->handshake_ns, p->ts_ns));
			POKE(r->tcp_state, TCP_STATE_ESTABLISHED);
		} else if (state == TCP_STATE_SYN_SENT) {
			POKE(r->tcp_state, TCP_STATE_ESTABLISHED); /* the SYN-ACK was not captured */
		}
	}
	if (PEEK(r->tcp_state) == TCP_STATE_NONE)
		POKE(r->tcp_state, TCP_STATE_MIDSTREAM);
}

static void teardown(struct flow_record *r, struct flow_side *s, const struct packet *p, unsigned dir)
{
	uint8_t state = PEEK(r->tcp_state);

	if (p->tcp_flags & TCP_RST) {
		if (!is_over(state))
			POKE(r->tcp_state, dir == FLOW_C2S               ? TCP_STATE_RESET_C
					   : state == TCP_STATE_SYN_SENT ? TCP_STATE_REFUSED
									 : TCP_STATE_RESET_S);
	} else if (p->tcp_flags & TCP_FIN) {
		s->flags |= (uint8_t)(SIDE_FIN << dir);
		if (!is_over(state)) {
			bool both = (s->flags & SIDE_FIN) && (s->flags & SIDE_FIN << 1);
			POKE(r->tcp_state, both ? TCP_STATE_CLOSED : TCP_STATE_CLOSING);
		}
	}
}

static void sequence(struct flow_record *r, struct flow_side *s, const struct packet *p, unsigned dir)
{
	uint32_t extra = ((p->tcp_flags & TCP_SYN) ? 1u : 0) + ((p->tcp_flags & TCP_FIN) ? 1u : 0);
	uint32_t from = p->tcp_seq, to = from + p->payload_len + extra, next = s->next_seq[dir];

	if (!(s->flags & SIDE_SEQ << dir)) {
		if (p->tcp_flags & TCP_RST)
			return;
		s->flags |= (uint8_t)(SIDE_SEQ << dir);
		s->next_seq[dir] = to;
		return;
	}
	if (to == from || (p->tcp_flags & TCP_RST))
		return;
	if ((int32_t)(to - next) > 0) {
		if ((int32_t)(from - next) > 0) { /* something before it is missing */
			s->hole_from[dir] = next;
			s->hole_to[dir] = from;
		}
		s->next_seq[dir] = to;
		return;
	}
	if (s->hole_from[dir] != s->hole_to[dir] && (int32_t)(from - s->hole_from[dir]) >= 0 &&
	    (int32_t)(to - s->hole_to[dir]) <= 0) {
		if (from ==
		    s->hole_from[dir]) /* fills from the front; what comes from the middle closes it behind itself */
			s->hole_from[dir] = to;
		else
			s->hole_to[dir] = from;
		return;
	}
	if (p->payload_len <= 1 && extra == 0 && from + 1 == next)
		return; /* keep-alive */
	BUMP(r->retransmissions[dir], 1);
}

static enum flow_timeout_class timeout_class(uint8_t state)
{
	switch (state) {
	case TCP_STATE_ESTABLISHED:
	case TCP_STATE_MIDSTREAM:
		return TIMEOUT_TCP_OPEN;
	case TCP_STATE_CLOSING:
		return TIMEOUT_TCP_CLOSING;
	case TCP_STATE_CLOSED:
	case TCP_STATE_REFUSED:
	case TCP_STATE_RESET_C:
	case TCP_STATE_RESET_S:
		return TIMEOUT_TCP_CLOSED;
	default:
		return TIMEOUT_TCP_OPENING;
	}
}

void flow_tcp_packet(struct flow_worker *w, uint32_t slot, const struct packet *p, unsigned dir)
{
	struct flow_record *r = &w->slab->records[slot];
	struct flow_side *s = &w->side[slot];
	uint8_t flags = p->tcp_flags, before = PEEK(r->tcp_state);

	POKE(r->tcp_flags[dir], PEEK(r->tcp_flags[dir]) | flags);
	POKE(r->tcp_slice_flags[dir], PEEK(r->tcp_slice_flags[dir]) | flags);
	if (before < TCP_STATE_ESTABLISHED)
		handshake(r, s, p, dir);
	if (flags & (TCP_FIN | TCP_RST))
		teardown(r, s, p, dir);
	sequence(r, s, p, dir);
	uint8_t after = PEEK(r->tcp_state);
	if (after != before) {
		enum flow_timeout_class class = timeout_class(after);
		if (class == TIMEOUT_TCP_CLOSED && w->options.no_end_on_fin)
			class = TIMEOUT_TCP_CLOSING;
		flow_set_class(w, slot, class);
	}
}
