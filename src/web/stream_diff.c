/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/stream_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "web/json_out.h"

#define ROWS_MAX 1000

void list_diff_free(struct list_diff *d)
{
	free(d->keys);
	free(d->rows);
	memset(d, 0, sizeof *d);
}

/* End of the JSON array or string that starts at p (our own output, so it is well-formed). */
static const char *value_end(const char *p)
{
	int depth = 0;
	for (;; p++) {
		if (*p == '"') {
			for (p++; *p != '"'; p++)
				if (*p == '\\')
					p++;
		} else if (*p == '[') {
			depth++;
		} else if (*p == ']') {
			depth--;
		}
		if (depth == 0)
			return p + 1;
	}
}

static bool known_row(const struct list_diff *d, uint64_t key, uint64_t row)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (d->keys[i] == key)
			return d->rows[i] == row;
	return false;
}

struct page {
	uint32_t count;
	const char *row[ROWS_MAX], *end[ROWS_MAX], *key_end[ROWS_MAX];
	uint64_t key_hash[ROWS_MAX], row_hash[ROWS_MAX];
	const char *tail; /* after the rows: ,"total":… } */
};

/* Find the rows in the Frame's text. */
static void page_cut(struct page *page, const char *text)
{
	const char *p = strstr(text, "\"rows\":[") + strlen("\"rows\":[");
	page->count = 0;
	while (*p == '[' && page->count < ROWS_MAX) {
		uint32_t i = page->count++;
		page->row[i] = p;
		page->end[i] = value_end(p);
		page->key_end[i] = value_end(p + 1);
		page->key_hash[i] = hash_bytes(p + 1, (size_t)(page->key_end[i] - p - 1));
		page->row_hash[i] = hash_bytes(p, (size_t)(page->end[i] - p));
		p = page->end[i];
		if (*p == ',')
			p++;
	}
	page->tail = p + 1;
}

static bool page_remember(struct list_diff *d, const struct page *page)
{
	if (!d->keys) {
		d->keys = calloc(ROWS_MAX, sizeof *d->keys);
		d->rows = calloc(ROWS_MAX, sizeof *d->rows);
	}
	if (!d->keys || !d->rows)
		return false;
	memcpy(d->keys, page->key_hash, page->count * sizeof *d->keys);
	memcpy(d->rows, page->row_hash, page->count * sizeof *d->rows);
	d->count = page->count;
	d->begun = true;
	return true;
}

static bool same_page(const struct list_diff *d, const struct page *page)
{
	return d->count == page->count && memcmp(d->keys, page->key_hash, page->count * sizeof *d->keys) == 0 &&
	       memcmp(d->rows, page->row_hash, page->count * sizeof *d->rows) == 0;
}

bool list_diff_write(struct list_diff *d, const struct text *whole, struct text *out, bool snapshot)
{
	struct page *page = malloc(sizeof *page);
	bool written = true;

	if (!page)
		return false;
	page_cut(page, text_str(whole));
	if (!d->begun || snapshot) {
		text_add(out, text_str(whole), whole->len);
	} else if (same_page(d, page)) {
		written = false;
	} else {
		text_puts(out, "{\"order\":[");
		for (uint32_t i = 0; i < page->count; i++) {
			json_comma(out);
			text_add(out, page->row[i] + 1, (size_t)(page->key_end[i] - page->row[i] - 1));
		}
		text_puts(out, "],\"changed\":[");
		for (uint32_t i = 0; i < page->count; i++) {
			if (known_row(d, page->key_hash[i], page->row_hash[i]))
				continue;
			json_comma(out);
			text_add(out, page->row[i], (size_t)(page->end[i] - page->row[i]));
		}
		text_puts(out, "]");
		text_puts(out, page->tail); /* ,"total":…} */
	}
	page_remember(d, page);
	free(page);
	return written;
}
