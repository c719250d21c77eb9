/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/bpf.h"

#include <string.h>

/* libpcap's own numbers differ from the file format's for raw IP only. */
static int dlt_of(uint16_t link_type)
{
	switch (link_type) {
	case LINK_RAW:
	case LINK_RAW_OLD12:
	case LINK_RAW_OLD14:
		return DLT_RAW;
	case LINK_LOOP:
		return DLT_LOOP;
	default:
		return link_type;
	}
}

const struct bpf_program *bpf_filter_for(struct bpf_filter *b, uint16_t link_type, struct errmsg *e)
{
	for (unsigned i = 0; i < b->count; i++)
		if (b->compiled[i].link_type == link_type)
			return b->compiled[i].program.bf_insns ? &b->compiled[i].program : NULL;
	if (b->count == BPF_PROGRAMS_MAX)
		return NULL;
	pcap_t *p = pcap_open_dead(dlt_of(link_type), 262144);
	struct bpf_program *program = &b->compiled[b->count].program;
	memset(program, 0, sizeof *program);
	if (!p)
		return NULL;
	if (pcap_compile(p, program, b->text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		err_set(e, WEIR_E(SYNTAX), "the capture filter “%s” is not valid: %s (see pcap-filter(7))", b->text,
			pcap_geterr(p));
		memset(program, 0, sizeof *program);
	}
	pcap_close(p);
	b->compiled[b->count++].link_type = link_type;
	return program->bf_insns ? program : NULL;
}

int bpf_filter_open(struct bpf_filter *b, const char *text, struct errmsg *e)
{
	*b = (struct bpf_filter){.text = text && *text ? text : NULL};
	if (b->text && !bpf_filter_for(b, LINK_ETHERNET, e))
		return WEIR_E(SYNTAX);
	return 0;
}

void bpf_filter_close(struct bpf_filter *b)
{
	for (unsigned i = 0; i < b->count; i++)
		if (b->compiled[i].program.bf_insns)
			pcap_freecode(&b->compiled[i].program);
	b->count = 0;
}

bool bpf_filter_match(struct bpf_filter *b, const struct packet_view *view)
{
	struct errmsg e;
	if (!b->text)
		return true;
	const struct bpf_program *program = bpf_filter_for(b, view->link_type, &e);
	return program && bpf_filter(program->bf_insns, view->data, view->wirelen, view->caplen) != 0;
}
