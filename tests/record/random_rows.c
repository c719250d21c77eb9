/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_rows.h"

#include <stdlib.h>
#include <string.h>

#include "record/field.h"
#include "record/names.h"

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof(a)[0]))

uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15; /* splitmix64 */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t random_below(struct random *r, uint32_t n)
{
	return (uint32_t)(random_next(r) % n);
}

void random_register_names(void)
{
	static struct name_tables t = {
		.app = {"Unknown", "DNS", "HTTP", "TLS", "QUIC", "Google", "TLSv9", "Goo.gle", "dns"},
		.category = {"Unspecified", "Web", "Network", "Social Network"},
		.breed = {"Safe", "Acceptable", "Fun"},
	};
	names_register(&t);
}

/* --- rows --- */

static const char *const texts[] = {
	"www.google.com",
	"WWW.Google.COM",
	"a",
	"A",
	"example.org",
	"mail.example.org",
	"TLSv1.3",
	"GET",
	"h2,http/1.1",
	"line\nbreak",
	"tab\there",
	"back\\slash",
	"quote\"'s",
	"caf\xc3\xa9",
	"CAF\xc3\x89",
	"\xff\xfe raw",
	"per%cent_",
	"it's (a) test, really",
	"=1+1",
	"0",
	"-",
	" ",
	"xn--bcher-kva.example",
	"\xe2\x82\xac 100",
	"aaaaaaaaaaaaaaaaaab",
};

static const char *const addresses[] = {
	"10.0.0.1",        "10.0.0.2", "10.1.2.3",    "192.168.1.1", "8.8.8.8",
	"255.255.255.255", "0.0.0.0",  "224.0.0.251", "2001:db8::1", "2001:db8::2",
	"fe80::1",         "ff02::fb", "::",          "::1",         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static const uint64_t numbers[] = {0,         0,    0,     1,       2,           6,          12,
				   17,        53,   80,    200,     255,         404,        443,
				   1000,      1500, 65535, 1000000, 4294967295u, 1ull << 40, 9007199254740993ull,
				   UINT64_MAX};

static uint64_t number(struct random *r, uint64_t max)
{
	uint64_t n = numbers[random_below(r, COUNT(numbers))];
	return n > max ? n % (max + 1) : n;
}

static struct flow_meta *random_meta(struct random *r)
{
	struct flow_meta *m = calloc(1, sizeof *m + META_TEXT_COUNT * 32);
	uint16_t used = 0;

	m->app_master = (uint16_t)random_below(r, 9);
	m->app_protocol = (uint16_t)random_below(r, 9);
	m->app_category = (uint16_t)random_below(r, 5);
	m->app_breed = (uint8_t)random_below(r, 4);
	if (random_below(r, 2))
		m->risks = 1ull << random_below(r, 64) | 1ull << 12 | (random_below(r, 2) ? 1 : 0);
	m->risk_score = (uint16_t)number(r, 65535);
	m->http_status = (uint16_t)number(r, 65535);
	for (unsigned i = 0; i < META_TEXT_COUNT; i++) {
		const char *s = texts[random_below(r, COUNT(texts))];
		if (random_below(r, 3) == 0)
			continue;
		m->text[i].offset = used;
		m->text[i].len = (uint16_t)strlen(s);
		memcpy(m->bytes + used, s, m->text[i].len);
		used = (uint16_t)(used + m->text[i].len);
	}
	return m;
}

static void random_side(struct random *r, struct flow_row *row, unsigned side)
{
	static const char countries[][2] = {{0, 0}, {'U', 'S'}, {'D', 'E'}, {'J', 'P'}};

	addr_parse(addresses[random_below(r, COUNT(addresses))], &row->addr[side]);
	row->port[side] = (uint16_t)number(r, 65535);
	if (random_below(r, 3))
		row->mac[side].b[5] = (uint8_t)random_below(r, 3);
	row->derived.asn[side] = (uint32_t)number(r, UINT32_MAX);
	memcpy(row->derived.country[side], countries[random_below(r, 4)], 2);
	row->derived.is_local[side] = (uint8_t)random_below(r, 2);
	if (random_below(r, 2))
		row->derived.as_name[side] = texts[random_below(r, COUNT(texts))];
	if (random_below(r, 2))
		row->derived.name[side] = texts[random_below(r, COUNT(texts))];
	row->count.packets[side] = number(r, UINT64_MAX);
	row->count.bytes[side] = number(r, UINT64_MAX);
	row->count.wire_bytes[side] = number(r, UINT64_MAX);
	row->tcp_flags[side] = (uint8_t)number(r, 255);
}

struct flow_row random_row(struct random *r, uint64_t flow_id)
{
	static const uint8_t protocols[] = {6, 6, 17, 1};
	struct flow_row row = {.flow_id = flow_id, .interface = texts[random_below(r, COUNT(texts))]};
	struct flow_key *key = calloc(1, sizeof *key);

	if (random_below(r, 2))
		row.dataset = texts[random_below(r, COUNT(texts))];
	row.slice_no = random_below(r, 3);
	row.protocol = protocols[random_below(r, 4)];
	row.end_reason = (uint8_t)random_below(r, FLOW_ENDED_MAX);
	row.tcp_state = (uint8_t)random_below(r, TCP_STATE_MAX);
	row.vlan_id = (uint16_t)number(r, 4095);
	for (unsigned side = 0; side < 2; side++)
		random_side(r, &row, side);
	row.ip_version = addr_is_v4(&row.addr[0]) ? 4 : 6;
	row.first_ns = 1700000000000000000ull + number(r, 1ull << 50) + random_below(r, 3000);
	row.last_ns = row.first_ns + number(r, 1ull << 40);
	row.client_latency_us = (uint32_t)number(r, UINT32_MAX);
	row.server_latency_us = (uint32_t)number(r, UINT32_MAX);
	key->addr[0] = row.addr[0];
	key->addr[1] = row.addr[1];
	key->protocol = row.protocol;
	row.key = key;
	row.meta = random_below(r, 8) ? random_meta(r) : NULL;
	return row;
}

void random_row_free(struct flow_row *row)
{
	free((void *)(uintptr_t)row->key);
	free((void *)(uintptr_t)row->meta);
}

/* --- filters --- */

static void quoted(struct text *out, const char *s, size_t n)
{
	text_putc(out, '"');
	for (size_t i = 0; i < n && s[i]; i++) {
		if (strchr("\"\\", s[i]))
			text_putc(out, '\\');
		text_putc(out, s[i]);
	}
	text_putc(out, '"');
}

static void regex_value(struct random *r, struct text *out)
{
	static const char *const patterns[] = {
		"google", "^www\\.", "\\.(com|org)$", "[A-Z]{2,}",  "a.*b",
		"^.$",    "^[^.]+$", "(?i)GOOGLE",    "line.break", "\\s",
		"\\\\",   "^$",      "caf.",          "\xc3\xa9",   "x|y|0",
		"(a+)+$", "\\d",     "^-?$",          "[\"']",      "\\bexample\\b",
		"%",      "TLS",     "a{3,5}b",       "e$",         "\\.",
	};
	const char *s = patterns[random_below(r, COUNT(patterns))];
	quoted(out, s, strlen(s));
}

/* As the value itself, or a part of it, or in other case. */
static void text_value(struct random *r, const char *s, size_t n, struct text *out)
{
	char copy[128];
	if (n > sizeof copy)
		n = sizeof copy;
	memcpy(copy, s, n);
	if (n && random_below(r, 3) == 0) {
		size_t from = random_below(r, (uint32_t)n), len = random_below(r, (uint32_t)(n - from + 1));
		quoted(out, copy + from, len);
		return;
	}
	for (size_t i = 0; random_below(r, 3) == 0 && i < n; i++)
		if (copy[i] >= 'a' && copy[i] <= 'z')
			copy[i] = (char)(copy[i] - 32);
	quoted(out, copy, n);
}

static void addr_value(struct random *r, const struct addr *a, bool prefix, struct text *out)
{
	struct prefix p = {*a, 128};
	char s[ADDR_TEXT_MAX + 4];

	if (prefix) {
		p.len = (uint8_t)(addr_is_v4(a) ? 96 + random_below(r, 33) : random_below(r, 129));
		for (unsigned bit = p.len; bit < 128; bit++)
			p.addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		if (!addr_is_v4(a) && addr_is_v4(&p.addr))
			p.len = 128; /* can't be written as a prefix of its family */
	}
	text_add(out, s, prefix && p.len < 128 ? prefix_format(&p, s) : addr_format(&p.addr, s));
}

/* A value of the field, most often one that a row has. */
static void value(struct random *r, const struct field_def *f, const char *op, const struct field_value *v,
		  struct text *out)
{
	static const char *const apps[] = {"TLS", "tls", "google",  "TLS.Google", "dns",
					   "goo", "gle", "Unknown", "goo.gle"};
	bool same = *op == '=' || *op == '!' || *op == 'i';
	char number_text[32];

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
		if (*op == '~')
			regex_value(r, out);
		else if (f->flags & FIELD_APP && random_below(r, 2))
			text_puts(out, apps[random_below(r, COUNT(apps))]);
		else
			text_value(r, v->present ? v->text.s : "none", v->present ? v->text.n : 4, out);
		return;
	case FIELD_CODE2:
		text_puts(out, random_below(r, 2) ? "us" : "DE");
		return;
	case FIELD_ADDR:
		addr_value(r, &v->addr, same && random_below(r, 2), out);
		return;
	case FIELD_UINTS:
		text_u64(out, random_below(r, 2) ? 12 : random_below(r, 64));
		return;
	case FIELD_MAC:
		text_printf(out, "00:00:00:00:00:%02x", random_below(r, 3));
		return;
	case FIELD_TIME:
		field_plain(out, v);
		return;
	default:
		break;
	}
	if (f->unit == UNIT_BYTES && random_below(r, 4) == 0)
		text_puts(out, random_below(r, 2) ? "1.5kB" : "1MB");
	else if (f->unit == UNIT_DURATION && random_below(r, 4) == 0)
		text_puts(out, random_below(r, 2) ? "1.5ms" : "5min");
	else if (v->present || f->flags & FIELD_ZERO_ABSENT)
		text_u64(out, v->present ? v->u : 0);
	else
		text_u64(out, random_below(r, 200));
	(void)number_text;
}

static const char *random_op(struct random *r, enum field_kind kind)
{
	static const char *const size[] = {"=", "!=", "<", "<=", ">", ">=", "in"};
	static const char *const text[] = {"=", "!=", "in", "contains", "~"};
	static const char *const uints[] = {"=", "!=", "in", "contains"};
	static const char *const same[] = {"=", "!=", "in"};

	switch (kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
		return text[random_below(r, COUNT(text))];
	case FIELD_UINTS:
		return uints[random_below(r, COUNT(uints))];
	case FIELD_BOOL:
	case FIELD_MAC:
	case FIELD_CODE2:
		return same[random_below(r, COUNT(same))];
	default:
		return size[random_below(r, COUNT(size))];
	}
}

static void compare(struct random *r, const struct flow_row *rows, uint32_t count, struct text *out)
{
	const struct field_table *t = &flow_field_table;
	const struct field_def *f, *source;
	struct field_value v;

	do { /* bits_per_s is of live rows only */
		f = &t->fields[random_below(r, t->count)];
	} while (f->unit == UNIT_RATE);
	const char *op = random_op(r, f->kind);
	source = f;
	if (f->flags & FIELD_EITHER) {
		const char *part = f->parts[random_below(r, 2)];
		source = field_find(t, part, strlen(part));
	}
	text_printf(out, "%s %s ", f->name, op);
	uint32_t values = *op == 'i' ? random_below(r, 4) : 0;
	if (values)
		text_putc(out, '(');
	for (uint32_t i = 0; i <= values; i++) {
		text_puts(out, i ? ", " : "");
		source->get(&rows[random_below(r, count)], &v);
		if (strcmp(f->name, "host") == 0 && *op != '~' && *op != 'c' && random_below(r, 2)) {
			struct addr a;
			addr_parse(addresses[random_below(r, COUNT(addresses))], &a);
			addr_value(r, &a, random_below(r, 2), out);
		} else {
			value(r, source, op, &v, out);
		}
	}
	if (values)
		text_putc(out, ')');
}

static void node(struct random *r, const struct flow_row *rows, uint32_t count, unsigned depth, struct text *out)
{
	uint32_t kind = depth ? random_below(r, 6) : 0;

	if (kind < 3) {
		compare(r, rows, count, out);
	} else if (kind == 3) {
		text_puts(out, "not (");
		node(r, rows, count, depth - 1, out);
		text_putc(out, ')');
	} else {
		uint32_t n = 2 + random_below(r, 2);
		text_putc(out, '(');
		for (uint32_t i = 0; i < n; i++) {
			text_puts(out, !i ? "" : kind == 4 ? " and " : " or ");
			node(r, rows, count, depth - 1, out);
		}
		text_putc(out, ')');
	}
}

void random_filter(struct random *r, const struct flow_row *rows, uint32_t count, struct text *out)
{
	text_clear(out);
	node(r, rows, count, random_below(r, 4), out);
}
