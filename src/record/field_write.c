/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields written: as JSON, as plain text, and as ClickHouse's RowBinary (clickhouse.com/docs/interfaces/formats/RowBinary):
 * numbers little endian, String as LEB128 length and bytes, FixedString as bytes, Array as LEB128 count and items,
 * IPv6 as 16 bytes in network order, DateTime64(6) as Int64 microseconds, Bool as one byte, LowCardinality as its inner type.
 */
#include "record/field.h"

#include <assert.h>

#include "base/clock.h"

/* 48 bits back to six bytes. */
static size_t mac_text(uint64_t u, char out[MAC_TEXT_MAX])
{
	struct mac m;
	for (unsigned i = 0; i < 6; i++)
		m.b[i] = (uint8_t)(u >> (40 - 8 * i));
	return mac_format(&m, out);
}

static void add_uints(struct text *t, const struct field_value *v, char separator)
{
	for (uint32_t i = 0; i < v->uints.n; i++) {
		if (i)
			text_putc(t, separator);
		text_u64(t, v->uints.v[i]);
	}
}

void field_plain(struct text *t, const struct field_value *v)
{
	char s[ADDR_TEXT_MAX];
	static_assert(sizeof s >= RFC3339_TEXT_MAX && sizeof s >= MAC_TEXT_MAX, "one buffer for all");

	if (!v->present)
		return;
	switch (v->kind) {
	case FIELD_ADDR:
		text_add(t, s, addr_format(&v->addr, s));
		break;
	case FIELD_TIME:
		text_add(t, s, rfc3339_format(v->u, s));
		break;
	case FIELD_MAC:
		text_add(t, s, mac_text(v->u, s));
		break;
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_CODE2:
		text_add(t, v->text.s, v->text.n);
		break;
	case FIELD_UINTS:
		add_uints(t, v, ' ');
		break;
	case FIELD_BOOL:
		text_puts(t, v->u ? "true" : "false");
		break;
	default:
		text_u64(t, v->u);
	}
}

void field_json(struct text *t, const struct field_value *v)
{
	if (!v->present) {
		text_puts(t, "null");
		return;
	}
	switch (v->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_CODE2:
		text_json_string(t, v->text.s, v->text.n);
		break;
	case FIELD_UINTS:
		text_putc(t, '[');
		add_uints(t, v, ',');
		text_putc(t, ']');
		break;
	case FIELD_ID: /* beyond 2^53, where JavaScript loses digits */
	case FIELD_ADDR:
	case FIELD_MAC:
	case FIELD_TIME:
		text_putc(t, '"');
		field_plain(t, v);
		text_putc(t, '"');
		break;
	default:
		field_plain(t, v);
	}
}

static void add_le(struct text *t, uint64_t u, unsigned bytes)
{
	uint8_t b[8];
	for (unsigned i = 0; i < bytes; i++)
		b[i] = (uint8_t)(u >> (8 * i));
	text_add(t, b, bytes);
}

static void add_leb128(struct text *t, uint64_t u)
{
	for (; u >= 0x80; u >>= 7)
		text_putc(t, (char)(u | 0x80));
	text_putc(t, (char)u);
}

void field_rowbinary(struct text *t, const struct field_value *v)
{
	uint64_t u = v->present ? v->u : 0;

	switch (v->kind) {
	case FIELD_UINT8:
	case FIELD_BOOL:
		add_le(t, u, 1);
		break;
	case FIELD_UINT16:
		add_le(t, u, 2);
		break;
	case FIELD_UINT32:
		add_le(t, u, 4);
		break;
	case FIELD_UINT64:
	case FIELD_ID:
	case FIELD_MAC:
		add_le(t, u, 8);
		break;
	case FIELD_TIME:
		add_le(t, u / NS_PER_US, 8);
		break;
	case FIELD_ADDR:
		text_add(t, v->present ? v->addr.b : (const uint8_t[16]){0}, 16);
		break;
	case FIELD_TEXT:
	case FIELD_WORD:
		add_leb128(t, v->present ? v->text.n : 0);
		if (v->present)
			text_add(t, v->text.s, v->text.n);
		break;
	case FIELD_CODE2:
		text_add(t, v->present ? v->text.s : "\0", 2);
		break;
	case FIELD_UINTS:
		add_leb128(t, v->present ? v->uints.n : 0);
		for (uint32_t i = 0; v->present && i < v->uints.n; i++)
			add_le(t, v->uints.v[i], 2);
		break;
	case FIELD_KIND_MAX:
		break;
	}
}
