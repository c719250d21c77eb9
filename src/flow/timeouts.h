/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a flow stays without packets before it ends: one table. Seconds of packet time.
 *
 * `idle` is the option --idle (default 60 s); what is said as a multiple follows it, what is said in seconds does not.
 */
#ifndef WEIR_FLOW_TIMEOUTS_H
#define WEIR_FLOW_TIMEOUTS_H

/*  class          times idle  seconds  when */
#define FLOW_TIMEOUTS(X)                                                                                    \
	X(PLAIN,       1,          0,       "UDP, ICMP and all protocols without connections")               \
	X(TCP_OPENING, 1,          0,       "TCP whose handshake is not complete")                           \
	X(TCP_OPEN,    5,          0,       "TCP established, or seen in mid-stream")                        \
	X(TCP_CLOSING, 1,          0,       "TCP closed by one side")                                        \
	X(TCP_CLOSED,  0,          5,       "TCP closed or reset: late packets still count into the flow")
enum flow_timeout_class {
#define X(id, times, seconds, when) TIMEOUT_##id,
	FLOW_TIMEOUTS(X)
#undef X
		TIMEOUT_MAX
};

#define FLOW_IDLE_DEFAULT_S 60u
#define FLOW_HARD_DEFAULT_S 86400u

#endif
