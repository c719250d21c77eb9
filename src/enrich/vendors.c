/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrich/vendors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "enrich/file.h"

#define NAME_BITS     28
#define NAMES_CAP     ((size_t)1 << NAME_BITS)
#define NAME_LEN_MAX  96u
#define CSV_BYTES_MAX ((size_t)64 << 20)

static const unsigned length_bits[VENDOR_LENGTHS] = {36, 28, 24};

/* The next field of a CSV line into out (cut at max, NUL-terminated). True while the line goes on after it. */
static bool csv_field(struct cursor *c, char *out, size_t max, size_t *ret_len)
{
	size_t n = 0;
	bool quoted = false, more = false;
	while (cursor_left(c) > 0) {
		char ch = (char)cursor_u8(c);
		if (quoted) {
			if (ch == '"') {
				if (cursor_left(c) > 0 && *c->pos == '"')
					cursor_skip(c, 1); /* "" inside quotes is one quote */
				else {
					quoted = false;
					continue;
				}
			}
		} else if (ch == '"') {
			quoted = true;
			continue;
		} else if (ch == ',') {
			more = true;
			break;
		} else if (ch == '\n') {
			break;
		} else if (ch == '\r') {
			continue;
		}
		if (n + 1 < max && ch != 0)
			out[n++] = ch;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = 0;
	*ret_len = n;
	return more;
}

/* Which array a prefix of so many hex digits belongs to; -1: none. */
static int length_of_digits(size_t digits)
{
	for (int i = 0; i < VENDOR_LENGTHS; i++)
		if (digits * 4 == length_bits[i])
			return i;
	return -1;
}

static bool hex_number(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++) {
		char ch = s[i];
		unsigned digit;
		if (ch >= '0' && ch <= '9')
			digit = (unsigned)(ch - '0');
		else if ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'f')
			digit = (unsigned)((ch | 0x20) - 'a' + 10);
		else
			return false;
		v = v << 4 | digit;
	}
	*ret = v;
	return true;
}

static int add(struct vendors *v, int which, uint64_t prefix, const char *name, size_t len)
{
	uint32_t *count = &v->by_length[which].count, *room = &v->by_length[which].room;
	if (*count >= VENDORS_MAX) {
		v->refused++;
		return 0;
	}
	if (*count == *room) {
		uint32_t more = *room ? *room * 2 : 4096;
		uint64_t *bigger = realloc(v->by_length[which].words, more * sizeof(*bigger));
		if (!bigger)
			return WEIR_E(NOMEM);
		v->by_length[which].words = bigger;
		*room = more;
	}
	uint64_t offset = v->names.len;
	text_add(&v->names, name, len + 1);
	if (v->names.failed)
		return WEIR_E(NOMEM);
	v->by_length[which].words[(*count)++] = prefix << NAME_BITS | offset;
	return 0;
}

int vendors_parse(struct vendors *v, const char *csv, size_t len)
{
	struct cursor c = cursor_of(csv, len);
	char registry[16], digits[16], name[NAME_LEN_MAX], rest[2];
	size_t n;
	v->names.cap = NAMES_CAP;
	while (cursor_left(&c) > 0) {
		size_t digit_count = 0, name_len = 0;
		bool more = csv_field(&c, registry, sizeof(registry), &n);
		if (more)
			more = csv_field(&c, digits, sizeof(digits), &digit_count);
		bool named = more;
		if (more)
			more = csv_field(&c, name, sizeof(name), &name_len);
		while (more)
			more = csv_field(&c, rest, sizeof(rest), &n);
		int which = length_of_digits(digit_count);
		uint64_t prefix = 0;
		if (!named || name_len == 0 || which < 0 || !hex_number(digits, digit_count, &prefix)) {
			v->refused++; /* the head line, too */
			continue;
		}
		int rc = add(v, which, prefix, name, name_len);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int word_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

void vendors_sort(struct vendors *v)
{
	for (int i = 0; i < VENDOR_LENGTHS; i++)
		if (v->by_length[i].count)
			qsort(v->by_length[i].words, v->by_length[i].count, sizeof(uint64_t), word_cmp);
}

int vendors_load(struct vendors *v, const char *dir, struct errmsg *e)
{
	static const char *const files[] = {"oui.csv", "mam.csv", "oui36.csv", "iab.csv"};
	char path[512];
	unsigned found = 0;
	*v = (struct vendors){0};
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct file_bytes f;
		if (file_path(path, sizeof(path), dir, files[i]) < 0 || file_read(path, CSV_BYTES_MAX, &f, NULL) < 0)
			continue;
		int rc = vendors_parse(v, f.data, f.len);
		file_release(&f);
		if (rc < 0) {
			vendors_free(v);
			return err_set(e, rc, "no memory for the MAC vendors of %s", path);
		}
		found++;
	}
	if (!found)
		return err_set(e, WEIR_E(NOTFOUND), "no MAC vendors in %s: install the package ieee-data", dir);
	vendors_sort(v);
	return 0;
}

void vendors_free(struct vendors *v)
{
	for (int i = 0; i < VENDOR_LENGTHS; i++)
		free(v->by_length[i].words);
	text_free(&v->names);
	*v = (struct vendors){0};
}

uint32_t vendors_count(const struct vendors *v)
{
	return v->by_length[0].count + v->by_length[1].count + v->by_length[2].count;
}

const char *vendors_find(const struct vendors *v, const struct mac *m)
{
	if (m->b[0] & 3) /* group, or locally administered */
		return NULL;
	uint64_t number = 0;
	for (unsigned i = 0; i < 6; i++)
		number = number << 8 | m->b[i];
	for (int i = 0; i < VENDOR_LENGTHS; i++) {
		uint64_t prefix = number >> (48 - length_bits[i]);
		const uint64_t *words = v->by_length[i].words;
		uint32_t lo = 0, hi = v->by_length[i].count;
		while (lo < hi) {
			uint32_t mid = lo + (hi - lo) / 2;
			if (words[mid] >> NAME_BITS < prefix)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < v->by_length[i].count && words[lo] >> NAME_BITS == prefix)
			return text_str(&v->names) + (words[lo] & ((1u << NAME_BITS) - 1));
	}
	return NULL;
}
