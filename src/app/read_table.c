/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/read_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

#define CELL_END '\n' /* never in a cell: text_printable() escapes it */

/* --- numbers for people --- */

void print_bytes(struct text *t, uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	int u = -1;

	while (v >= 999.5 && u < 5) {
		v /= 1000;
		u++;
	}
	if (u < 0)
		text_printf(t, "%" PRIu64 " B", bytes);
	else
		text_printf(t, v < 9.995 ? "%.2f %s" : v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

void print_count(struct text *t, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text_putc(t, ',');
		text_putc(t, digits[i]);
	}
}

void print_duration(struct text *t, uint64_t ns)
{
	double s = (double)ns / 1e9;

	if (ns == 0)
		text_puts(t, "0 s");
	else if (ns < NS_PER_MS)
		text_printf(t, "%.0f µs", s * 1e6);
	else if (ns < NS_PER_S)
		text_printf(t, "%.0f ms", s * 1e3);
	else if (s < 60)
		text_printf(t, "%.1f s", s);
	else if (s < 3600)
		text_printf(t, "%d:%02d min", (int)s / 60, (int)s % 60);
	else if (s < 48 * 3600)
		text_printf(t, "%d:%02d h", (int)s / 3600, (int)s / 60 % 60);
	else
		text_printf(t, "%.0f d", s / 86400);
}

/* --- the usual columns --- */

static void cell_start(const struct flow_row *row, struct text *t)
{
	char s[RFC3339_TEXT_MAX];
	rfc3339_format(row->first_ns, s); /* 2026-11-24T07:53:15.123456Z: to the second */
	s[10] = ' ';
	text_add(t, s, 19);
}

static void cell_duration(const struct flow_row *row, struct text *t)
{
	print_duration(t, row->last_ns > row->first_ns ? row->last_ns - row->first_ns : 0);
}

static void cell_protocol(const struct flow_row *row, struct text *t)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{1, "ICMP"}, {2, "IGMP"}, {6, "TCP"},    {17, "UDP"},  {41, "IPv6"},  {47, "GRE"},
		     {50, "ESP"}, {51, "AH"},  {58, "ICMP6"}, {89, "OSPF"}, {112, "VRRP"}, {132, "SCTP"}};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == row->protocol) {
			text_puts(t, names[i].name);
			return;
		}
	text_u64(t, row->protocol);
}

static void cell_endpoint(const struct flow_row *row, unsigned side, struct text *t)
{
	bool brackets = !addr_is_v4(&row->addr[side]) && row->port[side];
	char s[ADDR_TEXT_MAX];

	if (brackets)
		text_putc(t, '[');
	text_add(t, s, addr_format(&row->addr[side], s));
	if (brackets)
		text_putc(t, ']');
	if (row->port[side])
		text_printf(t, ":%u", row->port[side]);
}

static void cell_client(const struct flow_row *row, struct text *t)
{
	cell_endpoint(row, 0, t);
}

static void cell_server(const struct flow_row *row, struct text *t)
{
	cell_endpoint(row, 1, t);
}

static void cell_packets(const struct flow_row *row, struct text *t)
{
	print_count(t, row->count.packets[0] + row->count.packets[1]);
}

static void cell_bytes(const struct flow_row *row, struct text *t)
{
	print_bytes(t, row->count.bytes[0] + row->count.bytes[1]);
}

static void cell_score(const struct flow_row *row, struct text *t)
{
	if (row->meta && row->meta->risk_score)
		text_u64(t, row->meta->risk_score);
}

/* The name asked for, whichever protocol it was asked with. */
static void cell_name(const struct flow_row *row, struct text *t)
{
	static const enum meta_text order[] = {META_tls_sni, META_http_host, META_dns_query};
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		uint16_t n;
		const char *s = flow_meta_text(row->meta, order[i], &n);
		if (s) {
			text_printable(t, s, n);
			return;
		}
	}
}

static void usual_columns(struct table_layout *l)
{
	const struct field_def *app = field_find(&flow_field_table, "app", 3);
	const struct table_column columns[] = {
		{.head = "Start (UTC)", .cell = cell_start},
		{.head = "Duration", .cell = cell_duration, .right = true},
		{.head = "Proto", .cell = cell_protocol},
		{.head = "Client", .cell = cell_client},
		{.head = "Server", .cell = cell_server},
		{.head = "Application", .field = app},
		{.head = "Packets", .cell = cell_packets, .right = true},
		{.head = "Bytes", .cell = cell_bytes, .right = true},
		{.head = "Score", .cell = cell_score, .right = true},
		{.head = "Name", .cell = cell_name},
	};
	memcpy(l->columns, columns, sizeof columns);
	l->count = sizeof columns / sizeof columns[0];
}

/* --- cells --- */

static bool is_number(enum field_kind kind)
{
	return kind <= FIELD_ID;
}

/* Characters, taken as one place each. */
static unsigned text_width(const char *s, size_t n)
{
	unsigned width = 0;
	for (size_t i = 0; i < n; i++)
		width += ((uint8_t)s[i] & 0xc0) != 0x80;
	return width;
}

void columns_init(struct table_layout *l, const struct field_def *const *fields, unsigned count)
{
	struct winsize size;

	if (!count)
		usual_columns(l);
	for (unsigned i = 0; i < count; i++)
		l->columns[l->count++] = (struct table_column){
			.head = fields[i]->name, .field = fields[i], .right = is_number(fields[i]->kind)};
	for (unsigned i = 0; i < l->count; i++)
		l->columns[i].width = text_width(l->columns[i].head, strlen(l->columns[i].head));
	if (!isatty(STDOUT_FILENO))
		return;
	l->bold = !getenv("NO_COLOR");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		l->terminal = size.ws_col;
}

static void cell_of_field(const struct field_def *f, const struct flow_row *row, struct text *out, struct text *scratch)
{
	struct field_value v;

	f->get(row, &v);
	if (!v.present)
		return;
	if (f->unit == UNIT_BYTES) {
		print_bytes(out, v.u);
	} else if (f->unit == UNIT_DURATION) {
		print_duration(out, v.u * (f->flags & FIELD_US ? NS_PER_US : f->flags & FIELD_MS ? NS_PER_MS : 1));
	} else if (v.kind == FIELD_UINT64) {
		print_count(out, v.u);
	} else {
		text_clear(scratch);
		field_plain(scratch, &v);
		text_printable(out, text_str(scratch), scratch->len);
	}
}

void table_cells(struct table_layout *l, const struct flow_row *row, struct text *out, struct text *scratch)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct table_column *c = &l->columns[i];
		size_t before = out->len;
		if (c->field)
			cell_of_field(c->field, row, out, scratch);
		else
			c->cell(row, out);
		if (out->failed)
			return;
		unsigned width = text_width(out->buf + before, out->len - before);
		if (width > TABLE_CELL_MAX)
			width = TABLE_CELL_MAX;
		if (width > c->width)
			c->width = width;
		text_putc(out, CELL_END);
	}
}

/* --- lines --- */

static void add_spaces(struct text *t, unsigned n)
{
	while (n--)
		text_putc(t, ' ');
}

/* The first `width` characters of s, the last of them … when there are more. Returns how many were written. */
static unsigned add_cut(struct text *t, const char *s, size_t n, unsigned width)
{
	unsigned all = text_width(s, n), keep = all <= width ? all : width ? width - 1 : 0, seen = 0;
	size_t i = 0;

	for (; i < n; i++) {
		seen += ((uint8_t)s[i] & 0xc0) != 0x80;
		if (seen > keep)
			break;
	}
	text_add(t, s, i);
	if (all <= width || !width)
		return keep;
	text_puts(t, "…");
	return keep + 1;
}

static void add_cell(const struct table_layout *l, unsigned i, const char *s, size_t n, unsigned *used,
		     struct text *out)
{
	const struct table_column *c = &l->columns[i];
	bool last = i + 1 == l->count;
	unsigned room = last ? UINT32_MAX : c->width;

	if (l->terminal)
		room = *used >= l->terminal ? 0 : l->terminal - *used < room ? l->terminal - *used : room;
	unsigned width = text_width(s, n) < room ? text_width(s, n) : room;
	unsigned pad = last || c->width <= width || c->width > room ? 0 : c->width - width;
	if (c->right)
		add_spaces(out, pad);
	*used += add_cut(out, s, n, room) + pad;
	if (!c->right && !last)
		add_spaces(out, pad);
	if (!last && (!l->terminal || *used + 2 < l->terminal)) {
		add_spaces(out, 2);
		*used += 2;
	}
}

void table_head(const struct table_layout *l, struct text *out)
{
	unsigned used = 0;

	if (l->bold)
		text_puts(out, "\033[1m");
	for (unsigned i = 0; i < l->count; i++)
		add_cell(l, i, l->columns[i].head, strlen(l->columns[i].head), &used, out);
	text_puts(out, l->bold ? "\033[0m\n" : "\n");
}

void table_line(const struct table_layout *l, const char *cells, struct text *out)
{
	unsigned used = 0;

	for (unsigned i = 0; i < l->count; i++) {
		size_t n = strcspn(cells, "\n");
		add_cell(l, i, cells, n, &used, out);
		cells += n + 1;
	}
	while (out->len && out->buf[out->len - 1] == ' ')
		out->len--;
	text_putc(out, '\n');
}
