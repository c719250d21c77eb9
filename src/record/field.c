/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields: look-up by name, the values that getters set, and their order. How they are written is in
 * field_write.c.
 */
#include "record/field.h"

#include <assert.h>
#include <string.h>

const char *field_kind_name(enum field_kind kind)
{
	static const char *const names[] = {"uint8", "uint16", "uint32", "uint64", "id",    "bool", "time",
					    "addr",  "mac",    "text",   "word",   "code2", "uints"};
	static_assert(sizeof names / sizeof names[0] == FIELD_KIND_MAX, "a name for each kind");
	return names[kind];
}

const char *field_kind_column(enum field_kind kind)
{
	static const char *const columns[] = {
#define X(id, ch, ts) ch,
		FIELD_KINDS(X)
#undef X
	};
	return columns[kind];
}

const char *field_kind_typescript(enum field_kind kind)
{
	static const char *const types[] = {
#define X(id, ch, ts) ts,
		FIELD_KINDS(X)
#undef X
	};
	return types[kind];
}

const char *field_unit(const struct field_def *f)
{
	switch (f->unit) {
	case UNIT_BYTES:
		return "bytes";
	case UNIT_DURATION:
		return f->flags & FIELD_US ? "us" : f->flags & FIELD_MS ? "ms" : "ns";
	case UNIT_RATE:
		return "bits_per_s";
	case UNIT_NONE:
		break;
	}
	return "";
}

const struct field_def *field_find(const struct field_table *t, const char *name, size_t len)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (strlen(t->fields[i].name) == len && memcmp(t->fields[i].name, name, len) == 0)
			return &t->fields[i];
	return NULL;
}

#define NEAR_LEN_MAX 40

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Edits from a to b (insert, delete, replace, each 1), one row of the table at a time. Both at most NEAR_LEN_MAX. */
static uint32_t edit_distance(const char *a, size_t an, const char *b, size_t bn)
{
	uint32_t row[NEAR_LEN_MAX + 1];

	for (uint32_t j = 0; j <= bn; j++)
		row[j] = j;
	for (uint32_t i = 1; i <= an; i++) {
		uint32_t diagonal = row[0];
		row[0] = i;
		for (uint32_t j = 1; j <= bn; j++) {
			uint32_t best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[bn];
}

const char *field_nearest(const struct field_table *t, const char *name, size_t len)
{
	const char *best = NULL;
	uint32_t best_distance = len < 4 ? 2 : len < 9 ? 3 : 4; /* only nearer than this */

	if (!len || len > NEAR_LEN_MAX)
		return NULL;
	for (uint32_t i = 0; i < t->count; i++) {
		size_t n = strlen(t->fields[i].name);
		if (n > NEAR_LEN_MAX)
			continue;
		uint32_t d = edit_distance(name, len, t->fields[i].name, n);
		if (d < best_distance) {
			best = t->fields[i].name;
			best_distance = d;
		}
	}
	/* Nothing mistyped: perhaps the beginning of a name, or its end ("sni"). */
	for (uint32_t i = 0; !best && len >= 3 && i < t->count; i++) {
		const char *f = t->fields[i].name;
		size_t n = strlen(f);
		if (n > len && (!strncmp(f, name, len) || !strncmp(f + n - len, name, len)))
			best = f;
	}
	return best;
}

void field_set_number(struct field_value *v, enum field_kind kind, uint64_t u, bool present)
{
	v->present = present;
	v->kind = kind;
	v->u = u;
}

void field_set_addr(struct field_value *v, const struct addr *a)
{
	v->present = true;
	v->kind = FIELD_ADDR;
	v->addr = *a;
}

void field_set_mac(struct field_value *v, const struct mac *m)
{
	uint64_t u = 0;
	for (unsigned i = 0; i < 6; i++)
		u = u << 8 | m->b[i];
	field_set_number(v, FIELD_MAC, u, u != 0);
}

void field_set_text(struct field_value *v, enum field_kind kind, const char *s, size_t n)
{
	v->present = n != 0;
	v->kind = kind;
	v->text.s = s;
	v->text.n = (uint32_t)n;
}

void field_set_word(struct field_value *v, const char *s)
{
	field_set_text(v, FIELD_WORD, s, s ? strlen(s) : 0);
}

void field_set_code2(struct field_value *v, const char two[2])
{
	field_set_text(v, FIELD_CODE2, two, two[0] && two[1] ? 2 : 0);
}

void field_set_bits(struct field_value *v, uint64_t bits)
{
	uint32_t n = 0;
	for (bits &= ~1ull; bits; bits &= bits - 1)
		v->uints_room[n++] = (uint16_t)__builtin_ctzll(bits);
	v->present = n != 0;
	v->kind = FIELD_UINTS;
	v->uints.v = v->uints_room;
	v->uints.n = n;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_bytes(const struct field_value *a, const struct field_value *b)
{
	uint32_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
	int d = n ? memcmp(a->text.s, b->text.s, n) : 0;
	return d ? d : compare(a->text.n, b->text.n);
}

static int compare_uints(const struct field_value *a, const struct field_value *b)
{
	for (uint32_t i = 0; i < a->uints.n && i < b->uints.n; i++)
		if (a->uints.v[i] != b->uints.v[i])
			return compare(a->uints.v[i], b->uints.v[i]);
	return compare(a->uints.n, b->uints.n);
}

int field_cmp(const struct field_value *a, const struct field_value *b)
{
	if (!a->present || !b->present)
		return (int)a->present - (int)b->present;
	switch (a->kind) {
	case FIELD_ADDR:
		return addr_cmp(&a->addr, &b->addr);
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_CODE2:
		return compare_bytes(a, b);
	case FIELD_UINTS:
		return compare_uints(a, b);
	default:
		return compare(a->u, b->u);
	}
}
