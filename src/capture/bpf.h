/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pcap-filter(7) expression, compiled for each link type that turns up. One thread. */
#ifndef WEIR_CAPTURE_BPF_H
#define WEIR_CAPTURE_BPF_H

#include <pcap/pcap.h>

#include "capture/capture.h"

#define BPF_PROGRAMS_MAX 8

struct bpf_filter {
	const char *text; /* NULL: everything matches */
	struct {
		uint16_t link_type;
		struct bpf_program program;
	} compiled[BPF_PROGRAMS_MAX];
	unsigned count;
};

/* Checks the text by compiling it for Ethernet. WEIR_E(SYNTAX) with libpcap's words. */
int bpf_filter_open(struct bpf_filter *b, const char *text, struct errmsg *e);
void bpf_filter_close(struct bpf_filter *b);
/* The program for a link type; NULL with the reason in e when the expression means nothing there. */
const struct bpf_program *bpf_filter_for(struct bpf_filter *b, uint16_t link_type, struct errmsg *e);
/* A frame whose link type the expression can't be compiled for does not match. */
bool bpf_filter_match(struct bpf_filter *b, const struct packet_view *view);

#endif
