/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrich/services.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "enrich/file.h"

#define FILE_BYTES_MAX ((size_t)8 << 20)

/* The next word of the line (cut at size - 1). False at the line's end or a comment; then the rest of the
 * line is skipped by the caller. */
static bool word(struct cursor *c, char *out, size_t size)
{
	size_t n = 0;
	while (cursor_left(c) > 0 && (*c->pos == ' ' || *c->pos == '\t'))
		cursor_skip(c, 1);
	while (cursor_left(c) > 0 && *c->pos > ' ' && *c->pos != '#') {
		char ch = (char)cursor_u8(c);
		if (n + 1 < size)
			out[n++] = ch;
	}
	out[n] = 0;
	return n > 0;
}

static bool port_and_protocol(const char *s, uint32_t *ret_key)
{
	static const struct {
		const char *name;
		uint32_t number;
	} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}, {"dccp", IPPROTO_DCCP}};
	uint32_t port = 0;
	const char *p = s;
	for (; *p >= '0' && *p <= '9' && port < 65536; p++)
		port = port * 10 + (uint32_t)(*p - '0');
	if (p == s || *p != '/' || port > 65535)
		return false;
	for (unsigned i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(p + 1, protocols[i].name) == 0) {
			*ret_key = protocols[i].number << 16 | port;
			return true;
		}
	return false;
}

static int add(struct services *s, uint32_t key, const char *name)
{
	if (s->count >= SERVICES_MAX) {
		s->refused++;
		return 0;
	}
	if (s->count == s->room) {
		uint32_t room = s->room ? s->room * 2 : 512;
		struct service *bigger = realloc(s->items, room * sizeof(*bigger));
		if (!bigger)
			return WEIR_E(NOMEM);
		s->items = bigger;
		s->room = room;
	}
	struct service *it = &s->items[s->count];
	*it = (struct service){.key = key, .order = s->count};
	memcpy(it->name, name, strnlen(name, SERVICE_NAME_MAX - 1));
	s->count++;
	return 0;
}

static int service_cmp(const void *a, const void *b)
{
	const struct service *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort_and_unique(struct services *s)
{
	uint32_t kept = 0;
	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), service_cmp);
	for (uint32_t i = 0; i < s->count; i++)
		if (kept == 0 || s->items[kept - 1].key != s->items[i].key)
			s->items[kept++] = s->items[i];
	s->count = kept;
}

int services_parse(struct services *s, const char *text, size_t len)
{
	struct cursor c = cursor_of(text, len);
	char name[SERVICE_NAME_MAX], port[24];
	while (cursor_left(&c) > 0) {
		uint32_t key;
		if (word(&c, name, sizeof(name))) {
			if (!word(&c, port, sizeof(port)) || !port_and_protocol(port, &key))
				s->refused++;
			else if (add(s, key, name) < 0)
				return WEIR_E(NOMEM);
		}
		while (cursor_left(&c) > 0 && cursor_u8(&c) != '\n')
			;
	}
	sort_and_unique(s);
	return 0;
}

int services_load(struct services *s, const char *path, struct errmsg *e)
{
	struct file_bytes f;
	*s = (struct services){0};
	int rc = file_read(path, FILE_BYTES_MAX, &f, e);
	if (rc < 0)
		return rc;
	rc = services_parse(s, f.data, f.len);
	file_release(&f);
	if (rc < 0)
		services_free(s);
	return rc;
}

void services_free(struct services *s)
{
	free(s->items);
	*s = (struct services){0};
}

const char *services_find(const struct services *s, uint8_t protocol, uint16_t port)
{
	uint32_t key = (uint32_t)protocol << 16 | port, lo = 0, hi = s->count;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (s->items[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->count && s->items[lo].key == key ? s->items[lo].name : NULL;
}
