/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values of filters: which operators a field takes, and how a word is read as a value of its kind.
 */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "record/filter_tree.h"

const char *filter_op_text(enum filter_op op)
{
	static const char *const texts[] = {
#define X(id, text) text,
		FILTER_OPS(X)
#undef X
	};
	return texts[op];
}

#define OP(x)    (1u << FILTER_##x)
#define OPS_SAME (OP(EQ) | OP(NE) | OP(IN))
#define OPS_SIZE (OPS_SAME | OP(LT) | OP(LE) | OP(GT) | OP(GE))

static unsigned ops_of(const struct field_def *f)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
		return OPS_SAME | OP(CONTAINS) | OP(MATCH);
	case FIELD_UINTS:
		return OPS_SAME | OP(CONTAINS);
	case FIELD_BOOL:
	case FIELD_MAC:
	case FIELD_CODE2:
		return OPS_SAME;
	default:
		return OPS_SIZE;
	}
}

bool filter_op_fits(const struct field_def *f, enum filter_op op)
{
	return ops_of(f) >> op & 1;
}

/* Largest number a field can hold. */
static uint64_t number_max(enum field_kind kind)
{
	switch (kind) {
	case FIELD_UINT8:
		return UINT8_MAX;
	case FIELD_UINT16:
	case FIELD_UINTS:
		return UINT16_MAX;
	case FIELD_UINT32:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

/* Nanoseconds a count of the field stands for. */
static double duration_scale(const struct field_def *f)
{
	return f->flags & FIELD_US ? 1e3 : f->flags & FIELD_MS ? 1e6 : 1;
}

static int parse_digits(const char *s, size_t n, uint64_t *ret)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t digit = (uint64_t)(s[i] - '0');
		if (s[i] < '0' || s[i] > '9' || u > (UINT64_MAX - digit) / 10)
			return WEIR_E(SYNTAX);
		u = u * 10 + digit;
	}
	*ret = u;
	return n ? 0 : WEIR_E(SYNTAX);
}

static int parse_number(const struct field_def *f, const char *s, size_t n, uint64_t *ret)
{
	uint64_t u;
	double d;

	if (!n || !isdigit((unsigned char)s[0]))
		return WEIR_E(SYNTAX);
	if (parse_digits(s, n, &u) == 0) { /* exact, all 64 bits */
		if (u > number_max(f->kind))
			return WEIR_E(SYNTAX);
		*ret = u;
		return 0;
	}
	/* A fraction alone counts nothing whole; with a unit it may. */
	if (isdigit((unsigned char)s[n - 1]) || unit_parse(s, n, f->unit, &d) < 0)
		return WEIR_E(SYNTAX);
	if (f->unit == UNIT_DURATION)
		d /= duration_scale(f);
	d = round(d);
	if (!(d >= 0 && d < 0x1p64) || (uint64_t)d > number_max(f->kind))
		return WEIR_E(SYNTAX);
	*ret = (uint64_t)d;
	return 0;
}

static int parse_time(const char *s, uint64_t *ret)
{
	/* ClickHouse's DateTime64(6) ends with the year 2299. */
	static const uint64_t last = 10413791999ull * NS_PER_S;
	uint64_t ns;

	if (rfc3339_parse(s, &ns) < 0 || ns > last)
		return WEIR_E(SYNTAX);
	*ret = ns / NS_PER_US;
	return 0;
}

static int parse_addr(const char *s, enum filter_op op, struct filter_value *v)
{
	struct prefix p;

	if (prefix_parse(s, &p) < 0)
		return WEIR_E(SYNTAX);
	if (p.len != 128 && op != FILTER_EQ && op != FILTER_NE && op != FILTER_IN)
		return WEIR_E(SYNTAX);
	v->low = v->high = p.addr;
	for (unsigned bit = p.len; bit < 128; bit++)
		v->high.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return 0;
}

static int parse_mac(const char *s, uint64_t *ret)
{
	struct mac m;
	uint64_t u = 0;

	if (mac_parse(s, &m) < 0)
		return WEIR_E(SYNTAX);
	for (unsigned i = 0; i < 6; i++)
		u = u << 8 | m.b[i];
	*ret = u;
	return 0;
}

static int parse_bool(const char *s, uint64_t *ret)
{
	bool yes = strcmp(s, "true") == 0 || strcmp(s, "1") == 0;
	if (!yes && strcmp(s, "false") != 0 && strcmp(s, "0") != 0)
		return WEIR_E(SYNTAX);
	*ret = yes;
	return 0;
}

/* Strict UTF-8 (RFC 3629): both regular expression engines leave the rest undefined. */
static bool is_utf8(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;
	for (size_t i = 0; i < n;) {
		unsigned more = p[i] < 0x80 ? 0 : p[i] >> 5 == 6 ? 1 : p[i] >> 4 == 14 ? 2 : p[i] >> 3 == 30 ? 3 : 4;
		uint32_t c = more ? p[i] & (0x3fu >> more) : p[i];
		if (more > 3 || i + more >= n)
			return false;
		for (unsigned k = 1; k <= more; k++) {
			if (p[i + k] >> 6 != 2)
				return false;
			c = c << 6 | (p[i + k] & 0x3f);
		}
		static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
		if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
		i += more + 1;
	}
	return true;
}

static int parse_regex(struct filter_value *v, struct errmsg *e)
{
	char why[200];

	if (v->text_len > FILTER_REGEX_TEXT_MAX)
		return err_set(e, WEIR_E(SYNTAX), "longer than %d bytes", FILTER_REGEX_TEXT_MAX);
	if (!is_utf8(v->text, v->text_len))
		return err_set(e, WEIR_E(SYNTAX), "not UTF-8");
	v->regex = regex_compile(v->text, v->text_len, why, sizeof why);
	return v->regex ? 0 : err_set(e, WEIR_E(SYNTAX), "%s", why);
}

static int parse_text(const struct field_def *f, enum filter_op op, const char *s, size_t n, struct filter_value *v,
		      struct errmsg *e)
{
	if (f->kind == FIELD_CODE2 && (n != 2 || !isalpha((unsigned char)s[0]) || !isalpha((unsigned char)s[1])))
		return WEIR_E(SYNTAX);
	v->text = malloc(n + 1);
	if (!v->text)
		return WEIR_E(NOMEM);
	memcpy(v->text, s, n);
	v->text[n] = '\0';
	v->text_len = (uint32_t)n;
	if (op == FILTER_MATCH)
		return parse_regex(v, e);
	for (size_t i = 0; i < n; i++)
		v->text[i] = f->kind == FIELD_CODE2 ? (char)(s[i] & ~0x20) : filter_lower(s[i]);
	return 0;
}

void filter_value_free(struct filter_value *v)
{
	free(v->text);
	regex_free(v->regex);
	*v = (struct filter_value){0};
}

int filter_value_parse(const struct field_def *f, enum filter_op op, const char *text, size_t n,
		       struct filter_value *ret, struct errmsg *e)
{
	struct filter_value v = {0};
	int err;

	if (memchr(text, '\0', n))
		return WEIR_E(SYNTAX);
	switch (f->kind) {
	case FIELD_ADDR:
		err = parse_addr(text, op, &v);
		break;
	case FIELD_TIME:
		err = parse_time(text, &v.u);
		break;
	case FIELD_MAC:
		err = parse_mac(text, &v.u);
		break;
	case FIELD_BOOL:
		err = parse_bool(text, &v.u);
		break;
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_CODE2:
		err = parse_text(f, op, text, n, &v, e);
		break;
	default:
		err = parse_number(f, text, n, &v.u);
	}
	if (err < 0)
		filter_value_free(&v);
	else
		*ret = v;
	return err;
}

static const char *number_expected(const struct field_def *f)
{
	switch (f->unit) {
	case UNIT_BYTES:
		return "a number of bytes, such as 1MB or 10KiB";
	case UNIT_DURATION:
		return "a time span, such as 20ms or 5min";
	case UNIT_RATE:
		return "a rate, such as 10Mbit/s";
	case UNIT_NONE:
		break;
	}
	return NULL;
}

static const char *kind_expected(const struct field_def *f, enum filter_op op)
{
	switch (f->kind) {
	case FIELD_ADDR:
		return filter_op_fits(f, op) && op != FILTER_EQ && op != FILTER_NE && op != FILTER_IN
			       ? "an address, such as 10.0.0.1 or 2001:db8::1"
			       : "an address or a prefix without host bits, such as 10.0.0.0/8";
	case FIELD_TIME:
		return "a time, such as 2026-11-24T07:53:15Z";
	case FIELD_MAC:
		return "a MAC address, such as 00:11:22:aa:bb:cc";
	case FIELD_BOOL:
		return "true or false";
	case FIELD_CODE2:
		return "a country code of two letters, such as US";
	case FIELD_TEXT:
	case FIELD_WORD:
		return op == FILTER_MATCH ? "a regular expression, in quotes if it has spaces or parentheses"
					  : "a word, or a text in quotes";
	default:
		return number_expected(f);
	}
}

void filter_value_expected(const struct field_def *f, enum filter_op op, char out[160])
{
	const char *s = kind_expected(f, op);
	if (s)
		snprintf(out, 160, "%s", s);
	else if (number_max(f->kind) == UINT64_MAX)
		snprintf(out, 160, "a whole number");
	else
		snprintf(out, 160, "a number from 0 to %llu", (unsigned long long)number_max(f->kind));
}
