/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Capture: where frames come from. A file (or several, or a directory), or a live interface by AF_PACKET TPACKET_V3.
 *
 * A source belongs to one worker thread. It hands out vectors of views into its own memory (a mapped file, a ring block): no copy, no
 * system call per packet. Views of a vector are valid until the next capture_next() on that source.
 */
#ifndef WEIR_CAPTURE_CAPTURE_H
#define WEIR_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CAPTURE_VECTOR 64 /* most frames a call */

/* Live: a frame may lie so long in the kernel's block before it is handed out. A clock that is moved while nothing arrives must stay so far behind, else the
 * frames that come next seem to step back. */
#define CAPTURE_LATENCY_NS 100000000ull

/* Link types by their LINKTYPE_ numbers (tcpdump.org/linktypes.html); those the decoder knows. */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_OLD12 = 12, /* DLT_RAW in files of some systems */
	LINK_RAW_OLD14 = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

struct packet_view {
	const uint8_t *data;
	uint64_t ts_ns;     /* since the epoch */
	uint32_t caplen;    /* bytes at data */
	uint32_t wirelen;   /* original length; >= caplen, a file that says less is corrected and counted */
	uint16_t link_type; /* enum link_type, or any other LINKTYPE_ */
	bool vlan_restored; /* the kernel stripped a tag; it is vlan_tci/vlan_tpid, wirelen includes its 4 bytes */
	uint16_t vlan_tci, vlan_tpid;
};

struct capture_stats {
	uint64_t packets, bytes; /* handed out: wire bytes */
	uint64_t kernel_drops, kernel_freezes;
	uint64_t loopback_twice; /* frames of lo seen a second time, left out */
	uint64_t length_corrected;
	uint64_t bytes_done, bytes_total; /* of files, for progress; total 0: unknown */
};

struct capture; /* opaque */

struct capture_live_options {
	const char *interface;
	const char *filter; /* BPF text (pcap-filter(7)); NULL: all */
	unsigned worker,
		workers; /* this one's number and how many share the interface (fanout by our own symmetric BPF hash) */
	uint32_t ring_bytes; /* 0: 16 MiB */
	int opener_fd;       /* socket to weir-open, or -1 to open directly */
};

/* Files in time order of their first packet, one after another as one stream. paths may name directories (all captures in them, not recursive; others are left out)
 * and "-" (standard input). pcap and pcapng of both byte orders, microseconds and nanoseconds, plain, gzip or zstd. Reading begins at once: an unreadable or
 * unrecognised file gives an error that names it. */
int capture_open_files(const char *const *paths, unsigned count, const char *filter, struct capture **ret,
		       struct errmsg *e);
/* A live interface. Errors say which capability is missing and how to grant it. */
int capture_open_live(const struct capture_live_options *options, struct capture **ret, struct errmsg *e);
void capture_close(struct capture *c);

/* Next frames: 1..max views; 0: live only, none within wait_ms; WEIR_E(NOTFOUND): end of the files; WEIR_E(TRUNCATED) or WEIR_E(CORRUPT): a file is damaged
 * here, e says where — all good frames before it were given, and the next call goes on with the next file. Live: an interface that went away
 * gives 0 and is opened again by itself when it is back. */
int capture_next(struct capture *c, struct packet_view *views, unsigned max, int wait_ms, struct errmsg *e);
void capture_stats(struct capture *c, struct capture_stats *ret);
/* Live: state in a word for the page: "up", "down", "gone". Files: "file". */
const char *capture_state(const struct capture *c);

/* Name of the interface that has the default route (IPv4, then IPv6) into out[16]; WEIR_E(NOTFOUND) when there is none. */
int capture_default_interface(char out[16]);

#endif
