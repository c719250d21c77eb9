/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is remembered of hosts over a restart: one JSON object a line, the first one tells version and
 * kind.
 *
 *     {"weir":"hosts","version":1}
 *     {"ip":"10.0.0.5","first_seen":"…Z","last_seen":"…Z","name":"nas","name_source":"dns","mac":"00:11:…"}
 *
 * Restored hosts wait in the host table, unseen by lists, until their first flow; they are the first to
 * give way, the longest unseen of them before the others.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/model_internal.h"

#define SAVE_VERSION 1
#define LINE_MAX_LEN 1024u
#define SAVE_PORTION 100u /* hosts a call */

static const char *const source_names[] = {
#define X(id, name, help) name,
	NAME_SOURCES(X)
#undef X
};

static void save_host(const struct host *h, struct text *out)
{
	char addr[ADDR_TEXT_MAX], mac[MAC_TEXT_MAX], first[RFC3339_TEXT_MAX], last[RFC3339_TEXT_MAX];
	static const struct mac none;
	addr_format(&h->addr, addr);
	rfc3339_format(h->first_ns, first);
	rfc3339_format(h->last_ns, last);
	text_printf(out, "{\"ip\":\"%s\",\"first_seen\":\"%s\",\"last_seen\":\"%s\"", addr, first, last);
	if (h->name[0]) {
		text_puts(out, ",\"name\":");
		text_json_string(out, h->name, strlen(h->name));
		text_printf(out, ",\"name_source\":\"%s\"", source_names[h->name_source]);
	}
	if (memcmp(&h->mac, &none, sizeof(none)) != 0) {
		mac_format(&h->mac, mac);
		text_printf(out, ",\"mac\":\"%s\"", mac);
	}
	text_puts(out, "}\n");
}

bool model_save_some(const struct model *m, struct text *out, uint32_t *position)
{
	if (*position == 0)
		text_printf(out, "{\"weir\":\"hosts\",\"version\":%d}\n", SAVE_VERSION);
	for (uint32_t end = *position + SAVE_PORTION; *position < end && *position < m->hosts.high; (*position)++) {
		const struct host_slot *s = &m->hosts.slots[*position];
		if (s->used && s->h.cast == CAST_UNICAST)
			save_host(&s->h, out);
	}
	return *position >= m->hosts.high;
}

void model_save(const struct model *m, struct text *out)
{
	uint32_t position = 0;
	while (!model_save_some(m, out, &position))
		;
}

struct saved {
	struct host h;
	uint32_t order;
};

static bool text_of(const json_t *o, const char *key, const char **ret)
{
	const json_t *v = json_object_get(o, key);
	*ret = json_string_value(v);
	return *ret && strlen(*ret) == json_string_length(v);
}

static bool host_of_json(const json_t *o, struct host *h)
{
	const char *s;
	*h = (struct host){0};
	if (!text_of(o, "ip", &s) || addr_parse(s, &h->addr) < 0)
		return false;
	if (!text_of(o, "first_seen", &s) || rfc3339_parse(s, &h->first_ns) < 0)
		return false;
	if (!text_of(o, "last_seen", &s) || rfc3339_parse(s, &h->last_ns) < 0 || h->last_ns < h->first_ns)
		return false;
	if (text_of(o, "mac", &s) && mac_parse(s, &h->mac) < 0)
		return false;
	if (text_of(o, "name", &s)) {
		const char *source;
		if (!name_clean(s, strlen(s), h->name) || !text_of(o, "name_source", &source))
			return false;
		for (uint8_t i = NAME_SNI; i < NAME_SOURCE_MAX; i++)
			if (strcmp(source, source_names[i]) == 0)
				h->name_source = i;
		if (h->name_source == NAME_NONE)
			return false;
	}
	return true;
}

static int check_head(const json_t *o, struct errmsg *e)
{
	const char *kind;
	json_int_t version = json_integer_value(json_object_get(o, "version"));
	if (!text_of(o, "weir", &kind) || strcmp(kind, "hosts") != 0 || version < 1)
		return err_set(e, WEIR_E(CORRUPT),
			       "the saved hosts don't begin with their head line: remove the file to start anew");
	if (version > SAVE_VERSION)
		return err_set(e, WEIR_E(VERSION),
			       "the saved hosts are of version %lld, newer than this program's %d: use the newer "
			       "program, or remove the file",
			       (long long)version, SAVE_VERSION);
	return 0;
}

/* The longest unseen first, so that they give way first; then as they came. */
static int saved_cmp(const void *a, const void *b)
{
	const struct saved *x = a, *y = b;
	if (x->h.last_ns != y->h.last_ns)
		return x->h.last_ns < y->h.last_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void put_back(struct model *m, const struct host *h)
{
	bool made;
	uint32_t number = hosts_get(&m->hosts, host_hash(&h->addr), &h->addr, &made);
	if (number == NONE || !made)
		return; /* no room for more, or the same address twice: the first stays */
	struct host_slot *s = &m->hosts.slots[number];
	s->h.first_ns = h->first_ns;
	s->h.last_ns = h->last_ns;
	s->h.mac = h->mac;
	memcpy(s->h.name, h->name, sizeof(h->name));
	s->h.name_source = h->name_source;
	s->name_ns = h->last_ns;
	hosts_idle(&m->hosts, number);
}

struct reading {
	struct saved *hosts;
	uint32_t count, room, bad;
	bool head;
};

static int read_line(struct reading *r, const char *line, size_t len, struct errmsg *e)
{
	json_error_t je;
	json_t *o = len <= LINE_MAX_LEN ? json_loadb(line, len, JSON_REJECT_DUPLICATES, &je) : NULL;
	int rc = 0;
	if (!r->head) {
		rc = check_head(o, e);
		r->head = true;
	} else if (r->count == r->room || !host_of_json(o, &r->hosts[r->count].h)) {
		r->bad++;
	} else {
		r->hosts[r->count].order = r->count;
		r->count++;
	}
	json_decref(o);
	return rc;
}

int model_restore(struct model *m, const char *text, size_t len, struct errmsg *e)
{
	struct reading r = {.room = m->hosts.max};
	const char *p = text, *end = text + len;
	int rc = 0;
	r.hosts = malloc(r.room * sizeof(*r.hosts)); /* reserved by the cap, touched by what is there */
	if (!r.hosts)
		return err_set(e, WEIR_E(NOMEM), "no memory to restore the saved hosts");
	while (rc == 0 && p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		if (n)
			rc = read_line(&r, p, n, e);
		p = nl ? nl + 1 : end;
	}
	if (rc == 0 && len > 0 && r.count)
		qsort(r.hosts, r.count, sizeof(*r.hosts), saved_cmp);
	for (uint32_t i = 0; rc == 0 && i < r.count; i++)
		put_back(m, &r.hosts[i].h);
	free(r.hosts);
	if (r.bad)
		log_warning("model", "%u lines of the saved hosts were damaged or too many, and were left out", r.bad);
	return rc;
}
