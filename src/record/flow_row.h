/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One flow as all outputs see it: page, JSON, filter, database. A flat view with plain values; strings are borrowed from the flow's metadata.
 *
 * A live row (slice_no 0, counters since the flow's start) shows a flow on the page; a slice row (counters of one five-minute slice) is
 * what is stored and printed. The field table (flow_fields.h) says what each output may ask of it.
 */
#ifndef WEIR_RECORD_FLOW_ROW_H
#define WEIR_RECORD_FLOW_ROW_H

#include "record/flow_record.h"

/* Whom the server address stands for: one host, a group, or everybody on the link. */
#define FLOW_CASTS(X)           \
	X(UNICAST,   "unicast")     \
	X(MULTICAST, "multicast")   \
	X(BROADCAST, "broadcast")
enum flow_cast {
#define X(id, name) CAST_##id,
	FLOW_CASTS(X)
#undef X
		CAST_MAX
};

/* What is looked up about a flow's two ends, not seen in its packets. c/s index as FLOW_C2S side: [0] client, [1] server. */
struct flow_derived {
	uint32_t asn[2];        /* 0: unknown */
	const char *as_name[2]; /* static storage of enrich; NULL: unknown */
	char country[2][2];     /* ISO 3166 alpha-2; zero: unknown */
	uint8_t is_local[2];
	uint8_t cast;          /* enum flow_cast */
	const char *name[2];   /* best known host name; lives until the next tick; NULL: none */
	const char *vendor[2]; /* MAC vendor; static; NULL: unknown */
};

struct flow_row {
	uint64_t flow_id;
	uint32_t slice_no;
	uint8_t ended;      /* this row is the flow's last */
	uint8_t end_reason; /* enum flow_end_reason */
	uint8_t tcp_state;  /* enum tcp_state */
	uint8_t tcp_flags[2];
	uint8_t ip_version; /* 4 or 6 */
	uint8_t protocol;
	uint16_t vlan_id;
	uint16_t port[2];    /* client's, server's */
	struct addr addr[2]; /* client's, server's */
	struct mac mac[2];
	uint64_t first_ns, last_ns;
	struct flow_counters count;
	uint32_t client_latency_us, server_latency_us;
	const struct flow_key *key;   /* for the Community ID */
	const struct flow_meta *meta; /* NULL: nothing known yet */
	struct flow_derived derived;
	/* live rows only: over the last full second, by the observer */
	uint64_t bits_per_s[2];
	const char *interface; /* name; never NULL */
	const char *dataset;   /* of a replayed capture; NULL: live */
};

/* Fill everything but counters, slice_no, ended, first/last, derived and rates from the record. */
void flow_row_identity(struct flow_row *row, const struct flow_record *r, const struct flow_meta *meta,
		       const char *interface);
/* Counters since the flow's start, loaded relaxed. */
void flow_record_counters(const struct flow_record *r, struct flow_counters *ret);

static inline const char *flow_meta_text(const struct flow_meta *m, enum meta_text which, uint16_t *ret_len)
{
	*ret_len = m ? m->text[which].len : 0;
	return *ret_len ? m->bytes + m->text[which].offset : NULL;
}

/* "1:…" of a key (github.com/corelight/community-id-spec, version 1, seed 0). Needs 32 bytes; returns the length. */
size_t community_id_format(const struct flow_key *key, char out[32]);

#endif
