/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `weir read --summary` prints: the sums of a capture. packets = packets of flows + packets of all buckets, and the same for
 * wire_bytes, exactly.
 */
#include <inttypes.h>
#include <stdio.h>

#include "app/read.h"

/* The one list of what is said; formats only lay it out. */
struct summary_line {
	char name[48];
	const char *label; /* NULL: not for people */
	uint64_t value;
	enum { LINE_COUNT, LINE_BYTES, LINE_SECONDS } kind;
};

#define LINES_MAX (24 + 2 * BUCKET_MAX)

struct summary_lines {
	struct summary_line line[LINES_MAX];
	unsigned count;
};

static void add(struct summary_lines *l, const char *name, const char *suffix, const char *label, int kind,
		uint64_t value)
{
	struct summary_line *n = &l->line[l->count++];
	snprintf(n->name, sizeof n->name, "%s%s", name, suffix);
	n->label = label;
	n->kind = kind;
	n->value = value;
}

#define LOAD(x) atomic_load_explicit(&(x), memory_order_relaxed)

static void add_buckets(struct summary_lines *l, const struct worker_counters *c)
{
	for (int b = BUCKET_NONE + 1; b < BUCKET_MAX; b++) {
		const char *name = packet_bucket_name((enum packet_bucket)b);
		add(l, name, "", packet_bucket_help((enum packet_bucket)b), LINE_COUNT, LOAD(c->bucket[b].packets));
		add(l, name, "_wire_bytes", NULL, LINE_BYTES, LOAD(c->bucket[b].wire_bytes));
	}
}

static void add_matched(struct summary_lines *l, const struct read_totals *m)
{
	if (!m)
		return;
	add(l, "matched_flows", "", "flows that match the filter", LINE_COUNT, m->flows);
	add(l, "matched_packets", "", "packets of these", LINE_COUNT, m->count.packets[0] + m->count.packets[1]);
	add(l, "matched_bytes", "", "bytes of these", LINE_BYTES, m->count.bytes[0] + m->count.bytes[1]);
	add(l, "matched_wire_bytes", "", "wire bytes of these", LINE_BYTES,
	    m->count.wire_bytes[0] + m->count.wire_bytes[1]);
}

static void fill(struct summary_lines *l, const struct read_summary *s)
{
	const struct worker_counters *c = s->counters;

	add(l, "packets", "", "packets", LINE_COUNT, LOAD(c->packets));
	add(l, "wire_bytes", "", "wire bytes", LINE_BYTES, LOAD(c->wire_bytes));
	add(l, "flows", "", "flows", LINE_COUNT, LOAD(c->flows));
	add_matched(l, s->matched);
	add_buckets(l, c);
	add(l, "fragments", "", "IP fragments", LINE_COUNT, LOAD(c->fragments));
	add(l, "time_back", "", "packets older than the one before", LINE_COUNT, LOAD(c->time_back));
	add(l, "evicted", "", "flows ended early for room", LINE_COUNT, LOAD(c->evicted));
	add(l, "dpi_no_state", "", "flows not inspected for want of room", LINE_COUNT, LOAD(c->dpi_no_state));
	add(l, "drops", "", "drops", LINE_COUNT, s->drops);
	add(l, "duration_s", "", "time from first to last packet", LINE_SECONDS,
	    s->last_ns > s->first_ns ? s->last_ns - s->first_ns : 0);
	add(l, "elapsed_s", "", "time taken to read", LINE_SECONDS, s->elapsed_ns);
}

static void add_value(struct text *out, const struct summary_line *n)
{
	if (n->kind == LINE_SECONDS)
		text_printf(out, "%" PRIu64 ".%06" PRIu64, n->value / 1000000000, n->value / 1000 % 1000000);
	else
		text_u64(out, n->value);
}

static void add_human(struct text *out, const struct summary_line *n)
{
	if (n->kind == LINE_SECONDS)
		print_duration(out, n->value);
	else if (n->kind == LINE_BYTES)
		print_bytes(out, n->value);
	else
		print_count(out, n->value);
}

/* For people: buckets and counters that counted nothing are left out. */
static void print_table(const struct summary_lines *l, struct text *out)
{
	for (unsigned i = 0; i < l->count; i++) {
		const struct summary_line *n = &l->line[i];
		struct text value = TEXT_INIT;
		if (!n->label || (!n->value && i > 2 && n->kind == LINE_COUNT))
			continue;
		add_human(&value, n);
		text_printf(out, "%14s  %s\n", text_str(&value), n->label);
		text_free(&value);
	}
}

static void print_json(const struct summary_lines *l, struct text *out)
{
	for (unsigned i = 0; i < l->count; i++) {
		text_printf(out, "%c\"%s\":", i ? ',' : '{', l->line[i].name);
		add_value(out, &l->line[i]);
	}
	text_puts(out, "}\n");
}

static void print_csv(const struct summary_lines *l, struct text *out)
{
	for (unsigned i = 0; i < l->count; i++)
		text_printf(out, "%s%s", i ? "," : "", l->line[i].name);
	text_puts(out, "\r\n");
	for (unsigned i = 0; i < l->count; i++) {
		text_puts(out, i ? "," : "");
		add_value(out, &l->line[i]);
	}
	text_puts(out, "\r\n");
}

void read_summary_print(const struct read_summary *s, enum read_format format, struct text *out)
{
	struct summary_lines l = {.count = 0};

	fill(&l, s);
	if (format == READ_JSON)
		print_json(&l, out);
	else if (format == READ_CSV)
		print_csv(&l, out);
	else
		print_table(&l, out);
}
